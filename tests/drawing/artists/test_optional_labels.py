"""Axes say what they show where there is room, and never on top of something else."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.optional_labels import label_where_room, leave_out_labels
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
