"""The Keras model of a recorded architecture, at no more memory than the file's weights account for.

Importing this module loads TensorFlow.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from replay.errors import RunFileError, first_line
from replay.network.description import RunDescription
from replay.network.in_keras import architecture, describe

MAX_VALUES = 64_000_000  # 256 MB in float32
PASS_THE_MODEL = "pass the model itself, Replay(path, model=model)"
TRUST_IT = f"if you trust the file, rebuild it with --trust (trust=True), or {PASS_THE_MODEL}"
# What Keras raises where an architecture does not hold together.
REFUSALS = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RuntimeError, MemoryError, tf.errors.OpError),
)


def rebuilt(description: RunDescription, path: Path, trust: bool) -> Any:
    """The model, its weights zeros; without `trust`, of Keras's own classes alone.

    That the architecture names nothing else, `replay.network.in_keras.architecture` has seen before.

    Raises RunFileError where Keras cannot rebuild it, where its weights are not those that the file declares,
    and, without `trust`, where it names what the program has registered, or has more than MAX_VALUES weights
    beside those in the file.
    """

    def make() -> Any:
        return keras.saving.deserialize_keras_object(architecture.read(text), safe_mode=not trust)

    def check(model: Any) -> None:
        check_weights(model, description, path, "its architecture is not that of the weights in it")

    text = description.architecture or ""
    if not trust:
        _check_names(text, path)
        _check_unrecorded(description, path)
    try:
        if trust:  # here, where the user's own scope of custom objects counts
            model = make()
            check(model)
            return model
        return _apart(lambda: _initialised_last(make, check))
    except REFUSALS as error:
        raise RunFileError(
            f"{path}: Keras cannot rebuild this model ({first_line(error)}): {PASS_THE_MODEL}"
        ) from error


def check_weights(model: Any, description: RunDescription, path: Path, otherwise: str) -> None:
    """Raise RunFileError, which says `otherwise`, where the model's weights are not those of the run."""
    own = [tuple(variable.shape) for variable in describe.variables(model)]
    if own != [weight.shape for layer in description.layers for weight in layer.weights]:
        raise RunFileError(f"{path}: {otherwise}")


def _check_unrecorded(description: RunDescription, path: Path) -> None:
    """Bound the weights that are not in the file."""
    n_weights = sum(
        math.prod(weight.shape)
        for layer in description.layers
        for weight in layer.weights
        if not layer.recorded
    )
    if n_weights > MAX_VALUES:
        raise RunFileError(
            f"{path}: its architecture has {n_weights:,} weights beside those in it: {TRUST_IT}"
        )


def _check_names(text: str, path: Path) -> None:
    """Keras takes any name in an architecture for what a program has registered by it."""
    found = architecture.texts(text) & set(keras.saving.get_custom_objects())
    if found:
        raise RunFileError(f"{path}: its architecture names the custom object {min(found)!r}: {TRUST_IT}")


def _initialised_last(make: Callable[[], Any], check: Callable[[Any], None]) -> Any:
    """The model that `make` builds, whose variables take no memory before it was checked."""
    with keras.StatelessScope(initialize_variables=False):
        model = make()
    check(model)
    with keras.StatelessScope():
        pass  # at whose end Keras initialises what was left
    return model


def _apart(work: Callable[[], Any]) -> Any:
    """Do it in a thread of its own: Keras keeps a list for each of what it has yet to initialise."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
