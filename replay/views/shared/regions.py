"""Class regions of a plane: probabilities on a mesh, and the boundary lines as contours."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import contourpy
import numpy as np

from replay.types import Array
from replay.views.shared.geometry import Limits, mesh

MAX_CLASSES = 200  # planes in memory; colours repeat long before


@dataclass(frozen=True)
class Regions:
    """A plane divided among the classes.

    `probabilities` (rows, columns, n_classes) lie on a mesh over `limits`, rows from the bottom up;
    `boundary` is a list of lines (n_points, 2) along which the two most likely classes tie.
    """

    limits: Limits
    probabilities: Array
    boundary: list[Array]

    @classmethod
    def over(cls, limits: Limits, points: int, probabilities_of: Callable[[Array], Array]) -> Regions:
        """Evaluate `probabilities_of` ((n, 2) → (n, n_classes)) on a mesh of points × points."""
        probabilities = probabilities_of(mesh(limits, points)).reshape(points, points, -1)
        return cls(limits, probabilities, boundary_lines(limits, probabilities))


def boundary_lines(limits: Limits, probabilities: Array) -> list[Array]:
    """The lines along which the two most likely classes tie; for two classes, P = 0.5."""
    if probabilities.shape[-1] < 2 or not np.isfinite(probabilities).all():
        return []
    # NumPy compares whole planes faster than the few classes at each point.
    planes = np.ascontiguousarray(np.moveaxis(probabilities, -1, 0))
    n_classes, rows, columns = planes.shape
    x, y = np.linspace(*limits.x, columns), np.linspace(*limits.y, rows)
    largest, second = _two_largest(planes)
    lines: list[Array] = []
    # A class's lead over its best rival changes sign at the border of its region. The last class can be
    # skipped: it shares its border with others, whose lines are already there.
    for label in range(n_classes - 1):
        rivals = np.where(planes[label] == largest, second, largest)
        lead = contourpy.contour_generator(
            x, y, planes[label] - rivals, line_type=contourpy.LineType.Separate
        )
        lines.extend(np.asarray(line) for line in lead.lines(0.0))
    return lines


def _two_largest(planes: Array) -> tuple[Array, Array]:
    """The largest and second largest of planes (n_classes, …) at each point: (rows, columns) each."""
    largest, second = np.maximum(planes[0], planes[1]), np.minimum(planes[0], planes[1])
    for plane in planes[2:]:
        second = np.maximum(second, np.minimum(largest, plane))
        largest = np.maximum(largest, plane)
    return largest, second
