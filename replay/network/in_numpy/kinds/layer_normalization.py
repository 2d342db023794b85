"""LayerNormalization: mean 0 and variance 1 within each sample; forward, backward, shapes."""

from __future__ import annotations

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    meets_last_axes,
    refusal,
    scaled,
)
from replay.network.in_numpy.snapshot_axes import spread
from replay.types import Array, Config, Weights


def _forward(x: Array, weights: Weights, config: Config) -> Array:
    axis = config.get("axis", -1)
    axes = tuple(a if a < 0 else a + 1 for a in ([axis] if isinstance(axis, int) else axis))
    centred = x - x.mean(axis=axes, keepdims=True)
    y = centred / np.sqrt((centred**2).mean(axis=axes, keepdims=True) + config.get("epsilon", 1e-3))
    if "gamma" in weights:
        y = y * spread(weights["gamma"], x)
    if "beta" in weights:
        y = y + spread(weights["beta"], x)
    return y


def _normed(x: Array, config: Config) -> tuple[Array, Array, tuple[int, ...]]:
    """X normalised to mean 0 and variance 1, the standard deviation, and the normalised axes."""
    axis = config.get("axis", -1)
    axes = (axis,) if isinstance(axis, int) else tuple(axis)  # counted from the end
    centred = x - x.mean(axis=axes, keepdims=True)
    deviation = np.sqrt((centred**2).mean(axis=axes, keepdims=True) + config.get("epsilon", 1e-3))
    return centred / deviation, deviation, axes


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    """Ba et al. 2016, "Layer Normalization", supplementary material: mean and deviation depend on x."""
    normed, deviation, axes = _normed(x, config)
    if "gamma" in weights:
        gradient = gradient * spread(weights["gamma"], x)
    shift = gradient.mean(axis=axes, keepdims=True)
    stretch = (gradient * normed).mean(axis=axes, keepdims=True)
    return (gradient - shift - normed * stretch) / deviation


def _of_weights(gradient: Array, x: Array, weights: Weights, config: Config) -> Weights:
    met = {name: spread(weights[name], x) for name in ("gamma", "beta") if name in weights}
    return scaled(gradient, _normed(x, config)[0], met, weights)


def _shape(layer: LayerDescription, shape: Shape) -> Shape:
    """Check the axes, and that the weights broadcast against the last axes."""
    axis = layer.config.get("axis", -1)
    for one in axis if isinstance(axis, list | tuple) else [axis]:
        if not -len(shape) <= one < 0:
            raise refusal(layer, f"it normalises over axis {one} of samples {shape}")
    return meets_last_axes(layer, shape)


LAYER_NORMALIZATION = LayerKind(
    "LayerNormalization",
    _forward,
    _backward,
    _of_weights,
    _shape,
    frozenset({"gamma", "beta"}),
    ("axis", "epsilon", "rms_scaling"),
    affine=False,
)
