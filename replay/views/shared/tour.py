"""A tour of planes in a space of many dimensions: each moment's plane, turned from one to the next.

Asimov, The grand tour: a tool for viewing multidimensional data (1985). Between two planes it takes the
shortest way: Buja, Cook, Asimov & Hurley, Computational methods for high-dimensional rotations in data
visualization (2005), section 2.2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from replay.types import Array

SAME = 1e-12  # the sine of an angle that is none


@dataclass(frozen=True)
class Geodesic:
    """The shortest turn of one plane into another: both, and all between, (2, n) with orthonormal rows.

    It turns two directions in the first plane, the principal ones, by an angle each. It does not spin the
    picture within its plane: where it arrives, the rows span the second plane, but may be turned in it.
    """

    start: Array
    beyond: Array
    angles: Array
    back: Array

    @classmethod
    def between(cls, first: Array, last: Array) -> Geodesic:
        """The turn of the plane `first` into the plane `last`, (2, n) each."""
        left, cosines, right = np.linalg.svd(first @ last.T)
        start, end = left.T @ first, right @ last
        angles = np.arccos(np.clip(cosines, -1.0, 1.0))
        beyond = end - (end @ start.T) @ start  # what the first plane lacks
        lengths = np.linalg.norm(beyond, axis=1, keepdims=True)
        beyond = np.where(lengths > SAME, beyond / np.maximum(lengths, SAME), 0.0)
        return cls(start, beyond, np.where(lengths[:, 0] > SAME, angles, 0.0), left)

    @property
    def length(self) -> float:
        """How far apart the planes are, in radians."""
        return float(np.hypot(*self.angles))

    def at(self, share: float) -> Array:
        """The plane at this share of the way: (2, n)."""
        turned = self.angles[:, None] * share
        return np.asarray(self.back @ (self.start * np.cos(turned) + self.beyond * np.sin(turned)))


@dataclass(frozen=True)
class Tour:
    """Turns one after another, at an even speed. The last plane is reached as it was given."""

    legs: tuple[Geodesic, ...]
    last: Array

    @classmethod
    def through(cls, planes: Sequence[Array]) -> Tour:
        """The tour of these planes, (2, n) each with orthonormal rows; of a single one, it stays."""
        legs: list[Geodesic] = []
        reached = planes[-1]
        for plane in planes[-2::-1]:  # from the end, so that this one is not turned within itself
            legs.insert(0, Geodesic.between(reached, plane))
            reached = legs[0].at(1.0)
        return cls(tuple(legs), planes[-1])

    def at(self, share: float) -> Array:
        """The plane at this share of the whole way: (2, n)."""
        lengths = np.array([leg.length for leg in self.legs])
        if not lengths.sum() > 0:
            return self.last
        ends = np.concatenate([[0.0], np.cumsum(lengths)]) / lengths.sum()
        number = min(int(np.searchsorted(ends[1:], share)), len(self.legs) - 1)
        start, stop = ends[number : number + 2]
        passed = (share - start) / (stop - start) if stop > start else 1.0
        return self.legs[number].at(1.0 - float(np.clip(passed, 0.0, 1.0)))


def random_plane(n: int, rng: np.random.Generator) -> Array:
    """A plane in n dimensions, any as likely as any other: (2, n)."""
    first, second = rng.normal(size=(2, n))
    first /= np.linalg.norm(first)
    second -= (second @ first) * first
    return np.stack([first, second / np.linalg.norm(second)])
