"""Labels of axes that are drawn where they have room, and left out where they would lie on something."""

from __future__ import annotations

from collections.abc import Mapping
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
PAD = 3.0  # points that are kept beside a label for which room is made
NARROWER = 0.12  # of the width of axes, which may go to a label


def label_where_room(axis: Axis, text: str, style: Style, colour: str | None = None) -> None:
    """Label an axis in small letters, if the figure turns out to have room."""
    axis.set_label_text(text, fontsize=SIZE * style.size_tick, color=colour or style.muted)
    axis.labelpad = GAP
    axis.label.set_gid(OPTIONAL)


def make_room_for_labels(figure: Figure, renderer: Any) -> None:
    """Make axes a little narrower, with those above and below them, where wide numbers push their label away.

    Only at the left: a label that is too long for its axis, or lies on something else, gains no room by it.
    """
    boxes = _boxes(figure, renderer)
    needed: dict[tuple[float, float], float] = {}  # pixels, by the ends of the axes
    for axes in figure.axes:
        if axes.yaxis.label.get_gid() != OPTIONAL or not axes.yaxis.label.get_text():
            continue
        missing = _missing(axes, boxes, figure, renderer)
        if 0 < missing <= NARROWER * axes.bbox.width:
            ends = _ends(axes)
            needed[ends] = max(needed.get(ends, 0.0), missing)
    for axes in figure.axes:
        if (missing := needed.get(_ends(axes), 0.0)) > 0:
            box = axes.get_position(original=True)
            left = box.x0 + missing / figure.bbox.width
            axes.set_position(Bbox.from_extents(left, box.y0, box.x1, box.y1))


def _missing(axes: Axes, boxes: Mapping[Axes, Bbox], figure: Figure, renderer: Any) -> float:
    """How far the label of the vertical axis must move to the right, in pixels, to lie on nothing."""
    axes.yaxis.get_tightbbox(renderer)  # which places the label
    box = axes.yaxis.label.get_window_extent(renderer)
    beside = [
        other for one, other in boxes.items() if not _same_place(one, axes) and _overlaps_up(box, other)
    ]
    if box.x0 > axes.bbox.x0 or box.y0 < 0 or box.y1 > figure.bbox.height:
        return 0.0
    if any(other.x1 > axes.bbox.x0 and other.x0 < axes.bbox.x0 for other in beside):
        return 0.0
    before = [other.x1 for other in beside if other.x1 <= axes.bbox.x0]
    missing = float(max([0.0, *before]) - box.x0)
    return missing + PAD * figure.dpi / 72 if missing > 0 else 0.0


def _overlaps_up(one: Bbox, other: Bbox) -> bool:
    return bool(one.y0 < other.y1 and one.y1 > other.y0)


def _ends(axes: Axes) -> tuple[float, float]:
    box = axes.get_position(original=True)
    return round(box.x0, 6), round(box.x1, 6)


def _boxes(figure: Figure, renderer: Any) -> dict[Axes, Bbox]:
    """What each axes take, with their words, but without what has no place yet and stands at (0, 0)."""
    boxes = {}
    for axes in figure.axes:
        if not axes.get_visible():
            continue
        every = axes.get_default_bbox_extra_artists()
        placed = [artist for artist in every if _is_placed(artist.get_window_extent(renderer))]
        boxes[axes] = axes.get_tightbbox(renderer, bbox_extra_artists=placed)
    return {axes: box for axes, box in boxes.items() if box is not None}


def _is_placed(box: Bbox | None) -> bool:
    return box is None or (bool(np.isfinite(box.extents).all()) and box.x0 + box.x1 + box.y0 + box.y1 > 0)


def leave_out_labels(figure: Figure, renderer: Any) -> None:
    """Leave out the labels that leave the figure, or lie on other axes or their words."""
    every = [(axes, axis) for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    marked = [(axes, axis) for axes, axis in every if axis.label.get_gid() == OPTIONAL]
    if not marked:
        return
    boxes = _boxes(figure, renderer)
    for axes, axis in marked:
        axis.get_tightbbox(renderer)  # which places the label
        box = axis.label.get_window_extent(renderer)
        others = [other for one, other in boxes.items() if not _same_place(one, axes)]
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
