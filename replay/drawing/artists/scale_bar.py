"""A scale bar, for a plane whose limits change all the time: how long a round number is."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.ticks import short
from replay.drawing.style import Style
from replay.types import Array

LONGEST = 0.25  # of the width of the axes
ASIDE, UP, ABOVE = 0.05, 0.06, 3.0  # of the axes, of the axes, and points
CORNER = 0.3  # of the axes, which a bar and its number may take


class ScaleBar:
    """A bar in a lower corner, the one with fewer `points` (…, 2) of these shares of the axes.

    `on_right` says which it is.
    """

    def __init__(self, axes: Axes, style: Style, points: Array) -> None:
        self._axes = axes
        with np.errstate(invalid="ignore"):
            low = points[points[..., 1] < CORNER][:, 0]
            self.on_right = bool((low > 1 - CORNER).sum() < (low < CORNER).sum())
        halo = [withStroke(linewidth=style.boundary_width * 1.5, foreground=style.background)]
        (self._line,) = axes.plot(
            [], [], transform=axes.transAxes, color=style.ink, linewidth=style.boundary_width, zorder=5,
            solid_capstyle="butt", path_effects=halo,
        )  # fmt: skip
        place, side = (1 - ASIDE, "right") if self.on_right else (ASIDE, "left")
        self._words = axes.annotate(
            "", (place, UP), xycoords="axes fraction", xytext=(0, ABOVE), textcoords="offset points",
            color=style.ink, fontsize=style.size_tick, ha=side, va="bottom", path_effects=halo, zorder=5,
        )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The bar and its number."""
        return [self._line, self._words]

    def show(self) -> None:
        """Show the longest round length that fits into the axes as they are now."""
        left, right = self._axes.get_xlim()
        length = _round(LONGEST * (right - left))
        share = length / (right - left)
        start = 1 - ASIDE - share if self.on_right else ASIDE
        self._line.set_data([start, start + share], [UP, UP])
        self._words.set_text(short(length))


def _round(longest: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten up to `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)))
