"""A Keras model as plain data: what is kept of it, and in which order."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay import RunDescription
from replay.network.in_keras.describe import describe, packages, weights


def stack(*layers: Any, shape: tuple[int, ...] = (3,)) -> Any:
    return keras.Sequential([keras.Input(shape), *layers])


def through_json(description: RunDescription) -> RunDescription:
    text = json.dumps(description.to_json(), default=lambda array: array.tolist())
    return RunDescription.from_json(json.loads(text))


def test_layers_are_described_in_order_with_names_classes_units_and_weights() -> None:
    model = stack(
        kl.Rescaling(0.5, name="scaled"),
        kl.Dense(4, activation="relu", name="hidden"),
        kl.BatchNormalization(name="normed"),
        kl.Dense(1, activation="sigmoid", use_bias=False, name="output"),
    )
    description = describe(model)
    facts = [(layer.name, layer.class_name, layer.units, layer.activation) for layer in description.layers]
    assert facts == [
        ("scaled", "Rescaling", 3, None),
        ("hidden", "Dense", 4, "relu"),
        ("normed", "BatchNormalization", 4, None),
        ("output", "Dense", 1, "sigmoid"),
    ]
    assert [(path, weight.shape) for path, weight in description.weight_paths] == [
        ("hidden/kernel", (3, 4)),
        ("hidden/bias", (4,)),
        ("normed/gamma", (4,)),
        ("normed/beta", (4,)),
        ("normed/moving_mean", (4,)),
        ("normed/moving_variance", (4,)),
        ("output/kernel", (4, 1)),
    ]
    assert {weight.dtype for _, weight in description.weight_paths} == {"float32"}


def test_weights_come_in_the_order_of_their_description() -> None:
    model = stack(kl.Normalization(), kl.Dense(4), kl.BatchNormalization(), kl.Dense(2), kl.PReLU())
    rng = np.random.default_rng(0)
    for variable in model.weights:
        variable.assign(np.asarray(rng.integers(0, 1000, variable.shape), variable.dtype))
    by_path = {
        f"{layer.name}/{variable.name}": variable.numpy()
        for layer in model.layers
        for variable in layer.weights
    }
    description = describe(model)
    arrays = weights(model)
    assert len(arrays) == len(description.weight_paths) == len(by_path)
    for (path, weight), array in zip(description.weight_paths, arrays, strict=True):
        np.testing.assert_array_equal(array, by_path[path])
        assert (array.shape, str(array.dtype)) == (weight.shape, weight.dtype)


@pytest.mark.parametrize(
    ("layer", "activation", "arguments"),
    [
        (kl.Dense(2), "linear", {}),
        (kl.Dense(2, activation=keras.activations.hard_silu), "hard_silu", {}),
        (kl.Dense(2, activation=kl.LeakyReLU(0.1)), "leaky_relu", {"negative_slope": 0.1}),
        (
            kl.Dense(2, activation=kl.ReLU(max_value=2.0)),
            "relu",
            {"max_value": 2.0, "negative_slope": 0.0, "threshold": 0.0},
        ),
        (kl.Activation("softsign"), "softsign", {}),
        (kl.Activation(kl.ELU(0.5)), "elu", {"alpha": 0.5}),
        (kl.ReLU(negative_slope=0.25), "relu", {"negative_slope": 0.25, "threshold": 0.0}),
        (kl.LeakyReLU(), "leaky_relu", {"negative_slope": 0.3}),
        (kl.ELU(0.5), "elu", {"alpha": 0.5}),
        (kl.Softmax(), "softmax", {"axis": -1}),
        (kl.BatchNormalization(), None, {}),
        (kl.Flatten(), None, {}),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, keras.Layer) else None,
)
def test_activations_are_named_with_the_arguments_they_were_given(
    layer: Any, activation: str | None, arguments: dict[str, Any]
) -> None:
    described = describe(stack(layer)).layers[0]
    assert described.activation == activation
    assert described.config.get("activation_arguments", {}) == arguments


def test_a_function_that_bears_a_built_in_name_is_not_taken_for_it() -> None:
    def tanh(x: Any) -> Any:
        return 2 * keras.ops.tanh(x)

    def mean_squared_error(targets: Any, outputs: Any) -> Any:
        return keras.ops.mean((targets - outputs) ** 4, axis=-1)

    model = stack(kl.Dense(2, activation=tanh))
    model.compile(loss=mean_squared_error)
    described = describe(model)
    assert described.layers[0].activation != "tanh"
    assert (described.loss or {}).get("name") != "mean_squared_error"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "argument",
    [
        {"activation": functools.partial(keras.activations.relu, max_value=0.5)},
        {"kernel_regularizer": functools.partial(lambda rate, kernel: rate * keras.ops.sum(kernel), 0.1)},
    ],
    ids=lambda argument: next(iter(argument)),
)
def test_what_keras_cannot_serialize_does_not_prevent_a_description(argument: dict[str, Any]) -> None:
    """Such a model trains, so it must be recorded; only Keras can replay it, from the model itself."""
    described = describe(stack(kl.Dense(2, name="hidden", **argument)))
    assert described.architecture is None
    assert [layer.units for layer in described.layers] == [2]
    assert [path for path, _ in described.weight_paths] == ["hidden/kernel", "hidden/bias"]


def test_arguments_of_the_forward_pass_are_kept_and_survive_json() -> None:
    model = stack(
        kl.Rescaling([1.0, 2, 3], offset=0.5, name="scaled"),
        kl.Normalization(mean=np.array([1.0, 2, 3]), variance=[1.0, 4, 9], invert=True, name="normal"),
        kl.Reshape((1, 3), name="shaped"),
        kl.LayerNormalization(epsilon=0.125, name="level"),
        kl.BatchNormalization(axis=1, epsilon=0.25, name="batch"),
    )
    config = {layer.name: dict(layer.config) for layer in through_json(describe(model)).layers}
    assert config["scaled"]["scale"] == [1, 2, 3]
    assert config["scaled"]["offset"] == 0.5
    assert (config["normal"]["mean"], config["normal"]["variance"]) == ([1, 2, 3], [1, 4, 9])
    assert config["normal"]["invert"] is True
    assert config["shaped"]["target_shape"] == [1, 3]
    assert config["level"]["epsilon"] == 0.125
    assert (config["batch"]["axis"], config["batch"]["epsilon"]) == (1, 0.25)


def test_the_precision_of_a_layer_is_kept_where_it_is_not_float32() -> None:
    described = describe(stack(kl.Dense(2, dtype="mixed_float16"), kl.Dense(2, dtype="float64"), kl.Dense(2)))
    assert [layer.config.get("dtype") for layer in described.layers] == ["float16", "float64", None]
    assert [weight.dtype for _, weight in described.weight_paths[::2]] == ["float32", "float64", "float32"]


def test_a_description_survives_json_whole() -> None:
    model = stack(kl.Normalization(), kl.Dense(2, activation=kl.LeakyReLU(0.1)), kl.Softmax())
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy())
    described = describe(model, scenario="xor", run="first", seed=3, batch_size=16)
    read = through_json(described)
    assert (read.scenario, read.run, read.seed, read.batch_size) == ("xor", "first", 3, 16)
    assert read.weight_paths == described.weight_paths
    assert read.loss == described.loss
    assert read.architecture == described.architecture
    assert through_json(read).to_json() == read.to_json()


def nested() -> Any:
    return stack(keras.Sequential([kl.Dense(4), kl.ReLU()]), keras.Sequential([kl.Dense(1)]))


def straight() -> Any:
    inputs = keras.Input((3,))
    return keras.Model(inputs, kl.Dense(1)(kl.Dense(4)(inputs)))


def branched() -> Any:
    inputs = keras.Input((3,))
    return keras.Model(inputs, kl.Dense(1)(kl.Add()([kl.Dense(4)(inputs), kl.Dense(4)(inputs)])))


def skipping() -> Any:
    inputs = keras.Input((3,))
    return keras.Model(inputs, kl.Add()([inputs, kl.Dense(3)(inputs)]))


def shared() -> Any:
    inputs, layer = keras.Input((3,)), kl.Dense(3)
    return keras.Model(inputs, kl.Dense(1)(layer(layer(inputs))))


def two_heads() -> Any:
    inputs = keras.Input((3,))
    hidden = kl.Dense(2)(inputs)
    return keras.Model(inputs, [hidden, kl.Dense(1)(hidden)])


def two_heads_the_last_first() -> Any:
    inputs = keras.Input((3,))
    hidden = kl.Dense(2)(inputs)
    return keras.Model(inputs, [kl.Dense(1)(hidden), hidden])


def repeated() -> Any:
    inputs, layer = keras.Input((3,)), kl.Dense(3)
    return keras.Model(inputs, layer(layer(inputs)))


def cut_short() -> Any:
    inputs = keras.Input((3,))
    hidden = kl.Dense(2, name="hidden")(inputs)
    kl.Dense(1)(hidden)
    return keras.Model(inputs, hidden)


def branch_in_a_stack() -> Any:
    return stack(skipping(), kl.Dense(1))


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.first = kl.Dense(2, activation="tanh", name="first")
        self.second = kl.Dense(1, name="second")

    def call(self, x: Any) -> Any:
        return self.second(self.first(x))


def subclassed() -> Any:
    model = Subclassed()
    model(np.zeros((1, 3), np.float32))
    return model


@pytest.mark.parametrize("make", [nested, straight, cut_short])
def test_a_model_in_which_each_layer_feeds_the_next_is_a_chain(make: Callable[[], Any]) -> None:
    described = describe(make())
    assert described.chain
    assert described.output is described.layers[-1]
    assert described.output_layer == described.layers[-1].name
    assert all(layer.class_name in ("Dense", "ReLU") for layer in described.layers)


@pytest.mark.parametrize(
    "make",
    [
        branched,
        skipping,
        shared,
        repeated,
        two_heads,
        two_heads_the_last_first,
        branch_in_a_stack,
        subclassed,
    ],
)
def test_any_other_model_is_no_chain(make: Callable[[], Any]) -> None:
    assert not describe(make()).chain


@pytest.mark.parametrize("make", [branched, skipping])
def test_the_output_layer_of_a_branched_model_is_known(make: Callable[[], Any]) -> None:
    model = make()
    described = describe(model)
    assert described.output is not None
    assert described.output.name == model.layers[-1].name


@pytest.mark.parametrize("make", [two_heads, subclassed])
def test_the_output_layer_is_unknown_where_it_cannot_be_told(make: Callable[[], Any]) -> None:
    described = describe(make())
    assert described.output_layer is None
    assert described.output is None


@pytest.mark.parametrize(
    "make", [nested, straight, branched, skipping, shared, two_heads, branch_in_a_stack, subclassed]
)
def test_every_weight_is_described_once_whatever_the_model(make: Callable[[], Any]) -> None:
    model = make()
    described = describe(model)
    paths = [path for path, _ in described.weight_paths]
    assert len(set(paths)) == len(paths) == len(model.weights)
    assert [array.shape for array in weights(model)] == [weight.shape for _, weight in described.weight_paths]


def test_layers_of_one_name_in_two_blocks_stay_apart() -> None:
    model = stack(
        keras.Sequential([kl.Dense(2, name="dense")]), keras.Sequential([kl.Dense(1, name="dense")])
    )
    paths = [path for path, _ in describe(model).weight_paths]
    assert len(set(paths)) == 4


@pytest.mark.parametrize("make", [nested, straight, branched, shared, branch_in_a_stack])
def test_the_architecture_rebuilds_the_model(make: Callable[[], Any]) -> None:
    model = make()
    architecture = describe(model).architecture
    assert architecture is not None
    rebuilt = keras.models.model_from_json(architecture)
    rebuilt.set_weights(weights(model))
    x = np.random.default_rng(1).normal(size=(4, 3)).astype(np.float32)
    np.testing.assert_allclose(rebuilt(x), model(x), rtol=1e-6)


def test_a_subclassed_model_has_no_architecture() -> None:
    assert describe(subclassed()).architecture is None


class OwnWeights(Subclassed):
    def __init__(self) -> None:
        super().__init__()
        self.scale = self.add_weight(shape=(3,), initializer="ones", name="scale")

    def call(self, x: Any) -> Any:
        return super().call(x * self.scale)


def test_weights_that_a_subclassed_model_holds_itself_are_described_too() -> None:
    model = OwnWeights()
    model(np.zeros((1, 3), np.float32))
    described = describe(model)
    by_path = dict(zip([path for path, _ in described.weight_paths], weights(model), strict=True))
    assert len(by_path) == 5
    own = [path for path in by_path if path.endswith("/scale")]
    np.testing.assert_array_equal(by_path[own[0]], np.ones(3))


def test_a_layer_class_of_the_users_own_is_not_taken_for_the_built_in_one() -> None:
    class Dense(kl.Dense):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return -super().call(inputs)

    described = describe(stack(Dense(2))).layers[0]
    assert described.class_name != "Dense"
    assert described.class_name.endswith(".Dense")


@pytest.mark.parametrize(
    ("loss", "expected"),
    [
        ("binary_crossentropy", {"name": "binary_crossentropy"}),
        ("BinaryCrossentropy", {"name": "binary_crossentropy"}),
        ("mse", {"name": "mean_squared_error"}),
        (keras.losses.sparse_categorical_crossentropy, {"name": "sparse_categorical_crossentropy"}),
        (keras.losses.MeanSquaredError(), {"name": "mean_squared_error"}),
        (
            keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.1),
            {"name": "binary_crossentropy", "from_logits": True, "label_smoothing": 0.1},
        ),
        (
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            {"name": "sparse_categorical_crossentropy", "from_logits": True},
        ),
        ({"output": "mse"}, {"name": "mean_squared_error"}),
        (["mse"], {"name": "mean_squared_error"}),
        (None, None),
    ],
    ids=lambda value: type(value).__name__ if callable(value) else str(value),
)
def test_the_loss_is_kept_by_name_with_its_arguments(loss: Any, expected: dict[str, Any] | None) -> None:
    model = stack(kl.Dense(1, name="output"))
    model.compile(loss=loss)
    assert describe(model).loss == expected


def test_a_loss_function_of_the_users_own_is_kept_by_its_full_name() -> None:
    def my_loss(targets: Any, outputs: Any) -> Any:
        return keras.ops.mean(keras.ops.abs(targets - outputs), axis=-1)

    model = stack(kl.Dense(1))
    model.compile(loss=my_loss)
    assert describe(model).loss == {"name": f"{__name__}.my_loss"}


def test_a_model_that_was_not_compiled_has_neither_loss_nor_optimizer() -> None:
    described = describe(stack(kl.Dense(1)))
    assert described.loss is None
    assert described.optimizer is None


def test_the_optimizer_is_kept_with_its_settings_as_json() -> None:
    model = stack(kl.Dense(1))
    model.compile(keras.optimizers.SGD(learning_rate=0.25, momentum=0.5), "mse")
    optimizer = describe(model).optimizer
    assert optimizer is not None
    assert optimizer["class"] == "SGD"
    assert optimizer["learning_rate"] == pytest.approx(0.25)
    assert optimizer["momentum"] == 0.5
    assert json.loads(json.dumps(optimizer)) == optimizer


def test_a_learning_rate_schedule_is_kept_as_json() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    model = stack(kl.Dense(1))
    model.compile(keras.optimizers.Adam(schedule), "mse")
    optimizer = describe(model).optimizer
    assert optimizer is not None
    assert json.loads(json.dumps(optimizer)) == optimizer
    assert "ExponentialDecay" in json.dumps(optimizer)


@pytest.mark.slow
def test_the_versions_of_what_recorded_are_kept() -> None:
    assert describe(stack(kl.Dense(1))).packages == packages()
    assert packages()["keras"] == keras.__version__
    assert packages()["numpy"] == np.__version__
