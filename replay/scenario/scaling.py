"""Scales inputs by what the training inputs are like: pixels, standard or min-max, or not at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from replay.choices import MINMAX, STANDARD
from replay.errors import DataError
from replay.types import Array

FEWEST_PIXELS = 16
DIFFERING = 100.0  # how many times larger one input may be than another, before it hides the other
BLOCK = 1_000_000  # values
LARGE = 100.0  # inputs beyond this saturate units
LARGE_TARGETS = 1000.0  # a network begins near 0
LARGEST = float(np.finfo(np.float32).max)
TINY = 1e-140  # the square of less may be 0
HUGE = 10**9  # factors beyond this need no digits


class Scaling(NamedTuple):
    """A function from inputs to float32, and what it is called: None where it changes nothing."""

    scaled: Callable[[Array], Array]
    name: str | None


def scaling_of(inputs: Array, scale: str | None = None) -> Scaling:
    """The scaling called `scale`, learnt from training inputs (n_samples, …).

    None scales only images of whole numbers up to 255, to [0, 1].
    """
    if scale == STANDARD:
        mean, std = inputs.mean(axis=0, dtype=np.float64), inputs.std(axis=0, dtype=np.float64)
        return _linear(mean, _where_squares_vanish(inputs, std), STANDARD)
    if scale == MINMAX:
        low = inputs.min(axis=0).astype(np.float64)
        return _linear(low, inputs.max(axis=0) - low, MINMAX)
    if scale is None and are_pixels(inputs):
        return Scaling(lambda some: np.divide(some, 255, dtype=np.float32), "pixels from 0 to 1")
    return Scaling(_inputs_as_float32, None)


def _where_squares_vanish(inputs: Array, std: Array) -> Array:
    """The standard deviations, those of numbers so small that their squares are 0 computed anew."""
    small = std < TINY
    small[small] = np.ptp(inputs[:, small], axis=0) > 0
    if small.any():
        columns = inputs[:, small].astype(np.float64)
        size = np.abs(columns).max(axis=0)
        std[small] = (columns / size).std(axis=0) * size
    return std


def _linear(shift: Array, width: Array, name: str) -> Scaling:
    if np.isinf(width).any() and np.isfinite(shift).all():
        raise DataError("inputs are too large to be scaled: divide them by a power of ten")
    width = np.where(width > 0, width, 1.0)  # a constant input stays one
    return Scaling(lambda some: _inputs_as_float32((some - shift) / width), name)


def _inputs_as_float32(inputs: Array) -> Array:
    return as_float32(inputs, "inputs")


def as_float32(values: Array, what: str) -> Array:
    """Values as networks count with them; raises DataError for those that are too large."""
    with np.errstate(over="ignore"):
        small = values.astype(np.float32)
    check_range(values, small, what)
    return small


def check_range(given: Array, small: Array, what: str) -> None:
    """Raise DataError where finite numbers are too large for float32, naming the first."""
    if given.dtype.kind != "f" or not given.size or np.isfinite([small.min(), small.max()]).all():
        return
    lost = given[np.isfinite(given) & ~np.isfinite(small)]
    if lost.size:
        raise DataError(
            f"{lost[0]:g} in the {what} is too large: networks count with numbers up to {LARGEST:.1g}; "
            "divide them by a power of ten"
        )


def merged(given: Array, small: Array) -> Array:
    """The columns (n_columns,) whose numbers differ in `given` (n, …) and are all the same in `small`."""
    given, small = given.reshape(len(given), -1), small.reshape(len(small), -1)
    same = np.flatnonzero(small.min(axis=0) == small.max(axis=0))
    return same[given[:, same].min(axis=0) < given[:, same].max(axis=0)]


def note_on_merged(given: Array, small: Array, names: Sequence[str]) -> str | None:
    """A note on inputs that float32 holds as one number. Raises DataError if no input is left that varies."""
    found = merged(given, small)
    if not len(found):
        return None
    first = names[found[0]] if len(names) == small.size // len(small) else f"input {found[0] + 1}"
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    told = f"{first}{others}: values so small or so close together are all the same to a network"
    if (small == small[0]).all():
        raise DataError(f"{told}: subtract the smallest or multiply, or use --scale standard")
    return f"{told}: subtract the smallest or multiply, or use --scale standard"


def check_merged_targets(given: Array, coded: Array) -> None:
    """Raise DataError for targets that float32 holds as one number."""
    if len(merged(given, coded.astype(np.float32))):
        raise DataError(
            "targets so small or so close together are all the same to a network: multiply them, or subtract "
            "the smallest"
        )


def are_pixels(inputs: Array) -> bool:
    """Whether inputs are images of whole numbers up to 255."""
    of_images = inputs.ndim > 2 or inputs.shape[1] >= FEWEST_PIXELS
    if not of_images or not inputs.size or not 1 < inputs.max() <= 255 or inputs.min() < 0:
        return False
    return inputs.dtype.kind in "biu" or all(
        bool((block == np.round(block)).all()) for block in _blocks(inputs)
    )


def _blocks(inputs: Array) -> Iterator[Array]:
    """Some samples after the other, so that what is computed of them takes little memory."""
    step = max(1, BLOCK // max(1, math.prod(inputs.shape[1:])))
    return (inputs[start : start + step] for start in range(0, len(inputs), step))


def hint(inputs: Array, names: Sequence[str]) -> str | None:
    """Advice to scale inputs (n_samples, n_inputs), if a network would hardly learn from them."""
    if inputs.ndim != 2:
        return None
    largest = max(float(inputs.max()), -float(inputs.min()))
    if not math.isfinite(largest):
        return None
    sizes = np.sum([np.abs(block).sum(axis=0, dtype=np.float64) for block in _blocks(inputs)], axis=0) / len(
        inputs
    )
    some = np.flatnonzero(sizes)
    if not len(some):
        return None
    small, large = some[sizes[some].argmin()], some[sizes[some].argmax()]
    if sizes[large] >= DIFFERING * sizes[small]:
        one, other = (names[n] if len(names) == len(sizes) else f"input {n + 1}" for n in (small, large))
        times = _rounded(sizes[large] / sizes[small])
        return f"{one} and {other} differ {times}-fold in size: --scale standard helps to learn from both"
    return f"inputs go up to {largest:,.0f}: --scale standard helps to learn" if largest >= LARGE else None


def hint_on_targets(targets: Array) -> str | None:
    """Advice to divide numbers to predict, (n_samples, …), that a network would take long to reach."""
    largest = max(float(targets.max()), -float(targets.min()))
    if not LARGE_TARGETS <= largest < np.inf:
        return None
    power = 10 ** int(np.log10(largest))
    return f"targets go up to {largest:,.0f}: divided by {power:,}, they are learnt in fewer epochs"


def _rounded(times: float) -> str:
    """A factor with one digit that counts: 2,000 for 2143."""
    if times >= HUGE:
        return f"over {HUGE:,}"
    size = 10 ** int(np.log10(times))
    return f"{round(times / size) * size:,.0f}"
