"""What the steps of a network do to the plane of its inputs, at one epoch, mark by mark.

The samples, the lines of a grid and the decision boundary start in the input plane and go through all layers
to the output. A mark counts the steps: at 0 all stand in the input plane, at 1 the first step is done, and
between two marks they are on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.language.message import Message
from replay.network.activation_limits import range_of
from replay.runs.evaluation import Evaluation
from replay.runs.task import REGRESSION, ByClass
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.carried import BAND, Carried
from replay.views.shared.faint import faint
from replay.views.shared.geometry import Limits, finite_range, limits_around, most, of_shape
from replay.views.shared.layer_steps import Part, Step, bends, same
from replay.views.shared.lenses import IN_SPACE, Lens, Tilted, flat
from replay.views.shared.plane_in_box import plane_in_box
from replay.views.shared.regions import MAX_CLASSES, Regions

FADED = 0.1  # the share of a step in which regions fade out, or in: they do not move along
BEYOND = 0.1  # of the picture, by which regions reach beyond each edge: it moves while they fade
WAYPOINTS = 8  # of a turn, at which its room is measured
FAR = 1e6  # where the axes of units are cut off
INPUT = Message("input")


@dataclass(frozen=True)
class MorphFrame:
    """The picture at one mark.

    `limits` of the plane; `points` (n_samples, 2); `correct` (n_samples,) of bool, None for a regression;
    `held_out`, both of the held-out samples, None without any; `lines` (2, n_lines, n_points, 2) of the grid;
    `boundary`, the lines (n, 2) of the decision boundary, carried along; `regions`, the class regions where
    the plane has some, as faint as they are there, with the output's own straight boundary; `walls`, lines
    (n, 2) around all that an activation can reach; `axes`, the lines of the units' axes through zero;
    `divider`, the corners (n, 2) of the plane by which the output divides three units, and its strength.
    """

    mark: float
    limits: Limits
    points: Array
    correct: Array | None
    held_out: tuple[Array, Array | None] | None
    lines: Array
    boundary: list[Array]
    regions: Regions | None
    walls: list[Array]
    axes: list[Array]
    divider: tuple[Array, float]


class Journey:
    """All steps at one epoch, and where everything stands at each mark.

    `parts` are the layers with their weights, `lines` (2, n_lines, n_points, 2) those of a grid over the
    input plane, `mesh_points` is the side of the meshes of regions. `steps` lead from one mark to the next;
    there are `n_steps`. `moment` is the network at the `epoch`.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        epoch: float,
        parts: Sequence[Part],
        lines: Array,
        mesh_points: int,
        with_boundary: bool = True,
    ) -> None:
        self.evaluation, self.epoch = evaluation, epoch
        self.moment = evaluation.at(epoch)
        self._lines, self._mesh_points, self._with_boundary = lines, mesh_points, with_boundary
        self._divider: tuple[Array, float] | None = None
        self.steps = list(self._all_steps(parts))
        self._widest = max([2, *(max(part.n_before, part.n_after) for part in parts)])
        self._regions: dict[tuple[int, float], Regions] = {}
        self._limits: dict[int, Limits] = {}
        self._rooms: dict[tuple[int, float], Array] = {}

    @property
    def n_steps(self) -> int:
        """The number of steps, which is the last mark."""
        return len(self.steps)

    @property
    def names(self) -> list[Message | str]:
        """What each mark is called: (n_steps + 1,)."""
        return [INPUT, *(step.name for step in self.steps)]

    @property
    def told(self) -> list[Message]:
        """A sentence for each mark: (n_steps + 1,)."""
        return [Message("the input plane"), *(step.told for step in self.steps)]

    def _all_steps(self, parts: Sequence[Part]) -> Iterator[Step]:
        """Those of the layers and, before the output reads the last plane, the lines that it draws there."""
        lens: Lens | None = flat
        before = ""
        for number, part in enumerate(parts):
            if part.reads and self._has_divider(lens, parts[number:]):
                self._divider = part.divides
                yield Step("divide", before, "", Message("divided"), self._dividers_told(lens), same, lens)
            yield from part.steps()
            lens, before = part.lens, part.description.name

    def _has_divider(self, lens: Lens | None, reading: Sequence[Part]) -> bool:
        """Whether a picture of the last layer shows how the output, of these parts, divides it."""
        if lens is IN_SPACE:
            return self._n_classes == 2 and self._ties_at_zero(reading)
        return lens is flat and 2 <= self._n_classes <= MAX_CLASSES

    def _ties_at_zero(self, reading: Sequence[Part]) -> bool:
        """Whether two classes tie where the sums of the output are 0, or the same."""
        kinds = {part.description.class_name for part in reading[1:]}
        bent = {part.description.activation for part in reading if bends(part.description)}
        squashed = len(bent) == 1 and bent <= {"sigmoid", "hard_sigmoid", "softmax"}
        return kinds <= {"Activation", "Softmax"} and (squashed or self.evaluation.task.from_logits)

    @property
    def _n_classes(self) -> int:
        return self.evaluation.task.n_classes

    def _dividers_told(self, lens: Lens | None) -> Message:
        if lens is IN_SPACE:
            return Message("here the output draws one flat plane")
        if self._n_classes == 2:
            return Message("here the output draws one straight line")
        return Message("here the output draws straight lines")

    def activations(self, mark: int, inputs: Array) -> Array:
        """The activations of inputs (n, 2) at a whole mark: (n, units) of float64."""
        values = np.asarray(inputs, dtype=np.float64)
        for step in self.steps[:mark]:
            values = step.move(values)
        return values

    # Where everything stands

    @cached_property
    def _cloud(self) -> Carried:
        """Samples, held-out samples, points of the grid and of the boundary, one after another."""
        pieces = [self._inputs, *self._held_out_inputs, self._lines.reshape(-1, 2), *self._ties]
        return Carried(np.concatenate(pieces), self.steps, self._widest)

    @property
    def _inputs(self) -> Array:
        return self.evaluation.recording.inputs

    @property
    def _held_out_inputs(self) -> list[Array]:
        held_out = self.evaluation.held_out
        return [] if held_out is None else [held_out.recording.inputs]

    @cached_property
    def _ties(self) -> list[Array]:
        """The lines of the decision boundary in the input plane."""
        if not self._with_boundary or not 2 <= self._n_classes <= MAX_CLASSES:
            return []
        limits = input_limits(self.evaluation)
        return Regions.over(limits, self._mesh_points, self.moment.answers_of).boundary

    # What is shown

    def ends(self, mark: int) -> tuple[Array, Array]:
        """The ends of what is seen at a whole mark but for stray samples: (2,) each."""
        return self._ends_of(self._cloud.at(mark), self._walls(mark))

    def _ends_of(self, seen: Array, walls: list[Array]) -> tuple[Array, Array]:
        n_samples = len(self._inputs) + sum(map(len, self._held_out_inputs))
        n_grid = self._lines.size // 2
        low, high = most(seen[:n_samples])
        around = finite_range(np.concatenate([seen[n_samples : n_samples + n_grid], *walls]))
        return np.minimum(low, around[0]), np.maximum(high, around[1])

    def limits(self, mark: int) -> Limits:
        """The limits around what is seen at a whole mark."""
        if mark not in self._limits:
            self._limits[mark] = limits_around(*self.ends(mark))
        return self._limits[mark]

    def frame(
        self, mark: float, aspect: float = 1.0, limits_of: Callable[[int], Limits] | None = None
    ) -> MorphFrame:
        """The picture at a mark from 0 to `n_steps`, for axes of this ratio of width to height.

        `limits_of` gives the limits at whole marks, by default those of this epoch.
        """
        limits_of = limits_of or self.limits
        before, after = int(mark), min(int(mark) + 1, self.n_steps)
        share = mark - before
        first, last = (np.array(of_shape(limits_of(end), aspect)) for end in (before, after))
        way = share if self._turns(before) else _evenly_seen(share, first, last)
        seen = self._cloud.at(before + way)
        sizes = [len(self._inputs), *map(len, self._held_out_inputs), self._lines.size // 2]
        sizes += map(len, self._ties)
        points, *others = np.split(seen, np.cumsum(sizes)[:-1])
        held_out = others.pop(0) if self._held_out_inputs else None
        return MorphFrame(
            mark=mark,
            limits=self._gliding(before, way, aspect, first, last),
            points=points,
            correct=_correct(self.evaluation, self.epoch),
            held_out=None if held_out is None else (held_out, self._held_out_correct()),
            lines=others[0].reshape(self._lines.shape),
            boundary=others[1:],
            regions=self._regions_at(before, share, aspect, limits_of),
            walls=self._walls(before if share < 0.5 else after),
            axes=self._axes(before, share),
            divider=self._divider_at(before, share),
        )

    def _divider_at(self, before: int, share: float) -> tuple[Array, float]:
        """The plane (n, 2) by which the output divides three units, and how strong it is, 0 to 1."""
        kind = self.steps[before].kind if before < self.n_steps else ""
        divided = before > 0 and self.steps[before - 1].kind == "divide"
        strength = share if kind == "divide" else max(0.0, 1 - share / FADED) if divided else 0.0
        if not strength or self._divider is None or self._lens(before, 0) is not IN_SPACE:
            return np.empty((0, 2)), 0.0
        return IN_SPACE(self._divider_in_box(before)), strength

    def _divider_in_box(self, mark: int) -> Array:
        walls = self._walls(mark)
        step = self.steps[mark - 1]
        if walls and step.layer:
            ends = range_of(self.evaluation.recording.layer(step.layer))
            low, high = np.full(3, ends[0]), np.full(3, ends[1])
        else:
            values = self.activations(mark, self._inputs)
            low, high = values.min(axis=0), values.max(axis=0)
        assert self._divider is not None
        return plane_in_box(*self._divider, low, high)

    def _turns(self, before: int) -> bool:
        """Whether points do not go straight in the step after this mark."""
        return before < self.n_steps and self.steps[before].path is not None

    def _gliding(self, before: int, share: float, aspect: float, first: Array, last: Array) -> Limits:
        """Limits with one scale for both axes, so that a turn is seen as one, between those of two marks.

        Where points go straight, these hold them all the way. On other ways there may be more room.
        """
        limits = first + (last - first) * share
        if share and self._turns(before):
            limits = limits + self._room(before, aspect, first, last) * np.sin(np.pi * share)
        return of_shape(_as_limits(limits), aspect)

    def _room(self, before: int, aspect: float, first: Array, last: Array) -> Array:
        """How far the limits (2, 2) must widen amid a step whose points do not go straight."""
        key = (before, aspect)
        if key not in self._rooms:
            room = np.zeros((2, 2))
            for share in np.arange(1, WAYPOINTS) / WAYPOINTS:
                needed = np.array(limits_around(*self._ends_of(self._cloud.at(before + share), [])))
                outward = (needed - (first + (last - first) * share)) * (-1, 1)
                room = np.maximum(room, outward / np.sin(np.pi * share))
            self._rooms[key] = room * (-1, 1)
        return self._rooms[key]

    def _axes(self, before: int, share: float) -> list[Array]:
        """The axes of the units, through zero: lines (2, 2); none in a principal plane, which has others."""
        lens = self._lens(before, share)
        n_units = 2 if lens is flat else 3 if isinstance(lens, Tilted) else 0
        ends = FAR * np.stack([-np.eye(3), np.eye(3)], axis=1)[:n_units, :, : max(n_units, 1)]
        return [] if lens is None else [np.asarray(lens(axis)) for axis in ends]

    def _lens(self, before: int, share: float) -> Lens | None:
        """How activations are seen at a mark, or half-way at the next."""
        lenses: list[Lens | None] = [flat, *(step.lens for step in self.steps)]
        kind = self.steps[before].kind if share else ""
        if kind in ("lift", "flatten"):
            return Tilted(share if kind == "lift" else 1 - share)
        return lenses[before if share < 0.5 else before + 1]

    def _held_out_correct(self) -> Array | None:
        held_out = self.evaluation.held_out
        assert held_out is not None
        return _correct(held_out, self.epoch)

    def _walls(self, mark: int) -> list[Array]:
        """Around all that the activation at a mark can reach, where it ends on both sides."""
        step = self.steps[mark - 1] if mark else None
        if step is not None and step.kind == "divide":
            return self._walls(mark - 1)
        if step is None or step.kind != "activate" or step.lens not in (None, flat, IN_SPACE):
            return []
        low, high = range_of(self.evaluation.recording.layer(step.layer))
        if not np.isfinite([low, high]).all():
            return []
        if step.lens is None:
            half = BAND * (high - low) / 2
            return [np.array([(end, -half), (end, half)]) for end in (low, high)]
        return [np.asarray(step.lens(edge)) for edge in _edges(low, high, 2 if step.lens is flat else 3)]

    def _regions_at(
        self, before: int, share: float, aspect: float, limits_of: Callable[[int], Limits]
    ) -> Regions | None:
        """The regions of the mark before, fading out, or of the mark after, fading in."""
        if not 2 <= self._n_classes <= MAX_CLASSES:
            return None
        node, strength = before, 1 - share / FADED
        if share and self.steps[before].kind == "divide":
            node, strength = before + 1, share
        elif share > 1 - FADED:
            node, strength = before + 1, 1 - (1 - share) / FADED
        answers = self._answers(node) if strength > 0 else None
        if answers is None:
            return None
        key = (node, aspect)
        if key not in self._regions:
            ends = np.array(of_shape(limits_of(node), aspect))
            within = _as_limits(ends + BEYOND * np.ptp(ends, axis=1, keepdims=True) * (-1, 1))
            self._regions[key] = Regions.over(within, self._mesh_points, answers)
        return faint(self._regions[key], strength, with_lines=node > 0)

    def _answers(self, mark: int) -> Callable[[Array], ByClass] | None:
        """What the network answers at points of the plane at a mark; None where that is not all it needs."""
        if mark == 0:
            return self.moment.answers_of
        step = self.steps[mark - 1]
        if step.kind == "divide" and step.lens is flat:
            before = step.layer or None
            return lambda points: self.moment.answers_of(points, start_after=before)
        if step.lens is not None or not any(one.kind == "read" for one in self.steps[:mark]):
            return None
        if not np.isfinite(self._cloud.at(mark)).any():
            return None
        return lambda points: self._answers_of_outputs(points[:, :1].astype(np.float64), mark)

    def _answers_of_outputs(self, values: Array, mark: int) -> ByClass:
        for step in self.steps[mark:]:
            values = step.move(values)
        return self.evaluation.task.answers(values, None)


def _correct(evaluation: Evaluation, epoch: float) -> Array | None:
    return None if evaluation.task.kind == REGRESSION else evaluation.at(epoch).correct


def _evenly_seen(share: float, first: Array, last: Array) -> float:
    """How far points are on a straight way after a share of a step, so that they seem to move evenly.

    A picture that becomes much smaller, between limits (2, 2), would hold its old shape nearly to the end. So
    shares are those of the picture: points move evenly in its own coordinates, from edge to edge.
    """
    before, after = (float(np.ptp(ends[0])) for ends in (first, last))
    return share * before / (after * (1 - share) + before * share)


def _as_limits(ends: Array) -> Limits:
    (left, right), (bottom, top) = ends.tolist()
    return Limits((left, right), (bottom, top))


def _edges(low: float, high: float, n: int) -> list[Array]:
    """The sides of a square, or the edges of a cube: lines (2, n)."""
    corners = np.stack(np.meshgrid(*[(low, high)] * n, indexing="ij"), axis=-1).reshape(-1, n)
    pairs = [(a, b) for a in range(2**n) for b in range(a) if ((corners[a] != corners[b]).sum() == 1)]
    return [corners[[b, a]] for a, b in pairs]
