"""Networks that NumPy does not cover, replayed by Keras: they answer as the recorded model did."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers as kl

from replay import Recorder, Replay, RunDescription, RunWriter
from replay.errors import RunFileError, ViewError
from replay.network.in_keras import describe
from replay.network.in_keras import network as keras_network
from replay.network.in_keras.network import KerasNetwork
from replay.network.in_numpy.forward import Network

Array = np.ndarray
N_SAMPLES, N_SNAPSHOTS = 8, 3


def branched() -> Any:
    """A network that NumPy lacks a layer of."""
    inputs = keras.Input((3,))
    left = kl.Dense(2, activation="tanh", name="left")(inputs)
    right = kl.Dense(2, activation="relu", name="right")(inputs)
    merged = kl.Average(name="merged")([left, right])
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(merged))


def convolutional() -> Any:
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            kl.Conv2D(3, 3, activation="relu", name="filters"),
            kl.BatchNormalization(name="normed"),
            kl.MaxPooling2D(name="pooled"),
            kl.Flatten(name="flat"),
            kl.Dense(2, activation=kl.LeakyReLU(0.1), name="hidden"),
            kl.Dropout(0.5, name="dropped"),
            kl.Dense(1, activation="sigmoid", name="output"),
        ]
    )


def blocks() -> Any:
    head = keras.Sequential(
        [
            kl.Dense(2, activation="tanh", name="hidden"),
            kl.Dense(1, activation="sigmoid", name="output"),
        ],
        name="head",
    )
    return keras.Sequential([keras.Input((6, 6, 1)), kl.Conv2D(2, 3, name="filters"), kl.Flatten(), head])


def shared() -> Any:
    inputs, layer = keras.Input((3,)), kl.Dense(3, activation="tanh", name="twice")
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(layer(layer(inputs))))


def recurrent() -> Any:
    return keras.Sequential(
        [keras.Input((4, 2)), kl.GRU(2, name="state"), kl.Dense(1, activation="sigmoid", name="output")]
    )


def in_float64() -> Any:
    return keras.Sequential(
        [
            keras.Input((3,), dtype="float64"),
            kl.Dense(2, activation="tanh", dtype="float64", name="hidden"),
            kl.Dense(1, activation="sigmoid", dtype="float64", name="output"),
        ]
    )


def adapted() -> Any:
    inputs = keras.Input((3,))
    normed = kl.Normalization(name="normed")(inputs)
    hidden = kl.Average()([normed, kl.Dense(3, activation="tanh", name="hidden")(normed)])
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(hidden))


class Subclassed(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.hidden = kl.Dense(3, activation="tanh", use_bias=False, name="hidden")
        self.output_layer = kl.Dense(1, activation="sigmoid", name="output")

    def call(self, x: Any) -> Any:
        return self.output_layer(self.hidden(x))


class OwnWeights(Subclassed):
    """Holds a matrix of its own, of the same shape as the hidden layer's kernel."""

    def __init__(self) -> None:
        super().__init__()
        self.turn = self.add_weight(shape=(3, 3), initializer="glorot_uniform", name="turn")

    def call(self, x: Any) -> Any:
        return super().call(keras.ops.matmul(x, self.turn))


class ThirdParty(keras.layers.Layer):
    """A layer that Keras cannot rebuild from a run file."""

    def call(self, x: Any) -> Any:
        return keras.ops.sin(x)


def called(model: Any) -> Any:
    model(np.zeros((1, 3), np.float32))
    return model


def with_a_custom_layer() -> Any:
    return keras.Sequential(
        [
            keras.Input((3,)),
            kl.Dense(2, name="hidden"),
            ThirdParty(),
            kl.Dense(1, activation="sigmoid", name="output"),
        ]
    )


