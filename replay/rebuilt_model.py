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

from replay import architecture, keras_description
from replay.description import RunDescription
from replay.errors import RunFileError, first_line

MOST_VALUES = 64_000_000  # 256 MB in float32
PASS_THE_MODEL = "pass the model itself, Replay(path, model=model)"
# What Keras raises where an architecture does not hold together.
REFUSALS = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RuntimeError, MemoryError, tf.errors.OpError),
)


def rebuilt(description: RunDescription, path: Path, trust: bool) -> Any:
    """The model, with initial weights; without `trust`, of Keras's own classes alone.

    That the architecture names nothing else, `replay.architecture` has seen before.

    Raises RunFileError where Keras cannot rebuild it, where its weights are not those that the file declares,
    and, without `trust`, where a sample has more than MOST_VALUES activations, or the network more weights
    than that beside those in the file.
    """

    def make() -> Any:
        return keras.saving.deserialize_keras_object(
            architecture.read(description.architecture or ""), safe_mode=not trust
        )

    def check(model: Any) -> None:
        check_weights(model, description, path, "its architecture is not that of the weights in it")
        if not trust:
            _check_values(model, description, path)

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
    own = [tuple(variable.shape) for variable in keras_description.variables(model)]
    if own != [weight.shape for layer in description.layers for weight in layer.weights]:
        raise RunFileError(f"{path}: {otherwise}")


def _check_values(model: Any, description: RunDescription, path: Path) -> None:
    """Bound what no weights in the file account for."""
    shapes = map(keras_description.output_shape, keras_description.layers(model))
    activations = sum(math.prod(size or 1 for size in shape) for shape in shapes if shape is not None)
    weights = sum(
        math.prod(weight.shape)
        for layer in description.layers
        for weight in layer.weights
        if not layer.recorded
    )
    for n_values, what in (
        (activations, "activations for each sample"),
        (weights, "weights beside those in it"),
    ):
        if n_values > MOST_VALUES:
            raise RunFileError(
                f"{path}: its architecture has {n_values:,} {what}: if you trust the file, rebuild it with "
                f"--trust (trust=True), or {PASS_THE_MODEL}"
            )


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
