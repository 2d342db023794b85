"""A page divides its room in inches."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from replay import Replay
from replay.drawing.layout import BOTTOM, LEFT, RIGHT, TITLE, Layout
from replay.drawing.sizes import Shape, Size, shape
from replay.drawing.style import LIGHT

SHAPE = Shape(12.0, 6.0, 50.0)


def page(path: Any, size: Size | None = None, **choices: bool) -> Layout:
    with LIGHT.applied():
        return Layout.of_run(Replay(path).evaluation, LIGHT, shape(SHAPE, size), **choices)


@pytest.mark.parametrize("size", [None, Size(500, 500), Size(300, 600)])
def test_the_room_leaves_margins_in_inches(make_run: Any, size: Size | None) -> None:
    made = page(make_run(), size)
    width, height = made.figure.get_size_inches()
    box = made.room.get_position(made.figure)
    assert box.x0 * width == pytest.approx(LEFT)
    assert (1 - box.x1) * width == pytest.approx(RIGHT)
    assert box.y0 * height == pytest.approx(BOTTOM)
    assert (1 - box.y1) * height == pytest.approx(made.header.height + TITLE)


@pytest.mark.parametrize(("rows", "columns"), [(1, 2), (2, 1), (3, 4)])
def test_cells_are_as_far_apart_as_asked_for(make_run: Any, rows: int, columns: int) -> None:
    made = page(make_run())
    grid = made.split(made.room, rows, columns, gap=(0.4, 0.6))
    boxes = [
        [grid[row, column].get_position(made.figure) for column in range(columns)] for row in range(rows)
    ]
    for above, below in pairwise(boxes):
        assert (above[0].y0 - below[0].y1) * 6 == pytest.approx(0.4)
    for left, right in pairwise(boxes[0]):
        assert (right.x0 - left.x1) * 12 == pytest.approx(0.6)
    room = made.room.get_position(made.figure)
    assert boxes[0][0].x0 == pytest.approx(room.x0) and boxes[-1][-1].x1 == pytest.approx(room.x1)
    assert boxes[0][0].y1 == pytest.approx(room.y1) and boxes[-1][-1].y0 == pytest.approx(room.y0)


def test_cells_share_the_room_in_the_proportions_asked_for(make_run: Any) -> None:
    made = page(make_run())
    left, right = (
        made.split(made.room, 1, 2, gap=(0, 0.5), widths=(1, 3))[0, column].get_position(made.figure)
        for column in (0, 1)
    )
    assert right.width == pytest.approx(3 * left.width)


def test_legend_captions_and_clock_can_be_left_out(make_run: Any) -> None:
    path = make_run(n_snapshots=12)
    plain = page(path, legend=False, captions=False, clock=False)
    assert plain.figure.legends == []
    plain.header.show(11)
    assert plain.header.caption.get_text() == "" and not plain.header.epoch.get_visible()
    full = page(path)
    assert len(full.figure.legends) == 1
    full.header.show(11)
    assert full.header.caption.get_text() and full.header.epoch.get_visible()


def test_titles_of_axes_are_made_to_fit_them(make_run: Any) -> None:
    path = make_run()
    made = page(path)
    grid = made.split(made.room, 1, 4, gap=(0, 0.6))
    with LIGHT.applied():
        axes = [made.figure.add_subplot(grid[0, column]) for column in range(4)]
        for one, title in zip(
            axes, ["short", "Loss and sparse categorical accuracy " * 2, "", "x"], strict=True
        ):
            one.set_title(title)
        made.composition([], [Replay(path).evaluation])
    titles = [one.get_title("left") for one in axes]
    assert titles[0] == "short" and titles[2:] == ["", "x"]
    assert titles[1].startswith("Loss and sparse") and "…" in titles[1]
    long = axes[1]._left_title  # type: ignore[attr-defined]
    assert long.get_window_extent().x1 < axes[2].bbox.x0
