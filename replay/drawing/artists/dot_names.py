"""Names beside dots that move: right of each or left of it, and moved apart where dots are close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.end_labels import spread
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.words import Words
from replay.drawing.style import Style
from replay.types import Array

SIZE = 0.9  # of the tick size
BESIDE = 0.12  # inches between a dot and its name
LINE = 1.15  # the height of a name, as a multiple of the font size
WIDEST = 0.3  # of the axes


class DotNames:
    """A name for each of some dots, in its colour."""

    def __init__(self, axes: Axes, names: Sequence[str], colours: Sequence[str], style: Style) -> None:
        self._axes = axes
        size = SIZE * style.size_tick
        short = short_names(names, WIDEST * size_in_inches(axes)[0], size, style)
        self._widths = np.array([width_in_inches(name, size, style) for name in short])
        self._line = LINE * size / 72
        self.words = [
            Words(
                0, 0, name, transform=axes.transAxes, color=colour, fontsize=size, zorder=4,
                ha="left", va="center_baseline", fontweight="bold",
                path_effects=[withStroke(linewidth=3, foreground=style.background)],
            )
            for name, colour in zip(short, colours, strict=True)
        ]  # fmt: skip
        for words in self.words:
            axes.add_artist(words)

    @property
    def moving(self) -> list[Artist]:
        """The names."""
        return [*self.words]

    def show(self, points: Array) -> None:
        """Place the names beside these points (n, 2)."""
        room = np.array(size_in_inches(self._axes))
        ends = np.array([self._axes.get_xlim(), self._axes.get_ylim()])
        at = (points - ends[:, 0]) / (ends[:, 1] - ends[:, 0]) * room
        left = at[:, 0] + BESIDE
        beyond = left + self._widths > room[0]
        left = np.where(beyond, at[:, 0] - BESIDE - self._widths, left)
        heights = self._apart(left, at[:, 1], room[1])
        for words, x, y in zip(self.words, left / room[0], heights / room[1], strict=True):
            words.set_position((float(x), float(y)))

    def _apart(self, left: Array, wanted: Array, height: float) -> Array:
        """The heights of names from `left` on: apart where names lie above one another."""
        right, heights = left + self._widths, wanted.astype(float)
        for group in _meeting(left, right):
            order = group[np.argsort(wanted[group], kind="stable")]
            heights[order] = spread(
                wanted[order].tolist(), self._line, self._line / 2, height - self._line / 2
            )
        return heights


def _meeting(left: Array, right: Array) -> list[Array]:
    """The numbers of the intervals, in groups that are joined by those that meet."""
    groups: list[list[int]] = []
    reach = -np.inf
    for number in np.argsort(left, kind="stable"):
        if left[number] > reach:
            groups.append([])
        groups[-1].append(int(number))
        reach = max(reach, float(right[number]))
    return [np.array(group) for group in groups]
