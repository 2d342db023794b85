"""The panel of the decision boundary over the input plane."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.plane import (
    ClassNumbers,
    GridArtists,
    PlaneAxes,
    RegionArtists,
    SampleArtists,
)
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.views.decision_boundary import DecisionBoundary


class DecisionBoundaryPanel(Panel):
    """The input plane: samples are fixed, regions and boundary move."""

    def __init__(self, axes: Axes, view: DecisionBoundary, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits, view.exactly)
        axes.set_title("Decision boundary")
        self.regions = RegionArtists(axes, view.limits, style)
        self.grid = GridArtists(axes, style)
        self.grid.show(view.lines)
        self.samples = SampleArtists(axes, view.limits, view.labels, len(view.labels), style)
        self.numbers = ClassNumbers(axes, view.labels, style)
        self.numbers.show(view.evaluation.recording.inputs)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        under = [self.regions.shading, *self.grid.lines]  # the shading would cover a grid that stands still
        return [*under, *self.samples.moving, *self.regions.lines, *self.samples.errors, *self.numbers.moving]

    def show(self, epoch: float) -> None:
        """Show the network's regions at `epoch`."""
        frame = self.view.at(epoch, self.plane.shown())
        self.regions.show(frame.regions)
        self.samples.show(self.view.evaluation.recording.inputs, frame.correct)
