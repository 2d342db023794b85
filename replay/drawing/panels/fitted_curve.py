"""The panel of a fitted curve: data, the network's answer through them and beyond, and where units switch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.key_words import KeyWords
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.number_samples import NumberSamples
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import BoundaryArtists
from replay.drawing.artists.r2_words import R2Words
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.panels.contributions import shade_beyond, unit_colours
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.regression import column_names
from replay.types import Array
from replay.views.fitted_curve import FittedCurve, FittedCurveFrame

MOST_STICKS = 150  # samples with a line to the curve
HALO = 1.45  # of the curve, which is to hide few samples
HINGE = 2.1  # the size of a hinge, as a multiple of a sample's
WORDS = 0.8  # the size of the words in it, of that of ticks
FILLED = 0.92  # of their room, by words
MOST_TICKS = 5
GAP = np.full((1, 2), np.nan)  # separates the sticks within an array of points


class FittedCurvePanel(Panel):
    """Data as dots, the network's answer as a line with a dot where a unit switches. Beyond the data is grey.

    Of several targets each has the colour of a class.
    """

    def __init__(self, axes: Axes, view: FittedCurve, style: Style) -> None:
        super().__init__(axes, view, style)
        limits, evaluation = view.limits, view.evaluation
        axes.set(xlim=limits.x, ylim=limits.y)
        axes.set_title(say("Data and fitted curve"))
        self.titles = (say("Fitted curve"), say("Fit"))
        names = column_names(evaluation)
        label_axes(axes, evaluation.names.inputs, names, style)
        self._shade_zones()
        inputs, targets = view.samples
        n_columns = targets.shape[1]
        n_held_out = None if view.held_out is None else len(view.held_out[0])
        self.sticks = axes.plot([], [], color=style.muted, linewidth=0.8, alpha=0.55, zorder=1.2)[0]
        self.samples = NumberSamples(axes, limits, n_columns, len(inputs), n_held_out, style)
        self.curves = [BoundaryArtists(axes, style, HALO) for _ in range(n_columns)]
        if n_columns > 1:
            for number, curve in enumerate(self.curves):
                curve.lines[1].set_color(style.class_colour(number))
        self.hinges = axes.scatter(
            [], [], s=(HINGE * style.marker) ** 2, linewidths=1.2, edgecolors=style.background, zorder=3.6
        )
        self._hinge_colours = np.array(_hinge_colours(view, style))
        self.names: KeyWords | None = None
        self._explain(names)
        self.r2 = R2Words(axes, evaluation, style)
        self.finite = LastFinite(axes, evaluation, style)

    def _shade_zones(self) -> None:
        """Tint where there are no training data, and say so where there is room."""
        for start, end in shade_beyond(self.axes, self.view.limits.x, self.view.data, self.style):
            self._write(say("no training data"), say("no data"), start, end)

    def _write(self, longer: str, shorter: str, start: float, end: float) -> None:
        """Words at the bottom between these inputs, in the longer form that has room."""
        left, right = self.view.limits.x
        room = FILLED * size_in_inches(self.axes)[0] * (end - start) / (right - left)
        size = WORDS * self.style.size_tick
        forms = (form for form in (longer, shorter) if width_in_inches(form, size, self.style) <= room)
        self.axes.text(
            (start + end) / 2, 0.025, next(forms, ""), transform=self.axes.get_xaxis_transform(),
            ha="center", va="bottom", fontsize=size, color=self.style.muted, zorder=0.4,
        )  # fmt: skip

    def _explain(self, names: list[str]) -> None:
        style = self.style
        if len(names) > 1:
            self.names = KeyWords(self.axes, style, column_words(names, style), within=True)
        elif len(self.view.units) and style.unit_lines:
            self._write(say("● where a hidden unit has z = 0"), say("● a unit’s z = 0"), *self.view.data)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        curves = [line for curve in self.curves for line in curve.lines]
        return [
            self.sticks,
            *self.samples.moving,
            *curves,
            self.hinges,
            *self._names,
            *self.r2.moving,
            *self.finite.moving,
        ]

    @property
    def _names(self) -> list[Artist]:
        return [] if self.names is None else [self.names]

    def show(self, epoch: float) -> None:
        """Show the curve at `epoch`."""
        epoch = self.finite.moment(epoch)
        frame = self.view.at(epoch)
        self.r2.show(epoch)
        view = self.view
        for curve, answers in zip(self.curves, frame.answers.T, strict=True):
            curve.show([np.column_stack([frame.x, np.where(np.isfinite(answers), answers, np.nan)])])
        self._place_sticks(frame)
        held_out = () if view.held_out is None else (_spread(*view.held_out),)
        self.samples.show(_spread(*view.samples), *held_out)
        x = np.repeat(frame.hinges, frame.heights.shape[1])
        shown = np.isfinite(x) & np.isfinite(frame.heights.ravel())
        self.hinges.set_offsets(np.column_stack([x, frame.heights.ravel()])[shown])
        if len(self._hinge_colours):
            colours = np.repeat(self._hinge_colours, frame.heights.shape[1], axis=0)
            self.hinges.set_facecolor(list(colours[shown]))
        self.hinges.set_visible(self.style.unit_lines and bool(shown.any()))

    def _place_sticks(self, frame: FittedCurveFrame) -> None:
        """A line from each sample to the curve, of few samples with one target."""
        inputs, targets = self.view.samples
        if targets.size > MOST_STICKS or targets.shape[1] > 1:
            return
        ends = np.stack([targets[:, 0], frame.predicted[:, 0]], axis=1)
        points = np.stack([np.repeat(inputs[:, None], 2, axis=1), ends], axis=2)
        broken = np.concatenate([points, np.broadcast_to(GAP[None], (len(points), 1, 2))], axis=1)
        self.sticks.set_data(*broken.reshape(-1, 2).T)


def label_axes(axes: Axes, inputs: Any, names: list[str], style: Style) -> None:
    """Number the axes of a curve and name them: by the names of the run, else x and y."""
    axes.set_xlabel(inputs[0] if len(inputs) == 1 else "x")
    label_where_room(axes.yaxis, names[0] or "y" if len(names) == 1 else "y", style)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 2.5, 5, 10]))
        short_numbers(axis)


def column_words(names: list[str], style: Style) -> list[tuple[str, str]]:
    """The names of several targets, each in its colour."""
    return [(name, style.class_colour(number)) for number, name in enumerate(names)]


def _spread(inputs: Array, targets: Array) -> tuple[Array, Array]:
    return np.repeat(inputs[:, None], targets.shape[1], axis=1), targets


def _hinge_colours(view: FittedCurve, style: Style) -> list[str]:
    """The colour of each hinge: that of its unit where the panel below has it, else the muted one."""
    if not view.hinges_add or view.contributions is None:
        return [style.muted] * len(view.units)
    colours = unit_colours(view.contributions, style)
    return [colours.get(int(unit), style.muted) for unit in view.units]
