"""`train` gives what `fit` gives on the same batches and drives callbacks as `fit` does."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.sparse import csr_matrix

from replay import train
from replay.errors import DataError
from replay.training import epoch_program
from tests.helpers.backends import need

pytestmark = pytest.mark.usefixtures("without_xla")
Array = np.ndarray
Make = Callable[[], Any]

RNG = np.random.default_rng(7)
N = 50  # with batches of 16: three whole ones and a short one
X = RNG.normal(size=(N, 3)).astype(np.float32)
BINARY = (X[:, 0] + 0.3 * X[:, 1] ** 2 > 0).astype(np.int64)
CLASSES = np.digitize(X[:, 0], [-0.5, 0.5])
VALIDATION = (X[:21] * 0.9, BINARY[:21])


def dense(units: int, activation: str | None, seed: int, **arguments: Any) -> Any:
    return keras.layers.Dense(
        units, activation, kernel_initializer=keras.initializers.GlorotUniform(seed), **arguments
    )


def sgd() -> Any:
    return keras.optimizers.SGD(0.1, momentum=0.9)


def adam() -> Any:
    return keras.optimizers.Adam(0.02)


def binary(optimizer: Any = None, metrics: Any = ("accuracy",), **arguments: Any) -> Any:
    model = keras.Sequential([keras.Input((3,)), dense(4, "tanh", 0), dense(1, "sigmoid", 1)])
    model.compile(optimizer or sgd(), "binary_crossentropy", metrics=list(metrics), **arguments)
    return model


def with_normalisation() -> Any:
    layers = [dense(6, None, 0, use_bias=False), keras.layers.BatchNormalization(), keras.layers.ReLU()]
    model = keras.Sequential([keras.Input((3,)), *layers, dense(1, "sigmoid", 1)])
    model.compile(adam(), "binary_crossentropy", metrics=["accuracy", keras.metrics.AUC(name="auc")])
    return model


def with_dropout_and_penalty() -> Any:
    layers = [
        dense(8, "relu", 0, kernel_regularizer=keras.regularizers.L2(0.01)),
        keras.layers.Dropout(0.5, seed=3),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers, dense(1, "sigmoid", 1)])
    model.compile(adam(), "binary_crossentropy", metrics=["accuracy"])
    return model


def multiclass(loss: str = "sparse_categorical_crossentropy") -> Any:
    model = keras.Sequential([keras.Input((3,)), dense(5, "tanh", 0), dense(3, "softmax", 1)])
    model.compile(adam(), loss, metrics=["accuracy"])
    return model


def convolutional() -> Any:
    layers = [
        keras.layers.Reshape((3, 1)),
        keras.layers.Conv1D(4, 2, kernel_initializer=keras.initializers.GlorotUniform(2)),
        keras.layers.Flatten(),
    ]
    model = keras.Sequential([keras.Input((3,)), *layers, dense(1, "sigmoid", 1)])
    model.compile(sgd(), "binary_crossentropy", metrics=["accuracy"])
    return model


def not_built() -> Any:
    model = keras.Sequential([dense(4, "tanh", 0), dense(1, "sigmoid", 1)])
    model.compile(adam(), "binary_crossentropy")
    return model


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden, self.norm, self.out = (
            dense(4, "tanh", 0, use_bias=False),
            keras.layers.BatchNormalization(),
            dense(1, None, 1),
        )

    def call(self, inputs: Any, training: bool = False) -> Any:
        return self.out(self.norm(self.hidden(inputs), training=training))


def subclassed() -> Any:
    model = Subclassed()
    model.compile(sgd(), keras.losses.BinaryCrossentropy(from_logits=True), metrics=["mae"])
    return model


class GradientNorm(keras.Model):
    """A training step whose logs are not the model's metrics."""

    def train_step(self, data: Any) -> dict[str, Any]:
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"batch_loss": loss, "gradient_norm": tf.linalg.global_norm(gradients)}


def with_a_step_of_its_own() -> Any:
    inputs = keras.Input((3,))
    model = GradientNorm(inputs, dense(1, "sigmoid", 1)(dense(4, "tanh", 0)(inputs)))
    model.compile(sgd(), "binary_crossentropy")
    return model


def scheduled() -> Any:
    return binary(keras.optimizers.SGD(keras.optimizers.schedules.ExponentialDecay(0.5, 4, 0.7)))


def two_inputs(names: tuple[str, str] = ("left", "right")) -> Any:
    left, right = keras.Input((2,), name=names[0]), keras.Input((1,), name=names[1])
    joined = keras.layers.Concatenate()([dense(3, "tanh", 0)(left), dense(2, "tanh", 1)(right)])
    model = keras.Model([left, right], dense(1, "sigmoid", 2)(joined))
    model.compile(adam(), "binary_crossentropy", metrics=["accuracy"])
    return model


def two_outputs() -> Any:
    inputs = keras.Input((3,))
    hidden = dense(4, "tanh", 0)(inputs)
    outputs = {
        "sign": dense(1, "sigmoid", 1, name="sign")(hidden),
        "kind": dense(3, "softmax", 2, name="kind")(hidden),
    }
    model = keras.Model(inputs, outputs)
    model.compile(
        adam(), {"sign": "binary_crossentropy", "kind": "sparse_categorical_crossentropy"},
        metrics={"sign": ["accuracy"], "kind": ["accuracy"]},
    )  # fmt: skip
    return model


def order_of(epoch: int, n: int = N) -> Array:
    return np.random.default_rng([5, epoch]).permutation(n)


