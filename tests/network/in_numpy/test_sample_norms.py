"""How hard each sample pushes: the norms of per-sample gradients, against Keras with batches of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl

from replay.errors import ViewError
from replay.network.in_keras import describe
from replay.network.in_numpy import forward
from replay.network.in_numpy.forward import Network

Array = np.ndarray


def narrow() -> Any:
    return [
        kl.Dense(4, activation="tanh"),
        kl.Dense(3, activation="relu", use_bias=False),
        kl.Dense(1, "sigmoid"),
    ]


def mixed() -> Any:
    return [
        kl.Dense(4), kl.BatchNormalization(), kl.PReLU(), kl.Dropout(0.5),
        kl.Dense(3), kl.LayerNormalization(), kl.Dense(1, "sigmoid"),
    ]  # fmt: skip


def by_position() -> Any:
    """A Dense layer that reads each of three positions with the same weights."""
    return [kl.Reshape((3, 2)), kl.Dense(4, activation="tanh"), kl.Flatten(), kl.Dense(1, "sigmoid")]


def frozen() -> Any:
    return [kl.Dense(4, activation="tanh", trainable=False), kl.Dense(1, "sigmoid")]


@pytest.mark.parametrize("make", [narrow, mixed, by_position, frozen])
def test_each_sample_pushes_as_hard_as_a_batch_of_it_alone(make: Callable[[], Any]) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 6)).astype(np.float32), (np.arange(9) % 2).astype(np.float32)
    model = keras.Sequential([keras.Input((6,)), *make()])
    model.compile(loss="binary_crossentropy")
    model.set_weights([rng.uniform(0.2, 1.2, w.shape) * rng.choice([-1, 1], w.shape) ** ("var" not in v.name)
                       for v, w in zip(model.weights, model.get_weights(), strict=True)])  # fmt: skip
    description = describe.describe(model)
    weights = [np.asarray(v)[None] for layer in model.layers for v in layer.weights]
    network = Network(description.layers)
    found = network.gradient_norms(x, y, weights, description.loss)
    expected = []
    for row in range(9):
        with tf.GradientTape() as tape:
            loss = keras.losses.binary_crossentropy(
                y[row : row + 1, None], model(x[row : row + 1], training=False)
            )
        gradients = tape.gradient(loss, [v.value for v in model.trainable_variables])
        expected.append(np.sqrt(sum(float(tf.reduce_sum(each**2)) for each in gradients)))
    np.testing.assert_allclose(found, expected, rtol=2e-4)
    in_pieces = network.gradient_norms(x[:4], y[:4], weights, description.loss)
    np.testing.assert_allclose(in_pieces, found[:4], rtol=1e-6)


def test_samples_are_taken_in_pieces_that_fit_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    model = keras.Sequential([keras.Input((6,)), *narrow()])
    model.compile(loss="binary_crossentropy")
    description = describe.describe(model)
    weights = [np.asarray(v)[None] for v in model.weights]
    x, y = rng.normal(size=(20, 6)).astype(np.float32), np.arange(20) % 2
    whole = Network(description.layers).gradient_norms(x, y, weights, description.loss)
    monkeypatch.setattr(forward, "KEPT_VALUES", 60)
    parts = Network(description.layers).gradient_norms(x, y, weights, description.loss)
    assert whole.shape == (20,)
    np.testing.assert_allclose(parts, whole, rtol=1e-6)


def test_an_unknown_loss_is_refused() -> None:
    model = keras.Sequential([keras.Input((2,)), kl.Dense(1)])
    weights = [np.asarray(v)[None] for v in model.weights]
    with pytest.raises(ViewError, match="mine"):
        Network(describe.describe(model).layers).gradient_norms(
            np.ones((3, 2)), np.ones(3), weights, {"name": "mine"}
        )
