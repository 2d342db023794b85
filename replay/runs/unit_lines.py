"""When the line of a unit enters the data: z = 0 gets between the samples."""

from __future__ import annotations

import numpy as np

from replay.language.message import Message
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.runs.lasting import begun_for_good, looked_at
from replay.runs.layer_values import answering_layer
from replay.runs.milestone import Milestone
from replay.types import Array

WIDEST = 4  # units: of more, the line of one is no news
MOST_TOLD = 3


def unit_lines(evaluation: Evaluation) -> list[Milestone]:
    """When lines entered the data for good, of the first layer over two inputs; three at most.

    None if it has more than 4 units, or NumPy does not evaluate the network.
    """
    recording = evaluation.recording
    layer = recording.description.layers[0] if recording.description.layers else None
    if layer is None or recording.input_shape != (2,) or not _has_lines(evaluation, layer):
        return []
    corners = _corners(evaluation.inputs)

    def crossing(positions: list[int]) -> Array:
        blocks = []
        for _, _, weights in recording.blocks(positions, evaluation.block_size(len(corners))):
            z = evaluation.network.evaluate(corners, weights, layer.name, before_activation=True)
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
    first = sorted(since, key=since.__getitem__)[:MOST_TOLD]
    return [
        Milestone(
            since[unit],
            "unit_line_enters",
            Message(
                "the line of unit {unit} of “{layer}” crosses the data", {"unit": unit, "layer": layer.name}
            ),
        )
        for unit in first
    ]


def _has_lines(evaluation: Evaluation, layer: LayerDescription) -> bool:
    small = 0 < (layer.units or 0) <= WIDEST
    return (
        small
        and layer.class_name == "Dense"
        and layer.name in evaluation.within_reach
        and layer.name != answering_layer(evaluation.recording.description)
        and bool(np.isfinite(evaluation.inputs).all())
    )


def _corners(points: Array) -> Array:
    """The corners of the convex hull of points (n, 2): a line crosses the points where it crosses the hull.

    Andrew's chain: from left to right below, and back above, without the points at which it turns right.
    """
    ordered = sorted(set(map(tuple, points.tolist())))
    chains: list[tuple[float, float]] = []
    for way in (ordered, ordered[::-1]):
        chain: list[tuple[float, float]] = []
        for x, y in way:
            while len(chain) > 1 and _turns_right(chain[-2], chain[-1], (x, y)):
                chain.pop()
            chain.append((x, y))
        chains += chain
    return np.array(chains, points.dtype)


def _turns_right(one: tuple[float, float], other: tuple[float, float], next_one: tuple[float, float]) -> bool:
    (x, y), (there_x, there_y), (next_x, next_y) = one, other, next_one
    return (there_x - x) * (next_y - y) - (there_y - y) * (next_x - x) <= 0
