"""The feature space, drawn."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from replay.panels.panel import Panel
from replay.panels.plane import RegionArtists, SampleArtists, prepare
from replay.style import Style
from replay.views.feature_space import FeatureSpace


class FeatureSpacePanel(Panel):
    """Samples as the layer sees them, over the bent grid of the inputs and the regions of the classes."""

    def __init__(self, axes: Axes, view: FeatureSpace, style: Style) -> None:
        super().__init__(axes, style)
        self.view = view
        prepare(axes, view.limits)
        axes.set_title(f"Feature space of layer “{view.layer}”")
        self.regions = RegionArtists(axes, view.limits, style)
        self.grid = [
            LineCollection([], colors=colour, linewidths=style.grid_width, zorder=1)
            for colour in (style.grid_x, style.grid_y)
        ]
        for lines in self.grid:
            axes.add_collection(lines, autolim=False)
        self.samples = SampleArtists(axes, view.evaluation.task.labels, style)

    @property
    def moving(self) -> list[Artist]:
        """From back to front: regions, grid, boundary, samples."""
        return [
            self.regions.image,
            *self.grid,
            *self.samples.dots,
            *self.regions.lines,
            self.samples.crosses,
        ]

    def show(self, epoch: float) -> None:
        """Bend the space as the layer does at `epoch`."""
        frame = self.view.at(epoch)
        self.regions.show(frame.regions)
        if frame.lines is not None:
            for collection, family in zip(self.grid, frame.lines, strict=True):
                collection.set_segments(list(family))
        self.samples.show(frame.points, frame.correct)
