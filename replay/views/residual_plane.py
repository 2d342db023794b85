"""The residuals of a regression with two inputs, each where its sample lies in their plane."""

from __future__ import annotations

from dataclasses import dataclass

from replay.runs.evaluation import Evaluation
from replay.runs.regression import in_columns
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.predictions import residual_limits
from replay.views.view import View


@dataclass(frozen=True)
class ResidualPlaneFrame:
    """Residuals, target − prediction, at one epoch: (n_samples,), and those held out, None without any."""

    epoch: float
    residuals: Array
    held_out: Array | None = None


class ResidualPlane(View):
    """Where in the plane of two inputs a regression of one number is off, and to which side.

    `limits` are those of the plane; `largest` is the residual that has the strongest colour.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.limits = input_limits(evaluation)
        self.largest = residual_limits(evaluation)[1]

    def at(self, epoch: float) -> ResidualPlaneFrame:
        """The residuals at `epoch`."""
        other = self.evaluation.held_out
        held_out = None if other is None else _residuals(other, epoch)
        return ResidualPlaneFrame(epoch, _residuals(self.evaluation, epoch), held_out)


def _residuals(evaluation: Evaluation, epoch: float) -> Array:
    predicted = in_columns(evaluation.at(epoch).outputs)
    return (in_columns(evaluation.recording.targets) - predicted)[:, 0]
