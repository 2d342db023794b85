"""Gradients of the loss in NumPy, against TensorFlow's GradientTape and against finite differences."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl

from replay import QuantileLoss, dense
from replay.errors import ViewError
from replay.network.activations import CATALOGUE
from replay.network.description import LayerDescription, RunDescription
from replay.network.in_keras import describe
from replay.network.in_numpy import forward
from replay.network.in_numpy.backward import OF_VECTORS
from replay.network.in_numpy.forward import Network, covers
from replay.network.in_numpy.layers import LAYERS as KINDS
from replay.network.losses import losses

Array = np.ndarray
KL = keras.losses
N_SAMPLES, N_CLASSES, N_SNAPSHOTS = 13, 3, 2


def labels(n_classes: int) -> Array:
    return np.arange(N_SAMPLES) % n_classes


def one_hot() -> Array:
    return np.eye(N_CLASSES, dtype=np.float32)[labels(N_CLASSES)]


def numbers(*shape: int) -> Array:
    return np.random.default_rng(1).normal(size=(N_SAMPLES, *shape)).astype(np.float32)


def variables(model: Any) -> list[Any]:
    return [variable for layer in model.layers for variable in layer.weights]


def random_snapshots(model: Any) -> list[list[Array]]:
    rng = np.random.default_rng(7)
    snapshots = []
    for _ in range(N_SNAPSHOTS):
        arrays = []
        for variable in variables(model):
            values = (
                rng.uniform(0.3, 1.7, variable.shape)
                if "var" in variable.name
                else rng.normal(0, 0.8, variable.shape)
            )
            arrays.append(values.astype(variable.dtype))
        snapshots.append(arrays)
    return snapshots


def of_keras(model: Any, loss: Any, snapshots: Sequence[list[Array]], x: Array, y: Array) -> list[Array]:
    """The gradients that training takes, from a compiled step, as `fit` has it; (n_snapshots, …) each."""
    learning = list(model.trainable_variables)

    def step() -> Any:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=False))
        return tape.gradient(
            value, [v.value for v in learning], unconnected_gradients=tf.UnconnectedGradients.ZERO
        )

    rows = []
    for weights in snapshots:
        for variable, array in zip(variables(model), weights, strict=True):
            variable.assign(array)
        for layer in model.layers:
            if isinstance(layer, kl.Normalization):
                layer.finalize_state()
        found = {
            id(v): np.asarray(tf.convert_to_tensor(g))
            for v, g in zip(learning, tf.function(step)(), strict=True)
        }
        rows.append([found.get(id(v), np.zeros(v.shape, np.float32)) for v in variables(model)])
    return [np.stack(arrays) for arrays in zip(*rows, strict=True)]


def both(
    stack: Sequence[Any], loss: Any, targets: Array, shape: tuple[int, ...] = (4,)
) -> tuple[list[Array], list[Array], list[str]]:
    """Gradients in NumPy and of Keras, and the names of the weights."""
    model = keras.Sequential([keras.Input(shape), *stack])
    x = np.random.default_rng(3).normal(0, 1.2, (len(targets), *shape)).astype(np.float32)
    model(x[:1])
    model.compile(loss=loss)
    snapshots = random_snapshots(model)
    description = describe.describe(model)
    assert covers(description)
    column = targets[:, None] if targets.ndim == 1 else targets
    expected = of_keras(model, loss, snapshots, x, column.astype(np.float32))
    weights = [np.stack(arrays) for arrays in zip(*snapshots, strict=True)]
    got = Network(description.layers).gradients(x, targets, weights, description.loss)
    return got, expected, [path for path, _ in description.weight_paths]


def assert_equal(got: list[Array], expected: list[Array], names: list[str]) -> None:
    assert len(got) == len(expected) == len(names)
    for array, other, name in zip(got, expected, names, strict=True):
        assert array.dtype == np.float32, name
        assert array.shape == other.shape, name
        np.testing.assert_allclose(array, other, rtol=2e-4, atol=2e-6, err_msg=name)


# Outputs and losses

Stack = Callable[[], list[Any]]
OUTPUTS: dict[str, tuple[Stack, Callable[[], Any], Array]] = {
    "sigmoid": (lambda: [kl.Dense(1, "sigmoid")], KL.BinaryCrossentropy, labels(2)),
    "sigmoid, smoothed": (
        lambda: [kl.Dense(1, "sigmoid")],
        lambda: KL.BinaryCrossentropy(label_smoothing=0.2),
        labels(2),
    ),
    "sigmoid, a layer": (
        lambda: [kl.Dense(1), kl.Activation("sigmoid")],
        KL.BinaryCrossentropy,
        labels(2),
    ),
    "several sigmoids": (lambda: [kl.Dense(3, "sigmoid")], KL.BinaryCrossentropy, one_hot()),
    "binary logits": (
        lambda: [kl.Dense(1)],
        lambda: KL.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
        labels(2),
    ),
    "hard sigmoid": (lambda: [kl.Dense(1, "hard_sigmoid")], KL.BinaryCrossentropy, labels(2)),
    "softmax, binary": (lambda: [kl.Dense(3, "softmax")], KL.BinaryCrossentropy, one_hot()),
    "softmax": (lambda: [kl.Dense(3, "softmax")], KL.CategoricalCrossentropy, one_hot()),
    "softmax, smoothed": (
        lambda: [kl.Dense(3, "softmax")],
        lambda: KL.CategoricalCrossentropy(label_smoothing=0.1),
        one_hot(),
    ),
    "categorical logits": (
        lambda: [kl.Dense(3)],
        lambda: KL.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        one_hot(),
    ),
    "categorical of sigmoids and more": (
        lambda: [kl.Dense(3, "sigmoid"), kl.Rescaling(2.0, offset=0.5)],
        KL.CategoricalCrossentropy,
        one_hot(),
    ),
    "categorical of positive numbers": (
        lambda: [kl.Dense(3, "softplus")],
        KL.CategoricalCrossentropy,
        one_hot(),
    ),
    "sparse softmax": (
        lambda: [kl.Dense(3, "softmax")],
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES),
    ),
    "sparse softmax, a layer": (
        lambda: [kl.Dense(3), kl.Softmax()],
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES),
    ),
    "sparse logits": (
        lambda: [kl.Dense(3)],
        lambda: KL.SparseCategoricalCrossentropy(from_logits=True),
        labels(N_CLASSES),
    ),
    "sparse, of positive numbers": (
        lambda: [kl.Dense(3, "softplus")],
        KL.SparseCategoricalCrossentropy,
        labels(N_CLASSES),
    ),
    "squares": (lambda: [kl.Dense(1)], KL.MeanSquaredError, numbers()),
    "squares of several": (lambda: [kl.Dense(3)], KL.MeanSquaredError, numbers(3)),
    "squares of a sigmoid": (lambda: [kl.Dense(1, "sigmoid")], KL.MeanSquaredError, labels(2)),
    "squares of gated units": (lambda: [kl.Dense(6, "glu")], KL.MeanSquaredError, numbers(3)),
    "squares of a softmax": (lambda: [kl.Dense(3, "softmax")], KL.MeanSquaredError, one_hot()),
    "absolute errors of several": (lambda: [kl.Dense(3)], KL.MeanAbsoluteError, numbers(3)),
    "huber": (lambda: [kl.Dense(1)], lambda: KL.Huber(0.4), numbers()),
    "log-cosh": (lambda: [kl.Dense(3)], KL.LogCosh, numbers(3)),
    "counts": (lambda: [kl.Dense(1, "softplus")], KL.Poisson, labels(N_CLASSES)),
    "a quantile": (lambda: [kl.Dense(3)], lambda: QuantileLoss(0.9), numbers(3)),
}


@pytest.mark.slow
@pytest.mark.parametrize("case", OUTPUTS)
def test_gradients_of_every_loss_equal_those_of_training(case: str) -> None:
    stack, loss, targets = OUTPUTS[case]
    assert_equal(*both([kl.Dense(5, "tanh"), *stack()], loss(), targets))


# Layers

LAYERS: dict[str, tuple[tuple[int, ...], Stack]] = {
    **{
        name: ((4,), lambda name=name: [kl.Dense(6, name), kl.Dense(5, name)])
        for name in ("relu", "sigmoid", "elu", "selu", "leaky_relu", "gelu", "silu", "softplus")
    },
    "no bias": ((4,), lambda: [kl.Dense(5, "tanh", use_bias=False), kl.Dense(4, use_bias=False)]),
    "softmax within": ((4,), lambda: [kl.Dense(5, "softmax")]),
    "log_softmax within": ((4,), lambda: [kl.Dense(5, "log_softmax")]),
    "softmax over another axis": ((5, 4), lambda: [kl.Dense(3), kl.Softmax(axis=-2), kl.Flatten()]),
    "ReLU with arguments": ((4,), lambda: [kl.Dense(5), kl.ReLU(2.0, negative_slope=0.1)]),
    "ELU and LeakyReLU": ((4,), lambda: [kl.Dense(5), kl.ELU(0.3), kl.Dense(5), kl.LeakyReLU(0.07)]),
    "PReLU": ((4,), lambda: [kl.Dense(5), kl.PReLU(), kl.Dense(4), kl.PReLU()]),
    "PReLU, shared": ((5, 4), lambda: [kl.PReLU(shared_axes=[1]), kl.Flatten()]),
    "BatchNormalization": (
        (4,),
        lambda: [kl.Dense(5), kl.BatchNormalization(), kl.ReLU(), kl.BatchNormalization()],
    ),
    "BatchNormalization, bare": (
        (4,),
        lambda: [kl.Dense(5), kl.BatchNormalization(center=False, scale=False, epsilon=0.2)],
    ),
    "BatchNormalization on axis 1": (
        (5, 4),
        lambda: [kl.Dense(3), kl.BatchNormalization(axis=1), kl.Flatten()],
    ),
    "LayerNormalization": ((4,), lambda: [kl.Dense(5), kl.LayerNormalization(), kl.Dense(4, "tanh")]),
    "LayerNormalization over two axes": (
        (5, 4),
        lambda: [kl.Dense(3), kl.LayerNormalization(axis=[1, 2]), kl.Flatten()],
    ),
    "Normalization first": ((4,), lambda: [kl.Normalization(), kl.Dense(5, "tanh")]),
    "Normalization within": ((4,), lambda: [kl.Dense(4), kl.Normalization(), kl.Dense(5, "tanh")]),
    "Normalization given": (
        (3,),
        lambda: [kl.Dense(3), kl.Normalization(mean=[1.0, 2, 3], variance=[1.0, 4, 9], invert=True)],
    ),
    "Embedding": ((4,), lambda: [kl.Embedding(9, 3), kl.Dense(3, "tanh"), kl.Flatten()]),
    "Rescaling": ((4,), lambda: [kl.Dense(3), kl.Rescaling([1.0, 2, 3], offset=0.5)]),
    "shapes": (
        (6,),
        lambda: [kl.Dense(6), kl.Reshape((2, 3)), kl.Dense(4, "tanh"), kl.Flatten(), kl.Dense(3)],
    ),
    "frozen": (
        (4,),
        lambda: [
            kl.Dense(5, "tanh", trainable=False),
            kl.Dense(4, "relu"),
            kl.BatchNormalization(trainable=False),
            kl.Dense(3, "tanh", trainable=False),
        ],
    ),
    "training only": (
        (4,),
        lambda: [kl.Dense(5, "relu"), kl.Dropout(0.5), kl.GaussianNoise(1.0), kl.AlphaDropout(0.5)],
    ),
}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", LAYERS)
def test_gradients_through_every_layer_equal_those_of_training(case: str) -> None:
    shape, stack = LAYERS[case]
    loss = KL.SparseCategoricalCrossentropy()
    assert_equal(*both([*stack(), kl.Dense(3, "softmax")], loss, labels(N_CLASSES), shape))


def test_one_loss_for_each_of_several_steps_counts_as_in_training() -> None:
    targets = np.random.default_rng(2).integers(0, 3, (N_SAMPLES, 5))
    loss = KL.SparseCategoricalCrossentropy()
    model = keras.Sequential([keras.Input((5, 4)), kl.Dense(6, "tanh"), kl.Dense(3, "softmax")])
    x = np.random.default_rng(3).normal(size=(N_SAMPLES, 5, 4)).astype(np.float32)
    snapshots = random_snapshots(model)
    expected = of_keras(model, loss, snapshots, x, targets)
    description = describe.describe(model)
    weights = [np.stack(arrays) for arrays in zip(*snapshots, strict=True)]
    got = Network(description.layers).gradients(
        x, targets, weights, {"name": "sparse_categorical_crossentropy"}
    )
    assert_equal(got, expected, [path for path, _ in description.weight_paths])


def test_weights_that_training_does_not_change_have_zeros() -> None:
    stack = [kl.Normalization(), kl.Dense(3), kl.BatchNormalization(), kl.Dense(1, "sigmoid")]
    got, _, names = both(stack, KL.BinaryCrossentropy(), labels(2))
    still = [name.endswith(("mean", "variance", "count")) for name in names]
    assert [not array.any() for array in got] == still
    assert sum(still) == 5


def test_every_activation_that_numpy_replays_is_differentiated() -> None:
    of_vectors = {name for name, activation in CATALOGUE.items() if activation.derivative is None}
    assert OF_VECTORS.keys() == of_vectors - forward.LEFT_TO_KERAS


def test_every_layer_with_weights_that_training_changes_gives_their_gradients() -> None:
    learning = {name for name, kind in KINDS.items() if kind.of_weights is not None}
    assert learning == {name for name, kind in KINDS.items() if kind.weights} - {"Normalization"}


# By finite differences, in float64


def differences(value: Callable[[], float], array: Array, step: float = 1e-6) -> Array:
    """Central differences of `value` for each entry of `array`, which is changed in place and back."""
    slopes = np.empty_like(array)
    for index in np.ndindex(*array.shape):
        kept, sides = array[index], []
        for side in (step, -step):
            array[index] = kept + side
            sides.append(value())
        array[index] = kept
        slopes[index] = (sides[0] - sides[1]) / (2 * step)
    return slopes


@pytest.mark.parametrize("output", ["softmax", "sigmoid", "softplus"])
@pytest.mark.parametrize("name", ["categorical_crossentropy", "mean_squared_error"])
def test_gradients_equal_central_differences_of_the_mean_loss(name: str, output: str) -> None:
    network = Network((dense("hidden", 3, 4, "mish"), dense("output", 4, 3, output)))
    rng = np.random.default_rng(4)
    weights = [rng.normal(0, 0.7, (1, *shape)) for shape in ((3, 4), (4,), (4, 3), (3,))]
    x, targets = rng.normal(size=(7, 3)).astype(np.float32), np.eye(3)[np.arange(7) % 3]
    loss = {"name": name, "label_smoothing": 0.1} if "cross" in name else {"name": name}
    logits = output != "softplus" and "cross" in name

    def mean_loss() -> float:
        z = network.evaluate(x, weights, before_activation=True)
        outputs = network.evaluate(x, weights)
        return float(losses(loss, targets, outputs, z if logits else None).mean())

    for got, array in zip(network.gradients(x, targets, weights, loss), weights, strict=True):
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, differences(mean_loss, array), rtol=1e-6, atol=1e-9)


# Memory, divergence, and what is missing


def random_network(units: Sequence[int] = (3, 5, 4, 2)) -> tuple[Network, list[Array]]:
    """A dense network with a softmax, and weights of three snapshots."""
    rng = np.random.default_rng(5)
    last = len(units) - 2
    layers = [
        dense(f"layer_{n}", a, b, "softmax" if n == last else "relu")
        for n, (a, b) in enumerate(itertools.pairwise(units))
    ]
    shapes = [weight.shape for layer in layers for weight in layer.weights]
    return Network(layers), [rng.normal(size=(3, *shape)).astype(np.float32) for shape in shapes]


SPARSE = {"name": "sparse_categorical_crossentropy"}


@pytest.mark.parametrize("values", [1, 150, 10**9])
def test_samples_in_batches_of_any_size_give_the_same_gradient(
    values: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, weights = random_network()
    x, targets = numbers(3), labels(2)
    whole = network.gradients(x, targets, weights, SPARSE)
    monkeypatch.setattr(forward, "KEPT_VALUES", values)
    for got, expected in zip(network.gradients(x, targets, weights, SPARSE), whole, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-7)


def test_each_snapshot_has_its_own_gradient() -> None:
    network, weights = random_network()
    x, targets = numbers(3), labels(2)
    together = network.gradients(x, targets, weights, SPARSE)
    for place in range(3):
        alone = network.gradients(x, targets, [array[place : place + 1] for array in weights], SPARSE)
        for one, every in zip(alone, together, strict=True):
            np.testing.assert_allclose(one[0], every[place], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_weights_that_are_not_finite_break_their_own_snapshot_alone_and_without_a_warning(
    broken: float,
) -> None:
    network, weights = random_network()
    x, targets = numbers(3), labels(2)
    whole = network.gradients(x, targets, weights, SPARSE)
    weights[0][1] = broken
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = network.gradients(x, targets, weights, SPARSE)
    for array, expected in zip(got, whole, strict=True):
        assert np.isnan(array[1]).any()
        np.testing.assert_allclose(array[[0, 2]], expected[[0, 2]], rtol=1e-5)


def test_a_network_without_weights_has_no_gradients() -> None:
    layers = (LayerDescription("half", "Rescaling", 2, config={"scale": 0.5, "offset": 0.0}),)
    assert covers(RunDescription(layers))
    assert Network(layers).gradients(numbers(2), numbers(2), [], {"name": "mean_squared_error"}) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (None, "gradient of the loss cannot be shown.*without a known loss"),
        ({"name": "hinge"}, "'hinge' cannot be shown"),
        ({**SPARSE, "ignore_class": 0}, "gradient of the loss cannot be shown.*ignores a class"),
    ],
)
def test_a_loss_without_a_known_derivative_is_refused(loss: dict[str, Any] | None, message: str) -> None:
    network, weights = random_network()
    with pytest.raises(ViewError, match=message):
        network.gradients(numbers(3), labels(2), weights, loss)
