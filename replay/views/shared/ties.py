"""Where the leading class changes, exactly: the decision boundary of a piecewise linear network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from replay.types import Array
from replay.views.shared.cells import Cells, cut

TURNS = 1e-3  # the sine of the least angle that counts as a corner


@dataclass(frozen=True)
class Ties:
    """Straight segments along which two classes tie: the ends (n, 2) of each, as numbers of `points`."""

    points: Array
    ends: Array

    @classmethod
    def within(cls, cells: Cells, scores: Array) -> Ties:
        """Those within cells, of `scores` (n_points, n_classes) that are linear there."""
        several, pairs = _undecided(cells, scores)
        cells = cells.chosen(several)
        if not cells.n:
            return cls(cells.points, np.empty((0, 2), dtype=int))
        for one, other in pairs:
            found = cut(cells, scores[:, one] - scores[:, other], scores)
            cells, scores = found.cells, found.carried
        leaders = cells.means(scores).argmax(axis=1)[cells.owners]
        ends = np.sort(np.stack([cells.rings, cells.rings[cells.following]], axis=1), axis=1)
        edges, which = np.unique(ends, axis=0, return_inverse=True)
        lowest = np.full(len(edges), scores.shape[1])
        highest = np.full(len(edges), -1)
        np.minimum.at(lowest, which.reshape(-1), leaders)
        np.maximum.at(highest, which.reshape(-1), leaders)
        return cls(cells.points, edges[lowest != highest])

    @property
    def segments(self) -> Array:
        """Their coordinates: (n, 2, 2)."""
        return self.points[self.ends]

    @property
    def kinks(self) -> Array:
        """The points at which two segments meet and turn: (n_kinks, 2)."""
        numbers = self.ends.ravel()
        order = np.argsort(numbers, kind="stable")
        at, first, counts = np.unique(numbers[order], return_index=True, return_counts=True)
        pairs = first[counts == 2]
        # The other end of each of the two segments that meet.
        away = self.points[self.ends[:, ::-1].ravel()[order]] - self.points[numbers[order]]
        one, other = _normalised(away[pairs]), _normalised(away[pairs + 1])
        turns = np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) > TURNS
        return self.points[at[counts == 2][turns]]


def _undecided(cells: Cells, scores: Array) -> tuple[Array, list[tuple[int, int]]]:
    """The cells in which more than one class may lead, (n_cells,) of bool, and the pairs that may tie."""
    n_classes, starts = scores.shape[1], cells.starts
    around = scores[cells.rings]
    possible = np.ones((cells.n, n_classes), dtype=bool)
    for one, other in _both_ways(n_classes):
        possible[:, one] &= np.minimum.reduceat(around[:, other] - around[:, one], starts) <= 0
    several = possible.sum(axis=1) > 1
    together = possible[several].astype(int)
    tie = together.T @ together
    return several, [pair for pair in combinations(range(n_classes), 2) if tie[pair]]


def _both_ways(n: int) -> Iterator[tuple[int, int]]:
    return ((one, other) for one in range(n) for other in range(n) if one != other)


def _normalised(vectors: Array) -> Array:
    length = np.hypot(*vectors.T)[:, None]
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 0)
