"""The space of three units: samples, the input grid as a bent sheet, and what separates the classes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.network.activation_limits import range_of
from replay.network.losses import TIES_IN_LOGITS
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import REGRESSION
from replay.types import Array, Units
from replay.views.decision_boundary import input_limits
from replay.views.feature_space import hidden_features
from replay.views.shared.box import CORNERS, Box, unit_plane
from replay.views.shared.eye import Eye, extent
from replay.views.shared.geometry import grid_lines, mesh, usual_ends
from replay.views.shared.layer_points import LayerPoints
from replay.views.shared.projection import TOUR, is_read_directly, places_of
from replay.views.shared.regions import Regions
from replay.views.shared.slices import tie_lines
from replay.views.shared.spatial_layers import DIMENSIONS, choose_layer, n_units_of, three_unit_layers
from replay.views.tour import TourSpace
from replay.views.view import View

TILES = 24  # a side of the sheet
LINES, POINTS = 13, 49  # of each family of the sheet's lines
MESH = 49  # a side of the mesh over the inputs, for the boundary on the sheet
MEASURED = 100  # moments at which a growing box is measured
MAX_CLASSES = 10  # whose regions are shown
LIGHT = np.array([-0.35, -0.55, 0.76])  # where the light on the sheet comes from


class Seen(NamedTuple):
    """What an eye sees of points (…, 3): `places` (…, 2), and how `near` each is, from 0 to 1 in the box.

    `in_front` (…) of bool says which are on the eye's side of the separating plane, None without one.
    """

    places: Array
    near: Array
    in_front: Array | None

    @property
    def in_plane(self) -> Seen:
        """The same of points that lie in the plane, of which rounding alone would tell the side."""
        return self._replace(in_front=None if self.in_front is None else np.ones_like(self.in_front))

    def of(self, chosen: Any) -> Seen:
        """What is seen of some of the points."""
        front = None if self.in_front is None else self.in_front[chosen]
        return Seen(self.places[chosen], self.near[chosen], front)


class Sheet(NamedTuple):
    """The plane of 2-D inputs as the layer bends it.

    `tiles` are seen at their corners, (TILES + 1, TILES + 1); `answers` (TILES, TILES, n_classes) are the
    probabilities at their middles, None without classes; `bright` (TILES, TILES) is how much light falls on
    each, from 0 to 1; `lines` are those of the grid, (2, n_lines, n_points), and `boundary` those where
    two classes tie.
    """

    tiles: Seen
    answers: Array | None
    bright: Array
    lines: Seen
    boundary: list[Seen]


@dataclass(frozen=True)
class SpaceFrame:
    """The space at one epoch.

    `points` (n_samples, 3) are the activations, and `samples` what is seen of them; `correct` (n_samples,) of
    bool, None for a regression; `held_out` is both of the held-out samples, None without any. `cut` is the
    polygon (n_corners, 3) in which the separating plane cuts the `box`, in the box's coordinates, and `ties`
    are lines of a separating surface. `shadows` (n_samples, 2) are the places of the samples' feet: where the
    floor beneath each is seen.
    """

    epoch: float
    eye: Eye
    box: Box
    points: Array
    samples: Seen
    correct: Array | None
    held_out: tuple[Seen, Array | None] | None
    sheet: Sheet | None
    cut: Array | None
    ties: list[Seen]
    shadows: Array


class Space(View):
    """The samples as three units of a layer see them, in space, from an eye that turns along the run.

    `units` are three units of the layer, counted from 1; by default those of a layer of three. With 2-D
    inputs and `grid`, the input plane is a sheet in it, coloured by the network's answers. What separates the
    classes is shown where the network's answer depends on these units alone: a plane behind two classes of an
    output layer that reads this one, else lines of the surface on which two classes tie. The box holds nearly
    all samples at all epochs, up to the ends of the activation. Where the space has no bounds and gets much
    larger, it widens with it. Raises ViewError for a layer of fewer units, and for missing units.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        layer: str | None = None,
        units: tuple[int, ...] | None = None,
        grid: bool = True,
    ) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        self.layer = choose_layer(recording, layer)
        self.n_units = n_units_of(evaluation, self.layer)
        wanted = (1, 2, 3) if units is None and self.n_units == DIMENSIONS else units
        if wanted is None or len(set(wanted)) != DIMENSIONS or len(wanted) != DIMENSIONS:
            raise ViewError(f"a space needs three different units, such as 1,2,3, not {units}")
        self.units = places_of(wanted, self.n_units, self.layer)
        self._points = LayerPoints(
            evaluation, self.layer, self.n_units, lambda activations: activations[..., list(self.units)]
        )
        self._inputs = input_limits(evaluation) if grid and recording.inputs.shape[1:] == (2,) else None

    @property
    def whole(self) -> bool:
        """Whether the rest of the network sees nothing but these units."""
        return self.n_units == DIMENSIONS and self.evaluation.starts_after(self.layer)

    @property
    def n_classes(self) -> int:
        """The number of classes whose regions are shown; 0 where there are too many or none."""
        n_classes = self.evaluation.task.n_classes
        return n_classes if n_classes <= MAX_CLASSES else 0

    @property
    def walls(self) -> tuple[float, float]:
        """The range of the units, infinite where there is none."""
        return range_of(self.evaluation.recording.layer(self.layer))

    @cached_property
    def follows(self) -> bool:
        """Whether the box widens as the space does."""
        return not np.isfinite(self.walls).all() and self._points.camera.grows

    @cached_property
    def box(self) -> Box:
        """The box at the end of the run, and at all epochs unless it `follows` the space."""
        epochs, low, high = self._points.ends
        if self.follows:
            return self.box_at(float(epochs[-1]))
        finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
        if not finite.any():
            return Box.around(np.full(DIMENSIONS, np.inf), np.full(DIMENSIONS, -np.inf), self.walls)
        pairs = np.stack([low[finite], high[finite]], axis=-1)
        usual = np.array([usual_ends(pairs[:, axis]) for axis in range(DIMENSIONS)])
        return Box.around(usual[:, 0], usual[:, 1], self.walls)

    def box_at(self, epoch: float) -> Box:
        """The box at `epoch`."""
        return Box.around(*self._points.camera.at(epoch), self.walls) if self.follows else self.box

    @cached_property
    def extent(self) -> tuple[Array, Array]:
        """The ends of what the box covers on the picture at all epochs: (2,) each."""
        if not self.follows:
            return extent(self.box.corners)
        epochs = self._points.ends[0]
        some = epochs[evenly(len(epochs), MEASURED)]
        return extent(CORNERS * np.max([self.box_at(float(epoch)).half for epoch in some], axis=0))

    def over(self, epochs: Any = None) -> Array:
        """The three units' activations of the recorded samples: (n_snapshots, n_samples, 3)."""
        recording = self.evaluation.recording
        moments = [float(recording.epochs[position]) for position in recording.positions(epochs)]
        return np.stack([self._points.at(self.evaluation.at(epoch)) for epoch in moments])

    def points_of(self, activations: Array) -> Array:
        """The three units of activations (n_snapshots, n_samples, …): (n_snapshots, n_samples, 3)."""
        return self._points.of(activations)

    def at(self, epoch: float) -> SpaceFrame:
        """The space at `epoch`."""
        moment, held_out = self.evaluation.at(epoch), self.evaluation.held_out
        box, eye = self.box_at(epoch), Eye.along(self._points.progress(epoch))
        plane = self._plane(moment, box)
        scene = _Scene(box, eye, plane)
        points = self._points.at(moment)
        return SpaceFrame(
            epoch=epoch,
            eye=eye,
            box=box,
            points=points,
            samples=scene.of(points),
            correct=self._correct(moment),
            held_out=None
            if held_out is None
            else (scene.of(self._points.at(held_out.at(epoch))), self._correct(held_out.at(epoch))),
            sheet=self._sheet(moment, scene),
            cut=None if plane is None else box.cut(*plane),
            ties=[scene.within(line) for line in self._ties(moment, box)],
            shadows=eye.sees(box.of(points) * (1, 1, 0) - (0, 0, box.half[2]))[0],
        )

    def _correct(self, moment: Moment) -> Array | None:
        return None if self.evaluation.task.kind == REGRESSION else moment.correct

    @cached_property
    def has_plane(self) -> bool:
        """Whether a plane separates the classes."""
        recording, task = self.evaluation.recording, self.evaluation.task
        output = recording.description.output
        in_logits = task.from_logits or (output is not None and output.activation in TIES_IN_LOGITS)
        return self.whole and task.n_classes == 2 and in_logits and is_read_directly(recording, self.layer)

    @cached_property
    def has_ties(self) -> bool:
        """Whether a surface separates the classes that is no plane."""
        return self.whole and not self.has_plane and self.n_classes > 1

    def _plane(self, moment: Moment, box: Box) -> tuple[Array, float] | None:
        """Where the scores of two classes are the same, in the box's coordinates.

        They are linear in the units: what they are in the middle and at three pairs of points tells all.
        """
        if not self.has_plane:
            return None
        places = np.concatenate([np.zeros((1, 3)), np.eye(3), -np.eye(3)])
        scores = moment.answers_of(box.back(places).astype(np.float32), start_after=self.layer).scores
        lead = (scores[:, 1] - scores[:, 0]).astype(np.float64)
        with np.errstate(all="ignore"):  # the network may have diverged
            return unit_plane((lead[1:4] - lead[4:]) / 2, float(lead[0]))

    def _ties(self, moment: Moment, box: Box) -> list[Array]:
        if not self.has_ties:
            return []
        return tie_lines(box, lambda points: moment.answers_of(points, start_after=self.layer))

    def _sheet(self, moment: Moment, scene: _Scene) -> Sheet | None:
        if self._inputs is None:
            return None
        corners = mesh(self._inputs, TILES + 1).reshape(TILES + 1, TILES + 1, 2)
        lines = grid_lines(self._inputs, LINES, POINTS)
        tiles = self._points.mapped(moment, corners)
        boundary: list[Seen] = []
        if self.n_classes > 1:
            regions = Regions.over(self._inputs, MESH, moment.answers_of)
            on_sheet = [self._points.mapped(moment, line.astype(np.float32)) for line in regions.boundary]
            boundary = [scene.of(line).in_plane for line in on_sheet]
        return Sheet(
            scene.of(tiles),
            self._answers(moment, corners),
            _brightness(scene.box.of(tiles)),
            scene.of(self._points.mapped(moment, lines)),
            boundary,
        )

    def _answers(self, moment: Moment, corners: Array) -> Array | None:
        """The probabilities at the middles of the tiles with these corners: (TILES, TILES, n_classes)."""
        if not self.n_classes:
            return None
        middles = (corners[:-1, :-1] + corners[1:, 1:]) / 2
        return moment.answers_of(middles.reshape(-1, 2)).probabilities.reshape(TILES, TILES, -1)


