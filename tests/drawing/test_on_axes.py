"""Panels on axes of one's own: what their options draw."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba

from replay import Replay, datasets, theme
from replay.drawing.artists.plane import MAX_MARKERS
from replay.drawing.composition import Composition
from tests.conftest import MakeRun


def drawn_whole(composition: Composition, epoch: float) -> np.ndarray:
    """The picture of an epoch, drawn by matplotlib from scratch."""
    with composition.style.applied():
        canvas = FigureCanvasAgg(composition.plot(epoch))
        canvas.draw()
    return np.asarray(canvas.buffer_rgba()).astype(int)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_axes_of_another_background_take_the_colours_of_the_theme(make_run: MakeRun, name: str) -> None:
    style = theme(name)
    replay = Replay(make_run(), style=style)
    with plt.style.context("dark_background" if name == "light" else "default"):
        figure, (ax, untouched) = plt.subplots(1, 2)
        label_colour = untouched.xaxis.label.get_color()
        replay.build_loss_histogram(ax).plot(3)
    for part in (ax.get_facecolor(), figure.get_facecolor()):
        assert to_rgba(part) == to_rgba(style.background)
    for words in (*ax.get_xticklabels(), ax.xaxis.label):
        assert to_rgba(words.get_color()) == to_rgba(style.muted)
    assert untouched.xaxis.label.get_color() == label_colour


@pytest.mark.parametrize("n", [30, MAX_MARKERS // 2 + 1], ids=["markers", "density"])
def test_axes_that_follow_the_samples_are_drawn_anew_in_each_frame(make_run: MakeRun, n: int) -> None:
    replay = Replay(make_run(data=datasets.parabola(n)))
    figure, ax = plt.subplots(figsize=(4, 4))
    composition = replay.build_feature_space(ax, scale_fixed=False)
    frames = [frame.copy().astype(int) for frame in composition.animate(pace="uniform").frames()]
    limits = set()
    for epoch, frame in enumerate(frames):
        whole = drawn_whole(composition, epoch)
        assert (np.abs(frame - whole).max(axis=-1) > 8).mean() < 0.001
        limits.add((ax.get_xlim(), ax.get_ylim()))
    assert len(limits) == len(frames)
    assert figure is composition.figure


def test_fixed_axes_keep_their_limits(make_run: MakeRun) -> None:
    _, ax = plt.subplots()
    composition = Replay(make_run()).build_feature_space(ax)
    before = ax.get_xlim(), ax.get_ylim()
    for epoch in (0, 2, 4):
        composition.plot(epoch)
        assert (ax.get_xlim(), ax.get_ylim()) == before
    assert not {ax.xaxis, ax.yaxis} & set(composition.moving)


def test_a_boundary_shows_the_grid_when_told(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    _, (plain, gridded) = plt.subplots(1, 2)
    without: Any = replay.build_decision_boundary(plain).panels[0]
    with_grid: Any = replay.build_decision_boundary(gridded, xlim=(-2, 2), display_grid=True).panels[0]
    assert all(len(line.get_xdata()) == 0 for line in without.grid.lines)
    assert all(np.nanmin(line.get_xdata()) == -2 for line in with_grid.grid.lines)
    assert set(with_grid.grid.lines) <= set(with_grid.moving)  # or the shading would cover them


def test_no_layout_depends_on_the_epoch_that_is_shown(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    figure, axes = plt.subplots(1, 2, layout="constrained")
    panels = [replay.build_loss_histogram(axes[0]), replay.build_loss_and_metric(axes[1])]
    places = []
    for epoch in (0, 2, 4):
        for panel in panels:
            panel.plot(epoch)
        figure.canvas.draw()
        places.append([ax.get_position().bounds for ax in figure.axes])
    np.testing.assert_allclose(places, [places[0]] * 3, atol=1e-6)


def test_the_accuracy_is_left_out_where_a_layout_leaves_no_room(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    figure, axes = plt.subplots(1, 2, figsize=(9, 3))
    panels: Any = replay.build_probability_histogram(*axes).panels
    for width, shown in ((9, True), (3, False), (9, True)):
        figure.set_size_inches(width, 3)
        for panel in panels:
            panel.show(2)
            assert bool(panel.share.get_text()) == shown
