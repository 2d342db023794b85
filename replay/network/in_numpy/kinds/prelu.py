"""PReLU layer: an activation with a learnt slope below 0."""

from __future__ import annotations

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    meets_last_axes,
    needed,
)
from replay.network.in_numpy.snapshot_axes import spread, summed_as
from replay.types import Array, Config, Weights


def _activate(z: Array, weights: Weights, config: Config) -> Array:
    alpha = spread(weights["alpha"], z)
    return np.maximum(z, 0) + alpha * np.minimum(z, 0)


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    below = np.where(x < 0, spread(weights["alpha"], x), 0)  # 0 at 0, as in Keras
    return gradient * np.where(x > 0, 1, below)


def _of_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    alpha = weights["alpha"]
    return {"alpha": summed_as(gradient * np.minimum(x, 0), spread(alpha, x)).reshape(alpha.shape)}


def _shape(layer: LayerDescription, shape: Shape) -> Shape:
    needed(layer, "alpha")
    return meets_last_axes(layer, shape)


PRELU = LayerKind(
    "PReLU",
    backward=_backward,
    of_weights=_of_weights,
    shape=_shape,
    weights=frozenset({"alpha"}),
    activation="prelu",
    activate=_activate,
)
