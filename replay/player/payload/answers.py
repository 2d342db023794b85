"""The network's answers for a page, in one pass: probabilities, predictions, losses, points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from replay.errors import ViewError
from replay.network.losses import known
from replay.player.payload.fit_data import has_fit
from replay.player.payload.spaces import Extents, Space
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.regression import n_columns
from replay.runs.task import BINARY, REGRESSION, Task
from replay.types import Array
from replay.views.confusion_matrix import predictions
from replay.views.probability_histogram import values_of
from replay.views.shared.projection import flat


@dataclass(frozen=True)
class RunAnswers:
    """The answers at s snapshots, at `epochs`, for n samples.

    `probabilities` (s, n) are of class 1 for two classes, else of the true class, and `predicted` (s, n) is
    the most likely class; both are None for a regression. `losses` (s, n) is None if the loss is not known.
    `points` (s, n, 2) of each space, in its plane, are empty unless requested. `extents` has those of each
    space. `outputs` (s, n, columns), with the points, are the numbers that a regression predicts.
    """

    epochs: Array
    probabilities: Array | None
    predicted: Array | None
    losses: Array | None
    points: Sequence[Array]
    extents: Sequence[Extents]
    outputs: Array | None = None

    def part(self, epochs: Array, samples: Array) -> RunAnswers:
        """The part at these epochs, for the samples at these positions."""
        rows = np.searchsorted(self.epochs, epochs)

        def chosen(values: Array) -> Array:
            return values[rows][:, samples]

        def perhaps(values: Array | None) -> Array | None:
            return None if values is None else chosen(values)

        return replace(
            self,
            epochs=epochs,
            probabilities=perhaps(self.probabilities),
            predicted=perhaps(self.predicted),
            losses=perhaps(self.losses),
            points=[chosen(points) for points in self.points],
            outputs=perhaps(self.outputs),
        )


def knows_losses(evaluation: Evaluation) -> bool:
    """Whether each sample's loss can be computed from outputs and targets."""
    try:
        known(evaluation.recording.description.loss, "the loss of each sample")
    except ViewError:
        return False
    return True


def run_answers(
    evaluations: Sequence[Evaluation], epochs: Array, spaces: Sequence[Space], keep_points: bool
) -> list[RunAnswers]:
    """Evaluate a network on one or several sets of samples at these epochs.

    One epoch at a time, to save memory. The sets have their extents in common.
    """
    extents = [Extents.of(space) for space in spaces]
    found = [_empty(one, epochs, extents, len(spaces), keep_points) for one in evaluations]
    for row, epoch in enumerate(epochs):
        moments = [evaluation.at(float(epoch)) for evaluation in evaluations]
        for number, space in enumerate(spaces):
            _see_space(found, row, moments, number, space)
        for evaluation, answers, moment in zip(evaluations, found, moments, strict=True):
            _answer(evaluation.task, answers, row, moment)
    return found


def _empty(
    evaluation: Evaluation, epochs: Array, extents: Sequence[Extents], n_spaces: int, keep_points: bool
) -> RunAnswers:
    """Answers to fill in, with the points of so many spaces and predicted numbers if these are kept."""
    task, shape = evaluation.task, (len(epochs), len(evaluation.inputs))
    classes = task.kind != REGRESSION
    return RunAnswers(
        epochs,
        np.empty(shape, np.float32) if classes else None,
        np.empty(shape, np.uint8 if task.n_classes <= 256 else np.uint16) if classes else None,
        np.empty(shape, np.float32) if knows_losses(evaluation) else None,
        [np.empty((*shape, 2), np.float32) for _ in range(n_spaces if keep_points else 0)],
        extents,
        np.empty((*shape, n_columns(evaluation)), np.float32)
        if keep_points and has_fit(evaluation)
        else None,
    )


def _answer(task: Task, answers: RunAnswers, row: int, moment: Moment) -> None:
    if answers.probabilities is not None and answers.predicted is not None:
        found = moment.probabilities
        answers.probabilities[row] = values_of(task, found, of_class_1=task.kind == BINARY)
        answers.predicted[row] = np.maximum(predictions(task, found), 0)  # −1, no answer, has no code
    if answers.losses is not None:
        answers.losses[row] = moment.losses
    if answers.outputs is not None:
        answers.outputs[row] = moment.outputs.reshape(answers.outputs.shape[1:])


def _see_space(
    found: Sequence[RunAnswers], row: int, moments: Sequence[Moment], number: int, space: Space
) -> None:
    activations = [flat(moment.activations(space.layer)[None])[0] for moment in moments]
    found[0].extents[number].take(space, np.concatenate(activations))
    for answers, values in zip(found, activations, strict=True):
        if answers.points:
            answers.points[number][row] = space.projection.of(values)
