"""The histogram of the samples' losses, on a logarithmic axis; a linear one for losses below 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property

import numpy as np

from replay.network.number_losses import BELOW_ZERO
from replay.runs.evaluation import Evaluation
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.shared.histogram import Bins, HistogramFrame, count, highest_bars
from replay.views.view import View

SMALLEST = 1e-8  # a loss of exactly 0 has no place on a logarithmic axis
SPAN = 1e-4  # below this share of the largest loss, a reader cannot tell losses apart
# Quantiles come from counts in bins of 1%, up to the largest float32, so not all losses must fit in memory.
FINE = Bins(np.geomspace(SMALLEST, 1e38, 46 * 200 + 1), logarithmic=True)
CUT = 0.05  # the ceiling may cut bars in this share of the snapshots,
MUCH_HIGHER = 2  # if they are more than this many times higher than the rest


class LossHistogram(View):
    """Histogram of the samples' losses on a logarithmic axis that covers all snapshots.

    Losses span decades while a network learns; bins of equal ratio show both the start and the end of
    training. The outermost half percent at each end goes to the first and last bin. Held-out samples share
    the bins: `held_out` is their histogram, None without any. Where losses are below 0, as Poisson's may be,
    the first edge is, too: then axis and bins are linear.
    """

    def __init__(self, evaluation: Evaluation, bins: int = 30) -> None:
        super().__init__(evaluation)
        self.bins = bins
        self.held_out: LossHistogram | None = None
        if evaluation.held_out is not None:
            self.held_out = LossHistogram(evaluation.held_out, bins)
            self.held_out.edges = self.edges

    def _blocks(self) -> Iterator[Array]:
        """The losses at the surveyed snapshots, in blocks that fit in memory: (n, n_samples)."""
        for _, _, answers in self.evaluation.blocks(self.evaluation.surveyed):
            yield self.evaluation.losses_of(answers)

    @cached_property
    def edges(self) -> Array:
        """The bin edges in units of the loss, in equal ratios: (n_bins + 1,)."""
        lowest, highest = self._linear_ends
        if lowest < 0:
            return np.linspace(lowest, max(highest, 0.0), self.bins + 1)
        counts = self._fine_counts + (0 if self.held_out is None else self.held_out._fine_counts)
        if not counts.any():
            return np.geomspace(1e-3, 1.0, self.bins + 1)
        low, high = _quantile(counts, 0.005), _quantile(counts, 0.995)
        low = max(low, high * SPAN)
        if high <= low * 2:  # a constant loss: a decade around it
            low, high = low / 3, low * 3
        return np.geomspace(low, high, self.bins + 1)

    @property
    def _linear_ends(self) -> tuple[float, float]:
        """All but the outermost half percent of a loss that may be below 0; nothing below 0 of any other."""
        loss = self.evaluation.recording.description.loss
        if loss is None or loss["name"] not in BELOW_ZERO:
            return 0.0, 0.0
        ends = [] if self.held_out is None else [self.held_out._linear_ends]
        for losses in self._blocks():
            finite = losses[np.isfinite(losses)]
            if len(finite):
                low, high = np.quantile(finite, (0.005, 0.995))
                ends.append((float(low), float(high)))
        lows, highs = zip(*ends, strict=True) if ends else ((0.0,), (0.0,))
        return min(lows), max(highs)

    @property
    def logarithmic(self) -> bool:
        """Whether the axis is."""
        return is_logarithmic(self.edges)

    @property
    def _fine_counts(self) -> Array:
        counts = np.zeros(len(FINE), dtype=int)
        for losses in self._blocks():
            counts += FINE.counts(losses)[0, :-1]
        return counts

    @cached_property
    def _bins(self) -> Bins:
        return Bins(self.edges, self.logarithmic)

    @cached_property
    def _highest_bars(self) -> Array:
        return np.concatenate([highest_bars(losses, self._bins)[:, 0] for losses in self._blocks()])

    @property
    def highest(self) -> int:
        """The highest bar at any snapshot."""
        return int(self._highest_bars.max())

    @property
    def ceiling(self) -> int:
        """The upper limit for a fixed axis: see the function `ceiling`."""
        return ceiling(self._highest_bars)

    @property
    def highest_share(self) -> float:
        """The same limit as a share of the samples."""
        return self.ceiling / len(self.evaluation.inputs)

    def at(self, epoch: float) -> HistogramFrame:
        """The histogram at `epoch`."""
        moment = self.evaluation.at(epoch)
        regression = self.evaluation.task.kind == REGRESSION
        correct = np.ones(len(moment.losses), dtype=bool) if regression else moment.correct
        frame = count(epoch, moment.losses, correct, self._bins)
        return frame if self.held_out is None else replace(frame, held_out=self.held_out.at(epoch))


def is_logarithmic(edges: Array) -> bool:
    """Whether bins with these edges are of equal ratio: those of losses below 0 are of equal width."""
    return bool(edges[0] > 0)


def ceiling(highest_bars: Array) -> int:
    """The upper limit for a fixed axis, from the highest bar of each snapshot.

    Usually the highest bar of all. But if a few snapshots have bars so high that all others would look
    flat, the ceiling cuts these few: before training, all samples have much the same loss.
    """
    ordered = np.sort(highest_bars)
    usual, highest = int(ordered[-1 - int(CUT * len(ordered))]), int(ordered[-1])
    return usual if highest > MUCH_HIGHER * usual else highest


def _quantile(counts: Array, share: float) -> float:
    """The quantile `share` of the losses, from `counts` in the FINE bins."""
    below = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()
    last = int(np.searchsorted(below, share))  # the first fine edge with at least that share below it
    within = (share - below[last - 1]) / (below[last] - below[last - 1])
    low, high = FINE.edges[last - 1 : last + 1]
    return float(low * (high / low) ** within)