class _Scene(NamedTuple):
    """What is seen of activations: through this box, from this eye, over or behind this plane."""

    box: Box
    eye: Eye
    plane: tuple[Array, float] | None

    def of(self, activations: Array) -> Seen:
        """What is seen of activations (…, 3)."""
        return self.within(self.box.of(activations))

    def within(self, points: Array) -> Seen:
        """What is seen of points (…, 3) in the box's coordinates."""
        places, depth = self.eye.sees(points)
        farthest = float(np.abs(self.box.half @ np.abs(self.eye.rotation[2])))
        return Seen(places, np.clip(depth / farthest, -1, 1) / 2 + 0.5, self._in_front(points))

    def _in_front(self, points: Array) -> Array | None:
        if self.plane is None:
            return None
        normal, offset = self.plane
        side = 1.0 if self.eye.at @ normal + offset >= 0 else -1.0
        with np.errstate(all="ignore"):
            return np.asarray((points @ normal + offset) * side >= 0)


def _brightness(corners: Array) -> Array:
    """How much light falls on tiles with these corners (n + 1, n + 1, 3), on either side: (n, n), 0 to 1."""
    with np.errstate(all="ignore"):  # the network may have diverged
        across, up = corners[1:, 1:] - corners[:-1, :-1], corners[1:, :-1] - corners[:-1, 1:]
        normals = np.cross(across, up)
        lengths = np.linalg.norm(normals, axis=-1)
        bright = np.abs(normals @ LIGHT) / np.where(lengths > 0, lengths, 1.0)
    return np.where(np.isfinite(bright), bright, 1.0)


def three_unit_space(evaluation: Evaluation, **options: Any) -> Space | None:
    """The space of the last hidden layer if it has three units, else None: of more, any are but a choice."""
    recording = evaluation.recording
    last = hidden_features(recording)[-1:]
    if not last or last[0] not in three_unit_layers(recording):
        return None
    try:
        return Space(evaluation, last[0].name, **options)
    except ViewError:  # the layer is inside a custom model, out of reach
        return None


def space(evaluation: Evaluation, layer: str | None = None, units: Units = None) -> Space | TourSpace:
    """The space of a layer of three units, or of three `units`; of a wider layer, or with "tour", a tour.

    Raises ViewError for other units, and for a layer of two units or fewer.
    """
    if isinstance(units, int) or (isinstance(units, str) and units != TOUR):
        raise ViewError(f"the view space takes three units, such as 1,2,3, or {TOUR}, not {units!r}")
    if isinstance(units, tuple):
        return Space(evaluation, layer, units)
    name = choose_layer(evaluation.recording, layer)
    if units is None and n_units_of(evaluation, name) == DIMENSIONS:
        return Space(evaluation, name)
    return TourSpace(evaluation, name)
