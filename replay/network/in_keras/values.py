"""The values of a Keras variable, as an array."""

from __future__ import annotations

from typing import Any

import keras

from replay.types import Array


def of(variable: Any) -> Array:
    """A copy of the variable's values, in its shape and type.

    Toy networks train for thousands of epochs, and after each of them all variables are read. Where the
    backend is TensorFlow, its variable is asked, which takes a quarter of the time that Keras's conversion
    takes.
    """
    held: Any = getattr(variable, "value", None)
    if keras.backend.backend() == "tensorflow" and hasattr(held, "read_value"):
        return held.value().numpy()
    return keras.ops.convert_to_numpy(variable)
