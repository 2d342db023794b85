"""The search for what gives up as little as possible."""

from __future__ import annotations

from collections.abc import Callable


def first_that_fits(fits: Callable[[int], bool], n: int) -> int | None:
    """The first of `n` that fits, where all after it fit as well; None where none does.

    Those that are asked about cost, so there are few; the last is always asked about where none fits.
    """
    low, high = 0, n  # all before low do not fit, all from high on do
    while low < high:
        middle = low if low == 0 else (low + high) // 2  # often nothing has to be given up
        if fits(middle):
            high = middle
        else:
            low = middle + 1
    return low if low < n else None
