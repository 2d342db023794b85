"""What counts as Keras's own is the object: not its name, and not the place where somebody put another."""

from __future__ import annotations

import sys
import types
from functools import wraps
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl
from keras import ops

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


def tanh(x: Any) -> Any:
    return 2 * ops.tanh(x)


@pytest.mark.parametrize("name", ["relu", "gelu", "leaky_relu", "silu", "softmax", "hard_sigmoid", "linear"])
def test_an_activation_of_kerass_has_its_name(name: str) -> None:
    assert identity.activation_name(keras.activations.get(name)) == name


@pytest.mark.parametrize("name", identity.SAME_BY_NAME)
def test_functions_of_other_libraries_that_count_as_kerass_compute_the_same(name: str) -> None:
    x = np.linspace(-4, 9, 40, dtype=np.float32).reshape(8, 5)
    expected = ops.convert_to_numpy(getattr(keras.activations, name)(x))
    found = []
    for library in (ops, tf.nn, tf.math, tf):
        function = getattr(library, name, None)
        if function is not None:
            found.append(library)
            assert identity.activation_name(function) == name
            np.testing.assert_allclose(np.asarray(function(x)), expected, atol=1e-6)
    assert ops in found


@pytest.mark.parametrize(
    "function",
    [tanh, ops.gelu, tf.nn.gelu, lambda x: x, ops.sin, np.tanh, kl.ReLU()],
    ids=["own", "of keras.ops", "of tf.nn", "lambda", "no activation", "of NumPy", "a layer"],
)
def test_other_functions_have_none(function: Any) -> None:
    assert identity.activation_name(function) is None


def test_layers_are_own_unless_their_class_or_a_method_is_not() -> None:
    class Dense(kl.Dense):
        pass

    replaced = kl.Dense(2)
    replaced.call = types.MethodType(lambda self, inputs: inputs, replaced)
    assert identity.is_own(kl.Dense(2))
    assert not identity.is_own(Dense(2))
    assert not identity.is_own(replaced)


def test_a_class_whose_call_was_replaced_is_not_kerass_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    assert identity.is_own_class(kl.ReLU)
    monkeypatch.setattr(kl.ReLU, "call", lambda self, inputs: -inputs)
    assert not identity.is_own_class(kl.ReLU)


def test_a_class_that_says_it_is_kerass_is_not_believed() -> None:
    liar = type("Dense", (kl.Dense,), {"__module__": kl.Dense.__module__})
    assert not identity.is_own_class(liar)


def test_a_model_that_changes_its_training_alone_answers_as_kerass() -> None:
    class Stepping(keras.Sequential):
        def train_step(self, data: Any) -> Any:
            return {}

    class Calling(keras.Sequential):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return inputs

    assert identity.answers_as(Stepping(), keras.Sequential)
    assert not identity.answers_as(Calling(), keras.Sequential)


def test_strangers_are_found_at_any_depth() -> None:
    inner = keras.Sequential([keras.Input((2,)), kl.Dense(2, activation=tanh)])
    inputs = keras.Input((3, 2))
    model = keras.Model(inputs, kl.TimeDistributed(inner)(inputs))
    assert list(identity.strangers(model)) == [tanh]
    assert list(identity.strangers(keras.Sequential([keras.Input((3, 2)), kl.LSTM(2)]))) == []


def test_json_tells_a_function_apart_by_its_registered_name_or_one_that_keras_has_not() -> None:
    @keras.saving.register_keras_serializable("identity_test")
    def softsign(x: Any) -> Any:
        return x

    def mine(x: Any) -> Any:
        return x

    assert identity.is_told_apart(softsign)
    assert identity.is_told_apart(mine)
    assert not identity.is_told_apart(tanh)


def test_the_full_name_has_the_module() -> None:
    assert identity.full_name(tanh) == f"{__name__}.tanh"
    assert identity.full_name(kl.ReLU()).endswith(".relu.ReLU")
