"""Plane geometry shared by the views: limits with a margin, meshes, grid lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replay.types import Array

MAX_DRAWN = 1e300  # the range of larger numbers overflows float64, and no axis can show it


class Limits(NamedTuple):
    """The rectangle of the plane that a picture shows."""

    x: tuple[float, float]
    y: tuple[float, float]


def _padded(low: float, high: float, margin: float) -> tuple[float, float]:
    if not (np.isfinite(low) and np.isfinite(high)):
        return (-1.0, 1.0)
    low, high = max(low, -MAX_DRAWN), min(high, MAX_DRAWN)
    pad = (high - low) * margin
    if pad <= 1e-9 * max(abs(low), abs(high), 1.0):  # a constant: any width will do
        pad = 0.5 * max(abs(low), 1.0)
    return (low - pad, high + pad)


def limits_around(low: Array, high: Array, margin: float = 0.08) -> Limits:
    """Limits around the corners `low` and `high`, each of shape (2,), widened by `margin` of the range."""
    x, y = (_padded(float(a), float(b), margin) for a, b in zip(low, high, strict=True))
    return Limits(x, y)


def drawable(values: Array) -> Array:
    """Those of `values` that are finite, as float64, of at most MAX_DRAWN: for the limits of an axis."""
    finite = values[np.isfinite(values)]
    return np.clip(finite.astype(np.float64), -MAX_DRAWN, MAX_DRAWN)


def finite_range(points: Array) -> tuple[Array, Array]:
    """Smallest and largest finite value of each column of `points` (…, 2), as two arrays of shape (2,).

    A column without a finite value gives (inf, −inf), which leaves later min and max unchanged.
    """
    flat = points.reshape(-1, points.shape[-1])
    finite = np.isfinite(flat)
    low = np.where(finite, flat, np.inf).min(axis=0, initial=np.inf)
    high = np.where(finite, flat, -np.inf).max(axis=0, initial=-np.inf)
    return low, high


def mesh(limits: Limits, points: int) -> Array:
    """A square mesh over `limits`: (points·points, 2), row by row from the bottom, float32."""
    x = np.linspace(*limits.x, points, dtype=np.float32)
    y = np.linspace(*limits.y, points, dtype=np.float32)
    grid_x, grid_y = np.meshgrid(x, y)
    return np.column_stack([grid_x.ravel(), grid_y.ravel()])


def grid_lines(limits: Limits, lines: int = 15, points: int = 101) -> Array:
    """The lines of a grid: (2, lines, points, 2), float32.

    Entry 0 holds the lines of constant x, entry 1 those of constant y.
    """
    x = np.linspace(*limits.x, lines), np.linspace(*limits.x, points)
    y = np.linspace(*limits.y, lines), np.linspace(*limits.y, points)
    vertical = np.stack(np.meshgrid(x[0], y[1], indexing="ij"), axis=-1)
    horizontal = np.stack(np.meshgrid(x[1], y[0], indexing="xy"), axis=-1)
    return np.stack([vertical, horizontal]).astype(np.float32)
