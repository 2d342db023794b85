"""The staircase of backpropagation, drawn: treads at the means, risers in the hue of their factors."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay, RunWriter
from replay.drawing.panels.backprop import BackpropPanel
from replay.drawing.style import LIGHT
from replay.views.backprop import Backprop
from tests.helpers.pictures import faults


def panel_of(path: Any) -> Any:
    with LIGHT.applied():
        return BackpropPanel(Figure(figsize=(12, 6)).subplots(), Backprop(Replay(path).evaluation), LIGHT)


def test_treads_are_at_the_means_and_risers_join_them(make_run: Any) -> None:
    panel = panel_of(make_run(units=(2, 4, 3, 1), activation="sigmoid"))
    panel.show(2)
    frame = panel.view.at(2)
    heights = [segment[0, 1] for segment in panel.treads.get_segments()]
    expected = [frame.of_z[0], *np.column_stack([frame.of_a[1:], frame.of_z[1:]]).ravel()]
    np.testing.assert_allclose(heights, expected)
    ends = np.array([segment[:, 1] for segment in panel.risers.get_segments()])
    np.testing.assert_allclose(ends, np.column_stack([expected[:-1], expected[1:]]))


def test_factors_are_blue_below_1_and_red_above(make_run: Any) -> None:
    panel = panel_of(make_run(units=(2, 4, 3, 1), activation="sigmoid"))
    panel.show(2)
    frame = panel.view.at(2)
    blue, red = panel._hues
    for row, values in zip(panel.factors, (frame.by_weights, frame.by_activation), strict=True):
        assert row[0].get_text() == ""
        for words, value in zip(row[1:], values[1:], strict=True):
            assert float(words.get_text()) == pytest.approx(value, rel=0.06)
            assert words.get_color() == (red if value > 1 else blue)


def test_the_axis_does_not_move(make_run: Any) -> None:
    panel = panel_of(make_run(units=(2, 4, 3, 1)))
    limits = panel.axes.get_ylim()
    for epoch in range(5):
        panel.show(epoch)
        for segment in panel.treads.get_segments():
            assert limits[0] < segment[0, 1] < limits[1]
    assert panel.axes.get_ylim() == limits


def test_a_run_that_diverged_shows_its_last_finite_chain(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run()).recording
    with RunWriter(tmp_path / "nan.h5", source.description, source.inputs, source.targets) as writer:
        writer.snapshot(0, [array[0] for array in source.weights_at(0)])
        writer.snapshot(1, [array[0] * np.nan for array in source.weights_at(0)])
    panel = panel_of(tmp_path / "nan.h5")
    panel.show(1)
    assert panel.treads.get_segments()
    assert "this is epoch 0" in panel.finite._notice.words.get_text()


@pytest.mark.parametrize("n_layers", [1, 10, 40])
@pytest.mark.parametrize("size", [None, (480, 320)])
def test_no_words_overlap_whatever_the_depth(make_run: Any, n_layers: int, size: Any) -> None:
    replay = Replay(make_run(units=(2, *[3] * n_layers, 1), n_snapshots=2))
    composition = replay.view("backprop", size=size)
    assert faults(composition.plot(1), composition.style) == []


def test_layers_are_named_where_factors_stand(make_run: Any) -> None:
    path = make_run(units=(2, *[3] * 11, 1), activation="sigmoid")
    for width in (3.5, 4.5, 6, 9):
        with LIGHT.applied():
            axes = Figure(figsize=(width, 3)).subplots()
            panel = BackpropPanel(axes, Backprop(Replay(path).evaluation), LIGHT)
        named = [round(float(tick) - 0.5) for tick in axes.get_xticks()]
        assert len(named) >= 2 and set(named) <= set(panel._numbered)
