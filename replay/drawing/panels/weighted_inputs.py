"""The panel of a neuron's weighted inputs: name, weight, and what each adds to the sum, row by row."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.formula import FixedNumbers, symbol
from replay.drawing.artists.last_finite import LastFinite, rows_for_notice
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.ticks import short
from replay.drawing.panels.neuron_names import name_unit
from replay.drawing.panels.neuron_threshold import group_colours
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, say
from replay.types import Array
from replay.views.weighted_inputs import WeightedInputs, WeightedInputsFrame

SIZE = 0.85  # of words, of that of ticks
NAMES = 0.3  # of the axes, for names at most
NUMBER = 0.04  # of the axes, beside a column of numbers
BAR = 0.64  # of a row, for the bars of all groups
ROW = 0.24  # inches, of a row at least
HEAD = 0.9  # rows
RULE = 0.5  # between the rows of inputs and the sum
BELOW = 4  # rows below the rule: the sum, the bias, z and a
OF_CLASSES = Message("w·{letter} in the mean sample of each class")
OF_ALL = Message("w·{letter} in the mean sample")


class WeightedInputsPanel(Panel):
    """A row for each input with its weight, and bars of their product in the mean sample of each group.

    Below the rule are their sum, the bias, z, and a of that z. Inputs that have no room, or matter least, are
    together in one row.
    """

    def __init__(self, axes: Axes, view: WeightedInputs, style: Style) -> None:
        super().__init__(axes, view, style)
        self.titles = name_unit(axes, view.unit)
        width, height = size_in_inches(axes)
        room = max(1, int(height / ROW - HEAD - RULE) - BELOW - 1)
        self.n = min(len(view.shown), room)
        self.n_others = view.unit.n_inputs - self.n
        self.weight = FixedNumbers(float(view.unit.over_run.largest.max()))
        low, high = view.limits
        self.value = FixedNumbers(max(abs(low), abs(high), float(np.abs(view.unit.over_run.biases).max())))
        self.size = SIZE * style.size_tick
        self.labels = self._labels(NAMES * width)
        names = max(width_in_inches(label, self.size, style) for label in self.labels) / width
        number = width_in_inches(self.weight.signed(-1.0), self.size, style) / width
        self._weights_at = names + NUMBER + number / 2
        value = width_in_inches(self.value.signed(-1.0), self.size, style) / width
        self._values_at = 1 - value / 2
        self._place(names + number + 2 * NUMBER, 1 - value - NUMBER)
        self._draw_rows()
        self._name_axis()
        self.colours = group_colours(view.unit, style)
        self.bars = PolyCollection([], closed=True, linewidths=0, zorder=2)
        axes.add_collection(self.bars, autolim=False)
        self.words = ManyWords(axes, self.size, 5)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _labels(self, inches: float) -> list[str]:
        """The names of the rows: of the inputs, of the others, of sum, bias and z."""
        unit = self.view.unit
        letter = unit.letter
        shown = self.view.shown[: self.n]
        names = [
            unit.input_names[place] if unit.input_names else symbol(letter, int(place) + 1) for place in shown
        ]
        if unit.n_inputs == 1 and not unit.input_names:
            names = [letter]
        names = short_names(names, inches, self.size, self.style)
        others = [say("+{number} others", number=in_numbers(f"{self.n_others:,}"))] if self.n_others else []
        return [*names, *others, f"w·{letter}", "b", "z", "a"]

    def _place(self, start: float, stop: float) -> None:
        low, high = self.view.limits
        unit = (high - low) / (stop - start)
        self.axes.set_xlim(low - start * unit, high + (1 - stop) * unit)
        n_rows = len(self.labels) + RULE
        free = rows_for_notice(self.axes, self.view.evaluation, n_rows + HEAD)
        self.axes.set_ylim(n_rows - 0.5, -0.5 - HEAD - free)
        found = MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        places = [place for place in found if low <= place <= high]
        self.axes.set_xticks(places, [short(round(place, 10)) for place in places])
        self.axes.set_yticks([])
        for side in ("left", "bottom"):
            self.axes.spines[side].set_visible(False)

    def _x(self, share: float) -> float:
        left, right = self.axes.get_xlim()
        return left + share * (right - left)

    def _y(self, row: int) -> float:
        """The middle of a row: sum, bias and z stand below a rule."""
        return row + (RULE if row >= len(self.labels) - BELOW else 0)

    def _name_axis(self) -> None:
        """Say what the bars are, in the longest form that fits."""
        form = OF_CLASSES if len(self.view.unit.groups()) == 2 else OF_ALL
        unit, inches = self.view.unit, size_in_inches(self.axes)[0]
        words = str(replace(form, values={"letter": unit.letter}))
        fits = width_in_inches(words, self.style.size_tick, self.style) <= inches
        self.axes.set_xlabel(words if fits else f"w·{unit.letter}")

    def _draw_rows(self) -> None:
        axes, style = self.axes, self.style
        last = len(self.labels) - BELOW
        axes.axhline(last - 0.5 + RULE / 2, color=style.muted, linewidth=1.0, zorder=1)
        axes.plot(
            [0, 0], [-0.5, self._y(len(self.labels) - 1) + 0.5], color=style.muted, linewidth=0.8, zorder=1
        )
        for row, label in enumerate(self.labels):
            colour = style.muted if self.n_others and row == self.n else style.ink
            axes.text(self._x(0), self._y(row), label, va="center", color=colour, fontsize=self.size)
        head = -0.5 - HEAD / 2
        axes.text(
            self._x(self._weights_at),
            head,
            "w",
            va="center",
            ha="center",
            color=style.muted,
            fontsize=self.size,
        )

    @property
    def moving(self) -> list[Artist]:
        """The bars and the numbers."""
        return [self.bars, self.words, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the inputs at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        products = frame.products[:, : self.n]
        others = frame.sums - products.sum(axis=1)
        bias = np.full(len(frame.z), frame.weights.bias)
        parts = [products, *([others[:, None]] if self.n_others else []), frame.sums[:, None]]
        rows = np.concatenate([*parts, bias[:, None], frame.z[:, None]], axis=1)
        self._draw_bars(rows)
        self.words.show([*self._weights(frame), *self._values(frame, rows)])

    def _draw_bars(self, rows: Array) -> None:
        """A bar for each group in each row (n_groups, n_rows); the bias, the same for all, has one."""
        n_rows = rows.shape[1]
        verts, colours = [], []
        for row in range(n_rows):
            is_bias = row == n_rows - 2
            each = [self.style.muted] if is_bias else self.colours
            high = BAR / len(each)
            for group, colour in enumerate(each):
                value = float(rows[group, row])
                if not np.isfinite(value):
                    continue
                top = self._y(row) - BAR / 2 + group * high
                verts.append(np.array([(0, top), (value, top), (value, top + high), (0, top + high)]))
                colours.append(colour)
        self.bars.set_verts(verts)
        self.bars.set_facecolor(colours)

    def _weights(self, frame: WeightedInputsFrame) -> list[Word]:
        place = self._x(self._weights_at)
        shown = frame.weights.kernel[self.view.shown[: self.n]]
        return [
            Word(place, self._y(row), self.weight.signed(weight), self.style.ink)
            for row, weight in enumerate(shown)
        ]

    def _values(self, frame: WeightedInputsFrame, rows: Array) -> list[Word]:
        """The numbers of sum, bias, z and a, in the group of the class that the unit speaks for."""
        place, ink = self._x(self._values_at), self.style.ink
        values = [*rows[0, -3:].tolist(), float(frame.a[0])]
        first = len(self.labels) - BELOW
        return [
            Word(
                place,
                self._y(first + number),
                self.value.signed(value) if np.isfinite(value) else "",
                self.colours[0] if number != 1 else ink,
            )
            for number, value in enumerate(values)
        ]
