"""The panel of the feature space: samples, warped grid and class regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import (
    GridArtists,
    PlaneAxes,
    RegionArtists,
)
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.scale_bar import ScaleBar
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.language.percent import percent
from replay.types import Array
from replay.views.feature_space import FeatureSpace, unit_name
from replay.views.shared.projection import UnitPair

FAR = 1e6  # where a wall without an end is cut off
INSET = 2.0  # points between the vertical axis and its label


class FeatureSpacePanel(Panel):
    """Samples as the layer sees them, over the warped input grid and the class regions."""

    def __init__(self, axes: Axes, view: FeatureSpace, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits, view.exactly)
        axes.set_title(say("Feature space of layer “{layer}”", layer=view.layer))
        self.titles = (say("Feature space of “{layer}”", layer=view.layer), say("Feature space"))
        if view.has_names:
            name_axes(axes, names_of_axes(view), view.projection.shares)
        else:
            for axis, name in zip((axes.xaxis, axes.yaxis), names_of_axes(view), strict=True):
                label_where_room(axis, name, style)
        self.regions = RegionArtists(axes, view.limits, style)
        self.grid = GridArtists(axes, style)
        labels = view.evaluation.task.labels
        self.samples = RunSamples(axes, view.limits, view.evaluation, style)
        names = view.evaluation.names
        self.numbers = ClassNumbers(axes, labels, view.n_region_classes, style, names)
        self.finite = LastFinite(axes, view.evaluation, style)
        self.walls = _walls(axes, view, style)
        self.scale = ScaleBar(axes, style, over_the_run(view)) if view.follows else None
        if self.scale:
            axes.set(xticks=[], yticks=[])

    @property
    def moving(self) -> list[Artist]:
        """From back to front: regions, grid, samples, boundary, errors, arrows, numbers; axes that change."""
        return [
            self.regions.shading,
            *self.walls,
            *self.grid.lines,
            *self.samples.moving,
            *self.regions.lines,
            *self.samples.errors,
            *self.numbers.moving,
            *self.finite.moving,
            *([] if self.view.fixed or self.scale else [self.axes.xaxis, self.axes.yaxis]),
            *(self.scale.moving if self.scale else ()),
        ]

    def show(self, epoch: float) -> None:
        """Show the space at `epoch`."""
        epoch = self.finite.moment(epoch)
        if not self.view.fixed:
            self.plane.show(self.view.limits_at(epoch))
        frame = self.view.at(epoch, self.plane.shown())
        if self.scale:
            self.scale.show()
        self.regions.show(frame.regions)
        self.grid.show(frame.lines)
        limits = None if self.view.exactly else frame.limits
        self.samples.show(frame.points, frame.correct, frame.held_out, limits)
        self.numbers.show(frame.points, frame.regions)


def over_the_run(view: FeatureSpace) -> Array:
    """The samples at three moments, as shares of what is shown at each: (3, n_samples, 2)."""
    epochs = view.evaluation.recording.epochs
    moments = [float(epoch) for epoch in epochs[[0, len(epochs) // 2, -1]]]
    ends = [np.array(view.limits_at(moment)) for moment in moments]
    points = [view.over([moment])[0] for moment in moments]
    return np.stack(
        [(of - end[:, 0]) / (end[:, 1] - end[:, 0]) for of, end in zip(points, ends, strict=True)]
    )


def names_of_axes(view: FeatureSpace) -> tuple[str, str]:
    """The names of the axes: of inputs that reach the layer as they are their own, else of its units."""
    if not isinstance(view.projection, UnitPair):
        return view.projection.names
    first, second = view.projection.units
    if view.input_names:
        return view.input_names[first], view.input_names[second]
    layer = view.evaluation.recording.layer(view.layer)
    return unit_name(layer, first + 1), unit_name(layer, second + 1)


def _walls(axes: Axes, view: FeatureSpace, style: Style) -> list[Line2D]:
    """Lines where the activations of both units end: the sides of what can be reached."""
    far = np.clip(view.walls, -FAR, FAR)
    look: dict[str, Any] = {"color": style.muted, "linewidth": 1.0, "linestyle": (0, (4, 3)), "zorder": 0.9}
    lines = [
        Line2D(x, y, transform=axes.transData, **look)
        for end in view.walls
        if np.isfinite(end)
        for x, y in (((end, end), far), (far, (end, end)))
    ]
    for line in lines:
        axes.add_artist(line)
    return lines


def name_axes(axes: Axes, names: tuple[str, str], shares: tuple[float, float] | None) -> None:
    """Label the axes with their names and `shares` and, if there is room, "of the variance".

    The vertical label is inside, in the margin beside the samples.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    beside = ScaledTranslation(INSET / 72, 0, figure.dpi_scale_trans)
    axes.yaxis.label.set_verticalalignment("top")
    axes.yaxis.set_label_coords(0, 0.5, transform=axes.transAxes + beside)
    for axis, name, share, room in zip(
        (axes.xaxis, axes.yaxis), names, shares or (np.nan, np.nan), axes.bbox.size, strict=True
    ):
        if not np.isfinite(share):
            axis.set_label_text(name)
            continue
        axis.set_label_text(say("{name} ({share} of the variance)", name=name, share=percent(share)))
        box = axis.label.get_window_extent()
        if max(box.width, box.height) > room:
            axis.set_label_text(f"{name} ({percent(share)})")
