"""Page data of a run as quantised arrays of its network's answers: points, regions, grid lines, losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.network.activations import DECISIONS
from replay.network.description import LayerDescription
from replay.player.payload.answers import RunAnswers
from replay.player.payload.packing import Packing, Ref
from replay.player.payload.spaces import Space
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import BINARY, MULTICLASS, REGRESSION, ByClass
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
    leads over that of the next class: boundaries are straight in it. Where the network goes on with one
    linear layer, `scores` (s, n_classes, 3) are in their place: the logit of a class at (x, y) is
    x·scores[0] + y·scores[1] + scores[2]. Any may be None.
    """

    lines: Array | None = None
    likeliest: Array | None = None
    highest: Array | None = None
    lead: Array | None = None
    scores: Array | None = None

    @classmethod
    def empty(cls, n_snapshots: int, lines: bool, regions: bool, n_scores: int = 0) -> PlaneMoments:
        """Empty arrays to fill in: those of regions, or scores of `n_scores` classes."""
        square = (n_snapshots, MESH, MESH)
        return cls(
            np.empty((n_snapshots, 2, LINES, POINTS, 2), np.float32) if lines else None,
            np.empty(square, np.uint16) if regions else None,
            np.empty(square, np.float32) if regions else None,
            np.empty(square, np.float32) if regions else None,
            np.zeros((n_snapshots, n_scores, 3), np.float32) if n_scores else None,
        )

    def part(self, rows: Array) -> PlaneMoments:
        """The part at the snapshots `rows`."""
        parts = (self.lines, self.likeliest, self.highest, self.lead, self.scores)
        return PlaneMoments(*(None if values is None else values[rows] for values in parts))

    def decide(self, row: int, answers: ByClass) -> None:
        """Fill in the regions of a snapshot of a linear classifier, whose decisions are its scores.

        Its answers may be hard, so that no probability leads by more than another.
        """
        self.divide(row, answers.probabilities)
        assert self.likeliest is not None and self.lead is not None
        self.likeliest[row] = answers.scores.argmax(axis=-1).reshape(MESH, MESH)
        second, highest = np.partition(answers.scores, -2, axis=-1)[:, -2:].T
        self.lead[row] = (highest - second).reshape(MESH, MESH)

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
    region, output = input_region(evaluation, input_limits), evaluation.recording.description.output
    decides = output is not None and output.activation in DECISIONS
    own = PlaneMoments.empty(len(epochs), False, True) if region is not None and classes else None
    planes = []
    for space in spaces:
        whole = classes and _is_whole(evaluation, space)
        linear = whole and _linear_head(evaluation, space.layer) is not None
        n_scores = evaluation.task.n_classes if linear else 0
        planes.append(PlaneMoments.empty(len(epochs), flat_inputs, whole and not linear, n_scores))
    for row, epoch in enumerate(epochs):
        moment = evaluation.at(float(epoch))
        if own is not None and region is not None:
            answers = moment.answers_of(mesh(region, MESH))
            own.decide(row, answers) if decides else own.divide(row, answers.probabilities)
        for space, plane, around in zip(spaces, planes, limits, strict=True):
            if plane.lines is not None and input_limits is not None:
                plane.lines[row] = _lines(moment, space, input_limits)
            if plane.scores is not None:
                plane.scores[row] = _scores(evaluation, float(epoch), space)
            if plane.likeliest is not None:
                points = space.projection.lift(mesh(region_limits(around[row]), MESH))
                plane.divide(row, moment.answers_of(points, start_after=space.layer).probabilities)
    return own, planes


def input_region(evaluation: Evaluation, input_limits: Limits | None) -> Limits | None:
    """Where in the plane of the inputs there are answers to show; None where there is no plane, or none."""
    if input_limits is None or not evaluation.has_answers_alone:
        return None if input_limits is None else region_limits(input_limits)
    return None if evaluation.mesh is None else Limits(*evaluation.mesh.limits)


def region_limits(limits: Limits) -> Limits:
    """What a plane of any shape may show: the page widens one side, so that both have one scale."""
    if not have_one_scale(limits):
        return limits
    narrow, flat_one = (of_shape(limits, aspect) for aspect in SHAPES)
    return Limits(flat_one.x, narrow.y)


def _is_whole(evaluation: Evaluation, space: Space) -> bool:
    """Whether the layers after this one can be evaluated at each point of the plane."""
    return space.n_units == 2 and evaluation.starts_after(space.layer)


