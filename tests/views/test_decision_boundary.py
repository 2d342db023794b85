"""The decision boundary over the input plane, against the network evaluated point by point."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs import evaluation
from replay.views.decision_boundary import DecisionBoundary, DecisionBoundaryFrame, input_limits

Array = np.ndarray
MakeRun = Callable[..., Path]
KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "binary": lambda: {"seed": 5},
    "deep": lambda: {"units": (2, 6, 2, 1), "seed": 2},
    "multiclass": lambda: {"units": (2, 6, 4), "data": datasets.blobs(15)},
}
MOMENTS = (0, 0.5, 2, 3.25, 4)


@pytest.fixture(params=list(KINDS))
def replay(request: pytest.FixtureRequest, make_run: MakeRun) -> Replay:
    return Replay(make_run(**KINDS[request.param]()))


def answers(replay: Replay, epoch: float, points: Array) -> Array:
    """Probabilities by class in float64, from the two snapshots around the epoch."""
    before, after = int(np.floor(epoch)), int(np.ceil(epoch))
    pair = [replay.recording.weights_at(each) for each in (before, after)]
    share = epoch - before
    weights = [
        (1 - share) * a[0].astype(float) + share * b[0].astype(float) for a, b in zip(*pair, strict=True)
    ]
    x = points.astype(float)
    for kernel, bias in zip(weights[:-2:2], weights[1:-2:2], strict=True):
        x = np.tanh(x @ kernel + bias)
    z = x @ weights[-2] + weights[-1]
    if z.shape[1] == 1:
        p = 1 / (1 + np.exp(-z))
        return np.concatenate([1 - p, p], axis=1)
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("epoch", MOMENTS)
def test_each_point_of_the_plane_has_the_probabilities_of_the_network(replay: Replay, epoch: float) -> None:
    view = DecisionBoundary(replay.evaluation, mesh_points=25)
    frame = view.at(epoch)
    x, y = np.linspace(*view.limits.x, 25), np.linspace(*view.limits.y, 25)
    points = np.stack(np.meshgrid(x, y), axis=-1)
    got = frame.regions.probabilities
    assert got.shape[:2] == (25, 25)
    expected = answers(replay, epoch, points.reshape(-1, 2)).reshape(got.shape)
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-5)
    np.testing.assert_allclose(got.sum(axis=-1), 1, rtol=1e-5)
    assert frame.epoch == epoch
    assert frame.regions.limits == view.limits


@pytest.mark.parametrize("epoch", MOMENTS)
def test_the_two_likeliest_classes_tie_along_the_boundary(replay: Replay, epoch: float) -> None:
    frame = DecisionBoundary(replay.evaluation, mesh_points=100).at(epoch)
    probabilities = frame.regions.probabilities
    step = max(float(np.abs(np.diff(probabilities, axis=axis)).max()) for axis in (0, 1))
    for line in frame.regions.boundary:
        p = answers(replay, epoch, line)
        if p.shape[1] == 2:
            np.testing.assert_allclose(p, 0.5, atol=max(step / 10, 1e-3))
        ordered = np.sort(p, axis=1)
        assert (ordered[:, -1] - ordered[:, -2]).max() < step


def test_there_is_a_boundary_where_more_than_one_class_wins(replay: Replay) -> None:
    view = DecisionBoundary(replay.evaluation, mesh_points=60)
    seen = set()
    for epoch in MOMENTS:
        regions = view.at(epoch).regions
        divided = len(np.unique(regions.probabilities.argmax(axis=-1))) > 1
        assert bool(regions.boundary) == divided
        seen.add(divided)
    assert True in seen


@pytest.mark.parametrize("epoch", MOMENTS)
def test_right_samples_are_those_of_the_network(replay: Replay, epoch: float) -> None:
    view = DecisionBoundary(replay.evaluation, mesh_points=5)
    p = answers(replay, epoch, replay.recording.inputs)
    np.testing.assert_array_equal(view.labels, replay.recording.targets)
    np.testing.assert_array_equal(view.at(epoch).correct, p.argmax(axis=1) == replay.recording.targets)


def test_the_limits_hold_every_sample_with_a_margin(replay: Replay) -> None:
    inputs = replay.recording.inputs
    limits = DecisionBoundary(replay.evaluation).limits
    assert limits == input_limits(replay.evaluation)
    for column, (low, high) in enumerate(limits):
        assert low < inputs[:, column].min()
        assert high > inputs[:, column].max()
        assert high - low < 1.5 * np.ptp(inputs[:, column])


def test_limits_may_be_given_for_each_axis(make_run: MakeRun) -> None:
    evaluated = Replay(make_run()).evaluation
    around = DecisionBoundary(evaluated).limits
    assert DecisionBoundary(evaluated, xlim=(-5, 7)).limits == ((-5, 7), around.y)
    view = DecisionBoundary(evaluated, mesh_points=4, xlim=(-5, 7), ylim=(0, 1))
    assert view.limits == ((-5, 7), (0, 1))
    replayed = answers(Replay(evaluated.recording.path), 1, np.array([[7.0, 1.0]]))
    np.testing.assert_allclose(view.at(1).regions.probabilities[-1, -1], replayed[0], rtol=1e-3)


def look(path: Path, epochs: tuple[float, ...]) -> dict[float, DecisionBoundaryFrame]:
    view = DecisionBoundary(Replay(path).evaluation, mesh_points=12)
    return {epoch: view.at(epoch) for epoch in epochs}


@pytest.mark.parametrize("kind", KINDS)
def test_moments_in_any_order_and_blocks_of_any_size_give_the_same(
    kind: str, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run(**KINDS[kind]())
    frames = look(path, MOMENTS)
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 1)
    for epoch, frame in look(path, (*MOMENTS[::-1], 2)).items():
        np.testing.assert_allclose(
            frame.regions.probabilities, frames[epoch].regions.probabilities, rtol=1e-5, atol=1e-7
        )
        np.testing.assert_array_equal(frame.correct, frames[epoch].correct)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_a_network_that_only_keras_evaluates_has_a_boundary_too(tmp_path: Path) -> None:
    import keras

    from replay.network.in_keras import describe

    inputs = keras.Input((2,))
    arms = [
        keras.layers.Dense(2, activation="tanh")(inputs),
        keras.layers.Dense(2, activation="relu")(inputs),
    ]
    model = keras.Model(inputs, keras.layers.Dense(1, activation="sigmoid")(keras.layers.Average()(arms)))
    model.compile(loss="binary_crossentropy")
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(size=weights.shape) for weights in model.get_weights()])
    with RunWriter(tmp_path / "run.h5", describe.describe(model), *datasets.parabola(10)) as writer:
        writer.snapshot(0, describe.weights(model))
    view = DecisionBoundary(Replay(tmp_path / "run.h5").evaluation, mesh_points=9)
    assert not view.evaluation.in_numpy
    points = np.stack(
        np.meshgrid(np.linspace(*view.limits.x, 9), np.linspace(*view.limits.y, 9)), axis=-1
    ).reshape(-1, 2)
    p = keras.ops.convert_to_numpy(model(points.astype(np.float32)))
    got = view.at(0).regions.probabilities.reshape(-1, 2)
    np.testing.assert_allclose(got, np.concatenate([1 - p, p], axis=1), rtol=1e-4, atol=1e-5)


def test_weights_that_are_nan_leave_the_plane_without_boundary(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(10)) as writer:
        writer.snapshot(0, [np.ones((2, 1)), np.zeros(1)])
        writer.snapshot(1, [np.full((2, 1), np.nan), np.zeros(1)])
    view = DecisionBoundary(Replay(tmp_path / "run.h5").evaluation, mesh_points=10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert view.at(0).regions.boundary
        for epoch in (0.5, 1):
            frame = view.at(epoch)
            assert frame.regions.boundary == []
            assert np.isnan(frame.regions.probabilities).all()
            assert not frame.correct.any()


@pytest.mark.parametrize("columns", [1, 3])
def test_inputs_of_another_dimension_are_refused(columns: int, make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(20, columns))
    path = make_run(units=(columns, 2, 1), data=(inputs, np.arange(20) % 2))
    with pytest.raises(ViewError, match=rf"run\.h5.*2 dimensions.*\({columns},\).*feature space"):
        DecisionBoundary(Replay(path).evaluation)


def test_a_regression_is_refused(make_run: MakeRun) -> None:
    inputs = datasets.xor(10)[0]
    path = make_run(output_activation="linear", loss="mean_squared_error", data=(inputs, inputs[:, 0]))
    with pytest.raises(ViewError, match="regression"):
        DecisionBoundary(Replay(path).evaluation)


def test_a_grid_covers_the_plane(make_run: MakeRun) -> None:
    evaluation = Replay(make_run()).evaluation
    assert DecisionBoundary(evaluation).lines is None
    lines = DecisionBoundary(evaluation, xlim=(-2, 3), ylim=(0, 1), grid=True).lines
    assert lines is not None
    np.testing.assert_array_equal(lines.reshape(-1, 2).min(axis=0), (-2, 0))
    np.testing.assert_array_equal(lines.reshape(-1, 2).max(axis=0), (3, 1))
