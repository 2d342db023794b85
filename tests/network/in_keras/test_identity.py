"""What counts as Keras's own is the object: not its name, and not the place where somebody put another."""

from __future__ import annotations

import sys
from functools import wraps
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl

from replay import Recorder, Replay
from replay.network.in_keras import identity
from replay.network.in_keras.describe import describe, variables

pytestmark = pytest.mark.usefixtures("step_by_step")
Patch = pytest.MonkeyPatch


def doubled(method: Any) -> Any:
    """A method around Keras's, which has its name and module."""

    @wraps(method)
    def call(self: Any, *arguments: Any, **named: Any) -> Any:
        return 2 * method(self, *arguments, **named)

    return call


def chain(*layers: Any) -> Any:
    model = keras.Sequential([keras.Input((2,)), *layers, kl.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    return model


def test_a_method_that_somebody_put_into_a_class_of_keras_is_not_keras_own(monkeypatch: Patch) -> None:
    monkeypatch.setattr(kl.Dense, "call", doubled(kl.Dense.call))
    assert describe(chain(kl.Dense(2))).layers[0].class_name == "keras.src.layers.core.dense.Dense"
    assert describe(chain(kl.Dense(2))).architecture is None


def test_a_model_class_with_such_a_method_is_no_chain(monkeypatch: Patch) -> None:
    monkeypatch.setattr(keras.Sequential, "call", doubled(keras.Sequential.call))
    assert not describe(chain(kl.Dense(2))).chain


def test_a_function_that_somebody_put_into_a_module_of_keras_is_not_keras_own(monkeypatch: Patch) -> None:
    @wraps(keras.activations.tanh)
    def tanh(x: Any) -> Any:
        return keras.ops.sin(x)

    for module in (sys.modules[keras.activations.tanh.__module__], keras.activations):
        monkeypatch.setattr(module, "tanh", tanh)
    assert identity.activation_name(tanh) is None


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "selu", "softplus", "tanh"])
def test_the_same_functions_of_tensorflow_count_as_those_of_keras(name: str) -> None:
    assert identity.activation_name(getattr(tf.nn, name)) == name


def two_chains_of_one_layer() -> Any:
    shared = kl.Dense(2, "tanh")
    return chain(*(keras.Sequential([keras.Input((2,)), shared]) for _ in range(2)))


def a_chain_twice() -> Any:
    inner = keras.Sequential([keras.Input((2,)), kl.Dense(2, "tanh")])
    return chain(inner, kl.Dense(2), inner)


@pytest.mark.parametrize("build", [two_chains_of_one_layer, a_chain_twice])
def test_the_gradient_of_a_shared_weight_comes_through_all_its_uses(build: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    inputs, targets = rng.normal(size=(20, 2)).astype(np.float32), rng.integers(0, 2, (20, 1))
    model = build()
    model.fit(
        inputs, targets, epochs=1, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", inputs, targets)]
    )
    with tf.GradientTape() as tape:
        loss = keras.losses.BinaryCrossentropy()(targets, model(inputs))
    own = model.trainable_variables
    expected = {
        id(one): slope for one, slope in zip(own, tape.gradient(loss, [v.value for v in own]), strict=True)
    }
    found = Replay(tmp_path / "run.h5", model=model).evaluation.at(1).gradients()
    for variable, slopes in zip(variables(model), found, strict=True):
        np.testing.assert_allclose(slopes[0], expected[id(variable)], atol=1e-6)


class Accuracy(keras.metrics.BinaryAccuracy):
    """Somebody's own."""


def accuracy(targets: Any, outputs: Any) -> Any:
    return outputs * 0


@pytest.mark.parametrize(
    ("metric", "described"),
    [
        ("accuracy", {}),
        (keras.metrics.binary_accuracy, {"binary_accuracy": "binary_accuracy"}),
        (keras.metrics.AUC(name="accuracy"), {"accuracy": "auc"}),
        (keras.metrics.BinaryAccuracy("accuracy"), {"accuracy": "binary_accuracy"}),
        (Accuracy("accuracy"), {"accuracy": f"{__name__}.Accuracy"}),
        (accuracy, {"accuracy": f"{__name__}.accuracy"}),
    ],
    ids=str,
)
def test_a_metric_is_told_by_what_it_is(metric: Any, described: dict[str, str]) -> None:
    model = chain(kl.Dense(2))
    model.compile(loss="mse", metrics=[metric])
    assert describe(model).metrics == described


def test_an_accuracy_with_another_threshold_is_told_by_its_full_name() -> None:
    model = chain(kl.Dense(2))
    model.compile(loss="mse", weighted_metrics=[keras.metrics.BinaryAccuracy("accuracy", threshold=0.9)])
    assert describe(model).metrics["accuracy"].endswith(".BinaryAccuracy")
