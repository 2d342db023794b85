"""BatchNormalization in inference mode, with its moving averages: forward, backward, shapes."""

from __future__ import annotations

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    needed,
    refusal,
    scaled,
    weight_shapes,
)
from replay.network.in_numpy.snapshot_axes import along
from replay.types import Array, Config, Weights


def _forward(x: Array, weights: Weights, config: Config) -> Array:
    axis = config.get("axis", -1)
    variance = along(weights["moving_variance"], axis, x)
    y = (x - along(weights["moving_mean"], axis, x)) / np.sqrt(variance + config.get("epsilon", 1e-3))
    if "gamma" in weights:
        y = y * along(weights["gamma"], axis, x)
    if "beta" in weights:
        y = y + along(weights["beta"], axis, x)
    return y


def _deviation(x: Array, weights: Weights, config: Config) -> Array:
    variance = along(weights["moving_variance"], config.get("axis", -1), x)
    return np.asarray(np.sqrt(variance + config.get("epsilon", 1e-3)))


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    if "gamma" in weights:
        gradient = gradient * along(weights["gamma"], config.get("axis", -1), x)
    return gradient / _deviation(x, weights, config)


def _of_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    axis = config.get("axis", -1)
    normed = (x - along(weights["moving_mean"], axis, x)) / _deviation(x, weights, config)
    met = {name: along(weights[name], axis, x) for name in ("gamma", "beta") if name in weights}
    return scaled(gradient, normed, met, weights)


def _shape(layer: LayerDescription, shape: Shape) -> Shape:
    axis = layer.config.get("axis", -1)
    if isinstance(axis, list | tuple):  # some versions of Keras wrote a list
        raise refusal(layer, f"it normalises over the axes {list(axis)}, but replay needs one axis")
    position = axis if axis < 0 else axis - 1  # `axis` counts the sample axis, too
    if not -len(shape) <= position < len(shape) or axis == 0:
        raise refusal(layer, f"it normalises over axis {axis} of samples {shape}")
    for name in ("moving_mean", "moving_variance"):
        needed(layer, name)
    for name, own in weight_shapes(layer).items():
        if own != (shape[position],):
            raise refusal(layer, f"its {name} has shape {own}, but its input has shape {shape}")
    return shape


BATCH_NORMALIZATION = LayerKind(
    "BatchNormalization",
    _forward,
    _backward,
    _of_weights,
    _shape,
    frozenset({"gamma", "beta", "moving_mean", "moving_variance"}),
    ("axis", "epsilon"),
    any_axis=True,
)
