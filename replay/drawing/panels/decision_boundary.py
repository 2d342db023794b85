"""The decision boundary, drawn over the input plane."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.plane import RegionArtists, SampleArtists, prepare
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.views.decision_boundary import DecisionBoundary


class DecisionBoundaryPanel(Panel):
    """The input plane: samples stand still, regions and boundary move."""

    def __init__(self, axes: Axes, view: DecisionBoundary, style: Style) -> None:
        super().__init__(axes, view, style)
        prepare(axes, view.limits)
        axes.set_title("Decision boundary")
        self.regions = RegionArtists(axes, view.limits, style)
        self.samples = SampleArtists(axes, view.limits, view.labels, len(view.labels), style)

    @property
    def moving(self) -> list[Artist]:
        """From back to front."""
        return [self.regions.shading, *self.samples.moving, *self.regions.lines, self.samples.crosses]

    def show(self, epoch: float) -> None:
        """Divide the plane as the network does at `epoch`."""
        frame = self.view.at(epoch)
        self.regions.show(frame.regions)
        self.samples.show(self.view.evaluation.recording.inputs, frame.correct)
