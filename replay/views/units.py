"""Units in the input plane: the line of each where z = 0, those of deeper units, and the boundary's kinks."""

from __future__ import annotations

from dataclasses import dataclass

from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.decision_boundary import DecisionBoundary, DecisionBoundaryFrame, input_limits
from replay.views.shared.geometry import Limits
from replay.views.shared.regions import MAX_CLASSES
from replay.views.shared.unit_lines import LinesOfUnits, UnitLines, lines_of_units
from replay.views.view import View


@dataclass(frozen=True)
class UnitsFrame:
    """Units at one epoch: their `lines`, and the plane that they divide, None without class regions."""

    epoch: float
    lines: UnitLines
    plane: DecisionBoundaryFrame | None


class Units(View):
    """The lines of all units in the input plane.

    `plane` is the decision boundary that they make, None of a regression or of very many classes. Raises
    ViewError if the inputs are not 2-D, or NumPy does not evaluate the network, or no hidden layer has units.
    """

    def __init__(self, evaluation: Evaluation, mesh_points: int = 200) -> None:
        super().__init__(evaluation)
        self.of_units = lines_in_plane(evaluation, "the lines of units")
        has_classes = 0 < evaluation.task.n_classes <= MAX_CLASSES
        self.plane = DecisionBoundary(evaluation, mesh_points) if has_classes else None
        if self.plane is not None:
            self.plane.units = self.of_units  # however many there are
        self.limits = input_limits(evaluation)
        self.labels: Array | None = evaluation.task.labels

    @property
    def layers(self) -> list[LayerDescription]:
        """The layers whose units have lines, from input to output."""
        return list(self.of_units.layers)

    def at(self, epoch: float, within: Limits | None = None) -> UnitsFrame:
        """The lines at `epoch`, `within` other limits than the view's own if they are given."""
        limits = within or self.limits
        if self.plane is None:
            return UnitsFrame(epoch, self.of_units.at(epoch, limits, deep=True), None)
        plane = self.plane.at(epoch, limits, deep=True)
        assert plane.units is not None
        return UnitsFrame(epoch, plane.units, plane)


def lines_in_plane(evaluation: Evaluation, what: str) -> LinesOfUnits:
    """The lines of units; raises ViewError where a run has none, for the view that shows `what`."""
    found = lines_of_units(evaluation)
    if found is not None:
        return found
    path, shape = evaluation.recording.path, evaluation.recording.input_shape
    if shape != (2,):
        raise ViewError(
            f"{path}: {what} need inputs of 2 dimensions, but these have shape {shape}; show the network or "
            "a neuron instead"
        )
    if not evaluation.chain_in_numpy or not evaluation.all_recorded:
        raise ViewError(
            f"{path}: {what} need a chain of layers that NumPy evaluates, with all their weights recorded; "
            "show the decision boundary instead"
        )
    raise ViewError(
        f"{path}: {what} need a hidden layer of units that follows the inputs; show the decision boundary "
        "instead"
    )
