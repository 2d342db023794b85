"""Where an activation ends and where it is flat: searched on a grid, refined there, evaluated far outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from replay.network.activations import OF_LAYERS
from replay.network.description import LayerDescription
from replay.types import Array

Function = Callable[[Array], Array]
Interval = tuple[float, float]

SATURATED = 0.01  # smaller gradients count as none
Z_LIMIT = 5.0  # pictures show |z| up to this; a bound reached only beyond it does not count as reached
STEP = 1e-3
GRID = np.arange(-12_000, 12_001) / 1000  # holds every kink exactly, and extends into saturation
SHOWN = GRID[np.abs(GRID) <= Z_LIMIT]
FAR = 1e50  # here a double has reached the limits at infinity
INFINITE = 1e25  # a larger value, far out, grows without bound
SAME = 1e-9  # numbers that differ by less are equal
UNBOUNDED: Interval = (-np.inf, np.inf)
JUMPS: Mapping[str, float] = {"step": 0.0, "above_zero": np.nextafter(0.0, 1.0)}  # where a flat part begins
# Of a vector, so that no z alone tells.
OF_VECTORS: Mapping[str, Interval] = {
    "softmax": (0.0, 1.0),
    "sparsemax": (0.0, 1.0),
    **dict.fromkeys(("greatest", "normalised_sigmoid", "normalised_margin"), (0.0, 1.0)),
    "log_softmax": (-np.inf, 0.0),
}


def range_of(layer: LayerDescription) -> Interval:
    """The infimum and supremum of a layer's activation, with its arguments; unbounded where not known."""
    of_vectors = OF_VECTORS.get(layer.activation or "")
    if of_vectors is not None:
        return of_vectors
    return _range(*_key(layer)) if _is_known(layer) else UNBOUNDED


def flat_parts(layer: LayerDescription) -> tuple[Interval, ...]:
    """The half-lines of z on which the slope of a layer's activation is below SATURATED."""
    return _flat_parts(*_key(layer)) if _is_known(layer) else ()


def function_of(layer: LayerDescription) -> Function | None:
    """The elementwise f(z) of a layer's activation; None where it is not known, or has weights."""
    if not _is_known(layer):
        return None
    name, arguments = _key(layer)
    return lambda z: OF_LAYERS[name](z, **dict(arguments))


def _is_known(layer: LayerDescription) -> bool:
    activation = OF_LAYERS.get(layer.activation or "")
    return activation is not None and activation.derivative is not None and layer.class_name != "PReLU"


def _key(layer: LayerDescription) -> tuple[str, tuple[tuple[str, Any], ...]]:
    return str(layer.activation), tuple(sorted(layer.config.get("activation_arguments", {}).items()))


@lru_cache
def _range(name: str, arguments: tuple[tuple[str, Any], ...]) -> Interval:
    def f(z: Array) -> Array:
        return OF_LAYERS[name](z, **dict(arguments))

    with np.errstate(all="ignore"):  # e^z far out
        return 0.0 - supremum(lambda z: -f(z))[0], supremum(f)[0]


@lru_cache
def _flat_parts(name: str, arguments: tuple[tuple[str, Any], ...]) -> tuple[Interval, ...]:
    if name in JUMPS:
        return (-np.inf, np.nextafter(JUMPS[name], -1.0)), (JUMPS[name], np.inf)
    derivative = OF_LAYERS[name].derivative
    assert derivative is not None
    with np.errstate(all="ignore"):
        found = intervals(lambda z: np.abs(derivative(z, **dict(arguments))) < SATURATED)
    return tuple(each for each in found if np.isinf(each).any())


def supremum(f: Function) -> tuple[float, bool]:
    """The supremum of f, and whether f reaches it within the range that pictures show."""
    point = highest_point(f)
    taken, beside = float(f(np.array([point]))[0]), float(f(sides(point)).max())
    limit, on_grid = float(f(np.array([-FAR, FAR])).max()), float(f(GRID).max())
    if limit > INFINITE:
        return np.inf, False
    if beside > max(taken, limit) + SAME:  # as of f′ before a kink
        return beside, False
    attained = taken >= max(limit, on_grid) - SAME or on_grid == limit  # the latter where it is clipped
    return (taken if taken >= limit else limit), attained


def sides(place: float) -> Array:
    """The numbers next to a place, below and above."""
    return np.nextafter(place, [-np.inf, np.inf])


def highest_point(f: Function) -> float:
    """The z where f is largest within the range that pictures show: on the grid, then refined."""
    best, width = float(SHOWN[f(SHOWN).argmax()]), STEP
    for _ in range(4):
        near = np.append(best, best + np.linspace(-width, width, 201))  # `best` first, so that it wins ties
        best = float(near[f(near).argmax()])
        width /= 100
    return round(best, 7) + 0.0  # at a flat maximum, further digits mean nothing


def intervals(holds: Function) -> list[Interval]:
    """The intervals of z where a condition holds; ends by bisection, infinite if it holds far out."""
    points = [-FAR, *GRID.tolist(), FAR]
    inside = holds(np.array(points))
    ends = [_end(holds, points[k], points[k + 1]) for k in np.flatnonzero(inside[1:] != inside[:-1])]
    ends = [-np.inf] * bool(inside[0]) + ends + [np.inf] * bool(inside[-1])
    return list(zip(ends[::2], ends[1::2], strict=True))


def _end(holds: Function, low: float, high: float) -> float:
    """The z between `low` and `high` where the condition changes."""
    before = holds(np.array([low]))[0]
    while low < (middle := (low + high) / 2) < high and high - low > 1e-12:
        low, high = (middle, high) if holds(np.array([middle]))[0] == before else (low, middle)
    return round((low + high) / 2, 11) + 0.0
