"""Two parabolas, one below the other."""

from __future__ import annotations

import numpy as np

from replay.deepreplay.datasets.shuffled import shuffled
from replay.types import Array


def load_data(
    xlim: tuple[float, float] = (-1, 1), n_points: int = 1000, shuffle: bool = True, seed: int = 13
) -> tuple[Array, Array]:
    """Two parabolas: class 0 on x₂ = x₁², class 1 on x₂ = x₁² − 0.5.

    Args:
        xlim: The first and last x₁.
        n_points: Samples of each class.
        shuffle: Shuffle the samples; otherwise class 0 comes first.
        seed: Starts the shuffling.

    Returns:
        X (2 · n_points, 2) and y (2 · n_points, 1), both float64.

    >>> from replay.deepreplay.datasets.parabola import load_data
    >>> X, y = load_data()
    >>> X.shape, y.shape
    ((2000, 2), (2000, 1))
    """
    x = np.linspace(*xlim, n_points)
    X = np.concatenate([np.column_stack([x, x**2]), np.column_stack([x, x**2 - 0.5])])
    return shuffled(X, np.repeat([0.0, 1.0], n_points), shuffle, seed)
