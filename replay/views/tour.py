"""A tour of a wide layer's space: its samples on planes that turn slowly, from the PCA to the readout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from replay.errors import ViewError
from replay.language.message import Message
from replay.runs.evaluation import Evaluation, Moment
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.shared.geometry import Limits, grid_lines, usual_ends
from replay.views.shared.layer_points import LayerPoints
from replay.views.shared.projection import principal_axes, readout_plane
from replay.views.shared.spatial_layers import choose_layer, n_units_of
from replay.views.shared.tour import Tour, random_plane
from replay.views.view import View

SPANNED = 6  # principal components that the tour turns through: in 500 units, most directions show nothing
BETWEEN = 2  # planes by chance between the first and the last
NAMED = 7  # units whose directions are shown
MARGIN = 1.12  # around most samples
NEAR = 0.03  # of the way, up to which a plane is told
FIRST, LAST = Message("principal components"), Message("as the output layer reads it")
NOTHING = 1e-6  # the length of a direction that is within the others


@dataclass(frozen=True)
class TourFrame:
    """The tour at one epoch.

    `plane` (2, n_units) has orthonormal rows, which are the directions of the axes; `places` (n_samples, 2)
    are on it; `correct` (n_samples,) of bool, None for a regression; `held_out`, both of the held-out
    samples, None without any; `lines` (2, n_lines, n_points, 2), the input grid, None unless inputs are 2-D;
    `called` is what the plane is, None on the way from one to another.
    """

    epoch: float
    limits: Limits
    plane: Array
    places: Array
    correct: Array | None
    held_out: tuple[Array, Array | None] | None
    lines: Array | None
    called: Message | None


class TourSpace(View):
    """The samples on a plane that turns through a layer's space along the run.

    It begins at the first two principal components, passes two planes by chance (the same ones each time)
    among the first six, and ends at the plane in which the output layer reads the layer or, where it reads
    none, where it began. The limits hold nearly all samples on all planes at all epochs, or widen as the
    space does. Raises ViewError for a layer of fewer than three units, and where no activation is finite.
    """

    def __init__(self, evaluation: Evaluation, layer: str | None = None, grid: bool = True) -> None:
        super().__init__(evaluation)
        recording = evaluation.recording
        self.layer = choose_layer(recording, layer)
        self.n_units = n_units_of(evaluation, self.layer)
        self.centre, principal = principal_axes(evaluation, self.layer, SPANNED)
        principal = np.asarray(principal, np.float64)
        try:
            last, self._last = np.asarray(readout_plane(evaluation, self.layer).axes, np.float64), LAST
        except ViewError:  # no output layer reads it
            last, self._last = principal[:2], FIRST
        self.tour = _tour(_orthonormal(principal), _orthonormal(last))
        self.basis = _orthonormal(np.concatenate([principal, last]))
        self._points = LayerPoints(evaluation, self.layer, self.n_units, self._within)
        self._input_lines = (
            grid_lines(input_limits(evaluation)) if grid and recording.inputs.shape[1:] == (2,) else None
        )

    def _within(self, activations: Array) -> Array:
        """Activations (…, n_units) in the few dimensions that the tour turns through."""
        with np.errstate(all="ignore"):  # the network may have diverged
            return (activations - self.centre) @ self.basis.T

    def share(self, epoch: float) -> float:
        """How far the tour is at `epoch`, from 0 to 1: it starts and stops gently."""
        place = self._points.progress(epoch)
        return place * place * (3 - 2 * place)

    @cached_property
    def units(self) -> Array:
        """The units whose directions are shown, counted from 0: those that the planes show most of."""
        planes = [self.tour.at(share) for share in np.linspace(0, 1, 25)]
        shown = np.sum([(plane**2).sum(axis=0) for plane in planes], axis=0)
        return np.sort(np.argsort(-shown, kind="stable")[:NAMED])

    @cached_property
    def longest(self) -> float:
        """The length of the longest of these directions on any of the planes."""
        planes = [self.tour.at(share) for share in np.linspace(0, 1, 25)]
        return float(max(np.hypot(*plane[:, self.units]).max() for plane in planes))

    @cached_property
    def follows(self) -> bool:
        """Whether the limits widen as the space does."""
        return self._points.camera.grows

    @cached_property
    def _ends(self) -> Array:
        """The ends of most samples over the run, in the few dimensions: (n, 2)."""
        _, low, high = self._points.ends
        finite = np.isfinite(low).all(axis=1) & np.isfinite(high).all(axis=1)
        pairs = np.stack([low[finite], high[finite]], axis=-1)
        return np.array([usual_ends(pairs[:, axis]) for axis in range(pairs.shape[1])])

    def _ends_at(self, epoch: float) -> Array:
        return np.stack(self._points.camera.at(epoch), axis=-1) if self.follows else self._ends

    def limits_at(self, epoch: float) -> Limits:
        """The limits at `epoch`, about the middle of the samples, which is at the origin."""
        reach = float(np.ptp(self._ends_at(epoch), axis=1).max()) / 2
        reach = MARGIN * reach if reach > 0 else 1.0
        return Limits((-reach, reach), (-reach, reach))

    def at(self, epoch: float) -> TourFrame:
        """The tour at `epoch`."""
        moment, held_out = self.evaluation.at(epoch), self.evaluation.held_out
        share, lines = self.share(epoch), self._input_lines
        plane = self.tour.at(share)
        within, middle = plane @ self.basis.T, self._ends_at(epoch).mean(axis=1)

        def seen(points: Array) -> Array:
            with np.errstate(all="ignore"):  # the network may have diverged
                return (points - middle) @ within.T

        return TourFrame(
            epoch=epoch,
            limits=self.limits_at(epoch),
            plane=plane,
            places=seen(self._points.at(moment)),
            correct=self._correct(moment),
            held_out=None
            if held_out is None
            else (seen(self._points.at(held_out.at(epoch))), self._correct(held_out.at(epoch))),
            lines=None if lines is None else seen(self._points.mapped(moment, lines)),
            called=FIRST if share < NEAR else self._last if share > 1 - NEAR else None,
        )

    def over(self, epochs: Any = None) -> Array:
        """The recorded samples on the planes: (n_snapshots, n_samples, 2)."""
        recording = self.evaluation.recording
        moments = [float(recording.epochs[position]) for position in recording.positions(epochs)]
        return np.stack([self.at(epoch).places for epoch in moments])

    def _correct(self, moment: Moment) -> Array | None:
        return None if self.evaluation.task.kind == REGRESSION else moment.correct


def _tour(principal: Array, last: Array) -> Tour:
    """The tour from the first two of these directions (n, n_units) through their span to the plane `last`."""
    rng = np.random.default_rng(0)
    several = len(principal) > 2
    between = [random_plane(len(principal), rng) @ principal for _ in range(BETWEEN * several)]
    return Tour.through([principal[:2], *between, last])


def _orthonormal(directions: Array) -> Array:
    """Directions (n, n_units) made orthonormal, in their order; without those within the ones before."""
    found: list[Array] = []
    for direction in directions:
        rest = direction / np.linalg.norm(direction)
        for _ in range(2):  # once more, as the first time leaves rounding errors
            rest = rest - sum(((rest @ one) * one for one in found), np.zeros(len(rest)))
        if (length := float(np.linalg.norm(rest))) > NOTHING:
            found.append(rest / length)
    return np.stack(found)
