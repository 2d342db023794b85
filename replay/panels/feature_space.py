"""The feature space, drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from replay.panels.panel import Panel
from replay.panels.plane import RegionArtists, SampleArtists, prepare
from replay.style import Style
from replay.views.feature_space import FeatureSpace

Array = NDArray[Any]


class FeatureSpacePanel(Panel):
    """Samples as the layer sees them, over the bent grid of the inputs and the regions of the classes."""

    def __init__(self, axes: Axes, view: FeatureSpace, style: Style) -> None:
        super().__init__(axes, style)
        self.view = view
        prepare(axes, view.limits)
        axes.set_title(f"Feature space of layer “{view.layer}”")
        self.regions = RegionArtists(axes, view.limits, style)
        self.grid: list[Line2D] = [
            axes.plot([], [], color=colour, linewidth=style.grid_width, zorder=1)[0]
            for colour in (style.grid_x, style.grid_y)
        ]
        labels = view.evaluation.task.labels
        self.samples = SampleArtists(axes, view.limits, labels, len(view.evaluation.inputs), style)

    @property
    def moving(self) -> list[Artist]:
        """From back to front: regions, grid, samples, boundary, errors."""
        return [
            self.regions.shading,
            *self.grid,
            *self.samples.moving,
            *self.regions.lines,
            self.samples.crosses,
        ]

    def show(self, epoch: float) -> None:
        """Bend the space as the layer does at `epoch`."""
        frame = self.view.at(epoch)
        self.regions.show(frame.regions)
        if frame.lines is not None:
            for line, family in zip(self.grid, frame.lines, strict=True):
                line.set_data(*_one_after_another(family))
        self.samples.show(frame.points, frame.correct)


def _one_after_another(family: Array) -> tuple[Array, Array]:
    """Lines (n_lines, n_points, 2) as x and y of a single one, interrupted by NaN."""
    broken = np.pad(family, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
    return broken[:, 0], broken[:, 1]
