"""Whether the layers of a chain fit each other, told from shapes alone, before anything is computed.

A run file may claim anything: a kernel for other inputs, a scale as large as all memory. What is checked
here, `forward` can compute without surprise.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.network import activations
from replay.network.description import LayerDescription

Shape = tuple[int, ...]  # of what one sample is at a place in the network


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
            raise _refusal(layer, f"it is said to give {told}, but gives {shape}")
        if layer.units is not None and shape and layer.units != shape[-1]:
            raise _refusal(layer, f"it is said to have {layer.units} units, but has {shape[-1]}")
    return shapes


def _after(layer: LayerDescription, shape: Shape) -> Shape:
    """What the layer makes of samples of `shape`."""
    shape = SHAPES.get(layer.class_name, _same)(layer, shape)
    if layer.activation != "glu":
        return shape
    if not shape or shape[-1] % 2:
        raise _refusal(layer, f"glu needs an even number of units, not {shape}")
    return (*shape[:-1], shape[-1] // 2)


def _agree(told: Sequence[int | None], shape: Shape) -> bool:
    return len(told) == len(shape) and all(
        one is None or one == size for one, size in zip(told, shape, strict=True)
    )


def _refusal(layer: LayerDescription, why: str) -> ViewError:
    return ViewError(f"layer {layer.name!r} does not fit the network: {why}")


def _weights(layer: LayerDescription) -> Mapping[str, Shape]:
    return {weight.name: weight.shape for weight in layer.weights}


def _needed(layer: LayerDescription, name: str) -> Shape:
    shapes = _weights(layer)
    if name not in shapes:
        raise _refusal(layer, f"it has no {name}")
    return shapes[name]


def _dense(layer: LayerDescription, shape: Shape) -> Shape:
    kernel = _needed(layer, "kernel")
    if len(kernel) != 2 or shape[-1:] != kernel[:1]:
        raise _refusal(layer, f"its kernel has shape {kernel}, but samples come to it as {shape}")
    bias = _weights(layer).get("bias", kernel[1:])
    if bias != kernel[1:]:
        raise _refusal(layer, f"its kernel has shape {kernel}, but its bias {bias}")
    return (*shape[:-1], kernel[1])


def _batch_normalization(layer: LayerDescription, shape: Shape) -> Shape:
    axis = layer.config.get("axis", -1)
    if isinstance(axis, list | tuple):  # as some versions of Keras wrote it
        raise _refusal(layer, f"it normalises over the axes {list(axis)}, and not over one")
    position = axis if axis < 0 else axis - 1  # counted with the samples
    if not -len(shape) <= position < len(shape) or axis == 0:
        raise _refusal(layer, f"it normalises over axis {axis} of samples {shape}")
    for name in ("moving_mean", "moving_variance"):
        _needed(layer, name)
    for name, own in _weights(layer).items():
        if own != (shape[position],):
            raise _refusal(layer, f"its {name} has shape {own}, but samples come to it as {shape}")
    return shape


def _normalised(layer: LayerDescription, shape: Shape) -> Shape:
    """Layer normalisation: the weights meet the last axes."""
    axis = layer.config.get("axis", -1)
    for one in axis if isinstance(axis, list | tuple) else [axis]:
        if not -len(shape) <= one < 0:
            raise _refusal(layer, f"it normalises over axis {one} of samples {shape}")
    return _spread(layer, shape)


def _spread(layer: LayerDescription, shape: Shape) -> Shape:
    """Weights that meet the last axes of samples."""
    for name, own in _weights(layer).items():
        if name != "count":
            _check_meets(layer, name, own, shape)
    return shape


def _normalization(layer: LayerDescription, shape: Shape) -> Shape:
    if "mean" in _weights(layer):
        _needed(layer, "variance")
        return _spread(layer, shape)
    return _with_numbers("mean", "variance")(layer, shape)


def _with_numbers(*names: str) -> Callable[[LayerDescription, Shape], Shape]:
    """Numbers of the configuration that meet the last axes of samples."""

    def check(layer: LayerDescription, shape: Shape) -> Shape:
        for name in names:
            if name not in layer.config:
                raise _refusal(layer, f"it has no {name}")
            try:
                own = np.shape(layer.config[name])
            except ValueError as error:
                raise _refusal(layer, f"its {name} is no array of numbers") from error
            without_ones = own[next((n for n, size in enumerate(own) if size != 1), len(own)) :]
            _check_meets(layer, name, without_ones, shape)
        return shape

    return check


def _check_meets(layer: LayerDescription, name: str, own: Shape, shape: Shape) -> None:
    """Refuse an array that would make samples of `shape` larger than they are."""
    last = shape[len(shape) - len(own) :]
    if len(own) > len(shape) or any(size not in (1, room) for size, room in zip(own, last, strict=True)):
        raise _refusal(layer, f"its {name} has shape {own}, but samples come to it as {shape}")


def _flatten(layer: LayerDescription, shape: Shape) -> Shape:
    return (math.prod(shape),)


def _reshape(layer: LayerDescription, shape: Shape) -> Shape:
    target = layer.config.get("target_shape")
    if not isinstance(target, list | tuple) or sum(size < 0 for size in target) > 1:
        raise _refusal(layer, f"it reshapes samples to {target}")
    known = math.prod(size for size in target if size >= 0)
    rest = math.prod(shape) // known if known else 0
    found = tuple(rest if size < 0 else size for size in target)
    if math.prod(found) != math.prod(shape):
        raise _refusal(layer, f"it reshapes samples {shape} to {tuple(target)}")
    return found


def _prelu(layer: LayerDescription, shape: Shape) -> Shape:
    _needed(layer, "alpha")
    return _spread(layer, shape)


def _same(layer: LayerDescription, shape: Shape) -> Shape:
    return shape


SHAPES: Mapping[str, Callable[[LayerDescription, Shape], Shape]] = {
    "Dense": _dense,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _normalised,
    "Normalization": _normalization,
    "Rescaling": _with_numbers("scale", "offset"),
    "Flatten": _flatten,
    "Reshape": _reshape,
    "PReLU": _prelu,
}


def _check_activation(layer: LayerDescription) -> None:
    """Refuse arguments that the activation does not take."""
    if layer.activation in (None, "linear") or layer.class_name == "PReLU":
        return
    function = activations.find(layer.activation or "linear").function
    # NumPy's own functions take arguments, such as where to write, that are none of an activation.
    taken = (
        [] if isinstance(function, np.ufunc) else list(inspect.signature(function).parameters.values())[1:]
    )
    given: Mapping[str, Any] = layer.config.get("activation_arguments", {})
    unknown = [name for name in given if name not in [parameter.name for parameter in taken]]
    if unknown:
        raise _refusal(layer, f"{layer.activation} takes no argument {unknown[0]!r}")
    for parameter in taken:
        value = given.get(parameter.name, parameter.default)
        if value is inspect.Parameter.empty or (value is None and parameter.default is not None):
            raise _refusal(layer, f"{layer.activation} needs the argument {parameter.name!r}")
