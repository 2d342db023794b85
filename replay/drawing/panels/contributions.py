"""The panel of contributions: what each hidden unit adds to the answer, stacked above and below 0."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.key_words import KeyWords
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import BoundaryArtists
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.regression import column_names
from replay.types import Array
from replay.views.contributions import Contributions, Ends

ZONE = 0.45  # how strong the zone of extrapolation is
ALPHA = 0.82  # of the bands
MOST_TICKS = 4


class ContributionsPanel(Panel):
    """A band for each unit, as high as what it adds: above 0 if it raises the answer, below if it lowers it.

    The bias and, of many units, the rest are grey bands. The line is the sum of all.
    """

    def __init__(self, axes: Axes, view: Contributions, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set(xlim=view.x_limits, ylim=view.value_limits)
        shade_beyond(axes, view.x_limits, view.data, style)
        self._name()
        names = view.evaluation.names.inputs
        axes.set_xlabel(names[0] if len(names) == 1 else "x")
        label_where_room(axes.yaxis, say("w · a"), style)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 2.5, 5, 10]))
        for axis in (axes.xaxis, axes.yaxis):
            short_numbers(axis)
        axes.axhline(0, color=style.muted, linewidth=1.0, zorder=0.9)
        colours = unit_colours(view, style)
        bands = [style.faint, style.muted, *(colours[int(unit)] for unit in view.units)]
        self.bands = PolyCollection(
            [],
            facecolors=np.repeat(bands, 2).tolist(),
            edgecolors=style.background,
            linewidths=0.5,
            alpha=ALPHA,
            zorder=1,
        )
        axes.add_collection(self.bands, autolim=False)
        self.total = BoundaryArtists(axes, style)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _name(self) -> None:
        view, style = self.view, self.style
        few, number = len(view.units), view.n_units
        if few < number:
            self.axes.set_title(say("What the {few} strongest of {number} units add", few=few, number=number))
        elif len(names := column_names(view.evaluation)) > 1:
            self.axes.set_title(say("What each hidden unit adds to {name}", name=names[0]))
        else:
            self.axes.set_title(say("What each hidden unit adds"))
        self.titles = (say("What units add"),)
        total = say("line: their sum, the fit") if view.is_answer else say("line: their sum")
        grey = say("grey: bias") if few == number else say("grey: others, bias")
        KeyWords(
            self.axes,
            style,
            [(grey, style.muted), (total, style.ink)],
            [(say("line: sum"), style.ink)],
        )

    @property
    def moving(self) -> list[Artist]:
        """The bands, and the line of the sum."""
        return [self.bands, *self.total.lines, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the terms at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        bias = np.full(len(frame.x), frame.bias)
        terms = np.nan_to_num(np.vstack([bias, frame.others, frame.parts]), posinf=0.0, neginf=0.0)
        self.bands.set_verts(stacked(frame.x, terms))
        self.total.show([np.column_stack([frame.x, np.where(np.isfinite(frame.total), frame.total, np.nan)])])


def stacked(x: Array, terms: Array) -> list[Array]:
    """The outlines of terms (n_terms, n) over x (n,): of each the part above 0, then that below it.

    Each stands on those before it of the same sign.
    """
    outlines = []
    above, below = np.zeros(len(x)), np.zeros(len(x))
    for term in terms:
        for base, part in ((above, np.maximum(term, 0)), (below, np.minimum(term, 0))):
            there, back = np.column_stack([x, base]), np.column_stack([x, base + part])[::-1]
            outlines.append(np.concatenate([there, back]))
        above, below = above + np.maximum(term, 0), below + np.minimum(term, 0)
    return outlines


def shade_beyond(axes: Axes, shown: Ends, data: Ends, style: Style) -> list[Ends]:
    """Tint what is shown beyond the data, on both sides, and return where that is."""
    zones = [(shown[0], data[0]), (data[1], shown[1])]
    for start, end in zones:
        axes.axvspan(start, end, color=style.faint, alpha=ZONE, linewidth=0, zorder=0.2)
    return zones


def unit_colours(view: Contributions, style: Style) -> dict[int, str]:
    """The colour of each unit that is shown, by its number counted from 0."""
    return {int(unit): style.unit_colour(place) for place, unit in enumerate(view.units)}
