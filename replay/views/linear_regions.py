"""Linear regions: the cells of the input plane within which a piecewise linear network is linear."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import Message
from replay.runs.evaluation import Evaluation
from replay.runs.layer_values import depths
from replay.types import Array
from replay.views.decision_boundary import input_limits
from replay.views.layer_curves import LayerCurves, epoch_limits, lines_of
from replay.views.shared.geometry import Limits
from replay.views.shared.pieces import Pieces
from replay.views.shared.unit_lines import MAX_BENT, LinesOfUnits
from replay.views.units import lines_in_plane
from replay.views.view import View

COUNTED = 150  # snapshots
USUAL = 0.9  # the share of the plane whose slopes the colours tell apart; steeper ones look the same


@dataclass(frozen=True)
class LinearRegionsFrame:
    """The linear regions at one epoch.

    `polygons` are the corners of each region, (n_corners, 2); `slopes` (n_regions, 2) the gradient of the
    score in each, as a share of a steep one. `boundary`, the pieces (2, 2) of the decision boundary, is None
    of a regression and of very many classes; `correct` (n_samples,) of bool, None of a regression.
    """

    epoch: float
    polygons: list[Array]
    slopes: Array
    boundary: list[Array] | None
    correct: Array | None

    @property
    def count(self) -> int:
        """The number of regions."""
        return len(self.polygons)


class LinearRegions(View):
    """The regions of the input plane in which the network is one affine map.

    In each, every unit stays on one piece of its activation, so a region is an activation pattern. The score
    whose slope they have is the output's pre-activation or, with several outputs, the combination of them
    that varies most among the samples in the end. Raises ViewError if the inputs are not 2-D or the network
    is not piecewise linear, and for more than MAX_BENT units.
    """

    def __init__(self, evaluation: Evaluation) -> None:
        super().__init__(evaluation)
        self.of_units = _linear_units(evaluation)
        self.limits = input_limits(evaluation)
        self.labels: Array | None = evaluation.task.labels

    def at(self, epoch: float, within: Limits | None = None) -> LinearRegionsFrame:
        """The regions at `epoch`, `within` other limits than the view's own if they are given.

        There are none where the weights are not finite.
        """
        moment = self.evaluation.at(epoch)
        pieces = self.of_units.pieces(moment, within or self.limits)
        ties = self.of_units.ties(pieces)
        whole = pieces.z is not None
        return LinearRegionsFrame(
            epoch,
            pieces.cells.polygons() if whole else [],
            self._slopes(pieces) / self.steep if whole else np.empty((0, 2)),
            None if ties is None else list(ties.segments),
            None if self.labels is None else moment.correct,
        )

    def _slopes(self, pieces: Pieces) -> Array:
        """The gradient of the score in each region: (n_regions, 2)."""
        assert pieces.z is not None
        return pieces.cells.slopes(pieces.z.reshape(len(pieces.z), -1) @ self.direction)

    @cached_property
    def direction(self) -> Array:
        """The weights of the outputs in the score: (units,)."""
        recording = self.evaluation.recording
        output = recording.description.layers[-1].name
        inputs, last = self.evaluation.inputs, recording.epochs[-1:]
        z = self.evaluation.activations(output, inputs, last, before_activation=True)[0]
        z = z.reshape(len(z), -1).astype(np.float64)
        if z.shape[1] == 1 or not np.isfinite(z).all():
            return np.eye(z.shape[1])[-1]
        _, _, directions = np.linalg.svd(z - z.mean(axis=0), full_matrices=False)
        first: Array = directions[0]
        return first * np.sign(first[np.abs(first).argmax()])  # the sign is arbitrary: fix it

    @cached_property
    def steep(self) -> float:
        """The slope of USUAL of the plane is below it, at the last snapshot that has regions."""
        for epoch in self.evaluation.recording.epochs[::-1]:
            pieces = self.of_units.pieces(self.evaluation.at(float(epoch)), self.limits)
            if pieces.z is not None:
                length = np.hypot(*self._slopes(pieces).T)
                order = np.argsort(length)
                share = np.cumsum(pieces.cells.areas[order]) / pieces.cells.areas.sum()
                return float(length[order][np.searchsorted(share, USUAL)]) or 1.0
        return 1.0


def region_count(evaluation: Evaluation) -> tuple[LayerCurves, ...]:
    """The number of linear regions after each layer that bends, over the epochs: the content of one panel.

    It is counted at COUNTED snapshots at most, within the limits of the input plane. Raises ViewError as
    LinearRegions does.
    """
    of_units, limits = _linear_units(evaluation), input_limits(evaluation)
    recording = evaluation.recording
    epochs = recording.epochs[evenly(recording.n_snapshots, COUNTED)]
    counts = [of_units.pieces(evaluation.at(float(epoch)), limits).counts for epoch in epochs]
    names = tuple(layer.name for layer in of_units.layers)
    values = np.array([[of.get(name, np.nan) for of in counts] for name in names], dtype=np.float64)
    lines = lines_of(names, epochs, values)
    title = Message("Linear regions")
    return (LayerCurves(title, names, depths(recording, names), lines, epoch_limits(recording.epochs)),)


def _linear_units(evaluation: Evaluation) -> LinesOfUnits:
    found = lines_in_plane(evaluation, "linear regions")
    if not found.is_exact:
        raise ViewError(
            f"{evaluation.recording.path}: linear regions need layers that are piecewise linear, such as "
            f"ReLU's, with at most {MAX_BENT} units; show units or the decision boundary instead"
        )
    return found
