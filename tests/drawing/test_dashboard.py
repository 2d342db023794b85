"""The dashboard shows what a run has, leaves out what it does not, and has room for every word."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.error_histogram import ErrorHistogramPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.fitted_surface import FittedSurfacePanel
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.drawing.panels.space import SpacePanel
from replay.drawing.sizes import SIZES, Size
from replay.drawing.style import DARK, LIGHT, Style
from replay.errors import ViewError
from tests.conftest import maker_of_runs
from tests.helpers.pictures import faults


def kinds(replay: Replay) -> list[type]:
    return [type(panel) for panel in replay.dashboard().panels]


def cloud(n: int, dimensions: int = 2) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(n, dimensions)).astype(np.float32)


PLANES = [DecisionBoundaryPanel, FeatureSpacePanel]


@pytest.mark.parametrize("size", [None, Size(480, 270), Size(1000, 500)])
def test_both_planes_stand_side_by_side_over_a_strip_of_curves(make_run: Any, size: Size | None) -> None:
    composition = Replay(make_run()).dashboard(size=size)
    found = [type(panel) for panel in composition.panels]
    assert found[:3] == [*PLANES, LossAndMetricPanel] and ProbabilityHistogramPanel in found
    boundary, space, strip, *others = (panel.axes.bbox for panel in composition.panels)  # type: ignore[attr-defined]
    for plane in (boundary, space):
        assert plane.width == pytest.approx(plane.height, rel=0.05)
        assert strip.y1 < plane.y0
    assert boundary.x1 < space.x0 and boundary.y0 == pytest.approx(space.y0)
    assert strip.width > 0.8 * composition.figure.bbox.width and strip.height < plane.height
    assert all(space.x1 < other.x0 and strip.y1 < other.y0 for other in others)


def test_both_axes_of_each_plane_have_one_scale(make_run: Any) -> None:
    replay = Replay(make_run())
    for size in (None, SIZES["square"], SIZES["story"], Size(480, 270), Size(360, 640)):
        for panel in replay.dashboard(size=size).panels[:2]:
            axes: Any = panel.axes  # type: ignore[attr-defined]
            x, y = (np.ptp(limits) for limits in (axes.get_xlim(), axes.get_ylim()))
            assert x / axes.bbox.width == pytest.approx(y / axes.bbox.height, rel=1e-6)


def test_the_articles_arrangement_has_one_large_view_beside_four_small_ones(make_run: Any) -> None:
    small = [ProbabilityHistogramPanel, ProbabilityHistogramPanel, LossAndMetricPanel, LossHistogramPanel]
    composition = Replay(make_run()).view("article")
    assert [type(panel) for panel in composition.panels] == [FeatureSpacePanel, *small]
    space, *others = (panel.axes for panel in composition.panels)  # type: ignore[attr-defined]
    area = lambda axes: np.prod(axes.get_position().size)  # noqa: E731
    assert all(area(space) > 3 * area(axes) for axes in others)
    assert all(space.get_position().x1 < axes.get_position().x0 for axes in others)


def test_in_a_high_picture_the_small_views_stand_below(make_run: Any) -> None:
    for size in (SIZES["square"], SIZES["story"]):
        composition = Replay(make_run()).dashboard(size=size)
        *planes, _ = (panel.axes.get_position() for panel in composition.panels[:3])  # type: ignore[attr-defined]
        others = [panel.axes.get_position() for panel in composition.panels[2:]]  # type: ignore[attr-defined]
        assert all(plane.y0 > other.y1 for plane in planes for other in others)


def test_without_a_two_unit_layer_the_decision_boundary_is_large(make_run: Any) -> None:
    assert kinds(Replay(make_run(units=(2, 5, 1))))[0] is DecisionBoundaryPanel


def test_a_last_hidden_layer_of_three_units_stands_in_space_beside_the_input_plane(make_run: Any) -> None:
    planes = Replay(make_run(units=(2, 3, 1))).dashboard()
    assert [type(panel) for panel in planes.panels[:2]] == [DecisionBoundaryPanel, SpacePanel]
    assert planes.panels[0].axes.bbox.size == pytest.approx(planes.panels[1].axes.bbox.size, rel=0.05)  # type: ignore[attr-defined]
    alone = Replay(make_run("deep.h5", units=(5, 3, 1), data=(cloud(40, 5), np.arange(40) % 2)))
    assert kinds(alone)[0] is SpacePanel
    assert type(alone.view("article").panels[0]) is SpacePanel


@pytest.mark.parametrize("units", [(2, 3, 2, 1), (2, 2, 3, 1)])
def test_two_units_come_before_three(make_run: Any, units: tuple[int, ...]) -> None:
    assert kinds(Replay(make_run(units=units)))[:2] == PLANES


@pytest.mark.slow
@pytest.mark.parametrize(("n_classes", "histograms"), [(3, 3), (4, 4), (5, 1), (10, 1)])
def test_classes_have_a_histogram_each_until_there_are_too_many(
    make_run: Any, n_classes: int, histograms: int
) -> None:
    shown = kinds(Replay(make_run(units=(2, 2, n_classes), data=(cloud(60), np.arange(60) % n_classes))))
    assert shown.count(ProbabilityHistogramPanel) == histograms
    assert shown.count(ConfusionMatrixPanel) == (histograms == 1)


@pytest.mark.slow
def test_inputs_of_many_dimensions_and_no_two_unit_layer_have_a_principal_plane(make_run: Any) -> None:
    replay = Replay(make_run(units=(5, 4, 1), data=(cloud(40, 5), np.arange(40) % 2)))
    shown = kinds(replay)
    assert shown[0] is FeatureSpacePanel and DecisionBoundaryPanel not in shown
    assert shown.count(ProbabilityHistogramPanel) == 2
    assert len(list(replay.dashboard().animate(pace="uniform").frames(dpi=20))) == 5
    with pytest.raises(ViewError, match="2 dimensions"):
        replay.view("decision-boundary")


def test_one_hidden_unit_leaves_the_small_views(make_run: Any) -> None:
    shown = kinds(Replay(make_run(units=(5, 1, 1), data=(cloud(40, 5), np.arange(40) % 2))))
    assert FeatureSpacePanel not in shown and DecisionBoundaryPanel not in shown
    assert shown.count(ProbabilityHistogramPanel) == 2


def test_inputs_of_many_dimensions_have_a_feature_space_without_a_grid(make_run: Any) -> None:
    composition = Replay(make_run(units=(5, 2, 1), data=(cloud(40, 5), np.arange(40) % 2))).dashboard()
    composition.plot(2)
    space: Any = composition.panels[0]
    assert isinstance(space, FeatureSpacePanel)
    assert all(len(line.get_xdata()) == 0 for line in space.grid.lines)
    assert len(space.samples.trained.dots[0].get_xdata()) == 20


def test_a_regression_has_its_fit_errors_curves_and_losses_and_no_probabilities(make_run: Any) -> None:
    inputs = cloud(40)
    run = make_run(data=(inputs, inputs[:, 1] * 3.5), loss="mean_squared_error", output_activation="linear")
    replay = Replay(run)
    assert kinds(replay) == [
        FittedSurfacePanel, ErrorHistogramPanel, LossAndMetricPanel, LossHistogramPanel,
    ]  # fmt: skip
    replay.dashboard().plot(3)
    with pytest.raises(ViewError, match="regression"):
        replay.view("probabilities")


@pytest.mark.slow
def test_a_run_without_logs_has_no_curves(make_run: Any) -> None:
    replay = Replay(make_run(logs=False))
    assert LossAndMetricPanel not in kinds(replay)
    assert len(list(replay.dashboard().animate(pace="uniform").frames(dpi=20))) == 5
    with pytest.raises(ViewError, match="no loss or metric"):
        replay.view("curves")


@pytest.mark.slow
def test_a_run_of_one_snapshot_without_logs_and_loss_still_has_a_dashboard(tmp_path: Any) -> None:
    inputs, targets = datasets.parabola(20)
    description = RunDescription(layers=(dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")))
    with RunWriter(tmp_path / "bare.h5", description, inputs, targets) as writer:
        writer.snapshot(0, [np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1)])
    replay = Replay(tmp_path / "bare.h5")
    assert kinds(replay) == [*PLANES, ProbabilityHistogramPanel, ProbabilityHistogramPanel]
    composition = replay.dashboard()
    for pace in ("uniform", "log", "adaptive"):
        assert len(list(composition.animate(pace=pace).frames(dpi=20))) == 1
    assert faults(composition.plot(), composition.style) == []


def test_a_network_that_never_changes_gives_frames_that_are_all_the_same(tmp_path: Any) -> None:
    inputs, targets = datasets.parabola(20)
    layers = dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "still.h5", description, inputs, targets) as writer:
        for epoch in range(4):
            writer.snapshot(epoch, [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)])
    composition = Replay(tmp_path / "still.h5").dashboard(captions=False)
    frames = [frame.copy() for frame in composition.animate(tween=1, pace="adaptive").frames(dpi=40)]
    assert len(frames) == 7
    panels = slice(round(40 * 6 * 0.22), -4)  # between the header, whose counter runs, and the film's bar
    assert all((frame[panels] == frames[0][panels]).all() for frame in frames)


@pytest.fixture
def diverging(tmp_path: Any) -> Replay:
    """A run whose weights are NaN from epoch 3 on."""
    inputs, targets = datasets.parabola(20)
    layers = dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path / "nan.h5", description, inputs, targets) as writer:
        for epoch in range(6):
            weights = [rng.normal(size=weight.shape) for _, weight in description.weight_paths]
            bad = [np.full_like(weight, np.nan) for weight in weights]
            logs = {"loss": np.nan if epoch > 2 else 0.5, "accuracy": 0.5} if epoch else None
            writer.snapshot(epoch, bad if epoch > 2 else weights, logs)
    return Replay(tmp_path / "nan.h5")


@pytest.mark.slow
@pytest.mark.parametrize("pace", ["uniform", "adaptive"])
def test_a_network_that_diverges_is_drawn_to_its_end(diverging: Replay, pace: str) -> None:
    assert len(list(diverging.dashboard().animate(pace=pace, tween=1).frames(dpi=20))) == 11


def test_a_network_of_nan_shows_its_last_finite_moment(diverging: Replay) -> None:
    composition = diverging.dashboard()
    for epoch, said in ((2, False), (4, True)):
        composition.plot(epoch)
        _, space, _, negatives, positives, losses = (vars(panel) for panel in composition.panels)
        assert np.isfinite(np.array(space["regions"].lines[0].get_data())).any()
        counts = [panel["bars"].wrong.get_data().values.sum() for panel in (negatives, positives, losses)]
        assert counts == [20, 20, 40]
        assert space["finite"].moving[0].get_visible() == said
    assert "no longer finite" in composition.clock.caption.get_text()  # type: ignore[attr-defined]
    assert faults(composition.figure, composition.style) == []


def test_layers_of_one_unit_leave_the_decision_boundary(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 1, 1)))
    assert kinds(replay)[0] is DecisionBoundaryPanel
    assert len(list(replay.dashboard().animate(pace="uniform").frames(dpi=20))) == 5
    with pytest.raises(ViewError, match="no hidden layer"):
        replay.view("feature-space")


def long_names(make_run: Any) -> Any:
    epochs = np.array([0, 10, 1000, 10_000, 123_456])
    data = cloud(3000), np.arange(3000) % 2
    return make_run(
        units=(2, 8, 2, 2),
        activation="relu",
        data=data,
        loss="sparse_categorical_crossentropy",
        epochs=epochs,
        scenario="a rather long name of a scenario",
        run="with a run",
    )


RUNS = {
    "two classes": lambda make: make(epochs=np.array([0, 1, 2, 50, 150])),
    "four classes": lambda make: make(units=(2, 2, 4), data=(cloud(200), np.arange(200) % 4)),
    "ten classes": lambda make: make(units=(2, 2, 10), data=(cloud(200), np.arange(200) % 10)),
    "regression": lambda make: make(
        data=(cloud(200), cloud(200)[:, 0] * 30_000),
        loss="mean_squared_error",
        output_activation="linear",
        epochs=np.array([0, 10, 20, 500, 1200]),
    ),
    "many epochs and long names": long_names,
    "five dimensions": lambda make: make(units=(5, 3, 1), data=(cloud(200, 5), np.arange(200) % 2)),
}
LAYOUTS = {
    **{name: size for name, size in SIZES.items() if name != "4k"},
    "4k": Size(960, 540),  # the same shape, drawn faster
    "half a blog": Size(720, 360),
    "odd": Size(641, 479),
    "slim": Size(1200, 300),
    "high": Size(300, 1200),
    "thumbnail": Size(150, 150),
}


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Replay]:
    """The run of such a name, written and evaluated once. Not to be changed."""
    return cache(lambda name: Replay(RUNS[name](maker_of_runs(tmp_path_factory.mktemp("run")))))


@pytest.mark.slow
@pytest.mark.parametrize(
    "size",
    [
        pytest.param(size, id=name, marks=[] if name == "story" else [pytest.mark.slow])
        for name, size in LAYOUTS.items()
    ],
)
@pytest.mark.parametrize("run", RUNS)
def test_no_words_overlap_or_leave_the_picture(opened: Any, run: str, size: Size) -> None:
    replay = opened(run)
    composition = replay.dashboard(size=size)
    for epoch in replay.epochs[[0, -1]]:
        assert faults(composition.plot(epoch), composition.style) == []


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_words_have_room_in_both_themes(make_run: Any, style: Style) -> None:
    composition = Replay(RUNS["four classes"](make_run), style=style).dashboard(size=SIZES["square"])
    assert faults(composition.plot(2.25), style) == []


def test_a_check_of_layouts_finds_what_is_wrong(make_run: Any) -> None:
    composition = Replay(make_run()).dashboard()
    figure = composition.plot(2)
    figure.text(0.05, 0.9, "in the way", fontsize=40)
    figure.text(0.97, 0.5, "beyond the edge")
    found = " ".join(faults(figure, composition.style))
    assert "in the way" in found and "'beyond the edge' leaves the figure" in found
