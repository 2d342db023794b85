"""The directions of a layer's units on a plane, as numbered rays: a small biplot in a corner."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Ellipse
from matplotlib.patheffects import withStroke

from replay.drawing.style import Style
from replay.types import Array

RADIUS = 0.085  # of the shorter side of the axes
INSET = 0.045  # between the circle and the sides
BEYOND = 1.32  # of a ray's length, where its number is
APART = 0.3  # of the radius, the ends of two rays whose numbers would lie on one another
LEAST = 0.22  # of the radius: the number of a shorter ray would lie on others


class Rays:
    """Rays (2,) of some units, `units` counted from 0, as shares of the longest, in a corner of the axes."""

    def __init__(self, axes: Axes, units: Array, style: Style, on_right: bool, on_top: bool) -> None:
        width, height = axes.bbox.size
        self._radius = RADIUS * min(width, height) / np.array([width, height])
        inset = INSET * min(width, height) / np.array([width, height]) + 1.3 * self._radius
        self._middle = np.where([on_right, on_top], 1 - inset, inset)
        halo = [withStroke(linewidth=style.boundary_width * 1.2, foreground=style.background)]
        self._circle = Ellipse(
            tuple(self._middle), *(2 * self._radius), transform=axes.transAxes, facecolor="none",
            edgecolor=style.faint, linewidth=1.0, zorder=4.5,
        )  # fmt: skip
        axes.add_artist(self._circle)
        self._lines = [
            axes.plot([], [], transform=axes.transAxes, color=style.unit_colour(int(unit)), linewidth=1.6,
                      solid_capstyle="round", zorder=4.6)[0]
            for unit in units
        ]  # fmt: skip
        self._words = [
            axes.text(0, 0, str(int(unit) + 1), transform=axes.transAxes, color=style.unit_colour(int(unit)),
                      fontsize=0.8 * style.size_tick, ha="center", va="center", path_effects=halo, zorder=4.7)
            for unit in units
        ]  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The circle, the rays and their numbers."""
        return [self._circle, *self._lines, *self._words]

    def show(self, rays: Array) -> None:
        """Show rays (n_units, 2), at most 1 long."""
        ends = self._middle + rays * self._radius
        numbers = self._middle + rays * self._radius * BEYOND
        long = np.hypot(*rays.T) >= LEAST
        for number in range(1, len(rays)):  # a number gives way to those before it
            near = np.hypot(*(rays[:number] - rays[number]).T) < APART
            long[number] &= not (near & long[:number]).any()
        for line, words, end, place, shown in zip(self._lines, self._words, ends, numbers, long, strict=True):
            line.set_data(*np.stack([self._middle, end], axis=1))
            words.set_position(tuple(place))
            words.set_visible(bool(shown))