def _linear_head(evaluation: Evaluation, layer: str) -> LayerDescription | None:
    """The one layer after this one, if its z are the logits of the classes; else None."""
    task, layers = evaluation.task, evaluation.recording.description.layers
    names = [each.name for each in layers]
    after = layers[names.index(layer) + 1 :]
    if len(after) != 1 or after[0].class_name != "Dense":
        return None
    (head,) = after
    squashes = {BINARY: "sigmoid", MULTICLASS: "softmax"}[task.kind]
    gives_logits = task.from_logits and head.activation in (None, "linear")
    one_each = head.units == (1 if task.kind == BINARY else task.n_classes)
    plain = {weight.name for weight in head.weights} in ({"kernel"}, {"kernel", "bias"})
    return head if plain and one_each and (gives_logits or head.activation == squashes) else None


def _scores(evaluation: Evaluation, epoch: float, space: Space) -> Array:
    """The logits of the classes as maps of the plane: (n_classes, 3), 0 for class 0 of two."""
    head = _linear_head(evaluation, space.layer)
    assert head is not None
    recording = evaluation.recording
    paths = [path for path, _ in recording.description.weight_paths]
    weights = dict(zip(paths, recording.weights_at(epoch), strict=True))
    corners = space.projection.lift(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]))
    with np.errstate(all="ignore"):  # the network may have diverged
        logits = corners @ weights[f"{head.name}/kernel"][0].astype(np.float64)
        if f"{head.name}/bias" in weights:
            logits = logits + weights[f"{head.name}/bias"][0]
        maps = np.stack([logits[1] - logits[0], logits[2] - logits[0], logits[0]], axis=-1)
    return np.vstack([np.zeros(3), maps]) if evaluation.task.kind == BINARY else maps


def _lines(moment: Moment, space: Space, input_limits: Limits) -> Array:
    lines = grid_lines(input_limits, LINES, POINTS)
    seen = flat(moment.evaluate(lines.reshape(-1, 2), space.layer)[None])
    return space.projection.of(seen)[0].reshape(lines.shape)


def arrays_data(
    answers: RunAnswers,
    spaces: Sequence[Space],
    limits: Sequence[Sequence[Limits]],
    inputs: PlaneMoments | None,
    input_region: Limits | None,
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
                "regions": _regions(plane, [region_limits(each) for each in around], packing),
                "scores": None if plane.scores is None else packing.add(plane.scores, "float32"),
            }
            for space, points, plane, around in zip(spaces, answers.points, planes, limits, strict=True)
        ],
        "input_regions": None
        if inputs is None or input_region is None
        else _regions(inputs, [input_region] * len(answers.epochs), packing),
        **_answered(answers, packing),
    }


def answers_data(answers: RunAnswers, packing: Packing) -> dict[str, Any]:
    """HeldOutArrays: what is answered for held-out samples, and where they are in each plane."""
    return {
        "points": [_points(points, packing) for points in answers.points],
        **_answered(answers, packing),
    }


def _answered(answers: RunAnswers, packing: Packing) -> dict[str, Ref | None]:
    return {
        "probabilities": None
        if answers.probabilities is None
        else packing.add_quantised(answers.probabilities, 0, 1),
        "predicted": None
        if answers.predicted is None
        else packing.add(answers.predicted, answers.predicted.dtype.name),
        "losses": None if answers.losses is None else _losses(answers.losses, packing),
        "outputs": None if answers.outputs is None else _points(answers.outputs, packing),
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
    """The regions of a plane, on meshes over `limits`."""
    if plane.likeliest is None or plane.highest is None or plane.lead is None:
        return None
    return {
        "limits": packing.add(np.array(limits), "float32"),
        "likeliest": packing.add(plane.likeliest, "uint8" if plane.likeliest.max() < 256 else "uint16"),
        "highest": packing.add_quantised(plane.highest, 0, 1, "uint8"),
        "lead": packing.add_quantised(plane.lead, *LEADS, "uint8", log=True),
    }


def _losses(losses: Array, packing: Packing) -> Ref:
    low, high = _ends(*finite_range(losses.reshape(-1, 1)))
    if low < 0:
        return packing.add_quantised(losses, low, high)
    return packing.add_quantised(losses, max(low, SMALLEST), max(high, SMALLEST), log=True)
