"""Hinges: where each unit of the first layer has z = 0, along a single input."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.unit_lines import layers_in_reach

MOST = 64  # units: those with the steepest z in the end


class Hinges:
    """Where units of a `layer` switch: the input at which z = w·x + b is 0.

    There ReLU bends the network's answer, and tanh or sigmoid are steepest. Make it with `hinges_of`.
    """

    def __init__(self, evaluation: Evaluation, layer: LayerDescription) -> None:
        self.evaluation, self.layer = evaluation, layer

    @cached_property
    def units(self) -> Array:
        """The units that are shown, counted from 0, in order: all, or the MOST with the steepest z."""
        slopes = np.abs(self._line_at(float(self.evaluation.recording.epochs[-1]))[0])
        steepest = np.argsort(-np.nan_to_num(slopes), kind="stable")[:MOST]
        return np.sort(steepest)

    def at(self, epoch: float) -> Array:
        """The hinge of each of `units`, NaN of one that does not depend on the input: (n_units,)."""
        slopes, offsets = self._line_at(epoch)
        with np.errstate(all="ignore"):
            found = -offsets / slopes
        return np.where(np.isfinite(found), found, np.nan)[self.units]

    def _line_at(self, epoch: float) -> tuple[Array, Array]:
        """z of each unit as a line: its slope and its value at 0, (units,) each."""
        evaluation = self.evaluation
        weights = [weight.astype(np.float64) for weight in evaluation.at(epoch).weights]
        points = np.array([0.0, 1.0]).reshape(-1, *evaluation.inputs.shape[1:])
        z = evaluation.network.evaluate(points, weights, self.layer.name, before_activation=True)[0]
        return z[1] - z[0], z[0]


def hinges_of(evaluation: Evaluation) -> Hinges | None:
    """The hinges of a run with one input; None where its first layer is not affine or NumPy has it not."""
    layers = layers_in_reach(evaluation)
    return Hinges(evaluation, layers[0]) if layers else None
