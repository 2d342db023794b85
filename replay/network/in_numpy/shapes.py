"""Whether the layers of a chain fit each other, told from shapes alone, before anything is computed.

A run file may claim anything: a kernel for other inputs, a scale as large as all memory. What is checked
here, `forward` can compute without surprise.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from replay.network import activations
from replay.network.description import LayerDescription
from replay.network.in_numpy.kinds.kind import Shape, refusal
from replay.network.in_numpy.layers import LAYERS


def chain_shapes(layers: Sequence[LayerDescription], shape: Shape) -> dict[str, Shape]:
    """The shape of what each layer makes of a sample, by name, from input to output.

    Raises ViewError, naming the layer, where samples of `shape` do not fit.
    """
    shapes: dict[str, Shape] = {}
    for layer in layers:
        _check_activation(layer)
        shape = shapes[layer.name] = _after(layer, shape)
        if layer.activation == "glu":  # Keras tells the shape before it
            continue
        told = layer.shape
        if told is not None and not _agree(told, shape):
            raise refusal(layer, f"it is said to give {told}, but gives {shape}")
        if layer.units is not None and shape and layer.units != shape[-1]:
            raise refusal(layer, f"it is said to have {layer.units} units, but has {shape[-1]}")
    return shapes


def _after(layer: LayerDescription, shape: Shape) -> Shape:
    """What the layer makes of samples of `shape`."""
    shape = LAYERS[layer.class_name].shape(layer, shape)
    if layer.activation != "glu":
        return shape
    if not shape or shape[-1] % 2:
        raise refusal(layer, f"glu needs an even number of units, not {shape}")
    return (*shape[:-1], shape[-1] // 2)


def _agree(told: Sequence[int | None], shape: Shape) -> bool:
    return len(told) == len(shape) and all(
        one is None or one == size for one, size in zip(told, shape, strict=True)
    )


def _check_activation(layer: LayerDescription) -> None:
    """Refuse arguments that the activation does not take."""
    if layer.activation in (None, "linear") or LAYERS[layer.class_name].activate is not None:
        return
    function = activations.find(layer.activation or "linear").function
    # NumPy's own functions take arguments, such as where to write, that are none of an activation.
    taken = (
        [] if isinstance(function, np.ufunc) else list(inspect.signature(function).parameters.values())[1:]
    )
    given: Mapping[str, Any] = layer.config.get("activation_arguments", {})
    unknown = [name for name in given if name not in [parameter.name for parameter in taken]]
    if unknown:
        raise refusal(layer, f"{layer.activation} takes no argument {unknown[0]!r}")
    for parameter in taken:
        value = given.get(parameter.name, parameter.default)
        if value is inspect.Parameter.empty or (value is None and parameter.default is not None):
            raise refusal(layer, f"{layer.activation} needs the argument {parameter.name!r}")
