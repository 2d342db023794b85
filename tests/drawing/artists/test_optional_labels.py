"""Axes say what they show where there is room, and never on top of something else."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import IdentityTransform

from replay import Replay
from replay.drawing.artists.optional_labels import label_where_room, leave_out_labels, make_room_for_labels
from replay.drawing.style import LIGHT
from tests.helpers.pictures import faults


@pytest.mark.parametrize(("gap", "stays"), [(1.0, True), (0.3, False)])
def test_a_label_stays_only_where_it_lies_on_nothing(gap: float, stays: bool) -> None:
    figure = Figure(figsize=(8, 4), dpi=100)
    left, right = (figure.add_axes((x, 0.2, 0.3, 0.7)) for x in (0.2, 0.5 + gap / 8))
    for axes in (left, right):
        label_where_room(axes.yaxis, "samples", LIGHT)
    leave_out_labels(figure, FigureCanvasAgg(figure).get_renderer())
    assert left.get_ylabel() == "samples"
    assert right.get_ylabel() == ("samples" if stays else "")


def test_a_label_that_leaves_the_figure_is_left_out() -> None:
    figure = Figure(figsize=(4, 4))
    axes = figure.add_axes((0.05, 0.05, 0.9, 0.9))
    label_where_room(axes.yaxis, "samples", LIGHT)
    leave_out_labels(figure, FigureCanvasAgg(figure).get_renderer())
    assert axes.get_ylabel() == ""


def test_the_dashboard_names_units_samples_and_the_loss(make_run: Any) -> None:
    figure = Replay(make_run()).dashboard(size=(1920, 1080)).plot()
    said = {axes.get_xlabel() for axes in figure.axes} | {axes.get_ylabel() for axes in figure.axes}
    assert {"tanh unit 1", "tanh unit 2", "samples", "cross-entropy", "epoch"} <= said
    assert faults(figure, LIGHT) == []


@pytest.mark.parametrize(("width", "stays"), [(0.3, True), (0.9, True), (4.0, False)])
def test_axes_make_room_for_a_label_that_wide_numbers_push_away(width: float, stays: bool) -> None:
    figure = Figure(figsize=(5, 4), dpi=100)
    axes = figure.add_axes((0.2, 0.2, 0.7, 0.5))
    below = figure.add_axes((0.2, 0.05, 0.7, 0.1))
    axes.set_yticks([0.5], ["8" * round(width * 12)])
    label_where_room(axes.yaxis, "size", LIGHT)
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes.yaxis.get_tightbbox(renderer)
    make_room_for_labels(figure, renderer)
    leave_out_labels(figure, renderer)
    assert (axes.get_ylabel() == "size") is stays
    assert axes.get_position().x0 == pytest.approx(below.get_position().x0)
    assert axes.get_position().x1 == pytest.approx(0.9)


def test_what_has_no_place_yet_takes_no_room() -> None:
    figure = Figure(figsize=(4, 3), dpi=100)
    left, right = figure.add_axes((0.2, 0.2, 0.3, 0.6)), figure.add_axes((0.65, 0.2, 0.3, 0.6))
    label_where_room(left.yaxis, "size", LIGHT)
    for place in (0.0, np.nan):
        right.add_artist(Line2D([place], [place], marker="o", markersize=200, transform=IdentityTransform()))
    renderer = FigureCanvasAgg(figure).get_renderer()
    leave_out_labels(figure, renderer)
    assert left.get_ylabel() == "size"


def test_the_sizes_of_gradients_are_named_beside_wide_numbers(make_run: Any) -> None:
    run = make_run(units=(2, 4, 4, 1))
    figure = Replay(run).view("backprop", size=(900, 500)).plot(2)
    assert "mean size of the gradient" in [axes.get_ylabel() for axes in figure.axes]
