"""Room for the numbers at axes: fewer where they would overlap, margins as wide as the widest needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator
from matplotlib.transforms import Bbox

from replay.drawing.artists.optional_labels import OPTIONAL
from replay.film.frames import Moving

APART = 0.35  # of the font size, between two numbers
PAD = 3.0  # points between what is beside axes and the next axes, or the edge of the figure
NARROWEST = 0.5  # of the width of axes, which is left to them


def fit_numbers(figure: Figure, panels: Sequence[Moving], moments: Iterable[float], renderer: Any) -> None:
    """Thin out numbers that overlap, and widen margins that are too narrow for them.

    Numbers of axes that change are measured at all of these `moments` (epochs).
    """
    changing = [
        panel
        for panel in panels
        if any(axis in panel.moving for axes in figure.axes for axis in (axes.xaxis, axes.yaxis))
    ]
    overhangs: dict[Axes, tuple[float, float]] = {}
    for moment in list(moments) if changing else [None]:
        for panel in changing:
            assert moment is not None
            panel.show(moment)
        _thin_out(figure, renderer)
        for axes in figure.axes:
            left, right = overhangs.get(axes, (0.0, 0.0))
            more_left, more_right = _overhang(axes, renderer)
            overhangs[axes] = max(left, more_left), max(right, more_right)
    _make_room(figure, overhangs, PAD * figure.dpi / 72)
    _thin_out(figure, renderer)  # axes may be narrower now


def _thin_out(figure: Figure, renderer: Any) -> None:
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _thin_out_axis(axis, renderer)


def _thin_out_axis(axis: Axis, renderer: Any) -> None:
    """Leave out numbers until none overlaps the next: by another choice of ticks, else one by one."""
    locator = axis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        most = len(_ticks(axis))
        while most > 1 and _overlap(_words_of(_ticks(axis)), renderer):
            most -= 1
            locator.set_params(nbins=most, min_n_ticks=1)
        return
    kept: list[Tick] = []
    shown = _ticks(axis)
    for tick in shown:
        if not _overlap(_words_of([*kept[-1:], tick]), renderer):
            kept.append(tick)
    if len(kept) < len(shown):
        axis.set_ticks([tick.get_loc() for tick in kept], [tick.label1.get_text() for tick in kept])


def _ticks(axis: Axis) -> list[Tick]:
    """The ticks that are shown at an axis, in order."""
    found: list[Tick] = axis._update_ticks()  # type: ignore[attr-defined]
    return sorted(found, key=lambda tick: tick.get_loc())


def _words_of(ticks: Sequence[Tick]) -> list[Text]:
    labels = [label for tick in ticks for label in (tick.label1, tick.label2)]
    return [label for label in labels if label.get_visible() and label.get_text()]


def _overlap(numbers: Sequence[Text], renderer: Any) -> bool:
    boxes = [(number.get_window_extent(renderer), number.get_fontsize()) for number in numbers]
    for (one, size), (other, _) in pairwise(boxes):
        gap = APART * renderer.points_to_pixels(size)
        across = max(one.x0, other.x0) - min(one.x1, other.x1)
        up = max(one.y0, other.y0) - min(one.y1, other.y1)
        if across < gap and up < 0:
            return True
    return False


def _overhang(axes: Axes, renderer: Any) -> tuple[float, float]:
    """How far numbers and labels reach beyond the left and the right end of axes, in pixels."""
    boxes = [box for axis in (axes.xaxis, axes.yaxis) if (box := _box_of(axis, renderer)) is not None]
    if not boxes or not axes.axison:
        return 0.0, 0.0
    around = Bbox.union(boxes)
    return max(0.0, float(axes.bbox.x0 - around.x0)), max(0.0, float(around.x1 - axes.bbox.x1))


def _box_of(axis: Axis, renderer: Any) -> Bbox | None:
    """What an axis takes with its numbers, and its label if it must be there."""
    label = axis.label
    shown = label.get_visible()
    label.set_visible(shown and label.get_gid() != OPTIONAL)
    box = axis.get_tightbbox(renderer)
    label.set_visible(shown)
    return box


def _make_room(figure: Figure, overhangs: dict[Axes, tuple[float, float]], pad: float) -> None:
    """Make axes narrower whose numbers would leave the figure or lie on the axes beside them."""
    width = float(figure.bbox.width)
    boxes = {axes: axes.get_position(original=True) for axes in figure.axes}
    for axes, box in boxes.items():
        left, right = (max(overhangs[one][side] for one in _sharing(box, boxes)) for side in (0, 1))
        start, stop = 0.0, width
        for other, place in boxes.items():
            if place.y1 <= box.y0 or place.y0 >= box.y1 or place == box:
                continue
            if place.x1 <= box.x0:
                start = max(start, place.x1 * width + overhangs[other][1])
            elif place.x0 >= box.x1:
                stop = min(stop, place.x0 * width)
        low = max(
            box.x0 * width, min(start + pad + left, box.x0 * width + (1 - NARROWEST) * box.width * width)
        )
        high = min(box.x1 * width, max(stop - pad - right, low + NARROWEST * box.width * width))
        if (low, high) != (box.x0 * width, box.x1 * width):
            axes.set_position(Bbox.from_extents(low / width, box.y0, high / width, box.y1))


def _sharing(box: Bbox, boxes: dict[Axes, Bbox]) -> list[Axes]:
    """The axes that share this place, such as those of two curves with axes of their own."""
    return [axes for axes, place in boxes.items() if place == box]
