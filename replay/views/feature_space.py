"""The feature space of a layer: samples, warped input grid and, with two units, the class regions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.language.message import say
from replay.network.activation_limits import UNBOUNDED, range_of
from replay.network.description import LayerDescription
from replay.network.in_numpy.layers import LAYERS
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.recording import Recording
from replay.runs.task import REGRESSION
from replay.types import Array, Units
from replay.views.decision_boundary import input_limits
from replay.views.shared.geometry import Limits, grid_lines, limits_around, most, usual_ends
from replay.views.shared.layer_points import LayerPoints
from replay.views.shared.projection import (
    PCA,
    READOUT,
    LinearPlane,
    Projection,
    UnitPair,
    flat,
    principal_plane,
    readout_plane,
    unit_pair,
)
from replay.views.shared.regions import MAX_CLASSES, Regions
from replay.views.view import View


@dataclass(frozen=True)
class FeatureSpaceFrame:
    """The feature space at one epoch.

    `points` (n_samples, 2); `correct` (n_samples,) of bool, None for a regression; `held_out`, both of the
    held-out samples, None without any; `lines` (2, n_lines,
    n_points, 2), the input's grid lines mapped through the layer, None unless inputs are 2-D; `regions`,
    the class regions, None if the layer has more dimensions than the plane or the network cannot be
    evaluated from the layer on; `limits` of the plane.
    """

    epoch: float
    limits: Limits
    points: Array
    correct: Array | None
    lines: Array | None
    regions: Regions | None
    held_out: tuple[Array, Array | None] | None = None


def hidden_features(recording: Recording) -> list[LayerDescription]:
    """The layers that transform the inputs, from input to output, without the output layer."""
    output = recording.description.output or recording.description.layers[-1]
    return [
        layer for layer in recording.description.layers if layer.name != output.name and not _passes_on(layer)
    ]


def _passes_on(layer: LayerDescription) -> bool:
    """Whether a layer passes its input on unchanged, or only rescaled."""
    return layer.class_name in LAYERS and LAYERS[layer.class_name].passes_on


def two_unit_layers(recording: Recording) -> list[LayerDescription]:
    """The layers with a 2-unit feature space, from input to output, without the output layer."""
    return [layer for layer in hidden_features(recording) if layer.units == 2 and layer.shape in (None, (2,))]


def choose_layer(recording: Recording, name: str | None = None) -> str:
    """Check that the layer `name` exists or, without a name, choose one.

    The choice is the last hidden layer with 2 units, else the last with more. Raises ViewError if there is
    none, or no layer `name`.
    """
    if name is not None:
        return recording.layer(name).name
    wide = [layer for layer in hidden_features(recording) if (layer.units or 0) >= 2]
    candidates = two_unit_layers(recording) or wide
    if not candidates:
        raise ViewError(
            f"{recording.path}: no hidden layer has 2 units or more, so there is no feature space to draw; "
            "add such a layer, or show another view"
        )
    return candidates[-1].name


class FeatureSpace(View):
    """The samples, and the input grid, as a layer's activations, in a plane that is fixed over the run.

    `units` chooses the plane: two units of the layer, counted from 1; "pca", its first two principal
    components over the whole run; or "readout", the plane in which the output layer reads it at the end. The
    default is the layer's own plane if it has two units, else its readout or, where the output layer does not
    read it, "pca". In feature maps each value is a unit. There are regions only if the layer has two units,
    as with more the network's answer at a point of the plane depends on the other units, and only of
    MAX_CLASSES classes.

    `mesh_points` is the side of the mesh over the layer's plane; `grid` adds the input plane's grid lines,
    for 2-D inputs, within `grid_limits` or around the samples. `xlim` and `ylim` are in units of the layer's
    activations. Without them, the limits hold nearly all samples: at all epochs if `fixed`, at each if it is
    False. By default they widen as the space does, where it has no bounds and gets much larger. Raises
    ViewError for a missing layer or unit, a layer of one unit and, for PCA, activations that are never
    finite.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        layer: str | None = None,
        mesh_points: int = 200,
        grid: bool = True,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        units: Units = None,
        fixed: bool | None = None,
        grid_limits: Limits | None = None,
    ) -> None:
        super().__init__(evaluation)
        self.layer = choose_layer(evaluation.recording, layer)
        recording = evaluation.recording
        sample = evaluation.activations(self.layer, evaluation.inputs[:1], recording.epochs[:1])
        self.n_units = flat(sample).shape[-1]
        if self.n_units < 2:
            raise ViewError(self._too_few_words())
        self.projection = self._projection(units)
        self._layer_points = LayerPoints(evaluation, self.layer, self.n_units, self.projection.of)
        self.has_names = self.n_units > 2 or units is not None
        self.mesh_points = mesh_points
        self._limits = (xlim, ylim)
        self.exactly = xlim is not None or ylim is not None  # what a picture may not widen
        self._fixed = fixed
        self.input_lines = (
            grid_lines(grid_limits or input_limits(evaluation))
            if grid and recording.inputs.shape[1:] == (2,)
            else None
        )

    def _too_few_words(self) -> str:
        names = ", ".join(
            layer.name for layer in hidden_features(self.evaluation.recording) if (layer.units or 0) >= 2
        )
        advice = f"layers that have: {names}" if names else "no hidden layer of this run has"
        return f"a feature space needs a layer of 2 units or more, but {self.layer!r} has 1; {advice}"

    def _projection(self, units: Units) -> Projection:
        if units is None:
            return unit_pair((1, 2), 2, self.layer) if self.n_units == 2 else self._usual_plane()
        if units == PCA:
            return principal_plane(self.evaluation, self.layer)
        if units == READOUT:
            return readout_plane(self.evaluation, self.layer)
        if isinstance(units, str | int):
            raise ViewError(
                f"units of a feature space are two numbers, {PCA!r} or {READOUT!r}, not {units!r}; the view "
                "space has three units, or a tour, and the view neuron one"
            )
        return unit_pair(units, self.n_units, self.layer)

    def _usual_plane(self) -> Projection:
        try:
            return readout_plane(self.evaluation, self.layer)
        except ViewError:  # no output layer reads it
            return principal_plane(self.evaluation, self.layer)

    @cached_property
    def limits(self) -> Limits:
        """Limits around most samples at all epochs; of a camera, the widest. The grid may extend beyond them.

        A range of activations that ends on both sides is shown whole.
        """
        _, low, high = self._layer_points.ends
        if self.follows:
            return self._around(*self._layer_points.camera.at(float(self.evaluation.recording.epochs[-1])))
        finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
        if not finite.any():
            return self._around(np.full(2, np.inf), np.full(2, -np.inf))
        pairs = np.stack([low[finite], high[finite]], axis=-1)
        usual = np.array([usual_ends(pairs[:, axis]) for axis in (0, 1)])
        return self._around(usual[:, 0], usual[:, 1])

    @property
    def walls(self) -> tuple[float, float]:
        """The range of both units that span the plane, infinite where there is none."""
        if not isinstance(self.projection, UnitPair):
            return UNBOUNDED
        return range_of(self.evaluation.recording.layer(self.layer))

    @cached_property
    def follows(self) -> bool:
        """Whether the limits widen as the space does."""
        bounded = np.isfinite(self.walls).all()
        return self._fixed is None and not self.exactly and not bounded and self._layer_points.camera.grows

    @property
    def fixed(self) -> bool:
        """Whether the limits are the same at all epochs."""
        return self._fixed is not False and not self.follows

    def limits_at(self, epoch: float) -> Limits:
        """The limits at `epoch`."""
        if self.follows:
            return self._around(*self._layer_points.camera.at(epoch))
        if self.fixed:
            return self.limits
        held_out = self.evaluation.held_out
        moments = [self.evaluation.at(epoch), *([] if held_out is None else [held_out.at(epoch)])]
        return self._around(*most(np.concatenate([self._layer_points.at(moment) for moment in moments])))

    def _around(self, low: Array, high: Array) -> Limits:
        if np.isfinite(self.walls).all() and self._fixed is not False:
            low, high = np.minimum(low, self.walls[0]), np.maximum(high, self.walls[1])
        around = limits_around(low, high)
        return Limits(self._limits[0] or around.x, self._limits[1] or around.y)

    def at(self, epoch: float, within: Limits | None = None) -> FeatureSpaceFrame:
        """The feature space at `epoch`, `within` other limits than the view's own if they are given."""
        moment, held_out = self.evaluation.at(epoch), self.evaluation.held_out
        lines, limits = self.input_lines, within or self.limits_at(epoch)
        points, correct = self._seen(moment)
        return FeatureSpaceFrame(
            epoch=epoch,
            limits=limits,
            points=points,
            correct=correct,
            lines=None if lines is None else self._layer_points.mapped(moment, lines),
            regions=self._regions(moment, limits),
            held_out=None if held_out is None else self._seen(held_out.at(epoch)),
        )

    def _seen(self, moment: Moment) -> tuple[Array, Array | None]:
        """Where samples are, and which are right, None for a regression."""
        return self._layer_points.at(
            moment
        ), None if self.evaluation.task.kind == REGRESSION else moment.correct

    def over(self, epochs: Iterable[float] | None = None) -> Array:
        """The recorded samples on the plane, at all snapshots or at `epochs`: (n_snapshots, n_samples, 2)."""
        recording = self.evaluation.recording
        moments = [float(recording.epochs[position]) for position in recording.positions(epochs)]
        return np.stack([self._layer_points.at(self.evaluation.at(epoch)) for epoch in moments])

    def points_of(self, activations: Array) -> Array:
        """Project the layer's activations (n_snapshots, n_samples, …) to (n_snapshots, n_samples, 2)."""
        return self._layer_points.of(activations)

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the layer's units, if the inputs reach it as they are and have names; else empty."""
        layers, names = self.evaluation.recording.description.layers, self.evaluation.names.inputs
        until = layers[: [layer.name for layer in layers].index(self.layer) + 1]
        return names if len(names) == self.n_units and all(map(_passes_on, until)) else ()

    @property
    def n_region_classes(self) -> int:
        """The number of classes that share the plane as regions; 0 where it has none."""
        n_classes = self.evaluation.task.n_classes
        whole = self.n_units == 2 and self.evaluation.starts_after(self.layer)
        return n_classes if whole and n_classes <= MAX_CLASSES else 0

    def _regions(self, moment: Moment, limits: Limits) -> Regions | None:
        if not self.n_region_classes:
            return None
        return Regions.over(
            limits,
            self.mesh_points,
            lambda points: moment.answers_of(self.projection.lift(points), start_after=self.layer),
        )


