"""Whatever an architecture says, it ends in a model that answers or in an error of our own."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.network.in_keras import describe
from replay.network.in_keras.architecture import objection
from replay.network.in_keras.network import KerasNetwork

pytestmark = pytest.mark.usefixtures("step_by_step")
SEEDS = range(150, 280)  # among them some whose model is rebuilt, and fails only when it is asked
PATH = Path("run.h5")
VALUES: list[Any] = [
    *(None, True, -1, 0, 1, 3, 10**3, 10**6, 10**9, 10**12, 2**63, 1e300, float("inf"), "x", "", "linear"),
    *("float64", "int8", [], {}, [1, 2], [10**9] * 3, {"class_name": "Dense"}, [[[["a", 0, 0]]]]),
]


def convolutional() -> Any:
    inputs = keras.Input((8, 8, 1))
    x = kl.BatchNormalization()(kl.Conv2D(2, 3, activation="relu")(inputs))
    x = kl.Dropout(0.2)(kl.Flatten()(kl.MaxPooling2D()(x)))
    sums = kl.Add()([kl.Dense(4, kernel_regularizer="l2")(x), kl.Dense(4, "tanh")(x)])
    return keras.Model(inputs, kl.Dense(1, "sigmoid")(sums))


def recurrent() -> Any:
    inner = [kl.LSTM(3, return_sequences=True), kl.TimeDistributed(kl.Dense(2)), kl.Bidirectional(kl.GRU(2))]
    return keras.Sequential([keras.Input((6, 3)), *inner, kl.LayerNormalization(), kl.Dense(1, "sigmoid")])


def embedding() -> Any:
    inner = [kl.Embedding(10, 4), kl.Conv1D(2, 2), kl.UpSampling1D(2), kl.ZeroPadding1D(2)]
    pooled = [kl.GlobalMaxPooling1D(), kl.Dense(1, "sigmoid")]
    return keras.Sequential([keras.Input((5,)), *inner, *pooled])


@cache
def honest(number: int) -> tuple[Any, RunDescription]:
    """A model, and its description."""
    model = (convolutional, recurrent, embedding)[number]()
    model.compile("sgd", "binary_crossentropy")
    return model, describe.describe(model)


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every container in the JSON, with every key in it."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield value, key
        yield from places(inner)


def mutated(architecture: str, seed: int) -> str:
    """One to four values of the JSON replaced, left out, or exchanged for others."""
    rng, data = random.Random(seed), json.loads(architecture)
    for _ in range(rng.choice([1, 1, 2, 4])):
        holder, key = rng.choice(list(places(data)))
        how = rng.random()
        if how < 0.6:
            holder[key] = rng.choice(VALUES)
        elif how < 0.8:
            del holder[key]
        else:
            other, other_key = rng.choice(list(places(data)))
            holder[key] = json.loads(json.dumps(other[other_key]))
    return json.dumps(data)


def evaluated(model: Any, description: RunDescription) -> tuple[np.ndarray, np.ndarray]:
    """Inputs, and what the rebuilt model answers to them with the weights of the one that was described."""
    weights = [array[None] for array in describe.weights(model)]
    inputs = np.random.default_rng(0).integers(0, 9, (3, *model.input_shape[1:])).astype("f4")
    network = KerasNetwork(description, None, PATH)
    network.gradients(inputs, np.zeros(3), weights, {"name": "binary_crossentropy"})
    return inputs, network.evaluate(inputs, weights)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_mutated_architecture_answers_or_is_refused() -> None:
    answered = refused = failed = 0
    for seed in SEEDS:
        model, description = honest(seed % 3)
        assert description.architecture is not None
        architecture = mutated(description.architecture, seed)
        if objection(architecture) is not None:
            continue
        try:
            evaluated(model, replace(description, architecture=architecture))
            answered += 1
        except RunFileError as error:
            assert str(error).startswith("run.h5: ")
            refused += 1
            failed += "cannot evaluate" in str(error)
    assert answered > 10 and refused > 10 and failed


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_an_honest_architecture_answers_as_its_model_does(number: int) -> None:
    model, description = honest(number)
    inputs, answers = evaluated(model, description)
    np.testing.assert_allclose(answers[0], model.predict(inputs, verbose=0), rtol=1e-4, atol=1e-6)


def cells() -> Any:
    return kl.RNN([kl.LSTMCell(3), kl.SimpleRNNCell(2)])


def images_changed(x: Any) -> Any:
    x = kl.RandomContrast(0.1)(kl.RandomTranslation(0.1, 0.1)(kl.RandomZoom(0.1)(x)))
    return kl.RandomFlip()(kl.RandomRotation(0.1)(kl.RandomBrightness(0.1)(x)))


def normalised(x: Any) -> Any:
    return kl.GroupNormalization(2)(kl.RMSNormalization()(kl.UnitNormalization()(kl.LayerNormalization()(x))))


KINDS: dict[str, tuple[tuple[int, ...], Callable[[Any], Any]]] = {
    "images that training changes at random": ((8, 8, 3), images_changed),
    "images that are cut": (
        (8, 8, 3),
        lambda x: kl.Resizing(5, 5)(kl.CenterCrop(6, 6)(kl.RandomCrop(7, 7)(kl.Rescaling(0.5)(x)))),
    ),
    "convolutions": (
        (8, 8, 3),
        lambda x: kl.Conv2DTranspose(2, 3)(kl.SeparableConv2D(3, 2)(kl.DepthwiseConv2D(2)(x))),
    ),
    "recurrent convolutions": ((3, 6, 6, 1), lambda x: kl.ConvLSTM2D(2, 3)(x)),
    "recurrent cells": ((6, 4), lambda x: cells()(kl.Masking()(x))),
    "a model for each step": ((6, 4), lambda x: kl.TimeDistributed(keras.Sequential([kl.Dense(3)]))(x)),
    "attention": ((6, 4), lambda x: kl.MultiHeadAttention(2, 3)(x, x) + kl.Attention()([x, x])),
    "categories": ((6,), lambda x: kl.CategoryEncoding(9, output_mode="multi_hot")(x)),
    "bins": ((6,), lambda x: kl.Discretization([1.0, 4.0], output_mode="one_hot")(x)),
    "normalisation": ((6, 4), normalised),
    "spectral normalisation": ((6,), lambda x: kl.SpectralNormalization(kl.Dense(3))(x)),
    "noise": ((6, 4), lambda x: kl.GaussianNoise(0.1)(kl.AlphaDropout(0.1)(kl.SpatialDropout1D(0.1)(x)))),
    "operations": (
        (6, 4),
        lambda x: keras.ops.top_k(keras.ops.sort(x), 2)[0] * keras.ops.mean(x, -1, keepdims=True) + 1,
    ),
    "shapes": ((6, 4), lambda x: keras.ops.reshape(x, (-1, keras.ops.shape(x)[1] * 4))),
    "half precision": ((6,), lambda x: kl.Dense(3, dtype="mixed_float16")(x)),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_layers_of_many_kinds_are_rebuilt_for_anybody(kind: str) -> None:
    shape, build = KINDS[kind]
    inputs = keras.Input(shape)
    model = keras.Model(inputs, kl.Dense(1, "sigmoid")(kl.Flatten()(build(inputs))))
    model.compile("sgd", "binary_crossentropy")
    description = describe.describe(model)
    assert description.architecture is not None and objection(description.architecture) is None
    samples, answers = evaluated(model, description)
    np.testing.assert_allclose(answers[0], model.predict(samples, verbose=0), rtol=1e-3, atol=1e-5)
