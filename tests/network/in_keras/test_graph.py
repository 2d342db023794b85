"""Functional models that NumPy replays as graphs, against Keras: outputs, activations, losses, gradients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers as kl

from replay import Recorder, Replay, RunWriter
from replay.errors import ViewError
from replay.network.in_keras import describe
from replay.network.in_numpy import forward

tf = pytest.importorskip("tensorflow")

Array = np.ndarray
Make = Callable[[], Any]
N_SAMPLES, N_SNAPSHOTS = 9, 3


def graph(through: Callable[[Any], Any], head: Any = None, shape: tuple[int, ...] = (3,)) -> Any:
    inputs = keras.Input(shape)
    head = head or kl.Dense(1, "sigmoid", name="output")
    return keras.Model(inputs, head(through(inputs)))


def block(x: Any, units: int, activation: str = "relu") -> Any:
    """A residual block: x + W₂ f(W₁ x)."""
    return kl.Add()([x, kl.Dense(units)(kl.Dense(2 * units, activation)(x))])


def nested(x: Any) -> Any:
    inner = block(kl.Dense(4, "tanh")(x), 4, "tanh")
    return kl.Activation("relu")(kl.Add()([kl.Dense(4)(inner), inner, kl.Dense(4)(x)]))


def over_a_frozen_layer(x: Any) -> Any:
    first = kl.Dense(4, "tanh")(x)
    return kl.Add()([first, kl.Dense(4, "tanh", trainable=False)(first)])


def a_frozen_start(x: Any) -> Any:
    first = kl.Dense(4, "tanh", trainable=False)(x)
    return kl.Add()([first, kl.Dense(4, "gelu")(first)])


def taken_by_three(x: Any) -> Any:
    first = kl.Dense(4, "sigmoid")(x)
    sums = kl.Add()([kl.Dense(4, "tanh")(first), kl.Dense(4, "elu")(first)])
    return kl.Add()([sums, first])


def normed(x: Any) -> Any:
    first = kl.Dense(4)(x)
    inner = kl.Activation("relu")(kl.BatchNormalization()(first))
    second = kl.Add()([first, kl.LayerNormalization()(kl.Dense(4)(inner))])
    return kl.Add()([second, kl.Dropout(0.5)(kl.Dense(4)(kl.LayerNormalization()(second)))])


def twice_the_same(x: Any) -> Any:
    first = kl.Dense(3, "tanh")(x)
    return kl.Add()([first, first, x])


def gated(x: Any) -> Any:
    first = kl.Dense(4, "tanh")(x)
    return kl.Multiply()([first, kl.Dense(4, "sigmoid")(x), kl.Dense(4, "softplus")(first)])


def squared(x: Any) -> Any:
    first = kl.Dense(4)(x)
    return kl.Multiply()([first, first])


def dense_blocks(x: Any) -> Any:
    first = kl.Concatenate()([x, kl.Dense(4, "relu")(x)])
    return kl.Concatenate()([first, kl.PReLU()(kl.Dense(2)(first)), x])


def deep(x: Any) -> Any:
    for _ in range(12):
        x = block(x, 3, "tanh")
    return x


def on_sequences(x: Any) -> Any:
    first = kl.Dense(4, "relu")(x)
    return kl.Flatten()(kl.Add()([first, kl.Dense(4, "softmax")(first)]))


GRAPHS: dict[str, Make] = {
    "a residual block": lambda: graph(lambda x: block(kl.Dense(4, "relu")(x), 4)),
    "blocks within blocks": lambda: graph(nested),
    "a skip from the input": lambda: graph(lambda x: block(x, 3)),
    "a skip over a frozen layer": lambda: graph(over_a_frozen_layer),
    "a frozen layer in front": lambda: graph(a_frozen_start),
    "a layer that three take": lambda: graph(taken_by_three),
    "normalised blocks": lambda: graph(normed),
    "the same layer twice": lambda: graph(twice_the_same),
    "products": lambda: graph(gated),
    "a product with itself": lambda: graph(squared),
    "all that was before": lambda: graph(dense_blocks),
    "twelve blocks": lambda: graph(deep),
    "blocks on sequences": lambda: graph(on_sequences, shape=(5, 3)),
    "an output that is a sum": lambda: graph(
        lambda x: kl.Add()([kl.Dense(1)(x), kl.Dense(1)(kl.Dense(4, "tanh")(x))]), kl.Activation("sigmoid")
    ),
}


def random_weights(model: Any, rng: np.random.Generator) -> None:
    for variable in model.weights:
        if str(variable.dtype).startswith("float"):
            low = 0.3 if "variance" in variable.name else -1.1
            variable.assign(rng.uniform(low, 1.1, variable.shape))


class Recorded:
    """A file of random snapshots of a model, and what Keras says of each."""

    def __init__(self, path: Path, model: Any, x: Array, y: Array, loss: Any) -> None:
        self.model, self.x, self.y = model, x, y
        model.compile(loss=loss)
        self.loss = loss
        self.outputs: list[Array] = []
        self.losses: list[Array] = []
        self.activations: list[dict[str, Array]] = []
        self.gradients: list[dict[str, Array]] = []
        rng = np.random.default_rng(5)
        with RunWriter(path, describe.describe(model), x, y) as writer:
            for epoch in range(N_SNAPSHOTS):
                random_weights(model, rng)
                writer.snapshot(epoch, describe.weights(model))
                self._ask()
        self.replay = Replay(path)

    def _ask(self) -> None:
        layers = [layer for layer in self.model.layers if not isinstance(layer, kl.InputLayer)]
        parts = keras.Model(self.model.inputs[0], [layer.output for layer in layers])
        found = [np.asarray(values) for values in parts(self.x, training=False)]
        self.activations.append(dict(zip((layer.name for layer in layers), found, strict=True)))
        targets = tf.constant(self.y.reshape(len(self.y), -1))
        with tf.GradientTape() as tape:
            outputs = self.model(self.x, training=False)
            losses = keras.losses.get(self.loss)(targets, outputs)
            learning = [variable.value for variable in self.model.trainable_variables]
            mean = tf.reduce_mean(losses)
        slopes = tape.gradient(mean, learning)
        self.outputs.append(np.asarray(outputs))
        self.losses.append(np.asarray(losses).reshape(len(self.x), -1).mean(axis=1))
        paths = [variable.path for variable in self.model.trainable_variables]
        self.gradients.append(
            {path: np.asarray(tf.convert_to_tensor(one)) for path, one in zip(paths, slopes, strict=True)}
        )

    def check(self) -> None:
        """Compare everything with what is replayed."""
        evaluation = self.replay.evaluation
        assert evaluation.in_numpy and not self.replay.recording.description.chain
        close(self.replay.evaluation.activations(), self.outputs)
        close(self.replay.losses(), self.losses)
        for name in self.activations[0]:
            close(self.replay.activations(name), [of_epoch[name] for of_epoch in self.activations])
        names = {variable.path for variable in self.model.trainable_variables}
        for layer in self.model.layers:
            if not layer.weights:
                continue
            found = evaluation.gradients(layer.name)
            for variable in layer.weights:
                got = found[variable.name]
                if variable.path in names:
                    close(got, [of_epoch[variable.path] for of_epoch in self.gradients])
                else:
                    assert not got.any()


def close(got: Array, expected: Any) -> None:
    expected = np.asarray(expected, np.float64)
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5 * max(1.0, np.abs(expected).max()))


def samples(model: Any) -> Array:
    return np.random.default_rng(3).normal(size=(N_SAMPLES, *model.input_shape[1:])).astype(np.float32)


LABELS = (np.arange(N_SAMPLES) % 2).astype(np.float32)
CLASSES = np.arange(N_SAMPLES) % 3


@pytest.mark.slow
@pytest.mark.parametrize("case", GRAPHS)
def test_a_graph_gives_what_keras_gives_at_every_snapshot(case: str, tmp_path: Path) -> None:
    model = GRAPHS[case]()
    Recorded(tmp_path / "run.h5", model, samples(model), LABELS, "binary_crossentropy").check()


@pytest.mark.slow
@pytest.mark.parametrize("case", ["blocks within blocks", "normalised blocks", "a skip from the input"])
def test_so_does_a_regression(case: str, tmp_path: Path) -> None:
    inner = GRAPHS[case]()
    model = keras.Model(inner.inputs[0], kl.Dense(2, name="numbers")(inner.layers[-2].output))
    targets = np.random.default_rng(4).normal(size=(N_SAMPLES, 2)).astype(np.float32)
    Recorded(tmp_path / "run.h5", model, samples(model), targets, "mean_squared_error").check()


@pytest.mark.slow
@pytest.mark.parametrize("logits", [False, True])
@pytest.mark.parametrize("case", ["blocks within blocks", "a layer that three take"])
def test_so_do_several_classes(case: str, logits: bool, tmp_path: Path) -> None:
    inner = GRAPHS[case]()
    head = kl.Dense(3, None if logits else "softmax", name="classes")
    model = keras.Model(inner.inputs[0], head(inner.layers[-2].output))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits, reduction="none")
    Recorded(tmp_path / "run.h5", model, samples(model), CLASSES, loss).check()


def words(through: Callable[[Any], Any], dtype: str = "int32") -> Any:
    inputs = keras.Input((4,), dtype=dtype)
    flat = kl.Flatten()(kl.Embedding(6, 3, name="vectors")(inputs))
    return keras.Model(inputs, kl.Dense(1, "sigmoid", name="output")(through(flat)))


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["int32", "float32"])
def test_words_are_looked_up_in_a_graph(dtype: str, tmp_path: Path) -> None:
    model = words(lambda x: kl.Add()([x, kl.Dense(12, "tanh")(x)]), dtype)
    x = np.random.default_rng(3).integers(0, 6, (N_SAMPLES, 4)).astype(dtype)
    Recorded(tmp_path / "run.h5", model, x, LABELS, "binary_crossentropy").check()


@pytest.mark.slow
def test_the_samples_own_gradients_have_the_norms_of_one_by_one(tmp_path: Path) -> None:
    model = words(lambda x: kl.Add()([x, kl.LayerNormalization()(kl.Dense(12, "tanh")(x))]))
    x = np.random.default_rng(3).integers(0, 6, (N_SAMPLES, 4)).astype("int32")
    evaluation = Recorded(tmp_path / "run.h5", model, x, LABELS, "binary_crossentropy").replay.evaluation
    weights = evaluation.recording.weights_at(1.0)
    alone = [evaluation.of_samples(np.array([row])).gradients_of(weights) for row in range(N_SAMPLES)]
    expected = [np.sqrt(sum((one.astype(float) ** 2).sum() for one in each)) for each in alone]
    np.testing.assert_allclose(evaluation.gradient_norms(weights), expected, rtol=1e-5)


@pytest.mark.slow
def test_a_training_is_recorded_and_replayed_as_a_graph(tmp_path: Path) -> None:
    model, path = GRAPHS["normalised blocks"](), tmp_path / "run.h5"
    model.compile("adam", "binary_crossentropy")
    x = samples(model)
    model.fit(x, LABELS, epochs=2, verbose=0, callbacks=[Recorder(path, x, LABELS)])
    replay = Replay(path)
    description = replay.recording.description
    assert description.is_graph and forward.covers(description)
    close(replay.probabilities(epochs=[2])[0], model.predict(x, verbose=0)[:, 0])


def test_a_moment_starts_from_what_it_has_only_where_that_suffices(tmp_path: Path) -> None:
    model = graph(lambda x: block(kl.Dense(2, "tanh", name="first")(x), 2))
    recorded = Recorded(tmp_path / "run.h5", model, samples(model), LABELS, "binary_crossentropy")
    evaluation, inner = recorded.replay.evaluation, model.layers[2].name
    assert evaluation.starts_after("first") and not evaluation.starts_after(inner)
    moment = evaluation.at(2.0)
    moment.activations(inner)  # within the block: what goes around it is not in these
    close(moment.outputs, recorded.outputs[2])
    start = moment.activations("first")
    close(moment.evaluate(start, start_after="first"), recorded.outputs[2])
    with pytest.raises(ViewError, match="does not follow from"):
        moment.evaluate(moment.activations(inner), start_after=inner)


# What is no graph that NumPy could replay


def with_a_convolution() -> Any:
    return graph(lambda x: kl.Flatten()(kl.Add()([x, kl.Conv1D(3, 1)(x)])), shape=(5, 3))


def used_twice() -> Any:
    layer = kl.Dense(3, "tanh")
    return graph(lambda x: kl.Add()([layer(x), layer(layer(x))]))


def by_an_operator() -> Any:
    return graph(lambda x: kl.Dense(3)(x) + x)


def of_other_shapes() -> Any:
    return graph(lambda x: kl.Add()([kl.Dense(4)(x), kl.Dense(1)(x)]))


def always_dropping() -> Any:
    return graph(lambda x: kl.Add()([x, kl.Dropout(0.5)(kl.Dense(3)(x), training=True)]))


def a_model_inside() -> Any:
    inputs = keras.Input((3,))
    inner = keras.Model(inputs, kl.Add()([inputs, kl.Dense(3)(inputs)]))
    return graph(inner)


def of_whole_numbers() -> Any:
    inputs = keras.Input((3,), dtype="int32")
    scaled = kl.Rescaling(0.5)(inputs)
    return keras.Model(inputs, kl.Dense(1)(kl.Add()([scaled, kl.Dense(3)(scaled)])))


def of_two_inputs() -> Any:
    inputs = [keras.Input((3,)), keras.Input((3,))]
    return keras.Model(inputs, kl.Dense(1)(kl.Add()(inputs)))


def of_two_outputs() -> Any:
    inputs = keras.Input((3,))
    hidden = kl.Add()([inputs, kl.Dense(3)(inputs)])
    return keras.Model(inputs, [hidden, kl.Dense(1)(hidden)])


@pytest.mark.parametrize(
    "make",
    [
        *(with_a_convolution, used_twice, by_an_operator, of_other_shapes, always_dropping, a_model_inside),
        *(of_whole_numbers, of_two_inputs, of_two_outputs),
    ],
)
def test_other_models_are_left_to_keras(make: Make) -> None:
    description = describe.describe(make())
    assert not description.chain and not description.is_graph
    assert not forward.covers(description)
    assert all(layer.inputs is None for layer in description.layers)


@pytest.mark.parametrize("axis", [1, -2])
def test_parts_that_are_joined_along_another_axis_are_left_to_keras(axis: int) -> None:
    model = graph(lambda x: kl.Flatten()(kl.Concatenate(axis=axis)([x, kl.Dense(3)(x)])), shape=(5, 3))
    assert describe.describe(model).is_graph and not forward.covers(describe.describe(model))


def test_masks_are_left_to_keras() -> None:
    inputs = keras.Input((4,))
    vectors = kl.Embedding(6, 3, mask_zero=True)(inputs)
    model = keras.Model(inputs, kl.Add()([vectors, kl.Dense(3)(vectors)]))
    assert not forward.covers(describe.describe(model))


def test_inputs_are_written_only_where_layers_have_them() -> None:
    chain = keras.Sequential([keras.Input((3,)), kl.Dense(2), kl.Dense(1)])
    assert all("inputs" not in layer for layer in describe.describe(chain).to_json()["layers"])
    first, *others = describe.describe(GRAPHS["a skip from the input"]()).to_json()["layers"]
    assert "inputs" not in first and all("inputs" in layer for layer in others)
