"""The panel of linear regions: cells coloured by the slope of the score, and how many there are."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.offsetbox import AnnotationBbox, OffsetImage

from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.plane import BoundaryArtists, PlaneAxes, SampleArtists
from replay.drawing.artists.slopes import slope_colours
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say, say_number
from replay.views.linear_regions import LinearRegions

DISC = 23.0  # points, of the key to the colours
ABOVE = 4.0  # points from the base of the title to the middle of the key, and between it and its word
KEY_STEPS = 61  # cells a side of it
THIN = 0.5  # the width of a cell's edge, in widths of a curve


class LinearRegionsPanel(Panel):
    """The regions and the boundary through them; samples as points of their class.

    Its title counts the regions. The disc at the top has the colours of all slopes: where a region's score
    rises to the right it has the colour of the disc's right side, and grey where the score is flat.
    """

    def __init__(self, axes: Axes, view: LinearRegions, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits, exactly=True)  # what is counted, and no more
        name_inputs(axes, view.evaluation.names.inputs, style)
        self.title = axes.set_title(say_number("{number} linear region", "{number} linear regions", 9999))
        self.cells = PolyCollection([], zorder=0.5, linewidths=style.curve_width * THIN)
        self.cells.set_edgecolor(style.background)
        axes.add_collection(self.cells, autolim=False)
        self.boundary = BoundaryArtists(axes, style)
        n_samples = len(view.evaluation.inputs)
        self.samples = SampleArtists(axes, view.limits, view.labels, n_samples, style)
        self.finite = LastFinite(axes, view.evaluation, style)
        _draw_key(axes, style)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        samples = [*self.samples.moving, *self.samples.errors]
        return [self.cells, *self.boundary.lines, *samples, *self.finite.moving, self.title]

    def show(self, epoch: float) -> None:
        """Show the regions at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch), self.plane.shown())
        self.cells.set_verts(frame.polygons)
        self.cells.set_facecolor(slope_colours(frame.slopes, self.style))  # type: ignore[arg-type]  # RGB (n, 3)
        self.boundary.show(frame.boundary or ())
        self.samples.show(self.view.evaluation.recording.inputs, frame.correct)
        self.title.set_text(say_number("{number} linear region", "{number} linear regions", frame.count))


def _draw_key(axes: Axes, style: Style) -> None:
    """The disc of all slopes, above the right end of the axes."""
    steps = np.linspace(-1, 1, KEY_STEPS)
    slopes = np.stack(np.meshgrid(steps, steps[::-1]), axis=-1).reshape(-1, 2)
    colours = np.ones((len(slopes), 4))
    colours[:, :3] = slope_colours(slopes, style)
    colours[:, 3] = np.clip((1 - np.hypot(*slopes.T)) * KEY_STEPS / 2, 0, 1)  # a smooth edge
    image = colours.reshape(KEY_STEPS, KEY_STEPS, 4)
    disc = OffsetImage(image, zoom=DISC / KEY_STEPS)
    place = (-DISC / 2, style.title_pad + ABOVE)
    axes.add_artist(
        AnnotationBbox(
            disc, (1, 1), place, xycoords="axes fraction", boxcoords="offset points", frameon=False
        )
    )
    axes.annotate(
        say("slope"), (1, 1), (-DISC - ABOVE, style.title_pad + ABOVE), xycoords="axes fraction",
        textcoords="offset points", ha="right", va="center", color=style.muted, fontsize=style.size_tick,
    )  # fmt: skip