def fit_in_order(
    model: Any, x: Any, y: Any, epochs: int, batch_size: int, validation: Any = None
) -> dict[str, Any]:
    """Keras's `fit`, one epoch at a time, on data permuted by `order_of`: the oracle.

    It runs step by step: to compile what runs twelve times takes longer.
    """
    model.run_eagerly = True
    history: dict[str, list[float]] = {}
    for epoch in range(epochs):
        order = order_of(epoch, len(keras.tree.flatten(x)[0]))
        permuted = keras.tree.map_structure(lambda array: array[order], (x, y))  # noqa: B023
        logged = model.fit(
            *permuted, batch_size=batch_size, initial_epoch=epoch, epochs=epoch + 1, shuffle=False,
            validation_data=validation, verbose=0,
        )  # fmt: skip
        for name, values in logged.history.items():
            history.setdefault(name, []).extend(values)
    return history


def assert_same_weights(a: Any, b: Any, rtol: float = 2e-5) -> None:
    for variable, one, other in zip(a.weights, a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=2e-6, err_msg=variable.path)


def assert_same_history(history: dict[str, Any], expected: dict[str, Any]) -> None:
    assert history.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(history[name], values, rtol=2e-5, atol=1e-6, err_msg=name)


def assert_moved(model: Any, make: Make) -> None:
    """Check that training has changed the weights, without which a comparison shows nothing."""
    fresh = make()
    if fresh.built:
        changes = [np.abs(a - b).max() for a, b in zip(model.get_weights(), fresh.get_weights(), strict=True)]
        assert max(changes) > 0.01


LEFT_RIGHT = {"left": X[:, :2], "right": X[:, 2:]}
SIGN_KIND = {"sign": BINARY, "kind": CLASSES}
FEW_SIGN_KIND = {name: values[:48] for name, values in SIGN_KIND.items()}
FEW_LEFT_RIGHT = {name: values[:9] for name, values in LEFT_RIGHT.items()}
CASES: dict[str, tuple[Make, Any, Any, Any]] = {
    "SGD with momentum": (binary, X, BINARY, VALIDATION),
    "Adam": (lambda: binary(adam()), X, BINARY, None),
    "batch normalisation": (with_normalisation, X, BINARY, VALIDATION),
    "dropout and a penalty": (with_dropout_and_penalty, X, BINARY, VALIDATION),
    "several classes": (multiclass, X, CLASSES, (X[:21], CLASSES[:21])),
    "one-hot classes": (lambda: multiclass("categorical_crossentropy"), X, np.eye(3)[CLASSES], None),
    "convolution": (convolutional, X, BINARY, None),
    "a model not built yet": (not_built, X, BINARY, None),
    "a subclassed model": (subclassed, X, BINARY[:, None].astype(np.float32), VALIDATION),
    "a schedule of learning rates": (scheduled, X, BINARY, None),
    "a dict of inputs": (two_inputs, LEFT_RIGHT, BINARY, (FEW_LEFT_RIGHT, BINARY[:9])),
    "a list of inputs": (two_inputs, [X[:, :2], X[:, 2:]], BINARY, ([X[:9, :2], X[:9, 2:]], BINARY[:9])),
    "a tuple of inputs": (two_inputs, (X[:, :2], X[:, 2:]), BINARY, None),
    "a dict of outputs, with whole batches": (two_outputs, X[:48], FEW_SIGN_KIND, None),
    "a step of its own, with a short batch": (with_a_step_of_its_own, X, BINARY, None),
    "a step of its own, with whole batches": (with_a_step_of_its_own, X[:48], BINARY[:48], None),
}  # fmt: skip


