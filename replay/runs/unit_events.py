"""What becomes of units: they die, squash, cross the data with their line, or become alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np

from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import begun_for_good, for_good, looked_at
from replay.runs.milestone import Milestone
from replay.runs.unit_states import DEAD, UnitStates, unit_states
from replay.types import Array

SINGLE_UNITS = 3  # up to this many units of a layer get their own milestones; more are counted
WIDEST = 32  # units: of wider layers, neither lines nor twins are looked for
ALIKE = 0.999  # correlation of two units, up to sign
ENOUGH = 10  # samples: among fewer, units are alike by chance


def unit_milestones(evaluation: Evaluation, end: float) -> list[Milestone]:
    """The milestones of units. Those that are lost begin before epoch `end`; NumPy must tell the others."""
    found = _lost(evaluation, end)
    if evaluation.in_numpy and evaluation.recording.input_shape is not None:
        found += _lines(evaluation) + _twins(evaluation)
    return found


def last_acting(evaluation: Evaluation) -> str | None:
    """The layer that gives the answers: the last one with an activation, or the output layer."""
    description = evaluation.recording.description
    output = description.output
    if output is not None and output.activation is None and description.chain:
        acting = [layer.name for layer in description.layers if layer.activation is not None]
        return acting[-1] if acting else output.name
    return None if output is None else output.name


# Dead for good, or squashing for good


def _lost(evaluation: Evaluation, end: float) -> list[Milestone]:
    """Units that are dead or squash in the end. An output that is sure of its answers does not squash."""

    def states(positions: list[int]) -> list[UnitStates]:
        found = unit_states(evaluation, positions=positions)
        return [each for each in found if each.state == DEAD or each.layer != answering]

    answering = last_acting(evaluation)
    layers = states([evaluation.recording.n_snapshots - 1])
    if not any(each.holds.any() for each in layers):
        return []
    epochs, holds = looked_at(
        evaluation, lambda positions: np.concatenate([each.holds for each in states(positions)], axis=1)
    )
    ends = np.cumsum([each.holds.shape[1] for each in layers])
    told = [
        replace(each, holds=of_layer)
        for each, of_layer in zip(layers, np.split(holds, ends[:-1], axis=1), strict=True)
    ]
    found = [milestone for each in told for milestone in _of_layer(each, epochs, end)]
    return found + (_collapse(told, epochs) if evaluation.in_numpy else [])


def _of_layer(states: UnitStates, epochs: Array, end: float) -> list[Milestone]:
    """One for each unit or, if there are many, for the first, for half of the layer, and for the last."""
    since = {
        unit: epoch
        for unit, holds in enumerate(states.holds.T, start=1)
        if (epoch := for_good(holds, epochs)) is not None and epoch < end
    }
    kind = f"{states.state}_unit"
    does = "is dead" if states.state == DEAD else "squashes most samples"
    if len(since) <= SINGLE_UNITS:
        return [
            Milestone(epoch, kind, f"unit {unit} of “{states.layer}” {does}") for unit, epoch in since.items()
        ]
    n_units, began = states.holds.shape[1], np.sort(list(since.values()))
    half = (n_units - 1) // 2  # the unit that completes half of the layer
    moments = {began[0], began[-1], *began[half : half + 1]}
    counts = {float(epoch): int((began <= epoch).sum()) for epoch in sorted(moments)}
    return [Milestone(epoch, kind, _count_words(count, n_units, states)) for epoch, count in counts.items()]


def _count_words(count: int, n_units: int, states: UnitStates) -> str:
    """How many units are lost for good: others may be, for a while."""
    verb = "stays" if count == 1 else "stay"
    dead = states.state == DEAD
    return f"{count} of {n_units} units of “{states.layer}” {verb} {'dead' if dead else 'in their flat part'}"


def _collapse(layers: list[UnitStates], epochs: Array) -> list[Milestone]:
    """The first layer of a chain whose units are all dead: nothing gets through it."""
    since = {
        each.layer: epoch
        for each in layers
        if each.state == DEAD and (epoch := for_good(np.all(each.holds, axis=1), epochs)) is not None
    }
    if not since:
        return []
    layer = min(since, key=since.__getitem__)
    return [Milestone(since[layer], "collapsed", f"“{layer}” is dead, so every sample gets the same answer")]


# Lines that enter the data


def _lines(evaluation: Evaluation) -> list[Milestone]:
    """Of 2-D inputs: units of the first layer whose line z = 0 got between the samples, three at most."""
    recording = evaluation.recording
    layer = recording.description.layers[0] if recording.description.layers else None
    if layer is None or recording.input_shape != (2,) or not _has_lines(evaluation, layer):
        return []

    def crossing(positions: list[int]) -> Array:
        size = evaluation.block_size(len(evaluation.inputs))
        blocks = []
        for _, _, weights in recording.blocks(positions, size):
            z = evaluation.network.evaluate(evaluation.inputs, weights, layer.name, before_activation=True)
            blocks.append((z.min(axis=1) < 0) & (z.max(axis=1) > 0))
        return np.concatenate(blocks)

    if not crossing([recording.n_snapshots - 1]).any():
        return []
    epochs, holds = looked_at(evaluation, crossing)
    since = {
        unit: epoch
        for unit, each in enumerate(holds.T, start=1)
        if (epoch := begun_for_good(each, epochs)) is not None
    }
    first = sorted(since, key=since.__getitem__)[:SINGLE_UNITS]
    return [
        Milestone(
            since[unit], "unit_line_enters", f"the line of unit {unit} of “{layer.name}” crosses the data"
        )
        for unit in first
    ]


def _has_lines(evaluation: Evaluation, layer: LayerDescription) -> bool:
    small = 0 < (layer.units or 0) <= WIDEST
    return (
        small
        and layer.class_name == "Dense"
        and layer.name in evaluation.within_reach
        and layer.name != last_acting(evaluation)
    )


# Units that become alike


def _twins(evaluation: Evaluation) -> list[Milestone]:
    """Units of a hidden layer whose activations came to be those of another one, up to scale and sign."""
    if len(evaluation.inputs) < ENOUGH:
        return []
    last = [evaluation.recording.n_snapshots - 1]
    found: list[Milestone] = []
    for layer in _small_layers(evaluation):
        n_units = evaluation.shapes[layer][0]
        every = list(combinations(range(n_units), 2))
        alike = _alike(evaluation, layer, every, last)[0]
        pairs = [pair for pair, is_alike in zip(every, alike, strict=True) if is_alike]
        if pairs:
            found += _paired(evaluation, layer, pairs)
    return found


def _small_layers(evaluation: Evaluation) -> Iterator[str]:
    answering = last_acting(evaluation)
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
    first = sorted(since, key=since.__getitem__)[:SINGLE_UNITS]
    return [
        Milestone(
            since[one, other],
            "twin_units",
            f"units {one + 1} and {other + 1} of “{layer}” carry the same signal",
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
            blocks.append(_correlated(activations.astype(float), pairs))
    return np.concatenate(blocks)


def _correlated(activations: Array, pairs: list[tuple[int, int]]) -> Array:
    """Whether |r| of these pairs is above ALIKE. Units that hardly vary are like no other."""
    largest = np.abs(activations).max(axis=1, initial=0)
    centred = activations - activations.mean(axis=1, keepdims=True)
    products = centred.transpose(0, 2, 1) @ centred
    scale = np.sqrt(np.diagonal(products, axis1=1, axis2=2))  # (n_snapshots, units)
    varies = scale > 1e-4 * largest * np.sqrt(activations.shape[1])
    one, other = np.array(pairs).T
    close = np.abs(products[:, one, other]) > ALIKE * scale[:, one] * scale[:, other]
    alike: Array = close & varies[:, one] & varies[:, other]
    return alike
