"""Regressions in pictures: every kind of them has its dashboard, fit, sheet and comparison."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.drawing.comparison import compare
from replay.drawing.panels.contributions import ContributionsPanel
from replay.drawing.panels.error_histogram import ErrorHistogramPanel
from replay.drawing.panels.fitted_curve import FittedCurvePanel
from replay.drawing.panels.fitted_surface import FittedSurfacePanel
from replay.drawing.panels.predictions import PredictedAgainstTruePanel
from replay.drawing.registry.lookup import row_of
from replay.drawing.sheet import sheet
from replay.drawing.sizes import Size
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.film.frames import drawn_frames
from tests.conftest import MakeRun
from tests.helpers.pictures import faults, frame_redrawn
from tests.helpers.regressions import REGRESSION, numbers

RNG = np.random.default_rng(0)
X1, X2, X5 = (RNG.uniform(-1, 1, (40, n)).astype(np.float32) for n in (1, 2, 5))
IMAGES = RNG.uniform(0, 1, (20, 4, 4)).astype(np.float32)


THREE = numbers(X1[:5], 3)
KINDS: dict[str, dict[str, Any]] = {
    "one input": {"units": (1, 6, 1), "data": (X1, numbers(X1))},
    "held out": {"units": (1, 6, 1), "data": (X1, numbers(X1)), "held_out": (2 * X1[:9], numbers(X1[:9]))},
    "relu, deep": {"units": (1, 5, 4, 1), "activation": "relu", "data": (X1, numbers(X1))},
    "500 units": {"units": (1, 500, 1), "data": (X1, numbers(X1))},
    "no hidden layer": {"units": (1, 1), "data": (X1, numbers(X1))},
    "three targets": {"units": (1, 6, 3), "data": (X1, numbers(X1, 3)), "held_out": (X1[:5], THREE)},
    "constant targets": {"units": (1, 4, 1), "data": (X1, np.full((40, 1), 2.5, np.float32))},
    "constant inputs": {"units": (1, 4, 1), "data": (np.ones((40, 1), np.float32), numbers(X1))},
    "flat targets": {"units": (1, 4, 1), "data": (X1, numbers(X1)[:, 0])},
    "one snapshot": {"units": (1, 4, 1), "data": (X1, numbers(X1)), "n_snapshots": 1, "logs": False},
    "one sample": {"units": (1, 4, 1), "data": (X1[:1], numbers(X1[:1]))},
    "a plane": {"units": (2, 6, 1), "data": (X2, numbers(X2)), "held_out": (X2[:5], numbers(X2[:5]))},
    "a plane, three targets": {"units": (2, 6, 3), "data": (X2, numbers(X2, 3))},
    "a plane, five targets": {"units": (2, 6, 5), "data": (X2, numbers(X2, 5))},
    "a plane, constant": {"units": (2, 3, 1), "data": (X2, np.zeros((40, 1), np.float32))},
    "five inputs": {"units": (5, 6, 1), "data": (X5, numbers(X5)), "held_out": (X5[:5], numbers(X5[:5]))},
    "five inputs, twelve targets": {"units": (5, 6, 12), "data": (X5, numbers(X5, 12))},
}  # fmt: skip
VIEWS = ("dashboard", "article", "fit", "predicted", "residuals", "errors")


@pytest.fixture
def run(make_run: MakeRun) -> Any:
    def make(kind: str, name: str = "run.h5", **more: Any) -> Replay:
        return Replay(make_run(name, **REGRESSION, **{"n_snapshots": 3, **KINDS[kind], **more}))

    return make


def diverged(path: Path, inputs: np.ndarray) -> Replay:
    """A network of one layer whose weights are NaN from the second snapshot on, and inf at the third."""
    n = inputs.shape[1]
    description = RunDescription((dense("output", n, 1, "linear"),), loss={"name": "mean_squared_error"})
    with RunWriter(path, description, inputs, numbers(inputs)) as writer:
        for epoch, weight in enumerate((0.5, np.nan, np.inf)):
            writer.snapshot(epoch, [np.full((n, 1), weight, np.float32), np.zeros(1, np.float32)])
    return Replay(path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_regression_is_drawn_at_every_moment(kind: str, run: Any) -> None:
    replay = run(kind)
    last = float(replay.epochs[-1])
    for view in VIEWS:
        composition = replay.view(view)
        for epoch in (0, last / 2, last):
            composition.plot(epoch)
        assert faults(composition.figure, LIGHT) == [], view


@pytest.mark.parametrize("kind", ["held out", "three targets", "a plane", "five inputs"])
@pytest.mark.parametrize("size", [Size(480, 240), Size(240, 480)])
def test_nothing_overlaps_in_small_pictures(kind: str, size: Size, run: Any) -> None:
    replay = run(kind)
    for view in VIEWS:
        composition = replay.view(view, size=size)
        composition.plot(1)
        assert faults(composition.figure, LIGHT) == [], view


@pytest.mark.parametrize("inputs", [X1, X2, X5], ids=["curve", "plane", "table"])
def test_a_run_that_diverged_stays_at_its_last_finite_moment_and_says_so(
    inputs: np.ndarray, tmp_path: Path
) -> None:
    replay = diverged(tmp_path / "run.h5", inputs)
    for view in VIEWS:
        composition = replay.view(view)
        for epoch in (0, 1, 2):
            composition.plot(epoch)
        told = [panel.finite for panel in composition.panels if hasattr(panel, "finite")]
        assert told and all(each._notice.words.get_visible() for each in told)


@pytest.mark.parametrize("kind", ["held out", "three targets", "a plane", "five inputs"])
@pytest.mark.parametrize("view", ["dashboard", "fit", "residuals"])
def test_a_frame_of_a_film_is_what_matplotlib_draws_at_once(kind: str, view: str, run: Any) -> None:
    replay, moments = run(kind), (0.0, 1.5)
    composition = replay.view(view, size=Size(600, 480))
    composition.begin(moments)
    frames = drawn_frames(composition, moments)
    for moment, frame in zip(moments, frames, strict=True):
        kept = frame.copy()
        whole = frame_redrawn(replay.view(view, size=Size(600, 480)), moment, moments)
        difference = np.abs(kept.astype(int) - whole).max(axis=-1)
        assert (difference > 2).sum() <= 20  # where the present value of a curve lies on a tick


def test_the_dashboard_has_the_fit_large_the_errors_and_r2_beside_the_loss(run: Any) -> None:
    kinds = [type(panel).__name__ for panel in run("held out").dashboard().panels]
    assert kinds[:3] == [FittedCurvePanel.__name__, ContributionsPanel.__name__, ErrorHistogramPanel.__name__]
    assert "LossAndMetricPanel" in kinds
    for kind, first in (("a plane", FittedSurfacePanel), ("five inputs", PredictedAgainstTruePanel)):
        assert isinstance(run(kind, f"{first.__name__}.h5").dashboard().panels[0], first)


def test_a_curve_and_what_units_add_share_their_axis(run: Any) -> None:
    curve, adding = run("held out").view("fit").panels
    assert curve.axes.get_xlim() == adding.axes.get_xlim()
    assert curve.axes.get_position().x0 == adding.axes.get_position().x0
    assert curve.axes.get_position().y0 > adding.axes.get_position().y1
    assert not any(label.get_visible() for label in curve.axes.get_xticklabels())


def test_regressions_are_compared_by_their_fits_with_the_same_limits(run: Any) -> None:
    for kind in ("one input", "a plane", "five inputs"):
        runs = [run(kind, f"{seed}.h5", seed=seed).evaluation for seed in range(3)]
        panels = [panel.panel for panel in compare(runs, LIGHT).panels[:3]]  # type: ignore[attr-defined]
        for panel in panels[1:]:
            np.testing.assert_allclose(panel.axes.get_xlim(), panels[0].axes.get_xlim())
            np.testing.assert_allclose(panel.axes.get_ylim(), panels[0].axes.get_ylim())
        composition = compare(runs, DARK)
        composition.plot(1)
        assert faults(composition.figure, DARK) == []


def test_many_regressions_are_small_multiples(run: Any) -> None:
    runs = [run("one input", f"{seed}.h5", seed=seed).evaluation for seed in range(9)]
    composition = compare(runs, LIGHT)
    composition.plot(2)
    assert [type(one.panel) for one in composition.panels[:9]] == [FittedCurvePanel] * 9  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", ["held out", "a plane", "five inputs"])
def test_a_sheet_has_the_fit_at_several_moments(kind: str, run: Any) -> None:
    evaluation = run(kind).evaluation
    for view in ("dashboard", "fit", "predicted", "errors"):
        assert len(sheet(evaluation, view, LIGHT, [0, 1, 2], 3, 1).axes) >= 3


def test_on_a_sheet_of_fits_the_lowest_cells_alone_name_the_input(run: Any) -> None:
    figure = sheet(run("held out").evaluation, "dashboard", LIGHT, [0, 1, 2], 2, 2)
    assert [axes.get_xlabel() for axes in figure.axes] == ["", "x", "x"]
    assert faults(figure, LIGHT) == []


def test_views_of_numbers_refuse_classes_in_one_line(make_run: MakeRun) -> None:
    replay = Replay(make_run())
    for view in ("fit", "predicted", "residuals", "errors"):
        with pytest.raises(ViewError, match=r"needs a regression; this run tells classes apart: show the"):
            replay.view(view)
    named = [type(panel).__name__ for panel in replay.dashboard().panels]
    assert "FittedCurvePanel" not in named


def test_targets_that_are_no_numbers_are_counted_and_the_dashboard_does_without(run: Any) -> None:
    replay = run("one input")  # no writer of this project records them
    inputs, targets = replay.recording.samples
    replay.recording.samples = inputs, np.where(np.arange(len(targets))[:, None] < 3, np.nan, targets)
    with pytest.raises(ViewError, match="3 of its targets are NaN or infinite: record the run without"):
        replay.view("fit")
    assert not row_of("fit").suits(replay.evaluation)
