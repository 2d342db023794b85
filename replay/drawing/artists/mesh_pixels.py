"""From a mesh to pixels: where each pixel lies on a mesh, and values between the points of a mesh."""

from __future__ import annotations

import numpy as np

from replay.types import Array


def places(n_mesh: int, n_pixels: int, mesh: tuple[float, float], shown: tuple[float, float]) -> Array:
    """The pixel centres of an axis from `shown[0]` to `shown[1]` in coordinates of a mesh over `mesh`."""
    first, last = ((edge - mesh[0]) / (mesh[1] - mesh[0]) for edge in shown)
    return (np.arange(n_pixels) + 0.5) * ((n_mesh - 1) * (last - first) / n_pixels) + (n_mesh - 1) * first


def outside(n_mesh: int, places: Array) -> Array:
    """Which of these places lie beyond the mesh."""
    return (places < 0) | (places > n_mesh - 1)


def nearest(n_mesh: int, places: Array) -> Array:
    """The point of the mesh that is nearest to each of these places."""
    return np.clip(np.round(places), 0, n_mesh - 1).astype(int)


def between(values: Array, places: Array) -> Array:
    """Interpolate `values` (n_mesh, m) linearly along the first axis: (n_pixels, m)."""
    inside = np.clip(places, 0, len(values) - 1)
    below = np.minimum(inside.astype(int), len(values) - 2)
    share = (inside - below).astype(np.float32)[:, None]
    lower = values[below]
    return lower + (values[below + 1] - lower) * share
