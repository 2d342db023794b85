"""Dead units (ReLU family) and saturated units (sigmoid, tanh), by snapshot: they hardly learn any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Network
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import layer_values, rank, samples_at_once
from replay.types import Array

DEAD, SATURATED = "dead", "saturated"
# |z| above which f′ < 0.007 (sigmoid), < 0.01 (tanh), and exactly 0 (the hard ones).
SATURATED_BEYOND: Mapping[str, float] = {"sigmoid": 5.0, "tanh": 3.0, "hard_sigmoid": 3.0, "hard_tanh": 1.0}


@dataclass(frozen=True)
class UnitStates:
    """Which units of `layer` are in `state`, dead or saturated, at each snapshot.

    `holds` is (n_snapshots, units) of bool.
    """

    layer: str
    state: str
    holds: Array


@dataclass(frozen=True)
class Condition:
    """When units of `layer` are dead (z ≤ `bound` in all cases) or saturated (|z| > `bound` in most)."""

    layer: str
    state: str
    bound: float

    def counts(self, z: Array) -> Array:
        """In how many cases of z (n_snapshots, …, units) each unit meets the condition: (n_snapshots, units).

        NaN never meets it.
        """
        met = z <= self.bound if self.state == DEAD else np.abs(z) > self.bound
        return met.reshape(len(z), -1, z.shape[-1]).sum(axis=1)

    def holds(self, counts: Array, n_cases: int) -> Array:
        """Whether these counts out of `n_cases` make a unit dead or saturated; bool, shaped like `counts`."""
        return counts == n_cases if self.state == DEAD else counts * 2 > n_cases


def unit_states(
    evaluation: Evaluation, feature_maps: bool = False, positions: list[int] | None = None
) -> list[UnitStates]:
    """The states of all units that can be dead or saturated, layer by layer.

    A unit of the ReLU family is dead if z ≤ 0 (or ≤ its threshold), so that its activation is 0, for every
    recorded sample. A unit is saturated if |z| > 5 (sigmoid), > 3 (tanh, hard sigmoid) or > 1 (hard tanh) for
    more than half of them. Leaky units never die, nor do ELU, SELU, GELU and similar ones: below 0 they have
    a slope, however small.

    With `feature_maps`, the channels of a convolution, or of any layer that gives more than a vector for a
    sample, are units too; each position of each sample is then a case. Without it, such layers are left out.
    Layers whose z cannot be computed are always left out. `positions` selects snapshots, by default all.
    """
    conditions = _conditions(evaluation, feature_maps)
    if not conditions:
        return []
    recording = evaluation.recording
    positions = list(range(recording.n_snapshots)) if positions is None else positions
    size = evaluation.block_size(len(evaluation.inputs)) if evaluation.in_numpy else 1
    states = [
        _over_snapshots(evaluation, conditions, weights)
        for _, _, weights in recording.blocks(positions, size)
    ]
    return [
        UnitStates(condition.layer, condition.state, np.concatenate(holds))
        for condition, holds in zip(conditions, zip(*states, strict=True), strict=True)
    ]


def _over_snapshots(evaluation: Evaluation, conditions: list[Condition], weights: list[Array]) -> list[Array]:
    """For each condition, which units meet it with these weights (n_snapshots, …): (n_snapshots, units)."""
    by_layer = {condition.layer: condition for condition in conditions}
    counts: dict[str, Array] = {}
    n_cases = dict.fromkeys(by_layer, 0)
    for name, z in _pre_activations(evaluation, list(by_layer), weights):
        counts[name] = counts.get(name, 0) + by_layer[name].counts(z)
        n_cases[name] += z[0].size // z.shape[-1]
    return [by_layer[name].holds(counts[name], n_cases[name]) for name in by_layer]


def _pre_activations(
    evaluation: Evaluation, names: list[str], weights: list[Array]
) -> Iterator[tuple[str, Array]]:
    """Z of these layers, (n_snapshots, n, …), for one batch of samples at a time."""
    network = evaluation.network
    if not isinstance(network, Network):  # Keras evaluates one snapshot at a time
        for name, _, z in layer_values(evaluation, names, weights, evaluation.inputs, True):
            yield name, z[None]
        return
    size = samples_at_once(evaluation)
    for start in range(0, max(len(evaluation.inputs), 1), size):
        yield from network.pre_activations(evaluation.inputs[start : start + size], weights, names)


def _conditions(evaluation: Evaluation, feature_maps: bool) -> list[Condition]:
    """The conditions of all layers that have one and whose z can be computed."""
    found = []
    for layer in evaluation.recording.description.layers:
        condition = condition_of(layer)
        axes = None if condition is None else rank(evaluation, layer, before_activation=True)
        if condition is not None and axes is not None and (axes == 1 or (feature_maps and axes > 1)):
            found.append(condition)
    return found


def condition_of(layer: LayerDescription) -> Condition | None:
    """The condition for this layer's units; None if they can be neither dead nor saturated."""
    dead_up_to = _dead_up_to(layer)
    if dead_up_to is not None:
        return Condition(layer.name, DEAD, dead_up_to)
    beyond = SATURATED_BEYOND.get(layer.activation or "linear")
    return None if beyond is None else Condition(layer.name, SATURATED, beyond)


def _dead_up_to(layer: LayerDescription) -> float | None:
    """The z up to which f(z) = 0; None if there is none."""
    if layer.activation == "relu6":
        return 0.0
    arguments = layer.config.get("activation_arguments", {})
    if layer.activation != "relu" or arguments.get("negative_slope"):
        return None
    return float(arguments.get("threshold", 0.0))
