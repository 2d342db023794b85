"""The plane that enters a unit of two inputs: its activation, the line z = 0, arrow and distance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.network.activation_limits import range_of
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.feature_space import FeatureSpace
from replay.views.shared.geometry import Limits, mesh
from replay.views.shared.unit import Unit, Weights
from replay.views.view import View

MESH = 120  # points a side


@dataclass(frozen=True)
class NeuronPlaneFrame:
    """The plane at one epoch.

    `points` (n_samples, 2) enter the unit; `held_out`, those of the held-out samples, None without any;
    `correct` (n_samples,) of bool, None but of a unit that answers for two classes. `strength` (rows,
    columns), rows from the bottom up, is the activation over `limits`, from 0 to 1 within its range.
    """

    epoch: float
    limits: Limits
    weights: Weights
    points: Array
    correct: Array | None
    strength: Array
    held_out: tuple[Array, Array | None] | None = None

    @property
    def foot(self) -> Array:
        """The point of the line w·x + b = 0 that is nearest to the origin: (2,), NaN without a line."""
        return self.nearest(np.zeros(2))

    def nearest(self, point: Array) -> Array:
        """The point of the line that is nearest to this one: (2,), NaN without a line.

        The distance of a point from a line, signed, is (w·x + b) / ‖w‖; the way to it is along w.
        """
        weights = self.weights
        with np.errstate(all="ignore"):
            away = (weights.kernel @ point + weights.bias) / np.float64(weights.norm)
            return point - away * weights.kernel / np.float64(weights.norm)

    @property
    def line(self) -> Array:
        """Two points of the line, (2, 2), beyond the limits on both sides; NaN without a line."""
        (x, y) = self.limits
        middle = np.array([sum(x) / 2, sum(y) / 2])
        reach = np.hypot(x[1] - x[0], y[1] - y[0])
        with np.errstate(all="ignore"):
            across = np.array([-self.weights.kernel[1], self.weights.kernel[0]]) / np.float64(
                self.weights.norm
            )
        return self.nearest(middle) + np.outer([-reach, reach], across)


class NeuronPlane(View):
    """The plane of the two values that enter a unit.

    `limits` hold nearly all samples at all epochs; `ends` are the activations of no and of full strength.
    """

    exactly = False

    def __init__(self, unit: Unit, mesh_points: int = MESH) -> None:
        super().__init__(unit.evaluation)
        self.unit, self.mesh_points = unit, mesh_points
        self.labels = unit.evaluation.task.labels

    @cached_property
    def limits(self) -> Limits:
        """Limits of the plane, for all epochs."""
        if self.unit.source is None:
            return input_limits(self.evaluation)
        return FeatureSpace(self.evaluation, self.unit.source, grid=False, units=(1, 2), fixed=True).limits

    @cached_property
    def ends(self) -> tuple[float, float]:
        """The lowest and the highest activation: of its range or, where it is open, of the run's samples."""
        low, high = range_of(self.unit.described)
        limits = np.linspace(*self.unit.over_run.z_limits, MESH)
        with np.errstate(all="ignore"):
            found = limits if self.unit.f is None else self.unit.f(limits)
        low = low if np.isfinite(low) else float(found.min())
        high = high if np.isfinite(high) else float(found.max())
        return low, high if high > low else low + 1

    def at(self, epoch: float, within: Limits | None = None) -> NeuronPlaneFrame:
        """The plane at `epoch`, `within` other limits than the view's own if they are given."""
        limits, moment, held_out = within or self.limits, self.evaluation.at(epoch), self.evaluation.held_out
        answers = self.unit.is_output and self.unit.is_only_one and self.labels is not None
        seen = None
        if held_out is not None:
            other = held_out.at(epoch)
            seen = self.unit.inputs_at(other), other.correct if answers else None
        return NeuronPlaneFrame(
            epoch,
            limits,
            self.unit.weights(epoch),
            self.unit.inputs_at(moment),
            moment.correct if answers else None,
            self._strength(epoch, limits),
            seen,
        )

    def _strength(self, epoch: float, limits: Limits) -> Array:
        """The activation on the mesh, as a share of its range."""
        points, unit = mesh(limits, self.mesh_points), self.unit
        if unit.f is None:
            moment = self.evaluation.at(epoch)
            a = moment.evaluate(points, unit.described.name, start_after=unit.source)[:, unit.index]
        else:
            weights = unit.weights(epoch)
            with np.errstate(all="ignore"):
                a = unit.f(points @ weights.kernel + weights.bias)
        low, high = self.ends
        share = np.clip((a - low) / (high - low), 0, 1)
        return np.nan_to_num(share).reshape(self.mesh_points, self.mesh_points)
