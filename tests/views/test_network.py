"""The arrays of a network's diagram, against Keras with the recorded weights and counts by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.views.network import Network
from replay.views.shared.unit_pictures import BINS, MOST_SAMPLES

Array = np.ndarray


def keras_like(replay: Replay, epoch: float) -> Any:
    """A Keras model with the weights of an epoch."""
    layers = replay.recording.description.layers
    model = keras.Sequential([keras.Input(replay.recording.inputs.shape[1:])])
    for layer in layers:
        model.add(keras.layers.Dense(layer.units, activation=layer.activation, name=layer.name))
    model.set_weights([weight[0] for weight in replay.recording.weights_at(epoch)])
    return model


def answers(model: Any, inputs: Array) -> list[Array]:
    """What each layer answers."""
    found, x = [], inputs
    for layer in model.layers:
        x = layer(x)
        found.append(np.asarray(x))
    return found


@pytest.mark.parametrize("epoch", [0, 2.5, 4])
def test_edges_and_biases_are_the_weights(make_run: Any, epoch: float) -> None:
    replay = Replay(make_run(units=(2, 4, 3, 1)))
    frame = Network(replay.evaluation).at(epoch)
    kernels, biases = replay.recording.weights_at(epoch)[::2], replay.recording.weights_at(epoch)[1::2]
    for edges, kernel in zip(frame.edges, kernels, strict=True):
        np.testing.assert_array_equal(edges, kernel[0])
    for drawn, bias in zip(frame.biases[1:], biases, strict=True):
        np.testing.assert_array_equal(drawn, bias[0])
    assert np.isnan(frame.biases[0]).all()


def test_gradients_are_those_of_keras(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 4, 3, 1)))
    frame = Network(replay.evaluation, "gradients").at(3)
    model = keras_like(replay, 3)
    with tf.GradientTape() as tape:
        found = model(replay.recording.inputs.astype(np.float32))[:, 0]
        loss = tf.reduce_mean(
            keras.losses.binary_crossentropy(replay.recording.targets[:, None], found[:, None])
        )
    expected = [np.asarray(each) for each in tape.gradient(loss, model.trainable_weights)]
    for edges, gradient in zip(frame.edges, expected[::2], strict=True):
        np.testing.assert_allclose(edges, gradient, rtol=1e-3, atol=1e-6)
    for drawn, gradient in zip(frame.biases[1:], expected[1::2], strict=True):
        np.testing.assert_allclose(drawn, gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize(("epoch", "before", "after"), [(0, 0, 1), (1, 0, 1), (2.4, 1, 3), (3, 1, 3)])
def test_changes_are_those_of_the_step(make_run: Any, epoch: float, before: float, after: float) -> None:
    replay = Replay(make_run(epochs=np.array([0, 1, 3]), n_snapshots=3))
    frame = Network(replay.evaluation, "changes").at(epoch)
    old, new = (replay.recording.weights_at(each) for each in (before, after))
    np.testing.assert_array_equal(frame.edges[0], (new[0] - old[0])[0])
    np.testing.assert_array_equal(frame.biases[2], (new[3] - old[3])[0])


def test_over_the_plane_each_unit_shows_what_keras_answers_there(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 4, 3, 1), activation="relu"))
    view = Network(replay.evaluation)
    frame = view.at(2)
    plane = view.pictures
    points = np.stack(
        np.meshgrid(np.linspace(*plane.plane.x, plane.side), np.linspace(*plane.plane.y, plane.side))
    )
    mesh = points.reshape(2, -1).T.astype(np.float32)
    for picture, expected in zip(frame.pictures, [mesh, *answers(keras_like(replay, 2), mesh)], strict=True):
        flat = picture.reshape(len(picture), -1).T
        np.testing.assert_allclose(flat, expected, rtol=1e-4, atol=1e-5)
    assert frame.regions is not None
    np.testing.assert_allclose(frame.regions.probabilities[..., 1], frame.pictures[-1][0], rtol=1e-6)


def test_of_tables_each_unit_shows_how_many_samples_of_a_class_it_answers_how(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(50, 5)).astype(np.float32), rng.integers(0, 3, 50)
    replay = Replay(make_run(units=(5, 4, 3), data=(x, y)))
    view = Network(replay.evaluation)
    frame = view.at(1)
    low, high = view.ranges[1]
    assert view.kind == "density" and (low, high) == (-1, 1)
    values = answers(keras_like(replay, 1), x)[0]
    for unit in range(4):
        counts = np.zeros((BINS, 3))
        for value, label in zip(values[:, unit], y, strict=True):
            counts[min(int((value - low) / (high - low) * BINS), BINS - 1), label] += 1
        np.testing.assert_allclose(frame.pictures[1][unit], counts / counts.sum(axis=1).max())


def test_of_images_units_show_their_kernel_and_what_excites_them(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.random(size=(40, 16)).astype(np.float32), rng.integers(0, 2, 40)
    replay = Replay(make_run(units=(16, 3, 2, 1), data=(x, y)))
    view = Network(replay.evaluation)
    frame = view.at(1)
    np.testing.assert_allclose(frame.pictures[0], x.mean(axis=0).reshape(1, 4, 4), rtol=1e-5)
    np.testing.assert_array_equal(frame.pictures[1].reshape(3, 16).T, replay.recording.weights_at(1)[0][0])
    values = answers(keras_like(replay, 1), x)[1]
    for unit in range(2):
        goes_with = np.array([np.cov(values[:, unit], x[:, pixel], bias=True)[0, 1] for pixel in range(16)])
        expected = goes_with / (values[:, unit].std() * x.std(axis=0).max())
        np.testing.assert_allclose(frame.pictures[2][unit].ravel(), expected, rtol=1e-3, atol=1e-5)
    assert view.kind == "image" and frame.edges[0].shape == (0, 3) and frame.edges[1].shape == (3, 2)


def test_the_widest_edge_is_the_same_at_all_epochs_and_strays_do_not_count(tmp_path: Path) -> None:
    x = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    layers = (dense("hidden", 3, 50), dense("output", 50, 1, "sigmoid"))
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), x, np.arange(20) % 2) as writer:
        for epoch in range(40):
            weights = [
                np.full(shape, 0.1 * (1 + epoch / 39), np.float32) for shape in ((3, 50), 50, (50, 1), 1)
            ]
            weights[0][0, 0] = 100.0
            if epoch == 20:
                weights = [1e6 * weight for weight in weights]
            writer.snapshot(epoch, weights)
    assert Network(Replay(tmp_path / "run.h5").evaluation, most=50).limit == pytest.approx(0.2, rel=1e-5)


def test_units_that_are_dead_or_saturated_are_known(tmp_path: Path) -> None:
    x = np.random.default_rng(0).uniform(-1, 1, size=(20, 2)).astype(np.float32)
    layers = (dense("bend", 2, 3, "relu"), dense("squash", 3, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    kernels = np.zeros((2, 3)), np.zeros((3, 2)), np.zeros((2, 1))
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), x, np.arange(20) % 2) as writer:
        for biases in (([1, -1, 1], [0, 9], [99]), ([-1, -1, 1], [0, 0], [0])):
            pairs = zip(kernels, map(np.array, biases), strict=True)
            weights = [each.astype(np.float32) for pair in pairs for each in pair]
            writer.snapshot(float(biases[2] == [0]), weights)
    view = Network(Replay(tmp_path / "run.h5").evaluation)
    for epoch, dead, saturated in ((0, [0, 1, 0], [0, 1]), (0.7, [0, 1, 0], [0, 1]), (1, [1, 1, 0], [0, 0])):
        frame = view.at(epoch)
        assert frame.dead[1].tolist() == [bool(each) for each in dead]
        assert frame.saturated[2].tolist() == [bool(each) for each in saturated]
        assert not frame.saturated[3].any()  # an output that is sure


def test_colours_do_not_follow_the_epoch(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 3, 2, 1), activation="tanh"))
    assert Network(replay.evaluation).ranges[1:] == [(-1, 1), (-1, 1), (0, 1)]
    unbounded = Network(Replay(make_run(units=(2, 3, 1), activation="relu")).evaluation).ranges[1]
    assert unbounded[0] == 0 and np.isfinite(unbounded[1])


def test_a_diverged_network_has_arrays_all_the_same(tmp_path: Path) -> None:
    x, y = datasets.parabola(10)
    layers = (dense("hidden", 2, 2, "relu"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, x, y) as writer:
        for epoch, value in enumerate((1.0, np.nan, np.inf)):
            shapes = [weight.shape for _, weight in description.weight_paths]
            writer.snapshot(epoch, [np.full(shape, value, np.float32) for shape in shapes])
    for quantity in ("weights", "gradients", "changes"):
        view = Network(Replay(tmp_path / "run.h5").evaluation, quantity)
        assert np.isfinite(view.limit) and np.isfinite(view.ranges).all()
        assert [view.at(epoch).edges[0].shape for epoch in (0, 0.5, 1, 2)] == [(2, 2)] * 4


def test_constant_inputs_and_one_snapshot_have_a_diagram(make_run: Any) -> None:
    data = np.ones((10, 2), np.float32), np.arange(10) % 2
    for quantity in ("weights", "gradients", "changes"):
        view = Network(Replay(make_run(data=data, n_snapshots=1)).evaluation, quantity)
        assert np.isfinite(view.limit) and view.limit > 0
        assert np.isfinite(view.at(0).edges[0]).all()


def test_many_samples_are_thinned_out(make_run: Any) -> None:
    x = np.random.default_rng(0).normal(size=(3 * MOST_SAMPLES, 3)).astype(np.float32)
    view = Network(Replay(make_run(units=(3, 2, 1), data=(x, np.arange(len(x)) % 2))).evaluation)
    assert len(view.pictures.samples) == MOST_SAMPLES


@pytest.mark.parametrize(
    ("quantity", "facts", "message"),
    [
        ("weight", {}, "shows weights, gradients, changes, not 'weight'"),
        ("gradients", {"loss": "mine"}, "mine"),
    ],
)
def test_what_the_run_cannot_have_is_refused(
    make_run: Any, quantity: str, facts: dict[str, Any], message: str
) -> None:
    with pytest.raises(ViewError, match=message):
        Network(Replay(make_run(**facts)).evaluation, quantity)
