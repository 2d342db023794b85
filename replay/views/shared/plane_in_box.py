"""Where a plane in space cuts a box: the polygon of a separating plane."""

from __future__ import annotations

import numpy as np

from replay.types import Array


def plane_in_box(direction: Array, offset: float, low: Array, high: Array) -> Array:
    """The corners of what a plane has in common with a box, in order around it: (n, 3), n up to 6.

    Args:
        direction, offset: The plane is where `direction` (3,) · x + `offset` is 0.
        low, high: The corners of the box, (3,) each.

    Returns nothing, (0, 3), where they do not meet or something is not finite.
    """
    corners = np.stack(np.meshgrid(*zip(low, high, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)
    heights = corners @ direction + offset
    if not np.isfinite(heights).all() or not direction.any():
        return np.empty((0, 3))
    # Corners of the box are numbered in binary: two that share an edge differ in one digit.
    pairs = [(a, a | bit) for a in range(8) for bit in (1, 2, 4) if not a & bit]
    crossed = [(a, b) for a, b in pairs if (heights[a] > 0) != (heights[b] > 0)]
    if not crossed:
        return np.empty((0, 3))
    one, other = np.array(crossed).T
    share = heights[one] / (heights[one] - heights[other])
    points = corners[one] + share[:, None] * (corners[other] - corners[one])
    normal = direction / np.linalg.norm(direction)
    across = np.eye(3)[np.abs(normal).argmin()]
    across = across - (across @ normal) * normal
    about = points - points.mean(axis=0)
    order = np.arctan2(about @ np.cross(normal, across), about @ across)
    return np.asarray(points[np.argsort(order, kind="stable")])
