"""Layers for views: find their kernels, choose and order them, compute their activations or z in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from replay.errors import ViewError
from replay.network.activations import OF_LAYERS
from replay.network.description import LayerDescription, RunDescription
from replay.network.graph import Graph
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array

PIECE_VALUES = 8_000_000  # of one layer in a batch, 32 MB in float32


def kernels(description: RunDescription) -> dict[str, list[int]]:
    """The positions of each layer's kernels among the recorded weights, from input to output.

    Most layers have one kernel; separable convolutions and recurrent layers have two. Biases are left out:
    they are few, start at exactly 0, and would hide what the kernel does.
    """
    found: dict[str, list[int]] = {}
    for position, (path, weight) in enumerate(description.weight_paths):
        if weight.name.endswith("kernel"):
            found.setdefault(path.rpartition("/")[0], []).append(position)
    return found


def chosen(recording: Recording, candidates: Sequence[str], exclude_outputs: bool, what: str) -> list[str]:
    """`candidates`, without the output layer if asked; raises ViewError, naming `what`, if none is left."""
    output = recording.description.output
    if exclude_outputs and output is not None:
        hidden = [name for name in candidates if name != output.name]
        if candidates and not hidden:
            raise ViewError(
                f"{recording.path}: only the output layer has {what}: choose it by name (--layer, "
                "layer_names)"
            )
        candidates = hidden
    if not candidates:
        raise ViewError(f"{recording.path}: no layer has {what} to show: choose another view")
    return list(candidates)


def in_order(recording: Recording, names: Sequence[str]) -> list[str]:
    """These layers from input to output; raises ViewError, with the nearest names, for unknown ones."""
    wanted = {recording.layer(name).name for name in names}
    return [layer.name for layer in recording.description.layers if layer.name in wanted]


def depths(recording: Recording, names: Sequence[str]) -> tuple[float, ...]:
    """The depth of each of these layers in the network: 0 for the first layer, 1 for the last.

    Layers with neither weights nor an activation do not count, so a layer has the same depth in all views.
    """
    layers = recording.description.layers
    deep = [
        layer.name for layer in layers if layer.weights or layer.activation is not None or layer.name in names
    ]
    return tuple(deep.index(name) / max(1, len(deep) - 1) for name in names)


def acting_layers(evaluation: Evaluation, before_activation: bool = False) -> list[str]:
    """The layers with an activation, linear included, whose values can be computed.

    Others pass their input on (Flatten, Dropout, pooling), or lie between z and a: batch normalisation, and
    a linear layer with an activation layer behind it.
    """
    description = evaluation.recording.description
    return [
        layer.name
        for layer in description.layers
        if layer.activation is not None
        and not _is_bent_behind(description, layer)
        and rank(evaluation, layer, before_activation) is not None
    ]


def _is_bent_behind(description: RunDescription, layer: LayerDescription) -> bool:
    """Whether a linear layer's sums are bent by the next layer that has an activation, without a kernel."""
    graph = description.graph
    if graph is None or layer.activation != "linear":
        return False
    following = _next_acting(description.layers, graph, graph.positions[layer.name])
    return following is not None and not any(weight.name.endswith("kernel") for weight in following.weights)


def _next_acting(layers: Sequence[LayerDescription], graph: Graph, position: int) -> LayerDescription | None:
    """The next layer with an activation, where nothing but it gets the values, and it gets nothing else."""
    place = graph.taker(position)
    while place is not None and layers[place].activation is None:
        place = graph.taker(place)
    return None if place is None else layers[place]


def answering_layer(description: RunDescription) -> str | None:
    """The layer that gives the answers: the output layer or, where that has none, the one with an activation.

    It is the nearest one before, where nothing else leads to the output.
    """
    output, graph = description.output, description.graph
    if output is None or graph is None or output.activation is not None:
        return None if output is None else output.name
    sources = graph.sources[graph.positions[output.name]]
    while len(sources) == 1 and sources[0] >= 0:
        if description.layers[sources[0]].activation is not None:
            return description.layers[sources[0]].name
        sources = graph.sources[sources[0]]
    return output.name


def rank(evaluation: Evaluation, layer: LayerDescription, before_activation: bool = False) -> int | None:
    """How many axes a sample's values in `layer` have: 1 for a vector of units, 3 for feature maps.

    None if they cannot be computed: the layer has no single z, its weights were not recorded, or the model
    is subclassed or uses the layer more than once.
    """
    if evaluation.in_numpy:
        return len(evaluation.shapes[layer.name]) if layer.name in evaluation.within_reach else None
    if layer.shape is None:
        return None
    recording = evaluation.recording
    weights = recording.weights_at(recording.epochs[0])
    try:
        values = evaluation.network.evaluate(evaluation.inputs[:1], weights, layer.name, before_activation)
    except ViewError:
        return None
    return values.ndim - 2


def layer_values(
    evaluation: Evaluation,
    names: Sequence[str],
    weights: list[Array],
    inputs: Array,
    before_activation: bool = False,
) -> Iterator[tuple[str, int, Array]]:
    """The activations (or pre-activations z) of the layers `names`, from input to output, at one snapshot.

    `weights` are (1, …). The samples `inputs` (n_samples, …) go through the network in batches that fit in
    memory; yields (name, index of the batch's first sample, values (n, …)) for each batch and layer. A
    layer starts from the one before where that suffices, so that in a chain nothing is computed twice.
    """
    recording, network = evaluation.recording, evaluation.network
    size = samples_at_once(evaluation)
    for start in range(0, max(len(inputs), 1), size):
        samples = inputs[start : start + size]
        x, behind = samples, None
        for name, following in zip(names, [*names[1:], None], strict=True):
            values = network.evaluate(x, weights, name, before_activation, behind)[0]
            yield name, start, values
            if following is not None and evaluation.starts_after(name, following):
                activations = values
                if before_activation:
                    activations = _elementwise(recording.layer(name), values)
                    if activations is None:
                        activations = network.evaluate(x, weights, name, start_after=behind)[0]
                x, behind = activations, name
            elif behind is not None and not evaluation.starts_after(behind, following):
                x, behind = samples, None


def samples_at_once(evaluation: Evaluation) -> int:
    """Batch size that keeps memory bounded."""
    return max(1, PIECE_VALUES // evaluation.widest)


def _elementwise(layer: LayerDescription, z: Array) -> Array | None:
    """The activations for z (…), if the layer's activation is an elementwise f(z); else None."""
    function = OF_LAYERS.get(layer.activation or "")
    if layer.class_name == "PReLU" or function is None or function.derivative is None:
        return None
    with np.errstate(all="ignore"):
        return function(z, **layer.config.get("activation_arguments", {}))
