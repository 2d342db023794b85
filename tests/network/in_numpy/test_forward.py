"""The forward pass in NumPy against the layers of Keras that were described."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription, WeightDescription
from replay.network.in_keras import describe
from replay.network.in_numpy.forward import Network, covers, values_a_sample

Array = np.ndarray
Snapshots = list[list[Array]]
N_SAMPLES, N_SNAPSHOTS = 6, 3


def keras_model(shape: tuple[int, ...], stack: Sequence[Any]) -> Any:
    return keras.Sequential([keras.Input(shape), *stack])


def random_weights(model: Any, rng: np.random.Generator) -> list[Array]:
    """Weights of both signs, variances and scales positive; whole numbers as they are."""
    arrays = []
    for variable in keras_variables(model):
        shape, positive = tuple(variable.shape), "variance" in variable.name or "stddev" in variable.name
        if not str(variable.dtype).startswith("float"):
            arrays.append(variable.numpy())
        else:
            values = rng.uniform(0.3, 1.7, shape) if positive else rng.normal(0, 1, shape)
            arrays.append(values.astype(np.float32))
    return arrays


def keras_variables(model: Any) -> list[Any]:
    return [variable for layer in model.layers for variable in layer.weights]


def put(model: Any, weights: Sequence[Array]) -> None:
    """Set the weights of a stack, and let adapted layers take note."""
    for variable, array in zip(keras_variables(model), weights, strict=True):
        variable.assign(array)
    for layer in model.layers:
        if isinstance(layer, kl.Normalization):
            layer.finalize_state()


def keras_outputs(model: Any, snapshots: Snapshots, x: Array) -> Array:
    """What Keras answers with each set of weights: (n_snapshots, n_samples, …)."""
    answers = []
    for weights in snapshots:
        put(model, weights)
        answers.append(keras.ops.convert_to_numpy(model(x, training=False)))
    return np.stack(answers)


def read_back(description: RunDescription) -> RunDescription:
    """The description as it comes out of JSON, where tuples are lists."""
    text = json.dumps(description.to_json(), default=lambda array: array.tolist())
    return RunDescription.from_json(json.loads(text))


def stacked(snapshots: Snapshots) -> list[Array]:
    return [np.stack(arrays) for arrays in zip(*snapshots, strict=True)]


def scene(stack: Sequence[Any], shape: tuple[int, ...], seed: int = 0) -> tuple[Any, Snapshots, Array]:
    rng = np.random.default_rng(seed)
    model = keras_model(shape, stack)
    model(np.zeros((1, *shape), np.float32))  # builds what waits for a first call
    snapshots = [random_weights(model, rng) for _ in range(N_SNAPSHOTS)]
    return model, snapshots, rng.normal(0, 1.5, (N_SAMPLES, *shape)).astype(np.float32)


Stack = Callable[[], list[Any]]
COVERED: dict[str, tuple[tuple[int, ...], Stack]] = {
    "dense": ((3,), lambda: [kl.Dense(4)]),
    "dense without bias": ((3,), lambda: [kl.Dense(4, use_bias=False, activation="tanh")]),
    "dense on sequences": ((5, 3), lambda: [kl.Dense(4, activation="relu")]),
    "dense on images": ((2, 5, 3), lambda: [kl.Dense(4, activation="sigmoid")]),
    "dense with an activation function": ((3,), lambda: [kl.Dense(4, activation=keras.activations.gelu)]),
    "dense with keras.ops": ((3,), lambda: [kl.Dense(4, activation=keras.ops.silu)]),
    "dense with a LeakyReLU layer": ((3,), lambda: [kl.Dense(4, activation=kl.LeakyReLU(0.07))]),
    "dense with an ELU layer": ((3,), lambda: [kl.Dense(4, activation=kl.ELU(0.4))]),
    "dense with a Softmax layer": ((3,), lambda: [kl.Dense(4, activation=kl.Softmax())]),
    "dense with a ReLU layer": (
        (3,),
        lambda: [kl.Dense(4, activation=kl.ReLU(max_value=1.0, negative_slope=0.2, threshold=0.3))],
    ),
    "Activation": ((3,), lambda: [kl.Activation("hard_silu")]),
    "Activation of a function": ((3,), lambda: [kl.Activation(keras.activations.mish)]),
    "Activation of a layer": ((3,), lambda: [kl.Activation(kl.LeakyReLU(0.07))]),
    "ReLU": ((3,), lambda: [kl.ReLU()]),
    "ReLU with max_value": ((3,), lambda: [kl.ReLU(max_value=0.8)]),
    "ReLU with negative_slope": ((3,), lambda: [kl.ReLU(negative_slope=0.2)]),
    "ReLU with threshold": ((3,), lambda: [kl.ReLU(threshold=0.4)]),
    "ReLU with all arguments": ((3,), lambda: [kl.ReLU(max_value=0.9, negative_slope=0.2, threshold=0.4)]),
    "LeakyReLU": ((3,), lambda: [kl.LeakyReLU()]),
    "LeakyReLU with a slope": ((3,), lambda: [kl.LeakyReLU(negative_slope=0.07)]),
    "ELU": ((3,), lambda: [kl.ELU()]),
    "ELU with alpha": ((3,), lambda: [kl.ELU(alpha=0.4)]),
    "PReLU": ((3,), lambda: [kl.Dense(4), kl.PReLU()]),
    "PReLU on sequences": ((5, 3), lambda: [kl.PReLU()]),
    "PReLU with shared axes": ((5, 3), lambda: [kl.PReLU(shared_axes=[1])]),
    "PReLU with all axes shared": ((5, 3), lambda: [kl.PReLU(shared_axes=[1, 2])]),
    "Softmax": ((3,), lambda: [kl.Softmax()]),
    "Softmax over the last but one axis": ((5, 3), lambda: [kl.Softmax(axis=-2)]),
    "BatchNormalization": ((3,), lambda: [kl.BatchNormalization()]),
    "BatchNormalization on axis 1": ((5, 3), lambda: [kl.BatchNormalization(axis=1)]),
    "BatchNormalization on axis -2": ((5, 3), lambda: [kl.BatchNormalization(axis=-2)]),
    "BatchNormalization bare": (
        (3,),
        lambda: [kl.BatchNormalization(scale=False, center=False, epsilon=0.2)],
    ),
    "BatchNormalization frozen": ((3,), lambda: [kl.BatchNormalization(trainable=False)]),
    "LayerNormalization": ((3,), lambda: [kl.LayerNormalization()]),
    "LayerNormalization on sequences": ((5, 3), lambda: [kl.LayerNormalization(epsilon=0.2)]),
    "LayerNormalization over two axes": ((5, 3), lambda: [kl.LayerNormalization(axis=[1, 2])]),
    "LayerNormalization bare": ((3,), lambda: [kl.LayerNormalization(scale=False, center=False)]),
    "Normalization adapted": ((3,), lambda: [kl.Normalization()]),
    "Normalization adapted, inverted": ((3,), lambda: [kl.Normalization(invert=True)]),
    "Normalization adapted on sequences": ((5, 3), lambda: [kl.Normalization()]),
    "Normalization adapted over two axes": ((5, 3), lambda: [kl.Normalization(axis=(1, 2))]),
    "Normalization adapted to one number": ((5, 3), lambda: [kl.Normalization(axis=None)]),
    "Normalization given": ((3,), lambda: [kl.Normalization(mean=[1.0, 2, 3], variance=[1.0, 4, 0])]),
    "Normalization given as numbers": ((5, 3), lambda: [kl.Normalization(mean=2.0, variance=4.0)]),
    "Normalization given, inverted": (
        (3,),
        lambda: [kl.Normalization(mean=[1.0, 2, 3], variance=[1.0, 4, 9], invert=True)],
    ),
    "Rescaling": ((3,), lambda: [kl.Rescaling(1 / 255, offset=-0.5)]),
    "Rescaling by column": ((3,), lambda: [kl.Rescaling([1.0, 2, 3], offset=[0.5, 0, -1])]),
    "Embedding": ((5,), lambda: [kl.Embedding(9, 3)]),
    "Flatten": ((5, 3), lambda: [kl.Flatten()]),
    "Flatten of numbers": ((3,), lambda: [kl.Flatten()]),
    "Reshape": ((6,), lambda: [kl.Reshape((2, 3))]),
    "Reshape to what is left": ((6,), lambda: [kl.Reshape((-1, 2))]),
    "layers that act in training only": (
        (5, 4),
        lambda: [
            kl.Identity(),
            kl.Dropout(0.5),
            kl.GaussianNoise(1.0),
            kl.GaussianDropout(0.5),
            kl.AlphaDropout(0.5),
            kl.SpatialDropout1D(0.5),
            kl.ActivityRegularization(l2=0.1),
            kl.Dense(2),
        ],
    ),
    "spatial dropout of images": ((2, 5, 3), lambda: [kl.SpatialDropout2D(0.5), kl.Flatten(), kl.Dense(2)]),
    "spatial dropout of volumes": ((2, 2, 2, 3), lambda: [kl.SpatialDropout3D(0.5), kl.Dense(2)]),
    "many layers": (
        (3,),
        lambda: [
            kl.Normalization(),
            kl.Dense(5, activation="relu"),
            kl.BatchNormalization(),
            kl.Dropout(0.3),
            kl.Dense(2, activation="tanh"),
            kl.LayerNormalization(),
            kl.Dense(3),
            kl.Softmax(),
        ],
    ),
}


@pytest.mark.parametrize("case", COVERED)
def test_covered_layers_equal_keras_at_every_snapshot(case: str) -> None:
    shape, stack = COVERED[case]
    model, snapshots, x = scene(stack(), shape)
    description = read_back(describe.describe(model))
    assert covers(description)
    got = Network(description.layers).evaluate(x, stacked(snapshots))
    expected = keras_outputs(model, snapshots, x)
    if not snapshots[0]:  # without weights there is one answer for all snapshots
        expected = expected[:1]
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def twice_tanh(x: Any) -> Any:
    return 2 * keras.ops.tanh(x)


twice_tanh.__name__ = "tanh"  # a user's function that bears the name of a built-in one

# Arguments that change what a layer computes: NumPy has to follow, or to leave the network to Keras.
UNUSUAL: dict[str, tuple[tuple[int, ...], Stack]] = {
    "Softmax over an axis counted from the batch": ((5, 3), lambda: [kl.Dense(3), kl.Softmax(axis=1)]),
    "Softmax over two axes": ((5, 3), lambda: [kl.Dense(3), kl.Softmax(axis=(1, 2))]),
    "Softmax over two axes from the end": ((5, 3), lambda: [kl.Dense(3), kl.Softmax(axis=(-1, -2))]),
    "Dense with a Softmax over axis 1": ((5, 3), lambda: [kl.Dense(3, activation=kl.Softmax(axis=1))]),
    "LayerNormalization over axis 1": ((5, 3), lambda: [kl.LayerNormalization(axis=1)]),
    "LayerNormalization over axis 1 of a square": ((3, 3), lambda: [kl.LayerNormalization(axis=1)]),
    "Normalization adapted over axis 1": ((5, 3), lambda: [kl.Normalization(axis=1)]),
    "Normalization adapted over axis 1 of a square": ((3, 3), lambda: [kl.Normalization(axis=1)]),
    "Normalization given over axis 1": (
        (2, 3),
        lambda: [kl.Dense(3), kl.Normalization(axis=1, mean=[1.0, 2], variance=[1.0, 4])],
    ),
    "Flatten with channels first": (
        (5, 3),
        lambda: [kl.Flatten(data_format="channels_first"), kl.Dense(2)],
    ),
    "Dense with LoRA": ((3,), lambda: [kl.Dense(4, lora_rank=2)]),
    "Dense with a PReLU layer": ((3,), lambda: [kl.Dense(4, activation=kl.PReLU())]),
    "Dense with an Activation layer": ((3,), lambda: [kl.Dense(4, activation=kl.Activation("tanh"))]),
    "Dense with gated units": ((3,), lambda: [kl.Dense(4, activation="glu")]),
    "Dense with sparsemax": ((3,), lambda: [kl.Dense(4, activation="sparsemax")]),
    "float64": ((3,), lambda: [kl.Dense(4, activation="tanh", dtype="float64")]),
    "a function of the user's": ((3,), lambda: [kl.Dense(4, activation=lambda x: x * x)]),
    "a function with a built-in name": ((3,), lambda: [kl.Dense(4, activation=twice_tanh)]),
    "a layer that NumPy does not know": ((3,), lambda: [kl.Dense(4), kl.UnitNormalization()]),
}


def recorded(path: Path, model: Any, snapshots: Snapshots, x: Array) -> Path:
    description = describe.describe(model)
    with RunWriter(path, description, x, np.zeros(len(x), np.float32), overwrite=True) as writer:
        for epoch, weights in enumerate(snapshots):
            put(model, weights)
            writer.snapshot(epoch, describe.weights(model))
    return path


def assert_replays_as_keras(tmp_path: Path, shape: tuple[int, ...], stack: Sequence[Any]) -> None:
    model, snapshots, x = scene(stack, shape)
    expected = keras_outputs(model, snapshots, x)
    replay = Replay(recorded(tmp_path / "run.h5", model, snapshots, x), model=model)
    got = replay.activations(model.layers[-1].name)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", UNUSUAL)
def test_unusual_arguments_are_followed_by_numpy_or_left_to_keras(case: str, tmp_path: Path) -> None:
    shape, stack = UNUSUAL[case]
    assert_replays_as_keras(tmp_path, shape, stack())


@pytest.mark.filterwarnings("ignore")
def test_a_layer_normalization_that_only_scales_is_followed_or_left_to_keras(tmp_path: Path) -> None:
    try:
        layer = kl.LayerNormalization(rms_scaling=True)
    except (TypeError, ValueError):
        pytest.skip("this Keras no longer has the argument")
    assert_replays_as_keras(tmp_path, (3,), [layer])


@pytest.mark.filterwarnings("ignore")
def test_quantized_weights_are_followed_or_left_to_keras(tmp_path: Path) -> None:
    model = keras_model((3,), [kl.Dense(4)])
    model.quantize("int8")
    x = np.random.default_rng(0).normal(size=(N_SAMPLES, 3)).astype(np.float32)
    expected = keras.ops.convert_to_numpy(model(x))
    description = describe.describe(model)
    with RunWriter(tmp_path / "run.h5", description, x, np.zeros(len(x), np.float32)) as writer:
        writer.snapshot(0, describe.weights(model))
    got = Replay(tmp_path / "run.h5", model=model).activations(model.layers[-1].name)[0]
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def nested() -> Any:
    block = keras.Sequential([kl.Dense(4, name="in_block"), kl.BatchNormalization(), kl.ReLU()])
    return keras_model((3,), [block, keras.Sequential([kl.Dense(2, name="hidden")]), kl.Dense(1, "sigmoid")])


def straight() -> Any:
    inputs = keras.Input((3,))
    hidden = kl.Dense(2, activation="tanh", name="hidden")(kl.Dropout(0.2)(inputs))
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid")(hidden))


def straight_within_a_stack() -> Any:
    return keras_model((3,), [straight(), kl.Rescaling(2.0)])


def stack_within_a_straight_model() -> Any:
    inputs = keras.Input((3,))
    block = keras.Sequential([kl.Dense(2, name="hidden"), kl.LeakyReLU()])
    return keras.Model(inputs, kl.Dense(1)(block(inputs)))


@pytest.mark.parametrize("make", [nested, straight, straight_within_a_stack, stack_within_a_straight_model])
def test_nested_and_functional_chains_are_unrolled(make: Callable[[], Any]) -> None:
    rng = np.random.default_rng(4)
    model = make()
    x = rng.normal(size=(N_SAMPLES, 3)).astype(np.float32)
    description = read_back(describe.describe(model))
    assert covers(description)
    snapshots, expected = [], []
    for _ in range(N_SNAPSHOTS):
        weights = [rng.uniform(0.2, 1.2, variable.shape).astype(np.float32) for variable in model.weights]
        model.set_weights(weights)
        snapshots.append(describe.weights(model))
        expected.append(keras.ops.convert_to_numpy(model(x, training=False)))
    network = Network(description.layers)
    np.testing.assert_allclose(network.evaluate(x, stacked(snapshots)), expected, rtol=1e-5, atol=1e-6)
    assert network.evaluate(x, stacked(snapshots), "hidden").shape == (N_SNAPSHOTS, N_SAMPLES, 2)


@pytest.fixture(scope="module")
def deep() -> tuple[Any, Snapshots, Array, Network]:
    stack = [
        kl.Rescaling(0.5, name="scaled"),
        kl.Dense(4, activation="elu", name="wide"),
        kl.BatchNormalization(name="normed"),
        kl.Dense(2, activation=kl.LeakyReLU(0.1), name="narrow"),
        kl.PReLU(name="bent"),
        kl.Dense(3, name="scores"),
        kl.Softmax(name="shares"),
    ]
    model, snapshots, x = scene(stack, (3,), seed=7)
    return model, snapshots, x, Network(describe.describe(model).layers)


DEEP_LAYERS = ("scaled", "wide", "normed", "narrow", "bent", "scores", "shares")


@pytest.mark.parametrize("name", DEEP_LAYERS)
def test_any_layer_can_be_asked_for(deep: tuple[Any, Snapshots, Array, Network], name: str) -> None:
    model, snapshots, x, network = deep
    part = keras.Model(model.inputs[0], model.get_layer(name).output)
    expected = []
    for weights in snapshots:
        put(model, weights)
        expected.append(keras.ops.convert_to_numpy(part(x, training=False)))
    got = network.evaluate(x, stacked(snapshots), name)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ["wide", "narrow", "scores"])
def test_before_activation_a_dense_layer_gives_kernel_and_bias_alone(
    deep: tuple[Any, Snapshots, Array, Network], name: str
) -> None:
    model, snapshots, x, network = deep
    source = keras.Model(model.inputs[0], model.get_layer(name).input)
    expected = []
    for weights in snapshots:
        put(model, weights)
        kernel, bias = model.get_layer(name).get_weights()[:2]
        expected.append(keras.ops.convert_to_numpy(source(x, training=False)) @ kernel + bias)
    got = network.evaluate(x, stacked(snapshots), name, before_activation=True)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize(("name", "before"), [("bent", "narrow"), ("shares", "scores")])
def test_before_activation_an_activation_layer_gives_its_input(
    deep: tuple[Any, Snapshots, Array, Network], name: str, before: str
) -> None:
    _, snapshots, x, network = deep
    weights = stacked(snapshots)
    np.testing.assert_array_equal(
        network.evaluate(x, weights, name, before_activation=True), network.evaluate(x, weights, before)
    )


@pytest.mark.parametrize("name", ["scaled", "normed"])
def test_before_activation_a_layer_without_one_gives_its_output(
    deep: tuple[Any, Snapshots, Array, Network], name: str
) -> None:
    _, snapshots, x, network = deep
    weights = stacked(snapshots)
    np.testing.assert_array_equal(
        network.evaluate(x, weights, name, before_activation=True), network.evaluate(x, weights, name)
    )


@pytest.mark.parametrize("name", ["wide", "narrow", "scores", "shares"])
def test_from_a_layer_on_the_network_continues_as_the_layers_behind_it(
    deep: tuple[Any, Snapshots, Array, Network], name: str
) -> None:
    model, snapshots, _, network = deep
    features = (
        np.random.default_rng(8).normal(size=(5, model.get_layer(name).output.shape[-1])).astype(np.float32)
    )
    behind = model.layers[DEEP_LAYERS.index(name) + 1 :]
    expected = []
    for weights in snapshots:
        put(model, weights)
        x = features
        for layer in behind:
            x = layer(x, training=False) if isinstance(layer, kl.BatchNormalization) else layer(x)
        expected.append(keras.ops.convert_to_numpy(x))
    got = network.evaluate(features, stacked(snapshots), start_after=name)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


def test_each_snapshot_is_evaluated_as_if_it_were_alone(
    deep: tuple[Any, Snapshots, Array, Network],
) -> None:
    _, snapshots, x, network = deep
    together = network.evaluate(x, stacked(snapshots))
    for position, weights in enumerate(snapshots):
        alone = network.evaluate(x, [array[None] for array in weights])
        np.testing.assert_allclose(alone[0], together[position], rtol=1e-6, atol=1e-7)


def test_what_no_weight_has_touched_is_repeated_for_each_snapshot(
    deep: tuple[Any, Snapshots, Array, Network],
) -> None:
    _, snapshots, x, network = deep
    scaled = network.evaluate(x, stacked(snapshots), "scaled")
    np.testing.assert_array_equal(scaled, np.stack([x / 2] * N_SNAPSHOTS))


def test_inputs_of_any_type_are_taken_as_float32(deep: tuple[Any, Snapshots, Array, Network]) -> None:
    _, snapshots, x, network = deep
    weights = stacked(snapshots)
    whole = np.round(x * 10).astype(np.int64)
    got = network.evaluate(whole, weights)
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, network.evaluate(whole.astype(np.float32), weights))


@pytest.mark.parametrize("argument", ["layer", "start_after"])
def test_an_unknown_layer_is_refused_with_the_nearest_names(
    deep: tuple[Any, Snapshots, Array, Network], argument: str
) -> None:
    _, snapshots, x, network = deep
    with pytest.raises(ViewError, match=r"unknown layer 'narow'.*narrow"):
        network.evaluate(x, stacked(snapshots), **{argument: "narow"})


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "sigmoid", "elu", "softplus", "gelu"])
def test_weights_that_are_not_finite_give_nan_without_a_warning(activation: str) -> None:
    network = Network((dense("hidden", 2, 3, activation), dense("output", 3, 2, "softmax")))
    rng = np.random.default_rng(9)
    shapes = [(2, 2, 3), (2, 3), (2, 3, 2), (2, 2)]  # two snapshots
    weights = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    for array in weights:
        array[1] = np.nan
    x = rng.normal(size=(4, 2))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs = network.evaluate(x, weights)
        weights[0][1], weights[1][1] = np.inf, -np.inf
        weights[2][1], weights[3][1] = 1e38, 1e38
        overflown = network.evaluate(x, weights)
    assert np.isfinite(outputs[0]).all()
    assert np.isnan(outputs[1]).all()
    np.testing.assert_array_equal(overflown[0], outputs[0])


def layer_of(class_name: str, **facts: Any) -> LayerDescription:
    return LayerDescription("layer", class_name, 2, **facts)


@pytest.mark.parametrize(
    ("description", "why"),
    [
        (RunDescription((layer_of("Dense"),), chain=False), "it is no chain"),
        (RunDescription((layer_of("Conv2D"),)), "its layer is unknown"),
        (RunDescription((layer_of("mine.Dense"),)), "its layer is the user's own"),
        (RunDescription((layer_of("Dense", activation="mine"),)), "its activation is unknown"),
        (RunDescription((layer_of("Dense", config={"dtype": "float16"}),)), "it computes in float16"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_network_is_left_to_keras_where(description: RunDescription, why: str) -> None:
    assert not covers(description), why


def test_a_handwritten_description_may_name_a_layer_without_arguments() -> None:
    """Writers without Keras need not repeat defaults: axis −1, ε = 10⁻³."""
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    layers = (LayerDescription("n", "BatchNormalization", 2, weights=weights_named(*names)),)
    values = {"gamma": [2, 1], "beta": [0, 5], "moving_mean": [1, 0], "moving_variance": [3.999, 0.999]}
    arrays = [np.array([values[name]], np.float32) for name in names]
    assert covers(RunDescription(layers))
    got = Network(layers).evaluate(np.array([[3, 4]]), arrays)
    np.testing.assert_allclose(got, [[[2 * (3 - 1) / 2, 4 / 1 + 5]]], rtol=1e-6)


def weights_named(*names: str) -> tuple[WeightDescription, ...]:
    return tuple(WeightDescription(name, (2,)) for name in names)


# Layers whose weights were not recorded


def partly_recorded() -> tuple[Network, list[Array]]:
    """Three dense layers, of which the second was not recorded, and the weights of the others."""
    rng = np.random.default_rng(1)
    first, second, third = dense("first", 2, 3), dense("second", 3, 4), dense("third", 4, 1)
    layers = (first, replace(second, recorded=False), third)
    shapes = [weight.shape for layer in (first, third) for weight in layer.weights]
    return Network(layers), [rng.normal(size=(2, *shape)).astype(np.float32) for shape in shapes]


def test_layers_are_evaluated_up_to_one_that_was_not_recorded_and_behind_it() -> None:
    network, weights = partly_recorded()
    x = np.random.default_rng(2).normal(size=(5, 2)).astype(np.float32)
    got = network.evaluate(x, weights, "first")
    np.testing.assert_allclose(got, x @ weights[0] + weights[1][:, None], rtol=1e-5, atol=1e-6)
    features = np.random.default_rng(3).normal(size=(5, 4)).astype(np.float32)
    got = network.evaluate(features, weights, start_after="second")
    np.testing.assert_allclose(got, features @ weights[2] + weights[3][:, None], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layer", ["second", "third", None])
def test_what_needs_a_layer_that_was_not_recorded_is_refused(layer: str | None) -> None:
    network, weights = partly_recorded()
    with pytest.raises(ViewError, match=r"weights of layer 'second' were not recorded.*record that layer"):
        network.evaluate(np.zeros((5, 2)), weights, layer)


def test_gradients_need_every_layer() -> None:
    network, weights = partly_recorded()
    with pytest.raises(ViewError, match="weights of layer 'second' were not recorded"):
        network.gradients(np.zeros((5, 2)), np.zeros(5), weights, {"name": "mean_squared_error"})


def test_a_layer_without_weights_needs_none_recorded() -> None:
    layers = (LayerDescription("half", "Rescaling", 2, config={"scale": 0.5, "offset": 0}, recorded=False),)
    np.testing.assert_allclose(Network(layers).evaluate(np.ones((1, 2)), []), [[[0.5, 0.5]]])


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"units": 3, "shape": (4, 5, 3)}, 60),
        ({"units": 3, "shape": (None, 5, 3)}, 15),
        ({"units": 3, "shape": None}, 3),
        ({"units": None, "shape": None}, 1),
        ({"units": 1, "shape": ()}, 1),
    ],
)
def test_the_activations_of_a_sample_are_counted_over_its_whole_shape(
    facts: dict[str, Any], expected: int
) -> None:
    assert values_a_sample(LayerDescription("layer", "Conv2D", **facts)) == expected
