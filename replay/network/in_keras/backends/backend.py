"""The backend that Keras runs on, with what a replay needs of it beyond Keras itself."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import keras

from replay.network.in_keras.graph_values import GraphValues
from replay.types import Array


class Backend(Protocol):
    """What each module of this folder has."""

    #: What the backend raises, beyond Python's own errors, for an inconsistent model.
    ERRORS: tuple[type[Exception], ...]

    @staticmethod
    def gradients(value: Callable[[], Any], variables: Sequence[Any]) -> list[Array]:
        """The gradient of a scalar, computed by Keras, with respect to each variable; zeros where none."""
        ...

    @staticmethod
    def graph_values(model: Any, shape: Sequence[int]) -> GraphValues:
        """Count the values the model computes for a sample of `shape`, without computing them."""
        ...


def backend() -> Backend:
    """The module for the backend that Keras runs on."""
    module: Any = importlib.import_module(f"replay.network.in_keras.backends.on_{keras.backend.backend()}")
    return module
