"""A few places spread evenly over many: the first, the last, and those between."""

from __future__ import annotations

import numpy as np

from replay.types import Array


def evenly(n: int, most: int) -> Array:
    """Positions of at most `most` of `n` things, spread evenly: (min(n, most),) of int, increasing.

    The first and the last are among them, where there are two or more; one alone is the first.
    """
    return np.linspace(0, n - 1, min(n, most)).round().astype(int)
