"""States that hold for good, or for a while: when, found without looking at every snapshot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.loss_curve import LONG, MANY
from replay.types import Array


def for_good(holds: Array, epochs: Array) -> float | None:
    """The epoch from which `holds` (n_snapshots,) is true up to the end, or None."""
    first = first_for_good(holds)
    return float(epochs[first]) if first < len(epochs) else None


def first_for_good(holds: Array) -> int:
    """The position from which `holds` (n_snapshots,) is true up to the end; n_snapshots if it ends false."""
    fails = np.flatnonzero(~holds)
    return int(fails[-1]) + 1 if len(fails) else 0


def begun_for_good(holds: Array, epochs: Array) -> float | None:
    """As `for_good`, but None too if it held from the first epoch on, so that nothing happened."""
    return for_good(holds, epochs) if first_for_good(holds) else None


def for_a_while(holds: Array, epochs: Array) -> tuple[int, int] | None:
    """The first and last position of the longest stretch in which `holds` is true, but not up to the end.

    None if it holds for good, or no stretch is long enough to tell.
    """
    if first_for_good(holds) < len(holds):
        return None
    steps = np.diff(holds.astype(int), prepend=0)
    firsts, lasts = np.flatnonzero(steps == 1), np.flatnonzero(steps == -1) - 1
    stretches = [
        (first, last)
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True)
        if last - first + 1 >= MANY and is_long(epochs, first, last)
    ]
    return max(stretches, key=lambda ends: float(epochs[ends[1]] - epochs[ends[0]]), default=None)


def is_long(epochs: Array, first: int, last: int) -> bool:
    """Whether a tenth of the epochs lies between two positions."""
    return bool(epochs[last] - epochs[first] >= LONG * (epochs[-1] - epochs[0]))


def looked_at(
    evaluation: Evaluation, holds_at: Callable[[list[int]], Array], passing: Sequence[int] = ()
) -> tuple[Array, Array]:
    """The epochs (n,) of the examined snapshots, and what held there: (n, n_states) of bool.

    With very many snapshots, examine the surveyed ones, then all between the two where a state begins to
    hold for good: this finds each beginning exactly. So it does the ends of the longest stretch of the states
    `passing`, which may hold for a while. `holds_at` takes positions.
    """
    surveyed = evaluation.surveyed
    holds = holds_at(surveyed)
    changes = {first_for_good(state) for state in holds.T}
    for state in passing:
        stretch = for_a_while(holds[:, state], evaluation.recording.epochs[surveyed])
        changes |= set() if stretch is None else {stretch[0], stretch[1] + 1}
    between = [
        position
        for place in sorted(changes - {0, len(surveyed)})
        for position in range(surveyed[place - 1] + 1, surveyed[place])
    ]
    positions = np.array(surveyed + between)
    if between:
        holds = np.concatenate([holds, holds_at(between)])
    order = np.argsort(positions)
    return evaluation.recording.epochs[positions[order]], holds[order]
