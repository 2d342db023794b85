"""Shape inference and checks for the layers of a network, before anything is computed.

A run file may claim anything: a kernel for other inputs, a scale as large as memory. `forward` can compute
whatever passes here.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.network import activations
from replay.network.description import LayerDescription
from replay.network.graph import SAMPLES, Graph
from replay.network.in_numpy.forward import widest
from replay.network.in_numpy.kinds.kind import Shape, refusal
from replay.network.in_numpy.layers import LAYERS

MAX_VALUES = 64_000_000  # activations of a sample held at once, 256 MB in float32


def layer_shapes(layers: Sequence[LayerDescription], shape: Shape) -> dict[str, Shape]:
    """Each layer's output shape for one sample of `shape`, by name, from input to output.

    Raises ViewError, naming the layer, if the shapes do not fit, or if a sample's values are too many for
    memory: layers that look up or join can give far more of them than a file has weights.
    """
    found = {SAMPLES: shape}
    for position, (layer, sources) in enumerate(zip(layers, Graph(layers).sources, strict=True)):
        _check_activation(layer)
        found[position] = _after(layer, _joined(layer, [found[source] for source in sources]))
        _check_declared(layer, found[position])
        if math.prod(found[position]) > MAX_VALUES:
            raise refusal(
                layer, f"it gives more than {MAX_VALUES:,} values for a sample, too many for memory"
            )
    held = widest([replace(layer, shape=found[position]) for position, layer in enumerate(layers)])
    if held > MAX_VALUES:
        raise ViewError(f"its network holds {held:,} values for a sample at once, too many for memory")
    return {layer.name: found[position] for position, layer in enumerate(layers)}


def _joined(layer: LayerDescription, shapes: Sequence[Shape]) -> Shape:
    """The shape of what the layer makes of those that it takes."""
    join = LAYERS[layer.class_name].join
    if join is not None:
        return join.shape(layer, shapes)
    if len(shapes) > 1:
        raise refusal(layer, f"it takes {len(shapes)} layers, but a {layer.class_name} takes one")
    return shapes[0]


def _check_declared(layer: LayerDescription, shape: Shape) -> None:
    """Raise ViewError if the layer is declared with another output shape than it has."""
    if layer.activation == "glu":  # Keras reports the shape before glu
        return
    declared = layer.shape
    if declared is not None and not _agree(declared, shape):
        raise refusal(layer, f"its output is declared as {declared}, but has shape {shape}")
    if layer.units is not None and shape and layer.units != shape[-1]:
        raise refusal(layer, f"it is declared with {layer.units} units, but has {shape[-1]}")


def _after(layer: LayerDescription, shape: Shape) -> Shape:
    """The layer's output shape for samples of `shape`."""
    shape = LAYERS[layer.class_name].shape(layer, shape)
    if layer.activation != "glu":
        return shape
    if not shape or shape[-1] % 2:
        raise refusal(layer, f"glu needs an even number of units, not {shape}")
    return (*shape[:-1], shape[-1] // 2)


def _agree(declared: Sequence[int | None], shape: Shape) -> bool:
    return len(declared) == len(shape) and all(
        one is None or one == size for one, size in zip(declared, shape, strict=True)
    )


def _check_activation(layer: LayerDescription) -> None:
    """Raise ViewError for arguments that the activation does not take or lacks."""
    if layer.activation in (None, "linear") or LAYERS[layer.class_name].activate is not None:
        return
    function = activations.find(layer.activation or "linear").function
    # A ufunc takes arguments such as `out`, which are not the activation's.
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
