"""The edges of a network's diagram: lines in two signed colours, as wide as what they carry."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon

from replay.drawing.artists.signed import signed_colours
from replay.drawing.style import Style
from replay.types import Array

WIDEST, NARROWEST = 7.0, 0.18  # points; narrower lines are left out
OF_NODE = 0.2  # of a node's side, the widest line
WEAK, STRONG = 0.3, 0.9  # opacity of the thinnest and the widest
GAP = 5.0  # points between the key and its numbers
STEPS = 24  # points of its outline


def signed_ends(style: Style) -> tuple[Array, Array]:
    """The colours of negative and of positive numbers: RGBA each."""
    ramp = signed_colours(style) / 255
    return ramp[40], ramp[-41]


class Edges(LineCollection):
    """Lines from `starts` to `ends` (n, 2), in shares of the axes.

    `widest` is in points, for values of the size `limit` or more. The width grows with the size or, with a
    `power` of a half, with its root.
    """

    def __init__(
        self, axes: Axes, starts: Array, ends: Array, limit: float, widest: float, power: float, style: Style
    ) -> None:
        super().__init__(
            list(np.stack([starts, ends], axis=1)), transform=axes.transAxes, zorder=1.5, capstyle="round"
        )
        self.limit, self.widest, self.power = limit, widest, power
        self._below, self._above = signed_ends(style)
        self.set_clip_on(False)
        axes.add_collection(self, autolim=False)

    def show(self, values: Array) -> None:
        """Draw these values (n,); NaN has no line."""
        shares = np.clip(np.nan_to_num(np.abs(values.astype(np.float64)) / self.limit, posinf=1), 0, 1)
        widths = self.widest * shares**self.power
        widths[widths < NARROWEST] = 0.0
        colours = np.where((values < 0)[:, None], self._below, self._above)
        colours[:, 3] = np.where(widths > 0, WEAK + (STRONG - WEAK) * shares**self.power, 0.0)
        self.set(linewidths=widths, colors=colours)


def key(
    axes: Axes,
    place: tuple[float, float],
    long: float,
    edges: Edges,
    words: tuple[str, str],
    size: float,
    style: Style,
) -> None:
    """A wedge around a `place` in shares of the axes, from the smallest to the largest value, with its ends.

    Half of it is `long` points long; the words have this `size`.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    width, height = (float(side) * 72 / figure.dpi for side in axes.bbox.size)
    along = np.linspace(0, 1, STEPS)
    rise = edges.widest / 2 / height * along**edges.power
    look: dict[str, Any] = {"transform": axes.transAxes, "va": "center", "color": style.muted}
    for side, text, colour in zip((-1, 1), words, signed_ends(style), strict=True):
        x = place[0] + side * long / width * along
        outline = np.column_stack([[*x, *x[::-1]], [*place[1] + rise, *(place[1] - rise)[::-1]]])
        axes.add_artist(Polygon(outline, transform=axes.transAxes, facecolor=tuple(colour), linewidth=0))
        end = place[0] + side * (long + GAP) / width
        axes.text(end, place[1], text, ha="right" if side < 0 else "left", fontsize=size, **look)
