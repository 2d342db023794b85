"""Models of every kind that people record, on whatever backend Keras runs: is what a replay says true?

`python -m tests.helpers.odd_models train FOLDER EVERY` trains and records every n-th, replays it from its
file alone and with the model, and compares with Keras's own answer, loss and gradient. It prints a list
with an object for each: "ok", "refused: …", "WRONG …" or "RAISED …" for each thing compared.
With `replay` in place of `train`, it replays the files of a folder and compares with the answers that were
kept beside them, whichever backend they come from.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial, wraps
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers as kl
from keras import ops

from replay import QuantileLoss, Recorder, Replay
from replay.errors import ReplayError

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 2)).astype(np.float32) * 2
WIDE = RNG.normal(size=(40, 6)).astype(np.float32)
WORDS = RNG.integers(0, 5, (40, 4))
Y = (X[:, :1] * X[:, 1:] > 0).astype(np.float32)
CLASSES = np.digitize(X[:, 0], [-1, 1])
ONE_HOT = np.eye(3, dtype=np.float32)[CLASSES]
VALUES = X[:, :1] * 0.5
LOW_PRECISION = {"half precision": 2e-2, "mixed half precision": 2e-2, "bfloat16": 5e-2}


class Odd(NamedTuple):
    """A model, and the data that it takes."""

    model: Any
    x: Any = X
    y: Any = Y


CASES: dict[str, Callable[[], Odd]] = {}
OWN: set[str] = set()  # those that hold something of their maker's


def case(name: str, own: bool = False) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def keep(build: Callable[[], Any]) -> Callable[[], Any]:
        def odd() -> Odd:
            made = build()
            return made if isinstance(made, Odd) else Odd(made)

        CASES[name] = odd
        if own:
            OWN.add(name)
        return build

    return keep


def compiled(model: Any, loss: Any = "binary_crossentropy", optimizer: Any = None, **arguments: Any) -> Any:
    model.compile(optimizer or keras.optimizers.SGD(0.1), loss, jit_compile=False, **arguments)
    return model


def net(
    *layers: Any, shape: Any = (2,), kind: Any = keras.Sequential, end: Any = None, **arguments: Any
) -> Any:
    model = kind([keras.Input(shape), *layers, end or kl.Dense(1, "sigmoid")])
    return compiled(model, **arguments)


def graph(through: Callable[[Any], Any], end: Any = None, **arguments: Any) -> Any:
    inputs = keras.Input((2,))
    return compiled(keras.Model(inputs, (end or kl.Dense(1, "sigmoid"))(through(inputs))), **arguments)


# Keras's own activations, each by its name

ACTIVATIONS = (
    *("celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_tanh"),
    *("leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid"),
    *("silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparse_sigmoid"),
    *("sparsemax", "squareplus", "tanh", "tanh_shrink"),
)
for _name in ACTIVATIONS:
    case(f"activation {_name}")(lambda name=_name: net(kl.Dense(4, name)))

# Layers of Keras's

LAYERS: dict[str, Callable[[], list[Any]]] = {
    "an activation with arguments": lambda: [kl.Dense(4), kl.LeakyReLU(negative_slope=0.3), kl.ELU(0.4)],
    "a layer as activation": lambda: [kl.Dense(4, activation=kl.ReLU(max_value=1.5))],
    "an activation with weights": lambda: [kl.Dense(4), kl.PReLU()],
    "batch normalisation": lambda: [kl.Dense(4), kl.BatchNormalization(), kl.ReLU()],
    "layer normalisation": lambda: [kl.Dense(4), kl.LayerNormalization()],
    "group normalisation": lambda: [kl.Dense(4), kl.GroupNormalization(2)],
    "unit normalisation": lambda: [kl.Dense(4), kl.UnitNormalization()],
    "spectral normalisation": lambda: [kl.SpectralNormalization(kl.Dense(4))],
    "noise and dropout": lambda: [kl.GaussianNoise(0.3), kl.Dense(4, "tanh"), kl.Dropout(0.4)],
    "rescaling": lambda: [kl.Rescaling(2.0, offset=-1.0), kl.Dense(4)],
    "softmax along another axis": lambda: [kl.Dense(6), kl.Reshape((2, 3)), kl.Softmax(axis=1), kl.Flatten()],
    "slopes that units share": lambda: [
        kl.Dense(6),
        kl.Reshape((2, 3)),
        kl.PReLU(shared_axes=[1]),
        kl.Flatten(),
    ],
    "normalisation by given numbers": lambda: [kl.Normalization(mean=[1.0, 2.0], variance=[4.0, 0.5])],
    "normalisation backwards": lambda: [kl.Normalization(axis=None, mean=1.0, variance=4.0, invert=True)],
    "normalisation by squares": lambda: [kl.Dense(4), kl.RMSNormalization()],
    "no bias": lambda: [kl.Dense(4, "tanh", use_bias=False)],
    "reshapes": lambda: [kl.Reshape((2, 1)), kl.Permute((2, 1)), kl.Flatten(), kl.Dense(3)],
    "convolutions": lambda: [kl.Reshape((2, 1)), kl.Conv1D(3, 2, padding="same"), kl.Flatten()],
    "pooling": lambda: [kl.Reshape((2, 1)), kl.MaxPooling1D(2), kl.Flatten()],
    "an LSTM": lambda: [kl.Reshape((2, 1)), kl.LSTM(3)],
    "a GRU": lambda: [kl.Reshape((2, 1)), kl.GRU(3)],
    "both directions": lambda: [kl.Reshape((2, 1)), kl.Bidirectional(kl.SimpleRNN(2))],
    "a layer for each step": lambda: [kl.Reshape((2, 1)), kl.TimeDistributed(kl.Dense(2)), kl.Flatten()],
    "an einsum": lambda: [kl.EinsumDense("ab,bc->ac", 4, activation="tanh")],
    "penalties": lambda: [kl.Dense(4, "tanh", kernel_regularizer="l2", activity_regularizer="l1")],
    "constraints": lambda: [kl.Dense(4, "tanh", kernel_constraint="non_neg")],
    "frozen weights": lambda: [kl.Dense(4, "tanh", trainable=False)],
    "a chain in a chain": lambda: [keras.Sequential([kl.Dense(4, "tanh"), kl.Dense(3)]), kl.ReLU()],
    "double precision": lambda: [kl.Dense(4, "tanh", dtype="float64")],
    "half precision": lambda: [kl.Dense(4, "tanh", dtype="float16")],
    "mixed half precision": lambda: [kl.Dense(4, "tanh", dtype="mixed_float16")],
    "bfloat16": lambda: [kl.Dense(4, "tanh", dtype="bfloat16")],
}
for _name, _layers in LAYERS.items():
    case(_name)(lambda layers=_layers: net(*layers()))


@case("an adapted normalisation")
def _() -> Any:
    layer = kl.Normalization()
    layer.adapt(X)
    return net(layer, kl.Dense(4, "tanh"))


@case("words")
def _() -> Odd:
    return Odd(net(kl.Embedding(5, 3), kl.Flatten(), shape=(4,)), WORDS)


@case("words that are added")
def _() -> Odd:
    inputs = keras.Input((4,), dtype="int32")
    flat = kl.Flatten()(kl.Embedding(5, 3)(inputs))
    answer = kl.Dense(1, "sigmoid")(kl.add([flat, kl.Dense(12, "tanh")(flat)]))
    return Odd(compiled(keras.Model(inputs, answer)), WORDS)


@case("masked words")
def _() -> Odd:
    return Odd(net(kl.Embedding(5, 3, mask_zero=True), kl.LSTM(3), shape=(4,)), WORDS)


@case("low rank adaptation")
def _() -> Any:
    model = net(kl.Dense(4, "tanh"))
    model.layers[0].enable_lora(2)
    return compiled(model)


@case("low rank adaptation with a weight")
def _() -> Any:
    model = net(kl.Dense(4, "tanh"))
    model.layers[0].enable_lora(2, lora_alpha=8)
    return compiled(model)


@case("a chain that is used twice")
def _() -> Any:
    inner = keras.Sequential([keras.Input((2,)), kl.Dense(2, "tanh")])
    return net(inner, kl.Dense(2), inner)


@case("a layer of two chains")
def _() -> Any:
    shared = kl.Dense(2, "tanh")
    return net(*(keras.Sequential([keras.Input((2,)), shared]) for _ in range(2)))


# Graphs


def _residual(x: Any) -> Any:
    inner = kl.Dropout(0.3)(kl.Dense(4, "relu")(kl.BatchNormalization()(x)))
    return kl.add([x, kl.LayerNormalization()(inner)])


GRAPHS: dict[str, Callable[[Any], Any]] = {
    "a straight graph": lambda x: kl.Dense(4, "tanh")(x),
    "a residual": lambda x: kl.add([x, kl.Dense(2, "relu")(x)]),
    "branches": lambda x: kl.concatenate([kl.Dense(2)(x), kl.Dense(3, "tanh")(x)]),
    "products": lambda x: kl.multiply([x, kl.Dense(2, "sigmoid")(x)]),
    "a residual of residuals": lambda x: _residual(_residual(kl.Dense(4, "tanh")(x))),
    "a skip over frozen weights": lambda x: kl.add([x, kl.Dense(2, "tanh", trainable=False)(x), x]),
    "operators": lambda x: ops.sin(kl.Dense(4)(x) * 2 + 1),
    "functions of keras.ops": lambda x: ops.maximum(0.01 * kl.Dense(4)(x), 0),
    "attention": lambda x: kl.Flatten()(
        kl.MultiHeadAttention(1, 2)(kl.Reshape((2, 1))(x), kl.Reshape((2, 1))(x))
    ),
}
for _name, _through in GRAPHS.items():
    case(_name)(lambda through=_through: graph(through))


@case("a shared layer")
def _() -> Any:
    layer = kl.Dense(2, "tanh")
    return graph(lambda x: layer(layer(x)))


@case("a graph in a graph")
def _() -> Any:
    inputs = keras.Input((2,))
    inner = keras.Model(inputs, kl.add([inputs, kl.Dense(2, "tanh")(inputs)]))
    return net(inner, kl.Dense(3, "relu"))


@case("an output in a dict")
def _() -> Odd:
    inputs = keras.Input((2,))
    out = {"out": kl.Dense(1, "sigmoid", name="out")(kl.Dense(4, "tanh")(inputs))}
    return Odd(compiled(keras.Model(inputs, out), {"out": "binary_crossentropy"}), y={"out": Y})


@case("an output in a list")
def _() -> Any:
    inputs = keras.Input((2,))
    return compiled(keras.Model(inputs, [kl.Dense(1, "sigmoid")(kl.Dense(4, "tanh")(inputs))]))


@case("a model of steps of its own")
def _() -> Any:
    class Stepping(keras.Model):
        def train_step(self, *arguments: Any, **named: Any) -> Any:
            return super().train_step(*arguments, **named)

    inputs = keras.Input((2,))
    return compiled(Stepping(inputs, kl.Dense(1, "sigmoid")(kl.Dense(4, "tanh")(inputs))))


# Losses

LOSSES: dict[str, tuple[Any, Any, Any]] = {
    "logits": (kl.Dense(1), keras.losses.BinaryCrossentropy(from_logits=True), Y),
    "smoothed labels": (kl.Dense(1, "sigmoid"), keras.losses.BinaryCrossentropy(label_smoothing=0.2), Y),
    "class numbers": (kl.Dense(3, "softmax"), "sparse_categorical_crossentropy", CLASSES),
    "logits of class numbers": (
        kl.Dense(3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        CLASSES,
    ),
    "class numbers of what does not add up to 1": (
        kl.Dense(3, "softplus"),
        "sparse_categorical_crossentropy",
        CLASSES,
    ),
    "one-hot rows of sigmoids": (kl.Dense(3, "sigmoid"), "categorical_crossentropy", ONE_HOT),
    "logits that are none": (kl.Dense(1, "sigmoid"), keras.losses.BinaryCrossentropy(from_logits=True), Y),
    "squares of a softmax": (kl.Dense(3, "softmax"), "mse", ONE_HOT),
    "one-hot rows": (kl.Dense(3, "softmax"), "categorical_crossentropy", ONE_HOT),
    "a sigmoid for each class": (kl.Dense(3, "sigmoid"), "binary_crossentropy", ONE_HOT),
    "a regression": (kl.Dense(1), "mse", VALUES),
    "absolute errors": (kl.Dense(1), "mae", VALUES),
    "a robust loss": (kl.Dense(1), keras.losses.Huber(0.3), VALUES),
    "a quantile": (kl.Dense(1), QuantileLoss(0.9), VALUES),
    "a hinge": (kl.Dense(1, "tanh"), "hinge", 2 * Y - 1),
    "a focal loss": (kl.Dense(1, "sigmoid"), keras.losses.BinaryFocalCrossentropy(), Y),
    "a loss in a list": (kl.Dense(1, "sigmoid"), ["binary_crossentropy"], Y),
    "a loss that is summed": (kl.Dense(1, "sigmoid"), keras.losses.BinaryCrossentropy(reduction="sum"), Y),
}
for _name, (_end, _loss, _y) in LOSSES.items():
    case(_name)(
        lambda end=_end, loss=_loss, y=_y: Odd(
            net(kl.Dense(4, "tanh"), end=type(end).from_config(end.get_config()), loss=loss), y=y
        )
    )


@case("wide inputs")
def _() -> Odd:
    return Odd(net(kl.Dense(4, "tanh"), shape=(6,)), WIDE)


@case("a gelu of keras.ops")
def _() -> Any:
    return net(kl.Dense(4, activation=ops.gelu))


@case("a relu of keras.ops")
def _() -> Any:
    return net(kl.Dense(4, activation=ops.relu))


# What is somebody's own and bears a name of Keras's


def own(name: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    return case(f"own {name}", own=True)


def leaky_relu(x: Any) -> Any:
    return ops.maximum(0.4 * x, x)


def tanh(x: Any) -> Any:
    return 1.7159 * ops.tanh(2 / 3 * x)


def relu(x: Any) -> Any:
    return ops.clip(x, 0, 0.5)


def sigmoid(x: Any) -> Any:
    return ops.sigmoid(4 * x)


def swish(x: Any) -> Any:
    return x * ops.sigmoid(3 * x)


OWN_LAYERS: dict[str, Callable[[], list[Any]]] = {
    "leaky_relu": lambda: [kl.Dense(4, activation=leaky_relu)],
    "tanh": lambda: [kl.Dense(4, activation=tanh)],
    "relu": lambda: [kl.Dense(4, activation=relu)],
    "swish": lambda: [kl.Dense(4, activation=swish)],
    "sigmoid in an Activation": lambda: [kl.Dense(4), kl.Activation(sigmoid)],
    "tanh in a chain in a chain": lambda: [keras.Sequential([kl.Dense(4, activation=tanh)])],
    "tanh in a cell": lambda: [kl.Reshape((2, 1)), kl.SimpleRNN(3, activation=tanh)],
    "tanh for each step": lambda: [
        kl.Reshape((2, 1)),
        kl.TimeDistributed(kl.Dense(2, activation=tanh)),
        kl.Flatten(),
    ],
    "partial relu": lambda: [kl.Dense(4, activation=partial(ops.leaky_relu, negative_slope=0.4))],
    "lambda": lambda: [kl.Dense(4, activation=lambda x: ops.sin(x))],
    "Lambda": lambda: [kl.Dense(4), kl.Lambda(lambda x: ops.cos(x))],
}
for _name, _layers in OWN_LAYERS.items():
    own(_name)(lambda layers=_layers: net(*layers()))


def of_the_same_name(function: Any, name: str, module: str) -> Any:
    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    return function


for _name in ("ReLU", "identity", "hard_swish", "log_softmax"):
    own(f"function {_name}")(
        lambda name=_name: net(
            kl.Dense(4, activation=of_the_same_name(lambda x: ops.sin(x), name, "__main__"))
        )
    )


@own("relu that says it is Keras's")
def _() -> Any:
    relu = keras.activations.relu
    return net(kl.Dense(4, activation=of_the_same_name(lambda x: ops.sin(x), "relu", relu.__module__)))


@own("tanh around Keras's")
def _() -> Any:
    @wraps(keras.activations.tanh)
    def tanh(x: Any) -> Any:
        return keras.activations.tanh(3 * x)

    return net(kl.Dense(4, activation=tanh))


@own("registered softsign")
def _() -> Any:
    function = of_the_same_name(lambda x: ops.sin(x), "softsign", "__main__")
    return net(kl.Dense(4, activation=keras.saving.register_keras_serializable("mine")(function)))


@own("object called tanh")
def _() -> Any:
    class Sine:
        __name__ = "tanh"

        def __call__(self, x: Any) -> Any:
            return ops.sin(x)

    return net(kl.Dense(4, activation=Sine()))


@own("leaky_relu of the backend")
def _() -> Any:
    library = {"jax": "jax.nn", "torch": "torch.nn.functional", "tensorflow": "tensorflow.nn"}
    module = importlib.import_module(library[keras.backend.backend()])
    return net(kl.Dense(4, activation=module.leaky_relu))


@own("tanh in cells that are stacked")
def _() -> Any:
    return net(kl.Reshape((2, 1)), kl.RNN([kl.GRUCell(2), kl.LSTMCell(2, activation=tanh)]))


@own("tanh by its name")
def _() -> Any:
    with keras.saving.custom_object_scope({"tanh": tanh}):
        return net(kl.Dense(4, activation="tanh"))


@own("Dense")
def _() -> Any:
    class Dense(kl.Dense):
        def call(self, inputs: Any, training: Any = None) -> Any:
            return 2 * super().call(inputs)

    return net(Dense(4, "tanh"))


@own("Dense that is called otherwise")
def _() -> Any:
    class Dense(kl.Dense):
        def __call__(self, *arguments: Any, **named: Any) -> Any:
            return 2 * super().__call__(*arguments, **named)

    return net(Dense(4, "tanh"))


@own("Dense by its metaclass")
def _() -> Any:
    class Meta(type(kl.Dense)):  # type: ignore[misc]
        def __call__(cls, *arguments: Any, **named: Any) -> Any:
            layer = super().__call__(*arguments, **named)
            layer.activation = ops.sin
            return layer

    class Dense(kl.Dense, metaclass=Meta):
        pass

    return net(Dense(4, "tanh"))


@own("Dense in Keras's module")
def _() -> Any:
    def call(self: Any, inputs: Any, training: Any = None) -> Any:
        return kl.Dense.call(self, 2 * inputs)

    kind = type("Dense", (kl.Dense,), {"call": call, "__module__": kl.Dense.__module__})
    return net(kind(4, "tanh"))


@own("Add inside a graph")
def _() -> Any:
    class Add(kl.Add):
        def _merge_function(self, inputs: Any) -> Any:
            return inputs[0] - inputs[1]

    inputs = keras.Input((2,))
    return net(keras.Model(inputs, Add()([inputs, kl.Dense(2)(inputs)])))


@own("BatchNormalization")
def _() -> Any:
    class BatchNormalization(kl.BatchNormalization):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs, training=training, mask=mask) - 1

    return net(kl.Dense(4), BatchNormalization())


@own("Dropout")
def _() -> Any:
    class Dropout(keras.Layer):
        def call(self, inputs: Any) -> Any:
            return inputs**2

    return net(kl.Dense(4), Dropout())


@own("ReLU")
def _() -> Any:
    class ReLU(kl.ReLU):
        def call(self, inputs: Any) -> Any:
            return -super().call(inputs)

    return net(kl.Dense(4), ReLU())


@own("call of one layer")
def _() -> Any:
    model = net(kl.Dense(4, "tanh"))
    plain = model.layers[0].call
    model.layers[0].call = lambda inputs, training=None: plain(3 * inputs)
    return compiled(keras.Sequential([keras.Input((2,)), *model.layers]))


@own("Sequential")
def _() -> Any:
    class Squared(keras.Sequential):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs, training=training) ** 2

    return net(kl.Dense(4, "tanh"), kind=Squared)


@own("Sequential by a mixin")
def _() -> Any:
    class Squaring:
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs, training=training) ** 2  # type: ignore[misc]

    return net(kl.Dense(4, "tanh"), kind=type("Sequential", (Squaring, keras.Sequential), {}))


@own("Sequential inside")
def _() -> Any:
    class Doubled(keras.Sequential):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(2.0 * inputs, training=training)

    return net(Doubled([kl.Dense(4, "tanh")]))


@own("Functional")
def _() -> Any:
    class Halved(keras.Model):
        def call(self, inputs: Any, training: Any = None, mask: Any = None) -> Any:
            return super().call(inputs, training=training) / 2

    inputs = keras.Input((2,))
    return compiled(Halved(inputs, kl.Dense(1, "sigmoid")(kl.Dense(4, "tanh")(inputs))))


@own("subclass")
def _() -> Any:
    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.out = kl.Dense(4, "tanh"), kl.Dense(1, "sigmoid")

        def call(self, inputs: Any) -> Any:
            return self.out(self.hidden(inputs) ** 2)

    return compiled(Mine())


@own("cell")
def _() -> Any:
    class SimpleRNNCell(kl.SimpleRNNCell):
        def call(self, sequence: Any, states: Any, training: bool = False) -> Any:
            output, states = super().call(sequence, states, training=training)
            return 2 * output, states

    return net(kl.Reshape((2, 1)), kl.RNN(SimpleRNNCell(3)))


@own("operation")
def _() -> Any:
    class Sin(keras.Operation):
        def call(self, x: Any) -> Any:
            return ops.sin(3 * x)

        def compute_output_spec(self, x: Any) -> Any:
            return keras.KerasTensor(x.shape, x.dtype)

    return graph(lambda x: Sin()(kl.Dense(4)(x)))


def _five_times(targets: Any, outputs: Any) -> Any:
    return 5 * keras.losses.binary_crossentropy(targets, outputs)


@own("loss BinaryCrossentropy")
def _() -> Any:
    class BinaryCrossentropy(keras.losses.Loss):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return _five_times(y_true, y_pred)

    return net(kl.Dense(4, "tanh"), loss=BinaryCrossentropy())


@own("loss of a subclass")
def _() -> Any:
    class BinaryCrossentropy(keras.losses.BinaryCrossentropy):
        def call(self, y_true: Any, y_pred: Any) -> Any:
            return 5 * super().call(y_true, y_pred)

    return net(kl.Dense(4, "tanh"), loss=BinaryCrossentropy())


@own("loss binary_crossentropy")
def _() -> Any:
    def binary_crossentropy(y_true: Any, y_pred: Any) -> Any:
        return _five_times(y_true, y_pred)

    return net(kl.Dense(4, "tanh"), loss=binary_crossentropy)


@own("loss computed by one model")
def _() -> Any:
    model = net(kl.Dense(4, "tanh"))
    usual = model.compute_loss
    model.compute_loss = lambda *arguments, **named: 5 * usual(*arguments, **named)
    return model


@own("loss around Keras's")
def _() -> Any:
    return net(kl.Dense(4, "tanh"), loss=wraps(keras.losses.binary_crossentropy)(_five_times))


@own("loss computed by the model")
def _() -> Any:
    class Weighing(keras.Model):
        def compute_loss(self, *arguments: Any, **named: Any) -> Any:
            return 5 * super().compute_loss(*arguments, **named)

    inputs = keras.Input((2,))
    return compiled(Weighing(inputs, kl.Dense(1, "sigmoid")(kl.Dense(4, "tanh")(inputs))))


@own("metric BinaryAccuracy")
def _() -> Any:
    class BinaryAccuracy(keras.metrics.BinaryAccuracy):
        def result(self) -> Any:
            return super().result() * 0 + 0.125

    return net(kl.Dense(4, "tanh"), metrics=[BinaryAccuracy(name="accuracy")])


@own("optimizer SGD")
def _() -> Any:
    class SGD(keras.optimizers.SGD):
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> Any:
            super().update_step(gradient, variable, 3 * learning_rate)

    return net(kl.Dense(4, "tanh"), optimizer=SGD(0.1))


@own("initializer, penalty and constraint")
def _() -> Any:
    class Ones(keras.initializers.Initializer):
        def __call__(self, shape: Any, dtype: Any = None) -> Any:
            return ops.ones(shape, dtype) * 0.5

    class L2(keras.regularizers.Regularizer):
        def __call__(self, x: Any) -> Any:
            return ops.sum(ops.abs(x))

    class NonNeg(keras.constraints.Constraint):
        def __call__(self, w: Any) -> Any:
            return w * 0.99

    layer = kl.Dense(
        4, "tanh", kernel_initializer=Ones(), kernel_regularizer=L2(), kernel_constraint=NonNeg()
    )
    return net(layer)


# Comparing


def told(compare: Callable[[], tuple[Any, Any]], tolerance: float) -> str:
    """What became of a comparison of (replayed, Keras's)."""
    try:
        found, wanted = compare()
    except ReplayError as error:
        lines = str(error).splitlines()
        return f"refused: {lines[0]}" if len(lines) == 1 else f"WRONG: {len(lines)} lines"
    except Exception as error:  # noqa: BLE001 - the kind of error is what is judged
        return f"RAISED {type(error).__name__}: {str(error).splitlines()[0]}"
    found, wanted = np.asarray(found, np.float64).ravel(), np.asarray(wanted, np.float64).ravel()
    if found.shape != wanted.shape:
        return f"WRONG shape {found.shape} for {wanted.shape}"
    if not found.size:
        return "ok"  # as of slopes where kinks leave no differences to compare with
    off = float(np.abs(found - wanted).max() / max(1.0, np.abs(wanted).max()))
    return "ok" if off < tolerance else f"WRONG by {off:.2g}"


def only(answer: Any) -> Any:
    return next(iter(keras.tree.flatten(answer)))


def loss_of(odd: Odd) -> float:
    """The mean loss without penalties, computed by Keras's own loss."""
    (given,) = keras.tree.flatten(odd.model.loss) if not callable(odd.model.loss) else [odd.model.loss]
    loss = keras.losses.get(given)
    if isinstance(loss, keras.losses.Loss) and loss.reduction == "sum":
        loss = type(loss).from_config(loss.get_config() | {"reduction": "sum_over_batch_size"})
    value = loss(only(odd.y), only(odd.model(odd.x, training=False)))
    return float(np.mean(keras.ops.convert_to_numpy(value)))


def slope(odd: Odd, variable: Any, direction: Any) -> float | None:
    """The slope of the mean loss along a direction, by differences; None where the loss has a kink."""
    start = keras.ops.convert_to_numpy(variable)

    def at(step: float) -> float:
        variable.assign(start + step * direction)
        return loss_of(odd)

    try:
        step = 1e-2
        far_below, below, here, above, far_above = (at(times * step) for times in (-2, -1, 0, 1, 2))
        bend = (above - 2 * here + below) / step**2
        far_bend = (far_above - 2 * here + far_below) / (2 * step) ** 2
        if abs(far_bend - bend) > 0.02 + 0.05 * abs(bend):
            return None
        return (8 * (above - below) - (far_above - far_below)) / (12 * step)
    finally:
        variable.assign(start)


def judged(name: str, folder: Path) -> dict[str, str]:
    """Train, record, replay and compare one case."""
    keras.utils.set_random_seed(1)
    odd = CASES[name]()
    path = folder / f"{name}.h5"
    tolerance = LOW_PRECISION.get(name, 1e-5)
    recorder = Recorder(path, odd.x, odd.y, on_error="raise")
    odd.model.fit(odd.x, odd.y, epochs=2, batch_size=10, verbose=0, callbacks=[recorder])
    wanted = keras.ops.convert_to_numpy(only(odd.model(odd.x, training=False)))
    np.save(folder / f"{name}.npy", wanted)
    found = {"name": name}
    for label, options in (("file", {}), ("model", {"model": odd.model})):
        replay = Replay(path, **options)
        found[label] = told(partial(_outputs, replay, wanted), tolerance)
        found[f"{label} loss"] = told(partial(_losses, replay, odd), 10 * tolerance)
    if tolerance == 1e-5:
        found["gradient"] = told(partial(_slopes, Replay(path, model=odd.model), odd), 2e-3)
    return found


def _outputs(replay: Replay, wanted: Any) -> tuple[Any, Any]:
    return replay.evaluation.activations(epochs=[2]), wanted


def _losses(replay: Replay, odd: Odd) -> tuple[Any, Any]:
    return replay.losses(epochs=[2]).mean(), loss_of(odd)


def _slopes(replay: Replay, odd: Odd) -> tuple[list[float], list[float]]:
    """The slope along a random direction of each layer's first weight, replayed and by differences."""
    rng = np.random.default_rng(2)
    replayed, wanted = [], []
    variables = {(v.path.split("/")[-2], v.name): v for v in odd.model.trainable_variables}
    for layer in replay.recording.description.layers:
        for weight in layer.weights[:1]:
            variable = variables.get((layer.name, weight.name))
            if variable is None:
                continue
            direction = rng.normal(size=weight.shape).astype(np.float32)
            direction /= np.linalg.norm(direction)
            gradient = replay.evaluation.gradients(layer.name, epochs=[2])[weight.name][0]
            expected = slope(odd, variable, direction)
            if expected is not None:
                replayed.append(float((gradient * direction).sum()))
                wanted.append(expected)
    return replayed, wanted


def replayed(name: str, folder: Path) -> dict[str, str]:
    """Replay a file, and compare with the answer beside it."""
    wanted, tolerance = np.load(folder / f"{name}.npy"), LOW_PRECISION.get(name, 1e-5)
    found = told(lambda: _outputs(Replay(folder / f"{name}.h5"), wanted), tolerance)
    return {"name": name, "file": found}


def resumed(folder: Path) -> dict[str, str]:
    """Whether a training that was interrupted ends as one that was not."""

    class Stop(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                raise KeyboardInterrupt

    def trained(path: Path, *callbacks: Any, **options: Any) -> list[Any]:
        keras.utils.set_random_seed(1)
        model = net(kl.Dense(4, "tanh"), kl.BatchNormalization(), optimizer=keras.optimizers.Adam(0.05))
        recorder = Recorder(path, X, Y, on_error="raise", **options)
        with contextlib.suppress(KeyboardInterrupt):
            model.fit(
                X, Y, epochs=4, batch_size=10, shuffle=False, verbose=0, callbacks=[recorder, *callbacks]
            )
        return [keras.ops.convert_to_numpy(variable) for variable in model.variables]

    whole = trained(folder / "whole.h5")
    trained(folder / "parts.h5", Stop())
    parts = trained(folder / "parts.h5", resume=True)
    off = max(float(np.abs(a - b).max()) for a, b in zip(whole, parts, strict=True))
    same = np.array_equal(Replay(folder / "parts.h5").epochs, [0, 1, 2, 3, 4])
    return {"name": "resumed", "training": "ok" if off < 1e-6 and same else f"WRONG by {off:.2g}"}


def all_judged(folder: Path, names: list[str], judge: Callable[[str, Path], Any]) -> Iterator[dict[str, str]]:
    for name in names:
        try:
            yield judge(name, folder)
        except Exception as error:  # noqa: BLE001 - of one case; the others are judged, too
            yield {"name": name, "training": f"RAISED {type(error).__name__}: {str(error)[:300]}"}


if __name__ == "__main__":
    if keras.backend.backend() == "tensorflow":  # a trace takes longer than the few steps that it is for
        importlib.import_module("tensorflow").config.run_functions_eagerly(True)
    command, place, every = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    chosen = list(CASES)[::every]
    verdicts = all_judged(place, chosen, judged if command == "train" else replayed)
    print(json.dumps([*verdicts, *([resumed(place)] if command == "train" else [])]))
