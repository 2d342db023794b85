"""The dashboard shows what a run has and leaves out what it does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.panels.decision_boundary import DecisionBoundaryPanel
from replay.panels.feature_space import FeatureSpacePanel
from replay.panels.header import Header
from replay.panels.loss_and_metric import LossAndMetricPanel
from replay.panels.loss_histogram import LossHistogramPanel
from replay.panels.probability_histogram import ProbabilityHistogramPanel


def kinds(replay: Replay) -> list[type]:
    return [type(panel) for panel in replay.dashboard().panels]


def test_a_two_unit_layer_is_shown_large_beside_four_small_views(make_run: Any) -> None:
    small = [ProbabilityHistogramPanel, ProbabilityHistogramPanel, LossAndMetricPanel, LossHistogramPanel]
    composition = Replay(make_run()).dashboard()
    assert [type(panel) for panel in composition.panels] == [Header, FeatureSpacePanel, *small]
    space, *others = composition.panels[1:]
    area = lambda axes: np.prod(axes.get_position().size)  # noqa: E731
    assert all(area(space.axes) > 3 * area(panel.axes) for panel in others)
    assert all(space.axes.get_position().x1 < panel.axes.get_position().x0 for panel in others)


def test_without_a_two_unit_layer_the_decision_boundary_is_large(make_run: Any) -> None:
    assert kinds(Replay(make_run(units=(2, 5, 1))))[1] is DecisionBoundaryPanel


@pytest.mark.parametrize(("n_classes", "histograms"), [(3, 3), (4, 4), (6, 1)])
def test_classes_have_a_histogram_each_until_there_are_too_many(
    make_run: Any, n_classes: int, histograms: int
) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(60, 2)).astype(np.float32), np.arange(60) % n_classes
    shown = kinds(Replay(make_run(units=(2, 2, n_classes), data=data)))
    assert shown.count(ProbabilityHistogramPanel) == histograms


def test_inputs_of_many_dimensions_and_no_two_unit_layer_leave_the_small_views(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(40, 7)).astype(np.float32), np.arange(40) % 2
    shown = kinds(Replay(make_run(units=(7, 5, 1), data=data)))
    assert FeatureSpacePanel not in shown and DecisionBoundaryPanel not in shown
    assert shown.count(ProbabilityHistogramPanel) == 2


def test_a_regression_has_curves_and_losses_and_no_probabilities(make_run: Any) -> None:
    inputs, _ = datasets.parabola(20)
    data = inputs, inputs[:, 1] * 3.5
    run = make_run(data=data, loss="mean_squared_error", output_activation="linear")
    replay = Replay(run)
    assert kinds(replay) == [Header, FeatureSpacePanel, LossAndMetricPanel, LossHistogramPanel]
    replay.dashboard().plot(3)


def test_a_run_without_logs_and_loss_still_has_a_dashboard(make_run: Any, tmp_path: Any) -> None:
    inputs, targets = datasets.parabola(20)
    description = RunDescription(layers=(dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")))
    with RunWriter(tmp_path / "bare.h5", description, inputs, targets) as writer:
        writer.snapshot(0, [np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1)])
    replay = Replay(tmp_path / "bare.h5")
    composition = replay.dashboard()
    assert [type(panel) for panel in composition.panels][1:] == [
        FeatureSpacePanel,
        ProbabilityHistogramPanel,
        ProbabilityHistogramPanel,
    ]
    assert len(list(composition.animate().frames(dpi=30))) == 1


def test_no_words_overlap_or_leave_the_picture(make_run: Any) -> None:
    """Title, legend, epoch, panel titles and labels of every dashboard have room, at the widest epoch."""
    for units, labels in (((2, 2, 1), 2), ((2, 2, 4), 4), ((2, 2, 9), 9)):
        inputs, targets = datasets.blobs(30)
        data = inputs, (targets % 2 if labels == 2 else np.arange(len(targets)) % labels)
        epochs = np.array([0, 1, 12345])
        run = make_run(units=units, data=data, epochs=epochs, scenario="a scenario", run="hard_sigmoid")
        composition = Replay(run).dashboard()
        figure = composition.plot(12345)
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        heads = [*figure.texts, *(axes._left_title for axes in figure.axes)]
        heads += [panel.share for panel in composition.panels if hasattr(panel, "share")]
        heads = [text for text in heads if text.get_text()]
        boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in heads]
        boxes += [("legend", legend.get_window_extent(renderer)) for legend in figure.legends]
        width, height = figure.bbox.size
        for position, (name, box) in enumerate(boxes):
            assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height, name
            for other, its_box in boxes[position + 1 :]:
                assert not box.overlaps(its_box), f"{name} overlaps {other} with {labels} classes"


def test_a_long_title_is_made_to_fit_and_a_short_one_is_left_alone(make_run: Any) -> None:
    short = Replay(make_run("a.h5", scenario="moons", run="tanh")).dashboard().panels[0].title
    long = (
        Replay(make_run("b.h5", scenario="a name that says it all " * 5, run="tanh"))
        .dashboard()
        .panels[0]
        .title
    )
    assert short.get_text() == "moons · tanh"
    assert long.get_text().endswith("…") and long.get_fontsize() < short.get_fontsize()
