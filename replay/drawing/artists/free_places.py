"""Places for words in a plane where fewest of some points are covered, and no other words."""

from __future__ import annotations

from itertools import product

import numpy as np

from replay.types import Array

SHARES = np.linspace(0, 1, 9)  # along each side of a room, where words may be


class FreePlaces:
    """Places that avoid the points (n, 2) that are `taken`, by `around` on all sides."""

    def __init__(self, taken: Array, around: float) -> None:
        self._taken = taken[np.isfinite(taken).all(axis=1)].astype(np.float64)
        self._around = around
        self._full: list[tuple[Array, Array]] = []
        self._unwanted: list[tuple[Array, Array]] = []

    def fill(self, low: Array, high: Array) -> None:
        """Put nothing into this rectangle, if it can be avoided."""
        self._full.append((low, high))

    def shun(self, rectangles: list[tuple[Array, Array]]) -> None:
        """Put words into these rectangles only where all other places cover something."""
        self._unwanted = rectangles

    def find(self, low: Array, high: Array, size: Array) -> Array:
        """The low corner of a box of this size in the room from `low` to `high`, where it covers least."""
        places = [low + np.array(share) * (high - size - low) for share in product(SHARES, SHARES)]
        best = min(places, key=lambda place: self._cost(place, place + size))
        self.fill(best, best + size)
        return best

    def _cost(self, low: Array, high: Array) -> tuple[bool, int, float]:
        low, high = low - self._around, high + self._around
        meets = any(_common(low, high, *each) > 0 for each in self._full)
        covered = ((self._taken >= low) & (self._taken <= high)).all(axis=1).sum()
        return meets, int(covered), sum(_common(low, high, *each) for each in self._unwanted)


def _common(low: Array, high: Array, other_low: Array, other_high: Array) -> float:
    """The area that two rectangles share."""
    sides = np.minimum(high, other_high) - np.maximum(low, other_low)
    return float(np.prod(np.maximum(sides, 0)))
