"""How sure the network is of the samples of one class, or of all."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.errors import ViewError
from replay.evaluation import Evaluation
from replay.task import BINARY
from replay.views.histogram import HistogramFrame, count, highest

Array = NDArray[Any]


class ProbabilityHistogram:
    """Histogram of probabilities, samples of class `label` only, or of all classes with None.

    For two classes the probability is that of class 1, as a sigmoid gives it: negatives should pile up at
    0, positives at 1. For more classes, and for all classes together, it is that of the true class.
    """

    def __init__(self, evaluation: Evaluation, label: int | None, bins: int = 20) -> None:
        task = evaluation.task
        labels = task.class_labels
        if label is not None and not 0 <= label < task.n_classes:
            raise ViewError(f"there is no class {label}: the run has classes 0 to {task.n_classes - 1}")
        self.evaluation = evaluation
        self.label = label
        self.edges = np.linspace(0.0, 1.0, bins + 1)
        self._members = np.ones(len(labels), dtype=bool) if label is None else labels == label
        self.of_class_1 = task.kind == BINARY and label is not None

    def _values(self, probabilities: Array) -> Array:
        """(…, n_samples) or (…, n_samples, n_classes) → the members' values (…, n_members)."""
        task = self.evaluation.task
        if self.of_class_1:
            return probabilities[..., self._members]
        by_class = task.by_class(probabilities)[..., self._members, :]
        own = np.broadcast_to(task.class_labels[self._members][:, None], (*by_class.shape[:-1], 1))
        return np.take_along_axis(by_class, own, axis=-1)[..., 0]

    @cached_property
    def highest(self) -> int:
        """The highest bar at any snapshot, for an axis that stands still."""
        return highest(self._values(self.evaluation.probabilities()), self.edges)

    def at(self, epoch: float) -> HistogramFrame:
        """The histogram at `epoch`."""
        moment = self.evaluation.at(epoch)
        return count(epoch, self._values(moment.probabilities), moment.correct[self._members], self.edges)