# To XLA they are the same as others of CASES, whose optimizer, network or structure it compiles.
NOT_IN_XLA = {"Adam", "one-hot classes", "a list of inputs", "a tuple of inputs"}


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
@pytest.mark.parametrize("case", CASES)
def test_weights_and_logs_are_those_of_fit_on_the_same_batches(
    case: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if case in NOT_IN_XLA:
        monkeypatch.setattr(epoch_program, "_suits_xla", lambda model: False)
    make, x, y, validation = CASES[case]
    n = len(keras.tree.flatten(y)[0])
    expected, model = make(), make()
    expected_history = fit_in_order(expected, x, y, epochs=2, batch_size=16, validation=validation)
    history = train(
        model,
        x,
        y,
        batch_size=16,
        epochs=2,
        validation_data=validation,
        order=lambda epoch: order_of(epoch, n),
    ).history
    assert_same_history(history, expected_history)
    assert_same_weights(model, expected)
    assert_moved(model, make)
    assert not [
        record for record in caplog.records if record.name.startswith("replay.training")
    ]  # it was compiled


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_several_outputs_with_a_short_batch_train_as_in_fit_but_for_the_mean_of_their_own_losses() -> None:
    """`fit` averages each output's loss over batches of unknown size; here every sample counts alike."""
    expected, model = two_outputs(), two_outputs()
    expected_history = fit_in_order(expected, X, SIGN_KIND, epochs=2, batch_size=16, validation=None)
    n = len(keras.tree.flatten(SIGN_KIND)[0])
    history = train(
        model, X, SIGN_KIND, batch_size=16, epochs=2, order=lambda epoch: order_of(epoch, n)
    ).history
    assert_same_weights(model, expected)
    own = {"kind_loss", "sign_loss"}
    assert own < set(history) == set(expected_history)
    assert_same_history(
        {name: values for name, values in history.items() if name not in own},
        {name: values for name, values in expected_history.items() if name not in own},
    )
    total = np.sum([history[name] for name in own], axis=0)
    np.testing.assert_allclose(total, history["loss"], rtol=1e-5)


@pytest.mark.slow
def test_without_shuffling_the_samples_are_taken_as_they_stand() -> None:
    expected, model = binary(run_eagerly=True), binary()
    history = expected.fit(X, BINARY, batch_size=16, epochs=4, shuffle=False, verbose=0).history
    assert_same_history(train(model, X, BINARY, batch_size=16, epochs=4, shuffle=False).history, history)
    assert_same_weights(model, expected)


@pytest.mark.slow
@pytest.mark.parametrize("batch_size", [1, 25, 50, 64])
def test_any_batch_size_will_do(batch_size: int) -> None:
    expected = binary(keras.optimizers.SGD(0.05), run_eagerly=True)
    model = binary(keras.optimizers.SGD(0.05))
    history = expected.fit(X, BINARY, batch_size=batch_size, epochs=2, shuffle=False, verbose=0).history
    trained = train(model, X, BINARY, batch_size=batch_size, epochs=2, shuffle=False)
    assert_same_history(trained.history, history)
    assert_same_weights(model, expected)


@pytest.mark.slow
def test_averaged_weights_are_put_in_place_at_the_end_as_by_fit() -> None:
    def make() -> Any:
        return binary(keras.optimizers.SGD(0.1, use_ema=True, ema_momentum=0.9))

    expected, model = make(), make()
    expected.run_eagerly = True
    expected.fit(X, BINARY, batch_size=16, epochs=3, shuffle=False, verbose=0)
    train(model, X, BINARY, batch_size=16, epochs=3, shuffle=False)
    assert_same_weights(model, expected)


@pytest.mark.slow
def test_a_test_step_of_its_own_logs_what_it_logs_in_fit() -> None:
    class Scaled(keras.Model):
        def test_step(self, data: Any) -> dict[str, Any]:
            x, y = data
            return {"twice": 2 * self.compute_loss(x, y, self(x, training=False))}

    def make(run_eagerly: bool = False) -> Any:
        inputs = keras.Input((3,))
        model = Scaled(inputs, dense(1, "sigmoid", 1)(inputs))
        model.compile(sgd(), "binary_crossentropy", run_eagerly=run_eagerly)
        return model

    fitting: dict[str, Any] = {"batch_size": 16, "epochs": 2, "shuffle": False, "validation_data": VALIDATION}
    expected = make(run_eagerly=True).fit(X, BINARY, verbose=0, **fitting).history
    assert "val_twice" in expected
    assert_same_history(train(make(), X, BINARY, **fitting).history, expected)


# What fit takes


WEIGHTS = RNG.uniform(0.2, 3, N).astype(np.float32)
STEPS = np.stack([WEIGHTS, WEIGHTS[::-1], WEIGHTS**2], 1)


def with_weighted_metrics() -> Any:
    return binary(weighted_metrics=["accuracy", keras.metrics.AUC(name="auc")])


def sequences() -> Any:
    """Three steps of one number each, with an output for each step, so with a weight for each step."""
    model = keras.Sequential([keras.Input((3, 1)), dense(4, "tanh", 0), dense(1, "sigmoid", 1)])
    model.compile(sgd(), "binary_crossentropy", weighted_metrics=["accuracy"])
    return model


class LastLoss(keras.Model):
    """Its validation logs the loss of the last batch, which tells the size of the batches."""

    def test_step(self, data: Any) -> dict[str, Any]:
        x, y, weights = keras.utils.unpack_x_y_sample_weight(data)
        return {"last": self.compute_loss(x, y, self(x, training=False), weights)}


def with_last_loss() -> Any:
    inputs = keras.Input((3,))
    model = LastLoss(inputs, dense(1, "sigmoid", 1)(inputs))
    model.compile(sgd(), "binary_crossentropy")
    return model


class Compression(keras.layers.Layer):
    """Adds the loss of an autoencoder itself: its model has no targets."""

    def __init__(self) -> None:
        super().__init__()
        self.encode, self.decode = dense(2, "tanh", 0), dense(3, None, 1)

    def call(self, inputs: Any) -> Any:
        outputs = self.decode(self.encode(inputs))
        self.add_loss(keras.ops.mean((outputs - inputs) ** 2))
        return outputs


def without_targets() -> Any:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, Compression()(inputs))
    model.compile(sgd())
    return model


def scored_by_class() -> Any:
    model = keras.Sequential([keras.Input((3,)), dense(5, "tanh", 0), dense(3, "softmax", 1)])
    model.compile(adam(), "categorical_crossentropy", metrics=[keras.metrics.F1Score(average=None)])
    return model


