"""What data take in memory while they are read, which `--max-data` limits before any is asked for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from replay.errors import DataError

SAMPLE = 100  # bytes beside its numbers
SCALED = 4  # bytes of an input as float32
TEXTS = 6  # copies of a label, while labels become class numbers
UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "bytes"))


def memory_of(shape: Sequence[int], dtype: np.dtype[np.generic]) -> int:
    """The bytes that an array of such a shape takes, with the copies that are made of it."""
    n_bytes = dtype.itemsize
    per_value = TEXTS * n_bytes + SAMPLE if dtype.kind in "SU" else n_bytes + SCALED
    return math.prod(shape) * per_value + SAMPLE * (shape[0] if shape else 1)


def check_memory(n_bytes: int, most: int) -> None:
    """Raise DataError, without the path, if data take more than `most` bytes."""
    if n_bytes > most:
        raise DataError(
            f"to read this takes {_told(n_bytes)} of memory, more than {_told(most)}: give fewer samples or "
            f"columns, or allow more with --max-data"
        )


def _told(n_bytes: int) -> str:
    size, unit = next((size, unit) for size, unit in UNITS if n_bytes >= size or size == 1)
    return f"{n_bytes / size:,.3g} {unit}" if n_bytes < 1e14 else f"{n_bytes / 1e12:.3g} TB"
