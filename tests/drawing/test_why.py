"""The picture of why the boundary bends: its panels, its layouts, and the runs that have none."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, datasets
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.network import NetworkPanel
from replay.drawing.sizes import SIZES, Size
from replay.errors import ViewError
from tests.helpers.pictures import faults

MakeRun = Callable[..., Path]
PANELS = [DecisionBoundaryPanel, NetworkPanel, FeatureSpacePanel, LossAndMetricPanel]


def test_it_shows_plane_network_space_and_curves(make_run: MakeRun) -> None:
    assert [type(panel) for panel in Replay(make_run()).view("why").panels] == PANELS


def test_without_a_feature_space_or_curves_the_others_remain(make_run: MakeRun) -> None:
    composition = Replay(make_run(units=(2, 1), logs=False)).view("why")
    assert [type(panel) for panel in composition.panels] == PANELS[:2]


def test_wide_layers_have_the_plane_in_which_they_are_read(make_run: MakeRun) -> None:
    panels = Replay(make_run(units=(2, 5, 4), data=datasets.blobs(15))).view("why").panels
    (space,) = (panel for panel in panels if isinstance(panel, FeatureSpacePanel))
    assert space.view.has_names


@pytest.mark.parametrize(
    ("size", "n_columns"),
    [(None, 3), (SIZES["square"], 2), (SIZES["story"], 1), (Size(480, 240), 3)],
    ids=str,
)
def test_the_panels_share_the_page(make_run: MakeRun, size: Any, n_columns: int) -> None:
    composition = Replay(make_run(units=(2, 5, 2, 1))).view("why", size=size)
    left = {round(panel.axes.get_position().x0, 2) for panel in composition.panels[:3]}  # type: ignore[attr-defined]
    assert len(left) == n_columns
    for epoch in (0, 4):
        figure = composition.plot(epoch)
        if size != Size(480, 240):
            assert faults(figure, composition.style) == []


def test_it_moves_and_ends_as_its_still(make_run: MakeRun) -> None:
    composition = Replay(make_run(activation="relu")).view("why", size=Size(480, 240))
    *_, last = composition.animate(pace="uniform").frames()
    assert last.shape == (240, 480, 4)
    assert len(np.unique(last.reshape(-1, 4), axis=0)) > 100


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": (3, 2, 1), "data": (np.zeros((4, 3)), np.array([0, 1, 0, 1]))}, "inputs of 2 dimensions"),
        ({"loss": "mean_squared_error", "output_activation": "linear"}, "regression"),
    ],
)
def test_a_run_without_a_plane_of_classes_says_what_it_needs(
    make_run: MakeRun, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ViewError, match=message):
        Replay(make_run(**changes)).view("why")


def test_its_sheet_shows_the_units(make_run: MakeRun) -> None:
    from replay import sheet

    figure = sheet(Replay(make_run()), "why", columns=2, rows=1)
    assert len(figure.axes) == 2
