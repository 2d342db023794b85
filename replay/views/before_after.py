"""The plane of a two-unit layer before its activation and after it: z and f(z), on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from replay.errors import ViewError
from replay.network.activation_limits import OF_VECTORS, Interval, flat_parts, range_of
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Network
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.recording import Recording
from replay.types import Array
from replay.views.feature_space import FeatureSpace, FeatureSpaceFrame, two_unit_layers
from replay.views.shared.geometry import Limits, limits_around, most, of_shape, usual_ends
from replay.views.shared.regions import Regions
from replay.views.view import View

MESH = 140  # points a side
NO_BEND = (None, "linear")
FAR_OUT = 1e6  # a z at which an activation has reached its limit


@dataclass(frozen=True)
class BeforeFrame:
    """The plane of z at one epoch.

    `points` (n_samples, 2) are the z of the samples; `correct` (n_samples,) of bool, None for a regression;
    `held_out`, both of the held-out samples, None without any; `lines` (2, n_lines, n_points, 2), the input's
    grid lines as z, None unless inputs are 2-D; `boundary`, the lines (n, 2) between the classes.
    """

    epoch: float
    limits: Limits
    points: Array
    correct: Array | None
    lines: Array | None
    boundary: list[Array]
    held_out: tuple[Array, Array | None] | None = None


@dataclass(frozen=True)
class AfterFrame:
    """The plane of f(z) at one epoch: `space` is the feature space.

    Where it came from: the `z` (n_samples, 2) of samples, and `lines`, the grid as z, None unless inputs are
    2-D.
    """

    space: FeatureSpaceFrame
    z: Array
    lines: Array | None


@dataclass(frozen=True)
class FlatPart:
    """The half-line of z, from `low` to `high`, that an activation takes to nearly one `value`.

    It is `folded` where all of it becomes that value exactly, and the range has no end on the other side, as
    by ReLU; else it is pressed against a wall.
    """

    low: float
    high: float
    value: float
    folded: bool


class ActivatedPlane:
    """A layer of two units with an elementwise activation, before and after it.

    `limits` hold nearly all z and f(z) of all snapshots, with one scale for both units. Raises ViewError for
    other layers, and for networks that NumPy does not evaluate.
    """

    def __init__(
        self, evaluation: Evaluation, layer: str | None = None, limits: Limits | None = None
    ) -> None:
        self.evaluation = evaluation
        _check_network(evaluation)
        self.description = _chosen(evaluation.recording, layer)
        self.layer = self.description.name
        self.activation = self.description.activation or "linear"
        self.space = FeatureSpace(evaluation, self.layer, MESH, fixed=True)
        self._limits = limits

    @property
    def bends(self) -> bool:
        """Whether the activation changes anything."""
        return self.description.activation not in NO_BEND

    @property
    def walls(self) -> Interval:
        """The range of the activation, infinite where it has no end."""
        return range_of(self.description)

    @cached_property
    def flat_parts(self) -> list[FlatPart]:
        """Where the slope of the activation is nearly 0."""
        return [self._flat_part(*ends) for ends in flat_parts(self.description)]

    def _flat_part(self, low: float, high: float) -> FlatPart:
        ends = np.clip([low, high], -FAR_OUT, FAR_OUT)
        values = self.activated(np.column_stack([ends, ends]), self._first)[:, 0]
        folded = bool(values[0] == values[1]) and not np.isfinite(self.walls).all()
        return FlatPart(low, high, float(values[int(np.isinf(high))]) + 0.0, folded)

    @property
    def _first(self) -> Moment:
        return self.evaluation.at(float(self.evaluation.recording.epochs[0]))

    @cached_property
    def limits(self) -> Limits:
        """What both planes show at all epochs."""
        return self._limits or of_shape(self._around_all(), 1.0)

    def _around_all(self) -> Limits:
        low, high = (np.array(side) for side in zip(*self._ends_of_z(), strict=True))
        finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
        if not finite.any():
            return self.space.limits
        pairs = np.stack([low[finite], high[finite]], axis=-1)
        before = np.array([usual_ends(pairs[:, unit]) for unit in (0, 1)])
        after = np.array(self.space.limits)
        return limits_around(
            np.minimum(before[:, 0], after[:, 0]), np.maximum(before[:, 1], after[:, 1]), margin=0.04
        )

    def _ends_of_z(self) -> Iterator[tuple[Array, Array]]:
        """The ends of most samples' z, trained on and held out, at each surveyed snapshot: (2,) each."""
        evaluation, held_out = self.evaluation, self.evaluation.held_out
        inputs = evaluation.inputs
        if held_out is not None:
            inputs = np.concatenate([inputs, held_out.inputs])
        size = evaluation.block_size(len(inputs))
        for _, _, weights in evaluation.recording.blocks(evaluation.surveyed, size):
            for z in evaluation.network.evaluate(inputs, weights, self.layer, before_activation=True):
                yield most(z)

    def z(self, moment: Moment, inputs: Array) -> Array:
        """The pre-activations (…, 2) of inputs (…, n)."""
        rows = self.evaluation.network.evaluate(inputs, moment.weights, self.layer, before_activation=True)
        return np.asarray(rows[0])

    def lines(self, moment: Moment) -> Array | None:
        """The input's grid lines as z (2, n_lines, n_points, 2); None unless inputs are 2-D."""
        lines = self.space.input_lines
        return None if lines is None else self.z(moment, lines.reshape(-1, 2)).reshape(lines.shape)

    def activated(self, z: Array, moment: Moment) -> Array:
        """f(z) of any z (n, 2)."""
        network = self.evaluation.network
        assert isinstance(network, Network)
        layers = network.with_weights(moment.weights)
        layer, own = next(each for each in layers if each[0].description.name == self.layer)
        with np.errstate(all="ignore"):
            return np.asarray(layer.activation(z[None], own)[0])

    def covering(self, others: Sequence[ActivatedPlane]) -> ActivatedPlane:
        """The same with limits that hold those of others, too."""
        every = np.array([self.limits, *(other.limits for other in others)])
        low, high = every[..., 0].min(axis=0), every[..., 1].max(axis=0)
        (left, bottom), (right, top) = low.tolist(), high.tolist()
        limits = of_shape(Limits((left, right), (bottom, top)), 1.0)
        return ActivatedPlane(self.evaluation, self.layer, limits)


