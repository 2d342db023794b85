"""Where a layer bends: the pre-activations at which a piecewise linear activation changes its slope."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from replay.network.description import LayerDescription
from replay.network.in_numpy.layers import LAYERS

Bends = tuple[float, ...]
Arguments = Mapping[str, Any]


def bends(layer: LayerDescription) -> Bends | None:
    """The z at which the activation of a layer changes its slope: none where it is linear.

    Returns None for a layer that is not piecewise linear, such as tanh, or that jumps.
    """
    kind = LAYERS[layer.class_name]
    if not kind.affine:
        return None
    if kind.activate is not None:  # PReLU
        return (0.0,)
    found = _BENDS.get(layer.activation or "linear")
    return None if found is None else found(layer.config.get("activation_arguments", {}))


def _of_relu(arguments: Arguments) -> Bends | None:
    if arguments.get("threshold"):  # it jumps there
        return None
    at_zero = () if arguments.get("negative_slope") == 1 else (0.0,)
    most = arguments.get("max_value")
    return at_zero if most is None or math.isinf(most) else (*at_zero, float(most))


def _of_shrink(arguments: Arguments) -> Bends:
    threshold = float(arguments.get("threshold", 0.5))
    return -threshold, threshold


_BENDS: Mapping[str, Callable[[Arguments], Bends | None]] = {
    "linear": lambda arguments: (),
    "relu": _of_relu,
    "leaky_relu": _of_relu,
    "relu6": lambda arguments: (0.0, 6.0),
    "hard_sigmoid": lambda arguments: (-3.0, 3.0),
    "hard_tanh": lambda arguments: (-1.0, 1.0),
    "sparse_sigmoid": lambda arguments: (-1.0, 1.0),
    "soft_shrink": _of_shrink,
}
