"""Tiles: a matrix as cells in signed colours, blue below 0 and red above, with its numbers where they fit."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgb
from matplotlib.image import AxesImage

from replay.drawing.artists.many_words import Word
from replay.drawing.artists.signed import signed_colours
from replay.drawing.style import Style
from replay.language.message import in_numbers
from replay.types import Array

LUMINANCE = (0.2126, 0.7152, 0.0722)  # of red, green and blue: ITU-R BT.709
TWO_DIGITS = 9.95  # numbers from here on, rounded to whole ones, have two digits
PARTED = 24  # rows or columns, up to which lines part the cells


class Box(NamedTuple):
    """A rectangle in data coordinates, from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


class Tiles:
    """The cells of a matrix of `shape` in a `box`; `scale` is the number that has the full colour.

    With `decimals`, `show` gives the numbers in the middle of their cells. What is not finite has the colour
    of frames.
    """

    def __init__(
        self, axes: Axes, shape: tuple[int, int], box: Box, scale: float, style: Style, decimals: int | None
    ) -> None:
        self._box, self._shape, self._scale, self._decimals = box, shape, scale, decimals
        self._ramp, self._style = signed_colours(style), style
        ends = (box.left, box.left + box.width, box.bottom, box.bottom + box.height)
        self.image = AxesImage(axes, extent=ends, origin="upper", interpolation="nearest", zorder=1)
        self.image.set_data(np.zeros((*shape, 4), dtype=np.uint8))
        axes.add_image(self.image)
        self.lines = LineCollection(self._lines(), colors=style.faint, linewidths=0.8, zorder=1.5)
        axes.add_collection(self.lines, autolim=False)

    @property
    def moving(self) -> list[Artist]:
        """The cells, and the lines between them."""
        return [self.image, self.lines]

    def show(self, values: Array) -> list[Word]:
        """Colour the cells by these values (rows, columns), and return their numbers."""
        finite = np.isfinite(values)
        share = np.clip(np.where(finite, values, 0) / self._scale, -1, 1)
        colours = self._ramp[np.round((share + 1) / 2 * 255).astype(int)]
        colours[~finite] = [*(round(255 * part) for part in to_rgb(self._style.faint)), 255]
        self.image.set_data(colours)
        return [] if self._decimals is None else self._words(values, colours)

    def _words(self, values: Array, colours: Array) -> list[Word]:
        rows, columns = self._shape
        box, inks = self._box, self._inks(colours)
        return [
            Word(
                box.left + (column + 0.5) * box.width / columns,
                box.bottom + (rows - row - 0.5) * box.height / rows,
                self._written(float(values[row, column])),
                inks[row][column],
            )
            for row in range(rows)
            for column in range(columns)
        ]

    def _written(self, value: float) -> str:
        """A number with the decimals of all; a small one among large ones keeps a second digit."""
        small = self._decimals == 0 and abs(value) < TWO_DIGITS
        return written(value, 1 if small else self._decimals or 0)

    def _inks(self, colours: Array) -> list[list[str]]:
        """For each cell the style's ink or background, whichever has more contrast."""
        light = colours[..., :3] / 255 @ LUMINANCE
        ink, paper = (np.dot(to_rgb(one), LUMINANCE) for one in (self._style.ink, self._style.background))
        clearer = np.abs(light - paper) > np.abs(light - ink)
        return np.where(clearer, self._style.background, self._style.ink).tolist()

    def _lines(self) -> list[Array]:
        """The frame and, of a small matrix, what parts its cells."""
        box, parts = self._box, [n if n <= PARTED else 1 for n in self._shape]
        x, y = box.left + box.width, box.bottom + box.height
        across = [np.array([(box.left, at), (x, at)]) for at in np.linspace(box.bottom, y, parts[0] + 1)]
        up = [np.array([(at, box.bottom), (at, y)]) for at in np.linspace(box.left, x, parts[1] + 1)]
        return [*across, *up]


def written(value: float, decimals: int) -> str:
    """A number with so many decimals and a true minus, none before a 0."""
    if not np.isfinite(value):
        return "NaN" if np.isnan(value) else "∞"
    text = f"{value:.{decimals}f}"
    return in_numbers((text if float(text) else text.lstrip("-")).replace("-", "−"))
