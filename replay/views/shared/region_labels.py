"""Where to write a class's name on a plane: whole within a region in which the network answers the class."""

from __future__ import annotations

import numpy as np

from replay.types import Array
from replay.views.shared.regions import Regions

FINEST = 100  # points a side of the mesh that places are chosen from


def label_places(regions: Regions, wanted: Array, size: tuple[float, float]) -> Array:
    """The middle of each class's label: (n_classes, 2), NaN for a class that has no region with room for it.

    The place is a point of the mesh. It is the closest to `wanted` (n_classes, 2) around which a box of
    `size`, in the plane's units, lies in regions of the class. Where nothing finite is wanted, it is the
    closest to the middle of the plane.
    """
    step = -(-max(regions.leading.shape) // FINEST)
    leading = regions.leading[::step, ::step]
    rows, columns = regions.leading.shape
    x, y = np.linspace(*regions.limits.x, columns)[::step], np.linspace(*regions.limits.y, rows)[::step]
    cell = np.array([x[1] - x[0], y[1] - y[0]])
    across, up = np.ceil(np.array(size) / 2 / cell).astype(int).tolist()
    middle = np.array([x.mean(), y.mean()])
    places = np.full((len(wanted), 2), np.nan)
    for label, target in enumerate(np.where(np.isfinite(wanted), wanted, middle)):
        row, column = _with_room(leading == label, up, across)
        if len(row):
            candidates = np.column_stack([x[column], y[row]])
            places[label] = candidates[(((candidates - target) / cell) ** 2).sum(axis=1).argmin()]
    return places


def _with_room(inside: Array, up: int, across: int) -> tuple[Array, Array]:
    """Rows and columns of the points around which all are `inside`, so many up, down and across."""
    if not inside.any() or 2 * up >= inside.shape[0] or 2 * across >= inside.shape[1]:
        return np.empty(0, dtype=int), np.empty(0, dtype=int)
    total = np.pad(inside.astype(np.int32).cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    high, wide = 2 * up + 1, 2 * across + 1
    counts = total[high:, wide:] - total[:-high, wide:] - total[high:, :-wide] + total[:-high, :-wide]
    row, column = np.nonzero(counts == high * wide)
    return row + up, column + across
