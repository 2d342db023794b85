"""Contours: the lines along which a surface over a plane has a given height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import contourpy
import numpy as np

from replay.types import Array
from replay.views.shared.geometry import Limits


def contours(values: Array, limits: Limits, levels: Sequence[float]) -> list[list[Array]]:
    """The lines of each level (n, 2) on a mesh of `values` over `limits`; none where they are not finite."""
    rows, columns = values.shape
    generator = contourpy.contour_generator(
        np.linspace(*limits.x, columns),
        np.linspace(*limits.y, rows),
        np.ma.masked_invalid(values),
        line_type=contourpy.LineType.Separate,
    )
    return [cast(list[Array], generator.lines(level)) for level in levels]
