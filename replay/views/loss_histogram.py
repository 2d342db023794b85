"""How the loss is spread over the samples."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.evaluation import Evaluation
from replay.task import REGRESSION
from replay.views.histogram import HistogramFrame, count, highest

Array = NDArray[Any]
SMALLEST = 1e-8  # a loss of exactly 0 has no place on a logarithmic axis
SPAN = 1e-4  # smaller shares of the largest loss are all alike to a reader


class LossHistogram:
    """Histogram of the samples' losses on a logarithmic axis that covers all snapshots.

    Losses span decades while a network learns; bins of equal ratio keep both ends of the training in
    view. The outermost half percent falls into the first and last bin.
    """

    def __init__(self, evaluation: Evaluation, bins: int = 30) -> None:
        self.evaluation = evaluation
        self.bins = bins

    @cached_property
    def _all(self) -> Array:
        return np.maximum(self.evaluation.losses(), SMALLEST)

    @cached_property
    def edges(self) -> Array:
        """Bin edges in units of the loss: (n_bins + 1,), geometric."""
        finite = self._all[np.isfinite(self._all)]
        if not len(finite):
            return np.geomspace(1e-3, 1.0, self.bins + 1)
        low, high = np.quantile(finite, (0.005, 0.995))
        low = max(low, high * SPAN)
        if high <= low * 2:  # a constant loss: a decade around it
            low, high = low / 3, low * 3
        return np.geomspace(low, high, self.bins + 1)

    @cached_property
    def highest(self) -> int:
        """The highest bar at any snapshot."""
        return highest(self._all, self.edges)

    def at(self, epoch: float) -> HistogramFrame:
        """The histogram at `epoch`."""
        moment = self.evaluation.at(epoch)
        losses = np.maximum(moment.losses, SMALLEST)
        regression = self.evaluation.task.kind == REGRESSION
        correct = np.ones(len(losses), dtype=bool) if regression else moment.correct
        return count(epoch, losses, correct, self.edges)
