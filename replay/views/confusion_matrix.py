"""The confusion matrix: samples by true and predicted class."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY, Task
from replay.types import Array
from replay.views.shared.held_out import sample_sets
from replay.views.view import View

MAX_CLASSES = 1000  # the matrix grows with their square
NO_ANSWER = -1  # the class predicted where a probability is NaN or infinite


@dataclass(frozen=True)
class ConfusionMatrixFrame:
    """The confusion matrix at one epoch.

    `counts` (n_classes, n_classes) of int: the samples of each true class (row) by predicted class (column).
    `missing` counts samples without finite probabilities, which are in no cell.
    """

    epoch: float
    counts: Array
    missing: int = 0

    @property
    def share_right(self) -> float:
        """The share of samples that are classified correctly; missing samples count as wrong."""
        total = int(self.counts.sum()) + self.missing
        return int(np.trace(self.counts)) / total if total else 0.0


class ConfusionMatrix(View):
    """The recorded samples by true and predicted class.

    `of` says which samples they are, where there are others. Raises ViewError for a regression, or for more
    than MAX_CLASSES classes.
    """

    def __init__(self, evaluation: Evaluation, of: str = "") -> None:
        super().__init__(evaluation)
        self.of = of
        self.labels = evaluation.task.class_labels
        self.n_classes = evaluation.task.n_classes
        if self.n_classes > MAX_CLASSES:
            raise ViewError(
                f"{evaluation.recording.path}: a confusion matrix shows {MAX_CLASSES} classes at most, and "
                f"this run has {self.n_classes}; show the probabilities instead"
            )

    @cached_property
    def class_sizes(self) -> Array:
        """How many recorded samples each class has: (n_classes,) of int."""
        return np.bincount(self.labels, minlength=self.n_classes)

    def at(self, epoch: float) -> ConfusionMatrixFrame:
        """The matrix at `epoch`."""
        predicted = predictions(self.evaluation.task, self.evaluation.at(epoch).probabilities)
        counts = self._counts(predicted)
        return ConfusionMatrixFrame(epoch, counts, len(self.labels) - int(counts.sum()))

    def over(self, epochs: Iterable[float] | None = None) -> Array:
        """The matrices at all snapshots or at `epochs`: (n_snapshots, n_classes, n_classes) of int.

        Raises ViewError for an epoch without a snapshot.
        """
        evaluation, task = self.evaluation, self.evaluation.task
        if epochs is None:
            parts = (task.probabilities(answers.outputs) for _, _, answers in evaluation.blocks())
        else:
            parts = (evaluation.probabilities(epochs=[epoch]) for epoch in epochs)
        matrices = [self._counts(predicted) for part in parts for predicted in predictions(task, part)]
        return np.array(matrices, dtype=int).reshape(-1, self.n_classes, self.n_classes)

    def _counts(self, predicted: Array) -> Array:
        """Count the predicted classes (n_samples,) by true class: (n_classes, n_classes)."""
        n, known = self.n_classes, predicted != NO_ANSWER
        cells = self.labels[known] * n + predicted[known]
        return np.bincount(cells, minlength=n * n).reshape(n, n)


def confusion_matrices(evaluation: Evaluation) -> list[ConfusionMatrix]:
    """The matrix of the recorded samples and, where some were held out, beside it theirs."""
    return [ConfusionMatrix(one, of) for one, of in sample_sets(evaluation)]


def predictions(task: Task, probabilities: Array) -> Array:
    """The predicted class of each sample, by the rule of `Task.correct`: (…, n_samples) of int.

    NO_ANSWER where a probability is NaN or infinite. `probabilities` come from `Task.probabilities`.
    """
    if task.kind == BINARY:
        return np.where(np.isfinite(probabilities), probabilities > 0.5, NO_ANSWER)
    known = np.isfinite(probabilities).all(axis=-1)
    return np.where(known, probabilities.argmax(axis=-1), NO_ANSWER)