class _Activated(View):
    """What both panels have: the plane, on a scale that those of other runs may share."""

    def __init__(self, plane: ActivatedPlane) -> None:
        super().__init__(plane.evaluation)
        self.plane = plane

    @property
    def limits(self) -> Limits:
        """The same before the activation and after it."""
        return self.plane.limits

    def beside(self, others: Sequence[Self]) -> Self:
        """The same on a scale that holds these of other runs, too."""
        return type(self)(self.plane.covering([other.plane for other in others]))


class BeforeActivation(_Activated):
    """The samples and the input grid as a layer's pre-activations z, and its flat parts."""

    def at(self, epoch: float, within: Limits | None = None) -> BeforeFrame:
        """The plane at `epoch`, `within` other limits than the view's own if they are given."""
        moment, held_out = self.evaluation.at(epoch), self.evaluation.held_out
        limits = within or self.limits
        points, correct = self._seen(moment)
        return BeforeFrame(
            epoch,
            limits,
            points,
            correct,
            self.plane.lines(moment),
            self._boundary(moment, limits),
            None if held_out is None else self._seen(held_out.at(epoch)),
        )

    def _seen(self, moment: Moment) -> tuple[Array, Array | None]:
        correct = moment.correct if self.evaluation.task.n_classes else None
        return self.plane.z(moment, moment.inputs), correct

    def _boundary(self, moment: Moment, limits: Limits) -> list[Array]:
        if not self.plane.space.n_region_classes:
            return []
        plane = self.plane
        return Regions.over(
            limits, MESH, lambda z: moment.answers_of(plane.activated(z, moment), start_after=plane.layer)
        ).boundary


class AfterActivation(_Activated):
    """The samples and the input grid as the same layer's activations f(z), within its walls."""

    def at(self, epoch: float, within: Limits | None = None) -> AfterFrame:
        """The plane at `epoch`, its class regions `within` other limits than the view's own if given."""
        moment = self.evaluation.at(epoch)
        space = self.plane.space.at(epoch, within or self.limits)
        return AfterFrame(space, self.plane.z(moment, moment.inputs), self.plane.lines(moment))


def before_after(
    evaluation: Evaluation, layer: str | None = None
) -> list[BeforeActivation | AfterActivation]:
    """Both planes of `layer`, by default of the last hidden layer of two units with an activation that bends.

    Raises ViewError as `ActivatedPlane` does.
    """
    plane = ActivatedPlane(evaluation, layer)
    return [BeforeActivation(plane), AfterActivation(plane)]


def _check_network(evaluation: Evaluation) -> None:
    if not evaluation.in_numpy or not evaluation.all_recorded:
        raise ViewError(
            f"{evaluation.recording.path}: before-after needs layers that NumPy computes, all of them "
            "recorded, and this network has others; show the feature space instead"
        )


def _chosen(recording: Recording, name: str | None) -> LayerDescription:
    """The layer called `name`; by default the last that bends or, without one, the last linear."""
    able = [layer for layer in two_unit_layers(recording) if _is_elementwise(layer)]
    if name is None:
        if not able:
            raise ViewError(
                f"{recording.path}: no hidden layer has two units and an activation of each unit alone: show "
                "the feature space or transfer instead"
            )
        return next((layer for layer in reversed(able) if layer.activation not in NO_BEND), able[-1])
    chosen = recording.layer(name)
    if chosen.name not in [layer.name for layer in able]:
        names = ", ".join(layer.name for layer in able)
        advice = f"layers that have: {names}" if able else "show the feature space or transfer instead"
        raise ViewError(
            f"{recording.path}: before-after needs a hidden layer of two units with an activation of each "
            f"alone, and {name!r} is none; {advice}"
        )
    return chosen


def _is_elementwise(layer: LayerDescription) -> bool:
    """Whether f acts on each unit alone; of layers without an activation, Dense ones count as linear."""
    if layer.activation in NO_BEND:
        return layer.class_name == "Dense"
    return layer.activation not in OF_VECTORS
