"""The boundary between classes: where the two that lead tie, found on the edges of a mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import contourpy
import numpy as np

from replay.types import Array
from replay.views.shared.geometry import Limits

ScoresOf = Callable[[Array], Array]  # points (n, 2) → scores (n, n_classes)

NOBODY = -1  # leads where a score is not finite
ROUNDS = 6  # evaluations at most that bring a crossing closer
CLOSE = 1e-2  # a lead this small, as a share of those at the ends of the edge, is a tie
HUGE = 1e30  # larger scores count as this


def boundary_lines(
    limits: Limits, scores: Array, leading: Array, scores_of: ScoresOf | None = None
) -> list[Array]:
    """The lines along which the two leading classes tie: a list of (n_points, 2).

    `scores` (rows, columns, n_classes) lie on a mesh over `limits`; `leading` is their `leading_class`.
    Each line has a point on every edge of the mesh that it crosses. Where scores are linear, such as logits
    of a layer's activations, that is exact; elsewhere `scores_of` brings it closer. Three lines meet in a
    point. No line borders on what is not finite.
    """
    if scores.shape[-1] < 2:
        return []
    crossings = _Crossings(limits, scores, leading, scores_of)
    return [] if crossings.edges.size == 0 else crossings.lines()


def leading_class(scores: Array) -> Array:
    """The class with the highest score at each point, NOBODY where a score is not finite: (rows, columns).

    NumPy compares whole planes faster than the few classes of each point.
    """
    if scores.shape[-1] < 2:
        return np.where(np.isfinite(scores[..., 0]), 0, NOBODY).astype(np.int16)
    planes = np.ascontiguousarray(np.moveaxis(scores, -1, 0))
    leading = (planes[1] > planes[0]).astype(np.int16)
    highest = np.maximum(planes[0], planes[1])
    for label, plane in enumerate(planes[2:], 2):
        leading[plane > highest] = label
        np.maximum(highest, plane, out=highest)
    finite = np.isfinite(planes)
    if not finite.all():
        leading[~finite.all(axis=0)] = NOBODY
    return leading


@dataclass(frozen=True)
class _Crossings:
    """Where the leading class changes on a mesh: on edges, and in cells in which three classes meet."""

    limits: Limits
    scores: Array
    leading: Array
    scores_of: ScoresOf | None

    @cached_property
    def edges(self) -> Array:
        """The edges on which the leading class changes, as two numbers of mesh points: (n_edges, 2)."""
        leading, columns = self.leading.ravel(), self.leading.shape[1]
        found = []
        for step in (1, columns):
            first = np.flatnonzero(leading[step:] != leading[:-step])
            if step == 1:
                first = first[first % columns != columns - 1]
            found.append(first[(leading[first] != NOBODY) & (leading[first + step] != NOBODY)])
        return np.column_stack([np.concatenate(found), np.concatenate([found[0] + 1, found[1] + columns])])

    @cached_property
    def sides(self) -> Array:
        """The classes that lead at the ends of each edge: (n_edges, 2)."""
        return self.leading.ravel()[self.edges]

    def _places(self, corners: Array) -> Array:
        """Where these points of the mesh lie, in float64 so that lines are smooth: (n, 2)."""
        rows, columns = self.leading.shape
        row, column = np.divmod(corners, columns)
        x, y = np.linspace(*self.limits.x, columns), np.linspace(*self.limits.y, rows)
        return np.column_stack([x[column], y[row]])

    @cached_property
    def on_edges(self) -> Array:
        """The point of each edge where its two classes tie: (n_edges, 2)."""
        start = self._places(self.edges[:, 0])
        along = self._places(self.edges[:, 1]) - start
        scores = self.scores.reshape(-1, self.scores.shape[-1])
        ahead, behind = (self._leads(scores[end]) for end in self.edges.T)
        scores_of = self.scores_of
        if scores_of is None:
            return start + crossing(ahead, behind)[:, None] * along

        def lead_at(places: Array, which: Array) -> Array:
            return self._leads(scores_of(start[which] + places[:, None] * along[which]), which)

        return start + crossing(ahead, behind, lead_at)[:, None] * along

    def _leads(self, scores: Array, which: Array | slice = slice(None)) -> Array:
        """By how much the first class of each edge leads the second, of scores (n_edges, n_classes)."""
        one, other = self.sides[which].T
        at = np.arange(len(scores))
        bounded = np.clip(np.nan_to_num(scores.astype(np.float64)), -HUGE, HUGE)
        return bounded[at, one] - bounded[at, other]

    @cached_property
    def on_lattice(self) -> Array:
        """The numbers of edges, then of junctions, where they lie: (2·rows − 1, 2·columns − 1), else −1.

        The points of the mesh lie at even places, edges between two of them, cells at odd places.
        """
        rows, columns = self.leading.shape
        lattice = np.full((2 * rows - 1, 2 * columns - 1), -1, dtype=np.int32)
        first, second = (np.stack(np.divmod(end, columns)) for end in self.edges.T)
        lattice[tuple(first + second)] = np.arange(len(self.edges))
        lattice[tuple((2 * self.meeting + 1).T)] = len(self.edges) + np.arange(len(self.meeting))
        return lattice

    @cached_property
    def meeting(self) -> Array:
        """The cells, by row and column, in which three classes or more meet: (n_cells, 2)."""
        if self.scores.shape[-1] < 3:
            return np.empty((0, 2), dtype=int)
        columns = self.leading.shape[1]
        first, step = self.edges[:, 0], np.ptp(self.edges, axis=1)
        # An edge is a side of the cells before and after it, as far as they are on the mesh.
        beside = np.concatenate([first, first - np.where(step == 1, columns, 1)])
        row, column = np.divmod(np.unique(beside[beside >= 0]), columns)
        inside = (row < len(self.leading) - 1) & (column < columns - 1)
        cells = np.column_stack([row, column])[inside]
        classes = self._classes_in(cells)
        return cells[(_changes(classes) >= 2) & (classes[:, 0] != NOBODY)]

    def _classes_in(self, cells: Array) -> Array:
        """The classes that lead at the corners of cells (n_cells, 2), in order: (n_cells, 4)."""
        row, column = cells.T
        return np.sort(
            [self.leading[row + up, column + right] for up in (0, 1) for right in (0, 1)], axis=0
        ).T

    @cached_property
    def junctions(self) -> Array:
        """The points where the lines meet in the cells of `meeting`: (n_cells, 2)."""
        if not len(self.meeting):
            return np.empty((0, 2))
        edges = np.stack([self.on_lattice[tuple((2 * self.meeting + 1 + side).T)] for side in SIDES])
        crossed = (edges >= 0)[..., None]
        amid = np.where(crossed, self.on_edges[edges], 0).sum(axis=0) / crossed.sum(axis=0)
        classes = self._classes_in(self.meeting)
        three = _changes(classes) == 2
        amid[three] = self._ties(self.meeting[three], classes[three], amid[three])
        return amid

    def _ties(self, cells: Array, classes: Array, otherwise: Array) -> Array:
        """Where three classes tie in each cell (n_cells, 2), if their scores are linear there.

        `classes` (n_cells, 4), ascending, hold one of them twice. Where the tie is outside the cell, take
        the point `otherwise` (n_cells, 2).
        """
        columns = self.leading.shape[1]
        twice = (np.diff(classes, axis=-1) == 0).argmax(axis=-1)
        three = classes[np.arange(4) != twice[:, None]].reshape(-1, 3)
        corner = cells @ (columns, 1)
        scores = self.scores.reshape(-1, self.scores.shape[-1])
        found = np.stack([
            np.take_along_axis(scores[corner + step], three, axis=-1) for step in (0, 1, columns, columns + 1)
        ], axis=1)  # fmt: skip
        leads = np.clip((found[..., 1:] - found[..., :1]).astype(np.float64), -HUGE, HUGE)
        across = (leads[:, 1] + leads[:, 3] - leads[:, 0] - leads[:, 2]) / 2
        up = (leads[:, 2] + leads[:, 3] - leads[:, 0] - leads[:, 1]) / 2
        middle = leads.mean(axis=1)
        with np.errstate(all="ignore"):  # parallel borders do not meet
            fall = across[:, 0] * up[:, 1] - across[:, 1] * up[:, 0]
            x = 0.5 - (middle[:, 0] * up[:, 1] - middle[:, 1] * up[:, 0]) / fall
            y = 0.5 - (across[:, 0] * middle[:, 1] - across[:, 1] * middle[:, 0]) / fall
        place = np.column_stack([x, y])
        inside = np.all((place >= 0) & (place <= 1), axis=-1)
        low, high = self._places(corner), self._places(corner + columns + 1)
        return np.where(inside[:, None], low + place * (high - low), otherwise)

    def lines(self) -> list[Array]:
        """The border of each class with those of higher numbers."""
        rows, columns = self.leading.shape
        lines: list[Array] = []
        # The last class borders on lower ones only.
        for label in np.unique(self.sides)[:-1].tolist():
            inside = self.leading == label
            box = [_span(inside.any(axis=side), most) for side, most in ((1, rows), (0, columns))]
            contour = contourpy.contour_generator(
                np.arange(columns)[box[1]], np.arange(rows)[box[0]], np.where(inside[tuple(box)], 1.0, -1.0),
                line_type=contourpy.LineType.Separate,
            )  # fmt: skip
            for line in contour.lines(0.0):
                lines += self._pieces(label, np.round(2 * np.asarray(line)[:, ::-1]).astype(int))
        return lines

    def _pieces(self, label: int, places: Array) -> list[Array]:
        """The parts of a border of class `label`, through these edges of the lattice, that are its own."""
        along = np.empty((2 * len(places) - 1, 2), dtype=int)
        along[::2], along[1::2] = places, _cells_between(places)
        numbers = self.on_lattice[tuple(along.T)]
        kept = (numbers >= 0) | (np.arange(len(along)) % 2 == 0)
        numbers = numbers[kept]
        own = (numbers >= 0) & np.isin(self._owners[numbers], (label, NOBODY))
        starts, stops = np.flatnonzero(np.diff(own, prepend=False, append=False)).reshape(-1, 2).T
        points = self._points[numbers]
        return [points[start:stop] for start, stop in zip(starts, stops, strict=True) if stop - start > 1]

    @cached_property
    def _points(self) -> Array:
        """The points of edges and junctions, as they are numbered."""
        return np.concatenate([self.on_edges, self.junctions])

    @cached_property
    def _owners(self) -> Array:
        """The class whose line passes there: the lower of two; at junctions lines of all."""
        return np.concatenate([self.sides.min(axis=1), np.full(len(self.meeting), NOBODY)])


SIDES = ((-1, 0), (1, 0), (0, -1), (0, 1))  # of a cell, on the lattice


def _span(holds: Array, most: int) -> slice:
    """From one before the first place where something holds to one after the last."""
    first, last = np.flatnonzero(holds)[[0, -1]]
    return slice(max(0, first - 1), min(most, last + 2))


def _changes(ordered: Array) -> Array:
    return (np.diff(ordered, axis=-1) != 0).sum(axis=-1)


def _cells_between(places: Array) -> Array:
    """The cell that each step of a line crosses; edges have one odd coordinate, cells have two."""
    one, other = places[:-1], places[1:]
    return np.where(one % 2 == 1, one, np.where(other % 2 == 1, other, (one + other) // 2))


def crossing(ahead: Array, behind: Array, lead_at: Callable[[Array, Array], Array] | None = None) -> Array:
    """Where on each edge, from 0 to 1, a lead falls from `ahead` to `behind` zero: (n_edges,).

    The leads are taken as linear. Then `lead_at(places, which)`, the lead at places on those edges, brings
    it closer by the Illinois method. Dowell and Jarratt, A modified regula falsi method for computing the
    root of an equation (1971).
    """
    low, high = np.zeros_like(ahead), np.ones_like(ahead)
    above, below = np.maximum(ahead, 0), np.minimum(behind, 0)
    near_enough = CLOSE * np.maximum(above, -below)
    last = np.zeros(len(ahead), dtype=int)
    places = _tie(low, high, above, below)
    open_ = np.arange(len(ahead))
    for _ in range(0 if lead_at is None else ROUNDS):
        assert lead_at is not None
        leads = lead_at(places[open_], open_)
        wide = np.abs(leads) > near_enough[open_]
        open_, leads = open_[wide], leads[wide]
        if not len(open_):
            break
        up, down = open_[leads > 0], open_[leads < 0]
        low[up], above[up] = places[up], leads[leads > 0]
        high[down], below[down] = places[down], leads[leads < 0]
        below[up[last[up] == 1]] /= 2  # the end that stays a second time counts half
        above[down[last[down] == -1]] /= 2
        last[up], last[down] = 1, -1
        places[open_] = _tie(low, high, above, below)[open_]
    return places


def _tie(low: Array, high: Array, above: Array, below: Array) -> Array:
    fall = above - below
    share = np.divide(above, fall, out=np.full_like(above, 0.5), where=fall > 0)
    return low + share * (high - low)
