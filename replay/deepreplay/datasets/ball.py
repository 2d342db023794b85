"""Points in a ball of many dimensions."""

from __future__ import annotations

import numpy as np

from replay.deepreplay.datasets.shuffled import shuffled
from replay.types import Array


def load_data(
    n_dims: int = 10,
    n_points: int = 1000,
    classif_radius_fraction: float = 0.5,
    only_sphere: bool = False,
    shuffle: bool = True,
    seed: int = 13,
) -> tuple[Array, Array]:
    """Points in a ball, scaled so that their coordinates have a standard deviation of 1.

    Args:
        n_dims: How many coordinates a point has.
        n_points: How many points there are.
        classif_radius_fraction: A point is of class 1 where the sum of its coordinates, whatever its sign,
            exceeds this share of the radius.
        only_sphere: Take points on the surface alone.
        shuffle: Shuffle the points.
        seed: Starts the points and the shuffling.

    Returns:
        X (n_points, n_dims) float64 and y (n_points, 1) int64.

    >>> from replay.deepreplay.datasets.ball import load_data
    >>> X, y = load_data(n_dims=3)
    >>> X.shape, y.shape
    ((1000, 3), (1000, 1))
    """
    rng = np.random.default_rng(seed)
    directions = rng.normal(size=(n_points, n_dims))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    distances = 1.0 if only_sphere else rng.uniform(size=(n_points, 1)) ** (1 / n_dims)
    X = directions * distances  # uniform in the ball of radius 1
    scale = 1 / X.std()
    y = np.abs((X * scale).sum(axis=1)) > scale * classif_radius_fraction
    return shuffled(X * scale, y.astype(np.int64), shuffle, seed)