ONE_HOT = np.eye(3)[CLASSES]
FITTED: dict[str, tuple[Make, Any, Any, dict[str, Any]]] = {
    "a weight for each sample": (binary, X, BINARY, {"sample_weight": WEIGHTS}),
    "a column of whole weights": (binary, X, BINARY, {"sample_weight": np.arange(N)[:, None] % 3}),
    "weights, also of metrics": (with_weighted_metrics, X, BINARY, {"sample_weight": WEIGHTS}),
    "a weight for each step": (
        sequences, X[:, :, None], X[:, :, None] > 0, {"sample_weight": STEPS},
    ),
    "weights of classes": (with_weighted_metrics, X, BINARY, {"class_weight": {0: 0.3, 1: 2}}),
    "a weight of one class": (multiclass, X, CLASSES, {"class_weight": {1: 5.0}}),
    "weights of one-hot classes": (
        lambda: multiclass("categorical_crossentropy"), X, ONE_HOT, {"class_weight": {0: 0.3, 2: 2.0}},
    ),
    "weights of classes in a column": (
        binary, X, BINARY[:, None].astype(np.float32), {"class_weight": {0: 0.3, 1: 2.0}},
    ),
    "a weight for all outputs": (two_outputs, X[:48], FEW_SIGN_KIND, {"sample_weight": WEIGHTS[:48]}),
    "a weight for each output": (
        two_outputs, X[:48], FEW_SIGN_KIND, {"sample_weight": {"sign": WEIGHTS[:48], "kind": WEIGHTS[2:]}},
    ),
    "a validation split": (binary, X, BINARY, {"validation_split": 0.31}),
    "a split of weighted samples": (
        with_weighted_metrics, X, BINARY, {"sample_weight": WEIGHTS, "validation_split": 0.3},
    ),
    "a split, and weights of classes": (
        with_weighted_metrics, X, BINARY, {"class_weight": {0: 0.3, 1: 2}, "validation_split": 0.3},
    ),
    "validation on weighted samples": (
        with_weighted_metrics, X, BINARY, {"validation_data": (*VALIDATION, WEIGHTS[:21])},
    ),
    "validation every other epoch": (
        binary, X, BINARY, {"epochs": 4, "validation_data": VALIDATION, "validation_freq": 2},
    ),
    "validation after some epochs": (
        binary, X, BINARY, {"epochs": 4, "validation_data": VALIDATION, "validation_freq": [1, 3]},
    ),
    "validation in batches of the training": (with_last_loss, X, BINARY, {"validation_data": VALIDATION}),
    "validation in batches of its own": (
        with_last_loss, X, BINARY, {"validation_data": list(VALIDATION), "validation_batch_size": 6},
    ),
    "no targets": (without_targets, X, None, {"validation_data": (X[:21],)}),
    "no targets, and a split": (without_targets, X, None, {"validation_split": 0.4}),
    "a metric for each class": (scored_by_class, X, ONE_HOT, {"validation_split": 0.3}),
    "plain lists": (binary, X.tolist(), BINARY.tolist(), {"sample_weight": WEIGHTS.tolist()}),
    "tensors": (binary, tf.constant(X), tf.constant(BINARY), {"sample_weight": tf.constant(WEIGHTS)}),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("case", FITTED)
def test_the_arguments_of_fit_do_what_they_do_in_fit(case: str, caplog: pytest.LogCaptureFixture) -> None:
    make, x, y, arguments = FITTED[case]
    fitting: dict[str, Any] = {"batch_size": 16, "epochs": 2, "shuffle": False, **arguments}
    expected, model = make(), make()
    expected.run_eagerly = True
    as_arrays = {"x": x, "y": y, **fitting}
    if case == "plain lists":  # which fit does not take
        as_arrays |= {"x": X, "y": BINARY, "sample_weight": WEIGHTS}
    expected_history = expected.fit(**as_arrays, verbose=0).history
    assert_same_history(train(model, x, y, **fitting).history, expected_history)
    assert_same_weights(model, expected)
    assert_moved(model, make)
    assert warnings_of(caplog) == []  # it was compiled


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_weights_splits_and_metrics_of_several_numbers_are_compiled_in_xla() -> None:
    fitting: dict[str, Any] = {
        "batch_size": 16,
        "epochs": 3,
        "shuffle": False,
        "sample_weight": WEIGHTS,
        "validation_split": 0.3,
    }
    expected, model = scored_by_class(), scored_by_class()
    expected.run_eagerly = True
    expected_history = expected.fit(X, ONE_HOT, verbose=0, **fitting).history
    history = train(model, X, ONE_HOT, **fitting).history
    assert_same_history(history, expected_history)
    assert_same_weights(model, expected)
    assert isinstance(history["f1_score"][0], np.ndarray) and history["f1_score"][0].shape == (3,)


@pytest.mark.slow
def test_callbacks_see_the_array_of_a_metric_with_several_numbers() -> None:
    seen: list[Any] = []
    callback = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["f1_score"]))
    history = train(scored_by_class(), X, ONE_HOT, callbacks=[callback]).history
    assert isinstance(seen[0], np.ndarray)
    np.testing.assert_array_equal(seen, history["f1_score"])


@pytest.mark.slow
def test_weights_that_are_compiled_and_those_of_fit_are_the_same(caplog: pytest.LogCaptureFixture) -> None:
    arguments: dict[str, Any] = {
        "batch_size": 16,
        "epochs": 3,
        "seed": 5,
        "class_weight": {0: 0.3, 1: 2.0},
        "validation_split": 0.3,
        "validation_freq": (1, 3),
        "validation_batch_size": 4,
    }
    compiled, eager = binary(), binary(run_eagerly=True)
    expected = train(compiled, X, BINARY, **arguments)
    assert warnings_of(caplog) == []
    history = train(eager, X, BINARY, **arguments)
    assert len(warnings_of(caplog)) == 1
    assert len(history.history["val_loss"]) == 2
    assert_same_history(history.history, expected.history)
    assert_same_weights(eager, compiled)


def without_times(printed: str) -> list[str]:
    """The lines as they end up on the screen, without styles and times."""
    lines = [re.split("[\r\b]", line)[-1] for line in printed.split("\n")]
    return [re.sub(r"\x1b\[\d+m|\d+\w+/step|\d+m?s", "", line).strip() for line in lines]


