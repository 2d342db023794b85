"""Panels draw the arrays of their views, artist by artist."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from replay import Replay, datasets
from replay.panels.header import epoch_text
from replay.panels.loss_and_metric import LossAndMetricPanel
from replay.panels.probability_histogram import percent_right
from replay.style import LIGHT
from replay.views.curves import LossAndMetric
from replay.views.feature_space import FeatureSpace


def test_the_feature_space_draws_grid_regions_boundary_and_samples_of_its_view(make_run: Any) -> None:
    replay = Replay(make_run())
    panel = replay.build_feature_space(Figure().subplots(), contour_points=40)
    space = panel.panels[0]
    panel.plot(2)
    frame = FeatureSpace(replay.evaluation, mesh_points=40).at(2)
    assert frame.lines is not None and frame.regions is not None
    for collection, family in zip(space.grid, frame.lines, strict=True):
        np.testing.assert_allclose(np.array(collection.get_segments()), family)
    for lines in space.regions.lines:
        assert len(lines.get_segments()) == len(frame.regions.boundary)
        for drawn, line in zip(lines.get_segments(), frame.regions.boundary, strict=True):
            np.testing.assert_allclose(drawn, line)
    np.testing.assert_allclose(space.regions.image.get_array(), LIGHT.shade(frame.regions.probabilities))
    assert tuple(space.regions.image.get_extent()) == (*frame.regions.limits.x, *frame.regions.limits.y)


def test_each_class_has_its_colour_and_errors_a_marker_and_a_hatch_of_their_own(make_run: Any) -> None:
    replay = Replay(make_run())
    space = replay.build_feature_space(Figure().subplots()).panels[0]
    colours = [to_rgba(dots.get_color()) for dots in space.samples.dots]
    assert colours == [to_rgba(LIGHT.class_colour(0)), to_rgba(LIGHT.class_colour(1))]
    assert {dots.get_marker() for dots in space.samples.dots} == {"o"}
    assert space.samples.crosses.get_marker() == "x"
    assert to_rgba(space.samples.crosses.get_color()) == to_rgba(LIGHT.error)
    bars = replay.build_loss_histogram(Figure().subplots()).panels[0].bars
    assert bars.wrong.get_hatch() and not bars.right.get_hatch()
    grid = [tuple(lines.get_color()[0]) for lines in space.grid]
    assert grid[0] != grid[1]


def test_bars_stand_on_one_another_and_reach_the_number_of_samples(make_run: Any) -> None:
    replay = Replay(make_run())
    panel = replay.build_probability_histogram(Figure().subplots())
    bars = panel.panels[0].bars
    for epoch in replay.epochs:
        panel.plot(epoch)
        right, wrong = bars.right.get_data(), bars.wrong.get_data()
        np.testing.assert_array_equal(wrong.baseline, right.values)
        assert wrong.values.sum() == len(replay.recording.targets)
        assert right.values.sum() == replay.evaluation.correct([epoch]).sum()
        assert wrong.values.max() <= bars.right.axes.get_ylim()[1]


def test_curves_grow_with_the_epoch_and_end_in_their_present_value(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=6))
    panel = LossAndMetricPanel(Figure().subplots(), LossAndMetric(replay.recording), LIGHT)
    panel.show(0)
    assert all(len(line.get_xdata()) == len(dot.get_xdata()) == 0 for _, line, dot in panel.curves)
    panel.show(3.5)
    for curve, line, dot in panel.curves:
        assert list(line.get_xdata()) == [1, 2, 3]
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (3, replay.history[curve.name][2])


def test_a_network_of_nan_draws_without_regions_and_with_every_sample_wrong(
    make_run: Any, tmp_path: Any
) -> None:
    from replay import RunDescription, RunWriter, dense

    inputs, targets = datasets.parabola(20)
    description = RunDescription(
        layers=(dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
    )
    with RunWriter(tmp_path / "nan.h5", description, inputs, targets) as writer:
        shapes = [weight.shape for _, weight in description.weight_paths]
        writer.snapshot(0, [np.ones(shape) for shape in shapes])
        writer.snapshot(1, [np.full(shape, np.nan) for shape in shapes], {"loss": np.nan, "accuracy": 0.5})
    composition = Replay(tmp_path / "nan.h5").dashboard()
    composition.plot(1)
    space, negatives = composition.panels[1:3]
    assert all(not lines.get_segments() for lines in space.regions.lines)
    assert negatives.share.get_text() == "0% right"
    assert len(list(composition.animate().frames(dpi=30))) == 2


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100% right"),
        (0.0, "0% right"),
        (0.9999, "99.9% right"),
        (0.0001, "0.1% right"),
        (0.5, "50.0% right"),
    ],
)
def test_a_hundred_percent_means_all_of_them(share: float, text: str) -> None:
    assert percent_right(share) == text


@pytest.mark.parametrize(("epoch", "text"), [(0, "0"), (150.0, "150"), (2.5, "2.5"), (2.125, "2.12")])
def test_epochs_read_as_numbers_do(epoch: float, text: str) -> None:
    assert epoch_text(epoch) == text


def test_titles_from_a_file_are_not_read_as_formulas(make_run: Any) -> None:
    composition = Replay(make_run(scenario="$\\frac{1", run="x_2$")).dashboard()
    assert len(list(composition.animate().frames(dpi=30))) == 5
    assert composition.panels[0].title.get_text() == "$\\frac{1 · x_2$"
