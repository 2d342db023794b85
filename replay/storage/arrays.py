"""Arrays from what people hold samples in: data frames, sparse matrices, lists, arrays of objects."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from replay.errors import DataError
from replay.types import Array

MAX_DENSE = 4_000_000_000  # bytes of a sparse matrix with its zeros


def as_array(name: str, values: Any) -> Array:
    """`values`, called `name`, as an array, row by row: the index of a data frame or series plays no part.

    A sparse matrix is written out with its zeros, masked values become NaN. Objects become numbers or words
    where they are all of these. Raises DataError if rows differ in length, or a sparse matrix is too large.
    """
    if hasattr(values, "toarray"):  # as SciPy's sparse matrices have it
        return _dense(name, values)
    if np.ma.is_masked(values):  # NumPy would take the values behind the mask
        return np.asarray(values.astype(np.float64).filled(np.nan))
    try:
        array = np.asarray(values)
        return _without_objects(array) if array.dtype == object and array.ndim else array
    except ValueError as error:
        raise DataError(_ragged(name, values)) from error


def _dense(name: str, values: Any) -> Array:
    n_bytes = math.prod(values.shape) * values.dtype.itemsize
    if n_bytes > MAX_DENSE:
        raise DataError(
            f"{name} would take {n_bytes / 1e9:.0f} GB with all zeros written out: give fewer rows or columns"
        )
    return np.asarray(values.toarray())


def _without_objects(array: Array) -> Array:
    """The array with a type of NumPy's, if its objects have one in common; as it is if they have none."""
    plain = np.array(array.tolist())
    if plain.dtype.kind == "U" and not all(isinstance(one, str) for one in array.flat):
        return array  # numbers among words
    try:
        return plain.astype(np.float64) if plain.dtype == object else plain  # None becomes NaN
    except TypeError:
        return array


def _ragged(name: str, values: Any) -> str:
    lengths = [len(row) if hasattr(row, "__len__") else 1 for row in values]
    other = next((n for n, length in enumerate(lengths) if length != lengths[0]), None)
    if other is None:
        return f"{name} are no array of numbers: their parts differ in shape"
    return (
        f"{name} have {lengths[0]} values in row 0, but {lengths[other]} in row {other}: give each row the "
        "same length, such as with keras.utils.pad_sequences"
    )
