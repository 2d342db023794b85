"""Binary search for the first option that fits, with few calls of an expensive test."""

from __future__ import annotations

from collections.abc import Callable


def first_that_fits(fits: Callable[[int], bool], n: int) -> int | None:
    """The first of `n` options that fits, None if none does; all after the first that fits must fit, too.

    `fits` is expensive, so it is called rarely. If none fits, it was called for the last one.
    """
    low, high = 0, n  # nothing before low fits, everything from high on does
    while low < high:
        middle = low if low == 0 else (low + high) // 2  # often the first one fits
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return low if low < n else None