def bending_activation(layer: LayerDescription) -> str | None:
    """The activation that the name of a layer's units tells; None of a linear one."""
    return None if layer.activation == "linear" else layer.activation


def unit_name(layer: LayerDescription, unit: int) -> str:
    """What a unit of a layer is called, counted from 1: "tanh unit 1"."""
    activation = bending_activation(layer)
    if activation is None:
        return say("unit {unit}", unit=unit)
    return say("{activation} unit {unit}", activation=activation, unit=unit)


def two_unit_space(evaluation: Evaluation, **options: Any) -> FeatureSpace | None:
    """The feature space of a two-unit layer, else None: for a wider layer, any plane is only a choice."""
    if not two_unit_layers(evaluation.recording):
        return None
    try:
        return FeatureSpace(evaluation, **options)
    except ViewError:  # the layer is inside a custom model, out of reach
        return None


def feature_spaces(
    evaluation: Evaluation, layer: str | None = None, units: Units = None
) -> list[FeatureSpace]:
    """The feature space of a layer; of a wider layer without `units`, its readout and beside it its PCA."""
    usual = FeatureSpace(evaluation, layer, units=units)
    if units is not None or not isinstance(usual.projection, LinearPlane) or usual.projection.is_principal:
        return [usual]
    return [usual, FeatureSpace(evaluation, layer, units=PCA)]
