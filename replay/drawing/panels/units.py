"""The panel of units in the input plane: their lines over the regions, and the kinks of the boundary."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.plane import PlaneAxes, RegionArtists
from replay.drawing.artists.run_samples import RunSamples
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
        self.samples = RunSamples(axes, view.limits, evaluation, style)
        self.lines = UnitLineArtists(axes, style, deep=True)
        self.finite = LastFinite(axes, evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        return [
            self.regions.shading,
            *self.samples.moving,
            *self.lines.under,
            *self.regions.lines,
            *self.samples.errors,
            *self.lines.over,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the lines at `epoch`."""
        limits = self.plane.shown()
        frame = self.view.at(self.finite.moment(epoch), limits)
        plane = frame.plane
        self.regions.show(None if plane is None else plane.regions)
        correct, held_out = (None, None) if plane is None else (plane.correct, plane.held_out)
        self.samples.show_inputs(correct, held_out, limits)
        self.lines.show(frame.lines, limits)
