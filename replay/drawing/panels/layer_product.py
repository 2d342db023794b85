"""The panel of the matrices of layers, and what they multiply out to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.formula import LOWERED, FixedNumbers, symbol
from replay.drawing.artists.last_finite import LastFinite, rows_for_notice
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.many_words import ManyWords
from replay.drawing.artists.tiles import Box, Tiles, written
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.language.message import say
from replay.types import Array
from replay.views.linear_collapse import LayerProduct

MOST = 6  # layers side by side; of more, some
FEW = 8  # rows or columns that are as large as one another; more share the room
CELL = 0.74  # inches, a cell at most
WIDER = 1.3  # cells, those of the product: its numbers are larger
INSET = 0.02  # inches
SIGN = 0.3  # inches between matrices
NAME, BIAS = 0.34, 0.16  # inches: above a matrix, and between it and its bias
ABOVE, BELOW = 2 * NAME, 2 * NAME + BIAS  # inches that are kept above and below the matrices
SIZES = (0.9, 0.78, 0.68, 0.6)  # of ticks, the numbers
ENOUGH = 9.5  # from here on, a number has two digits without a decimal
INSIDE = 0.9  # of a cell, a number at most


class Column(NamedTuple):
    """A matrix: its `name`, shape, where it stands, and its tiles with those of its bias."""

    layer: int | None
    kernel: Tiles
    bias: Tiles


class LayerProductPanel(Panel):
    """The matrices of the layers from left to right, their biases beneath, and after = the one of all.

    Between layers that bend, the activation stands in place of ×, and ≠ in that of =.
    """

    def __init__(self, axes: Axes, view: LayerProduct, style: Style) -> None:
        super().__init__(axes, view, style)
        self._linear = view.chain.is_linear
        n = len(view.chain.names)
        product = "·".join(symbol("W", number + 1) for number in (range(n) if n <= 4 else (0, 1, n - 1)))
        product = product if n <= 4 else f"{symbol('W', 1)}·{symbol('W', 2)}·…·{symbol('W', n)}"
        if self._linear:
            axes.set_title(say("{product} = W: all layers are one", product=product))
            self.titles = (f"{product} = W", "W")
        else:
            axes.set_title(say("{product} = W leaves out what bends", product=product))
            self.titles = (say("W leaves out what bends"), "W")
        axes.set_axis_off()
        self._width, self._height = size_in_inches(axes)
        notice = rows_for_notice(axes, view.evaluation, 1.0)
        axes.set(xlim=(0, self._width), ylim=(0, self._height * (1 + notice)))
        frame = view.at(float(view.evaluation.recording.epochs[0]))
        self._numbers = FixedNumbers(view.largest_product)
        self._place([one.kernel.shape for one in frame.maps], frame.product.kernel.shape)
        self.words = ManyWords(axes, self._size * style.size_tick, 3)
        self.sum = Words(
            self._width / 2, self._below, "", figure=axes.get_figure(root=True), ha="center", va="top",
            transform=axes.transData, color=style.metric, fontsize=0.95 * style.size_tick,
        )  # fmt: skip
        axes.add_artist(self.sum)
        self.finite = LastFinite(axes, view.evaluation, style)

    # Fixed parts

    def _place(self, shapes: list[tuple[int, ...]], last: tuple[int, ...]) -> None:
        """Place all matrices with the largest cells for which there is room."""
        shown = evenly(len(shapes), MOST).tolist()
        every = [*(shapes[layer] for layer in shown), last]
        self._upright = False
        gaps, cell = self._gaps(shown, every)
        self._decimals = self._fit(cell, every)
        if None in self._decimals:  # names of activations that stand upright leave more room to numbers
            self._upright = True
            gaps, cell = self._gaps(shown, every)
            self._decimals = self._fit(cell, every)
        sides = [side(shape[1]) for shape in every[:-1]] + [WIDER * side(last[1])]
        columns, rows = sum(sides), max(side(shape[0]) for shape in every)
        left = max(INSET, (self._width - sum(gaps) - columns * cell) / 2)
        middle = self._height - ABOVE - (self._height - ABOVE - BELOW - cell) / 2
        lowest = middle - rows * cell / 2 - BIAS
        self.columns = []
        for place, (shape, gap) in enumerate(zip(every, gaps, strict=True)):
            layer = shown[place] if place < len(shown) else None
            self._sign(left + gap / 2, middle, shown, place)
            left += gap
            width, height = sides[place] * cell, side(shape[0]) * cell
            self._head(left + width / 2, middle + height / 2, layer, shape, width)
            of_kernel = Box(left, middle - height / 2, width, height)
            of_bias = Box(left, lowest - cell, width, cell)
            self.columns.append(self._column(layer, (int(shape[0]), int(shape[1])), of_kernel, of_bias))
            left += width
        self._below = lowest - cell - 1.5 * NAME

    def _gaps(self, shown: list[int], every: list[tuple[int, ...]]) -> tuple[list[float], float]:
        """The room before each matrix, and the side of the largest cells that the rest has room for."""
        gaps = [self._gap(shown, place) for place in range(len(every))]
        columns = sum(side(shape[1]) for shape in every[:-1]) + WIDER * side(every[-1][1])
        rows = max(side(shape[0]) for shape in every)
        cell = min(
            CELL,
            (self._width - sum(gaps) - 2 * INSET) / columns,
            (self._height - ABOVE - BELOW) / (rows + 1),
        )
        return gaps, max(cell, 0.02)

    def _gap(self, shown: list[int], place: int) -> float:
        """The room before a matrix, for a sign or the name of an activation."""
        if place == 0:
            return 0.0
        sign = self._between(shown, place)
        if self._upright and sign[0].isalpha():
            return SIGN
        return SIGN + (width_in_inches(sign, 12, self.style) - 0.1)

    def _between(self, shown: list[int], place: int) -> str:
        """What stands before a matrix."""
        if place == len(shown):
            return "=" if self._linear else "≠"
        if shown[place] - shown[place - 1] > 1:
            return "× … ×"
        return self.view.chain.between[shown[place] - 1] or "×"

    def _fit(self, cell: float, shapes: list[tuple[int, ...]]) -> list[int | None]:
        """The decimals of the layers' numbers and of the product's at one size.

        None where there is no room for two digits: numbers of one could not be multiplied out.
        """
        self._size = SIZES[-1]
        if max(max(shape) for shape in shapes) > FEW:
            return [None, None]
        rooms = (self.view.largest, cell), (self.view.largest_product, WIDER * cell)
        for size in SIZES:
            found = [self._most_decimals(largest, INSIDE * room, size) for largest, room in rooms]
            self._size = size
            if None not in found:
                break
        return found

    def _most_decimals(self, largest: float, room: float, size: float) -> int | None:
        """With how many decimals a number as large as this fits into so many inches."""
        points = size * self.style.size_tick
        enough = (2, 1, 0) if largest >= ENOUGH else (2, 1)
        fitting = (n for n in enough if width_in_inches(written(-largest, n), points, self.style) <= room)
        return next(fitting, None)

    def _sign(self, x: float, y: float, shown: list[int], place: int) -> None:
        if place == 0:
            return
        sign, style = self._between(shown, place), self.style
        is_word = sign[0].isalpha()
        colour = style.error if sign == "≠" else style.ink
        size = style.size_tick * (0.95 if is_word else 1.25)
        self.axes.text(
            x, y, sign, ha="center", va="center", color=colour, fontsize=size, fontweight="bold",
            rotation=90 if self._upright and is_word else 0,
        )  # fmt: skip

    def _head(self, x: float, y: float, layer: int | None, shape: tuple[int, ...], room: float) -> None:
        """The name of a matrix above it, and its shape where there is room."""
        name = "W" if layer is None else symbol("W", layer + 1)
        look: dict[str, Any] = {"ha": "center", "va": "bottom"}
        size = self.style.size_tick
        colour = self.style.metric if layer is None else self.style.ink
        self.axes.text(x, y + 0.07, name, color=colour, fontsize=1.1 * size, fontweight="bold", **look)
        told = f"{shape[0]}×{shape[1]}"
        if width_in_inches(told, 0.8 * size, self.style) <= room + 0.6 * SIGN:
            above = y + 0.12 + 1.1 * size / 72
            self.axes.text(x, above, told, color=self.style.muted, fontsize=0.8 * size, **look)

    def _column(self, layer: int | None, shape: tuple[int, int], of_kernel: Box, of_bias: Box) -> Column:
        scale = self.view.largest if layer is not None else self.view.largest_product
        decimals = self._decimals[layer is None]
        kernel = Tiles(self.axes, shape, of_kernel, scale, self.style, decimals)
        bias = Tiles(self.axes, (1, shape[1]), of_bias, scale, self.style, decimals)
        name = "b" if layer is None else f"b{str(layer + 1).translate(LOWERED)}"
        self.axes.text(
            of_bias.left + of_bias.width / 2, of_bias.bottom - 0.06, name, ha="center", va="top",
            color=self.style.muted, fontsize=0.95 * self.style.size_tick,
        )  # fmt: skip
        return Column(layer, kernel, bias)

    # Moving parts

    @property
    def moving(self) -> list[Artist]:
        """The tiles and their numbers."""
        tiles = [artist for one in self.columns for part in (one.kernel, one.bias) for artist in part.moving]
        return [*tiles, self.words, self.sum, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the matrices at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        words = []
        for column in self.columns:
            one = frame.product if column.layer is None else frame.maps[column.layer]
            words += column.kernel.show(one.kernel) + column.bias.show(one.bias[None])
        self.words.show(words)
        self.sum.set_text(self._formula(frame.product.kernel, float(frame.product.bias[0])))

    def _formula(self, kernel: Array, bias: float) -> str:
        """The one layer as a formula, where it has one unit and few inputs, and there is room."""
        if kernel.shape[1] != 1 or kernel.shape[0] > 3:
            return ""
        symbols = [symbol("x", number + 1) for number in range(len(kernel))]
        inputs = list(self.view.evaluation.names.inputs) or symbols
        text = f"x·W + b = {self._sum([*kernel[:, 0], bias], [*inputs, ''])}"
        return text if width_in_inches(text, 0.95 * self.style.size_tick, self.style) <= self._width else ""

    def _sum(self, factors: list[float], names: list[str]) -> str:
        """Factors times names, added up; what has no name is a number."""
        parts = []
        for number, (factor, name) in enumerate(zip(factors, names, strict=True)):
            minus = self._numbers.is_negative(float(factor))
            sign = ("−" if minus else "") if number == 0 else (" − " if minus else " + ")
            parts.append(sign + self._numbers.size(float(factor)).strip() + (f"·{name}" if name else ""))
        return "".join(parts)


def side(n: int) -> float:
    """How many cells wide a matrix of `n` columns is drawn: those of large ones are smaller."""
    return float(n) if n <= FEW else FEW * (1 + 0.25 * float(np.log2(n / FEW)))
