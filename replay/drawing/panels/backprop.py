"""The panel of backpropagation: a staircase from the output to the first layer, with its factors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.ticker import FixedLocator, NullLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import few, fit, size_in_inches, width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.signed import signed_colours
from replay.drawing.artists.ticks import decade_text, short
from replay.drawing.artists.words import Words, beside_title, needed_beside
from replay.drawing.panels.layer_curves import MAX_DECADES, decade_ticks
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.backprop import Backprop, BackpropFrame

SIZE = 0.82  # of the tick size, the factors
NAME = 0.9  # of the tick size, the layers
ROWS = 2.9  # lines of factors below the staircase, with what is around them
COLUMN = 1.15  # of the widest factor, the least width of a column with numbers
WIDEST = "2×10⁻⁵"  # a factor
WIDEST_WHOLE = 8.8e-8  # a product of all factors that is long when written
BELOW, ABOVE = 60, 200  # of 256 signed colours: of a factor below 1, and above
FIRST = 0.25  # of a column, where the tread of the output begins
WITHIN = 0.42  # of a column, what is written over half of it
TREAD, RISER = 1.1, 1.5  # of a curve's width


class BackpropPanel(Panel):
    """Treads are means of |∂L/∂a|, then |∂L/∂z| of each layer; risers what lies between them.

    A factor below 1 is blue, above 1 red. Of very many layers only some have numbers.
    """

    view: Backprop

    def __init__(self, axes: Axes, view: Backprop, style: Style) -> None:
        super().__init__(axes, view, style)
        n = len(view.names)
        colours = signed_colours(style)
        self._hues = [to_hex(colours[place] / 255) for place in (BELOW, ABOVE)]
        self._font = SIZE * style.size_tick
        self._heads = [say("× weights"), say("× slope f′")]
        width, height = size_in_inches(axes)
        head = max(width_in_inches(text, self._font, style) for text in self._heads) + 0.1
        column = (width - head) / (n - FIRST)
        axes.set_xlim(FIRST - head / column, n)
        self._scale(height)
        self._numbered = self._with_numbers(column)
        self._name_layers(column)
        self.treads = LineCollection(
            [], colors=style.ink, linewidths=TREAD * style.curve_width, zorder=3, capstyle="round"
        )
        self.risers = LineCollection([], linewidths=RISER * style.curve_width, zorder=2.9, capstyle="butt")
        for collection in (self.risers, self.treads):
            axes.add_collection(collection, autolim=False)
        self.factors = [self._row(row, height) for row in (1, 0)]
        self._say_heads(height)
        self.whole = beside_title(axes, style)
        axes.add_artist(self.whole)
        self._set_title()
        self.kinds = [self._kind(text, column) for text in ("∂L/∂a", "∂L/∂z")]
        self.finite = LastFinite(axes, view.evaluation, style)

    # What stands still

    def _set_title(self) -> None:
        """The longest title beside which the product of all factors has room."""
        widest = say("all in all × {factor}", factor=short(WIDEST_WHOLE))
        width = size_in_inches(self.axes)[0]
        for title in (say("Backpropagation: gradient by layer"), say("Gradient by layer"), say("Gradient")):
            text = self.axes.set_title(title)
            if needed_beside(text, self.whole, widest, self.style) <= width:
                break

    def _scale(self, height: float) -> None:
        """A logarithmic axis that holds all snapshots, above room for the factors."""
        axes, (low, high) = self.axes, self.view.limits
        top = math.log10(high)
        bottom = max(math.log10(low), top - MAX_DECADES)
        margin = max(0.06 * (top - bottom), 0.2)
        bottom, top = bottom - margin, top + margin
        ticks = decade_ticks(bottom, top)
        self._floor = 10**bottom
        share = min(ROWS * 1.25 * self._font / 72 / height, 0.5)
        bottom -= (top - bottom) * share / (1 - share)
        axes.set_yscale("log")
        axes.set_ylim(10**bottom, 10**top)
        axes.yaxis.set_major_locator(FixedLocator(ticks))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: decade_text(value))
        label_where_room(axes.yaxis, say("mean size of the gradient"), self.style)

    def _name_layers(self, column: float) -> None:
        """Name the layers below their columns, those with factors, and say which way the gradient goes."""
        names, style, numbered = self.view.names, self.style, self._numbered
        size = NAME * style.size_tick
        for most in range(len(numbered), 1, -1):
            named = [numbered[n] for n in few(len(numbered), most)]
            room = column * len(names) / len(named) - 0.08
            if fit([names[n] for n in named], room, size, style):
                break
        else:
            named, room = [numbered[n] for n in few(len(numbered), 2)], column * len(names) / 2 - 0.08
        shown = short_names([names[n] for n in named], room, size, style)
        self.axes.set_xticks([n + 0.5 for n in named], shown)
        self.axes.tick_params(axis="x", length=0, labelsize=size)
        self.axes.set_xlabel(say("from the output back to the first layer →"))

    def _with_numbers(self, column: float) -> list[int]:
        """The layers whose factors are written."""
        widest = COLUMN * width_in_inches(WIDEST, self._font, self.style)
        n = len(self.view.names)
        return few(n, max(2, int(n * column / widest))) if n > 1 else [0]

    def _height(self, row: int, height: float) -> float:
        """Where a row of factors is, as a share of the axes' height."""
        return (0.55 + row) * 1.25 * self._font / 72 / height

    def _row(self, row: int, height: float) -> list[Words]:
        """Texts for the factors of one kind: of the weights above, at the borders between layers."""
        found = []
        for layer in self._numbered:
            x = float(layer) if row == 1 else layer + 0.5
            words = Words(
                x, self._height(row, height), "", transform=self.axes.get_xaxis_transform(),
                fontsize=self._font, ha="center", va="center_baseline", zorder=4,
            )  # fmt: skip
            self.axes.add_artist(words)
            found.append(words)
        return found

    def _say_heads(self, height: float) -> None:
        for row, text in zip((1, 0), self._heads, strict=True):
            self.axes.text(
                0.01, self._height(row, height), text, transform=self.axes.transAxes, color=self.style.muted,
                fontsize=self._font, ha="left", va="center_baseline",
            )  # fmt: skip

    def _kind(self, text: str, column: float) -> Words:
        """What a tread is, written over those of the second layer where there is room."""
        fits = width_in_inches(text, self._font, self.style) < WITHIN * column and len(self.view.names) > 1
        words = Words(
            0, 0, text if fits else "", transform=self.axes.transData, color=self.style.muted,
            fontsize=self._font, ha="center", va="bottom", zorder=4,
        )  # fmt: skip
        self.axes.add_artist(words)
        return words

    # What moves

    @property
    def moving(self) -> list[Artist]:
        """Risers, treads, and words."""
        rows = [words for row in self.factors for words in row]
        return [self.risers, self.treads, *self.kinds, *rows, self.whole, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Draw the chain at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        a, z = (np.maximum(self._drawn(values), self._floor) for values in (frame.of_a, frame.of_z))
        treads: list[Any] = [[(FIRST, z[0]), (1.0, z[0])]]
        risers: list[Any] = []
        factors: list[float] = []
        for layer in range(1, len(z)):
            middle = layer + 0.5
            treads += [[(layer, a[layer]), (middle, a[layer])], [(middle, z[layer]), (layer + 1, z[layer])]]
            risers += [[(layer, z[layer - 1]), (layer, a[layer])], [(middle, a[layer]), (middle, z[layer])]]
            factors += [frame.by_weights[layer], frame.by_activation[layer]]
        self.treads.set_segments([line for line in treads if np.isfinite(line).all()])
        known = [number for number, line in enumerate(risers) if np.isfinite(line).all()]
        self.risers.set_segments([risers[number] for number in known])
        self.risers.set_color([self._hue(factors[number]) for number in known] or [self.style.ink])
        for row, values in zip(self.factors, (frame.by_weights, frame.by_activation), strict=True):
            for words, layer in zip(row, self._numbered, strict=True):
                self._write(words, float(values[layer]) if layer else math.nan)
        self._tell(frame)
        if len(z) > 1:
            for words, x, y in zip(self.kinds, (1.25, 1.75), (a[1], z[1]), strict=True):
                words.set_position((x, y * self._lift))

    @property
    def _lift(self) -> float:
        low, high = self.axes.get_ylim()
        return float((high / low) ** 0.012)

    @staticmethod
    def _drawn(values: Array) -> Array:
        return np.where(np.isfinite(values), values, np.nan)

    def _hue(self, factor: float) -> str:
        return self._hues[1] if factor > 1 else self._hues[0]

    def _write(self, words: Words, factor: float) -> None:
        """A factor in its hue; nothing where there is none."""
        words.set_text(short(_rounded(factor)) if math.isfinite(factor) else "")
        words.set_color(self._hue(factor))

    def _tell(self, frame: BackpropFrame) -> None:
        """Beside the title, the product of all factors."""
        whole: Any = frame.whole
        if not math.isfinite(whole):
            self.whole.set_text("")
            return
        self.whole.set_text(say("all in all × {factor}", factor=short(_rounded(whole))))
        self.whole.set_color(self._hue(whole))


def _rounded(value: float) -> float:
    """Two digits of a number."""
    return float(f"{value:.2g}")
