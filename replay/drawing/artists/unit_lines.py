"""Lines of units in the input plane, each with an arrow to its positive side and the unit's number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.patheffects import withStroke

from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits
from replay.views.shared.pieces import Line
from replay.views.shared.unit_lines import UnitLine, UnitLines

THIN, THICK = 0.6, 1.6  # the width of a line, in widths of a curve, from no strength to the largest
ALONG = 0.65  # of these widths, lines that are drawn along with a decision boundary
FEW = 4  # units; the lines of more are thinner
DEEP = 0.6  # the width of a deeper unit's line
SHORTEST, LONGEST = 9.0, 26.0  # points, of an arrow
REACH = 0.1  # of the shorter side of the plane, an arrow at most
BARB, SLANT = 5.0, 2.6  # points, of an arrow's head: along the shaft, and to its sides
DEAD = 0.3  # the opacity of a dead unit
INSET = 9.0  # points between a number and the edge of the plane
KINK = 1.1  # the size of a kink's dot, in sizes of a sample's marker
BESIDE = 7.0  # points from a line to its number, so that 2 on a level line does not look like −2
NUMBERED = 100.0  # points a side, from which on there is room for numbers

Drawn = tuple[UnitLine, Array]  # a line that crosses the plane, and its ends


class UnitLineArtists:
    """The lines of units, over the regions and below the boundary.

    A line is the thicker the larger the weights of its unit are; its arrow, which is then longer, points to
    where z is positive. Beyond the dashed parallels the activation is flat. A dead unit is faint; one that
    carries the signal of another has its number, too: "3=1". Lines of deeper units are thin, in the
    colours of their units. A dot marks where the decision boundary kinks.
    """

    def __init__(self, axes: Axes, style: Style, deep: bool = False) -> None:
        self._axes, self._style = axes, style
        figure = axes.get_figure(root=True)
        assert figure is not None
        self._points = figure.dpi / 72  # pixels
        self._side = min(axes.bbox.width, axes.bbox.height) / self._points
        self._width = style.curve_width * (1.0 if deep else ALONG)
        self._lines = _collection(axes, 2.4)
        self._flat = _collection(axes, 2.4, linestyles=[(0, (3.0, 2.4))], linewidths=self._width * 0.55)
        self._arrows = _collection(axes, 3.3, capstyle="round", joinstyle="round")
        self._deeper = _collection(axes, 2.3, linewidths=style.curve_width * DEEP) if deep else None
        halo = withStroke(linewidth=style.boundary_width * 1.4, foreground=style.background)
        self._numbers = ManyWords(axes, style.size_tick, 5, halo=halo, bold=True)
        self._kinks = axes.plot(
            [], [], linestyle="", marker="o", markersize=style.marker * KINK, color=style.background,
            markeredgecolor=style.boundary, markeredgewidth=style.boundary_width * 0.6, zorder=3.4,
        )[0]  # fmt: skip

    @property
    def under(self) -> list[Artist]:
        """What lies below the samples."""
        deeper = [] if self._deeper is None else [self._deeper]
        return [*deeper, self._flat, self._lines]

    @property
    def over(self) -> list[Artist]:
        """What lies above them."""
        return [self._kinks, self._arrows, self._numbers]

    def show(self, lines: UnitLines | None, limits: Limits) -> None:
        """Show these lines within the limits, or none."""
        first = [] if lines is None else lines.first
        drawn = [(line, line.ends) for line in first if line.ends is not None]
        self._show_lines(drawn)
        self._flat.set_segments([segment for line in first for segment in line.flat])
        self._flat.set_color([self._colour(line) for line in first for _ in line.flat])
        self._show_arrows(drawn)
        self._numbers.show(self._words(drawn, limits))
        if self._deeper is not None:
            self._show_deeper(self._deeper, [] if lines is None else lines.deeper)
        kinks = np.empty((0, 2)) if lines is None or lines.kinks is None else lines.kinks
        self._kinks.set_data(kinks[:, 0], kinks[:, 1])
        self._kinks.set_visible(len(kinks) > 0)

    def _show_lines(self, drawn: Sequence[Drawn]) -> None:
        self._lines.set_segments([ends for _, ends in drawn])
        self._lines.set_color([self._colour(line) for line, _ in drawn])
        self._lines.set_linewidth(
            [self._width_of(line) * (FEW / max(FEW, len(drawn))) ** 0.5 for line, _ in drawn] or [1.0]
        )

    def _width_of(self, line: UnitLine) -> float:
        return self._width * (THIN + (THICK - THIN) * line.strength)

    def _show_deeper(self, artist: LineCollection, deeper: Sequence[Line]) -> None:
        artist.set_segments([segment for line in deeper for segment in line.segments])
        artist.set_color([
            to_rgba(self._style.unit_colour(line.unit), 0.75) for line in deeper for _ in line.segments
        ])  # fmt: skip

    def _colour(self, line: UnitLine) -> Any:
        return to_rgba(self._style.unit_colour(line.unit), DEAD if line.dead else 1.0)

    def _show_arrows(self, drawn: Sequence[Drawn]) -> None:
        """An arrow from the middle of each line, of fixed size on the page: shaft and head in one stroke."""
        to_pixels, to_data = self._axes.transData, self._axes.transData.inverted()
        strokes = []
        for line, places in drawn:
            ends = to_pixels.transform(places)
            normal = self._across(line, places)
            length = SHORTEST + (min(LONGEST, REACH * self._side) - SHORTEST) * line.strength
            tip = ends.mean(axis=0) + normal * self._points * max(length, SHORTEST)
            back, across = normal * BARB * self._points, normal[::-1] * (-1, 1) * SLANT * self._points
            stroke = [ends.mean(axis=0), tip, tip - back + across, tip, tip - back - across]
            strokes.append(to_data.transform(stroke))
        self._arrows.set_segments(strokes)
        self._arrows.set_color([self._colour(line) for line, _ in drawn])
        self._arrows.set_linewidth(self._width * 0.8)

    def _across(self, line: UnitLine, ends: Array) -> Array:
        """The direction across a line to where z is positive, of length 1, on the page."""
        (x, y), ahead = np.diff(
            self._axes.transData.transform([ends[0], ends[1], ends[0], ends[0] + line.normal]), axis=0
        )[::2]
        side = np.array([-y, x]) / max(float(np.hypot(x, y)), 1e-9)
        return side if side @ ahead >= 0 else -side

    def _words(self, drawn: Sequence[Drawn], limits: Limits) -> list[Word]:
        """The number of each unit where its line leaves the plane, to the right of its arrow."""
        if self._side < NUMBERED:
            return []
        to_pixels, to_data = self._axes.transData, self._axes.transData.inverted()
        inset = INSET * self._points
        low, high = (to_pixels.transform(corner) for corner in np.transpose(limits))
        words: list[Word] = []
        taken: list[tuple[Array, float]] = []
        for line, ends in drawn:
            text = _number(line)
            half = self._numbers.width(text) / 2
            right = np.array([line.normal[1], -line.normal[0]])
            beside = self._across(line, ends) * BESIDE * self._points
            for end in sorted(ends, key=lambda end: float(end @ right), reverse=True):
                place = np.clip(to_pixels.transform(end) + beside, low + inset, high - inset)
                if all(_apart(place - there, half + other, inset) for there, other in taken):
                    taken.append((place, half))
                    x, y = to_data.transform(place)
                    words.append(Word(float(x), float(y), text, self._colour(line)))
                    break
        return words


def _apart(way: Array, across: float, inset: float) -> bool:
    """Whether numbers this `way` apart do not touch; `across` is the sum of their half widths."""
    return abs(float(way[0])) > across + inset / 3 or abs(float(way[1])) > 1.6 * inset


def _number(line: UnitLine) -> str:
    return str(line.unit + 1) if line.twin is None else f"{line.unit + 1}={line.twin + 1}"


def _collection(axes: Axes, zorder: float, **looks: Any) -> LineCollection:
    collection = LineCollection([], zorder=zorder, **looks)
    axes.add_collection(collection, autolim=False)
    return collection
