"""The panel of a truth table: for each kind of sample what its inputs add up to, against the threshold."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.formula import FixedNumbers, symbol
from replay.drawing.artists.last_finite import LastFinite, rows_for_notice
from replay.drawing.artists.layer_names import size_in_inches, widest, width_in_inches
from replay.drawing.artists.lines import wrapped
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.short_names import in_the_middle, short_names
from replay.drawing.artists.ticks import short
from replay.drawing.panels.neuron_names import name_unit
from replay.drawing.panels.neuron_threshold import fitting_threshold, group_colours, group_names
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.percent import percent
from replay.types import Array
from replay.views.truth_table import TruthTable, TruthTableFrame

HEAD = 1.75  # rows, for the names of the columns
NARROW, COLUMN = 0.4, 0.9  # inches, of an input at least and at most
INPUTS = 0.45  # of the axes, for all inputs at most
GAP = 0.08  # inches, between columns
DECISIONS = 0.24  # of the axes, for them at most
SIZE = 0.85  # of words, of that of ticks
MOST_TICKS, TICK = 6, 0.42  # inches between two numbers
BAR = 0.56  # of a row
DOT = 2.2  # the size of an answer, of that of samples
MARK = 0.16  # inches, of what says right or wrong
COVERED = 0.92  # the share of a row that its colour covers
SURE = "✓", "✗"
WEIGHTS = "× {}", "{}"  # how they are written, as fits


class TruthTablePanel(Panel):
    """A row for each kind of sample: its inputs, what each adds in the colour of its column, the decision.

    What is added goes right from 0, what is taken off goes left, and a mark stands at the sum. The line
    across all rows is the threshold: rows whose mark is right of it are answered with the class. Below the
    name of an input is its weight.
    """

    def __init__(self, axes: Axes, view: TruthTable, style: Style) -> None:
        super().__init__(axes, view, style)
        self.titles = name_unit(axes, view.unit)
        n_rows, n_inputs = view.rows.shape
        width, _ = size_in_inches(axes)
        self.weight = FixedNumbers(float(view.unit.over_run.largest.max()))
        column, self._heads = self._headed(min(COLUMN, INPUTS * width / n_inputs))
        self._names = self._decisions_in(DECISIONS * width)
        self._decided = self._room_for_decisions()
        start = n_inputs * column / width + 0.02
        self.z = FixedNumbers(max(map(abs, view.unit.over_run.z_limits)))
        self._z_room = width_in_inches(self.z.signed(-1.0), SIZE * style.size_tick, style) + GAP
        stop = 1 - (self._decided + self._z_room) / width
        self._z_at = stop + (self._z_room - GAP) / 2 / width
        self._place(start, stop, n_rows)
        self.columns = [(number + 0.5) * column / width for number in range(n_inputs)]
        self.colours = [style.unit_colour(number) for number in range(n_inputs)]
        fitting = (
            form for form in WEIGHTS
            if width_in_inches(form.format(self.weight.signed(-1.0)), SIZE * style.size_tick, style) <= column
        )  # fmt: skip
        self._weight_form = next(fitting, "")
        self._draw_rows(n_rows)
        self._head()
        self.pieces = PolyCollection([], closed=True, linewidths=0.8, edgecolors=style.background, zorder=2)
        axes.add_collection(self.pieces, autolim=False)
        (self.sums,) = axes.plot(
            [], [], linestyle="", marker="D", markersize=style.marker * 1.5, color=style.ink,
            markeredgecolor=style.background, markeredgewidth=1, zorder=4,
        )  # fmt: skip
        (self.line,) = axes.plot([], [], color=style.ink, linewidth=style.boundary_width, zorder=3)
        self.number = FixedNumbers(float(np.abs(view.unit.over_run.biases).max()))
        self._form = fitting_threshold(
            0.95 * (stop - start) * width, self.number, 1.1 * SIZE * style.size_tick, style
        )
        self.words = ManyWords(axes, SIZE * style.size_tick, 5)
        self.bold = ManyWords(axes, SIZE * style.size_tick, 5, bold=True)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _headed(self, most: float) -> tuple[float, list[str]]:
        """The width of a column in inches, as narrow as the names on two lines allow, and these names."""
        unit, size = self.view.unit, SIZE * self.style.size_tick
        names = list(unit.input_names) or [symbol("x", number + 1) for number in range(unit.n_inputs)]
        weight = width_in_inches(WEIGHTS[0].format(self.weight.signed(-1.0)), size, self.style) + GAP
        for column in np.linspace(min(max(NARROW, weight), most), most, 8).tolist():
            lines = [_in_lines(name, column - GAP, size, self.style) for name in names]
            if all(lines):
                return column, lines
        return most, short_names(names, most - GAP, size, self.style)

    def _decisions_in(self, inches: float) -> list[str]:
        """What rows are answered with, in so many inches: the class or the others, or nothing."""
        if self.view.unit.speaks_for is None:
            return []
        size = SIZE * self.style.size_tick
        return [
            in_the_middle(name, lambda some: width_in_inches(some, size, self.style) <= inches)
            for name in group_names(self.view.unit)
        ]

    def _room_for_decisions(self) -> float:
        """The width of their column and that of the marks, in inches."""
        if not self._names:
            return 0.0
        return widest(self._names, SIZE * self.style.size_tick, self.style) + MARK + 3 * GAP

    def _place(self, start: float, stop: float, n_rows: int) -> None:
        """Set limits so that the sums lie between these shares of the axes."""
        low, high = self.view.limits
        unit = (high - low) / (stop - start)
        self.axes.set_xlim(low - start * unit, high + (1 - stop) * unit)
        free = rows_for_notice(self.axes, self.view.evaluation, n_rows + HEAD)
        self.axes.set_ylim(n_rows - 0.5, -0.5 - HEAD - free)
        room = (stop - start) * size_in_inches(self.axes)[0]
        most = min(MOST_TICKS, max(1, int(room / TICK)))
        found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        places = [place for place in found if low <= place <= high]
        self.axes.set_xticks(places, [short(round(place, 10)) for place in places])
        self.axes.set_yticks([])
        for side in ("left", "bottom"):
            self.axes.spines[side].set_visible(False)
        self.axes.set_xlabel("w·x", x=(start + stop) / 2)

    def _x(self, share: float) -> float:
        """Where a share of the axes is, in their units."""
        left, right = self.axes.get_xlim()
        return left + share * (right - left)

    def _draw_rows(self, n_rows: int) -> None:
        """Draw what stands still: lines between rows, and the samples."""
        axes, view, style = self.axes, self.view, self.style
        for row in range(n_rows + 1):
            axes.axhline(row - 0.5, color=style.faint, linewidth=0.8, zorder=0.5)
        axes.plot([0, 0], [-0.5, n_rows - 0.5], color=style.muted, linewidth=0.8, zorder=1)
        for number, (place, colour) in enumerate(zip(self.columns, self.colours, strict=True)):
            x = self._x(place)
            yes = view.yes[:, number]
            look: dict[str, Any] = {"linestyle": "", "marker": "o", "markersize": DOT * style.marker}
            axes.plot(np.full(yes.sum(), x), np.flatnonzero(yes), color=colour, markeredgewidth=1.0, **look)
            look |= {"markerfacecolor": "none", "markeredgecolor": style.muted, "markeredgewidth": 1.0}
            axes.plot(np.full((~yes).sum(), x), np.flatnonzero(~yes), **look)

    def _head(self) -> None:
        """Name the inputs above their columns, on two lines at most, and z."""
        size = SIZE * self.style.size_tick
        self.axes.text(
            self._x(self._z_at),
            -0.5 - HEAD * 0.22,
            "z",
            ha="center",
            va="center",
            color=self.style.muted,
            fontsize=size,
        )
        for place, name, colour in zip(self.columns, self._heads, self.colours, strict=True):
            self.axes.text(
                self._x(place), -0.5 - HEAD * 0.46, name, ha="center", va="bottom", color=colour,
                fontsize=size, linespacing=1.05,
            )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The bars, the threshold, the sums, and the words."""
        return [self.pieces, self.line, self.sums, self.words, self.bold, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the table at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        verts, colours = stacked(frame.products, self.colours)
        self.pieces.set_verts(verts)
        self.pieces.set_facecolor(colours)
        self.sums.set_data(frame.sums, np.arange(len(frame.sums)))
        inside = self.view.limits[0] <= frame.threshold <= self.view.limits[1]
        self.line.set_data([frame.threshold] * 2, [-0.5 - 0.3 * HEAD, len(frame.sums) - 0.5])
        self.line.set_visible(inside)
        self.words.show([*self._weights(frame), *self._z_of(frame), *self._decisions(frame)])
        self.bold.show([self._threshold(frame), *self._marks(frame)])

    def _weights(self, frame: TruthTableFrame) -> list[Word]:
        head = -0.5 - HEAD * 0.22
        return [
            Word(self._x(place), head, self._weight_form.format(self.weight.signed(weight).strip()), colour)
            for place, weight, colour in zip(self.columns, frame.weights, self.colours, strict=True)
        ]

    def _z_of(self, frame: TruthTableFrame) -> list[Word]:
        """The numbers of z, beside the sums."""
        place, colour = self._x(self._z_at), self.style.muted
        return [Word(place, row, self.z.signed(float(z)), colour) for row, z in enumerate(frame.z)]

    def _threshold(self, frame: TruthTableFrame) -> Word:
        """The threshold's number above its line, within the room of the sums."""
        text = self._form.format(number=self.number.signed(frame.threshold).strip())
        low, high = self.view.limits
        half = width_in_inches(text, 1.1 * SIZE * self.style.size_tick, self.style) / 2
        left, right = self.axes.get_xlim()
        half *= (right - left) / size_in_inches(self.axes)[0]
        place = (
            min(max(frame.threshold, low + half), high - half) if high - low > 2 * half else (low + high) / 2
        )
        return Word(place, -0.5 - 0.52 * HEAD, text, self.style.ink)

    def _decisions(self, frame: TruthTableFrame) -> list[Word]:
        """What each row is answered with."""
        if not self._decided:
            return []
        colours, names = group_colours(self.view.unit, self.style), self._names
        width = size_in_inches(self.axes)[0]
        place = self._x(1 - (self._decided - MARK - 2 * GAP) / 2 / width)
        return [
            Word(place, row, names[0 if fires else 1], colours[0 if fires else 1])
            for row, fires in enumerate(frame.fires)
            if np.isfinite(frame.z[row])
        ]

    def _marks(self, frame: TruthTableFrame) -> list[Word]:
        """Right or wrong or, where samples of a row have several classes, the share that is right."""
        if not self._decided:
            return []
        width = size_in_inches(self.axes)[0]
        place = self._x(1 - (self._decided - GAP - MARK / 2) / width)
        words = []
        for row, right in enumerate(frame.right):
            if right in (0, 1):
                words.append(
                    Word(
                        place,
                        row,
                        SURE[int(right == 0)],
                        self.style.error if right == 0 else self.style.metric,
                    )
                )
            elif np.isfinite(right):
                words.append(Word(place, row, percent(float(right)), self.style.muted))
        return words


def stacked(products: Array, colours: list[str]) -> tuple[list[Array], list[str]]:
    """The corners and colours of bars that stand on one another, one for each of `products` (rows, inputs).

    Those above 0 go right from 0, those below 0 go left.
    """
    verts, shades = [], []
    for row, values in enumerate(products):
        ends = {True: 0.0, False: 0.0}
        for value, colour in zip(values, colours, strict=True):
            if not np.isfinite(value) or value == 0:
                continue
            start = ends[value > 0]
            ends[value > 0] = stop = start + float(value)
            low, high = row - BAR / 2, row + BAR / 2
            verts.append(np.array([(start, low), (stop, low), (stop, high), (start, high)]))
            shades.append(colour)
    return verts, shades


def _in_lines(name: str, room: float, size: float, style: Style) -> str:
    """The name on one line or two, "" where it does not fit."""
    longest = max(map(len, name.split()), default=0)  # no word is parted
    for columns in range(len(name), longest - 1, -1):
        lines = wrapped(name, columns)
        if len(lines) > 2:
            return ""
        if all(width_in_inches(line, size, style) <= room for line in lines):
            return "\n".join(lines)
    return name if width_in_inches(name, size, style) <= room else ""
