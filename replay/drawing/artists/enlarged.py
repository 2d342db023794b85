"""An enlarged copy of a small square of a plane, in the part of the same axes that is free."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from replay.types import Array
from replay.views.feature_space import FeatureSpaceFrame
from replay.views.shared.geometry import Limits
from replay.views.shared.regions import Regions

SMALL = 0.4  # of the shorter side: a larger square is not enlarged
LARGEST = 0.68  # of the shorter side, the copy
WORTH = 1.5  # times as large, the copy at least


@dataclass(frozen=True)
class Enlarged:
    """What takes points of the square from `low` to `high`, (2,) each, to the copy, which begins at `corner`.

    `side` is how far the copy lies to the right of the square and above it: 1, or −1 for left and below.
    """

    low: Array
    high: Array
    corner: Array
    factor: float
    side: Array

    def of(self, points: Array) -> Array:
        """Where points (…, 2) of the square lie in the copy."""
        with np.errstate(all="ignore"):
            return self.corner + self.factor * (points - self.low)

    @property
    def limits(self) -> Limits:
        """The rectangle of the copy."""
        return _limits(self.corner, self.of(self.high))

    @property
    def square(self) -> Limits:
        """The rectangle that is enlarged."""
        return _limits(self.low, self.high)

    @property
    def rays(self) -> Array:
        """Two lines from the corners of the square to those of the copy: (2, 2, 2)."""
        rising = self.side[0] * self.side[1] > 0
        places = [(0, 1), (1, 0)] if rising else [(0, 0), (1, 1)]
        corners = np.array([self.low + np.array(place) * (self.high - self.low) for place in places])
        return np.stack([corners, self.of(corners)], axis=1)

    def frame(self, frame: FeatureSpaceFrame) -> FeatureSpaceFrame:
        """A feature space in the copy."""
        held_out = frame.held_out
        moved: dict[str, Any] = {
            "points": self.of(frame.points),
            "lines": None if frame.lines is None else self.of(frame.lines),
            "regions": None if frame.regions is None else self._regions(frame.regions),
            "held_out": None if held_out is None else (self.of(held_out[0]), held_out[1]),
        }
        return replace(frame, limits=self.limits, **moved)

    def _regions(self, regions: Regions) -> Regions:
        ends = self.of(np.array(regions.limits).T).T
        return replace(
            regions,
            limits=_limits(*ends.T),
            boundary=[self.of(line) for line in regions.boundary],
        )


def enlarged(limits: Limits, low: float, high: float, margin: float) -> Enlarged | None:
    """The copy of the square from `low` to `high` of both axes, within these limits of one scale.

    It lies in the corner that is farthest from the square, `margin` away from the edges. None where the
    square is large enough, has no end, or leaves no room.
    """
    ends = np.array(limits)
    shortest = float(np.diff(ends, axis=1).min())
    length = high - low
    if not 0 < length < SMALL * shortest:
        return None
    above, below = ends[:, 1] - high, low - ends[:, 0]
    free, side = np.maximum(above, below), np.where(above >= below, 1, -1)
    size = min(LARGEST * shortest, float(free.max()) - 2 * margin)
    if size < WORTH * length:
        return None
    corner = np.where(side > 0, ends[:, 1] - margin - size, ends[:, 0] + margin)
    return Enlarged(np.full(2, low), np.full(2, high), corner, size / length, side)


def _limits(low: Array, high: Array) -> Limits:
    return Limits((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
