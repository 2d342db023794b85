"""How the loss is spread over the samples."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.shared.histogram import Bins, HistogramFrame, count, highest_bars
from replay.views.view import View

SMALLEST = 1e-8  # a loss of exactly 0 has no place on a logarithmic axis
SPAN = 1e-4  # smaller shares of the largest loss are all alike to a reader
# Quantiles are read from counts in bins of 1%, up to the largest float32, instead of from all losses at once.
FINE = Bins(np.geomspace(SMALLEST, 1e38, 46 * 200 + 1), logarithmic=True)
CUT = 0.05  # the share of the snapshots that the ceiling may cut a bar of
MUCH_HIGHER = 2  # for how many times the height it does


class LossHistogram(View):
    """Histogram of the samples' losses on a logarithmic axis that covers all snapshots.

    Losses span decades while a network learns; bins of equal ratio keep both ends of the training in
    view. The outermost half percent falls into the first and last bin.
    """

    def __init__(self, evaluation: Evaluation, bins: int = 30) -> None:
        super().__init__(evaluation)
        self.bins = bins

    def _blocks(self) -> Iterator[Array]:
        """The losses at the surveyed snapshots, as many at a time as fit in memory: (n, n_samples)."""
        for _, _, answers in self.evaluation.blocks(self.evaluation.surveyed):
            yield self.evaluation.losses_of(answers)

    @cached_property
    def edges(self) -> Array:
        """Bin edges in units of the loss: (n_bins + 1,), geometric."""
        counts = np.zeros(len(FINE), dtype=int)
        for losses in self._blocks():
            counts += FINE.counts(losses)[0, :-1]
        if not counts.any():
            return np.geomspace(1e-3, 1.0, self.bins + 1)
        low, high = _quantile(counts, 0.005), _quantile(counts, 0.995)
        low = max(low, high * SPAN)
        if high <= low * 2:  # a constant loss: a decade around it
            low, high = low / 3, low * 3
        return np.geomspace(low, high, self.bins + 1)

    @cached_property
    def _bins(self) -> Bins:
        return Bins(self.edges, logarithmic=True)

    @cached_property
    def _highest_bars(self) -> Array:
        return np.concatenate([highest_bars(losses, self._bins)[:, 0] for losses in self._blocks()])

    @property
    def highest(self) -> int:
        """The highest bar at any snapshot."""
        return int(self._highest_bars.max())

    @property
    def ceiling(self) -> int:
        """How high an axis should reach that stands still: see the function."""
        return ceiling(self._highest_bars)

    def at(self, epoch: float) -> HistogramFrame:
        """The histogram at `epoch`."""
        moment = self.evaluation.at(epoch)
        regression = self.evaluation.task.kind == REGRESSION
        correct = np.ones(len(moment.losses), dtype=bool) if regression else moment.correct
        return count(epoch, moment.losses, correct, self._bins)


def ceiling(highest_bars: Array) -> int:
    """How high an axis should reach that stands still, from the highest bar of each snapshot.

    That is the highest bar, unless a few snapshots alone have bars so high that those of all others
    would look flat, as before the training, when all samples have much the same loss: then the
    ceiling cuts these few.
    """
    ordered = np.sort(highest_bars)
    usual, highest = int(ordered[-1 - int(CUT * len(ordered))]), int(ordered[-1])
    return usual if highest > MUCH_HIGHER * usual else highest


def _quantile(counts: Array, share: float) -> float:
    """The loss below which `share` of the `counts` in fine bins lies."""
    below = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    last = int(np.searchsorted(below, share))  # the first fine edge with at least that share below it
    within = (share - below[last - 1]) / (below[last] - below[last - 1])
    low, high = FINE.edges[last - 1 : last + 1]
    return float(low * (high / low) ** within)
