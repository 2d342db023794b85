"""The feature spaces of a page: which layers, in which plane (two units or PCA), and their limits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from replay.errors import ViewError
from replay.network.activation_limits import UNBOUNDED, range_of
from replay.player.payload.script_json import short
from replay.runs.evaluation import Evaluation
from replay.types import Array, Units
from replay.views.feature_space import hidden_features
from replay.views.shared.geometry import Limits, finite_range, limits_around
from replay.views.shared.projection import (
    PCA,
    READOUT,
    LinearPlane,
    Projection,
    UnitPair,
    principal_plane,
    unit_pair,
)

Range = tuple[float, float]
MAX_UNITS = 1024


@dataclass(frozen=True)
class Space:
    """A layer of `n_units` values per sample, and the plane that the page shows first.

    `principal` is its PCA plane, None for a two-unit layer or if no activation is finite. `walls` are the
    ends of its activations' range.
    """

    layer: str
    n_units: int
    principal: LinearPlane | None
    units: tuple[int, int] | Literal["pca"]
    projection: Projection
    walls: Range = UNBOUNDED


class Extent:
    """The smallest and largest finite value of each column, over many arrays."""

    def __init__(self, columns: int) -> None:
        self.low, self.high = np.full(columns, np.inf), np.full(columns, -np.inf)

    def take(self, values: Array) -> None:
        """Include `values` (…, columns)."""
        low, high = finite_range(values)
        self.low, self.high = np.minimum(self.low, low), np.maximum(self.high, high)

    @property
    def limits(self) -> list[Range]:
        """A range for each column, with a margin."""
        pairs = zip(np.stack([self.low] * 2, axis=1), np.stack([self.high] * 2, axis=1), strict=True)
        return [limits_around(low, high).x for low, high in pairs]


@dataclass(frozen=True)
class Extents:
    """The extents of a layer's units, and of its points in the principal plane."""

    units: Extent
    principal: Extent

    @classmethod
    def of(cls, space: Space) -> Extents:
        """Extents of the range that the units of `space` have, or empty ones."""
        extents = cls(Extent(space.n_units), Extent(2))
        if np.isfinite(space.walls).all():
            extents.units.take(np.repeat(np.array(space.walls)[:, None], space.n_units, axis=1))
        return extents

    def take(self, space: Space, activations: Array) -> None:
        """Include activations (n_samples, n_units)."""
        self.units.take(activations)
        if space.principal is not None:
            self.principal.take(space.principal.of(activations))

    def limits(self, projection: Projection) -> Limits:
        """The limits of a plane of the layer."""
        if isinstance(projection, UnitPair):
            limits = self.units.limits
            return Limits(*(limits[unit] for unit in projection.units))
        return Limits(*self.principal.limits)


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


def _space(evaluation: Evaluation, layer: str, n_units: int, units: Units) -> Space:
    principal, walls = None, range_of(evaluation.recording.layer(layer))
    if units == READOUT:
        raise ViewError("a page shows two units of a layer, or pca; a readout is for films and stills")
    if n_units > 2 or units == PCA:
        try:
            principal = principal_plane(evaluation, layer)
        except ViewError:  # nothing is finite
            units = (1, 2)
    if units is None:
        units = (1, 2) if n_units == 2 else PCA
    projection = principal if units == PCA and principal is not None else None
    if projection is None:
        assert units != PCA
        return Space(layer, n_units, principal, units, unit_pair(units, n_units, layer), walls)
    return Space(layer, n_units, principal, PCA, projection, walls)


def space_data(space: Space, extents: Extents) -> dict[str, Any]:
    """SpaceData, with limits that hold everything in `extents`."""
    plane = space.principal
    return {
        "layer": space.layer,
        "n_units": space.n_units,
        "unit_limits": extents.units.limits,
        "pca": None
        if plane is None
        else {
            "centre": short(plane.centre),
            "axes": [short(axis) for axis in plane.axes],
            "limits": extents.principal.limits,
        },
    }
