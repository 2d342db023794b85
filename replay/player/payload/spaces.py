"""The feature spaces of a page: which layers, in which plane (two units or PCA), and their limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from replay.errors import ViewError
from replay.language.message import in_each_language
from replay.network.activation_limits import UNBOUNDED, range_of
from replay.player.payload.packing import Packing, Ref
from replay.player.payload.script_json import short
from replay.runs.evaluation import Evaluation
from replay.types import Array, Units
from replay.views.feature_space import bending_activation, hidden_features
from replay.views.shared.camera import Camera
from replay.views.shared.geometry import Limits, finite_range, limits_around, most, usual_ends
from replay.views.shared.projection import (
    PCA,
    READOUT,
    TOUR,
    LinearPlane,
    Projection,
    UnitPair,
    principal_plane,
    readout_plane,
    unit_pair,
)

Range = tuple[float, float]
LinearName = Literal["readout", "pca"]
MAX_UNITS = 1024


@dataclass(frozen=True)
class Space:
    """A layer of `n_units` values per sample, and the plane that the page shows first.

    `linear` holds the planes of a wider layer by name, as far as it has them: "readout" and "pca". `walls`
    are the ends of its activations' range, and `activation` bends them, None where nothing does.
    """

    layer: str
    n_units: int
    linear: Mapping[LinearName, LinearPlane]
    units: LinearName | tuple[int, int]
    projection: Projection
    walls: Range = UNBOUNDED
    activation: str | None = None


class Extent:
    """What snapshot after snapshot needs of an axis for each column, within `walls` that all columns have.

    Of a plane, two columns, it keeps the ends of most samples at each snapshot, as a feature space does; of
    more columns it keeps the smallest and largest finite value.
    """

    def __init__(self, columns: int, walls: Range = UNBOUNDED) -> None:
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)
        self._walls = walls
        self._ends: list[tuple[Array, Array]] = []

    def take(self, values: Array) -> None:
        """Include `values` (n_samples, columns) of the next snapshot."""
        if len(self.low) == 2:
            self._ends.append(most(values))
        else:
            low, high = finite_range(values)
            self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)

    @property
    def limits(self) -> list[Range]:
        """A range for each column, with a margin; of a plane that is followed, its widest."""
        camera = self._camera
        if camera is not None:
            return list(limits_around(*camera.at(float(camera.epochs[-1]))))
        low, high = self._usual if self._ends else (self.low, self.high)
        if np.isfinite(self._walls).all():
            low, high = np.minimum(low, self._walls[0]), np.maximum(high, self._walls[1])
        pairs = zip(np.stack([low] * 2, axis=1), np.stack([high] * 2, axis=1), strict=True)
        return [limits_around(*pair).x for pair in pairs]

    @property
    def moving_limits(self) -> Array | None:
        """The limits at each snapshot: (s, 2 axes, 2 ends); None where they stay the same."""
        camera = self._camera
        return (
            None
            if camera is None
            else np.array([limits_around(*camera.at(float(row))) for row in camera.epochs])
        )

    @property
    def _camera(self) -> Camera | None:
        """The camera of a plane that gets much larger, by row."""
        if not self._ends or np.isfinite(self._walls).all():
            return None
        low, high = (np.array(side) for side in zip(*self._ends, strict=True))
        camera = Camera.over(np.arange(len(low)), low, high)
        return camera if camera.grows else None

    @property
    def _usual(self) -> tuple[Array, Array]:
        """The ends that hold most samples at nearly all snapshots, (2,) each."""
        ends: Array = np.array(self._ends)  # (s, low and high, columns)
        finite = ends[np.isfinite(ends).all(axis=(1, 2))]
        if not len(finite):
            return self.low, self.high
        low, high = np.transpose([usual_ends(finite[:, :, axis]) for axis in (0, 1)])
        return low, high


@dataclass(frozen=True)
class Extents:
    """The extents of a layer's units, and of its points in each linear plane."""

    units: Extent
    linear: Mapping[LinearName, Extent]

    @classmethod
    def of(cls, space: Space) -> Extents:
        """Extents of the range that the units of `space` have, or empty ones."""
        return cls(Extent(space.n_units, space.walls), {name: Extent(2) for name in space.linear})

    def take(self, space: Space, activations: Array) -> None:
        """Include activations (n_samples, n_units) of the next snapshot."""
        self.units.take(activations)
        for name, plane in space.linear.items():
            self.linear[name].take(plane.of(activations))

    def limits(self, space: Space) -> Limits:
        """The limits of the plane that the page shows first."""
        if isinstance(space.projection, UnitPair):
            limits = self.units.limits
            return Limits(*(limits[unit] for unit in space.projection.units))
        assert isinstance(space.units, str)
        return Limits(*self.linear[space.units].limits)

    def moving_limits(self, space: Space) -> Array | None:
        """Those at each snapshot, (s, 2, 2), of a plane that is followed; else None."""
        if isinstance(space.projection, UnitPair):
            limits = self.units.moving_limits
            return None if limits is None else limits[:, list(space.projection.units)]
        assert isinstance(space.units, str)
        return self.linear[space.units].moving_limits


