"""The layers in motion: what each step of the network does to the plane of the inputs, at one epoch.

The samples, the lines of a grid and the decision boundary start in the input plane and go through all layers
to the output. A mark counts the steps: at 0 all stand in the input plane, at 1 the first step is done, and
between two marks they are on their way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import Message
from replay.network.activation_limits import range_of
from replay.network.description import LayerDescription
from replay.network.in_numpy.forward import Layer
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import REGRESSION, ByClass
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.geometry import Limits, finite_range, grid_lines, limits_around, most, of_shape
from replay.views.shared.layer_steps import Part, Step, moves, same
from replay.views.shared.lenses import IN_SPACE, Lens, Tilted, flat, nearest
from replay.views.shared.plane_in_box import plane_in_box
from replay.views.shared.projection import LinearPlane, principal_plane
from replay.views.shared.regions import MAX_CLASSES, Regions
from replay.views.view import View

MESH = 140  # points a side
GRID_POINTS = 121  # of each line of the grid
MAX_VALUES = 8_000_000  # activations held at once, 64 MB in float64
MAX_ALIGNED = 1000  # samples by which a principal plane is turned
BAND = 0.22  # the height of the line of one unit, as a share of its length
FADED = 0.4  # the share of a step in which regions fade out, or in
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


class Morph(View):
    """The layers of a network with 2-D inputs, step by step. `at(epoch)` is the `Journey` of that epoch.

    Layers between two or three units are stretched, turned, shifted and activated one after the other. Layers
    of four units or more are seen in the principal plane of their activations over the run, which is turned
    within itself towards what comes before; their weights act in one straight move. One unit is a line: the
    height of the picture then only keeps the samples apart. `mesh_points` is the side of the meshes of
    regions. Raises ViewError where inputs are not 2-D, or NumPy cannot take the network apart.
    """

    def __init__(self, evaluation: Evaluation, mesh_points: int = MESH) -> None:
        super().__init__(evaluation)
        _check(evaluation)
        self.mesh_points = mesh_points
        self.input_lines = grid_lines(input_limits(evaluation), points=GRID_POINTS)
        self._layers = [layer for layer in evaluation.recording.description.layers if moves(layer)]
        dense = [layer.name for layer in self._layers if layer.class_name == "Dense"]
        self._reader = dense[-1] if dense else None
        self._lenses: dict[str, Lens | None] = {}
        self._find_lenses()
        self._journey: Journey | None = None

    def at(self, epoch: float) -> Journey:
        """The journey at `epoch`. The last one is kept, because several panels show it in turn."""
        if self._journey is None or self._journey.epoch != epoch:
            self._journey = Journey(self, epoch)
        return self._journey

    def shown(self, epoch: float) -> float:
        """The epoch to show for this one: the last finite one of a network that has diverged by then."""
        diverged = self.evaluation.recording.diverged_at is not None
        return min(epoch, self.last_finite) if diverged else epoch

    @property
    def last_finite(self) -> float:
        """The last epoch at which the weights are finite, or the first of all."""
        recording = self.evaluation.recording
        since = recording.diverged_at
        before = recording.epochs if since is None else recording.epochs[recording.epochs < since]
        return float(before[-1] if len(before) else recording.epochs[0])

    def parts(self, moment: Moment) -> list[Part]:
        """The layers that do anything, with their weights at a moment, in float64."""
        recorded, found = self.evaluation.recording.description, []
        weights = dict(zip((path for path, _ in recorded.weight_paths), moment.weights, strict=True))
        n_before = 2
        for layer in self._layers:
            own = {one.name: weights[f"{layer.name}/{one.name}"].astype(np.float64) for one in layer.weights}
            n_after = self._n_units(layer)
            found.append(
                Part(
                    Layer(replace(layer, shape=(n_after,))), own, n_before, n_after,
                    self._lenses[layer.name], layer.name == self._reader,
                )
            )  # fmt: skip
            n_before = n_after
        return found

    def _n_units(self, layer: LayerDescription) -> int:
        return int(self.evaluation.shapes[layer.name][0])

    def _find_lenses(self) -> None:
        """How each layer is seen: a Dense layer as the layers are that follow it, up to the next."""
        before: str | None = None
        for number, layer in enumerate(self._layers):
            if number and layer.class_name != "Dense":
                self._lenses[layer.name] = self._lenses[self._layers[number - 1].name]
                continue
            following = self._layers[number + 1 :]
            n_own = next((n for n, one in enumerate(following) if one.class_name == "Dense"), len(following))
            last = self._layers[number + n_own].name
            self._lenses[layer.name] = self._lens(self._n_units(layer), last, before)
            before = last

    def _lens(self, n_units: int, layer: str, before: str | None) -> Lens | None:
        if n_units <= 3:
            return (None, flat, IN_SPACE)[n_units - 1]
        try:
            plane = principal_plane(self.evaluation, layer)
        except ViewError:  # nothing is finite, so that nothing is drawn either
            return LinearPlane(np.zeros(n_units), np.eye(2, n_units), (np.nan, np.nan)).of
        moment, inputs = self.evaluation.at(self.last_finite), self.evaluation.inputs
        inputs = inputs[evenly(len(inputs), MAX_ALIGNED)]
        seen = inputs if before is None else moment.evaluate(inputs, before)
        lens = flat if before is None else self._lenses[before]
        there = seen.astype(np.float64) if lens is None else lens(seen.astype(np.float64))
        there = np.pad(there, ((0, 0), (0, 2 - there.shape[1])))
        return nearest(plane, plane.of(moment.evaluate(inputs, layer)), there).of


def _check(evaluation: Evaluation) -> None:
    """Raise ViewError for a run that has no layers to take apart."""
    recording = evaluation.recording
    if recording.input_shape != (2,):
        raise ViewError(
            f"{recording.path}: the layers in motion begin with a plane, which needs inputs of 2 dimensions, "
            f"but these have shape {recording.inputs.shape[1:]}; show the feature space instead"
        )
    if not evaluation.in_numpy or not evaluation.all_recorded:
        raise ViewError(
            f"{recording.path}: the layers in motion need a chain of layers that NumPy computes, all of them "
            "recorded, and this network is none; show the decision boundary instead"
        )
    for layer in recording.description.layers:
        if len(evaluation.shapes[layer.name]) != 1:
            raise ViewError(
                f"{recording.path}: the layers in motion need units in a row, but layer {layer.name!r} has "
                f"the shape {evaluation.shapes[layer.name]}; show the decision boundary instead"
            )


class Journey:
    """All steps at one epoch, and where everything stands at each mark.

    `steps` lead from one mark to the next; there are `n_steps`. `moment` is the network at the `epoch`.
    """

    def __init__(self, morph: Morph, epoch: float, with_boundary: bool = True) -> None:
        self.epoch, self._morph, self._with_boundary = epoch, morph, with_boundary
        self.evaluation = morph.evaluation
        self.moment = morph.evaluation.at(epoch)
        self._divider: tuple[Array, float] | None = None
        self.steps = list(self._all_steps(morph.parts(self.moment)))
        self._regions: dict[tuple[int, float], Regions] = {}
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

    def _all_steps(self, parts: list[Part]) -> Iterator[Step]:
        """Those of the layers and, before the output reads the last plane, the lines that it draws there."""
        lens: Lens | None = flat
        before = ""
        for part in parts:
            if part.reads and self._has_divider(lens):
                self._divider = part.divides
                yield Step("divide", before, "", Message("divided"), self._dividers_told(lens), same, lens)
            yield from part.steps()
            lens, before = part.lens, part.description.name

    def _has_divider(self, lens: Lens | None) -> bool:
        """Whether a picture of the last layer shows how the output divides it."""
        if lens is IN_SPACE:
            return self._n_classes == 2
        return lens is flat and 2 <= self._n_classes <= MAX_CLASSES

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
    def _cloud(self) -> Array:
        """Samples, held-out samples, points of the grid and of the boundary, one after another: (n, 2)."""
        pieces = [self._inputs, *self._held_out_inputs, self._morph.input_lines.reshape(-1, 2), *self._ties]
        return np.concatenate(pieces).astype(np.float64)

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
        return Regions.over(limits, self._morph.mesh_points, self.moment.answers_of).boundary

    @cached_property
    def _stands(self) -> tuple[list[Array], dict[int, Array]]:
        """Where the cloud stands at each mark, (n, 2) each, and the activations before steps with a path."""
        widest = max([2, *(self.evaluation.shapes[step.layer][0] for step in self.steps if step.layer)])
        size = max(1, MAX_VALUES // widest)
        blocks = [self._gone(self._cloud[at : at + size]) for at in range(0, len(self._cloud), size)]
        seen = [np.concatenate(of_mark) for of_mark in zip(*(block[0] for block in blocks), strict=True)]
        kept = {at: np.concatenate([block[1][at] for block in blocks]) for at in blocks[0][1]}
        for mark, step in enumerate(self.steps, 1):
            if step.lens is None:
                seen[mark][:, 1] = self._band(seen[mark], seen[mark - 1][:, 1])
        return seen, kept

    def _gone(self, values: Array) -> tuple[list[Array], dict[int, Array]]:
        seen, kept = [flat(values)], {}
        for number, step in enumerate(self.steps):
            if step.path is not None:
                kept[number] = values
            values = step.move(values)
            lens = step.lens
            seen.append(np.repeat(values[:, :1], 2, axis=1) if lens is None else np.asarray(lens(values)))
        return seen, kept

    def _band(self, seen: Array, heights: Array) -> Array:
        """The heights (n,) at a mark of one unit: those before, pressed into a band that means nothing."""
        low, high = finite_range(np.column_stack([seen[:, 0], heights]))
        length, width = high - low
        if not (np.isfinite(length) and np.isfinite(width)) or width <= 0:
            return np.where(np.isfinite(heights), 0.0, heights)
        middle = (high[1] + low[1]) / 2
        return (heights - middle) * (BAND * (length or 1.0) / width)

    def _at(self, mark: float) -> Array:
        """Where the cloud stands at any mark: (n, 2)."""
        before = min(int(mark), self.n_steps)
        share, (seen, kept) = mark - before, self._stands
        if share == 0:
            return seen[before]
        path = self.steps[before].path
        if path is not None:
            return path(kept[before], share)
        with np.errstate(all="ignore"):
            return seen[before] * (1 - share) + seen[before + 1] * share

    # What is shown

    def ends(self, mark: int) -> tuple[Array, Array]:
        """The ends of what is seen at a whole mark but for stray samples: (2,) each."""
        return self._ends_of(self._at(mark), self._walls(mark))

    def _ends_of(self, seen: Array, walls: list[Array]) -> tuple[Array, Array]:
        n_samples = len(self._inputs) + sum(map(len, self._held_out_inputs))
        n_grid = self._morph.input_lines.size // 2
        low, high = most(seen[:n_samples])
        around = finite_range(np.concatenate([seen[n_samples : n_samples + n_grid], *walls]))
        return np.minimum(low, around[0]), np.maximum(high, around[1])

    def limits(self, mark: int) -> Limits:
        """The limits around what is seen at a whole mark."""
        return limits_around(*self.ends(mark))

    def frame(
        self, mark: float, aspect: float = 1.0, limits_of: Callable[[int], Limits] | None = None
    ) -> MorphFrame:
        """The picture at a mark from 0 to `n_steps`, for axes of this ratio of width to height.

        `limits_of` gives the limits at whole marks, by default those of this epoch.
        """
        limits_of = limits_of or self.limits
        seen = self._at(mark)
        before, after = int(mark), min(int(mark) + 1, self.n_steps)
        share = mark - before
        sizes = [len(self._inputs), *map(len, self._held_out_inputs), self._morph.input_lines.size // 2]
        sizes += map(len, self._ties)
        points, *others = np.split(seen, np.cumsum(sizes)[:-1])
        held_out = others.pop(0) if self._held_out_inputs else None
        return MorphFrame(
            mark=mark,
            limits=self._gliding(before, share, aspect, limits_of),
            points=points,
            correct=_correct(self.evaluation, self.epoch),
            held_out=None if held_out is None else (held_out, self._held_out_correct()),
            lines=others[0].reshape(self._morph.input_lines.shape),
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

    def _gliding(
        self, before: int, share: float, aspect: float, limits_of: Callable[[int], Limits]
    ) -> Limits:
        """Limits with one scale for both axes, so that a turn is seen as one, between those of two marks.

        Where points go straight, these hold them all the way. On other ways there may be more room.
        """
        first = np.array(of_shape(limits_of(before), aspect))
        if not share:
            return _as_limits(first)
        last = np.array(of_shape(limits_of(before + 1), aspect))
        limits = first + (last - first) * share
        if self.steps[before].path is not None:
            limits = limits + self._room(before, aspect, first, last) * np.sin(np.pi * share)
        return of_shape(_as_limits(limits), aspect)

    def _room(self, before: int, aspect: float, first: Array, last: Array) -> Array:
        """How far the limits (2, 2) must widen amid a step whose points do not go straight."""
        key = (before, aspect)
        if key not in self._rooms:
            room = np.zeros((2, 2))
            for share in np.arange(1, WAYPOINTS) / WAYPOINTS:
                needed = np.array(limits_around(*self._ends_of(self._at(before + share), [])))
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
            within = of_shape(limits_of(node), aspect)
            self._regions[key] = Regions.over(within, self._morph.mesh_points, answers)
        return _faint(self._regions[key], strength, with_lines=node > 0)

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
        if not np.isfinite(self._at(mark)).any():
            return None
        return lambda points: self._answers_of_outputs(points[:, :1].astype(np.float64), mark)

    def _answers_of_outputs(self, values: Array, mark: int) -> ByClass:
        for step in self.steps[mark:]:
            values = step.move(values)
        return self.evaluation.task.answers(values, None)


def subject(morph: Morph, epoch: float, views: tuple[Message | str, ...]) -> Subject:
    """What a film through the layers is of, and what it tells of each step."""
    told = tuple(morph.at(morph.shown(epoch)).told[1:])
    return Subject((morph.evaluation,), views, epoch=epoch, told=told)


def _correct(evaluation: Evaluation, epoch: float) -> Array | None:
    return None if evaluation.task.kind == REGRESSION else evaluation.at(epoch).correct


def _as_limits(ends: Array) -> Limits:
    (left, right), (bottom, top) = ends.tolist()
    return Limits((left, right), (bottom, top))


def _edges(low: float, high: float, n: int) -> list[Array]:
    """The sides of a square, or the edges of a cube: lines (2, n)."""
    corners = np.stack(np.meshgrid(*[(low, high)] * n, indexing="ij"), axis=-1).reshape(-1, n)
    pairs = [(a, b) for a in range(2**n) for b in range(a) if ((corners[a] != corners[b]).sum() == 1)]
    return [corners[[b, a]] for a, b in pairs]


def _faint(regions: Regions, strength: float, with_lines: bool) -> Regions:
    """Regions of this strength, from 0 to 1, whose lines have grown as far from their middles."""
    even = 1 / max(regions.probabilities.shape[-1], 2)
    lines = [_middle(line, strength) for line in regions.boundary] if with_lines else []
    probabilities = even + (regions.probabilities - even) * min(strength, 1.0)
    return replace(regions, probabilities=probabilities, boundary=lines)


def _middle(line: Array, share: float) -> Array:
    """This share of a line's points, about its middle; all of them where it is whole."""
    left_out = round(len(line) * (1 - min(share, 1.0)) / 2)
    return line[left_out : len(line) - left_out]
