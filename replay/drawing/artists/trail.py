"""The trail of a run over a surface: its path, a dot where it is now, and an arrow along its last step."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.quiver import Quiver

from replay.drawing.artists.arrows import HEAD
from replay.drawing.identity import Look
from replay.drawing.style import Style
from replay.types import Array

PATH, HALO = 0.85, 2.2  # of a curve's width, and that many times as wide
STOPS, DOT, END = 2.6, 8.5, 9.0  # points, the snapshots on the path, the dot, the cross of a path that ends
MOST_STOPS = 400  # snapshots that are marked
ARROW = 2.0  # points


class Trail:
    """The path up to now. Once it has `ended`, as weights are no longer finite, a cross is its last point."""

    def __init__(self, axes: Axes, look: Look, style: Style) -> None:
        width = PATH * style.curve_width
        self._colour, self._paper = look.colour, style.background
        self._is_plain = look.dashes == "-"  # stops would fill the gaps of dashes
        rounded: dict[str, Any] = {"solid_capstyle": "round", "solid_joinstyle": "round"}
        (self._halo,) = axes.plot(
            [], [], color=style.background, linewidth=HALO * width, alpha=0.75, zorder=2, **rounded
        )
        (self.path,) = axes.plot(
            [], [], color=look.colour, linestyle=look.dashes, linewidth=width, zorder=2.1, **rounded
        )
        (self._stops,) = axes.plot([], [], "o", color=look.colour, markersize=STOPS, zorder=2.2)
        edge: dict[str, Any] = {"markeredgecolor": style.background, "zorder": 3.2, "clip_on": False}
        (self.dot,) = axes.plot([], [], "o", color=look.colour, markersize=DOT, **edge)
        (self.cross,) = axes.plot([], [], "X", color=style.error, markersize=END, **edge)
        self.arrow = Quiver(
            axes, [0.0], [0.0], [0.0], [0.0], angles="xy", scale_units="xy", scale=1.0, units="inches",
            width=ARROW / 72, color=look.colour, edgecolor=style.background, linewidth=0.5, zorder=3, **HEAD,
        )  # fmt: skip
        axes.add_collection(self.arrow, autolim=False)

    @property
    def moving(self) -> list[Artist]:
        """From back to front."""
        return [self._halo, self.path, self._stops, self.arrow, self.dot, self.cross]

    def show(self, path: Array, along: Array, ended: bool, off: bool) -> None:
        """Draw the path (n, 2), whose last point is now, and from there an arrow `along` (2,).

        The dot is hollow where the run is `off` the surface.
        """
        for line in (self._halo, self.path):
            line.set_data(path[:, 0], path[:, 1])
        stops = path[:-1] if len(path) <= MOST_STOPS and self._is_plain else path[:0]
        self._stops.set_data(stops[:, 0], stops[:, 1])
        now, nowhere = path[-1:], path[:0]
        self.dot.set_data(*(nowhere if ended else now).T)
        self.dot.set(
            markerfacecolor=self._paper if off else self._colour,
            markeredgecolor=self._colour if off else self._paper,
        )
        self.cross.set_data(*(now if ended else nowhere).T)
        if ended or not np.isfinite(along).all():
            along = np.zeros(2)
        self.arrow.set_offsets(now)
        self.arrow.XY = now
        self.arrow.set_UVC(*along[:, None])
