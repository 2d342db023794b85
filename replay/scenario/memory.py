"""What data take in memory while they are read, which `--max-data` limits before any is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from replay.errors import DataError

LABEL, WORD = 24, 100  # bytes of a label, while it becomes the number of a class
SCALED = 4  # bytes of an input as float32
TEXTS = 6  # copies of a label, while labels become class numbers
DEFLATED_AT_MOST = 1032  # times smaller than before, by which nothing can be more
UNITS = ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes"))


def memory_of(shape: Sequence[int], dtype: np.dtype[np.generic], are_labels: bool = False) -> int:
    """The bytes that an array of such a shape takes, with the copies that are made of it."""
    of_words = dtype.kind in "SU"
    per_value = TEXTS * dtype.itemsize + WORD if of_words else dtype.itemsize + SCALED
    return math.prod(shape) * per_value + LABEL * are_labels * (shape[0] if shape else 1)


def check_memory(n_bytes: int, most: int) -> None:
    """Raise DataError, without the path, if data take more than `most` bytes."""
    if n_bytes > most:
        raise DataError(
            f"to read this takes {size_in_words(n_bytes)} of memory, more than {size_in_words(most)}: give "
            f"fewer samples or columns, or allow more with --max-data"
        )


def size_in_words(n_bytes: int) -> str:
    """A number of bytes as people say it, such as 1.5 GB."""
    size, unit = next((size, unit) for size, unit in UNITS if n_bytes >= size or size == 1)
    return f"{n_bytes / size:.3g} {unit}"
