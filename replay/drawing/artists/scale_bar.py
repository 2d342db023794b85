"""A scale bar, for a plane whose limits change all the time: how long a round number is."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.ticks import short
from replay.drawing.style import Style

LONGEST = 0.25  # of the width of the axes
LEFT, BOTTOM, ABOVE = 0.05, 0.06, 3.0  # of the axes, of the axes, and points


class ScaleBar:
    """A bar in the lower left corner, with its length above it."""

    def __init__(self, axes: Axes, style: Style) -> None:
        self._axes = axes
        halo = [withStroke(linewidth=style.boundary_width * 1.5, foreground=style.background)]
        (self._line,) = axes.plot(
            [], [], transform=axes.transAxes, color=style.ink, linewidth=style.boundary_width, zorder=5,
            solid_capstyle="butt", path_effects=halo,
        )  # fmt: skip
        self._words = axes.annotate(
            "", (LEFT, BOTTOM), xycoords="axes fraction", xytext=(0, ABOVE), textcoords="offset points",
            color=style.ink, fontsize=style.size_tick, va="bottom", path_effects=halo, zorder=5,
        )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The bar and its number."""
        return [self._line, self._words]

    def show(self) -> None:
        """Show the longest round length that fits into the axes as they are now."""
        left, right = self._axes.get_xlim()
        length = _round(LONGEST * (right - left))
        self._line.set_data([LEFT, LEFT + length / (right - left)], [BOTTOM, BOTTOM])
        self._words.set_text(short(length))


def _round(longest: float) -> float:
    """The largest of 1, 2 or 5 times a power of ten up to `longest`."""
    power = 10.0 ** math.floor(math.log10(longest))
    return float(max(step * power for step in (1, 2, 5) if step * power <= longest * (1 + 1e-9)))
