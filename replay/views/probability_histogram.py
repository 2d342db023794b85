"""The histogram of predicted probabilities, for the samples of one class or of all."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY, Task
from replay.types import Array
from replay.views.shared.histogram import Bins, HistogramFrame, count, highest_bars
from replay.views.view import View

BINS = 20
FLAT = 5  # a bar this many times lower than another looks flat beside it
MAX_HISTOGRAMS = 12  # one per class; with more classes, one for all samples


class ProbabilityHistogram(View):
    """Histogram of probabilities for the samples of class `label`, or of all classes with None.

    With two classes it is the probability of class 1, the sigmoid's output: negatives should pile up at 0,
    positives at 1. With more classes, or all classes together, it is that of the true class. `held_out` is
    the same histogram of the held-out samples, None without any.
    """

    def __init__(self, evaluation: Evaluation, label: int | None, bins: int = BINS) -> None:
        task = evaluation.task
        labels = task.class_labels
        if label is not None and not 0 <= label < task.n_classes:
            raise ViewError(f"there is no class {label}: the run has classes 0 to {task.n_classes - 1}")
        super().__init__(evaluation)
        self.label = label
        self.edges = np.linspace(0.0, 1.0, bins + 1)
        self._bins = Bins(self.edges)
        self._members = slice(None) if label is None else np.flatnonzero(labels == label)
        self.of_class_1 = task.kind == BINARY and label is not None
        held_out = evaluation.held_out
        self.held_out = None if held_out is None else ProbabilityHistogram(held_out, label, bins)

    @property
    def class_size(self) -> int:
        """How many samples the histogram counts."""
        return len(self.evaluation.task.class_labels[self._members])

    @property
    def highest(self) -> int:
        """The highest bar of this histogram at any snapshot."""
        return int(self._of_each[self.label or 0])

    @property
    def top(self) -> int:
        """The highest bar that a fixed axis has to hold: of all classes, unless `has_own_scale`."""
        return self.highest if self.has_own_scale else int(self._of_each.max())

    @property
    def has_own_scale(self) -> bool:
        """Whether classes differ so much in size that one scale would leave some of them flat."""
        present = self._of_each[self._of_each > 0]
        return bool(len(present) and present.max() > FLAT * present.min())

    @property
    def highest_share(self) -> float:
        """The highest bar of any class at any snapshot, as a share of the samples of its class."""
        labels = self.evaluation.task.class_labels
        sizes = np.array([len(labels)])
        if self.label is not None:
            sizes = np.bincount(labels, minlength=self.evaluation.task.n_classes)
        return float((self._of_each / np.maximum(sizes, 1)).max())

    @property
    def _of_each(self) -> Array:
        return _highest(self.evaluation, len(self._bins), by_class=self.label is not None)

    def at(self, epoch: float) -> HistogramFrame:
        """The histogram at `epoch`."""
        moment = self.evaluation.at(epoch)
        values = values_of(self.evaluation.task, moment.probabilities, self.of_class_1)
        frame = count(epoch, values[self._members], moment.correct[self._members], self._bins)
        return frame if self.held_out is None else replace(frame, held_out=self.held_out.at(epoch))


def probability_histograms(evaluation: Evaluation, most: int = MAX_HISTOGRAMS) -> list[ProbabilityHistogram]:
    """A histogram for each class or, with more than `most` classes, one for all samples."""
    n_classes = evaluation.task.n_classes
    labels = [None] if n_classes > most else range(max(n_classes, 1))
    return [ProbabilityHistogram(evaluation, label) for label in labels]


def values_of(task: Task, probabilities: Array, of_class_1: bool) -> Array:
    """The probability of class 1, or else of the true class: (…, n_samples), from `task.probabilities`.

    With two classes, exactly 0.5 lies below 0.5 by the smallest step, because it is answered with class 0.
    """
    labels = task.class_labels
    if task.kind == BINARY:
        below = np.nextafter(probabilities.dtype.type(0.5), probabilities.dtype.type(0))
        probabilities = np.where(probabilities == 0.5, below, probabilities)
        if of_class_1:
            return probabilities
        return np.where(labels == 1, probabilities, 1 - probabilities)
    return probabilities[..., np.arange(len(labels)), labels]


# One pass over a run serves the histograms of all classes.
_passes: WeakKeyDictionary[Evaluation, dict[tuple[int, bool], Array]] = WeakKeyDictionary()


def _highest(evaluation: Evaluation, n_bins: int, by_class: bool) -> Array:
    """The highest bar at any snapshot: (n_classes,) per class, or (1,) for all together."""
    known = _passes.setdefault(evaluation, {})
    if (n_bins, by_class) not in known:
        known[n_bins, by_class] = _pass(evaluation, Bins(np.linspace(0.0, 1.0, n_bins + 1)), by_class)
    return known[n_bins, by_class]


def _pass(evaluation: Evaluation, bins: Bins, by_class: bool) -> Array:
    task = evaluation.task
    of_class_1 = task.kind == BINARY and by_class
    groups, n_groups = (task.class_labels, task.n_classes) if by_class else (0, 1)
    highest = np.zeros(n_groups, dtype=int)
    for _, _, answers in evaluation.blocks(evaluation.surveyed):
        values = values_of(task, task.probabilities(answers.outputs), of_class_1)
        highest = np.maximum(highest, highest_bars(values, bins, groups, n_groups).max(axis=0))
    return highest
