"""The weights that a model holds after its training, and the epoch that had them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from replay.runs.recording import Recording
from replay.types import Array

AFTER_TRAINING = 0.5  # epochs from the last one to the snapshot of what the model holds
BLOCK_VALUES = 4_000_000  # weights in memory at once


def epoch_with(path: Path, weights: Sequence[Array], dtype: str) -> float | None:
    """The last epoch whose snapshot has these weights, stored as `dtype`; None if none has."""
    recording = Recording(path)
    stored = [_as_stored(array, dtype) for array in weights]
    size = max(1, BLOCK_VALUES // max(1, sum(array.size for array in stored)))
    found = None
    for start, _, block in recording.blocks([*range(recording.n_snapshots)], size):
        equal = [_rows_equal(rows, array) for rows, array in zip(block, stored, strict=True)]
        same = np.logical_and.reduce(equal)
        if same.any():
            found = float(recording.epochs[start + int(np.flatnonzero(same)[-1])])
    return found


def _rows_equal(rows: Array, array: Array) -> Array:
    """Which rows equal the array: (n,)."""
    return np.asarray((rows == array).reshape(len(rows), -1).all(axis=1))


def _as_stored(array: Array, dtype: str) -> Array:
    narrows = array.dtype.kind == "f" and array.dtype.itemsize > np.dtype(dtype).itemsize
    with np.errstate(over="ignore"):
        return array.astype(dtype).astype(array.dtype) if narrows else array
