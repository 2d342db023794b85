"""The decision boundary: class regions over the plane of 2-D inputs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import Limits, grid_lines, plane_around
from replay.views.shared.regions import MAX_CLASSES, Regions
from replay.views.shared.unit_lines import LinesOfUnits, UnitLines, lines_of_units
from replay.views.view import View

FEW_UNITS = 16  # of the first layer: the lines of more would hide the plane


@dataclass(frozen=True)
class DecisionBoundaryFrame:
    """The input plane at one epoch: class regions, and which samples are `correct`, (n_samples,) of bool.

    `held_out` says it of the held-out samples, None without any. `units` are the lines of the first layer's
    units, None where there are none, or more than FEW_UNITS.
    """

    epoch: float
    regions: Regions
    correct: Array
    held_out: Array | None = None
    units: UnitLines | None = None


def input_limits(evaluation: Evaluation) -> Limits:
    """Limits around the 2-D inputs but for strays, those held out among them, with a margin.

    Of recorded answers, those of their mesh.
    """
    mesh = evaluation.mesh
    if mesh is not None:
        return Limits(*mesh.limits)
    return plane_around(
        *(one.recording.inputs for one in (evaluation, evaluation.held_out) if one is not None)
    )


class DecisionBoundary(View):
    """The class that the network predicts at each point of the input plane.

    Of a run of recorded answers, it is drawn on the mesh that they are for. Of a piecewise linear network of
    at most FEW_UNITS first units the boundary is exact. With `grid`, `lines` (2, n_lines, n_points, 2) are
    those of a grid over the plane, else None. Raises ViewError if inputs are not 2-D, or the run is a
    regression, has more than MAX_CLASSES classes, or answers for its samples alone.
    """

    def __init__(
        self,
        evaluation: Evaluation,
        mesh_points: int = 200,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
        grid: bool = False,
    ) -> None:
        recording = evaluation.recording
        if recording.inputs.shape[1:] != (2,):
            raise ViewError(
                f"{recording.path}: a decision boundary needs inputs of 2 dimensions, but these have shape "
                f"{recording.inputs.shape[1:]}; show the feature space instead"
            )
        if evaluation.has_answers_alone and evaluation.mesh is None:
            raise ViewError(
                f"{recording.path}: a decision boundary needs answers between the samples: record them on a "
                "mesh, too"
            )
        self.labels = evaluation.task.class_labels
        n_classes = evaluation.task.n_classes
        if n_classes > MAX_CLASSES:
            raise ViewError(
                f"{recording.path}: a decision boundary shows {MAX_CLASSES} classes at most, and this run "
                f"has {n_classes}; show the feature space instead"
            )
        super().__init__(evaluation)
        self.mesh_points = mesh_points if evaluation.mesh is None else evaluation.mesh.points
        around = input_limits(evaluation)
        self.limits = Limits(xlim or around.x, ylim or around.y)
        of_mesh = evaluation.mesh is not None
        self.exactly = xlim is not None or ylim is not None or of_mesh  # what a picture may not widen
        self.lines = grid_lines(self.limits) if grid else None

    def at(self, epoch: float, within: Limits | None = None, deep: bool = False) -> DecisionBoundaryFrame:
        """The input plane at `epoch`, `within` other limits than the view's own if they are given.

        Of recorded answers, always within those of their mesh.
        With `deep` it has the lines of deeper units, too.
        """
        moment, held_out = self.evaluation.at(epoch), self.evaluation.held_out
        mesh = self.evaluation.mesh
        limits = (within or self.limits) if mesh is None else Limits(*mesh.limits)  # beyond, nothing is known
        units = None if self.units is None else self.units.at(epoch, limits, deep)
        return DecisionBoundaryFrame(
            epoch,
            Regions.over(
                limits, self.mesh_points, moment.answers_of, None if units is None else units.boundary
            ),
            moment.correct,
            None if held_out is None else held_out.at(epoch).correct,
            units,
        )

    @cached_property
    def units(self) -> LinesOfUnits | None:
        """The lines of the first layer's units, if they are few."""
        found = lines_of_units(self.evaluation)
        return found if found is not None and found.n_units <= FEW_UNITS else None
