"""Flatten and Reshape layers: forward, backward, shapes."""

from __future__ import annotations

import math

from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import (
    LayerKind,
    Shape,
    refusal,
)
from replay.types import Array, Config, Weights


def _flatten(x: Array, weights: Weights, config: Config) -> Array:
    return x.reshape(*x.shape[:2], -1)


def _flatten_shape(layer: LayerDescription, shape: Shape) -> Shape:
    return (math.prod(shape),)


def _reshape(x: Array, weights: Weights, config: Config) -> Array:
    return x.reshape(*x.shape[:2], *config["target_shape"])


def _reshape_shape(layer: LayerDescription, shape: Shape) -> Shape:
    target = layer.config.get("target_shape")
    if not isinstance(target, list | tuple) or sum(size < 0 for size in target) > 1:
        raise refusal(layer, f"its target_shape {target} is not a shape")
    known = math.prod(size for size in target if size >= 0)
    rest = math.prod(shape) // known if known else 0
    found = tuple(rest if size < 0 else size for size in target)
    if math.prod(found) != math.prod(shape):
        raise refusal(layer, f"it cannot reshape samples {shape} to {tuple(target)}")
    return found


def _backward(gradient: Array, x: Array, weights: Weights, config: Config) -> Array:
    return gradient.reshape(len(gradient), *x.shape[1:])


FLATTEN = LayerKind(
    "Flatten", _flatten, _backward, None, _flatten_shape, arguments=("data_format",), passes_on=True
)
RESHAPE = LayerKind(
    "Reshape", _reshape, _backward, None, _reshape_shape, arguments=("target_shape",), passes_on=True
)