def record(path: Path, model: Any, n_samples: int = N_SAMPLES) -> tuple[Array, list[list[Array]]]:
    """Write random snapshots of `model`; return the samples and the model's own weights at each."""
    rng = np.random.default_rng(11)
    shape = model.input_shape[1:] if hasattr(model, "input_shape") else (3,)
    x = rng.normal(size=(n_samples, *shape)).astype(np.float32)
    y = np.arange(n_samples) % 2
    model.compile(loss="binary_crossentropy")
    snapshots = []
    with RunWriter(path, describe.describe(model), x, y) as writer:
        for epoch in range(N_SNAPSHOTS):
            for variable in model.weights:
                if str(variable.dtype).startswith("float"):
                    low = 0.3 if "variance" in variable.name else -1.2
                    variable.assign(rng.uniform(low, 1.2, variable.shape))
            refresh(model)
            snapshots.append(model.get_weights())
            writer.snapshot(epoch, describe.weights(model))
    return x, snapshots


def refresh(model: Any) -> None:
    for layer in model.layers:
        if isinstance(layer, kl.Normalization):
            layer.finalize_state()


def answers(model: Any, weights: list[Array], x: Array) -> Array:
    model.set_weights(weights)
    refresh(model)
    return keras.ops.convert_to_numpy(model(x, training=False))


Make = Callable[[], Any]
REBUILT: list[Make] = [branched, convolutional, blocks, shared, recurrent, in_float64, adapted]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", REBUILT)
def test_a_model_rebuilt_from_its_file_answers_as_the_recorded_one(make: Make, tmp_path: Path) -> None:
    model = make()
    x, snapshots = record(tmp_path / "run.h5", model)
    replay = Replay(tmp_path / "run.h5")
    assert not replay.evaluation.in_numpy
    expected = np.stack([answers(model, weights, x)[:, 0] for weights in snapshots])
    assert replay.probabilities().shape == (N_SNAPSHOTS, N_SAMPLES)
    np.testing.assert_allclose(replay.probabilities(), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("make", [branched, convolutional])
def test_probabilities_equal_those_that_the_model_predicts(make: Make, tmp_path: Path) -> None:
    model = make()
    x, _ = record(tmp_path / "run.h5", model)
    predicted = model.predict(x, verbose=0)[:, 0]  # with the weights of the last snapshot
    got = Replay(tmp_path / "run.h5").probabilities(epochs=[N_SNAPSHOTS - 1])
    np.testing.assert_allclose(got, predicted[None], rtol=1e-5, atol=1e-6)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [branched, convolutional, blocks, in_float64])
