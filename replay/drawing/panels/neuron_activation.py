"""The panel of a neuron's activation: its samples on the curve a = f(z), histograms of z below it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator

from replay.drawing.artists.formula import Formula
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import hollow_look
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.neuron_threshold import group_colours
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.language.percent import percent
from replay.types import Array
from replay.views.neuron_activation import NeuronActivation, NeuronActivationFrame

BAND = 0.34  # of the axes, for the histograms
FILLED = 0.9  # of the band, by the highest bar
TINT = 0.5  # of the faint colour, for flat parts
CORNER = 0.85  # the size of the words in the corner, of that of ticks
MOST_DOTS = 1_000  # samples on the curve; of more, the same are drawn at every moment
MOST_TICKS = 4
ALPHA = 0.35  # of the histograms' filling


class NeuronActivationPanel(Panel):
    """The formula above, the curve over tinted flat parts with samples on it, and below it where their z are.

    The highest bar of each histogram fills its band.
    """

    def __init__(self, axes: Axes, view: NeuronActivation, style: Style) -> None:
        super().__init__(axes, view, style)
        unit = view.unit
        low, high = view.a_limits
        self._base = low - (high - low) * BAND / (1 - BAND)
        axes.set_xlim(*view.z_limits)
        axes.set_ylim(self._base, high)
        axes.axhline(low, color=style.faint, linewidth=1.0, zorder=0.8)
        axes.axvline(0, color=style.muted, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0.9)
        self._number()
        largest = float(unit.over_run.largest.max()), float(np.abs(unit.over_run.biases).max())
        self.formula = Formula(
            axes,
            unit.n_inputs,
            unit.input_names,
            unit.letter,
            largest,
            style,
            bool(unit.over_run.firsts.min() < 0),
        )
        self._tint()
        if view.curve is not None:
            axes.plot(*view.curve.T, color=style.ink, linewidth=style.curve_width * 0.8, zorder=2)
        self.colours = group_colours(unit, style)
        self.bars = [
            axes.stairs(
                np.zeros(len(view.edges) - 1), view.edges, baseline=self._base, fill=True, facecolor=colour,
                alpha=ALPHA, edgecolor="none", zorder=1.5,
            )
            for colour in self.colours
        ]  # fmt: skip
        self.outlines = [
            axes.stairs(
                np.zeros(len(view.edges) - 1),
                view.edges,
                baseline=None,
                color=colour,
                linewidth=1.1,
                zorder=1.6,
            )
            for colour in self.colours
        ]
        self._groups = unit.groups()
        self._chosen = [_some(np.flatnonzero(members)) for members in self._groups]
        self.dots = [self._dots(number) for number in range(len(self._groups))]
        self.held_out = self._held_out()
        self.told = Words(
            0.985, BAND + 0.03, "", transform=axes.transAxes, figure=axes.get_figure(root=True), ha="right",
            va="bottom", color=style.muted, fontsize=CORNER * style.size_tick, zorder=5,
        )  # fmt: skip
        axes.add_artist(self.told)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _number(self) -> None:
        """Number z, and a above the histograms alone."""
        axes, (low, high) = self.axes, self.view.a_limits
        found = MaxNLocator(MOST_TICKS - 1, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        axes.yaxis.set_major_locator(FixedLocator([place for place in found if low <= place <= high]))
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS + 2, steps=[1, 2, 2.5, 5, 10]))
        for axis in (axes.xaxis, axes.yaxis):
            short_numbers(axis)
        axes.set_xlabel("z")
        label_where_room(axes.yaxis, f"a = {_called(self.view.unit.activation)}", self.style)

    def _tint(self) -> None:
        (left, right), top = self.view.z_limits, self.view.a_limits[1]
        for low, high in self.view.unit.flat_parts:
            start, stop = max(low, left), min(high, right)
            if start < stop:
                tint = Rectangle(
                    (start, self._base), stop - start, top - self._base,
                    facecolor=self.style.faint, alpha=TINT, linewidth=0, zorder=0.5,
                )  # fmt: skip
                self.axes.add_patch(tint)

    def _dots(self, number: int, **look: Any) -> Line2D:
        """Samples of a group, with the marker of its class."""
        label = self.view.unit.speaks_for
        n_classes = self.view.evaluation.task.n_classes
        shown = 0 if label is None else label if number == 0 else 1 - label if n_classes == 2 else None
        given: dict[str, Any] = {
            "marker": "." if shown is None else self.style.class_marker(shown),
            "color": self.colours[number],
            "markersize": self.style.marker * 1.25,
            "markeredgewidth": 0.4,
            "markeredgecolor": self.style.background,
        }
        return self.axes.plot([], [], linestyle="", zorder=3 + 0.1 * (number == 0), **(given | look))[0]

    def _held_out(self) -> list[Line2D]:
        other, unit = self.view.evaluation.held_out, self.view.unit
        if other is None:
            return []
        self._chosen_held_out = [_some(np.flatnonzero(members)) for members in unit.groups(other)]
        return [
            self._dots(number, **hollow_look(self.style, 0, self.axes) | {"markeredgecolor": colour})
            for number, colour in enumerate(self.colours)
        ]

    @property
    def moving(self) -> list[Artist]:
        """The histograms, the samples, and the words."""
        bars = [*self.bars, *self.outlines]
        return [*bars, *self.dots[::-1], *self.held_out, self.formula.words, self.told, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the unit at `epoch`."""
        epoch = self.finite.moment(epoch)
        frame = self.view.at(epoch)
        weights = self.view.unit.weights(epoch)
        self.formula.show(weights.kernel, weights.bias)
        room = (self.view.a_limits[0] - self._base) * FILLED
        for bars, outline, counts in zip(self.bars, self.outlines, frame.counts, strict=True):
            tops = self._base + room * counts / max(1, int(counts.max(initial=0)))
            bars.set_data(tops, self.view.edges, self._base)
            outline.set_data(np.where(counts > 0, tops, self._base), self.view.edges)
        for dots, chosen in zip(self.dots, self._chosen, strict=True):
            dots.set_data(frame.z[chosen], frame.a[chosen])
        if frame.held_out is not None:
            for dots, chosen in zip(self.held_out, self._chosen_held_out, strict=True):
                dots.set_data(*(values[chosen] for values in frame.held_out))
        self.told.set_text(self._words(frame))

    def _words(self, frame: NeuronActivationFrame) -> str:
        if not self.view.unit.flat_parts or not np.isfinite(frame.flat):
            return ""
        wide = size_in_inches(self.axes)[0] > 3
        share = percent(frame.flat)
        return say("{share} in flat parts", share=share) if wide else say("{share} flat", share=share)


def _called(activation: str) -> str:
    """The activation as a formula has it."""
    return "z" if activation == "linear" else f"{activation}(z)"


def _some(positions: Array) -> Array:
    """Of very many samples, the same few at every moment."""
    if len(positions) <= MOST_DOTS:
        return positions
    return np.sort(np.random.default_rng(0).choice(positions, MOST_DOTS, replace=False))
