"""Units that hardly learn any more: dead ones of the ReLU family, saturated ones of sigmoid and tanh."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.description import LayerDescription
from replay.errors import ViewError
from replay.evaluation import Evaluation

Array = NDArray[Any]
Condition = Callable[[Array], Array]  # pre-activations (n_snapshots, n_samples, units) → (n_snapshots, units)

DEAD, SATURATED = "dead", "saturated"
SATURATED_BEYOND: Mapping[str, float] = {"sigmoid": 5.0, "tanh": 3.0}  # |z|; f′ < 0.007 and < 0.01 there


@dataclass(frozen=True)
class UnitStates:
    """Which units of `layer` are dead or saturated, as `state` says, at each snapshot.

    `holds` is (n_snapshots, units) of bool.
    """

    layer: str
    state: str
    holds: Array


def unit_states(evaluation: Evaluation) -> list[UnitStates]:
    """The states of all units that can be dead or saturated, layer by layer.

    A unit of the ReLU family is dead where z ≤ 0 (or ≤ its threshold), and so its activation 0, for every
    recorded sample; a unit is saturated where |z| > 5 (sigmoid) or |z| > 3 (tanh) for more than half of
    them. Leaky units never die. Layers whose activations are no
    vectors of units (feature maps), and those whose z Keras cannot give, are left out.
    """
    watched = [
        (layer.name, *condition)
        for layer in evaluation.recording.description.layers
        if (condition := _condition(layer)) is not None and _gives_vectors(evaluation, layer)
    ]
    if not watched:
        return []
    recording, inputs = evaluation.recording, evaluation.inputs
    parts: list[list[Array]] = [[] for _ in watched]
    positions = list(range(recording.n_snapshots))
    for start, stop, weights in recording.blocks(positions, evaluation.block_size(len(inputs))):
        for part, (name, _, holds) in zip(parts, watched, strict=True):
            z = evaluation.network.evaluate(inputs, weights, name, before_activation=True)
            # A network without weights answers once for all snapshots.
            part.append(np.broadcast_to(holds(z), (stop - start, z.shape[-1])))
    return [
        UnitStates(name, state, np.concatenate(part))
        for part, (name, state, _) in zip(parts, watched, strict=True)
    ]


def _condition(layer: LayerDescription) -> tuple[str, Condition] | None:
    """The state that units of this layer can be in, and when they are; NaN never is."""
    dead_up_to = _dead_up_to(layer)
    if dead_up_to is not None:
        return DEAD, lambda z: (z <= dead_up_to).all(axis=1)
    beyond = SATURATED_BEYOND.get(layer.activation or "linear")
    if beyond is not None:
        return SATURATED, lambda z: (np.abs(z) > beyond).mean(axis=1) > 0.5
    return None


def _dead_up_to(layer: LayerDescription) -> float | None:
    """The z up to which f(z) = 0, None where there is none."""
    if layer.activation == "relu6":
        return 0.0
    arguments = layer.config.get("activation_arguments", {})
    if layer.activation != "relu" or arguments.get("negative_slope"):
        return None
    return float(arguments.get("threshold", 0.0))


def _gives_vectors(evaluation: Evaluation, layer: LayerDescription) -> bool:
    """Whether the network can give the layer's z, as one vector of units a sample."""
    if layer.shape is None and not evaluation.in_numpy:
        return False  # Keras cannot reach it: the model is subclassed, or uses the layer more than once
    weights = evaluation.recording.weights_at(evaluation.recording.epochs[0])
    try:
        z = evaluation.network.evaluate(evaluation.inputs[:1], weights, layer.name, before_activation=True)
    except ViewError:  # the layer has no single z before its activation, as recurrent ones
        return False
    return z.ndim == 3
