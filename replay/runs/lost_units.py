"""When units are lost: they are dead, or squash most samples into their flat part, to the end."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import for_good, looked_at
from replay.runs.layer_values import answering_layer
from replay.runs.milestone import Milestone
from replay.runs.unit_states import DEAD, UnitStates, unit_states
from replay.types import Array

NARROW = 4  # units of a layer that get their own milestones; in wider layers they are counted
NEWS = 0.25  # the share of a wider layer from which on the loss of units is told


def lost_units(evaluation: Evaluation, end: float) -> list[Milestone]:
    """When units died or squash for good, before epoch `end`, and when a whole layer died.

    An output that is sure of its answers does not squash.
    """

    def states(positions: list[int]) -> list[UnitStates]:
        found = unit_states(evaluation, positions=positions)
        return [each for each in found if each.state == DEAD or each.layer != answering]

    answering = answering_layer(evaluation.recording.description)
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
    only = [each for each in told if evaluation.in_numpy and evaluation.starts_after(each.layer)]
    return found + _collapse(only, epochs)


def _of_layer(states: UnitStates, epochs: Array, end: float) -> list[Milestone]:
    """One for each unit of a narrow layer; of a wider one, for a quarter of it, half, and the last."""
    since = {
        unit: epoch
        for unit, holds in enumerate(states.holds.T, start=1)
        if (epoch := for_good(holds, epochs)) is not None and epoch < end
    }
    kind = f"{states.state}_unit"
    n_units = states.holds.shape[1]
    if n_units <= NARROW:
        return [Milestone(epoch, kind, _lost_words(unit, states)) for unit, epoch in since.items()]
    began = np.sort(list(since.values()))
    quarter, half = (math.ceil(share * n_units) - 1 for share in (NEWS, 0.5))  # the units that complete them
    moments = {*began[quarter : quarter + 1], *began[half : half + 1], *began[-1:]}
    counts = {float(epoch): int((began <= epoch).sum()) for epoch in sorted(moments)}
    return [
        Milestone(epoch, kind, _count_words(count, n_units, states))
        for epoch, count in counts.items()
        if count >= NEWS * n_units
    ]


def _lost_words(unit: int, states: UnitStates) -> Message:
    values = {"unit": unit, "layer": states.layer}
    if states.state == DEAD:
        return Message("unit {unit} of “{layer}” is dead", values)
    return Message("unit {unit} of “{layer}” squashes most samples", values)


def _count_words(count: int, n_units: int, states: UnitStates) -> Message:
    """How many units are lost for good: others may be, for a while."""
    values = {"all": n_units, "layer": states.layer}
    if states.state == DEAD:
        return Message.counted(
            "{number} of {all} units of “{layer}” stays dead",
            "{number} of {all} units of “{layer}” stay dead",
            count,
            values,
        )
    return Message.counted(
        "{number} of {all} units of “{layer}” keeps squashing most samples",
        "{number} of {all} units of “{layer}” keep squashing most samples",
        count,
        values,
    )


def _collapse(layers: list[UnitStates], epochs: Array) -> list[Milestone]:
    """The first of these layers whose units are all dead: nothing gets through it, and nothing around it."""
    since = {
        each.layer: epoch
        for each in layers
        if each.state == DEAD and (epoch := for_good(np.all(each.holds, axis=1), epochs)) is not None
    }
    if not since:
        return []
    layer = min(since, key=since.__getitem__)
    text = Message("“{layer}” is dead, so every sample gets the same answer", {"layer": layer})
    return [Milestone(since[layer], "collapsed", text)]
