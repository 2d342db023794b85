"""When two units become alike: their activations are the same, up to scale, shift and sign."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np

from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import begun_for_good, looked_at
from replay.runs.layer_values import answering_layer
from replay.runs.milestone import Milestone
from replay.types import Array

WIDEST = 32  # units
MOST_LAYERS = 20  # each is evaluated from the inputs on
ALIKE = 0.999  # correlation of two units, up to sign
ENOUGH = 10  # samples: among fewer, units are alike by chance
MOST_TOLD = 3


def twin_units(evaluation: Evaluation) -> list[Milestone]:
    """When two units of a hidden layer became alike for good; three pairs of a layer at most.

    None in layers of more than 32 units, in networks of more than 20 such layers or among fewer than 10
    samples, or if NumPy does not evaluate the network.
    """
    if not evaluation.in_numpy or evaluation.recording.n_samples < ENOUGH:
        return []
    layers = list(_small_layers(evaluation))
    if len(layers) > MOST_LAYERS:
        return []
    last = [evaluation.recording.n_snapshots - 1]
    found: list[Milestone] = []
    for layer in layers:
        n_units = evaluation.shapes[layer][0]
        every = list(combinations(range(n_units), 2))
        alike = _alike(evaluation, layer, every, last)[0]
        pairs = [pair for pair, is_alike in zip(every, alike, strict=True) if is_alike]
        if pairs:
            found += _paired(evaluation, layer, pairs)
    return found


def _small_layers(evaluation: Evaluation) -> Iterator[str]:
    answering = answering_layer(evaluation.recording.description)
    for layer in evaluation.recording.description.layers:
        is_hidden = layer.name in evaluation.within_reach and layer.name != answering
        if is_hidden and layer.activation not in (None, "linear"):
            shape = evaluation.shapes[layer.name]
            if len(shape) == 1 and 1 < shape[0] <= WIDEST:
                yield layer.name


def _paired(evaluation: Evaluation, layer: str, pairs: list[tuple[int, int]]) -> list[Milestone]:
    """One for each pair, three at most, of those that were not alike from the start."""
    epochs, holds = looked_at(evaluation, lambda positions: _alike(evaluation, layer, pairs, positions))
    since = {
        pair: epoch
        for pair, each in zip(pairs, holds.T, strict=True)
        if (epoch := begun_for_good(each, epochs)) is not None
    }
    first = sorted(since, key=since.__getitem__)[:MOST_TOLD]
    return [
        Milestone(
            since[one, other],
            "twin_units",
            Message(
                "units {one} and {other} of “{layer}” carry the same signal",
                {"one": one + 1, "other": other + 1, "layer": layer},
            ),
        )
        for one, other in first
    ]


def _alike(evaluation: Evaluation, layer: str, pairs: list[tuple[int, int]], positions: list[int]) -> Array:
    """Whether the activations of these pairs of units are alike: (n_snapshots, n_pairs) of bool."""
    size = evaluation.block_size(2 * len(evaluation.inputs))
    blocks = []
    for _, _, weights in evaluation.recording.blocks(positions, size):
        activations = evaluation.network.evaluate(evaluation.inputs, weights, layer)
        with np.errstate(all="ignore"):  # weights may not be finite
            blocks.append(are_alike(activations.astype(float), pairs))
    return np.concatenate(blocks)


def are_alike(activations: Array, pairs: list[tuple[int, int]]) -> Array:
    """Whether pairs of units are alike, up to scale and sign: (n_snapshots, n_pairs) of bool.

    `activations` (n_snapshots, n_samples, units); |r| must be above ALIKE. Units that hardly vary are like no
    other.
    """
    largest = np.abs(activations).max(axis=1, initial=0)
    centred = activations - activations.mean(axis=1, keepdims=True)
    products = centred.transpose(0, 2, 1) @ centred
    scale = np.sqrt(np.diagonal(products, axis1=1, axis2=2))  # (n_snapshots, units)
    varies = scale > 1e-4 * largest * np.sqrt(activations.shape[1])
    one, other = np.array(pairs).T
    close = np.abs(products[:, one, other]) > ALIKE * scale[:, one] * scale[:, other]
    alike: Array = close & varies[:, one] & varies[:, other]
    return alike
