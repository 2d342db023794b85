"""Normalization and Rescaling layers: scale the inputs by constants that training does not change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    check_meets,
    meets_last_axes,
    needed,
    refusal,
    weight_shapes,
)
from replay.network.in_numpy.snapshot_axes import spread
from replay.types import Array, Config, Weights

KERAS_EPSILON = 1e-7  # keras.config.epsilon(), Normalization's smallest deviation


def _normalization(x: Array, weights: Weights, config: Config) -> Array:
    if "mean" in weights:
        mean, variance = spread(weights["mean"], x), spread(weights["variance"], x)
    else:
        mean, variance = (np.asarray(config[name], dtype=x.dtype) for name in ("mean", "variance"))
    deviation = np.maximum(np.sqrt(variance), KERAS_EPSILON)
    return mean + x * deviation if config.get("invert") else (x - mean) / deviation


def _normalization_backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    if "variance" in weights:
        variance = spread(weights["variance"], x)
    else:
        variance = np.asarray(config["variance"], dtype=x.dtype)
    deviation = np.maximum(np.sqrt(variance), KERAS_EPSILON)
    return gradient * deviation if config.get("invert") else gradient / deviation


def _normalization_shape(layer: LayerDescription, shape: Shape) -> Shape:
    if "mean" in weight_shapes(layer):
        needed(layer, "variance")
        return meets_last_axes(layer, shape)
    return _numbers_meet_last_axes("mean", "variance")(layer, shape)


def _rescaling(x: Array, weights: Weights, config: Config) -> Array:
    scale, offset = (np.asarray(config[name], dtype=x.dtype) for name in ("scale", "offset"))
    return x * scale + offset


def _rescaling_backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient * np.asarray(config["scale"], dtype=x.dtype)


def _numbers_meet_last_axes(*names: str) -> Callable[[LayerDescription, Shape], Shape]:
    """A shape check: these config values must broadcast against the last axes of samples."""

    def check(layer: LayerDescription, shape: Shape) -> Shape:
        for name in names:
            if name not in layer.config:
                raise refusal(layer, f"it has no {name}")
            try:
                own = np.shape(layer.config[name])
            except ValueError as error:
                raise refusal(layer, f"its {name} is not an array of numbers") from error
            without_ones = own[next((n for n, size in enumerate(own) if size != 1), len(own)) :]
            check_meets(layer, name, without_ones, shape)
        return shape

    return check


NORMALIZATION = LayerKind(
    "Normalization",
    _normalization,
    _normalization_backward,
    None,
    _normalization_shape,
    frozenset({"mean", "variance", "count"}),
    ("axis", "invert", "mean", "variance"),
    passes_on=True,
)
RESCALING = LayerKind(
    "Rescaling",
    _rescaling,
    _rescaling_backward,
    None,
    _numbers_meet_last_axes("scale", "offset"),
    arguments=("scale", "offset"),
    passes_on=True,
)
