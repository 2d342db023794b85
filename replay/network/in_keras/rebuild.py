"""Rebuild a Keras model from a recorded architecture, with bounded memory and, without trust, no custom code.

Importing this module loads Keras and its backend.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras

from replay.errors import RunFileError, first_line
from replay.network.description import RunDescription
from replay.network.in_keras import architecture, describe
from replay.network.in_keras.backends.backend import backend

MAX_VALUES = 64_000_000  # 256 MB in float32
PASS_THE_MODEL = "pass the model itself, Replay(path, model=model)"
TRUST_IT = f"if you trust the file, rebuild it with --trust (trust=True), or {PASS_THE_MODEL}"
# What Keras raises for an inconsistent architecture.
OF_PYTHON: tuple[type[Exception], ...] = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError),
    *(RuntimeError, MemoryError),
)
REFUSALS = OF_PYTHON + backend().ERRORS


def rebuilt(description: RunDescription, path: Path, trust: bool) -> Any:
    """The model with all weights zero; without `trust`, made of Keras's own classes only.

    The caller has checked the architecture with `replay.network.in_keras.architecture.objection`.

    Raises RunFileError if Keras cannot rebuild it or its weights differ from those the file declares.
    Without `trust`, also if it names a registered custom object, or has more than MAX_VALUES weights that
    are not in the file.
    """

    def make() -> Any:
        return keras.saving.deserialize_keras_object(architecture.read(text), safe_mode=not trust)

    def check(model: Any) -> None:
        check_weights(model, description, path, "its architecture does not match its weights")

    text = description.architecture or ""
    if not trust:
        _check_names(text, path)
        _check_unrecorded(description, path)
    try:
        if trust:  # in this thread, where the user's custom object scope applies
            model = make()
            check(model)
            return model
        return _apart(lambda: _initialised_last(make, check))
    except REFUSALS as error:
        raise RunFileError(
            f"{path}: Keras cannot rebuild this model ({first_line(error)}): {PASS_THE_MODEL}"
        ) from error


def check_weights(model: Any, description: RunDescription, path: Path, otherwise: str) -> None:
    """Raise RunFileError with the message `otherwise` if the model's weight shapes are not the run's."""
    own = [tuple(variable.shape) for variable in describe.variables(model)]
    if own != [weight.shape for layer in description.layers for weight in layer.weights]:
        raise RunFileError(f"{path}: {otherwise}")


def _check_unrecorded(description: RunDescription, path: Path) -> None:
    """Raise RunFileError for too many weights that are not in the file."""
    n_weights = sum(
        math.prod(weight.shape)
        for layer in description.layers
        for weight in layer.weights
        if not layer.recorded
    )
    if n_weights > MAX_VALUES:
        raise RunFileError(
            f"{path}: its architecture has {n_weights:,} weights that are not in the file: {TRUST_IT}"
        )


def _check_names(text: str, path: Path) -> None:
    """Raise RunFileError if a string matches a registered custom object: Keras would use that object."""
    found = architecture.texts(text) & set(keras.saving.get_custom_objects())
    if found:
        raise RunFileError(f"{path}: its architecture names the custom object {min(found)!r}: {TRUST_IT}")


def _initialised_last(make: Callable[[], Any], check: Callable[[Any], None]) -> Any:
    """Build the model, check it, and only then allocate its variables."""
    with keras.StatelessScope(initialize_variables=False):
        model = make()
    check(model)
    with keras.StatelessScope():
        pass  # on exit, Keras initialises the variables
    return model


def _apart(work: Callable[[], Any]) -> Any:
    """Run `work` in a separate thread: Keras keeps its list of uninitialised variables per thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work).result()
