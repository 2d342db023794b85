"""The layers multiplied out, against Keras's model and against networks whose answer is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.views.linear_collapse import CollapsedPlane, DenseChain, LayerProduct, linear_collapse
from tests.conftest import MakeRun


def of_keras(replay: Replay, epoch: float, inputs: np.ndarray) -> np.ndarray:
    """The logits of a Keras model with the run's layers, all linear, and its weights at the epoch."""
    layers = replay.recording.description.layers
    model = keras.Sequential(
        [keras.Input((inputs.shape[1],)), *(keras.layers.Dense(one.units) for one in layers)]
    )
    model.set_weights([weight[0] for weight in replay.recording.weights_at(epoch)])
    return np.asarray(keras.ops.convert_to_numpy(model(inputs)))


def test_the_product_is_the_output_of_the_linear_network_in_keras(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 4, 3, 1), activation="linear"))
    chain = DenseChain(replay.evaluation)
    inputs = np.random.default_rng(1).normal(size=(50, 2)).astype(np.float32)
    assert chain.is_linear and chain.names == ("hidden_1", "hidden_2", "output")
    for epoch in (0.0, 4.0):
        np.testing.assert_allclose(
            chain.product(epoch)(inputs.astype(float)), of_keras(replay, epoch, inputs), rtol=1e-5, atol=1e-5
        )


def test_the_lines_of_network_and_product_are_the_same_without_activations_only(make_run: MakeRun) -> None:
    for activation, same in (("linear", True), ("tanh", False)):
        replay = Replay(make_run(f"{activation}.h5", units=(2, 4, 3, 1), activation=activation, seed=6))
        view = CollapsedPlane(replay.evaluation)
        frame = view.at(2)
        product = view.chain.product(2)
        for line in frame.line:  # straight: it is where the product is 0
            np.testing.assert_allclose(product(line)[:, 0], 0, atol=1e-4 * np.abs(product.kernel).max())
        points = np.concatenate(frame.regions.boundary)
        off = np.abs(product(points)[:, 0]).max() / np.abs(product.kernel).max()
        assert bool(off < 1e-3) is same
        assert (frame.right == frame.right_alone) or not same


def test_the_share_that_the_product_gets_right_is_counted_one_by_one(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3, 1), seed=2))
    view = CollapsedPlane(replay.evaluation)
    w1, b1, w2, b2 = (weight[0].astype(float) for weight in replay.recording.weights_at(1))
    right = [
        bool((((x @ w1 + b1) @ w2 + b2)[0] > 0) == y)
        for x, y in zip(replay.recording.inputs.astype(float), replay.recording.targets, strict=True)
    ]
    assert view.at(1).right_alone == pytest.approx(np.mean(right))


def test_colours_are_chosen_by_the_largest_numbers_of_the_run(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 4, 1)))
    view = LayerProduct(replay.evaluation)
    every = [weight for epoch in replay.epochs for weight in replay.recording.weights_at(float(epoch))]
    assert view.largest == pytest.approx(max(np.abs(weight).max() for weight in every))
    products = [view.at(float(epoch)).product for epoch in replay.epochs]
    assert view.largest_product == pytest.approx(
        max(max(np.abs(one.kernel).max(), np.abs(one.bias).max()) for one in products)
    )


def test_several_classes_have_the_lines_of_the_product_between_them(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).normal(size=(60, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 4, 3), activation="linear", data=(inputs, np.arange(60) % 3)))
    view = CollapsedPlane(replay.evaluation)
    frame = view.at(3)
    for line in frame.line:
        scores = np.sort(view.chain.product(3)(line), axis=1)
        np.testing.assert_allclose(scores[:, -1], scores[:, -2], atol=1e-3 * np.abs(scores).max())
    assert frame.right == frame.right_alone


def test_a_regression_and_other_inputs_have_the_matrices_alone(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(30, 3)).astype(np.float32)
    regression = make_run(
        units=(3, 2, 1), data=(x, x[:, 0]), output_activation="linear", loss="mean_squared_error"
    )
    assert [type(part) for part in linear_collapse(Replay(regression).evaluation)] == [LayerProduct]
    three = make_run("three.h5", units=(3, 2, 1), data=(x, np.arange(30) % 2))
    assert [type(part) for part in linear_collapse(Replay(three).evaluation)] == [LayerProduct]


def test_a_network_of_one_layer_has_nothing_to_multiply(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match="nothing to multiply"):
        linear_collapse(Replay(make_run(units=(2, 1))).evaluation)


def test_other_layers_are_refused_by_name(tmp_path: Path) -> None:
    x = np.zeros((4, 2), np.float32)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3),
            keras.layers.LayerNormalization(name="norm"),
            keras.layers.Dense(1),
        ]
    )
    from replay.network.in_keras import describe

    with RunWriter(tmp_path / "run.h5", describe.describe(model), x, x[:, 0]) as writer:
        writer.snapshot(0, describe.weights(model))
    with pytest.raises(ViewError, match="'norm' is of the class LayerNormalization"):
        linear_collapse(Replay(tmp_path / "run.h5").evaluation)


def test_weights_that_are_not_finite_end_no_picture(make_run: MakeRun, tmp_path: Path) -> None:
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    with RunWriter(tmp_path / "nan.h5", RunDescription(layers), x, np.arange(20) % 2) as writer:
        for epoch, value in enumerate((1.0, np.nan)):
            shapes: Any = [(2, 2), (2,), (2, 1), (1,)]
            writer.snapshot(epoch, [np.full(shape, value, np.float32) for shape in shapes])
    replay = Replay(tmp_path / "nan.h5")
    assert np.isnan(LayerProduct(replay.evaluation).at(1).product.kernel).all()
    replay.view("linear-collapse").plot(1)
