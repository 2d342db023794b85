"""Image inputs: which input shapes are images, such as flat MNIST digits, and their value range."""

from __future__ import annotations

import math

import numpy as np

from replay.errors import ViewError
from replay.types import Array

SMALLEST_FLAT = 16  # values: a shorter row is tabular data, even when its length is a square


def image_shape(sample: tuple[int, ...]) -> tuple[int, ...]:
    """The image shape, (h, w) or (h, w, 3) in colour, to reshape an input of shape `sample` to.

    Images are (h, w), (h, w, 1), (h, w, 3), or flat with a square number of values, at least 16. Raises
    ViewError for other shapes.
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
        f"inputs of shape ({', '.join(map(str, sample))}{',' * (len(sample) == 1)}) are not images: record "
        f"inputs of shape (h, w), (h, w, 1) or (h, w, 3), or flat squares of at least {SMALLEST_FLAT} values"
    )


def value_range(inputs: Array) -> tuple[float, float]:
    """Smallest and largest finite value of all `inputs`, never equal; (0, 1) if none is finite."""
    low, high = float(inputs.min()), float(inputs.max())
    if not np.isfinite([low, high]).all():  # copy only when needed: inputs may be large
        finite = inputs[np.isfinite(inputs)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    return (low, high) if high > low else (low, low + 1.0)
