"""What a regression has learnt, against Keras and against networks whose weights are known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.views.contributions import FEW, Contributions
from replay.views.error_histogram import ErrorHistogram
from replay.views.fit import fit
from replay.views.fitted_curve import FittedCurve
from replay.views.fitted_surface import FittedSurface, round_numbers
from replay.views.predictions import PredictedAgainstTrue, Residuals, residual_limits
from replay.views.residual_plane import ResidualPlane
from tests.conftest import MakeRun
from tests.helpers.regressions import REGRESSION, numbers, of_numbers
from tests.runs.test_regression import keras_answers

MOMENTS = (0.0, 1.0, 4.0)
X = np.random.default_rng(0).uniform(-1, 1, (40, 1)).astype(np.float32)


@pytest.fixture
def curve(make_run: MakeRun) -> tuple[Replay, FittedCurve, Contributions]:
    replay = Replay(make_run(**of_numbers(1)))
    first, second = fit(replay.evaluation)
    assert isinstance(first, FittedCurve) and isinstance(second, Contributions)
    return replay, first, second


@pytest.mark.parametrize("epoch", MOMENTS)
def test_the_curve_is_what_keras_answers_within_the_data_and_beyond(curve: Any, epoch: float) -> None:
    replay, view, _ = curve
    frame = view.at(epoch)
    expected = keras_answers(replay, epoch, frame.x[:, None].astype(np.float32))
    np.testing.assert_allclose(frame.answers, expected, atol=1e-5)
    np.testing.assert_allclose(
        frame.predicted, keras_answers(replay, epoch, replay.recording.inputs), atol=1e-5
    )
    assert frame.x[0] < view.data[0] and frame.x[-1] > view.data[1]
    assert (np.diff(frame.x) >= 0).all()


@pytest.mark.parametrize("epoch", [*MOMENTS, 2.5])
def test_hinges_are_where_the_z_of_a_unit_is_zero(curve: Any, epoch: float) -> None:
    replay, view, _ = curve
    frame = view.at(epoch)
    kernel, bias = (array[0].astype(float) for array in replay.recording.weights_at(epoch)[:2])
    expected = -bias / kernel[0]
    shown = np.isfinite(frame.hinges)
    low, high = view.limits.x
    np.testing.assert_array_equal(shown, (expected >= low) & (expected <= high))
    np.testing.assert_allclose(frame.hinges[shown], expected[shown], rtol=1e-5)
    heights = keras_answers(replay, epoch, frame.hinges[shown, None].astype(np.float32))
    np.testing.assert_allclose(frame.heights[shown], heights, atol=1e-5)
    assert shown.any()


@pytest.mark.parametrize("epoch", MOMENTS)
def test_what_units_add_is_their_activation_times_its_weight_and_sums_up_to_the_answer(
    curve: Any, epoch: float
) -> None:
    replay, view, adding = curve
    frame = adding.at(epoch)
    kernel, bias, out, out_bias = (array[0].astype(float) for array in replay.recording.weights_at(epoch))
    expected = (np.tanh(frame.x[:, None] @ kernel + bias) * out[:, 0]).T
    np.testing.assert_allclose(frame.parts, expected, atol=1e-5)
    assert frame.bias == pytest.approx(out_bias[0]) and (frame.others == 0).all()
    answers = keras_answers(replay, epoch, frame.x[:, None].astype(np.float32))
    np.testing.assert_allclose(frame.total, answers[:, 0], atol=1e-5)
    assert view.hinges_add and adding.layer == "hidden" and adding.is_answer


def test_of_many_units_those_that_add_most_are_shown_and_the_rest_is_one(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(1, 30, 1), data=(X, numbers(X)), **REGRESSION))
    _, adding = fit(replay.evaluation)
    assert isinstance(adding, Contributions)
    frame, last = adding.at(1.0), adding.at(4.0)
    kernel, bias, out, _ = (array[0].astype(float) for array in replay.recording.weights_at(4.0))
    inside = np.linspace(*adding.data, 41)
    sizes = np.abs(np.tanh(inside[:, None] @ kernel + bias) * out[:, 0]).mean(axis=0)
    assert set(adding.units) == set(np.argsort(-sizes)[:FEW])
    for each in (frame, last):
        np.testing.assert_allclose(each.parts.sum(axis=0) + each.others + each.bias, each.total, atol=1e-9)
    assert adding.n_units == 30


def test_a_network_that_keras_evaluates_has_its_curve_and_what_units_add(tmp_path: Path) -> None:
    from replay import Recorder

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((1,)),
            keras.layers.Reshape((1, 1)),
            keras.layers.Conv1D(4, 1, activation="tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    path = tmp_path / "run.h5"
    model.fit(X, numbers(X), epochs=1, verbose=0, callbacks=[Recorder(path, X, numbers(X))])
    replay = Replay(path)
    assert not replay.evaluation.in_numpy
    view, adding = fit(replay.evaluation)
    frame, parts = view.at(1), adding.at(1)
    np.testing.assert_allclose(frame.answers, model.predict(frame.x[:, None], verbose=0), atol=1e-5)
    np.testing.assert_allclose(parts.total, model.predict(parts.x[:, None], verbose=0)[:, 0], atol=1e-5)
    assert len(frame.hinges) == 0


@pytest.mark.parametrize("epoch", MOMENTS)
@pytest.mark.parametrize("column", [0, 2])
def test_the_surface_is_what_keras_answers_and_each_contour_has_its_height(
    column: int, epoch: float, make_run: MakeRun
) -> None:
    inputs = np.random.default_rng(1).uniform(-1, 1, (40, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 5, 3), data=(inputs, numbers(inputs, 3)), **REGRESSION))
    view = fit(replay.evaluation)[column]
    assert isinstance(view, FittedSurface) and view.column == column
    frame = view.at(epoch)
    x, y = (np.linspace(*side, len(frame.values)) for side in frame.limits)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2).astype(np.float32)
    expected = keras_answers(replay, epoch, points)[:, column].reshape(frame.values.shape)
    np.testing.assert_allclose(frame.values, expected, atol=1e-5)
    for level, lines in zip(view.levels, frame.contours, strict=True):
        for line in lines:
            found = keras_answers(replay, epoch, line.astype(np.float32))[:, column]
            np.testing.assert_allclose(found, level, atol=0.01)
    crossed = [level for level in view.levels if expected.min() < level < expected.max()]
    assert [level for level, lines in zip(view.levels, frame.contours, strict=True) if lines] == crossed


def test_levels_are_round_and_lie_within_the_limits() -> None:
    assert round_numbers(0, 1, 7) == [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert round_numbers(-13, 87, 7) == [0, 20, 40, 60, 80]
    assert round_numbers(1, 1, 7) == [] and round_numbers(0, np.nan, 7) == []
    rng = np.random.default_rng(0)
    for low, size in zip(rng.normal(size=200), 10 ** rng.uniform(-6, 6, 200), strict=True):
        found = round_numbers(low, low + size, 7)
        assert 2 <= len(found) <= 7
        assert low <= found[0] + 1e-9 * size and found[-1] <= low + size * (1 + 1e-9)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_residuals_are_true_minus_predicted(epoch: float, make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(5)))
    predicted, residuals = fit(replay.evaluation)
    assert isinstance(predicted, PredictedAgainstTrue) and isinstance(residuals, Residuals)
    answers = keras_answers(replay, epoch, replay.recording.inputs)
    for view in (predicted, residuals):
        frame = view.at(epoch)
        np.testing.assert_allclose(frame.predicted, answers, atol=1e-5)
        np.testing.assert_allclose(frame.residuals, replay.recording.targets - answers, atol=1e-5)
        other = replay.recording.held_out
        assert other is not None and frame.held_out is not None
        held_out = other.targets - keras_answers(replay, epoch, other.inputs)
        np.testing.assert_allclose(frame.held_out.residuals, held_out, atol=1e-5)


def test_residuals_in_the_plane_are_the_same(make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(2)))
    _, plane = fit(replay.evaluation)
    assert isinstance(plane, ResidualPlane)
    expected = Residuals(replay.evaluation).at(2.5)
    np.testing.assert_array_equal(plane.at(2.5).residuals, expected.residuals[:, 0])
    assert expected.held_out is not None
    np.testing.assert_array_equal(plane.at(2.5).held_out, expected.held_out.residuals[:, 0])


@pytest.mark.parametrize("epoch", MOMENTS)
def test_errors_are_counted_with_their_mean_and_spread(epoch: float, make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(2)))
    view = ErrorHistogram(replay.evaluation)
    frame = view.at(epoch)
    errors = (replay.recording.targets - keras_answers(replay, epoch, replay.recording.inputs))[:, 0]
    clipped = np.clip(errors, view.edges[0], view.edges[-1])
    np.testing.assert_array_equal(frame.histogram.right, np.histogram(clipped, view.edges)[0])
    assert (frame.mean, frame.spread) == pytest.approx((errors.mean(), errors.std()), abs=1e-5)
    assert view.edges[0] == -view.edges[-1] and frame.histogram.right.max() <= 2 * view.highest
    assert frame.histogram.held_out is not None and frame.histogram.held_out.n_samples == 20


def test_the_limits_of_errors_hold_those_of_the_end_and_do_not_grow_with_a_bad_start(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 1, 1, "linear"),), loss={"name": "mean_squared_error"})
    with RunWriter(tmp_path / "run.h5", description, X, X) as writer:
        for epoch, slope in enumerate((1e4, 3, 1.1)):  # the largest errors: 1e4, 2, 0.1
            writer.snapshot(epoch, [np.array([[slope]], "f4"), np.zeros(1, "f4")])
    low, high = residual_limits(Replay(tmp_path / "run.h5").evaluation)
    assert low == -high and high == pytest.approx(1e3, rel=0.2)  # a tenth of the start, no more


def test_inputs_without_an_axis_are_one_input(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(1, 3, 1), data=(X, numbers(X)[:, 0]), **REGRESSION))
    assert [type(view) for view in fit(replay.evaluation)] == [FittedCurve, Contributions]


def test_a_view_gives_its_arrays_by_name(make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(1)))
    panels: Any = replay.view("fit").panels
    assert [type(panel.view.at(1.5)).__name__ for panel in panels] == [
        "FittedCurveFrame",
        "ContributionsFrame",
    ]
