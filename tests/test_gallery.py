"""Each view by name is a picture of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pictures import faults

from replay import Replay
from replay.errors import OutputError, ViewError
from replay.names import VIEWS
from replay.panels.decision_boundary import DecisionBoundaryPanel
from replay.panels.feature_space import FeatureSpacePanel
from replay.panels.loss_and_metric import LossAndMetricPanel
from replay.panels.loss_histogram import LossHistogramPanel
from replay.panels.probability_histogram import ProbabilityHistogramPanel
from replay.sizes import SIZES, Size

PANELS = {
    "feature-space": [FeatureSpacePanel],
    "decision-boundary": [DecisionBoundaryPanel],
    "probabilities": [ProbabilityHistogramPanel] * 4,
    "losses": [LossHistogramPanel],
    "curves": [LossAndMetricPanel],
}


@pytest.fixture
def replay(make_run: Any) -> Replay:
    inputs = np.random.default_rng(0).normal(size=(120, 2)).astype(np.float32)
    return Replay(make_run(units=(2, 2, 5, 2, 4), data=(inputs, np.arange(120) % 4)))


def test_each_view_has_its_panels(replay: Replay) -> None:
    assert set(PANELS) | {"dashboard"} == set(VIEWS)
    for name, kinds in PANELS.items():
        assert [type(panel) for panel in replay.view(name).panels] == kinds


@pytest.mark.parametrize("size", [None, SIZES["story"], Size(1200, 300)])
@pytest.mark.parametrize("name", PANELS)
def test_no_words_overlap_or_leave_the_picture(replay: Replay, name: str, size: Size | None) -> None:
    composition = replay.view(name, size=size)
    for epoch in (0, 4):
        assert faults(composition.plot(epoch), composition.style) == []


@pytest.mark.parametrize(
    ("size", "columns"), [(Size(400, 800), 1), (Size(600, 600), 2), (Size(1200, 300), 4)]
)
def test_panels_stand_in_as_many_columns_as_there_is_room_for(
    replay: Replay, size: Size, columns: int
) -> None:
    panels: list[Any] = replay.view("probabilities", size=size).panels
    left = {round(panel.axes.get_position().x0, 3) for panel in panels}
    assert len(left) == columns


def test_many_classes_share_one_histogram(make_run: Any) -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 2, 10), data=(inputs, np.arange(60) % 10)))
    (panel,) = replay.view("probabilities").panels
    assert panel.name == "All samples"  # type: ignore[attr-defined]


def test_curves_have_no_legend_of_classes(replay: Replay) -> None:
    assert replay.view("curves").figure.legends == []
    assert len(replay.view("losses").figure.legends) == 1


def test_a_layer_can_be_chosen_for_the_feature_space(replay: Replay) -> None:
    for layer in ("hidden_1", "hidden_3"):
        (panel,) = replay.view("feature-space", layer=layer).panels
        assert panel.axes.get_title("left") == f"Feature space of layer “{layer}”"  # type: ignore[attr-defined]
    (panel,) = replay.view("feature-space").panels
    assert panel.view.layer == "hidden_3"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "layer", "message"),
    [
        ("feature-spaces", None, "did you mean feature-space"),
        ("", None, "unknown view"),
        ("losses", "hidden_1", "a layer is chosen for the view feature-space, not for losses"),
        ("dashboard", "hidden_1", "not for dashboard"),
        ("feature-space", "hidden_2", "2 units"),
        ("feature-space", "hiden_1", "did you mean hidden_1"),
    ],
)
def test_what_is_no_view_is_refused(replay: Replay, name: str, layer: str | None, message: str) -> None:
    with pytest.raises(ViewError, match=message):
        replay.view(name, layer=layer)


@pytest.mark.parametrize("name", VIEWS)
def test_a_size_that_makes_no_picture_is_refused(replay: Replay, name: str) -> None:
    with pytest.raises(OutputError, match="99x99"):
        replay.view(name, size=Size(99, 99))
