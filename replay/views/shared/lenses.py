"""How the space of a layer is seen on a plane: as it is, from above in space, or in its principal plane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from replay.types import Array
from replay.views.shared.projection import LinearPlane

AROUND, ABOVE = np.radians(-28.0), np.radians(24.0)  # where the camera stands that looks at a space

Lens = Callable[[Array], Array]  # activations (n, units) → points of the picture (n, 2)


def flat(values: Array) -> Array:
    """Two units as they are: (n, 2)."""
    return values[:, :2]


@dataclass(frozen=True)
class Tilted:
    """A camera over three units, in parallel projection: lengths along its plane stay as they are.

    With a `tilt` of 0 it looks straight down on the plane of the first two units, with 1 from aside.
    """

    tilt: float = 1.0

    def __call__(self, values: Array) -> Array:
        """Points (n, 3), or of a plane (n, 2), as the camera sees them: (n, 2)."""
        around, above = self.tilt * AROUND, np.pi / 2 + self.tilt * (ABOVE - np.pi / 2)
        right = np.array([np.cos(around), np.sin(around), 0.0])
        up = np.array([-np.sin(around) * np.sin(above), np.cos(around) * np.sin(above), np.cos(above)])
        return values @ np.stack([right, up], axis=1)[: values.shape[1]]


IN_SPACE = Tilted()


def nearest(plane: LinearPlane, points: Array, before: Array) -> LinearPlane:
    """The same plane, turned or mirrored within itself so that `points` (n, 2) come next to those `before`.

    A plane of principal components has no natural up and right, so that a picture may choose. Schönemann, A
    generalized solution of the orthogonal Procrustes problem (1966).
    """
    finite = np.isfinite(points).all(axis=1) & np.isfinite(before).all(axis=1)
    if not finite.any():
        return plane
    here, there = (each[finite] - each[finite].mean(axis=0) for each in (points, before))
    left, _, right = np.linalg.svd(here.T @ there)
    return replace(plane, axes=(left @ right).T @ plane.axes)
