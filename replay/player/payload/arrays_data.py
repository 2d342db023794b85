"""Page data of a run as quantised arrays of its network's answers: points, regions, grid lines, losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.player.payload.answers import RunAnswers
from replay.player.payload.packing import Packing, Ref
from replay.player.payload.spaces import Space
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.loss_histogram import SMALLEST
from replay.views.shared.geometry import (
    Limits,
    finite_range,
    grid_lines,
    have_one_scale,
    mesh,
    of_shape,
)
from replay.views.shared.projection import flat

MESH = 64  # points per side
SHAPES = (4 / 5, 3 / 2)  # width by height of the page's planes, the narrowest and the flattest
TINY = np.finfo(np.float32).tiny  # 0 has no logarithm
LEADS = 1e-3, 100.0  # of logarithms of probabilities, in steps of equal ratio
LINES, POINTS = 15, 61
BEYOND = 1.0  # lines continue this far beyond their plane, in widths of it


@dataclass(frozen=True)
class PlaneMoments:
    """What a plane shows besides the samples, at s snapshots.

    `lines` (s, 2, LINES, POINTS, 2) are the input's grid lines; `likeliest`, `highest` and `lead`
    (s, MESH, MESH) are the most likely class of each point, its probability, and by how much its logarithm
    leads over that of the next class: boundaries are straight in it. Any may be None.
    """

    lines: Array | None = None
    likeliest: Array | None = None
    highest: Array | None = None
    lead: Array | None = None

    @classmethod
    def empty(cls, n_snapshots: int, lines: bool, regions: bool) -> PlaneMoments:
        """Empty arrays to fill in."""
        square = (n_snapshots, MESH, MESH)
        return cls(
            np.empty((n_snapshots, 2, LINES, POINTS, 2), np.float32) if lines else None,
            np.empty(square, np.uint16) if regions else None,
            np.empty(square, np.float32) if regions else None,
            np.empty(square, np.float32) if regions else None,
        )

    def part(self, rows: Array) -> PlaneMoments:
        """The part at the snapshots `rows`."""
        parts = (self.lines, self.likeliest, self.highest, self.lead)
        return PlaneMoments(*(None if values is None else values[rows] for values in parts))

    def divide(self, row: int, by_class: Array) -> None:
        """Fill in the regions of a snapshot from its probabilities (MESH², n_classes)."""
        assert self.likeliest is not None and self.highest is not None and self.lead is not None
        self.likeliest[row] = by_class.argmax(axis=-1).reshape(MESH, MESH)
        second, highest = np.partition(by_class, -2, axis=-1)[:, -2:].T
        self.highest[row] = highest.reshape(MESH, MESH)
        logs = np.log(np.maximum((highest, second), TINY))
        self.lead[row] = (logs[0] - logs[1]).reshape(MESH, MESH)


def run_planes(
    evaluation: Evaluation,
    epochs: Array,
    spaces: Sequence[Space],
    limits: Sequence[Sequence[Limits]],
    input_limits: Limits | None,
) -> tuple[PlaneMoments | None, list[PlaneMoments]]:
    """The plane of the inputs, or None, and the planes of the spaces with these `limits` at each snapshot."""
    classes = evaluation.task.kind != REGRESSION
    flat_inputs = input_limits is not None
    own = PlaneMoments.empty(len(epochs), False, True) if flat_inputs and classes else None
    planes = [
        PlaneMoments.empty(len(epochs), flat_inputs, classes and _is_whole(evaluation, space))
        for space in spaces
    ]
    for row, epoch in enumerate(epochs):
        moment = evaluation.at(float(epoch))
        if own is not None and input_limits is not None:
            own.divide(row, moment.probabilities_of(mesh(region_limits(input_limits), MESH)))
        for space, plane, around in zip(spaces, planes, limits, strict=True):
            if plane.lines is not None and input_limits is not None:
                plane.lines[row] = _lines(moment, space, input_limits)
            if plane.likeliest is not None:
                points = space.projection.lift(mesh(region_limits(around[row]), MESH))
                plane.divide(row, moment.probabilities_of(points, start_after=space.layer))
    return own, planes


def region_limits(limits: Limits) -> Limits:
    """What a plane of any shape may show: the page widens one side, so that both have one scale."""
    if not have_one_scale(limits):
        return limits
    narrow, flat_one = (of_shape(limits, aspect) for aspect in SHAPES)
    return Limits(flat_one.x, narrow.y)


def _is_whole(evaluation: Evaluation, space: Space) -> bool:
    """Whether the layers after this one can be evaluated at each point of the plane."""
    return space.n_units == 2 and evaluation.recording.description.chain


def _lines(moment: Moment, space: Space, input_limits: Limits) -> Array:
    lines = grid_lines(input_limits, LINES, POINTS)
    seen = flat(moment.evaluate(lines.reshape(-1, 2), space.layer)[None])
    return space.projection.of(seen)[0].reshape(lines.shape)


def arrays_data(
    answers: RunAnswers,
    spaces: Sequence[Space],
    limits: Sequence[Sequence[Limits]],
    inputs: PlaneMoments | None,
    input_limits: Limits | None,
    planes: Sequence[PlaneMoments],
    packing: Packing,
) -> dict[str, Any]:
    """ArraysData: `answers` and planes at the same snapshots, quantised."""
    return {
        "planes": [
            {
                "layer": space.layer,
                "units": space.units,
                "points": _points(points, packing),
                "lines": None if plane.lines is None else _clipped_lines(plane.lines, around[-1], packing),
                "regions": _regions(plane, around, packing),
            }
            for space, points, plane, around in zip(spaces, answers.points, planes, limits, strict=True)
        ],
        "input_regions": None
        if inputs is None or input_limits is None
        else _regions(inputs, [input_limits] * len(answers.epochs), packing),
        "probabilities": None
        if answers.probabilities is None
        else packing.add_quantised(answers.probabilities, 0, 1),
        "predicted": None
        if answers.predicted is None
        else packing.add(answers.predicted, answers.predicted.dtype.name),
        "losses": None if answers.losses is None else _losses(answers.losses, packing),
    }


def _points(points: Array, packing: Packing) -> Ref:
    low, high = finite_range(points.reshape(-1, 1))
    return packing.add_quantised(points, *_ends(low, high))


def _ends(low: Array, high: Array) -> tuple[float, float]:
    """The range of all values; (0, 1) if none is finite."""
    return (float(low.min()), float(high.max())) if np.isfinite(low).any() else (0.0, 1.0)


def _clipped_lines(lines: Array, limits: Limits, packing: Packing) -> Ref:
    """Pack the lines, clipped at a distance from the plane, so that enough steps fall within the plane."""
    low, high = np.transpose(limits)
    margin = BEYOND * (high - low).max()
    return packing.add_quantised(lines, float(low.min() - margin), float(high.max() + margin))


def _regions(plane: PlaneMoments, limits: Sequence[Limits], packing: Packing) -> dict[str, Any] | None:
    if plane.likeliest is None or plane.highest is None or plane.lead is None:
        return None
    return {
        "limits": packing.add(np.array([region_limits(each) for each in limits]), "float32"),
        "likeliest": packing.add(plane.likeliest, "uint8" if plane.likeliest.max() < 256 else "uint16"),
        "highest": packing.add_quantised(plane.highest, 0, 1, "uint8"),
        "lead": packing.add_quantised(plane.lead, *LEADS, "uint8", log=True),
    }


def _losses(losses: Array, packing: Packing) -> Ref:
    low, high = _ends(*finite_range(losses.reshape(-1, 1)))
    return packing.add_quantised(losses, max(low, SMALLEST), max(high, SMALLEST), log=True)
