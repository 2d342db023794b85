"""The milestones of a regression: since when it fits within the noise of its data, or stays far from it."""

from __future__ import annotations

import numpy as np

from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import begun_for_good, first_for_good, is_long
from replay.runs.loss_curve import LossCurve
from replay.runs.milestone import Milestone
from replay.runs.noise import noise_variance
from replay.runs.recording import Recording
from replay.runs.regression import in_columns, n_columns, n_inputs, objection, qualities
from replay.runs.task import REGRESSION
from replay.types import Array

LITTLE = 0.5  # R²: less than half of the variance is little
FAR = 2.0  # times the variance of the noise: a mean square beyond it is far
STANDS = 0.2  # of the last mean square: the most by which one that stands still may differ from it


def fit_milestones(evaluation: Evaluation) -> list[Milestone]:
    """When a regression that NumPy evaluates begins to fit within the noise, for good, or to underfit.

    Within the noise, the mean square of the training is below the variance of the noise, where that can be
    told: see `noise_variance`.
    """
    if evaluation.task.kind != REGRESSION or not evaluation.at_hand or objection(evaluation) is not None:
        return []
    recording = evaluation.recording
    trained = qualities(evaluation)
    epochs, noise = recording.epochs[evaluation.surveyed], _noise(evaluation)
    found = []
    if noise is not None:
        within = trained.squared < noise
        since, first = begun_for_good(within, epochs), first_for_good(within)
        if since is not None and is_long(epochs, first, len(epochs) - 1):
            text = Message("the fit is as close as the noise of the data allows")
            found.append(Milestone(since, "fits_within_noise", text))
    return found + _underfitting(evaluation, epochs, noise)


def loss_within_data(evaluation: Evaluation) -> LossCurve | None:
    """The mean square of a regression's held-out samples within the range of its training inputs.

    None where all are within, or none, or it is no regression that NumPy evaluates: beyond the data a network
    is wrong for another reason than that it has learnt the noise.
    """
    if evaluation.task.kind != REGRESSION or not evaluation.at_hand or objection(evaluation) is not None:
        return None
    other = _within_data(evaluation)
    if other is None or other is evaluation.held_out:
        return None
    return LossCurve(evaluation.recording.epochs[evaluation.surveyed], qualities(other).squared)


def _within_data(evaluation: Evaluation) -> Evaluation | None:
    """The held-out samples within the range of the training inputs; None without any."""
    other = evaluation.held_out
    if other is None:
        return None
    inputs, held_out = (in_columns(one.recording.inputs) for one in (evaluation, other))
    inside = ((held_out >= inputs.min(axis=0)) & (held_out <= inputs.max(axis=0))).all(axis=1)
    if inside.all():
        return other
    return other.of_samples(np.flatnonzero(inside)) if inside.any() else None


def _noise(evaluation: Evaluation) -> float | None:
    recording: Recording = evaluation.recording
    if n_columns(evaluation) != 1 or n_inputs(evaluation) not in (1, 2):
        return None
    return noise_variance(in_columns(recording.inputs), in_columns(recording.targets)[:, 0])


def _underfitting(evaluation: Evaluation, epochs: Array, noise: float | None) -> list[Milestone]:
    """Since when the training no longer gets closer, and is far from training and held-out samples alike."""
    other = _within_data(evaluation)
    if other is None:
        return []
    trained, held_out = qualities(evaluation), qualities(other)
    if not all(_is_far(one.squared[-1], one.r2[-1], noise) for one in (trained, held_out)):
        return []
    stands = np.abs(trained.squared - trained.squared[-1]) <= STANDS * trained.squared[-1]
    start = int(np.flatnonzero(~stands)[-1]) + 1 if (~stands).any() else 0
    if not is_long(epochs, start, len(epochs) - 1) or len(epochs) < 2:
        return []
    text = Message("neither training nor held-out samples are fitted well: the network underfits")
    if evaluation.has_answers_alone:
        text = Message("neither training nor held-out samples are fitted well: the model underfits")
    return [Milestone(float(epochs[start]), "underfits", text)]


def _is_far(squared: float, r2: float, noise: float | None) -> bool:
    """Whether what is left is much more than noise or, where that is not known, most of the variance."""
    if not np.isfinite(squared):
        return False
    return bool(squared > FAR * noise) if noise is not None else bool(r2 < LITTLE)
