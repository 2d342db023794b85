"""Any name for layers, losses and metrics: TensorFlow's graphs refuse blanks and letters of other scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import keras

REFUSED = re.compile(r"[^A-Za-z0-9_.\\/>-]|^[^A-Za-z0-9.]")  # the second: only at the root of a graph


@contextmanager
def any_names() -> Iterator[None]:
    """Within the block, graphs call by a valid name what has another one; nothing is renamed itself."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf  # here: other backends do without it

    original = tf.Graph.name_scope

    def name_scope(graph: Any, name: str | None) -> Any:
        return original(graph, REFUSED.sub(".", name) if name else name)

    tf.Graph.name_scope = name_scope
    try:
        yield
    finally:
        tf.Graph.name_scope = original
