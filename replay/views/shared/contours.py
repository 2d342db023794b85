"""Contour lines of a quantity over a plane: round levels for it, and where it has each."""

from __future__ import annotations

import math

import contourpy
import numpy as np

from replay.types import Array
from replay.views.shared.geometry import Limits

WIDE = 20.0  # from this ratio of the largest to the smallest value on, levels are logarithmic
DECADES = 6.0  # below the largest value, the lowest level
MOST = 14  # levels
FACTORS = ((1, 2, 5), (1, 3), (1,))  # of a power of ten, of round levels
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def are_logarithmic(values: Array) -> bool:
    """Whether levels of these values should be spread by ratio: they are positive, and of several sizes."""
    finite = values[np.isfinite(values)]
    return bool(len(finite) and finite.min() >= 0 and finite.max() > WIDE * finite.min() > -1)


def levels(values: Array) -> Array:
    """Round numbers between the smallest and the largest of the finite values, at most MOST: increasing."""
    finite = values[np.isfinite(values)]
    if not len(finite) or not finite.max() > finite.min():
        return np.zeros(0)
    low, high = float(finite.min()), float(finite.max())
    found = _by_ratio(low, high) if are_logarithmic(values) else _by_difference(low, high)
    return found[(found > low) & (found < high)]


def _by_ratio(low: float, high: float) -> Array:
    """Round numbers with about equal ratios."""
    top = math.log10(high)
    bottom = max(math.log10(low) if low > 0 else -math.inf, top - DECADES)
    powers = 10.0 ** np.arange(math.floor(bottom), math.ceil(top) + 1)
    found = np.zeros(0)
    for factors in FACTORS:
        found = np.outer(powers, factors).ravel()
        found = found[(found > 10**bottom) & (found < high)]
        if len(found) <= MOST:
            break
    return found[-MOST:]


def _by_difference(low: float, high: float) -> Array:
    """Round numbers with equal differences."""
    least = (high - low) / (MOST - 4)
    power = 10.0 ** math.floor(math.log10(least))
    step = next(each * power for each in STEPS if each * power >= least * (1 - 1e-9))
    first, last = math.ceil(low / step), math.floor(high / step)
    return np.arange(first, last + 1) * step


def contour(limits: Limits, values: Array, level: float) -> list[Array]:
    """The lines (n_points, 2) along which `values` (rows, columns), a mesh over `limits`, have this level.

    None of them borders on what is not finite.
    """
    rows, columns = values.shape
    generator = contourpy.contour_generator(
        np.linspace(*limits.x, columns),
        np.linspace(*limits.y, rows),
        np.ma.masked_invalid(values),
        line_type=contourpy.LineType.Separate,
    )
    lines: list[Array] = generator.lines(level)  # type: ignore[assignment]
    return lines
