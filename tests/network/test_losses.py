"""The loss of each sample, against Keras's loss objects and against what `evaluate` reports."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl

from replay import Recorder, Replay, RunWriter
from replay.errors import DataError, ViewError
from replay.network.in_keras import describe
from replay.network.losses import LOSSES, check_targets, derivatives, losses, takes_logits

Array = np.ndarray
N_SAMPLES, N_CLASSES, N_SNAPSHOTS = 24, 4, 3
RNG_SEED = 5


def labels(n_classes: int) -> Array:
    return np.arange(N_SAMPLES) % n_classes


def one_hot() -> Array:
    return np.eye(N_CLASSES, dtype=np.float32)[labels(N_CLASSES)]


def probabilities(units: int) -> Array:
    """(n_snapshots, n_samples, units), every row a distribution where there are several units."""
    z = np.random.default_rng(RNG_SEED).normal(0, 2, (N_SNAPSHOTS, N_SAMPLES, units)).astype(np.float32)
    p = 1 / (1 + np.exp(-z))
    return p if units == 1 else p / p.sum(axis=-1, keepdims=True)


def numbers(units: int) -> Array:
    return np.random.default_rng(RNG_SEED).normal(0, 4, (N_SNAPSHOTS, N_SAMPLES, units)).astype(np.float32)


def of_keras(loss: Any, targets: Array, outputs: Array) -> Array:
    column = targets[:, None] if targets.ndim == 1 else targets
    loss.reduction = None
    return np.stack([keras.ops.convert_to_numpy(loss(column, rows)) for rows in outputs])


KL = keras.losses
Case = tuple[dict[str, Any], Callable[[], Any], Array, Array]
CASES: dict[str, Case] = {
    "binary": (
        {"name": "binary_crossentropy"},
        KL.BinaryCrossentropy,
        labels(2),
        probabilities(1),
    ),
    "binary, smoothed": (
        {"name": "binary_crossentropy", "label_smoothing": 0.2},
        lambda: KL.BinaryCrossentropy(label_smoothing=0.2),
        labels(2),
        probabilities(1),
    ),
    "binary, logits": (
        {"name": "binary_crossentropy", "from_logits": True},
        lambda: KL.BinaryCrossentropy(from_logits=True),
        labels(2),
        numbers(1),
    ),
    "binary, logits, smoothed": (
        {"name": "binary_crossentropy", "from_logits": True, "label_smoothing": 0.2},
        lambda: KL.BinaryCrossentropy(from_logits=True, label_smoothing=0.2),
        labels(2),
        numbers(1),
    ),
    "binary, several units": (
        {"name": "binary_crossentropy"},
        KL.BinaryCrossentropy,
        np.random.default_rng(0).integers(0, 2, (N_SAMPLES, N_CLASSES)),
        1 - probabilities(N_CLASSES),
    ),
    "binary, soft targets": (
        {"name": "binary_crossentropy"},
        KL.BinaryCrossentropy,
        np.linspace(0, 1, N_SAMPLES),
        probabilities(1),
    ),
    "categorical": (
        {"name": "categorical_crossentropy"},
        KL.CategoricalCrossentropy,
        one_hot(),
        probabilities(N_CLASSES),
    ),
    "categorical, rows that do not add up to 1": (
        {"name": "categorical_crossentropy"},
        KL.CategoricalCrossentropy,
        one_hot(),
        3 * probabilities(N_CLASSES),
    ),
    "categorical, smoothed": (
        {"name": "categorical_crossentropy", "label_smoothing": 0.1},
        lambda: KL.CategoricalCrossentropy(label_smoothing=0.1),
        one_hot(),
        probabilities(N_CLASSES),
    ),
    "categorical, logits": (
        {"name": "categorical_crossentropy", "from_logits": True},
        lambda: KL.CategoricalCrossentropy(from_logits=True),
        one_hot(),
        numbers(N_CLASSES),
    ),
    "categorical, logits, smoothed": (
        {"name": "categorical_crossentropy", "from_logits": True, "label_smoothing": 0.1},
        lambda: KL.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        one_hot(),
        numbers(N_CLASSES),
    ),
    "sparse categorical": (
        {"name": "sparse_categorical_crossentropy"},
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES),
        probabilities(N_CLASSES),
    ),
    "sparse categorical, a column of targets": (
        {"name": "sparse_categorical_crossentropy"},
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES)[:, None],
        probabilities(N_CLASSES),
    ),
    "sparse categorical, rows that do not add up to 1": (
        {"name": "sparse_categorical_crossentropy"},
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES),
        0.7 * probabilities(N_CLASSES),
    ),
    "sparse categorical, logits": (
        {"name": "sparse_categorical_crossentropy", "from_logits": True},
        lambda: KL.SparseCategoricalCrossentropy(from_logits=True),
        labels(N_CLASSES),
        numbers(N_CLASSES),
    ),
    "squared error": (
        {"name": "mean_squared_error"},
        KL.MeanSquaredError,
        np.linspace(-2, 3, N_SAMPLES),
        numbers(1),
    ),
    "squared error, several units": (
        {"name": "mean_squared_error"},
        KL.MeanSquaredError,
        np.random.default_rng(1).normal(size=(N_SAMPLES, N_CLASSES)),
        numbers(N_CLASSES),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_samples_loss_equals_kerass(case: str) -> None:
    loss, keras_loss, targets, outputs = CASES[case]
    got = losses(loss, targets, outputs, None)
    assert got.shape == (N_SNAPSHOTS, N_SAMPLES)
    np.testing.assert_allclose(got, of_keras(keras_loss(), targets, outputs), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("loss", "targets", "units", "keras_loss"),
    [
        ("binary_crossentropy", labels(2), 1, lambda: KL.BinaryCrossentropy(from_logits=True)),
        ("categorical_crossentropy", one_hot(), N_CLASSES, CASES["categorical, logits"][1]),
        (
            "sparse_categorical_crossentropy",
            labels(N_CLASSES),
            N_CLASSES,
            CASES["sparse categorical, logits"][1],
        ),
    ],
)
def test_known_logits_are_preferred_over_probabilities_that_have_saturated(
    loss: str, targets: Array, units: int, keras_loss: Callable[[], Any]
) -> None:
    logits = 60 * numbers(units)
    saturated = np.where(logits == logits.max(axis=-1, keepdims=True), 1, 0).astype(np.float32)
    if units == 1:
        saturated = (logits > 0).astype(np.float32)
    got = losses({"name": loss}, targets, saturated, logits)
    np.testing.assert_allclose(got, of_keras(keras_loss(), targets, logits), rtol=1e-5, atol=1e-5)
    assert got.max() > 100  # far beyond −log ε, where clipped probabilities end


@pytest.mark.parametrize("case", ["binary", "categorical", "sparse categorical"])
def test_probabilities_of_exactly_zero_and_one_cost_as_much_as_in_keras(case: str) -> None:
    loss, keras_loss, targets, outputs = CASES[case]
    winner = (np.arange(N_SAMPLES) // 2) % max(2, outputs.shape[-1])
    hard = (winner[:, None] == np.arange(outputs.shape[-1])).astype(np.float32)
    hard = np.stack([hard] * N_SNAPSHOTS)
    got = losses(loss, targets, hard, None)
    assert np.isfinite(got).all()
    assert got.min() < 1e-5
    assert got.max() > 10
    np.testing.assert_allclose(got, of_keras(keras_loss(), targets, hard), rtol=1e-5, atol=1e-6)


def test_by_hand_losses_are_those_of_the_textbook() -> None:
    outputs = np.array([[[0.25], [0.5]], [[1.0], [3.0]]])
    targets = np.array([1, 0])
    cross_entropy = losses({"name": "binary_crossentropy"}, targets, outputs[:1], None)
    np.testing.assert_allclose(cross_entropy, [[np.log(4), np.log(2)]], rtol=1e-6)
    squared = losses({"name": "mean_squared_error"}, targets, outputs[1:], None)
    np.testing.assert_allclose(squared, [[0, 9]])


@pytest.mark.parametrize("case", CASES)
def test_an_output_that_is_nan_costs_nan_and_no_other_sample_anything(case: str) -> None:
    loss, _, targets, outputs = CASES[case]
    broken = outputs.copy()
    broken[1, 3] = np.nan
    got, whole = losses(loss, targets, broken, None), losses(loss, targets, outputs, None)
    assert np.argwhere(np.isnan(got)).tolist() == [[1, 3]]
    finite = np.isfinite(got)
    np.testing.assert_array_equal(got[finite], whole[finite])


# Derivatives


def tape_of_keras(loss: Any, targets: Array, outputs: Array) -> Array:
    """The gradient of the sum of all losses with respect to the outputs."""
    column = targets[:, None] if targets.ndim == 1 else targets
    loss.reduction = "sum"
    rows = []
    for snapshot in outputs:
        tensor = tf.constant(snapshot)
        with tf.GradientTape() as tape:
            tape.watch(tensor)
            value = loss(column, tensor)
        rows.append(tape.gradient(value, tensor).numpy())
    return np.stack(rows)


@pytest.mark.parametrize("case", CASES)
def test_derivatives_with_respect_to_outputs_equal_those_of_keras(case: str) -> None:
    loss, keras_loss, targets, outputs = CASES[case]
    got = derivatives(loss, targets, outputs, None)
    assert got.shape == outputs.shape
    assert got.dtype == outputs.dtype
    np.testing.assert_allclose(got, tape_of_keras(keras_loss(), targets, outputs), rtol=2e-4, atol=2e-6)


@pytest.mark.parametrize("case", ["binary", "categorical", "sparse categorical"])
def test_derivatives_of_clipped_probabilities_are_zero_as_in_keras(case: str) -> None:
    loss, keras_loss, targets, outputs = CASES[case]
    hard = outputs.copy()
    hard[:, ::3] = 0
    hard[:, ::3, 0] = 1
    got = derivatives(loss, targets, hard, None)
    assert not got[:, 0].any()
    np.testing.assert_allclose(got, tape_of_keras(keras_loss(), targets, hard), rtol=2e-4, atol=2e-5)


@pytest.mark.parametrize("case", [name for name in CASES if "squared" not in name])
def test_derivatives_with_respect_to_logits_are_probabilities_minus_targets(case: str) -> None:
    loss, _, targets, outputs = CASES[case]
    units = outputs.shape[-1]
    z = numbers(units)
    softened = loss.get("label_smoothing", 0.0)
    if loss["name"] == "binary_crossentropy":
        p = 1 / (1 + np.exp(-z.astype(np.float64)))
        t = targets.reshape(N_SAMPLES, -1) * (1 - softened) + softened / 2
    else:
        p = np.exp(z.astype(np.float64)) / np.exp(z.astype(np.float64)).sum(axis=-1, keepdims=True)
        t = one_hot() * (1 - softened) + softened / units
    share = units if loss["name"] == "binary_crossentropy" else 1
    np.testing.assert_allclose(derivatives(loss, targets, outputs, z), (p - t) / share, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_an_output_that_is_nan_has_a_derivative_that_is_nan_and_changes_no_other(case: str) -> None:
    loss, _, targets, outputs = CASES[case]
    broken = outputs.copy()
    broken[1, 3] = np.nan
    got, whole = derivatives(loss, targets, broken, None), derivatives(loss, targets, outputs, None)
    assert np.isnan(got[1, 3]).all()
    got[1, 3] = whole[1, 3]
    np.testing.assert_array_equal(got, whole)


@pytest.mark.parametrize(
    ("name", "activation", "expected"),
    [
        ("binary_crossentropy", "sigmoid", True),
        ("binary_crossentropy", "softmax", True),
        ("sparse_categorical_crossentropy", "softmax", True),
        ("categorical_crossentropy", "hard_sigmoid", False),
        ("binary_crossentropy", None, False),
        ("mean_squared_error", "sigmoid", False),
        (None, "sigmoid", False),
    ],
)
def test_cross_entropies_of_a_sigmoid_or_softmax_are_taken_from_logits(
    name: str | None, activation: str | None, expected: bool
) -> None:
    assert takes_logits({"name": name} if name else None, activation) is expected


def test_on_jax_and_pytorch_they_are_taken_from_the_outputs() -> None:
    assert takes_logits({"name": "binary_crossentropy", "from_outputs": True}, "sigmoid") is False
    sure, z = np.ones((1, 1, 1), np.float32), np.full((1, 1, 1), 40, np.float32)
    loss = {"name": "binary_crossentropy", "from_outputs": True}
    clipped = -np.log(1 - (1 - np.float32(1e-7)))
    np.testing.assert_allclose(losses(loss, np.zeros(1), sure, z), [[clipped]], rtol=1e-6)
    several = np.array([[[1.0, 2.0, 5.0]]], np.float32)  # which Keras divides by their sum
    loss = {"name": "sparse_categorical_crossentropy", "from_outputs": True}
    np.testing.assert_allclose(losses(loss, np.array([1]), several, z), [[-np.log(2 / 8)]], rtol=1e-6)
    steps = np.eye(3, dtype=np.float32)[:, None] * 1e-2
    above, below = (losses(loss, np.array([1]), several + way * steps, None)[:, 0] for way in (1, -1))
    slopes = derivatives(loss, np.array([1]), several, None)[0, 0]
    np.testing.assert_allclose(slopes, (above - below) / 2e-2, atol=1e-3)


def test_a_run_without_a_loss_shows_none() -> None:
    with pytest.raises(ViewError, match="without a known loss"):
        losses(None, labels(2), probabilities(1), None)


def test_a_loss_that_cannot_be_shown_is_refused_with_those_that_can() -> None:
    with pytest.raises(ViewError, match=r"'hinge' cannot be shown.*mean_squared_error"):
        losses({"name": "hinge"}, labels(2), probabilities(1), None)


Stack = Callable[[], list[Any]]
EVALUATED: dict[str, tuple[Any, Stack, Array]] = {
    "binary": ("binary_crossentropy", lambda: [kl.Dense(1, activation="sigmoid")], labels(2)),
    "binary, smoothed": (
        lambda: KL.BinaryCrossentropy(label_smoothing=0.1),
        lambda: [kl.Dense(1, activation="sigmoid")],
        labels(2),
    ),
    "binary, logits": (lambda: KL.BinaryCrossentropy(from_logits=True), lambda: [kl.Dense(1)], labels(2)),
    "binary, logits of a sigmoid output": (  # which Keras takes from before the sigmoid
        lambda: KL.BinaryCrossentropy(from_logits=True),
        lambda: [kl.Dense(1, activation="sigmoid")],
        labels(2),
    ),
    "binary, an activation layer": (
        "binary_crossentropy",
        lambda: [kl.Dense(1), kl.Activation("sigmoid")],
        labels(2),
    ),
    "binary, a hard sigmoid": (
        "binary_crossentropy",
        lambda: [kl.Dense(1, activation="hard_sigmoid")],
        labels(2),
    ),
    "binary, a softmax": (
        "binary_crossentropy",
        lambda: [kl.Dense(N_CLASSES, activation="softmax")],
        one_hot(),
    ),
    "categorical": (
        "categorical_crossentropy",
        lambda: [kl.Dense(N_CLASSES, activation="softmax")],
        one_hot(),
    ),
    "categorical, a softmax layer": (
        "categorical_crossentropy",
        lambda: [kl.Dense(N_CLASSES), kl.Softmax()],
        one_hot(),
    ),
    "categorical, a sigmoid": (
        "categorical_crossentropy",
        lambda: [kl.Dense(N_CLASSES, activation="sigmoid")],
        one_hot(),
    ),
    "sparse categorical": (
        "sparse_categorical_crossentropy",
        lambda: [kl.Dense(N_CLASSES, activation="softmax")],
        labels(N_CLASSES),
    ),
    "sparse categorical, logits": (
        lambda: KL.SparseCategoricalCrossentropy(from_logits=True),
        lambda: [kl.Dense(N_CLASSES)],
        labels(N_CLASSES),
    ),
    "sparse categorical, a positive output": (
        "sparse_categorical_crossentropy",
        lambda: [kl.Dense(N_CLASSES, activation="softplus")],
        labels(N_CLASSES),
    ),
    "squared error": ("mse", lambda: [kl.Dense(1)], np.linspace(-2, 3, N_SAMPLES)),
    "squared error of a sigmoid": ("mse", lambda: [kl.Dense(1, activation="sigmoid")], labels(2)),
}


def recorded(path: Path, model: Any, targets: Array, scales: tuple[float, ...]) -> tuple[Array, list[Any]]:
    """Write a snapshot of `model` for each scale of its random weights; return samples and weights."""
    rng = np.random.default_rng(RNG_SEED)
    x = rng.normal(size=(len(targets), 3)).astype(np.float32)
    snapshots = []
    with RunWriter(path, describe.describe(model), x, targets) as writer:
        for epoch, scale in enumerate(scales):
            weights = [(scale * rng.normal(size=w.shape)).astype(w.dtype) for w in model.get_weights()]
            model.set_weights(weights)
            snapshots.append(weights)
            writer.snapshot(epoch, describe.weights(model))
    return x, snapshots


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", EVALUATED)
def test_the_mean_loss_equals_what_evaluate_reports_also_where_outputs_saturate(
    case: str, tmp_path: Path
) -> None:
    loss, stack, targets = EVALUATED[case]
    model = keras.Sequential([keras.Input((3,)), kl.Dense(5, activation="tanh"), *stack()])
    model.compile(loss=loss if isinstance(loss, str) else loss())
    x, snapshots = recorded(tmp_path / "run.h5", model, targets, scales=(1.0, 100.0))
    got = Replay(tmp_path / "run.h5").losses().mean(axis=1)
    expected = []
    for weights in snapshots:
        model.set_weights(weights)
        expected.append(model.evaluate(x, targets, batch_size=N_SAMPLES, verbose=0))
    np.testing.assert_allclose(got, expected, rtol=1e-4)


def test_regularisation_is_no_part_of_a_samples_loss(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((3,)), kl.Dense(1, activation="sigmoid", kernel_regularizer="l2", name="output")]
    )
    model.compile(loss="binary_crossentropy")
    x, _ = recorded(tmp_path / "run.h5", model, labels(2), scales=(1.0,))
    p = keras.ops.convert_to_numpy(model(x))[:, 0].astype(np.float64)
    expected = -np.where(labels(2) == 1, np.log(p), np.log(1 - p))
    np.testing.assert_allclose(Replay(tmp_path / "run.h5").losses()[0], expected, rtol=1e-4)


def test_a_class_that_the_loss_ignores_costs_nothing_or_the_loss_is_refused(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), kl.Dense(N_CLASSES, name="output")])
    loss = KL.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2, reduction=None)
    model.compile(loss=KL.SparseCategoricalCrossentropy(from_logits=True, ignore_class=2))
    targets = labels(N_CLASSES)
    x, _ = recorded(tmp_path / "run.h5", model, targets, scales=(1.0,))
    expected = keras.ops.convert_to_numpy(loss(targets[:, None], model(x)))
    try:
        got = Replay(tmp_path / "run.h5").losses()[0]
    except ViewError:
        return
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("loss", "targets", "units", "message"),
    [
        ("sparse_categorical_crossentropy", [0, 1, 3], 3, r"0 to 2.*range from 0 to 3"),
        ("sparse_categorical_crossentropy", [-1, 1], 3, r"range from -1 to 1"),
        ("sparse_categorical_crossentropy", [0.5, 1], 3, "whole numbers"),
        ("binary_crossentropy", [1, 2], 1, r"between 0 and 1.*range from 1 to 2.*relabel"),
        ("binary_crossentropy", [0.5, 2.5], 1, r"from 0.5 to 2.5: a regression needs another loss"),
        ("binary_crossentropy", [-1, 1], 1, r"range from -1 to 1"),
        ("categorical_crossentropy", [0, 1, 2], 3, r"one-hot rows of 3.*sparse_categorical_crossentropy"),
        ("categorical_crossentropy", [[1, 0], [0, 1]], 3, r"one-hot rows of 3 values"),
    ],
)
def test_targets_that_are_no_labels_for_the_loss_are_refused(
    loss: str, targets: list[Any], units: int, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        check_targets({"name": loss}, np.array(targets), units)


@pytest.mark.parametrize(
    ("loss", "targets", "units"),
    [
        ("sparse_categorical_crossentropy", [0, 2, 1], 3),
        ("sparse_categorical_crossentropy", [[0.0], [2.0]], 3),
        ("sparse_categorical_crossentropy", [0, 7], None),
        ("binary_crossentropy", [0, 1], 1),
        ("binary_crossentropy", [0.25, 0.75], 1),
        ("binary_crossentropy", [[True, False]], 2),
        ("categorical_crossentropy", [[1, 0, 0], [0, 0, 1]], 3),
        ("categorical_crossentropy", [[0.5, 0.5]], None),
        ("mean_squared_error", [-100, 100], 1),
        ("a_loss_of_the_users_own", [-100, 100], 1),
        (None, [-100, 100], 1),
    ],
)
def test_targets_that_fit_the_loss_pass(loss: str | None, targets: list[Any], units: int | None) -> None:
    check_targets({"name": loss} if loss else None, np.array(targets), units)


@pytest.mark.parametrize(("ignored", "targets"), [(-1, [0, -1, 2]), (255, [0, 255, 2]), (0, [0, 1, 2])])
def test_targets_that_the_loss_ignores_pass_and_others_do_not(ignored: int, targets: list[int]) -> None:
    loss = {"name": "sparse_categorical_crossentropy", "ignore_class": ignored}
    check_targets(loss, np.array(targets), 3)
    for wrong in (3, -2, 0.5):
        with pytest.raises(DataError, match="whole numbers from 0 to 2"):
            check_targets(loss, np.array([*targets, wrong]), 3)


def test_a_training_that_ignores_samples_is_recorded(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    inputs, targets = rng.normal(size=(30, 2)).astype(np.float32), rng.integers(-1, 3, 30)
    model = keras.Sequential([keras.Input((2,)), kl.Dense(3, "softmax")])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(ignore_class=-1))
    path = tmp_path / "run.h5"
    model.fit(inputs, targets, epochs=2, verbose=0, callbacks=[Recorder(path, inputs, targets)])
    replay = Replay(path)
    np.testing.assert_allclose(
        replay.activations(model.layers[-1].name)[-1], model.predict(inputs, verbose=0), rtol=1e-4, atol=1e-6
    )
    with pytest.raises(ViewError, match="ignores a class"):
        replay.losses()


def test_the_docs_list_every_loss() -> None:
    text = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")
    (sentence,) = (line for line in text.splitlines() if line.startswith("`losses()` is the loss"))
    assert set(re.findall(r"`(\w+)`", sentence)) == set(LOSSES)
