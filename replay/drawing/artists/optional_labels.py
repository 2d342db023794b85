"""Labels of axes that are drawn where they have room, and left out where they would lie on something."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from replay.drawing.style import Style

OPTIONAL = "where there is room"  # marks these labels
SIZE = 0.85  # of the tick size
GAP = 2.0  # points


def label_where_room(axis: Axis, text: str, style: Style, colour: str | None = None) -> None:
    """Label an axis in small letters, if the figure turns out to have room."""
    axis.set_label_text(text, fontsize=SIZE * style.size_tick, color=colour or style.muted)
    axis.labelpad = GAP
    axis.label.set_gid(OPTIONAL)


def leave_out_labels(figure: Figure, renderer: Any) -> None:
    """Leave out the labels that leave the figure, or lie on other axes or their words."""
    every = [(axes, axis) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    marked = [(axes, axis) for axes, axis in every if axis.label.get_gid() == OPTIONAL]
    if not marked:
        return
    boxes = {axes: axes.get_tightbbox(renderer) for axes in figure.axes if axes.get_visible()}
    for axes, axis in marked:
        axis.get_tightbbox(renderer)  # which places the label
        box = axis.label.get_window_extent(renderer)
        others = [other for one, other in boxes.items() if other is not None and not _same_place(one, axes)]
        if not _within(box, figure) or any(box.overlaps(other) for other in others):
            axis.set_label_text("")


def leave_out_all(figure: Figure) -> None:
    """Leave out all of these labels, as on axes that somebody else has placed."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            if axis.label.get_gid() == OPTIONAL:
                axis.set_label_text("")


def _same_place(one: Axes, other: Axes) -> bool:
    """Whether these axes are the same, or twins."""
    return bool(np.array_equal(one.bbox.extents, other.bbox.extents))


def _within(box: Bbox, figure: Figure) -> bool:
    return bool(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.width and box.y1 <= figure.bbox.height)
