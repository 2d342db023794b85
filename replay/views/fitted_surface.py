"""The fitted surface of a regression with two inputs: what the network answers over their plane."""

from __future__ import annotations

import math
from dataclasses import dataclass

from replay.runs.evaluation import Evaluation
from replay.runs.regression import in_columns, value_limits
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.contours import contour
from replay.views.shared.geometry import Limits, mesh
from replay.views.view import View

POINTS = 100  # a side of the mesh
LEVELS = 7  # contours at most
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0, 20.0)


@dataclass(frozen=True)
class FittedSurfaceFrame:
    """The surface at one epoch: `values` (rows, columns) on a mesh over `limits`, rows from the bottom up.

    `contours` has, of each of the view's `levels`, the lines (n, 2) along which the network answers it.
    """

    epoch: float
    values: Array
    limits: Limits
    contours: list[list[Array]]


class FittedSurface(View):
    """What the network answers at each point of the plane of its two inputs, of one `column` of its targets.

    `limits` are those of the plane. `values` are the ends of the numbers of the whole run, which the colours
    stand for, and `levels` round numbers between them. `targets` (n_samples,) are the true ones. Recorded
    answers are shown on their own mesh.
    """

    def __init__(self, evaluation: Evaluation, column: int = 0, mesh_points: int = POINTS) -> None:
        super().__init__(evaluation)
        mesh = evaluation.mesh
        self.column, self.mesh_points = column, mesh_points if mesh is None else mesh.points
        self.exactly = mesh is not None  # beyond it nothing is known
        self.limits = input_limits(evaluation)
        self.values = value_limits(evaluation, column)
        self.targets = in_columns(evaluation.recording.targets)[:, column]
        other = evaluation.held_out
        self.held_out = None if other is None else in_columns(other.recording.targets)[:, column]

    @property
    def levels(self) -> list[float]:
        """The numbers that have a contour."""
        return round_numbers(*self.values, LEVELS)

    def at(self, epoch: float, within: Limits | None = None) -> FittedSurfaceFrame:
        """The surface at `epoch`, `within` other limits than the view's own if they are given."""
        mesh_of_run = self.evaluation.mesh
        limits = (within or self.limits) if mesh_of_run is None else Limits(*mesh_of_run.limits)
        moment, n = self.evaluation.at(epoch), self.mesh_points
        values = in_columns(moment.evaluate(mesh(limits, n)))[:, self.column].reshape(n, n)
        lines = [contour(limits, values, level) for level in self.levels]
        return FittedSurfaceFrame(epoch, values, limits, lines)


def round_numbers(low: float, high: float, most: int) -> list[float]:
    """Round numbers between `low` and `high`, evenly spaced, `most` at most and as many as there can be."""
    if not high > low:
        return []
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    for step in (size * factor for factor in STEPS):
        first, last = math.ceil(low / step), math.floor(high / step)
        if last - first < most:
            return [float(f"{number * step:.12g}") for number in range(first, last + 1)]
    return []
