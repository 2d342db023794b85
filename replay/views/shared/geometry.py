"""Plane geometry shared by the views: limits with a margin, meshes, grid lines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from replay.network.recorded_answers import Mesh
from replay.types import Array

MARGIN = 0.08  # of a range, beside it
MAX_RATIO = 8.0  # of the sides of a plane; beyond it they have no common unit, as age and income
CUT = 0.05  # an axis may ignore this share of the snapshots, if they would make it twice as long
EXPLODED = 20  # an axis ignores snapshots that would need this many times the usual length
MANY = 20  # samples; among fewer, none counts as stray
STRAY = 0.01  # the share of samples at each end, one at least, that may be stray
MAX_DRAWN = 1e300  # the range of larger numbers overflows float64, and no axis can show it


class Limits(NamedTuple):
    """The rectangle of the plane that a picture shows."""

    x: tuple[float, float]
    y: tuple[float, float]


def padded(low: float, high: float, margin: float) -> tuple[float, float]:
    """An axis from `low` to `high`, widened by `margin` of the range; around a constant, as it needs."""
    if not (np.isfinite(low) and np.isfinite(high)):
        return (-1.0, 1.0)
    low, high = max(low, -MAX_DRAWN), min(high, MAX_DRAWN)
    pad = (high - low) * margin
    if pad <= 1e-9 * max(abs(low), abs(high), 1.0):  # a constant: any width will do
        pad = 0.5 * max(abs(low), 1.0)
    return (low - pad, high + pad)


def limits_around(low: Array, high: Array, margin: float = MARGIN) -> Limits:
    """Limits around the corners `low` and `high`, each of shape (2,), widened by `margin` of the range."""
    x, y = (padded(float(a), float(b), margin) for a, b in zip(low, high, strict=True))
    return Limits(x, y)


def plane_around(*inputs: Array) -> Limits:
    """Limits around all these 2-D inputs (n, 2) but for strays, with a margin."""
    return limits_around(*most(np.concatenate(inputs).astype(np.float64, copy=False)))


def usual_ends(ends: Array) -> tuple[float, float]:
    """One pair of ends for what each snapshot needs: (n_snapshots, 2), finite.

    A few snapshots that would make it more than twice as long do not count, nor do those of a network that
    explodes.
    """
    lengths = ends[:, 1] - ends[:, 0]
    usual = np.sort(lengths)[(len(lengths) - 1) // 2]
    if usual > 0:
        ends = ends[lengths <= EXPLODED * usual]
    cut = int(CUT * len(ends))
    low, high = np.sort(ends[:, 0])[cut], np.sort(ends[:, 1])[len(ends) - 1 - cut]
    length = max(float(high - low), 0.0)
    if ends[:, 0].min() >= low - length:
        low = ends[:, 0].min()
    if ends[:, 1].max() <= high + length:
        high = ends[:, 1].max()
    return float(low), float(high)


def most(points: Array) -> tuple[Array, Array]:
    """The ends of the finite `points` (n, 2) without strays, (2,) each; (inf, −inf) without any.

    Those few are stray that lie farther beyond all others than these reach from end to end.
    """
    low, high = np.transpose([_ends_of_most(values[np.isfinite(values)]) for values in points.T])
    return low, high


def _ends_of_most(values: Array) -> tuple[float, float]:
    if not len(values):
        return np.inf, -np.inf
    cut = max(1, int(STRAY * len(values))) if len(values) >= MANY else 0
    ordered = np.partition(values.astype(np.float64), (cut, len(values) - 1 - cut))
    low, high = ordered[cut], ordered[-1 - cut]
    reach = high - low
    near = ordered[(ordered >= low - reach) & (ordered <= high + reach)]
    return float(near.min()), float(near.max())


def have_one_scale(limits: Limits) -> bool:
    """Whether one scale for both axes shows these limits: else one side would be a line."""
    x, y = (high - low for low, high in limits)
    return max(x, y) <= MAX_RATIO * min(x, y)


def of_shape(limits: Limits, aspect: float) -> Limits:
    """These limits, one side widened so that a box of this ratio of width to height has one scale."""
    x, y = (high - low for low, high in limits)
    return Limits(_widened(limits.x, y * aspect), _widened(limits.y, x / aspect))


def _widened(side: tuple[float, float], length: float) -> tuple[float, float]:
    more = max(0.0, length - (side[1] - side[0])) / 2
    return side[0] - more, side[1] + more


def drawable(values: Array) -> Array:
    """Those of `values` that are finite, as float64, of at most MAX_DRAWN: for the limits of an axis."""
    finite = values[np.isfinite(values)]
    return np.clip(finite.astype(np.float64), -MAX_DRAWN, MAX_DRAWN)


def finite_range(points: Array) -> tuple[Array, Array]:
    """Smallest and largest finite value of each column of `points` (…, n), as two arrays of shape (n,).

    A column without a finite value gives (inf, −inf), which leaves later min and max unchanged.
    """
    flat = points.reshape(-1, points.shape[-1])
    finite = np.isfinite(flat)
    low = np.where(finite, flat, np.inf).min(axis=0, initial=np.inf)
    high = np.where(finite, flat, -np.inf).max(axis=0, initial=-np.inf)
    return low, high


def mesh(limits: Limits, points: int) -> Array:
    """A square mesh over `limits`: (points·points, 2), row by row from the bottom, float32."""
    return Mesh(tuple(limits), points).inputs


def grid_lines(limits: Limits, lines: int = 15, points: int = 101) -> Array:
    """The lines of a grid: (2, lines, points, 2), float32.

    Entry 0 holds the lines of constant x, entry 1 those of constant y.
    """
    x = np.linspace(*limits.x, lines), np.linspace(*limits.x, points)
    y = np.linspace(*limits.y, lines), np.linspace(*limits.y, points)
    vertical = np.stack(np.meshgrid(x[0], y[1], indexing="ij"), axis=-1)
    horizontal = np.stack(np.meshgrid(x[1], y[0], indexing="xy"), axis=-1)
    return np.stack([vertical, horizontal]).astype(np.float32)
