"""The panel of the plane that enters a neuron: its activation, the samples, and its geometry over them."""

from __future__ import annotations

from dataclasses import replace

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.formula import symbol
from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.neuron_geometry import NeuronGeometry
from replay.drawing.artists.plane import PlaneAxes
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.shading import Shading
from replay.drawing.panels.neuron_names import name_unit
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.views.neuron_plane import NeuronPlane

STRENGTH = 1.15  # of the shading of classes, as there is but one colour


class NeuronPlanePanel(Panel):
    """The plane shaded in the unit's colour by its activation, the samples, and line, arrow and distance."""

    def __init__(self, axes: Axes, view: NeuronPlane, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits)
        unit, colour = view.unit, style.unit_colour(view.unit.index)
        self.titles = name_unit(axes, unit)
        names = unit.input_names or [symbol(unit.letter, number) for number in (1, 2)]
        name_inputs(axes, names, style)
        # A unit's activation is shaded as the probability of a single class would be.
        own = replace(style, classes=(colour,), shading=min(1.0, STRENGTH * style.shading))
        self.shading = Shading(axes, view.limits, own)
        self.samples = RunSamples(axes, view.limits, view.evaluation, style)
        run = unit.over_run
        self.geometry = NeuronGeometry(axes, view.limits, run.norms, run.distances, colour, style)
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """From back to front: shading, samples, errors, geometry."""
        samples = [*self.samples.moving, *self.samples.errors]
        return [self.shading, *samples, *self.geometry.moving, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the plane at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch), self.plane.shown())
        self.shading.show((1 + frame.strength[..., None]) / 2, frame.limits)
        self.samples.show(frame.points, frame.correct, frame.held_out, frame.limits)
        self.geometry.show(frame)
