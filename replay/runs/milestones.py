"""The milestones of a run: what happened to its loss, its weights, its answers and its units, and when."""

from __future__ import annotations

import math
from weakref import WeakKeyDictionary

import numpy as np

from replay.language.message import Message
from replay.network.losses import CROSS_ENTROPIES
from replay.runs.answer_events import answer_milestones
from replay.runs.evaluation import Evaluation
from replay.runs.fit_events import fit_milestones, loss_within_data
from replay.runs.loss_curve import LossCurve, logged_curve, loss_curve
from replay.runs.lost_units import lost_units
from replay.runs.milestone import Milestone
from replay.runs.overfitting import overfitting_since
from replay.runs.recording import Recording
from replay.runs.separability import separable_milestones
from replay.runs.twin_units import twin_units
from replay.runs.unit_lines import unit_lines

# A picture tells them twice, in its captions and in its description.
_FOUND: WeakKeyDictionary[Evaluation, list[Milestone]] = WeakKeyDictionary()


def milestones(evaluation: Evaluation) -> list[Milestone]:
    """The milestones of a run, in order of epoch.

    When each class (of 100 at most), and all samples, become right for good; when one class alone is
    answered, or a class never; when the classes become linearly separable in the last hidden space; when
    units die, squash, cross the data with their line, or become alike, for good; plateaus and the steepest
    fall of the loss, and when overfitting begins; when the training diverged, after which no other milestone
    begins; of a regression, when it fits within the noise of its data, or underfits. Raises RunFileError if
    the network is needed and cannot be rebuilt.
    """
    if evaluation not in _FOUND:
        _FOUND[evaluation] = _found(evaluation)
    return list(_FOUND[evaluation])


def _found(evaluation: Evaluation) -> list[Milestone]:
    recording, loss = evaluation.recording, loss_curve(evaluation)
    loss_at = loss.diverged_at(_guessing(evaluation)) if loss is not None else None
    divergence = _divergence(recording.diverged_at, loss_at, evaluation.has_answers_alone)
    end = min((milestone.epoch for milestone in divergence), default=np.inf)
    found = answer_milestones(evaluation)
    solved = [milestone.epoch for milestone in found if milestone.kind == "solved"]
    found += fit_milestones(evaluation)
    found += separable_milestones(evaluation, solved[0] if solved else None)
    found += lost_units(evaluation, end) + unit_lines(evaluation) + twin_units(evaluation)
    if loss is not None:
        found += _course(loss, end) + _overfitting(evaluation, end)
    found = [milestone for milestone in found if milestone.epoch < end] + divergence
    found += _after_training(recording)
    return sorted(found, key=lambda milestone: milestone.epoch)


# When the training diverged


def _guessing(evaluation: Evaluation) -> float:
    """The cross-entropy of who holds all classes for equally likely; 0 for other losses."""
    loss = evaluation.recording.description.loss
    classes = evaluation.task.n_classes if loss is not None and loss["name"] in CROSS_ENTROPIES else 0
    return math.log(classes) if classes else 0.0


def _divergence(
    weights_at: float | None, loss_at: float | None, are_answers: bool = False
) -> list[Milestone]:
    """Divergence of the loss and of the weights; the loss only if it diverges before the weights.

    Where `are_answers`, answers were recorded in place of weights.
    """
    found = []
    if loss_at is not None and (weights_at is None or loss_at < weights_at):
        found.append(Milestone(loss_at, "diverged", Message("the loss diverges")))
    if weights_at is not None:
        words = Message("the weights are no longer finite")
        if are_answers:
            words = Message("the answers are no longer finite")
        found.append(Milestone(weights_at, "diverged", words))
    return found


# What happened to the weights after the training


def _after_training(recording: Recording) -> list[Milestone]:
    """Weights that the model held after the training, until a training that goes on changes them."""
    found = []
    for at, of in recording.ending.held.items():
        later = recording.epochs[recording.epochs > at]
        until = float(later[0]) if len(later) else None
        if of is None:
            text = Message("the weights were changed after the training")
            found.append(Milestone(at, "weights_changed", text, until))
        else:
            text = Message("the weights of epoch {epoch:g} are restored", {"epoch": of})
            found.append(Milestone(at, "weights_restored", text, until))
    return found


# The course of the loss


def _course(loss: LossCurve, end: float) -> list[Milestone]:
    """Plateaus and the steepest fall."""
    sound = loss.before(end)
    found = [
        Milestone(
            plateau.start,
            "plateau",
            Message("the loss stays near {level:g}", {"level": _rounded(plateau.level)}),
            plateau.until,
        )
        for plateau in sound.plateaus()
    ]
    fall = sound.steepest_fall()
    before, after = (0.0, 0.0) if fall is None else (_rounded(fall.before), _rounded(fall.after))
    if fall is not None and before != after:
        text = Message(
            "the loss fell fastest, from {before:g} to {after:g}", {"before": before, "after": after}
        )
        found.append(Milestone(fall.epoch, "steepest_fall", text))
    return found


def _overfitting(evaluation: Evaluation, end: float) -> list[Milestone]:
    recording = evaluation.recording
    training, validation = (logged_curve(recording, name) for name in ("loss", "val_loss"))
    if training is None or validation is None:
        return []
    since = overfitting_since(training.before(end), validation.before(end))
    if since is None:
        return []
    within = loss_within_data(evaluation)
    if within is not None and overfitting_since(training.before(end), within.before(end)) is None:
        text = Message("held-out loss rises where there are no training data: the network extrapolates")
        if evaluation.has_answers_alone:
            text = Message("held-out loss rises where there are no training data: the model extrapolates")
        return [Milestone(since, "extrapolates", text)]
    text = Message("held-out loss rises while training loss falls: the network overfits")
    if evaluation.has_answers_alone:
        text = Message("held-out loss rises while training loss falls: the model overfits")
    return [Milestone(since, "overfitting", text)]


def _rounded(value: float) -> float:
    """A number with three significant digits, which :g writes without an exponent up to a million."""
    return float(f"{value:.3g}")
