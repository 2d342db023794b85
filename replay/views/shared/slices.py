"""Where classes tie within a box, as the lines that they draw on some slices of it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from replay.runs.task import ByClass
from replay.types import Array
from replay.views.shared.boundary import boundary_lines, leading_class
from replay.views.shared.box import Box
from replay.views.shared.geometry import Limits, mesh

A_SIDE = 3  # slices across each axis
POINTS = 25  # a side of the mesh over a slice


def tie_lines(box: Box, answers_of: Callable[[Array], ByClass]) -> list[Array]:
    """The lines (n_points, 3), in the box's coordinates, along which the two leading classes tie.

    `answers_of` takes activations (n, 3). All slices are answered at once, on a coarse mesh: between its
    points scores count as linear, which is exact where they are the logits of these units.
    """
    slices = [(axis, level) for axis in range(3) for level in (np.arange(A_SIDE) + 0.5) / A_SIDE * 2 - 1]
    meshes = np.stack([_on_slice(box, *one, mesh(_limits(box, one[0]), POINTS)) for one in slices])
    answers = answers_of(box.back(meshes.reshape(-1, 3)).astype(np.float32))
    scores = answers.scores.reshape(len(slices), POINTS, POINTS, -1)
    return [
        _on_slice(box, axis, level, line)
        for (axis, level), of_slice in zip(slices, scores, strict=True)
        for line in boundary_lines(_limits(box, axis), of_slice, leading_class(of_slice))
    ]


def _limits(box: Box, axis: int) -> Limits:
    """A slice across this axis, in the box's coordinates."""
    first, second = np.delete(box.half, axis)
    return Limits((-float(first), float(first)), (-float(second), float(second)))


def _on_slice(box: Box, axis: int, level: float, points: Array) -> Array:
    """Points (n, 2) of a slice at this level, from −1 to 1, of an axis, in the box's coordinates."""
    return np.insert(points.astype(np.float64), axis, level * box.half[axis], axis=1)
