"""Clipping, drawn: arrows end at the vectors, and names stay beside them within the axes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Rectangle

from replay import Replay
from replay.drawing.panels.clipping import ClippingPanel
from replay.drawing.style import LIGHT
from replay.views.clipping import BY_NORM, BY_VALUE, Clipping
from tests.helpers.pictures import faults
from tests.views.test_loss_surface import WAY, write_line


def panel_of(path: Any, kind: str) -> Any:
    with LIGHT.applied():
        figure = Figure(figsize=(5, 5))
        return ClippingPanel(figure.subplots(), Clipping(Replay(path).evaluation, kind), LIGHT)


def clipped_line(tmp_path: Any, limit: float, name: str = "global_clipnorm") -> Any:
    return write_line(tmp_path / "run.h5", WAY, optimizer={"class": "SGD", name: limit})


def end_of(arrow: Any) -> np.ndarray:
    return np.array(arrow._posA_posB[1])


@pytest.mark.parametrize("kind", [BY_VALUE, BY_NORM])
def test_the_arrow_after_ends_where_the_clipped_gradient_does(tmp_path: Any, kind: str) -> None:
    panel = panel_of(clipped_line(tmp_path, 2.0), kind)
    panel.show(0)
    frame = panel.view.at(0)
    np.testing.assert_allclose(end_of(panel.after), frame.after)
    before = end_of(panel.before)
    np.testing.assert_allclose(before / np.linalg.norm(before), frame.before / np.linalg.norm(frame.before))
    shapes = [type(patch) for patch in panel.axes.patches if isinstance(patch, Circle | Rectangle)]
    assert shapes == [Rectangle if kind == BY_VALUE else Circle]
    assert panel.names[0].get_text().startswith("before") and panel.names[1].get_text().startswith("after")


def test_the_run_s_own_way_is_told(tmp_path: Any) -> None:
    path = clipped_line(tmp_path, 2.0)
    titles = [panel_of(path, kind).axes.get_title("left") for kind in (BY_VALUE, BY_NORM)]
    assert ["(this run)" in title for title in titles] == [False, True]


@pytest.mark.parametrize("kind", [BY_VALUE, BY_NORM])
def test_a_gradient_longer_than_the_picture_leaves_it_with_its_head(tmp_path: Any, kind: str) -> None:
    panel = panel_of(clipped_line(tmp_path, 0.01), kind)
    panel.show(0)
    assert np.abs(panel.view.at(0).before).max() > panel.axes.get_xlim()[1]
    canvas = FigureCanvasAgg(panel.axes.figure)
    canvas.draw()
    head = panel.before._get_path_in_displaycoord()[0][-1].vertices  # the triangle at the end
    assert not panel.axes.bbox.padded(-1).count_contains(head)
    assert panel.before.get_clip_on()


@pytest.mark.parametrize("kind", [BY_VALUE, BY_NORM])
@pytest.mark.parametrize("limit", [0.01, 1.0, 2.0, 3.0])
def test_names_cover_no_arrow(tmp_path: Any, kind: str, limit: float) -> None:
    panel = panel_of(clipped_line(tmp_path, limit), kind)
    canvas = FigureCanvasAgg(panel.axes.figure)
    for epoch in (0, 1, 2):
        panel.show(epoch)
        canvas.draw()
        arrows = [arrow for arrow in (panel.before, panel.after) if arrow.get_visible()]
        points = np.vstack([np.linspace((0, 0), end_of(arrow), 400) for arrow in arrows])
        for words in panel.names:
            if words.get_text():
                box = words.get_window_extent(canvas.get_renderer())
                assert not box.count_contains(panel.axes.transData.transform(points)), (epoch, words)


def test_what_is_not_clipped_has_one_arrow(tmp_path: Any) -> None:
    panel = panel_of(clipped_line(tmp_path, 1e6), BY_VALUE)
    panel.show(1)
    assert not panel.before.get_visible() and panel.names[1].get_text().startswith("not clipped")


@pytest.mark.parametrize("limit", [1e-3, 2.0, 1e6])
@pytest.mark.parametrize("size", [None, (480, 300), (600, 1000)])
def test_no_words_overlap_or_leave_the_picture(tmp_path: Any, limit: float, size: Any) -> None:
    composition = Replay(clipped_line(tmp_path, limit)).view("clipping", size=size)
    for epoch in (0, 1, 3):
        assert faults(composition.plot(epoch), composition.style) == []
