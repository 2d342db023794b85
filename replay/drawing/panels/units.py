"""The panel of units in the input plane: their lines over the regions, and the kinks of the boundary."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.outliers import Outliers
from replay.drawing.artists.plane import HeldOutArtists, PlaneAxes, RegionArtists, SampleArtists
from replay.drawing.artists.unit_lines import UnitLineArtists
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.views.units import Units


class UnitsPanel(Panel):
    """The input plane with the lines of all units; without classes, on empty ground."""

    def __init__(self, axes: Axes, view: Units, style: Style) -> None:
        super().__init__(axes, view, style)
        evaluation = view.evaluation
        self.plane = PlaneAxes(axes, view.limits)
        axes.set_title(say("Units in the input plane"))
        self.titles = (say("Units"),)
        name_inputs(axes, evaluation.names.inputs, style)
        self.regions = RegionArtists(axes, view.limits, style)
        self.samples = SampleArtists(axes, view.limits, view.labels, len(evaluation.inputs), style)
        self.outliers = Outliers(axes, view.labels, style)
        self.held_out = (
            None if evaluation.held_out is None else HeldOutArtists(axes, view.limits, evaluation, style)
        )
        self.lines = UnitLineArtists(axes, style, deep=True)
        self.finite = LastFinite(axes, evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        return [
            self.regions.shading,
            *self.samples.moving,
            *([] if self.held_out is None else self.held_out.moving),
            *self.lines.under,
            *self.regions.lines,
            *self.samples.errors,
            *self.outliers.moving,
            *self.lines.over,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the lines at `epoch`."""
        limits = self.plane.shown()
        frame = self.view.at(self.finite.moment(epoch), limits)
        inputs = self.view.evaluation.recording.inputs
        self.regions.show(None if frame.plane is None else frame.plane.regions)
        self.samples.show(inputs, None if frame.plane is None else frame.plane.correct)
        self.outliers.show(inputs, limits)
        if self.held_out is not None:
            held_out = None if frame.plane is None else frame.plane.held_out
            self.held_out.show(self.view.evaluation.held_out.recording.inputs, held_out, limits)
        self.lines.show(frame.lines, limits)
