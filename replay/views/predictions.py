"""Predictions of a regression, whatever its inputs: against the true numbers, and how far they are off."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.runs.evaluation import Evaluation, Moment
from replay.runs.regression import check, in_columns, value_limits
from replay.types import Array
from replay.views.shared.geometry import Limits, padded
from replay.views.view import View

MARGIN = 0.06
USUAL, OF_HELD_OUT = 0.995, 0.95  # the share of the residuals that an axis holds
ROOM, LEAST = 2.5, 0.1  # times those at the end, and the least share of those of the whole run
LARGEST = float(np.finfo(float).max) / 8  # an axis can be so long: the difference of its ends is finite


@dataclass(frozen=True)
class PredictionsFrame:
    """Predictions at one epoch: `predicted` and `residuals` (n_samples, n_columns).

    A residual is target − prediction. `held_out` has the same of the held-out samples, None without any.
    """

    epoch: float
    predicted: Array
    residuals: Array
    held_out: PredictionsFrame | None = None


class _Predictions(View):
    """What both views have: `targets` (n_samples, n_columns), and those held out, None without any."""

    what = "this view"

    def __init__(self, evaluation: Evaluation) -> None:
        check(evaluation, self.what)
        super().__init__(evaluation)
        self.targets = in_columns(evaluation.recording.targets)
        other = evaluation.held_out
        self.held_out = None if other is None else in_columns(other.recording.targets)

    def at(self, epoch: float) -> PredictionsFrame:
        """The predictions at `epoch`."""
        other = self.evaluation.held_out
        held_out = None if other is None else _frame(other.at(epoch), other.recording.targets)
        return _frame(self.evaluation.at(epoch), self.evaluation.recording.targets, held_out)

    @cached_property
    def values(self) -> tuple[float, float]:
        """Ends for the numbers that are predicted, with a margin."""
        return padded(*value_limits(self.evaluation), MARGIN)


class PredictedAgainstTrue(_Predictions):
    """The prediction for each sample against its true number. Both sides have the same `limits`."""

    what = "the view predicted"

    @cached_property
    def limits(self) -> Limits:
        """The limits of the picture."""
        return Limits(self.values, self.values)


class Residuals(_Predictions):
    """The residual of each sample against its prediction, within `limits`."""

    what = "the view residuals"

    @cached_property
    def limits(self) -> Limits:
        """The limits of the picture."""
        return Limits(self.values, residual_limits(self.evaluation))


def residual_limits(evaluation: Evaluation) -> tuple[float, float]:
    """Ends for residuals, as far from 0 on both sides: what the end of the run needs, and room.

    But not less than a tenth of what most residuals of the whole run need, nor more than all of that; and as
    most of the held-out samples need at the end.
    """
    sizes, other = _usual_sizes(evaluation, USUAL), evaluation.held_out
    whole, last = (float(sizes.max()), float(sizes[-1])) if len(sizes) else (0.0, 0.0)
    size = min(max(ROOM * last, LEAST * whole), whole)
    if other is not None:
        size = max(size, *_usual_sizes(other, OF_HELD_OUT)[-1:])
    size = min(size, LARGEST)
    return (-size, size) if size > 0 else (-1.0, 1.0)


def _usual_sizes(evaluation: Evaluation, share: float) -> Array:
    """The size that this share of the residuals does not exceed, at each snapshot where they are finite."""
    targets = in_columns(evaluation.recording.targets)
    found = []
    for _, _, answers in evaluation.blocks(evaluation.surveyed):
        sizes = np.abs(answers.outputs.reshape(-1, *targets.shape).astype(np.float64) - targets)
        sizes = sizes.reshape(len(sizes), -1)
        found.append(np.quantile(sizes[np.isfinite(sizes).all(axis=1)], share, axis=1))
    return np.concatenate(found)


def _frame(moment: Moment, targets: Array, held_out: PredictionsFrame | None = None) -> PredictionsFrame:
    predicted = in_columns(moment.outputs)
    with np.errstate(all="ignore"):  # a network that diverged
        residuals = in_columns(targets) - predicted
    return PredictionsFrame(moment.epoch, predicted, residuals, held_out)
