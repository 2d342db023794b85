"""A box around the samples in the space of three units: its scale, its corners, and a plane cut with it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np

from replay.types import Array
from replay.views.shared.geometry import MAX_RATIO, padded
from replay.views.shared.plane_in_box import plane_in_box

POINT = 1e-9  # a polygon that is smaller is none
THINNEST = 0.6  # of the longest side, any other one: a flat box hides what is in it
CORNERS = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))


@dataclass(frozen=True)
class Box:
    """A box from `low` to `high`, (3,) each, in units of the activations.

    Its own coordinates have the origin in its middle, and its longest side goes from −1 to 1. All sides have
    one scale, unless one would be a line.
    """

    low: Array
    high: Array

    @classmethod
    def around(cls, low: Array, high: Array, walls: tuple[float, float] = (-np.inf, np.inf)) -> Box:
        """The box around these ends, with a margin, or up to the `walls` that no activation passes."""
        sides = np.array([padded(float(a), float(b), 0.06) for a, b in zip(low, high, strict=True)])
        ends = np.where(np.isfinite(walls), walls, sides)
        ends = np.where(ends[:, :1] < ends[:, 1:], ends, sides)
        lengths = ends[:, 1] - ends[:, 0]
        if _have_one_scale(lengths):
            more = np.maximum(THINNEST * lengths.max() - lengths, 0.0)
            fixed = np.isfinite(walls)  # a wall stays where it is: the other side moves
            share = np.array([0.5, 0.5]) if fixed.all() or not fixed.any() else 1.0 - fixed
            ends = ends + more[:, None] * share * (-1.0, 1.0)
        return cls(ends[:, 0], ends[:, 1])

    @property
    def centre(self) -> Array:
        """The middle: (3,)."""
        return (self.low + self.high) / 2

    @property
    def scale(self) -> Array:
        """How long 1 is in each of the box's own coordinates: (3,)."""
        lengths = self.high - self.low
        return (np.full(3, lengths.max()) if _have_one_scale(lengths) else lengths) / 2

    @property
    def half(self) -> Array:
        """Half of each side in the box's own coordinates: (3,), at most 1."""
        return (self.high - self.low) / (2 * self.scale)

    @property
    def corners(self) -> Array:
        """The eight corners in the box's own coordinates: (8, 3)."""
        return CORNERS * self.half

    def of(self, activations: Array) -> Array:
        """Activations (…, 3) in the box's own coordinates."""
        with np.errstate(all="ignore"):  # the network may have diverged
            return (activations.astype(np.float64) - self.centre) / self.scale

    def back(self, places: Array) -> Array:
        """The activations (…, 3) at places in the box's own coordinates."""
        return places * self.scale + self.centre

    def cut(self, normal: Array, offset: float) -> Array | None:
        """The polygon (3 to 6 corners, 3) in which this plane cuts the box, in order; None where it misses.

        All is in the box's own coordinates, and the normal has length 1.
        """
        found = plane_in_box(normal, offset, -self.half, self.half)
        if len(found) < 3 or np.ptp(found, axis=0).max() < POINT:  # it touches a corner
            return None
        return found


def unit_plane(normal: Array, offset: float) -> tuple[Array, float] | None:
    """The plane normal · place + offset = 0 with a normal (3,) of length 1.

    None where it is no plane: the normal is zero, or something is not finite.
    """
    size = np.abs(normal).max()  # so that no square overflows
    if not (np.isfinite(size) and np.isfinite(offset) and size > 0):
        return None
    length = float(np.linalg.norm(normal / size))
    return normal / size / length, float(offset / size) / length


def _have_one_scale(lengths: Array) -> bool:
    return bool(lengths.max() <= MAX_RATIO * lengths.min())
