"""Stacked histogram bars: right in one colour, misclassified hatched in another."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.histogram import HistogramFrame


class Bars:
    """The bars of a histogram over `edges` (n_bins + 1,), on an axis up to `highest`."""

    def __init__(self, axes: Axes, edges: Array, highest: int, colour: str, style: Style) -> None:
        self.edges = edges
        none = np.zeros(len(edges) - 1)
        look: dict[str, Any] = {"fill": True, "edgecolor": style.background, "linewidth": 0.6}
        self.right = axes.stairs(none, edges, facecolor=colour, label="right", **look)
        self.wrong = axes.stairs(
            none,
            edges,
            baseline=none,
            facecolor=style.error,
            hatch=style.error_hatch,
            label="misclassified",
            **look,
        )
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, max(1, highest) * 1.06)
        axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        short_numbers(axes.yaxis)
        label_where_room(axes.yaxis, "samples", style)

    def show(self, frame: HistogramFrame) -> None:
        """Set the bars to these counts."""
        self.right.set_data(frame.right, self.edges, 0)
        top, base = frame.right + frame.wrong, cast(Any, frame.right)  # matplotlib takes an array, too
        self.wrong.set_data(top, self.edges, base)
        self.wrong.set_visible(bool(frame.wrong.any()))  # an empty hatch takes as long to draw as a full one

    @property
    def moving(self) -> list[Artist]:
        """Both kinds of bars."""
        return [self.right, self.wrong]