def test_losses_equal_the_binary_cross_entropy_of_the_models_outputs(make: Make, tmp_path: Path) -> None:
    model = make()
    x, snapshots = record(tmp_path / "run.h5", model)
    y = np.arange(len(x)) % 2
    expected = []
    for weights in snapshots:
        p = answers(model, weights, x)[:, 0].astype(np.float64)
        expected.append(-np.where(y == 1, np.log(p), np.log(1 - p)))
    got = Replay(tmp_path / "run.h5").losses()
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", [branched, convolutional, blocks])
def test_every_layer_of_the_file_can_be_asked_for(make: Make, tmp_path: Path) -> None:
    model = make()
    x, snapshots = record(tmp_path / "run.h5", model)
    replay = Replay(tmp_path / "run.h5")
    flat = [
        layer
        for outer in model.layers
        for layer in (outer.layers if isinstance(outer, keras.Sequential) else [outer])
    ]
    hidden = {layer.name: layer for layer in flat if not isinstance(layer, kl.InputLayer)}
    model.set_weights(snapshots[-1])
    for described in replay.recording.description.layers:
        if described.name in ("hidden", "output") and make is blocks:
            inner, outer = model.get_layer("head"), keras.Model(model.inputs[0], model.layers[-2].output)
            part = keras.Model(inner.inputs[0], hidden[described.name].output)
            expected = part(outer(x, training=False), training=False)
        elif described.name in hidden:
            expected = keras.Model(model.inputs[0], hidden[described.name].output)(x, training=False)
        else:  # Keras's input layer
            expected = x
        got = replay.activations(described.name)
        assert len(got) == N_SNAPSHOTS
        np.testing.assert_allclose(got[-1], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "name", "activation"),
    [
        (branched, "left", np.tanh),
        (branched, "right", lambda z: np.maximum(z, 0)),
        (convolutional, "filters", lambda z: np.maximum(z, 0)),
        (convolutional, "hidden", lambda z: np.where(z > 0, z, 0.1 * z)),
        (convolutional, "output", lambda z: 1 / (1 + np.exp(-z))),
        (convolutional, "normed", lambda z: z),
        (convolutional, "flat", lambda z: z),
    ],
)
def test_the_activation_of_what_comes_before_it_is_the_layers_output(
    make: Make, name: str, activation: Callable[[Array], Array], tmp_path: Path
) -> None:
    """Layers without an activation give their output either way, as the forward pass in NumPy has it."""
    record(tmp_path / "run.h5", make())
    replay = Replay(tmp_path / "run.h5")
    z, after = replay.activations(name, before_activation=True), replay.activations(name)
    assert z.min() < 0
    assert z.shape == after.shape
    np.testing.assert_allclose(activation(z), after, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(replay.activations(name), after)  # the activation is back in its place


@pytest.mark.filterwarnings("ignore")
def test_a_layer_whose_activation_cannot_be_taken_out_is_refused_before_it(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", recurrent())
    with pytest.raises(ViewError, match="state"):
        Replay(tmp_path / "run.h5").activations("state", before_activation=True)


def test_layers_are_evaluated_without_warnings(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", branched())
    replay = Replay(tmp_path / "run.h5")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay.activations("left")
        replay.activations("left", before_activation=True)
        replay.losses()


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_many_samples_are_evaluated_in_batches_of_any_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "run.h5", branched())
    whole = Replay(tmp_path / "run.h5").probabilities()
    for size in (1, 3, N_SAMPLES):
        monkeypatch.setattr(keras_network, "BATCH", size)
        np.testing.assert_allclose(Replay(tmp_path / "run.h5").probabilities(), whole, rtol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("make", [Subclassed, OwnWeights, with_a_custom_layer])
def test_a_model_that_cannot_be_rebuilt_replays_when_it_is_given(make: Make, tmp_path: Path) -> None:
    model = called(make())
    x, snapshots = record(tmp_path / "run.h5", model)
    expected = np.stack([answers(model, weights, x)[:, 0] for weights in snapshots])
    got = Replay(tmp_path / "run.h5", model=model).probabilities()
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("make", [Subclassed, with_a_custom_layer])
def test_a_model_that_cannot_be_rebuilt_is_asked_for(make: Make, tmp_path: Path) -> None:
    record(tmp_path / "run.h5", called(make()))
    with pytest.raises(RunFileError, match=r"run\.h5.*Replay\(path, model=model\)"):
        Replay(tmp_path / "run.h5").probabilities()


def test_replaying_leaves_the_weights_of_the_given_model_as_they_are(tmp_path: Path) -> None:
    model = called(Subclassed())
    _, snapshots = record(tmp_path / "run.h5", model)
    Replay(tmp_path / "run.h5", model=model).probabilities(epochs=[0])
    for array, trained in zip(model.get_weights(), snapshots[-1], strict=True):
        np.testing.assert_array_equal(array, trained)


def test_a_given_model_that_was_never_built_is_refused(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", called(Subclassed()))
    with pytest.raises(RunFileError, match="never built"):
        Replay(tmp_path / "run.h5", model=Subclassed()).probabilities()


def test_a_model_that_was_built_again_is_matched_by_the_order_of_its_layers(tmp_path: Path) -> None:
    """As when a cell of a notebook runs again: Keras numbers the names of its layers on."""

    def residual() -> Any:
        inputs = keras.Input((3,))
        return keras.Model(inputs, kl.Dense(1)(kl.Average()([inputs, kl.Dense(3, "tanh")(inputs)])))

    recorded, again = residual(), residual()
    record(tmp_path / "run.h5", recorded)
    names = [layer.name for layer in describe.describe(recorded).layers]
    assert names != [layer.name for layer in describe.describe(again).layers]
    one, other = (Replay(tmp_path / "run.h5", model=model) for model in (recorded, again))
    for name in names[1:]:
        for before in (False, True):
            np.testing.assert_array_equal(
                one.activations(name, before_activation=before),
                other.activations(name, before_activation=before),
            )


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda: kl.Dense(2, "relu"), "is Dense with relu, where Dense with tanh was recorded"),
        (lambda: kl.Dense(2, activation=lambda x: x), "is Dense with <lambda>, where Dense with tanh"),
    ],
    ids=["another activation", "one of its own"],
)
def test_a_given_model_of_other_layers_is_refused(other: Make, words: str, tmp_path: Path) -> None:
    def model(layer: Any) -> Any:
        return keras.Sequential([keras.Input((3,)), layer, kl.Lambda(lambda x: x), kl.Dense(1)])

    record(tmp_path / "run.h5", model(kl.Dense(2, "tanh")))
    with pytest.raises(RunFileError, match=words):
        Replay(tmp_path / "run.h5", model=model(other())).evaluation.activations()


@pytest.mark.parametrize("given", [False, True])
def test_a_network_that_remembers_batches_is_refused(given: bool, tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((4, 2), batch_size=N_SAMPLES), kl.GRU(2, stateful=True, name="memory"), kl.Dense(1)]
    )
    record(tmp_path / "run.h5", model)
    with pytest.raises(RunFileError, match="'memory' is stateful"):
        Replay(tmp_path / "run.h5", model=model if given else None).evaluation.activations()


