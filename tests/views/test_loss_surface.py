"""The loss surface: against Keras's own loss at displaced weights, and a quadratic in closed form."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription, WeightDescription
from replay.views import loss_surface
from replay.views.loss_surface import MOST_SAMPLES, LossSurface

X, Y = datasets.line(40)


def write_line(path: Any, weights: Any, data: Any = (X, Y), **facts: Any) -> Any:
    """A run of a linear neuron with one input, with these weights and biases: (n, 2)."""
    description = RunDescription(
        (dense("output", 1, 1),), loss={"name": "mean_squared_error"}, **{"batch_size": 8, **facts}
    )
    with RunWriter(path, description, *data) as writer:
        for epoch, (weight, bias) in enumerate(weights):
            writer.snapshot(epoch, [np.full((1, 1), weight, "f4"), np.full(1, bias, "f4")])
    return path


WAY = np.array([[0, 0], [5, 1], [2, 3.5], [1.5, 4]])  # the weight moves farther than the bias


def test_two_weights_have_the_quadratic_of_the_closed_form(tmp_path: Any) -> None:
    surface = LossSurface([Replay(write_line(tmp_path / "run.h5", WAY)).evaluation])
    assert surface.exact and surface.share == 1
    assert surface.names == ("weight of x", "bias")
    points = np.random.default_rng(0).normal(size=(50, 2)) * 3
    x, y = X[:, 0].astype(float), Y[:, 0].astype(float)
    expected = ((points[:, :1] * x + points[:, 1:] - y) ** 2).mean(axis=1)
    np.testing.assert_allclose(surface.losses(points), expected, rtol=1e-5)


def test_the_weight_that_moves_farther_is_the_first_axis(tmp_path: Any) -> None:
    surface = LossSurface([Replay(write_line(tmp_path / "run.h5", WAY[:, ::-1])).evaluation])
    assert surface.names == ("bias", "weight of x")
    np.testing.assert_allclose(surface.on_plane[0], WAY)
    weight, bias = 1.5, -2.0
    expected = ((weight * X[:, 0].astype(float) + bias - Y[:, 0]) ** 2).mean()
    assert surface.losses(np.array([[bias, weight]]))[0] == pytest.approx(expected, rel=1e-5)


def test_the_mesh_goes_from_the_lower_left_row_by_row(tmp_path: Any) -> None:
    surface = LossSurface([Replay(write_line(tmp_path / "run.h5", WAY)).evaluation])
    mesh = surface.over(surface.limits)
    (left, right), (bottom, top) = surface.limits
    corners = np.array([[left, bottom], [right, bottom], [left, top]])
    np.testing.assert_allclose(mesh[[0, 0, -1], [0, -1, 0]], surface.losses(corners))
    assert left < WAY[:, 0].min() and top > WAY[:, 1].max()


@pytest.mark.parametrize("n_classes", [2, 3])
def test_losses_are_those_of_keras_at_displaced_weights(make_run: Any, n_classes: int) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    units = (2, 3, 4, 1 if n_classes == 2 else n_classes)
    replay = Replay(make_run(units=units, data=(x, np.arange(30) % n_classes), n_snapshots=4))
    surface = LossSurface([replay.evaluation])
    points = np.array([[0.0, 0], [0.7, -1], [-2, 3]])
    model = keras.Sequential(
        [
            keras.Input((2,)),
            *(keras.layers.Dense(n, "tanh") for n in units[1:-1]),
            keras.layers.Dense(units[-1], "sigmoid" if n_classes == 2 else "softmax"),
        ]
    )
    loss = "binary_crossentropy" if n_classes == 2 else "sparse_categorical_crossentropy"
    model.compile(loss=loss)
    found = surface.losses(points)
    for value, row in zip(found, surface.plane.lift(points), strict=True):
        sizes = [int(np.prod(weight.shape)) for weight in model.weights]
        parts = np.split(row, np.cumsum(sizes)[:-1])
        model.set_weights([part.reshape(w.shape) for part, w in zip(parts, model.weights, strict=True)])
        assert value == pytest.approx(
            model.evaluate(x, np.arange(30) % n_classes, verbose=0), rel=1e-5, abs=1e-6
        )


def test_the_plane_goes_through_the_end_of_the_path(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=6))
    surface = LossSurface([replay.evaluation])
    expected = replay.losses()[-1].mean()
    assert surface.losses(np.zeros((1, 2)))[0] == pytest.approx(expected, rel=1e-6)
    assert 0 < surface.share <= 1


def test_many_samples_are_a_fixed_choice(make_run: Any) -> None:
    surfaces = [LossSurface([Replay(make_run(data=datasets.parabola(700))).evaluation]) for _ in range(2)]
    assert surfaces[0].n_samples == 1400 and len(surfaces[0].sampled[0].inputs) == MOST_SAMPLES
    inputs = [surface.sampled[0].inputs for surface in surfaces]
    np.testing.assert_array_equal(*inputs)


def test_statistics_of_batch_normalisation_do_not_span_the_plane(tmp_path: Any) -> None:
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = tuple(WeightDescription(name, (2,)) for name in names)
    layers = (
        dense("hidden", 2, 2, "tanh"),
        LayerDescription("norm", "BatchNormalization", units=2, shape=(2,), weights=weights),
        dense("output", 2, 1, "sigmoid"),
    )
    rng = np.random.default_rng(0)
    with RunWriter(
        tmp_path / "run.h5",
        RunDescription(layers, loss={"name": "binary_crossentropy"}),
        *datasets.parabola(20),
    ) as writer:
        for epoch in range(3):
            arrays = [rng.normal(size=w.shape).astype("f4") for layer in layers for w in layer.weights]
            arrays[5] = np.abs(arrays[5]) + 1
            writer.snapshot(epoch, arrays)
    surface = LossSurface([Replay(tmp_path / "run.h5").evaluation])
    assert surface.paths[0].size == 2 * 2 + 2 + 2 + 2 + 2 + 1
    last = surface.paths[0].evaluation.recording.weights_at(2.0)
    for point in surface.paths[0].weights(surface.paths[0].rows)[4:6]:
        assert (point == point[:1]).all()
    np.testing.assert_array_equal(surface.paths[0].weights(surface.paths[0].rows)[4][0], last[4][0])


def test_runs_share_a_surface_only_of_one_network_and_the_same_data(make_run: Any, tmp_path: Any) -> None:
    first = Replay(make_run("a.h5")).evaluation
    others = {
        "network": make_run("b.h5", units=(2, 3, 1)),
        "activation": make_run("c.h5", activation="relu"),
        "samples": make_run("d.h5", data=datasets.parabola(30, offset=0.6)),
    }
    for what, path in others.items():
        why = {"samples": "recorded samples are others"}.get(what, "network is another")
        with pytest.raises(ViewError, match=why):
            LossSurface([first, Replay(path).evaluation])


def test_the_plane_of_several_runs_is_one_of_all_their_paths(make_run: Any) -> None:
    runs = [Replay(make_run(f"{seed}.h5", seed=seed)).evaluation for seed in range(3)]
    surface = LossSurface(runs)
    assert len(surface.on_plane) == 3
    (left, right), (bottom, top) = surface.limits
    for points in surface.on_plane:
        assert ((points > [left, bottom]) & (points < [right, top])).all()
    ends = [run.losses()[-1].mean() for run in runs]
    assert surface.losses(np.zeros((1, 2)))[0] == pytest.approx(min(ends), rel=1e-6)


def test_what_has_no_surface_is_refused_in_a_line(make_run: Any, tmp_path: Any) -> None:
    refused = {
        "two snapshots or more": make_run("one.h5", n_snapshots=1),
        "the loss 'mine'": make_run("loss.h5", loss="mine"),
        "never change": make_run("still.h5"),
        "not finite at its first": write_line(tmp_path / "nan.h5", [[np.nan, 2]] * 3),
    }
    still = Replay(refused["never change"]).recording
    with RunWriter(
        refused["never change"], still.description, still.inputs, still.targets, overwrite=True
    ) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [np.ones(w.shape, "f4") for _, w in still.description.weight_paths])
    for why, path in refused.items():
        with pytest.raises(ViewError, match=why) as caught:
            LossSurface([Replay(path).evaluation])
        assert ("\n" not in str(caught.value) and str(path) in str(caught.value)) or why == "the loss 'mine'"


def test_two_weights_are_a_plane_whether_they_move_or_not(tmp_path: Any) -> None:
    surface = LossSurface([Replay(write_line(tmp_path / "run.h5", [[1, 2]] * 3)).evaluation])
    assert surface.exact and np.ptp(surface.limits, axis=1).min() > 0


def test_ten_million_weights_are_refused_with_their_cost_before_they_are_read(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    layers = (dense("hidden", 2, 1000), dense("wide", 1000, 10_000), dense("output", 10_000, 1))
    description = RunDescription(layers, loss={"name": "mean_squared_error"})
    evaluation = Replay(write_line(tmp_path / "run.h5", WAY)).evaluation
    monkeypatch.setattr(type(evaluation.recording), "description", description)
    monkeypatch.setattr(type(evaluation.recording), "weights_at", None)
    monkeypatch.setattr(type(evaluation.recording), "blocks", None)
    with pytest.raises(
        ViewError, match=r"about \d+ (minutes|hours|seconds) and \d+\.\d GB.*10,0\d\d,\d+ weights"
    ):
        LossSurface([evaluation])


def test_a_dear_surface_has_a_coarser_mesh(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluation = Replay(make_run()).evaluation
    assert LossSurface([evaluation]).points == 121
    cost = loss_surface.seconds(evaluation, 60, 61**2)
    monkeypatch.setattr(loss_surface, "MESHES", {121: cost, 61: 0.9 * cost, 41: 0.9 * cost})
    assert LossSurface([evaluation]).points == 41
    monkeypatch.setattr(loss_surface, "MESHES", {41: 0.1 * cost})
    with pytest.raises(ViewError, match="would take about"):
        LossSurface([evaluation])


def test_a_path_ends_where_weights_are_no_longer_finite(tmp_path: Any) -> None:
    way = np.array([[0, 0], [1, 1], [4, 3], [np.inf, 0], [np.nan, np.nan]])
    surface = LossSurface([Replay(write_line(tmp_path / "run.h5", way)).evaluation])
    np.testing.assert_allclose(surface.on_plane[0], way[:3])
    assert surface.paths[0].diverged
    assert np.isfinite(surface.limits).all()


@pytest.fixture
def by_keras(tmp_path: Any) -> Any:
    """A run of a convolution, which Keras evaluates."""
    from replay import Recorder

    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Conv2D(1, 3, activation="tanh"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    model.compile("sgd", "binary_crossentropy")
    x = np.random.default_rng(0).normal(size=(6, 4, 4, 1)).astype(np.float32)
    y = np.arange(6) % 2
    model.fit(x, y, epochs=2, verbose=0, callbacks=[Recorder(tmp_path / "conv.h5", x, y)])
    return Replay(tmp_path / "conv.h5").evaluation


@pytest.mark.usefixtures("step_by_step")
def test_a_network_that_keras_evaluates_has_a_surface_where_it_is_not_too_dear(
    by_keras: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not by_keras.in_numpy
    surface = LossSurface([by_keras])
    expected = by_keras.losses(epochs=[2])[0].mean()
    assert surface.losses(np.zeros((1, 2)))[0] == pytest.approx(expected, rel=1e-5)
    monkeypatch.setattr(loss_surface, "MESHES", {31: 1e-3})
    with pytest.raises(
        ViewError, match="framework evaluates this network, and its loss surface would take about"
    ):
        LossSurface([by_keras])


def test_across_a_straight_path_the_surface_reaches_as_far_as_along_it(make_run: Any) -> None:
    (left, right), (bottom, top) = LossSurface([Replay(make_run()).evaluation]).limits  # which drifts evenly
    assert top - bottom == pytest.approx(right - left, rel=1e-3)
