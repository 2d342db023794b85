"""The feature space of a 2-unit layer: samples, the bent input grid, and the regions of its plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.description import LayerDescription
from replay.errors import ViewError
from replay.evaluation import Evaluation
from replay.grid import Limits, finite_range, grid_lines, limits_around
from replay.recording import Recording
from replay.task import REGRESSION
from replay.views.decision_boundary import input_limits
from replay.views.regions import Regions

Array = NDArray[Any]


# Layers that pass on what they are given, or the inputs themselves on another scale.
NOT_FEATURES = (
    "InputLayer",
    "Identity",
    "Normalization",
    "Rescaling",
    "Flatten",
    "Reshape",
    "Dropout",
    "GaussianNoise",
)


@dataclass(frozen=True)
class FeatureSpaceFrame:
    """The feature space at one epoch.

    `points` (n_samples, 2); `correct` (n_samples,) of bool, None for a regression; `lines` (2, n_lines,
    n_points, 2), the input's grid lines seen through the layer, None where inputs are not 2-D; `regions`,
    the plane divided among the classes, None where the network cannot be evaluated from the layer on.
    """

    epoch: float
    points: Array
    correct: Array | None
    lines: Array | None
    regions: Regions | None


def two_unit_layers(recording: Recording) -> list[LayerDescription]:
    """The layers with a 2-unit feature space, from input to output, without the output layer itself."""
    output = recording.description.output or recording.description.layers[-1]
    return [
        layer
        for layer in recording.description.layers
        if layer.units == 2
        and layer.shape in (None, (2,))
        and layer.name != output.name
        and layer.class_name not in NOT_FEATURES
    ]


def choose_layer(recording: Recording, name: str | None = None) -> str:
    """Check that layer `name` has two units or, without a name, take the last layer that has.

    Raises ViewError, saying which layers would do.
    """
    candidates = two_unit_layers(recording)
    names = ", ".join(layer.name for layer in candidates)
    if name is not None:
        layer = recording.layer(name)
        if layer.units != 2:
            advice = f"layers with two: {names}" if names else "no hidden layer of this run has two"
            raise ViewError(
                f"a feature space needs a layer of 2 units, but {name!r} has "
                f"{'an unknown number' if layer.units is None else layer.units}; {advice}"
            )
        return name
    if not candidates:
        raise ViewError(
            f"{recording.path}: no hidden layer has 2 units, so there is no feature space to draw; "
            "add a layer of 2 units, or show another view"
        )
    return candidates[-1].name


class FeatureSpace:
    """What a 2-unit layer makes of the samples and of the plane they live in.

    `mesh_points` is the side of the mesh over the layer's plane; `grid` asks for the input plane's lines,
    which 2-D inputs have. `xlim` and `ylim` are in units of the layer's activations.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        layer: str | None = None,
        mesh_points: int = 200,
        grid: bool = True,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> None:
        self.evaluation = evaluation
        self.layer = choose_layer(evaluation.recording, layer)
        sample = evaluation.activations(self.layer, evaluation.inputs[:1], evaluation.recording.epochs[:1])
        if sample.shape[2:] != (2,):
            raise ViewError(
                f"a sample is no point of a plane to layer {self.layer!r}: its shape is {sample.shape[2:]}"
            )
        self.mesh_points = mesh_points
        self._limits = (xlim, ylim)
        inputs = evaluation.recording.inputs
        self._input_lines = (
            grid_lines(input_limits(evaluation.recording)) if grid and inputs.shape[1:] == (2,) else None
        )

    @cached_property
    def limits(self) -> Limits:
        """Limits around every sample, at all epochs. The grid may leave them."""
        recording, inputs = self.evaluation.recording, self.evaluation.inputs
        low, high = finite_range(np.empty((0, 2)))
        blocks = recording.blocks(list(range(recording.n_snapshots)), self.evaluation.block_size(len(inputs)))
        for _, _, weights in blocks:
            points = self.evaluation.network.evaluate(inputs, weights, self.layer)
            block_low, block_high = finite_range(points)
            low, high = np.minimum(low, block_low), np.maximum(high, block_high)
        around = limits_around(low, high)
        return Limits(self._limits[0] or around.x, self._limits[1] or around.y)

    def at(self, epoch: float) -> FeatureSpaceFrame:
        """The feature space at `epoch`."""
        moment = self.evaluation.at(epoch)
        lines = self._input_lines
        return FeatureSpaceFrame(
            epoch=epoch,
            points=moment.activations(self.layer),
            correct=None if self.evaluation.task.kind == REGRESSION else moment.correct,
            lines=None
            if lines is None
            else moment.evaluate(lines.reshape(-1, 2), self.layer).reshape(lines.shape),
            regions=self._regions(epoch),
        )

    def _regions(self, epoch: float) -> Regions | None:
        if not self.evaluation.recording.description.chain or self.evaluation.task.kind == REGRESSION:
            return None
        moment = self.evaluation.at(epoch)
        return Regions.over(
            self.limits,
            self.mesh_points,
            lambda points: moment.probabilities_of(points, start_after=self.layer),
        )
