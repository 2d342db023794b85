"""Convex cells of a plane that share their corners, cut exactly along lines where something is zero."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from replay.types import Array
from replay.views.shared.geometry import Limits

TINY = 1e-9  # as a share of the largest value: rounding; what is smaller counts as zero


@dataclass(frozen=True)
class Cells:
    """A plane divided into convex polygons.

    `points` (n_points, 2), float64, are their corners; `rings` (n,) the corners of one cell after another,
    counterclockwise; `owners` (n,) the number of the cell that each entry belongs to, increasing from 0.
    """

    points: Array
    rings: Array
    owners: Array

    @classmethod
    def within(cls, limits: Limits) -> Cells:
        """One cell: the whole rectangle."""
        (left, right), (bottom, top) = limits
        corners = np.array([(left, bottom), (right, bottom), (right, top), (left, top)], dtype=np.float64)
        return cls(corners, np.arange(4), np.zeros(4, dtype=int))

    @property
    def n(self) -> int:
        """The number of cells."""
        return int(self.owners[-1]) + 1 if len(self.owners) else 0

    @property
    def starts(self) -> Array:
        """Where the ring of each cell starts: (n_cells,)."""
        return np.flatnonzero(np.diff(self.owners, prepend=-1))

    @property
    def following(self) -> Array:
        """Of each entry of the rings, the place of the next corner of its cell: (n,)."""
        following = np.arange(1, len(self.rings) + 1)
        starts = self.starts
        following[np.append(starts[1:], len(self.rings)) - 1] = starts
        return following

    def polygons(self) -> list[Array]:
        """The corners of each cell: (n_corners, 2) each."""
        return np.split(self.points[self.rings], self.starts[1:])

    @property
    def areas(self) -> Array:
        """(n_cells,)."""
        one, other = self.points[self.rings], self.points[self.rings[self.following]]
        return np.add.reduceat(one[:, 0] * other[:, 1] - other[:, 0] * one[:, 1], self.starts) / 2

    def slopes(self, values: Array) -> Array:
        """The gradient within each cell of what is linear there: (n_cells, 2, …).

        `values` (n_points, …) are those at the corners. By the divergence theorem the gradient is the
        integral of the value along the edges, times their normals, divided by the area.
        """
        following = self.rings[self.following]
        x, y = (self.points[following] - self.points[self.rings]).T
        middle = (values[self.rings] + values[following]) / 2
        normals = np.stack([y, -x], axis=1).reshape(len(x), 2, *[1] * (values.ndim - 1))
        total = np.add.reduceat(normals * middle[:, None], self.starts)
        return total / self.areas.reshape(-1, *[1] * (total.ndim - 1))

    def means(self, values: Array) -> Array:
        """The mean of `values` (n_points, …) over the corners of each cell: (n_cells, …)."""
        starts = self.starts
        counts = np.diff(np.append(starts, len(self.rings)))
        total = np.add.reduceat(values[self.rings], starts)
        return total / counts.reshape(-1, *[1] * (values.ndim - 1))

    def chosen(self, cells: Array) -> Cells:
        """Some of the cells, in order; `cells` (n_cells,) of bool."""
        kept = cells[self.owners]
        return Cells(self.points, self.rings[kept], _numbered(self.owners[kept]))


@dataclass(frozen=True)
class Cut:
    """Cells that were cut where something is zero.

    `carried` (n_points, …) are the values that came along, with those at new corners; `signs` (n_points,)
    are −1, 0 or 1; `origins` (n_cells,) the number of the cell that each one was part of.
    """

    cells: Cells
    carried: Array
    signs: Array
    origins: Array

    @property
    def edges(self) -> Array:
        """The edges along which it is zero, each once, by the numbers of their ends: (n_edges, 2).

        Those in the midst of an area of zeros are left out.
        """
        cells = self.cells
        signs = self.signs[cells.rings]
        bordering = np.logical_or.reduceat(signs != 0, cells.starts)[cells.owners]
        following = cells.following
        along = bordering & (signs == 0) & (signs[following] == 0)
        ends = np.sort(np.stack([cells.rings, cells.rings[following]], axis=1)[along], axis=1)
        return np.unique(ends, axis=0)

    @property
    def segments(self) -> Array:
        """The same edges by their ends' coordinates: (n_edges, 2, 2)."""
        return self.cells.points[self.edges]


