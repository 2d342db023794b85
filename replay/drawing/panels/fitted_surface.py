"""The panel of a fitted surface: the network's answer in colours and contours, true targets as discs."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patheffects import withStroke

from replay.drawing.artists.heat_map import HeatMap, bright_and_dark, heat_of
from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.marks import HELD_OUT
from replay.drawing.artists.plane import GAP, PlaneAxes
from replay.drawing.artists.r2_words import R2Words
from replay.drawing.artists.ticks import number
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.regression import column_names
from replay.types import Array
from replay.views.fitted_surface import FittedSurface
from replay.views.shared.geometry import Limits

MOST = 2_000  # samples that are drawn
DISC = 1.5  # their size, as a multiple of that of other samples
LINE, LABEL = 1.0, 0.82  # the width of contours in points, and the size of their numbers, of that of ticks
APART = 2.4  # between numbers, as a multiple of their size
EDGES = (0.45, 0.5), (1.0, 1.1)  # how strong the edge of a disc is, and its points; that of one held out


class FittedSurfacePanel(Panel):
    """The plane of two inputs in the colours of the answer. Samples have the colour of their true target.

    A disc that cannot be seen is predicted right.
    """

    def __init__(self, axes: Axes, view: FittedSurface, style: Style) -> None:
        super().__init__(axes, view, style)
        evaluation = view.evaluation
        self.plane = PlaneAxes(axes, view.limits, view.exactly)
        names = column_names(evaluation)
        name = names[view.column]
        named = {"name": name}
        if name:
            axes.set_title(say("Predicted {name}, and true values as discs", **named))
            self.titles = (say("Predicted {name}, discs: true", **named), say("Predicted {name}", **named))
        else:
            axes.set_title(say("Prediction, and true values as discs"))
            self.titles = (say("Prediction, discs: true"), say("Prediction"))
        name_inputs(axes, evaluation.names.inputs, style)
        bright, dark = bright_and_dark(style)
        self.map = HeatMap(axes, view.limits, view.values)
        self.contours = axes.plot([], [], color=bright, linewidth=LINE, alpha=0.8, zorder=1)[0]
        self.discs = [_discs(axes, evaluation.recording.inputs, view.targets, view.values, style)]
        other = evaluation.held_out
        if other is not None and view.held_out is not None:
            inputs = other.recording.inputs
            self.discs.append(_discs(axes, inputs, view.held_out, view.values, style, hollow=True))
        halo = [withStroke(linewidth=2.5, foreground=dark)]
        self.numbers = [
            axes.text(
                0, 0, number(level), color=bright, fontsize=LABEL * style.size_tick, ha="center",
                va="center", path_effects=halo, zorder=4, visible=False, clip_on=True,
            )
            for level in view.levels
        ]  # fmt: skip
        self.r2 = R2Words(axes, evaluation, style, view.column)
        self.finite = LastFinite(axes, evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        return [self.map, self.contours, *self.discs, *self.numbers, *self.r2.moving, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the surface at `epoch`."""
        epoch = self.finite.moment(epoch)
        frame = self.view.at(epoch, self.plane.shown())
        self.r2.show(epoch)
        self.map.show(frame.values, frame.limits)
        pieces = [part for lines in frame.contours for line in lines for part in (line, GAP)]
        self.contours.set_data(*(np.concatenate(pieces) if pieces else GAP).T)
        self._place_numbers(frame.contours, frame.limits)

    def _place_numbers(self, contours: list[list[Array]], limits: Limits) -> None:
        """Number each contour where it comes closest to a falling diagonal, unless another is too near."""
        width, height = size_in_inches(self.axes)
        gap = APART * LABEL * self.style.size_tick / 72
        taken: list[Array] = []
        for text, lines in zip(self.numbers, contours, strict=True):
            place = _closest(lines, limits)
            inches = None if place is None else place * (width, height)
            free = inches is not None and all(np.hypot(*(inches - other)) > gap for other in taken)
            text.set_visible(bool(free))
            if free and inches is not None and place is not None:
                taken.append(inches)
                text.set_position(limits_at(place, limits))


def limits_at(place: Array, limits: Limits) -> tuple[float, float]:
    """The point at a place in shares of the plane."""
    x, y = (low + share * (high - low) for share, (low, high) in zip(place, limits, strict=True))
    return float(x), float(y)


def _closest(lines: list[Array], limits: Limits) -> Array | None:
    """Where the lines of a level are closest to the diagonal, well within the plane, in shares of it."""
    if not lines:
        return None
    low, high = np.array(limits).T
    places = (np.concatenate(lines) - low) / (high - low)
    inside = places[((places > 0.05) & (places < 0.95)).all(axis=1)]
    return inside[np.abs(inside.sum(axis=1) - 1).argmin()] if len(inside) else None


def _discs(
    axes: Axes,
    inputs: Array,
    targets: Array,
    values: tuple[float, float],
    style: Style,
    hollow: bool = False,
) -> Artist:
    """Samples in the colours of their targets, of very many a fixed choice; those held out stand out."""
    chosen = np.sort(np.random.default_rng(0).permutation(len(inputs))[:MOST])
    return axes.scatter(
        inputs[chosen, 0],
        inputs[chosen, 1],
        s=(DISC * style.marker) ** 2,
        c=heat_of(targets[chosen], values),
        edgecolors=to_rgba(bright_and_dark(style)[0], EDGES[hollow][0]),
        linewidths=EDGES[hollow][1],
        zorder=2.2 if hollow else 2,
        label=HELD_OUT if hollow else None,
    )
