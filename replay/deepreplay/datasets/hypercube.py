"""The corners of a cube of many dimensions."""

from __future__ import annotations

import itertools

import numpy as np

from replay.deepreplay.datasets.shuffled import shuffled
from replay.types import Array


def load_data(
    n_dims: int = 10, vertices: tuple[float, float] = (-1.0, 1.0), shuffle: bool = True, seed: int = 13
) -> tuple[Array, Array]:
    """The corners of a cube: class 1 where the coordinates, cut to [0, 1], add up to half of the dimensions.

    Args:
        n_dims: How many dimensions the cube has.
        vertices: The two ends of each edge.
        shuffle: Shuffle the corners.
        seed: Starts the shuffling.

    Returns:
        X (2 ** n_dims, n_dims) float64 and y (2 ** n_dims, 1) int64.

    >>> from replay.deepreplay.datasets.hypercube import load_data
    >>> X, y = load_data(n_dims=3)
    >>> X.shape, y.shape
    ((8, 3), (8, 1))
    """
    X = np.array(list(itertools.product(vertices, repeat=n_dims)), dtype=np.float64)
    y = np.clip(X, 0, 1).sum(axis=1) >= n_dims / 2
    return shuffled(X, y.astype(np.int64), shuffle, seed)
