"""States that hold for good: from which epoch on, found without looking at every snapshot."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from replay.runs.evaluation import Evaluation
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


def looked_at(evaluation: Evaluation, holds_at: Callable[[list[int]], Array]) -> tuple[Array, Array]:
    """The epochs (n,) of the examined snapshots, and what held there: (n, n_states) of bool.

    With very many snapshots, examine the surveyed ones, then all between the two where a state begins to
    hold for good: this finds each beginning exactly. `holds_at` takes positions.
    """
    surveyed = evaluation.surveyed
    holds = holds_at(surveyed)
    begins = {first_for_good(state) for state in holds.T} - {0, len(surveyed)}
    between = [
        position for first in sorted(begins) for position in range(surveyed[first - 1] + 1, surveyed[first])
    ]
    positions = np.array(surveyed + between)
    if between:
        holds = np.concatenate([holds, holds_at(between)])
    order = np.argsort(positions)
    return evaluation.recording.epochs[positions[order]], holds[order]
