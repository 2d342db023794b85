"""The graph of a functional Keras model: which layers each of its layers takes. Loads Keras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import keras

from replay.network.description import LayerDescription
from replay.network.in_keras import identity
from replay.network.in_numpy.layers import LAYERS


def with_inputs(model: Any, described: Sequence[LayerDescription]) -> list[LayerDescription]:
    """The layers of a functional model with the names of those that each takes, if that is the whole model.

    It is if the model has one input and one output, and each layer is of LAYERS and is used once. Any other
    model's layers are as they were.
    """
    names = _taken(model, described)
    if names is None:
        return list(described)
    return [
        replace(layer, inputs=taken) if taken else layer
        for layer, taken in zip(described, names, strict=True)
    ]


def _taken(model: Any, described: Sequence[LayerDescription]) -> list[tuple[str, ...]] | None:
    """The names of the layers that each takes, of the input none; None where they are not the whole model."""
    if len(model.inputs) != 1 or len(model.outputs) != 1 or not model.layers:
        return None
    names, calls = list[tuple[str, ...]](), _calls(model)
    given: dict[int, LayerDescription] = {}  # by the tensor that the layer gives
    for place, (layer, own) in enumerate(zip(model.layers, described, strict=True)):
        node, *others = calls[id(layer)]
        if others or not all(id(tensor) in given for tensor in node.input_tensors):
            return None
        before = [given[id(tensor)] for tensor in node.input_tensors]
        if isinstance(layer, keras.layers.InputLayer) != (place == 0) or not _is_known(layer, own, node):
            return None
        if not _fits(own, before):
            return None
        names.append(tuple(one.name for one in before))
        given[id(node.outputs[0])] = own
    return names if given.get(id(model.outputs[0])) is described[-1] else None


def _calls(model: Any) -> dict[int, list[Any]]:
    """The nodes of a model's graph, by layer: each is one call of it."""
    found: dict[int, list[Any]] = {}
    for nodes in model._nodes_by_depth.values():  # not public
        for node in nodes:
            found.setdefault(id(node.operation), []).append(node)
    return found


def _is_known(layer: Any, described: LayerDescription, node: Any) -> bool:
    """Whether NumPy knows what the layer computes of what this node gives it."""
    told = node.arguments.kwargs.values()
    told_more = any(value is not None and value is not False for value in told)  # as training=True
    # Keras cuts samples to whole numbers for such an input, and an Embedding does so anyway.
    cut = any(not keras.backend.is_float_dtype(tensor.dtype) for tensor in node.input_tensors)
    return (
        described.class_name in LAYERS
        and identity.is_called_as_any_layer(layer)
        and not told_more
        and (not cut or described.class_name == "Embedding")
    )


def _fits(layer: LayerDescription, before: Sequence[LayerDescription]) -> bool:
    """Whether NumPy joins these layers as Keras does, which also joins some of different shapes."""
    if LAYERS[layer.class_name].join is None:
        return len(before) <= 1
    shapes = [one.shape for one in before]
    return None not in shapes and (layer.class_name == "Concatenate" or len(set(shapes)) == 1)
