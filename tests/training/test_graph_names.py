"""Layers, models, losses, metrics and optimizers may have any name, in compiled trainings and in `fit`."""

from __future__ import annotations

import logging
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from replay import train
from replay.training.graph_names import any_names

pytestmark = pytest.mark.usefixtures("without_xla")
X = np.random.default_rng(7).normal(size=(50, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
NAMES = {"blanks": "my layer", "umlauts": "größe", "kanji": "隠れ層", "an underscore": "_hidden"}


def named(name: str) -> Any:
    layers = [
        keras.layers.Dense(4, "tanh", kernel_initializer=keras.initializers.GlorotUniform(1), name=name),
        keras.layers.Dense(1, "sigmoid", kernel_initializer="ones", name=f"{name}2"),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers], name=name)
    model.compile(
        keras.optimizers.SGD(0.1, momentum=0.9, name=name),
        keras.losses.BinaryCrossentropy(name=name),
        metrics=[keras.metrics.BinaryAccuracy(name=name)],
        jit_compile=False,
    )
    return model


@pytest.mark.slow
@pytest.mark.parametrize("kind", NAMES)
def test_a_training_is_compiled_whatever_the_names(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    name, plain, model = NAMES[kind], named("plain"), named(NAMES[kind])
    arguments: dict[str, Any] = {"epochs": 2, "shuffle": False, "validation_data": (X, Y)}
    expected = train(plain, X, Y, **arguments).history
    history = train(model, X, Y, **arguments).history
    assert caplog.messages == []
    assert history == {key.replace("plain", name): values for key, values in expected.items()}
    for a, b in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert [layer.name for layer in model.layers] == [name, f"{name}2"]


@pytest.mark.slow
def test_what_goes_to_fit_may_have_any_name_too(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[int] = []
    every = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: seen.append(batch))
    with caplog.at_level(logging.ERROR):
        train(named("größe 1"), X, Y, batch_size=25, callbacks=every)
    assert seen == [0, 1]


def test_the_rule_is_tensorflows_again_afterwards() -> None:
    with pytest.raises(KeyError), any_names():
        raise KeyError
    with tf.Graph().as_default(), pytest.raises(ValueError, match="scope name"), tf.name_scope("not here"):
        pass


def test_names_that_are_valid_stay() -> None:
    with any_names(), tf.Graph().as_default(), tf.name_scope("a-b/c_1.d") as scope:
        assert scope == "a-b/c_1.d/"
        with tf.name_scope(scope):
            assert tf.constant(1, name="one").name == "a-b/c_1.d/one:0"
