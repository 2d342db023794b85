"""The panel of the decision boundary over the input plane."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.plane import GridArtists, PlaneAxes, RegionArtists
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.unit_lines import UnitLineArtists
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.views.decision_boundary import DecisionBoundary


class DecisionBoundaryPanel(Panel):
    """The input plane: samples are fixed, regions, boundary and the lines of few units move."""

    def __init__(self, axes: Axes, view: DecisionBoundary, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits, view.exactly)
        axes.set_title(say("Decision boundary"))
        name_inputs(axes, view.evaluation.names.inputs, style)
        self.regions = RegionArtists(axes, view.limits, style)
        self.grid = GridArtists(axes, style)
        self.grid.show(view.lines)
        self.samples = RunSamples(axes, view.limits, view.evaluation, style)
        self.units = UnitLineArtists(axes, style) if style.unit_lines and view.units is not None else None
        self.finite = LastFinite(axes, view.evaluation, style)
        evaluation = view.evaluation
        self.numbers = ClassNumbers(axes, view.labels, evaluation.task.n_classes, style, evaluation.names)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        under = [self.regions.shading, *self.grid.lines]  # the shading would cover a grid that stands still
        units = ([], []) if self.units is None else (self.units.under, self.units.over)
        over = [*units[0], *self.regions.lines, *self.samples.errors, *units[1]]
        return [*under, *self.samples.moving, *over, *self.numbers.moving, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the network's regions at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch), self.plane.shown())
        self.regions.show(frame.regions)
        limits = None if self.view.exactly else frame.regions.limits
        self.samples.show_inputs(frame.correct, frame.held_out, limits)
        if self.units is not None:
            self.units.show(frame.units, frame.regions.limits)
        self.numbers.show(self.view.evaluation.recording.inputs, frame.regions)
