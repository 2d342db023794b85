"""Milestones of a training: solved, plateaus, steepest fall, dead or saturated units, divergence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.loss_curve import LossCurve, Plateau, loss_curve
from replay.runs.task import BINARY, REGRESSION
from replay.runs.unit_states import DEAD, UnitStates, unit_states
from replay.storage.ending import Ending
from replay.types import Array

# Endings of kinds, by increasing importance.
TELLING = (
    *(
        "weights_restored",
        "weights_changed",
        "plateau",
        "steepest_fall",
        "saturated_unit",
        "dead_unit",
        "_right",
    ),
    *("solved", "diverged"),
)
STAYING = ("solved", "diverged", "weights_restored", "weights_changed")
SINGLE_CLASSES = 100  # up to this many classes have their own milestones
SINGLE_UNITS = 3  # up to this many units of a layer get their own milestones; more are counted


@dataclass(frozen=True)
class Milestone:
    """A moment of a training that is worth telling.

    Args:
        epoch: When it happens, or begins.
        kind: What it is, for programs: "solved", "diverged", "plateau", "steepest_fall", "dead_unit",
            "saturated_unit", "negatives_right", "positives_right", "class_N_right", "weights_restored" or
            "weights_changed".
        text: A sentence for readers.
        until: The last epoch of what lasts for a while, such as a plateau. None for what happens once.

    >>> from replay import Replay
    >>> for milestone in Replay("run.h5").milestones():
    ...     print(milestone.epoch, milestone.kind, milestone.text, sep=": ")
    60.0: steepest_fall: the loss falls fastest, from 0.5 to 0.333
    """

    epoch: float
    kind: str
    text: str
    until: float | None = None


def milestones(evaluation: Evaluation) -> list[Milestone]:
    """The milestones of a run, in order of epoch.

    When each class (of 100 at most), and all samples, become right for good; when units become dead or
    saturated for good; plateaus and the steepest fall of the loss; when the training diverged, after which no
    other milestone begins. Raises RunFileError if the network is needed and cannot be rebuilt.
    """
    loss = loss_curve(evaluation)
    divergence = _divergence(evaluation.recording.diverged_at, loss)
    end = min((milestone.epoch for milestone in divergence), default=np.inf)
    found = _right(evaluation) + _units(evaluation, end)
    if loss is not None:
        found += _course(loss, end)
    found = [milestone for milestone in found if milestone.epoch < end] + divergence
    found += _after_training(evaluation.recording.ending)
    return sorted(found, key=lambda milestone: milestone.epoch)


def latest(milestones: Sequence[Milestone], epoch: float) -> Milestone | None:
    """The milestone to show at `epoch`: the one that began last; None before the first.

    "solved" and "diverged" stay: later milestones do not replace them, except "diverged" after "solved". If
    several begin at once, the most important one wins: diverged, solved, a class that is right, dead,
    saturated, steepest fall, plateau. A plateau counts until it ends.
    """
    begun = [
        milestone
        for milestone in milestones
        if milestone.epoch <= epoch and (milestone.until is None or epoch <= milestone.until)
    ]
    return max(begun, key=_rank, default=None)


def leading(milestones: Iterable[Milestone]) -> list[Milestone]:
    """Those that `latest` can return: of all that begin at one epoch, the most important one."""
    best: dict[float, Milestone] = {}
    for milestone in milestones:
        best[milestone.epoch] = max(best.get(milestone.epoch, milestone), milestone, key=_rank)
    return list(best.values())


def _rank(milestone: Milestone) -> tuple[bool, float, int]:
    telling = next(n for n, ending in enumerate(TELLING) if milestone.kind.endswith(ending))
    return milestone.kind in STAYING, milestone.epoch, telling


# When the training diverged


def _divergence(weights_at: float | None, loss: LossCurve | None) -> list[Milestone]:
    """Divergence of the loss and of the weights; the loss only if it diverges before the weights."""
    found = []
    loss_at = loss.diverged_at if loss is not None else None
    if loss_at is not None and (weights_at is None or loss_at < weights_at):
        found.append(Milestone(loss_at, "diverged", "the loss diverges"))
    if weights_at is not None:
        found.append(Milestone(weights_at, "diverged", "the weights are no longer finite"))
    return found


# What happened to the weights after the training


def _after_training(ending: Ending) -> list[Milestone]:
    return [
        Milestone(at, "weights_changed", "the weights were changed after the training")
        if of is None
        else Milestone(at, "weights_restored", f"the weights of epoch {of:g} are restored")
        for at, of in ending.held.items()
    ]


# When samples become right for good


def _right(evaluation: Evaluation) -> list[Milestone]:
    task = evaluation.task
    if task.kind == REGRESSION or not evaluation.all_recorded:
        return []
    labels = task.class_labels
    by_class = np.argsort(labels, kind="stable")
    classes, starts = np.unique(labels[by_class], return_index=True)

    def right(positions: list[int]) -> Array:
        blocks = [
            np.logical_and.reduceat(
                task.correct(task.probabilities(answers.outputs))[:, by_class], starts, axis=1
            )
            for _, _, answers in evaluation.blocks(positions)
        ]
        of_class = np.concatenate(blocks)
        return np.column_stack([of_class[:, :n_told], of_class.all(axis=1)])

    n_told = len(classes) if len(classes) <= SINGLE_CLASSES else 0
    epochs, held = _looked_at(evaluation, right)
    events = [_class_words(task.kind, int(label)) for label in classes[:n_told]]
    return [
        Milestone(epoch, kind, f"every {name} is right")
        for (kind, name), holds in zip([*events, ("solved", "sample")], held.T, strict=True)
        if (epoch := for_good(holds, epochs)) is not None
    ]


def _class_words(kind: str, label: int) -> tuple[str, str]:
    if kind == BINARY:
        return ("negatives_right", "negative") if label == 0 else ("positives_right", "positive")
    return f"class_{label}_right", f"sample of class {label}"


def for_good(holds: Array, epochs: Array) -> float | None:
    """The epoch from which `holds` (n_snapshots,) is true up to the end, or None."""
    first = _first_for_good(holds)
    return float(epochs[first]) if first < len(epochs) else None


def _first_for_good(holds: Array) -> int:
    fails = np.flatnonzero(~holds)
    return int(fails[-1]) + 1 if len(fails) else 0


def _looked_at(evaluation: Evaluation, holds_at: Callable[[list[int]], Array]) -> tuple[Array, Array]:
    """The epochs (n,) of the examined snapshots, and what held there: (n, n_states) of bool.

    With very many snapshots, examine the surveyed ones, then all between the two where a state begins to
    hold for good: this finds each beginning exactly. `holds_at` takes positions.
    """
    surveyed = evaluation.surveyed
    holds = holds_at(surveyed)
    begins = {_first_for_good(state) for state in holds.T} - {0, len(surveyed)}
    between = [
        position for first in sorted(begins) for position in range(surveyed[first - 1] + 1, surveyed[first])
    ]
    positions = np.array(surveyed + between)
    if between:
        holds = np.concatenate([holds, holds_at(between)])
    order = np.argsort(positions)
    return evaluation.recording.epochs[positions[order]], holds[order]


# When units become dead or saturated for good


def _units(evaluation: Evaluation, end: float) -> list[Milestone]:
    layers = unit_states(evaluation, positions=[0])
    if not layers:
        return []

    def held(positions: list[int]) -> Array:
        return np.concatenate(
            [states.holds for states in unit_states(evaluation, positions=positions)], axis=1
        )

    epochs, holds = _looked_at(evaluation, held)
    ends = np.cumsum([states.holds.shape[1] for states in layers])
    return [
        milestone
        for states, of_layer in zip(layers, np.split(holds, ends[:-1], axis=1), strict=True)
        for milestone in _of_layer(replace(states, holds=of_layer), epochs, end)
    ]


def _of_layer(states: UnitStates, epochs: Array, end: float) -> list[Milestone]:
    """One for each unit or, if there are many, for the first, for half of the layer, and for the last."""
    since = {
        unit: epoch
        for unit, holds in enumerate(states.holds.T, start=1)
        if (epoch := for_good(holds, epochs)) is not None and epoch < end
    }
    kind = f"{states.state}_unit"
    if len(since) <= SINGLE_UNITS:
        return [
            Milestone(epoch, kind, f"unit {unit} of “{states.layer}” is {_state_words(states.state)}")
            for unit, epoch in since.items()
        ]
    n_units, began = states.holds.shape[1], np.sort(list(since.values()))
    half = (n_units - 1) // 2  # the unit that completes half of the layer
    moments = {began[0], began[-1], *began[half : half + 1]}
    counts = {float(epoch): int((began <= epoch).sum()) for epoch in sorted(moments)}
    return [Milestone(epoch, kind, _count_words(count, n_units, states)) for epoch, count in counts.items()]


def _count_words(count: int, n_units: int, states: UnitStates) -> str:
    verb = "is" if count == 1 else "are"
    return f"{count} of {n_units} units of “{states.layer}” {verb} {_state_words(states.state)}"


def _state_words(state: str) -> str:
    return state if state == DEAD else f"{state} for most samples"


# Plateaus and steepest fall of the loss


def _course(loss: LossCurve, end: float) -> list[Milestone]:
    sound = loss.before(end)
    found = [
        Milestone(plateau.start, "plateau", _plateau_words(plateau, loss), plateau.until)
        for plateau in sound.plateaus()
    ]
    fall = sound.steepest_fall()
    if fall is not None and _digits(fall.before) != _digits(fall.after):
        text = f"the loss falls fastest, from {_digits(fall.before)} to {_digits(fall.after)}"
        found.append(Milestone(fall.epoch, "steepest_fall", text))
    return found


def _plateau_words(plateau: Plateau, loss: LossCurve) -> str:
    end = "to the end" if plateau.until == loss.epochs[-1] else f"until epoch {plateau.until:g}"
    return f"the loss stays near {_digits(plateau.level)} {end}"


def _digits(value: float) -> str:
    """A number with three significant digits, without an exponent up to a million."""
    return f"{float(f'{value:.3g}'):g}"
