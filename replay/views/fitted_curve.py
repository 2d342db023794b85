"""The fitted curve of a regression with one input: data, the network's answer, and where its units switch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.runs.evaluation import Evaluation
from replay.runs.regression import in_columns, value_limits
from replay.types import Array
from replay.views.contributions import Contributions
from replay.views.shared.geometry import Limits, padded
from replay.views.shared.hinges import hinges_of
from replay.views.view import View

POINTS = 401
BEYOND = 0.3  # of the range of the training data, on each side of them: the zone of extrapolation
MARGIN = 0.08  # of the range of the inputs
AROUND = 0.14  # of the range of the values, for words at the bottom


@dataclass(frozen=True)
class FittedCurveFrame:
    """The curve at one epoch: `x` (n,), increasing, and `answers` (n, n_columns).

    `predicted` (n_samples, n_columns) are those for the training samples. `hinges` (n_units,) is where units
    of the first layer switch, NaN of those that do not within the limits, and `heights` (n_units, n_columns)
    what the network answers there.
    """

    epoch: float
    x: Array
    answers: Array
    predicted: Array
    hinges: Array
    heights: Array


class FittedCurve(View):
    """The answer of a network to its only input, beyond the data as well.

    `limits` are those of the picture; `data` (low, high) those of the training inputs, beyond which the
    network extrapolates. `samples` and `held_out` are (inputs (n,), targets (n, n_columns)), `held_out` None
    without any. `contributions` is the view that stands below, if there is one.
    """

    def __init__(self, evaluation: Evaluation, contributions: Contributions | None = None) -> None:
        super().__init__(evaluation)
        self.contributions = contributions
        self.samples = _points(evaluation)
        other = evaluation.held_out
        self.held_out = None if other is None else _points(other)
        self.data = data_limits(evaluation)
        self.limits = Limits(input_limits(evaluation), padded(*value_limits(evaluation), AROUND))
        self._hinges = hinges_of(evaluation)

    @property
    def units(self) -> Array:
        """The units of the first layer whose hinges are shown, counted from 0."""
        return np.zeros(0, dtype=int) if self._hinges is None else self._hinges.units

    @property
    def hinge_layer(self) -> str | None:
        """The layer that these units are of; None where none is shown."""
        return None if self._hinges is None else self._hinges.layer.name

    @property
    def hinges_add(self) -> bool:
        """Whether these units are those that add to the answer: the network has one hidden layer."""
        adding = self.contributions
        return self._hinges is not None and adding is not None and adding.layer == self._hinges.layer.name

    def at(self, epoch: float) -> FittedCurveFrame:
        """The curve at `epoch`."""
        moment, (low, high) = self.evaluation.at(epoch), self.limits.x
        hinges = np.zeros(0) if self._hinges is None else self._hinges.at(epoch)
        hinges = np.where((hinges >= low) & (hinges <= high), hinges, np.nan)
        shown = np.isfinite(hinges)
        own = self.evaluation.mesh
        along = np.linspace(low, high, POINTS) if own is None else own.inputs[:, 0].astype(np.float64)
        x = np.sort(np.concatenate([along, hinges[shown]]))  # corners stay sharp
        answers = in_columns(moment.evaluate(as_inputs(self.evaluation, x)))
        heights = np.full((len(hinges), answers.shape[1]), np.nan)
        heights[shown] = answers[np.searchsorted(x, hinges[shown])]
        return FittedCurveFrame(epoch, x, answers, in_columns(moment.outputs), hinges, heights)


def as_inputs(evaluation: Evaluation, x: Array) -> Array:
    """Numbers (n,) as samples of the network."""
    return x.reshape(-1, *evaluation.inputs.shape[1:]).astype(np.float32)


def input_limits(evaluation: Evaluation) -> tuple[float, float]:
    """The inputs that a picture shows: those of the training, those held out, and as much again as BEYOND."""
    if evaluation.mesh is not None:
        return evaluation.mesh.limits[0]
    other = evaluation.held_out
    return line_around(evaluation.recording.inputs, None if other is None else other.recording.inputs)


def line_around(inputs: Array, held_out: Array | None) -> tuple[float, float]:
    """The range of one input that a picture shows, around samples and those held out, None without any."""
    every = np.concatenate([in_columns(one).ravel() for one in (inputs, held_out) if one is not None])
    return padded(float(every.min()), float(every.max()), BEYOND if held_out is None else MARGIN)


def data_limits(evaluation: Evaluation) -> tuple[float, float]:
    """The smallest and the largest training input."""
    inputs = in_columns(evaluation.recording.inputs)
    return float(inputs.min()), float(inputs.max())


def _points(evaluation: Evaluation) -> tuple[Array, Array]:
    recording = evaluation.recording
    return in_columns(recording.inputs).ravel(), in_columns(recording.targets)
