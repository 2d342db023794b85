"""Whether an object is Keras's own, told by the object itself and never by its name.

Anybody may call a function `tanh` or a class `Dense`. Only what is Keras's own object computes what Keras's
documentation says, and only that can be replayed from a name.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras

from replay.network.in_keras.perceptron import step

# Functions of other libraries that compute, with their default arguments, what Keras's activation of this
# name computes. `gelu` is none of them: `keras.ops.gelu` approximates by default.
SAME_BY_NAME = (
    *("elu", "leaky_relu", "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign"),
    "tanh",
)
OTHER_DEFAULTS = {("jax.nn", "leaky_relu")}  # a slope of 0.01; Keras's is 0.2
LIBRARIES = ("keras.ops", "tensorflow.nn", "tensorflow.math", "tensorflow", "jax.nn", "jax.numpy", "torch")
# What Keras itself sets on a layer or model though the class has it, too.
SET_BY_KERAS = {"build", "quantize", "loss"}
# The folder of Keras's code.
SOURCES = str(Path(keras.activations.get.__code__.co_filename).parents[1]) + os.sep
BESIDE_THE_ANSWER = ("_initializer", "_regularizer", "_constraint")
# What a model's subclass may define without changing what the model answers.
TRAINING_ONLY = {
    *("__init__", "__module__", "__qualname__", "__doc__", "__annotations__", "__firstlineno__"),
    *("__static_attributes__", "__parameters__", "__orig_bases__", "__annotate_func__", "__dict__"),
    *("__weakref__", "__abstractmethods__", "_abc_impl"),
    *("train_step", "compile", "fit", "metrics", "get_config", "from_config", "get_compile_config"),
}
OF_LOSSES = {"compute_loss", "test_step", "_compute_loss"}


def full_name(thing: Any) -> str:
    """The name of a function or class, or of an object's class, with its module: `__main__.tanh`."""
    named = thing if hasattr(thing, "__name__") else type(thing)
    return f"{getattr(named, '__module__', '')}.{named.__name__}"


def is_own(thing: Any) -> bool:
    """Whether an object has a class of Keras's own, and no method replaced on the object."""
    kind = type(thing)
    return is_own_class(kind) and _replaced(thing, kind) <= SET_BY_KERAS


def is_exactly(thing: Any, kind: type) -> bool:
    """Whether an object is of this very class, and no method is replaced on the object."""
    return type(thing) is kind and _replaced(thing, kind) <= SET_BY_KERAS


def _replaced(thing: Any, kind: type) -> set[str]:
    """The methods of its class that an object has an attribute in place of."""
    return {name for name in vars(thing) if callable(getattr(kind, name, None))}


def is_own_class(kind: type) -> bool:
    """Whether this is the very class that Keras defines under its name, with Keras's own `call`."""
    return _is_of_keras(kind) and _is_of_keras(getattr(kind, "call", kind))


def is_called_as_any_layer(layer: Any) -> bool:
    """Whether to call a layer is what it is for Keras's layers, whatever the layer's own `call` does."""
    return _is_of_keras(type(layer).__call__)


def is_own_function(function: Any) -> bool:
    """Whether this is the very function that Keras defines under its name."""
    return _is_of_keras(function) and hasattr(function, "__code__")


def _is_of_keras(thing: Any) -> bool:
    """Whether Keras defines this very class, function or method.

    Somebody may have put another in its place, with its name and module: `functools.wraps` copies them.
    """
    return _is_found_in_keras(thing) and _is_from_sources(thing)


def _is_found_in_keras(thing: Any) -> bool:
    """Whether the module of Keras's that a class, function or method names holds that very object."""
    module, name = getattr(thing, "__module__", None) or "", getattr(thing, "__qualname__", "")
    found: Any = sys.modules.get(module) if module.partition(".")[0] == "keras" else None
    for part in name.split("."):
        found = getattr(found, part, None)
    return found is thing


def _is_from_sources(thing: Any) -> bool:
    """Whether the code of a function or method, if it has any, stands in a file of Keras's."""
    code = getattr(thing, "__code__", None)
    return code is None or code.co_filename.startswith(SOURCES)


def activation_name(function: Any) -> str | None:
    """The name under which Keras knows this very activation function; None for anybody else's.

    Functions that are the same in Keras's backends, such as `tf.nn.relu`, count as Keras's, and so does the
    step of `perceptron`.
    """
    if function is step:
        return "step"
    name = getattr(function, "__name__", "")
    if is_own_function(function) and getattr(keras.activations, name, None) is function:
        return str(name)
    found = (
        name
        for path, module in _libraries()
        for name in SAME_BY_NAME
        # Which may call itself otherwise, as tf.nn.softmax does.
        if (path, name) not in OTHER_DEFAULTS and getattr(module, name, None) is function
    )
    return next(found, None)


def _libraries() -> Iterator[tuple[str, Any]]:
    """Those of the libraries that this program has loaded, by name."""
    for path in LIBRARIES:
        top, *parts = path.split(".")
        module = sys.modules.get(top)
        for part in parts:
            module = getattr(module, part, None)
        yield path, module


def answers_as(model: Any, kind: type) -> bool:
    """Whether a model is of Keras's class `kind`, or of a subclass that changes its training alone."""
    if not isinstance(model, kind) or not is_own_class(kind):
        return False
    lineage = type(model).__mro__
    added = lineage[: lineage.index(kind)]
    changed = {name for each in added if not is_own_class(each) for name in vars(each)}
    return changed <= TRAINING_ONLY | OF_LOSSES and _replaced(model, kind) <= SET_BY_KERAS | TRAINING_ONLY


def computes_its_own_loss(model: Any) -> bool:
    """Whether a model or its class replaces what Keras computes from the loss it was compiled with."""
    of_class = any(not _is_of_keras(getattr(type(model), name, keras.Model)) for name in OF_LOSSES)
    return of_class or bool(OF_LOSSES & vars(model).keys())


def strangers(model: Any) -> Iterator[Any]:
    """The parts of a model, at any depth, that compute its answer and are not Keras's own.

    Layers, operations, and functions such as activations.
    """
    seen: set[int] = set()
    waiting = [model]
    while waiting:
        part = waiting.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if not is_own(part):
            yield part
        yield from _strange_functions(part)
        waiting += getattr(part, "operations", ())
        waiting += part._flatten_layers(include_self=False) if isinstance(part, keras.Layer) else ()


def _strange_functions(part: Any) -> Iterator[Any]:
    """The functions among a layer's arguments that are somebody's own."""
    for name in _arguments(part):
        value = vars(part).get(name)
        if callable(value) and not isinstance(value, keras.Layer) and activation_name(value) is None:
            yield value


def _arguments(part: Any) -> list[str]:
    """The arguments of a layer that bear on its answer: a replay has the weights, however they were made."""
    try:
        return [name for name in part.get_config() if not name.endswith(BESIDE_THE_ANSWER)]
    except (ValueError, TypeError, NotImplementedError):
        return []  # Keras cannot rebuild such a layer either


def is_told_apart(stranger: Any) -> bool:
    """Whether Keras's JSON of a model tells this part from Keras's own; a function it tells by its name."""
    if not hasattr(stranger, "__name__"):
        return not _is_found_in_keras(type(stranger))
    name = stranger.__name__
    return keras.saving.get_registered_name(stranger) != name or not hasattr(keras.activations, name)