def chosen_spaces(evaluation: Evaluation, layer: str | None, units: Units, everything: bool) -> list[Space]:
    """The layers to show: `everything` or, if each costs space, those with two units, else the last.

    `layer` is among them, and shows `units` first. Raises ViewError if they do not exist.
    """
    wide = _wide_layers(evaluation)
    asked = layer
    if layer is not None:
        evaluation.recording.layer(layer)
        if layer not in wide:
            able = ", ".join(wide) or "none"
            raise ViewError(f"a page cannot show the plane of layer {layer!r}: use one of {able}")
    elif units is not None:
        asked = next(reversed(_usual(wide)), None)
    if units == TOUR or isinstance(units, int):
        raise ViewError(f"a page shows two units of a layer, readout or pca, not {units!r}")
    names = list(wide) if everything else _usual(wide)
    if asked is not None and asked not in names:
        names = [name for name in wide if name in (*names, asked)]
    return [_space(evaluation, name, wide[name], units if name == asked else None) for name in names]


def _usual(wide: dict[str, int]) -> list[str]:
    """The layers with two units, else the last one."""
    return [name for name, n_units in wide.items() if n_units == 2] or list(wide)[-1:]


def _wide_layers(evaluation: Evaluation) -> dict[str, int]:
    """The number of values per sample of each hidden layer that has a plane."""
    sizes = {layer.name: _n_units(evaluation, layer.name) for layer in hidden_features(evaluation.recording)}
    return {name: size for name, size in sizes.items() if 2 <= size <= MAX_UNITS}


def _n_units(evaluation: Evaluation, layer: str) -> int:
    """The number of values per sample; 0 for a layer inside a custom model, which is out of reach."""
    try:
        return evaluation.n_values(layer)
    except ViewError:
        return 0


def _space(
    evaluation: Evaluation, layer: str, n_units: int, units: tuple[int, ...] | LinearName | None
) -> Space:
    described = evaluation.recording.layer(layer)
    rest: dict[str, Any] = {"walls": range_of(described), "activation": bending_activation(described)}
    linear = _linear_planes(evaluation, layer) if n_units > 2 or units in (READOUT, PCA) else {}
    if units == READOUT and READOUT not in linear:
        readout_plane(evaluation, layer)  # which says why there is none
    if units is None or (units == PCA and PCA not in linear):  # then nothing is finite
        units = next(iter(linear), None) if n_units > 2 else None
    if isinstance(units, int):
        raise ViewError("a page shows two units of a layer, such as 3,7, not one")
    if isinstance(units, str):
        return Space(layer, n_units, linear, units, linear[units], **rest)
    pair = unit_pair((1, 2) if units is None else units, n_units, layer)
    first, second = pair.units
    return Space(layer, n_units, linear, (first + 1, second + 1), pair, **rest)


def _linear_planes(evaluation: Evaluation, layer: str) -> dict[LinearName, LinearPlane]:
    """The readout of a layer and its principal plane, as far as it has them."""
    ways: dict[LinearName, Callable[[Evaluation, str], LinearPlane]] = {
        READOUT: readout_plane,
        PCA: principal_plane,
    }
    found: dict[LinearName, LinearPlane] = {}
    for name, plane_of in ways.items():
        with suppress(ViewError):  # no output layer reads it, or nothing is finite
            found[name] = plane_of(evaluation, layer)
    return found


def space_data(space: Space, extents: Extents, rows: Array, packing: Packing) -> dict[str, Any]:
    """SpaceData, with limits that hold most of `extents`; those that move are of the snapshots `rows`."""

    def moving(extent: Extent) -> Ref | None:
        limits = extent.moving_limits
        return None if limits is None else packing.add(limits[rows], "float32")

    return {
        "layer": space.layer,
        "n_units": space.n_units,
        "activation": space.activation,
        "unit_limits": extents.units.limits,
        "moving_limits": moving(extents.units),
        "linear": {
            name: {
                "names": [in_each_language(name.__str__) for name in plane.called],
                "centre": short(plane.centre),
                "axes": [short(axis) for axis in plane.axes],
                "limits": extents.linear[name].limits,
                "moving_limits": moving(extents.linear[name]),
            }
            for name, plane in space.linear.items()
        },
    }
