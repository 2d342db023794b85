"""Samples that are images: how they are read from inputs of several shapes."""

from __future__ import annotations

import math

import numpy as np

from replay.errors import ViewError
from replay.types import Array

SMALLEST_FLAT = 16  # values: a shorter row of numbers is a table's, also where it makes a square


def image_shape(sample: tuple[int, ...]) -> tuple[int, ...]:
    """(h, w) or, in colour, (h, w, 3) of an input of shape `sample`: its values in the same order.

    Images are (h, w), (h, w, 1), (h, w, 3), or flat with a square number of values from 16 on. Raises
    ViewError for inputs of other shapes.
    """
    if len(sample) == 1:
        side = math.isqrt(sample[0])
        if side * side == sample[0] >= SMALLEST_FLAT:
            return side, side
    elif len(sample) == 2 or (len(sample) == 3 and sample[2] in (1, 3)):
        shape = sample[:2] if sample[2:] == (1,) else sample
        if min(shape) > 1:
            return shape
    raise ViewError(
        f"inputs of shape ({', '.join(map(str, sample))}{',' * (len(sample) == 1)}) are no images: record "
        f"inputs of shape (h, w), (h, w, 1) or (h, w, 3), or flat squares of at least {SMALLEST_FLAT} values"
    )


def value_range(inputs: Array) -> tuple[float, float]:
    """Smallest and largest finite value of all `inputs`, at least a hair apart; (0, 1) without any."""
    low, high = float(inputs.min()), float(inputs.max())
    if not np.isfinite([low, high]).all():  # then a copy is made, which large inputs are spared
        finite = inputs[np.isfinite(inputs)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)
