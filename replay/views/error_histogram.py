"""The histogram of a regression's errors, which have a sign, with their mean and spread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.regression import check, in_columns, n_columns
from replay.types import Array
from replay.views.loss_histogram import ceiling
from replay.views.predictions import residual_limits
from replay.views.shared.histogram import Bins, HistogramFrame, count, highest_bars
from replay.views.view import View

BINS = 31  # an odd number: 0 is in the middle of one


@dataclass(frozen=True)
class ErrorHistogramFrame:
    """Errors at one epoch: a `histogram`, `mean` and `spread` (standard deviation), NaN without any."""

    epoch: float
    histogram: HistogramFrame
    mean: float
    spread: float


class ErrorHistogram(View):
    """Histogram of target − prediction, over bins that stay; those beyond them count in the outermost.

    `edges` (n_bins + 1,) are as far from 0 on both sides; `highest` is the count that the axis holds.
    `held_out` is the histogram of the held-out samples in the same bins, None without any. Raises ViewError
    for a run that is no regression.
    """

    def __init__(self, evaluation: Evaluation, bins: int = BINS) -> None:
        check(evaluation, "the view errors")
        super().__init__(evaluation)
        self.edges = np.linspace(*residual_limits(evaluation), bins + 1)
        self.held_out: ErrorHistogram | None = None
        if evaluation.held_out is not None:
            self.held_out = ErrorHistogram(evaluation.held_out, bins)
            self.held_out.edges = self.edges

    @property
    def n_columns(self) -> int:
        """How many errors a sample has."""
        return n_columns(self.evaluation)

    @cached_property
    def highest(self) -> int:
        """The count that the axis holds: see `replay.views.loss_histogram.ceiling`."""
        targets = in_columns(self.evaluation.recording.targets)
        bars = []
        for _, _, answers in self.evaluation.blocks(self.evaluation.surveyed):
            errors = targets - answers.outputs.reshape(-1, *targets.shape).astype(np.float64)
            bars.append(highest_bars(errors.reshape(len(errors), -1), Bins(self.edges))[:, 0])
        return ceiling(np.concatenate(bars))

    @property
    def highest_share(self) -> float:
        """The same as a share of the errors."""
        return self.highest / max(1, in_columns(self.evaluation.recording.targets).size)

    def at(self, epoch: float) -> ErrorHistogramFrame:
        """The histogram at `epoch`."""
        errors = self._errors(epoch)
        finite = errors[np.isfinite(errors)]
        mean, spread = (float(finite.mean()), float(finite.std())) if len(finite) else (np.nan, np.nan)
        held_out = None if self.held_out is None else self.held_out.at(epoch).histogram
        counted = count(epoch, errors, np.ones(len(errors), dtype=bool), Bins(self.edges))
        histogram = HistogramFrame(epoch, counted.right, counted.wrong, counted.missing, held_out)
        return ErrorHistogramFrame(epoch, histogram, mean, spread)

    def _errors(self, epoch: float) -> Array:
        targets = in_columns(self.evaluation.recording.targets)
        with np.errstate(all="ignore"):  # a network that diverged
            return (targets - in_columns(self.evaluation.at(epoch).outputs)).ravel()
