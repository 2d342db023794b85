"""Class regions of a plane: probabilities on a mesh, and the boundary lines between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from replay.runs.task import ByClass
from replay.types import Array
from replay.views.shared.boundary import boundary_lines, leading_class
from replay.views.shared.geometry import Limits, mesh

MAX_CLASSES = 200  # planes in memory; colours repeat long before


@dataclass(frozen=True)
class Regions:
    """A plane divided among the classes.

    `probabilities` (rows, columns, n_classes) lie on a mesh over `limits`, rows from the bottom up;
    `leading` (rows, columns) is the class that is answered there, NOBODY where none is; `boundary` is a list
    of lines (n_points, 2) along which the two most likely classes tie.
    """

    limits: Limits
    probabilities: Array
    leading: Array
    boundary: list[Array]

    @classmethod
    def over(
        cls,
        limits: Limits,
        points: int,
        answers_of: Callable[[Array], ByClass],
        boundary: list[Array] | None = None,
    ) -> Regions:
        """Evaluate `answers_of`, from (n, 2) to the answers by class, on a mesh of points × points.

        The `boundary` is found there, unless it is known already.
        """
        answers = answers_of(mesh(limits, points))
        probabilities, scores = (each.reshape(points, points, -1) for each in answers)
        leading = leading_class(scores)
        if boundary is None:
            boundary = boundary_lines(limits, scores, leading, lambda places: answers_of(places).scores)
        return cls(limits, probabilities, leading, boundary)
