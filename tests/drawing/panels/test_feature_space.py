"""The feature space, drawn: classes by number, and axes that say what they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.panels.feature_space import FeatureSpacePanel, name_axes
from replay.drawing.style import LIGHT
from replay.views.feature_space import FeatureSpace

PCS = ("PC 1", "PC 2")


def test_the_axes_of_a_plane_name_its_units(make_run: Any) -> None:
    for units, chosen, names in (
        ((2, 2, 1), None, ("tanh unit 1", "tanh unit 2")),
        ((2, 2, 1), (2, 1), ("tanh unit 2", "tanh unit 1")),
        ((2, 5, 1), (3, 5), ("tanh unit 3", "tanh unit 5")),
    ):
        view = FeatureSpace(Replay(make_run(units=units)).evaluation, units=chosen)
        panel = FeatureSpacePanel(Figure().subplots(), view, LIGHT)
        panel.show(1)
        assert (panel.axes.get_xlabel(), panel.axes.get_ylabel()) == names


@pytest.mark.parametrize(
    ("width", "shares", "words"),
    [
        (6, (0.414, 0.2), ("PC 1 (41% of the variance)", "PC 2 (20% of the variance)")),
        (1.5, (0.414, 0.002), ("PC 1 (41%)", "PC 2 (<1% of the variance)")),
        (6, (np.nan, np.nan), PCS),
        (6, None, PCS),
    ],
)
def test_names_of_axes_tell_shares_where_there_is_room(width: float, shares: Any, words: Any) -> None:
    axes = Figure(figsize=(width, 6)).subplots()
    name_axes(axes, PCS, shares)
    assert (axes.get_xlabel(), axes.get_ylabel()) == words
    assert axes.yaxis.label.get_window_extent().x0 >= axes.bbox.x0


def test_a_title_without_room_says_less(make_run: Any) -> None:
    replay = Replay(make_run())
    sizes = ((1440, 720), (900, 320), (480, 320), (480, 270), (1080, 1920))
    titles = [replay.dashboard(size=size).figure.axes[1].get_title("left") for size in sizes]
    forms = {"Feature space of layer “hidden”", "Feature space of “hidden”", "Feature space"}
    assert set(titles) <= forms and len(set(titles)) > 1