def cut(cells: Cells, values: Array, carried: Array) -> Cut:
    """Cut the cells along the lines where `values` (n_points,) are zero.

    Within each cell they must be linear, and `carried` (n_points, …) as well: where a line crosses an edge,
    both are what they are there, up to rounding.
    """
    signs = _signs(values)
    around = signs[cells.rings]
    starts = cells.starts
    mixed = (np.minimum.reduceat(around, starts) < 0) & (np.maximum.reduceat(around, starts) > 0)
    if not mixed.any():
        return Cut(cells, carried, signs, np.arange(cells.n))
    following = cells.following
    crossed = np.flatnonzero(around * around[following] < 0)
    ends = np.sort(np.stack([cells.rings, cells.rings[following]], axis=1)[crossed], axis=1)
    edges, which = np.unique(ends, axis=0, return_inverse=True)
    share = values[edges[:, 0]] / (values[edges[:, 0]] - values[edges[:, 1]])
    points = np.concatenate([cells.points, _between(cells.points, edges, share)])
    carried = np.concatenate([carried, _between(carried, edges, share)])
    signs = np.concatenate([signs, np.zeros(len(edges), signs.dtype)])
    new = len(cells.points) + which.reshape(-1)
    rings = np.insert(cells.rings, crossed + 1, new)
    owners = np.insert(cells.owners, crossed + 1, cells.owners[crossed])
    # A convex cell keeps the order of its corners on either side: those of the line belong to both.
    sides, around, divided = 2 * owners, signs[rings], mixed[owners]
    above = ~divided | (around >= 0)
    below = divided & (around <= 0)
    rings = np.concatenate([rings[above], rings[below]])
    sides = np.concatenate([sides[above], sides[below] + 1])
    order = np.argsort(sides, kind="stable")
    sides = sides[order]
    origins = sides[np.flatnonzero(np.diff(sides, prepend=-1))] // 2
    return Cut(Cells(points, rings[order], _numbered(sides)), carried, signs, origins)


def chords(corners: Array, values: Array) -> Array:
    """The chord of a convex polygon along which each of several linear functions is zero: (n, 2, 2).

    `values` (n, n_corners) are those at its corners (n_corners, 2), in order around it. NaN where a function
    is not zero within the polygon.
    """
    above, following = values > 0, np.roll(values, -1, axis=1)
    crossed = above != np.roll(above, -1, axis=1)
    with np.errstate(all="ignore"):
        share = values / (values - following)
        points = corners + share[..., None] * (np.roll(corners, -1, axis=0) - corners)
    edges = np.argsort(~crossed, axis=1, kind="stable")[:, :2]
    found = np.take_along_axis(points, edges[..., None], axis=1)
    return np.where(crossed.any(axis=1)[:, None, None], found, np.nan)


def _signs(values: Array) -> Array:
    """−1, 0 or 1; 0 also where rounding alone keeps a value from it."""
    least = TINY * np.abs(values).max(initial=0.0)
    return (values > least).astype(np.int8) - (values < -least).astype(np.int8)


def _between(values: Array, edges: Array, share: Array) -> Array:
    """What values (n_points, …) are on each of the edges (n, 2), at its `share` of the way: (n, …)."""
    share = share.reshape(-1, *[1] * (values.ndim - 1))
    return values[edges[:, 0]] + share * (values[edges[:, 1]] - values[edges[:, 0]])


def _numbered(owners: Array) -> Array:
    """Consecutive numbers from 0 for an increasing array of owners."""
    return np.cumsum(np.diff(owners, prepend=owners[:1]) != 0)
