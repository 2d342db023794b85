"""Page data of a run as its weights, with which the page evaluates the network itself."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from replay.network.activations import DECISIONS
from replay.network.description import LayerDescription, RunDescription
from replay.network.in_numpy import forward
from replay.network.in_numpy.layers import LAYERS
from replay.network.margin_losses import PREFIX
from replay.player.payload.packing import Packing
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.types import Array

MAX_MULTIPLICATIONS = 6_000_000  # a page does them in a thirtieth of a second, with time left to draw
LOSS_ARGUMENTS = ("name", "from_logits", "from_outputs", "label_smoothing")
BYTES = 4 / 3 * 4  # of a weight, in base64


def travels_as_weights(evaluation: Evaluation, n_samples: int, n_snapshots: int, most_bytes: int) -> bool:
    """Whether the weights fit into half of the page's size, and the page can evaluate the samples in time."""
    description = evaluation.recording.description
    if not evaluation.chain_in_numpy or not _page_knows(description):
        return False
    n_weights = sum(math.prod(weight.shape) for _, weight in description.weight_paths)
    work = n_samples * sum(multiplications(layer) for layer in description.layers)
    return work <= MAX_MULTIPLICATIONS and n_weights * n_snapshots * BYTES <= most_bytes / 2


def _page_knows(description: RunDescription) -> bool:
    """Whether the page has all functions of the network: it has none of those of linear classifiers."""
    on_page = all(LAYERS[layer.class_name].on_page for layer in description.layers)
    decides = any(layer.activation in DECISIONS for layer in description.layers)
    return on_page and not decides and not str((description.loss or {}).get("name")).startswith(PREFIX)


def multiplications(layer: LayerDescription) -> int:
    """About how many multiplications a layer takes per sample."""
    values = forward.values_a_sample(layer)
    kernels = [weight.shape for weight in layer.weights if weight.name == "kernel"]
    return sum(values * shape[0] for shape in kernels) or values


def network_data(recording: Recording, epochs: Array, packing: Packing) -> dict[str, Any]:
    """NetworkData: the layers with their weights at these epochs."""
    paths = [path for path, _ in recording.description.weight_paths]
    weights = dict(zip(paths, _weights(recording, epochs), strict=True))
    loss = recording.description.loss
    return {
        "layers": [_layer_data(layer, weights, packing) for layer in recording.description.layers],
        "loss": None
        if loss is None
        else {name: loss[name] for name in LOSS_ARGUMENTS if loss.get(name) is not None},
    }


def _weights(recording: Recording, epochs: Array) -> list[Array]:
    """Each weight at these epochs: (s, …) each."""
    positions = np.searchsorted(recording.epochs, epochs).tolist()
    blocks = [weights for _, _, weights in recording.blocks(positions, size=len(positions))]
    return [np.concatenate(parts) for parts in zip(*blocks, strict=True)]


def _layer_data(layer: LayerDescription, weights: dict[str, Array], packing: Packing) -> dict[str, Any]:
    return {
        "name": layer.name,
        "class_name": layer.class_name,
        "units": layer.units,
        "activation": layer.activation,
        "config": dict(layer.config),
        "weights": {
            weight.name: packing.add(weights[f"{layer.name}/{weight.name}"], "float32")
            for weight in layer.weights
        },
    }