@pytest.mark.slow
@pytest.mark.parametrize("verbose", [0, 1, 2, "auto"])
def test_what_is_printed_is_what_fit_prints(verbose: Any, capsys: pytest.CaptureFixture[str]) -> None:
    fitting: dict[str, Any] = {"batch_size": 16, "epochs": 2, "shuffle": False, "validation_data": VALIDATION}
    binary(run_eagerly=True).fit(X, BINARY, verbose=verbose, **fitting)
    expected = without_times(capsys.readouterr().out)
    train(binary(), X, BINARY, verbose=verbose, **fitting)
    assert without_times(capsys.readouterr().out) == expected
    assert len([line for line in expected if "val_loss" in line]) == (2 if verbose else 0)


@pytest.mark.slow
def test_a_progress_bar_of_the_users_own_does_not_stop_compilation(
    caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    train(binary(), X, BINARY, callbacks=keras.callbacks.ProgbarLogger(), epochs=2, verbose=1)
    assert warnings_of(caplog) == []
    assert capsys.readouterr().out.count("Epoch 2/2") == 1


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["bfloat16", "float64", "mixed_bfloat16"])
def test_weights_of_any_precision_train_as_in_fit(dtype: str, caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Any:
        layers = [dense(4, "tanh", 0, dtype=dtype), dense(1, "sigmoid", 1, dtype=dtype)]
        model = keras.Sequential([keras.Input((3,)), *layers])
        model.compile(sgd(), "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
        return model

    expected, model = make(), make()  # not eager: TensorFlow rounds bfloat16 less often in graphs
    fitting: dict[str, Any] = {"batch_size": 16, "epochs": 2, "shuffle": False, "validation_data": VALIDATION}
    expected_history = expected.fit(X, BINARY, verbose=0, **fitting).history
    assert_same_history(train(model, X, BINARY, **fitting).history, expected_history)
    for one, other in zip(model.weights, expected.weights, strict=True):
        assert one.dtype == other.dtype
        a, b = (keras.ops.convert_to_numpy(weight).astype(np.float64) for weight in (one, other))
        np.testing.assert_allclose(a, b, atol=1e-6)
    assert warnings_of(caplog) == []


# Order and seed


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    first, same, other = binary(), binary(), binary()
    for model, seed in ((first, 3), (same, 3), (other, 4)):  # whole batches, which are compiled sooner
        train(model, X[:48], BINARY[:48], batch_size=16, epochs=2, seed=seed)
    for a, b in zip(first.get_weights(), same.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    changes = [np.abs(a - b).max() for a, b in zip(first.get_weights(), other.get_weights(), strict=True)]
    assert max(changes) > 1e-4


@pytest.mark.slow
def test_a_training_in_two_parts_takes_the_batches_of_one_in_one_part() -> None:
    whole, parts = binary(adam()), binary(adam())
    train(whole, X, BINARY, batch_size=16, epochs=4, seed=3)
    train(parts, X, BINARY, batch_size=16, epochs=2, seed=3)
    history = train(parts, X, BINARY, batch_size=16, initial_epoch=2, epochs=4, seed=3)
    assert history.epoch == [2, 3]
    assert_same_weights(parts, whole)


@pytest.mark.slow
def test_each_epoch_has_every_sample_once_and_an_order_of_its_own() -> None:
    noted: list[Array] = []

    class Noting(keras.Model):
        def train_step(self, data: Any) -> Any:
            noted.append(data[0].numpy()[:, 0])  # only eager models can
            return super().train_step(data)

    inputs = keras.Input((3,))
    model = Noting(inputs, dense(1, "sigmoid", 1)(inputs))
    model.compile(sgd(), "binary_crossentropy", run_eagerly=True)
    train(model, X, BINARY, batch_size=16, epochs=3, seed=0)
    assert [len(batch) for batch in noted] == [16, 16, 16, 2] * 3
    epochs = np.concatenate(noted).reshape(3, N)
    for order in epochs:
        np.testing.assert_array_equal(np.sort(order), np.sort(X[:, 0]))
        assert not np.array_equal(order, X[:, 0])
    assert len({order.tobytes() for order in epochs}) == 3


@pytest.mark.slow
def test_the_global_random_state_neither_matters_nor_changes() -> None:
    first, second = binary(), binary()
    np.random.seed(1)  # noqa: NPY002
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    train(first, X, BINARY, batch_size=16, epochs=1, seed=0)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002
    np.random.seed(2)  # noqa: NPY002
    train(second, X, BINARY, batch_size=16, epochs=1, seed=0)
    assert_same_weights(first, second)


# Callbacks


class Events(keras.callbacks.Callback):
    """Notes what it is called for."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Any] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.events.append(("train begins", self.params["epochs"], self.params["steps"]))

    def on_train_end(self, logs: Any = None) -> None:
        self.events.append(("train ends", sorted(logs or {})))

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.events.append(("epoch begins", epoch))

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.events.append(("epoch ends", epoch, sorted(logs or {})))

    def on_test_begin(self, logs: Any = None) -> None:
        self.events.append("test begins")

    def on_test_end(self, logs: Any = None) -> None:
        self.events.append(("test ends", sorted(logs or {})))


@pytest.mark.slow
@pytest.mark.parametrize("epochs", [0, 3])
def test_callbacks_are_called_in_the_order_of_fit(epochs: int) -> None:
    arguments: dict[str, Any] = {"batch_size": 16, "epochs": epochs, "initial_epoch": 0}
    expected, events = Events(), Events()
    by_fit = binary(run_eagerly=True)
    by_fit.fit(X, BINARY, callbacks=[expected], validation_data=VALIDATION, verbose=0, **arguments)
    train(binary(), X, BINARY, callbacks=[events], validation_data=VALIDATION, **arguments)
    assert events.events == expected.events
    assert len(events.events) == 2 + 4 * epochs


CALLBACKS: dict[str, Callable[[], Any]] = {
    "EarlyStopping": lambda: keras.callbacks.EarlyStopping(
        monitor="val_loss", min_delta=0.02, patience=2, restore_best_weights=True
    ),
    "LearningRateScheduler": lambda: keras.callbacks.LearningRateScheduler(lambda e, _: 0.3 / (1 + e)),
    "ReduceLROnPlateau": lambda: keras.callbacks.ReduceLROnPlateau(
        monitor="loss", min_delta=0.05, factor=0.3, patience=1, min_lr=1e-4
    ),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", CALLBACKS)
def test_callbacks_act_on_the_training_as_they_do_in_fit(name: str, caplog: pytest.LogCaptureFixture) -> None:
    arguments: dict[str, Any] = {
        "batch_size": 16,
        "epochs": 12,
        "shuffle": False,
        "validation_data": VALIDATION,
    }
    expected, model = binary(jit_compile=False), binary()
    expected_callback, callback = CALLBACKS[name](), CALLBACKS[name]()
    expected_history = expected.fit(X, BINARY, callbacks=[expected_callback], verbose=0, **arguments)
    history = train(model, X, BINARY, callbacks=[callback], **arguments)
    assert_same_history(history.history, expected_history.history)
    assert history.epoch == expected_history.epoch
    assert_same_weights(model, expected, rtol=1e-4)
    assert not [record for record in caplog.records if record.name.startswith("replay.training")]
    if name == "EarlyStopping":
        assert callback.stopped_epoch == expected_callback.stopped_epoch
        assert 2 < len(history.epoch) < 12
        last = train(binary(), X, BINARY, **{**arguments, "epochs": len(history.epoch)})
        assert np.abs(last.model.get_weights()[0] - model.get_weights()[0]).max() > 1e-3  # it was restored
    else:
        assert len(set(history.history["learning_rate"])) > 2


@pytest.mark.slow
def test_a_history_given_as_a_callback_is_filled() -> None:
    history = keras.callbacks.History()
    returned = train(binary(), X, BINARY, epochs=3, callbacks=[history])
    assert history.epoch == [0, 1, 2]
    assert history.history == returned.history
    assert set(history.history) == {"loss", "accuracy"}
    assert all(isinstance(value, float) for values in history.history.values() for value in values)


@pytest.mark.slow
def test_a_model_that_was_stopped_can_be_trained_again() -> None:
    model = binary()
    stop = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: setattr(model, "stop_training", True)
    )
    assert train(model, X, BINARY, epochs=5, callbacks=[stop]).epoch == [0]
    assert train(model, X, BINARY, epochs=2).epoch == [0, 1]


# What goes to fit


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("replay.training") and record.levelno == logging.WARNING
    ]


@pytest.mark.slow
def test_an_eager_model_is_trained_by_fit_on_the_same_batches(caplog: pytest.LogCaptureFixture) -> None:
    compiled, eager = binary(), binary(run_eagerly=True)
    arguments: dict[str, Any] = {"batch_size": 16, "epochs": 3, "seed": 5, "validation_data": VALIDATION}
    expected = train(compiled, X, BINARY, **arguments)
    assert warnings_of(caplog) == []
    history = train(eager, X, BINARY, **arguments)
    assert len(warnings_of(caplog)) == 1
    assert "fit" in warnings_of(caplog)[0] and "run_eagerly" in warnings_of(caplog)[0]
    assert_same_history(history.history, expected.history)
    assert_same_weights(eager, compiled)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["LambdaCallback", "ModelCheckpoint"])
def test_callbacks_that_want_every_batch_get_every_batch_from_fit(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    batches: list[int] = []
    callback = (
        keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append(batch))
        if kind == "LambdaCallback"
        else keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.weights.h5", save_weights_only=True)
    )
    compiled, model = binary(), binary(jit_compile=False)
    train(compiled, X, BINARY, batch_size=16, epochs=2, seed=5)
    history = train(model, X, BINARY, batch_size=16, epochs=2, seed=5, callbacks=[callback])
    assert len(warnings_of(caplog)) == 1
    assert kind in warnings_of(caplog)[0]
    assert history.epoch == [0, 1]
    assert_same_weights(model, compiled)
    if kind == "LambdaCallback":
        assert batches == [0, 1, 2, 3] * 2
    else:
        assert sorted(file.name for file in tmp_path.iterdir()) == ["1.weights.h5", "2.weights.h5"]


@pytest.mark.slow
def test_fit_goes_on_with_the_batches_of_a_later_epoch_and_keeps_an_order_of_the_users_own() -> None:
    compiled, eager = binary(), binary(run_eagerly=True)
    for model in (compiled, eager):
        history = train(model, X, BINARY, batch_size=16, initial_epoch=2, epochs=4, order=order_of)
        assert history.epoch == [2, 3]
    assert_same_weights(eager, compiled)


class InPython(keras.layers.Layer):
    """Doubles in Python, which a plain graph can call and XLA cannot."""

    def call(self, inputs: Any) -> Any:
        outputs = tf.py_function(lambda values: values * 2, [inputs], tf.float32)
        return tf.ensure_shape(outputs, inputs.shape)


@pytest.mark.slow
@pytest.mark.usefixtures("with_xla")
def test_what_xla_cannot_compile_is_trained_without_it_and_said_so(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Any:
        model = keras.Sequential([keras.Input((3,)), InPython(), dense(4, "tanh", 0), dense(1, "sigmoid", 1)])
        model.compile(sgd(), "binary_crossentropy", metrics=["accuracy"], jit_compile=False)
        return model

    expected, model = make(), make()
    expected_history = fit_in_order(expected, X, BINARY, 3, 16, VALIDATION)
    history = train(
        model, X, BINARY, batch_size=16, epochs=3, order=order_of, validation_data=VALIDATION
    ).history
    assert any("XLA" in message for message in warnings_of(caplog))
    assert_same_history(history, expected_history)
    assert_same_weights(model, expected)


class Pairs(keras.layers.Layer):
    """Needs two samples or more at a time: a model that cannot be tried on one."""

    def call(self, inputs: Any) -> Any:
        if inputs.shape[0] == 1:
            raise ValueError("one sample is not enough")
        return inputs - keras.ops.mean(inputs, axis=0, keepdims=True)


@pytest.mark.slow
def test_what_tensorflow_cannot_trace_as_a_whole_epoch_goes_to_fit(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Any:
        model = keras.Sequential([keras.Input((3,)), Pairs(), dense(4, "tanh", 0), dense(1, "sigmoid", 1)])
        model.compile(sgd(), "binary_crossentropy")
        return model

    expected, model = make(), make()
    fit_in_order(expected, X, BINARY, 2, 16)
    train(model, X, BINARY, batch_size=16, epochs=2, order=order_of)
    assert len(warnings_of(caplog)) == 1
    assert "fit" in warnings_of(caplog)[0] and "cannot compile" in warnings_of(caplog)[0]
    assert_same_weights(model, expected)


# What it refuses, and what it takes


@pytest.mark.parametrize(
    ("x", "y"), [(X, BINARY[:-1]), (X[:0], BINARY[:0])], ids=["two lengths", "no samples"]
)
def test_data_that_do_not_belong_together_are_refused(x: Array, y: Array) -> None:
    with pytest.raises(DataError, match="the same length"):
        train(binary(), x, y)


def test_a_model_that_was_not_compiled_is_refused() -> None:
    model = keras.Sequential([keras.Input((3,)), dense(1, "sigmoid", 1)])
    with pytest.raises(DataError, match="compile"):
        train(model, X, BINARY)


@pytest.mark.slow
def test_doubles_are_trained_on_in_kerass_own_precision() -> None:
    expected, model = binary(), binary()
    train(expected, X, BINARY, batch_size=16, epochs=2, shuffle=False)
    train(model, X.astype(np.float64), BINARY.astype(np.float64), batch_size=16, epochs=2, shuffle=False)
    assert_same_weights(model, expected)


@pytest.mark.slow
def test_a_model_not_built_yet_is_built_for_batches_of_any_size() -> None:
    model = not_built()
    train(model, X, BINARY, batch_size=16)
    assert model.input_shape == (None, 3)
    assert model.output_shape == (None, 1)


@pytest.mark.slow
def test_a_compiled_training_leaves_a_model_that_fit_can_go_on_with() -> None:
    expected, model = binary(adam()), binary(adam())
    fit_in_order(expected, X, BINARY, 3, 16)
    train(model, X, BINARY, batch_size=16, epochs=2, order=order_of)
    order = order_of(2)
    model.fit(X[order], BINARY[order], batch_size=16, initial_epoch=2, epochs=3, shuffle=False, verbose=0)
    assert_same_weights(model, expected)
    assert int(model.optimizer.iterations) == int(expected.optimizer.iterations) == 12


class Paced(keras.callbacks.Callback):
    """Wants to be called after every second batch, and keeps what it sees."""

    every_n_batches = 2

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[int, Array]] = []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if (batch + 1) % 2 == 0:
            self.seen.append((batch, self.model.get_weights()[0].copy()))


@pytest.mark.slow
@pytest.mark.parametrize("make", [binary, with_normalisation])
@pytest.mark.parametrize("n", [N, 48], ids=["a short batch", "whole batches"])
def test_an_epoch_in_pieces_is_the_same_and_calls_back_between_them(
    make: Make, n: int, caplog: pytest.LogCaptureFixture
) -> None:
    whole, pieces, by_fit = make(), make(), make()
    by_fit.jit_compile = False
    for model in (pieces, by_fit):
        model.set_weights(whole.get_weights())
    x, y = X[:n], BINARY[:n]
    plain = train(whole, x, y, batch_size=16, epochs=3, seed=5)
    paced, witness = Paced(), Paced()
    with caplog.at_level(logging.WARNING):
        told = train(pieces, x, y, batch_size=16, epochs=3, seed=5, callbacks=[paced])
    assert not caplog.messages  # it did not go to fit
    witness.every_n_batches = 0  # which says nothing to train: fit trains
    train(by_fit, x, y, batch_size=16, epochs=3, seed=5, callbacks=[witness])
    for a, b in zip(whole.get_weights(), pieces.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
    for name, values in plain.history.items():
        np.testing.assert_allclose(told.history[name], values, atol=1e-6)
    at_the_end = 0 if n == N else 1  # the fourth batch of 50 samples is the last one
    batches = [batch for batch, _ in paced.seen]
    assert batches == [1] * 3
    expected = [seen for seen in witness.seen if seen[0] == 1]
    assert len(witness.seen) == (6 if at_the_end == 0 else 3)
    for (_, kernel), (_, other) in zip(paced.seen, expected, strict=True):
        np.testing.assert_allclose(kernel, other, atol=1e-5)


# Data that bring their own batches


class Halves(keras.utils.PyDataset):
    """Two batches."""

    def __len__(self) -> int:
        return 2

    def __getitem__(self, number: int) -> Any:
        half = slice(25 * number, 25 * number + 25)
        return X[half], BINARY[half, None]


def endless() -> Iterator[Any]:
    while True:
        yield X, BINARY[:, None]


STREAMS: dict[str, tuple[Callable[[], Any], dict[str, Any]]] = {
    "BatchDataset": (
        lambda: tf.data.Dataset.from_tensor_slices((X, BINARY[:, None])).batch(16),
        {"class_weight": {0: 0.3, 1: 2.0}},
    ),
    "Halves": (Halves, {"shuffle": False, "class_weight": {0: 0.3, 1: 2.0}}),
    "generator": (endless, {"steps_per_epoch": 2, "validation_data": (X, BINARY), "validation_freq": 2}),
}


@pytest.mark.slow
def test_a_sparse_matrix_is_trained_on_with_its_zeros() -> None:
    sparse, dense_form = binary(), binary()
    cut = np.where(np.abs(X) < 0.5, 0, X)
    train(sparse, csr_matrix(cut), BINARY, batch_size=16, epochs=2, seed=4)
    train(dense_form, cut, BINARY, batch_size=16, epochs=2, seed=4)
    assert_same_weights(sparse, dense_form)


@pytest.mark.slow
@pytest.mark.usefixtures("step_by_step")
@pytest.mark.parametrize("kind", STREAMS)
def test_other_data_than_arrays_are_trained_on_by_fit(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    make, arguments = STREAMS[kind]
    expected, model = binary(), binary()
    with warnings.catch_warnings(record=True):  # of fit, that it does not shuffle
        expected_history = expected.fit(make(), epochs=2, verbose=0, **arguments).history
    history = train(model, make(), epochs=2, **arguments).history
    assert warnings_of(caplog) == [
        f"training with Keras's fit, which is slower: x is a {kind}, and only arrays are compiled"
    ]
    assert_same_history(history, expected_history)
    assert_same_weights(model, expected)
    assert_moved(model, binary)


@pytest.mark.slow
@pytest.mark.usefixtures("step_by_step")
def test_validation_on_a_dataset_and_numbers_of_steps_go_to_fit(caplog: pytest.LogCaptureFixture) -> None:
    validation = tf.data.Dataset.from_tensor_slices((VALIDATION[0], VALIDATION[1][:, None])).batch(16)
    arguments: list[dict[str, Any]] = [{"validation_data": validation}, {"steps_per_epoch": 2}]
    for given in arguments:
        expected, model = binary(), binary()
        history = expected.fit(X, BINARY, shuffle=False, verbose=0, **given).history
        assert_same_history(train(model, X, BINARY, shuffle=False, **given).history, history)
        assert_same_weights(model, expected)
    first, second = warnings_of(caplog)
    assert "validation_data is a BatchDataset" in first
    assert "steps_per_epoch is given" in second


@pytest.mark.slow
def test_a_mirrored_model_is_trained_by_fit(caplog: pytest.LogCaptureFixture) -> None:
    with tf.distribute.MirroredStrategy(["CPU:0"]).scope():
        model = binary(jit_compile=False)
    expected = binary()
    arguments: dict[str, Any] = {"batch_size": 16, "epochs": 2, "seed": 1, "validation_data": VALIDATION}
    history = train(model, X, BINARY, **arguments).history
    assert ["MirroredStrategy" in line for line in warnings_of(caplog)] == [True]
    assert_same_history(history, train(expected, X, BINARY, **arguments).history)
    assert_same_weights(model, expected)


TRAINING = """
import sys
from pathlib import Path
import keras
import numpy as np
from replay import train

X = np.random.default_rng(7).normal(size=(50, 3)).astype("float32")
y = (X[:, 0] > 0).astype("int64")
GIVEN = {"batch_size": 16, "epochs": 3, "class_weight": {0: 0.3, 1: 2.0}, "validation_split": 0.3}
LAYERS = [(4, "tanh"), (1, "sigmoid")]

def made():
    layers = [keras.layers.Dense(units, name, kernel_initializer="ones") for units, name in LAYERS]
    model = keras.Sequential([keras.Input((3,)), *layers])
    model.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
    return model

one, other = made(), made()
history = train(one, X, y, order=lambda epoch: np.arange(len(X))[:35], **GIVEN).history
expected = other.fit(X, y, shuffle=False, verbose=0, **GIVEN).history
assert history == expected, (history, expected)
for a, b in zip(one.get_weights(), other.get_weights()):
    np.testing.assert_array_equal(a, b)
assert "tensorflow" not in sys.modules
"""


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_on_other_backends_fit_trains_and_tensorflow_is_not_loaded(backend: str) -> None:
    need(backend)
    done = subprocess.run(
        [sys.executable, "-c", TRAINING],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert f"Keras runs on {backend}, not on TensorFlow" in done.stderr
    assert len(done.stderr.splitlines()) == 1
