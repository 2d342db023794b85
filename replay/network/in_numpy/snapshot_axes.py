"""Broadcasting of weights against activations when both have a snapshot axis in front.

Weights are (n_snapshots, …), activations (n_snapshots, n_samples, …).
"""

from __future__ import annotations

import numpy as np

from replay.types import Array


def spread(weight: Array, like: Array) -> Array:
    """Insert axes after the snapshots, so that `weight` broadcasts against the last axes of `like`."""
    return weight.reshape(weight.shape[:1] + (1,) * (like.ndim - weight.ndim) + weight.shape[1:])


def along(weight: Array, axis: int, like: Array) -> Array:
    """Reshape (n_snapshots, size) so that `size` lies along `axis` of `like`, counted without snapshots."""
    shape = [weight.shape[0]] + [1] * (like.ndim - 1)
    shape[axis if axis < 0 else axis + 1] = weight.shape[1]
    return weight.reshape(shape)


def summed_as(values: Array, met: Array) -> Array:
    """Undo broadcasting: sum `values` over the axes where `met` has size 1; gives the shape of `met`."""
    axes = tuple(axis for axis in range(1, values.ndim) if met.shape[axis] == 1)
    return np.asarray(values.sum(axis=axes, keepdims=True))
