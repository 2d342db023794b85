"""The panel of softmax: logits, powers and shares row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.patches import Rectangle

from replay.drawing.artists.formula import FixedNumbers
from replay.drawing.artists.last_finite import LastFinite, rows_for_notice
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.short_names import names_or_numbers
from replay.drawing.artists.ticks import short
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, say
from replay.language.percent import percent
from replay.types import Array
from replay.views.softmax import SoftmaxFrame, SoftmaxShares

HEAD, FOOT = 1.15, 0.95  # rows, for what the columns are and for their sums
NAMES = 0.2  # of the axes, for names at most
BAR = 0.62  # of a row
GAP = 0.025  # of the axes, between columns
SIZE = 0.9  # of words, of that of ticks


class SoftmaxSharesPanel(Panel):
    """A row for each class: its logit z, its power e^z, its share of their sum; a frame has its class."""

    def __init__(self, axes: Axes, view: SoftmaxShares, style: Style) -> None:
        super().__init__(axes, view, style)
        of, names = view.of, view.evaluation.names
        told = {"number": of.position + 1, "name": names.word(of.label)}
        axes.set_title(say("Softmax: from logits to shares · sample {number}, {name}", **told))
        self.titles = (
            say("Softmax · sample {number}, {name}", **told),
            say("Sample {number}, {name}", **told),
            say("Softmax"),
        )
        axes.set_axis_off()
        n = len(of.shown)
        notice = rows_for_notice(axes, view.evaluation, n + HEAD + FOOT)
        axes.set(xlim=(0, 1), ylim=(n - 0.5 + FOOT, -0.5 - HEAD - notice))
        self._size = SIZE * style.size_tick
        self._width = size_in_inches(axes)[0]
        self._z = FixedNumbers(max(map(abs, of.limits)))
        self._columns()
        self._draw_rows(n)
        self.bars = PolyCollection([], closed=True, linewidths=0, zorder=2)
        axes.add_collection(self.bars, autolim=False)
        self.words = ManyWords(axes, self._size, 5)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _columns(self) -> None:
        """Where names end, and where each column has its bars and its numbers."""
        of, style, width = self.view.of, self.style, self._width
        every = [self.view.evaluation.names.title(label) for label in of.shown]
        labels = [str(label) for label in of.shown]
        self._names = names_or_numbers(every, labels, NAMES * width, self._size, style)
        start = max(width_in_inches(name, self._size, style) for name in self._names) / width + GAP
        texts = self._z.signed(-1.0), _number(of.largest_power * 0.987), percent(0.999)
        numbers = [width_in_inches(f" {text} ", self._size, style) / width for text in texts]
        bars = (1 - start - sum(numbers) - 2 * GAP) / 3
        self._starts, self._places, self._ends = [], [], []
        for number in numbers:
            self._starts.append(start)
            self._places.append(start + bars + number / 2)
            start += bars + number + GAP
            self._ends.append(start - GAP)
        self._bar = max(bars, 0.02)

    def _draw_rows(self, n: int) -> None:
        """Names, headings, signs between columns, and the frame of the sample's class."""
        of, style, axes = self.view.of, self.style, self.axes
        for row, (label, name) in enumerate(zip(of.shown, self._names, strict=True)):
            bold = "bold" if label == of.label else "normal"
            axes.text(
                0, row, name, ha="left", va="center", color=style.class_colour(label),
                fontsize=self._size, fontweight=bold,
            )  # fmt: skip
        power = Message("eᶻ⁻ᵐᵃˣ") if of.shifted else Message("eᶻ")
        heads = [
            [say("logit z"), "z"],
            [str(power)],
            [say("share p = {power} / sum", power=power), say("p = {power} / sum", power=power), "p"],
        ]
        for start, end, forms in zip(self._starts, self._ends, heads, strict=True):
            room = (end - start) * self._width
            fitting = (form for form in forms if width_in_inches(form, self._size, style) <= room)
            words = next(fitting, forms[-1])
            axes.text(start, -0.5 - 0.3 * HEAD, words, va="bottom", color=style.muted, fontsize=self._size)
        axes.plot([0, 1], [-0.5, -0.5], color=style.faint, linewidth=1)
        axes.plot([0, 1], [n - 0.5, n - 0.5], color=style.faint, linewidth=1)
        zero = self._zero
        axes.plot([zero, zero], [-0.5, n - 0.5], color=style.muted, linewidth=0.8, zorder=1.5)
        if of.label in of.shown:
            at = of.shown.index(of.label) - 0.5
            look: dict[str, Any] = {"linewidth": 1.3, "edgecolor": style.class_colour(of.label), "zorder": 1}
            frame = Rectangle((-0.012, at + 0.04), 1.024, 0.92, fill=False, clip_on=False, **look)
            axes.add_patch(frame)

    @property
    def _zero(self) -> float:
        low, high = self.view.of.limits
        return float(self._starts[0] + self._bar * -low / (high - low))

    @property
    def moving(self) -> list[Artist]:
        """The bars and the numbers."""
        return [self.bars, self.words, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the sample at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        shown = self.view.of.shown
        low, high = self.view.of.limits
        scales = self._bar / (high - low), self._bar / self.view.of.largest_power, self._bar
        ends = [frame.logits[shown], frame.powers[shown], frame.shares[shown]]
        starts = [self._zero, *self._starts[1:]]
        verts, colours = [], []
        for column, (start, scale, values) in enumerate(zip(starts, scales, ends, strict=True)):
            for row, value in enumerate(values):
                if np.isfinite(value):
                    left, right = self._starts[column], self._starts[column] + self._bar
                    stop = float(np.clip(start + scale * value, left, right))
                    verts.append(_bar(row, start, stop))
                    colours.append(self.style.class_colour(shown[row]))
        self.bars.set_verts(verts)
        self.bars.set_facecolor(colours)
        self.words.show([*self._numbers(frame), *self._sums(frame)])

    def _numbers(self, frame: SoftmaxFrame) -> list[Word]:
        words = []
        for row, label in enumerate(self.view.of.shown):
            texts = (
                self._z.signed(float(frame.logits[label])),
                _number(float(frame.powers[label])),
                percent(float(frame.shares[label])) if np.isfinite(frame.shares[label]) else "NaN",
            )
            words += [
                Word(place, row, text, self.style.ink)
                for place, text in zip(self._places, texts, strict=True)
            ]
        return words

    def _sums(self, frame: SoftmaxFrame) -> list[Word]:
        """The sums beneath the columns of powers and of shares."""
        at, muted = len(self.view.of.shown) - 0.5 + FOOT / 2, self.style.muted
        total, words = _number(frame.total), say("sum")
        apart = width_in_inches(f"{words}    {total}", self._size, self.style) / 2 / self._width
        return [
            Word(self._places[1] - apart, at, words, muted),
            Word(self._places[1], at, total, self.style.ink),
            Word(self._places[2], at, percent(1.0), self.style.ink),
        ]


def _bar(row: int, start: float, stop: float) -> Array:
    low, high = row - BAR / 2, row + BAR / 2
    return np.array([(start, low), (stop, low), (stop, high), (start, high)])


def _number(value: float) -> str:
    """A power in about four characters."""
    if not np.isfinite(value):
        return "∞" if value > 0 else "NaN"
    return in_numbers(f"{value:.2f}") if value < 100 else short(float(f"{value:.3g}"))
