"""Page data of trajectories: loss surfaces, which runs may share, and the path of each run over one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from replay.drawing.registry.lookup import row_of
from replay.errors import ViewError
from replay.language.message import in_each_language
from replay.player.payload.packing import Packing, Ref, quantise
from replay.player.payload.script_json import short
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.loss_surface import MOST_SAMPLES, LossSurface, difference, seconds
from replay.views.shared.contours import DECADES, are_logarithmic, levels
from replay.views.shared.geometry import Limits, have_one_scale, of_shape
from replay.views.trajectory import Trajectory, TrajectoryFrame

TRAJECTORY = "trajectory"
POINTS = 35  # a side of the mesh
ASPECT = 1.1  # width by height of what it covers
CHEAP = 0.4  # seconds that surfaces and paths may take on a page that does not begin with them
DIGITS = 7


@dataclass(frozen=True)
class _Shared:
    """A surface and the runs, by their numbers, whose paths lead over it."""

    surface: LossSurface
    runs: Sequence[int]


class Paths:
    """The loss surfaces of the runs of a page. Runs of one network on the same data share one.

    A run has none where it has no path, as with a single snapshot. No run has one where NumPy would take long
    for all of them; but if they are `asked` for, as by a page that begins with them, all that `replay render`
    draws. Then the constructor raises ViewError where no run has one.
    """

    def __init__(self, evaluations: Sequence[Evaluation], asked: bool) -> None:
        self._evaluations = evaluations
        self._asked = asked
        self._objection: ViewError | None = None
        if asked and not self._shared and self._objection is not None:
            raise self._objection

    @property
    def any(self) -> bool:
        """Whether a run has a path."""
        return bool(self._shared)

    @cached_property
    def _shared(self) -> list[_Shared]:
        if not (self._asked or are_cheap(self._evaluations)):
            return []
        alike: list[list[int]] = []
        for number, evaluation in enumerate(self._evaluations):
            firsts = [group for group in alike if not difference(self._evaluations[group[0]], evaluation)]
            if firsts:
                firsts[0].append(number)
            else:
                alike.append([number])
        found = [self._surface(group) for group in alike]
        return [one for one in found if one is not None]

    def _surface(self, numbers: Sequence[int]) -> _Shared | None:
        """The surface of these runs; None where they have none."""
        try:
            return _Shared(LossSurface([self._evaluations[number] for number in numbers]), numbers)
        except ViewError as error:
            self._objection = error
            return None

    @cached_property
    def _heights(self) -> list[tuple[Limits, Array]]:
        """The limits of each surface, and the losses on the mesh over them, up to its ceiling."""
        found = []
        for one in self._shared:
            limits = one.surface.limits
            limits = of_shape(limits, ASPECT) if have_one_scale(limits) else limits
            found.append((limits, np.minimum(one.surface.over(limits, POINTS), one.surface.ceiling)))
        return found

    def surfaces(self, packing: Packing) -> list[dict[str, Any]]:
        """SurfaceData of each."""
        pairs = zip(self._shared, self._heights, strict=True)
        return [_surface_data(one.surface, limits, heights, packing) for one, (limits, heights) in pairs]

    def path(self, number: int, epochs: Array, packing: Packing) -> dict[str, Any] | None:
        """PathData of a run between the first and the last of these epochs; None of one without a surface."""
        for place, one in enumerate(self._shared):
            if number in one.runs:
                frames = self._frames[number]
                within = [frame for frame in frames if epochs[0] <= frame.epoch <= epochs[-1]]
                return _path_data(place, within or frames[-1:], self._ends(number), packing)
        return None

    @cached_property
    def _frames(self) -> dict[int, list[TrajectoryFrame]]:
        """Where each run is at each snapshot of its path, by its number."""
        return {
            number: [trajectory.at(float(epoch)) for epoch in trajectory.path.epochs]
            for number, trajectory in self._trajectories.items()
        }

    @cached_property
    def _trajectories(self) -> dict[int, Trajectory]:
        return {
            number: Trajectory(self._evaluations[number], one.surface, place, fan=False)
            for one in self._shared
            for place, number in enumerate(one.runs)
        }

    def _ends(self, number: int) -> bool:
        """Whether the path ends because weights are no longer finite."""
        return self._trajectories[number].path.diverged


def are_cheap(evaluations: Sequence[Evaluation]) -> bool:
    """Whether NumPy has the losses on all meshes, and at each snapshot, at once."""
    return all(map(_is_known, evaluations)) and sum(map(_cost, evaluations)) <= CHEAP


def _is_known(evaluation: Evaluation) -> bool:
    return evaluation.in_numpy and evaluation.all_recorded and row_of("losses").suits(evaluation)


def _cost(evaluation: Evaluation) -> float:
    n_samples = min(len(evaluation.inputs), MOST_SAMPLES)
    return seconds(evaluation, n_samples, POINTS**2 + 2 * evaluation.recording.n_snapshots)


def _surface_data(surface: LossSurface, limits: Limits, heights: Array, packing: Packing) -> dict[str, Any]:
    names = in_each_language(lambda: surface.names)
    return {
        "names": [{language: each[place] for language, each in names.items()} for place in (0, 1)],
        "shares": None if surface.exact else surface.plane.shares,
        "limits": limits,
        "levels": short(levels(heights), DIGITS),
        "heights": _mesh_data(heights, packing),
    }


def _mesh_data(heights: Array, packing: Packing) -> Ref:
    """A smooth surface (rows, columns), quantised, as what each code differs from its neighbours'.

    Codes c are packed as d[i, j] = c[i, j] − c[i−1, j] − c[i, j−1] + c[i−1, j−1], modulo 2¹⁶, which gzip
    makes smaller than codes: sums along rows and columns give these back.
    """
    logarithmic = are_logarithmic(heights)
    low, high = ends(heights) if np.isfinite(heights).any() else (0.0, 1.0)
    low = max(low, high * 10**-DECADES) if logarithmic else low
    codes, quantised = quantise(heights, low, high, log=logarithmic)
    changes: Array = np.diff(np.diff(codes.astype(np.int64), axis=0, prepend=0), axis=1, prepend=0)
    return {**packing.add(changes % 2**16, "uint16"), "quantised": quantised}


def _path_data(
    surface: int, frames: Sequence[TrajectoryFrame], diverges: bool, packing: Packing
) -> dict[str, Any]:
    off = [(frame.off, frame.loss_on_plane) if frame.is_off else (np.nan, np.nan) for frame in frames]
    away, on_plane = np.array(off).T
    points = np.array([frame.point for frame in frames])
    return {
        "surface": surface,
        "epochs": short([frame.epoch for frame in frames]),
        "points": [packing.add_quantised(side, *ends(side)) for side in points.T],
        "losses": packing.add(np.array([frame.loss for frame in frames]), "float32"),
        "off": None if np.isnan(away).all() else packing.add_quantised(away, *ends(away)),
        "on_plane": None if np.isnan(away).all() else packing.add_quantised(on_plane, *ends(on_plane)),
        "diverges": diverges,
    }


def ends(values: Array) -> tuple[float, float]:
    """The smallest and the largest finite value; there is one."""
    finite = values[np.isfinite(values)]
    return float(finite.min()), float(finite.max())
