"""Calibration: whether of the samples with a probability of 80% about 80% are right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.task import BINARY
from replay.types import Array
from replay.views.view import View

N_BINS = 10


@dataclass(frozen=True)
class CalibrationFrame:
    """The samples at one epoch in bins of their probability: (n_bins,) each.

    `counts` are the samples of a bin, `mean` their mean probability and `share` the share of them that it
    came true for; both are NaN in an empty bin. `error` is the expected calibration error, 0 to 1.
    """

    epoch: float
    counts: Array
    mean: Array
    share: Array
    error: float


class Calibration(View):
    """A reliability diagram over `edges` (n_bins + 1,).

    Of two classes the probability is that of class 1, which comes true in the samples of class 1. Of more it
    is that of the answer, which comes true where the answer is right: the axis then begins at 1 / n_classes.
    The expected calibration error is the mean |share − mean| of the bins, weighted by their counts (Guo et
    al. 2017, "On Calibration of Modern Neural Networks", eq. 3). Raises ViewError for a regression.
    """

    edges = np.linspace(0, 1, N_BINS + 1)

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.labels = evaluation.task.class_labels

    @property
    def of_answers(self) -> bool:
        """Whether the probability is that of the answer, not of class 1."""
        return self.evaluation.task.kind != BINARY

    def at(self, epoch: float) -> CalibrationFrame:
        """The bins at `epoch`."""
        return self._binned(epoch, *self._told(self.evaluation, epoch))

    def held_out_at(self, epoch: float) -> CalibrationFrame | None:
        """The same of the held-out samples, None without any."""
        held_out = self.evaluation.held_out
        return None if held_out is None else self._binned(epoch, *self._told(held_out, epoch))

    def _told(self, evaluation: Evaluation, epoch: float) -> tuple[Array, Array]:
        """The probability that each sample is told with, and whether that came true: (n_samples,) each."""
        moment = evaluation.at(epoch)
        p = moment.probabilities.astype(np.float64)
        if self.of_answers:
            return p.max(axis=-1), moment.correct
        return p, evaluation.task.class_labels == 1

    def _binned(self, epoch: float, p: Array, true: Array) -> CalibrationFrame:
        finite = np.isfinite(p)
        p, true = np.clip(p[finite], 0, 1), true[finite]
        # (low, high], as the paper has it; exactly 0 is in the first bin.
        place = np.searchsorted(self.edges[1:-1], p, side="left")
        counts = np.bincount(place, minlength=N_BINS)
        with np.errstate(all="ignore"):
            mean = np.bincount(place, p, N_BINS) / counts
            share = np.bincount(place, true.astype(float), N_BINS) / counts
        gaps = np.where(counts > 0, np.abs(share - mean), 0.0)
        error = float((gaps * counts).sum() / counts.sum()) if counts.sum() else float("nan")
        return CalibrationFrame(epoch, counts, mean, share, error)
