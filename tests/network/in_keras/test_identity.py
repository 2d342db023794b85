"""Keras's own is told by the object: a name proves nothing."""

from __future__ import annotations

import types
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl
from keras import ops

from replay.network.in_keras import identity


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
    "function", [tanh, ops.gelu, tf.nn.gelu, lambda x: x, ops.sin, np.tanh, kl.ReLU()], ids=str
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