def test_a_given_model_of_other_shapes_is_refused(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", called(Subclassed()))
    other = keras.Sequential([keras.Input((3,)), kl.Dense(1)])
    with pytest.raises(RunFileError, match="not the one that was recorded"):
        Replay(tmp_path / "run.h5", model=other).probabilities()


def test_activations_within_a_subclassed_model_are_refused(tmp_path: Path) -> None:
    model = called(Subclassed())
    record(tmp_path / "run.h5", model)
    with pytest.raises(ViewError, match=r"'hidden'.*subclassed"):
        Replay(tmp_path / "run.h5", model=model).activations("hidden")


# Gradients


def embedded() -> Any:
    inputs = keras.Input((3,))
    vectors = kl.Embedding(5, 2, name="vectors")(
        kl.Lambda(lambda x: keras.ops.abs(keras.ops.round(x)))(inputs)
    )
    return keras.Model(inputs, kl.Dense(1, activation="sigmoid", name="output")(kl.Flatten()(vectors)))


def frozen() -> Any:
    model = branched()
    model.get_layer("left").trainable = False
    return model


def of_training(model: Any, snapshots: list[list[Array]], x: Array) -> list[dict[str, Array]]:
    """The gradients that a compiled step of training takes, without dropout, by the path of the weight."""
    y = (np.arange(len(x)) % 2).astype(np.float32)[:, None]
    learning = model.trainable_variables
    loss = keras.losses.BinaryCrossentropy()

    def step() -> Any:
        with tf.GradientTape() as tape:
            value = loss(y, model(x, training=False))
        return tape.gradient(value, [variable.value for variable in learning])

    rows = []
    for weights in snapshots:
        model.set_weights(weights)
        refresh(model)
        found = [np.asarray(tf.convert_to_tensor(array)) for array in tf.function(step)()]
        rows.append({variable.path: array for variable, array in zip(learning, found, strict=True)})
    return rows


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("make", "given"),
    [*((make, False) for make in (*REBUILT, frozen)), (convolutional, True), (embedded, True)],
)
def test_gradients_are_those_of_training(make: Make, given: bool, tmp_path: Path) -> None:
    model = make()
    x, snapshots = record(tmp_path / "run.h5", model)
    expected = of_training(model, snapshots, x)
    evaluation = Replay(tmp_path / "run.h5", model=model if given else None).evaluation
    variables = describe.variables(model)
    for place, epoch in enumerate(range(N_SNAPSHOTS)):
        got = evaluation.gradients_of(evaluation.recording.weights_at(epoch))
        assert len(got) == len(variables)
        for array, variable in zip(got, variables, strict=True):
            other = expected[place].get(variable.path, np.zeros(variable.shape))
            np.testing.assert_allclose(array[0], other, rtol=1e-4, atol=1e-6, err_msg=variable.path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_gradients_of_samples_in_batches_of_any_size_are_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(tmp_path / "run.h5", convolutional())
    whole = Replay(tmp_path / "run.h5").evaluation.gradients("filters")["kernel"]
    assert np.abs(whole).max() > 1e-3
    for size in (1, 3):
        monkeypatch.setattr(keras_network, "BATCH", size)
        got = Replay(tmp_path / "run.h5").evaluation.gradients("filters")["kernel"]
        np.testing.assert_allclose(got, whole, rtol=1e-4, atol=1e-7)


def test_gradients_leave_the_weights_of_the_given_model_as_they_are(tmp_path: Path) -> None:
    model = called(Subclassed())
    _, snapshots = record(tmp_path / "run.h5", model)
    gradients = Replay(tmp_path / "run.h5", model=model).evaluation.gradients("hidden", [0])
    assert gradients["kernel"].any()
    for array, trained in zip(model.get_weights(), snapshots[-1], strict=True):
        np.testing.assert_array_equal(array, trained)


LOSSES: dict[str, tuple[Any, Any, Array]] = {
    "smoothed": (
        lambda: keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
        "softmax",
        np.eye(3, dtype=np.float32)[np.arange(N_SAMPLES) % 3],
    ),
    "logits": (
        lambda: keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        None,
        np.arange(N_SAMPLES) % 3,
    ),
    "squares": (keras.losses.MeanSquaredError, "sigmoid", np.ones((N_SAMPLES, 3), np.float32)),
}


@pytest.mark.parametrize("case", LOSSES)
def test_gradients_in_keras_equal_those_in_numpy_for_every_loss(case: str, tmp_path: Path) -> None:
    make_loss, activation, targets = LOSSES[case]
    model = keras.Sequential([keras.Input((4,)), kl.Dense(5, "tanh"), kl.Dense(3, activation)])
    model.compile(loss=make_loss())
    description = describe.describe(model)
    weights = [array[None] for array in describe.weights(model)]
    x = np.random.default_rng(0).normal(size=(N_SAMPLES, 4)).astype(np.float32)
    in_keras = KerasNetwork(description, model, tmp_path / "run.h5")
    in_numpy = Network(description.layers)
    for got, expected in zip(
        in_keras.gradients(x, targets, weights, description.loss),
        in_numpy.gradients(x, targets, weights, description.loss),
        strict=True,
    ):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_gradients_of_a_loss_of_other_kinds_are_refused(
    network: tuple[KerasNetwork, list[Array]],
) -> None:
    with pytest.raises(ViewError, match="'hinge' cannot be shown"):
        network[0].gradients(np.zeros((1, 3)), np.zeros(1), network[1], {"name": "hinge"})


def test_gradients_of_a_diverged_network_raise_no_warning(
    network: tuple[KerasNetwork, list[Array]],
) -> None:
    weights = [np.full_like(array, np.inf) for array in network[1]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = network[0].gradients(
            np.ones((4, 3), np.float32), np.arange(4) % 2, weights, {"name": "binary_crossentropy"}
        )
    assert np.isnan(got[0]).any()


# Layers whose weights were not recorded


def without(description: RunDescription, name: str) -> RunDescription:
    layers = tuple(replace(layer, recorded=layer.name != name) for layer in description.layers)
    return replace(description, layers=layers)


def recorded_weights(model: Any, description: RunDescription) -> list[Array]:
    arrays = iter(describe.weights(model))
    pairs = [(layer, next(arrays)) for layer in description.layers for _ in layer.weights]
    return [array[None] for layer, array in pairs if layer.recorded]


def test_a_chain_answers_up_to_the_layer_that_was_not_recorded(tmp_path: Path) -> None:
    model = convolutional()
    description = without(describe.describe(model), "hidden")
    network = KerasNetwork(description, None, tmp_path / "run.h5")
    weights = recorded_weights(model, description)
    x = np.random.default_rng(0).normal(size=(4, 6, 6, 1)).astype(np.float32)
    expected = keras.Model(model.inputs[0], model.get_layer("flat").output)(x)
    np.testing.assert_allclose(network.evaluate(x, weights, "flat")[0], expected, rtol=1e-5, atol=1e-6)
    features = np.random.default_rng(1).normal(size=(4, 2)).astype(np.float32)
    got = network.evaluate(features, weights, start_after="hidden")[0]
    np.testing.assert_allclose(got, model.get_layer("output")(features), rtol=1e-5, atol=1e-6)
    for layer in ("hidden", "dropped", None):
        with pytest.raises(ViewError, match="weights of layer 'hidden' were not recorded"):
            network.evaluate(x, weights, layer)
    with pytest.raises(ViewError, match="weights of layer 'hidden' were not recorded"):
        network.gradients(x, np.arange(4) % 2, weights, {"name": "binary_crossentropy"})


def test_a_branched_network_is_refused_where_any_layer_was_not_recorded(tmp_path: Path) -> None:
    model = branched()
    description = without(describe.describe(model), "right")
    network = KerasNetwork(description, None, tmp_path / "run.h5")
    with pytest.raises(ViewError, match="weights of layer 'right' were not recorded"):
        network.evaluate(np.zeros((1, 3)), recorded_weights(model, description), "left")


# Memory


def test_batches_hold_no_more_activations_than_they_may(monkeypatch: pytest.MonkeyPatch) -> None:
    assert keras_network._at_once(24 * 24 * 64) == 8_000_000 // (24 * 24 * 64)
    assert keras_network._at_once(1) == keras_network.BATCH
    assert keras_network._at_once(10**9) == 1


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_a_batch_is_chosen_by_the_widest_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record(tmp_path / "run.h5", convolutional())
    whole = Replay(tmp_path / "run.h5").probabilities()
    seen: list[int] = []
    in_turn = keras_network._in_turn

    def counted(steps: Any, x: Any, dtype: Any) -> Any:
        seen.append(len(x))
        return in_turn(steps, x, dtype)

    monkeypatch.setattr(keras_network, "_in_turn", counted)
    monkeypatch.setattr(keras_network, "BATCH_VALUES", 3 * 4 * 4 * 3)  # three samples of its feature maps
    np.testing.assert_allclose(Replay(tmp_path / "run.h5").probabilities(), whole, rtol=1e-5)
    assert set(seen) == {3, N_SAMPLES % 3}


@pytest.fixture
def network(tmp_path: Path) -> tuple[KerasNetwork, list[Array]]:
    model = branched()
    record(tmp_path / "run.h5", model)
    network = KerasNetwork(describe.describe(model), None, tmp_path / "run.h5")
    return network, [array[None] for array in describe.weights(model)]


def test_an_unknown_layer_is_refused_with_the_nearest_names(
    network: tuple[KerasNetwork, list[Array]],
) -> None:
    with pytest.raises(ViewError, match=r"unknown layer 'lefd'.*left"):
        network[0].evaluate(np.zeros((1, 3)), network[1], "lefd")


def test_a_branched_network_cannot_be_entered_in_its_middle(
    network: tuple[KerasNetwork, list[Array]],
) -> None:
    with pytest.raises(ViewError, match=r"run\.h5.*'left'"):
        network[0].evaluate(np.zeros((1, 2)), network[1], start_after="left")


def test_whole_numbers_go_through_convolutions_as_keras_takes_them(tmp_path: Path) -> None:
    """Images of bytes: Keras casts what it is given, and so must a network evaluated layer by layer."""
    images = np.random.default_rng(0).integers(0, 255, (6, 8, 8, 1), dtype=np.uint8)
    model = keras.Sequential([keras.Input((8, 8, 1)), kl.Conv2D(2, 3), kl.Flatten(), kl.Dense(3, "softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    model.fit(
        images,
        np.arange(6) % 3,
        callbacks=[Recorder(tmp_path / "run.h5", images, np.arange(6) % 3)],
        verbose=0,
    )
    replay = Replay(tmp_path / "run.h5")
    np.testing.assert_allclose(replay.probabilities()[-1], np.asarray(model(images)), atol=1e-5)


def test_images_as_targets_have_one_loss_each_and_no_classes(tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((6, 8, 8, 1)).astype(np.float32)
    model = keras.Sequential([keras.Input((8, 8, 1)), kl.Conv2D(1, 3, padding="same")])
    model.compile(loss="mse")
    model.fit(images, images, callbacks=[Recorder(tmp_path / "run.h5", images, images)], verbose=0)
    replay = Replay(tmp_path / "run.h5")
    expected = ((np.asarray(model(images)) - images) ** 2).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(replay.losses()[-1], expected, rtol=1e-4)
    replay.dashboard().plot()


@pytest.mark.slow
def test_a_label_for_each_step_has_a_loss_and_no_classes(tmp_path: Path) -> None:
    x = np.random.default_rng(0).random((6, 4, 2)).astype(np.float32)
    y = np.arange(24).reshape(6, 4) % 3
    model = keras.Sequential([keras.Input((4, 2)), kl.Dense(3, activation="softmax")])
    model.compile(loss="sparse_categorical_crossentropy")
    model.fit(x, y, callbacks=[Recorder(tmp_path / "run.h5", x, y)], verbose=0)
    replay = Replay(tmp_path / "run.h5")
    kept = model.evaluate(x, y, verbose=0, batch_size=6)
    assert replay.losses()[-1].mean() == pytest.approx(kept, abs=1e-5)
    assert replay.evaluation.task.n_classes == 0
    replay.dashboard().plot()


@pytest.mark.slow
def test_a_subclassed_model_with_a_two_unit_layer_still_has_a_dashboard(tmp_path: Path) -> None:
    class Small(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.out = kl.Dense(2, activation="tanh"), kl.Dense(1, activation="sigmoid")

        def call(self, x: Any) -> Any:
            return self.out(self.hidden(x))

    model = Small()
    model.compile(loss="binary_crossentropy")
    x = np.random.default_rng(0).random((20, 2)).astype(np.float32)
    model.fit(
        x, np.arange(20) % 2, callbacks=[Recorder(tmp_path / "run.h5", x, np.arange(20) % 2)], verbose=0
    )
    Replay(tmp_path / "run.h5", model=model).dashboard().plot()


@pytest.mark.slow
def test_operators_between_layers_are_keras_own_and_rebuilt_without_trust(tmp_path: Path) -> None:
    given = keras.Input((3,))
    hidden = kl.Dense(3, "tanh")(given)
    summed = keras.ops.mean(hidden + given, axis=1, keepdims=True) * hidden[:, -1:]
    model = keras.Model(given, kl.Dense(1, "sigmoid")(summed))
    model.compile("sgd", "binary_crossentropy")
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(12, 3)).astype(np.float32), np.arange(12) % 2
    model.fit(x, y, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", x, y)])
    found = Replay(tmp_path / "run.h5").probabilities(epochs=[1])[0]
    np.testing.assert_allclose(found, model.predict(x, verbose=0)[:, 0], atol=1e-6)
