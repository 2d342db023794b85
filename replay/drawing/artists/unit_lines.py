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
        self._flat = _collection(axes, 2.35, linestyles=[(0, (3.0, 2.4))], linewidths=self._width * 0.55)
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
        ends, normals = self._on_page(drawn)
        self._show_arrows(drawn, ends, normals)
        self._numbers.show(self._words(drawn, ends, normals, limits))
        if self._deeper is not None:
            self._show_deeper(self._deeper, [] if lines is None else lines.deeper)
        kinks = np.empty((0, 2)) if lines is None or lines.kinks is None else lines.kinks
        self._kinks.set_data(kinks[:, 0], kinks[:, 1])
        self._kinks.set_visible(len(kinks) > 0)

    def _on_page(self, drawn: Sequence[Drawn]) -> tuple[Array, Array]:
        """In pixels the ends of lines, (n, 2, 2), and the direction to where z is positive, (n, 2)."""
        if not drawn:
            return np.empty((0, 2, 2)), np.empty((0, 2))
        places = np.stack([[*ends, ends[0] + line.normal] for line, ends in drawn])
        pixels = self._axes.transData.transform(places.reshape(-1, 2)).reshape(-1, 3, 2)
        along, ahead = pixels[:, 1] - pixels[:, 0], pixels[:, 2] - pixels[:, 0]
        across = along[:, ::-1] * (-1, 1) / np.maximum(np.hypot(*along.T), 1e-9)[:, None]
        across *= np.where((across * ahead).sum(axis=1) < 0, -1, 1)[:, None]  # axes may differ in scale
        return pixels[:, :2], across

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

    def _show_arrows(self, drawn: Sequence[Drawn], ends: Array, normals: Array) -> None:
        """An arrow from the middle of each line, of fixed size on the page: shaft and head in one stroke."""
        longest = max(SHORTEST, min(LONGEST, REACH * self._side))
        lengths = np.array([SHORTEST + (longest - SHORTEST) * line.strength for line, _ in drawn])
        start = ends.mean(axis=1)
        tip = start + normals * lengths[:, None] * self._points
        back, side = normals * BARB * self._points, normals[:, ::-1] * (-1, 1) * SLANT * self._points
        strokes = np.stack([start, tip, tip - back + side, tip, tip - back - side], axis=1)
        self._arrows.set_segments(list(self._in_data(strokes)))
        self._arrows.set_color([self._colour(line) for line, _ in drawn])
        self._arrows.set_linewidth(self._width * 0.8)

    def _in_data(self, pixels: Array) -> Array:
        return self._axes.transData.inverted().transform(pixels.reshape(-1, 2)).reshape(pixels.shape)

    def _words(self, drawn: Sequence[Drawn], ends: Array, normals: Array, limits: Limits) -> list[Word]:
        """The number of each unit where its line leaves the plane, to the right of its arrow."""
        if self._side < NUMBERED or not drawn:
            return []
        inset = INSET * self._points
        low, high = self._axes.transData.transform(np.transpose(limits))
        right = normals[:, ::-1] * (1, -1)
        wanted = np.clip(ends + normals[:, None] * BESIDE * self._points, low + inset, high - inset)
        chosen: list[tuple[UnitLine, str]] = []
        taken: list[tuple[Array, float]] = []
        for number, (line, _) in enumerate(drawn):
            text = _number(line)
            half = self._numbers.width(text) / 2
            for end in np.argsort(-(ends[number] @ right[number])):
                place = wanted[number, end]
                if all(_apart(place - there, half + other, inset) for there, other in taken):
                    taken.append((place, half))
                    chosen.append((line, text))
                    break
        places = self._in_data(np.stack([place for place, _ in taken])).tolist()
        return [
            Word(x, y, text, self._colour(line)) for (x, y), (line, text) in zip(places, chosen, strict=True)
        ]


def _apart(way: Array, across: float, inset: float) -> bool:
    """Whether numbers this `way` apart do not touch; `across` is the sum of their half widths."""
    return abs(float(way[0])) > across + inset / 3 or abs(float(way[1])) > 1.6 * inset


def _number(line: UnitLine) -> str:
    return str(line.unit + 1) if line.twin is None else f"{line.unit + 1}={line.twin + 1}"


def _collection(axes: Axes, zorder: float, **looks: Any) -> LineCollection:
    collection = LineCollection([], zorder=zorder, **looks)
    axes.add_collection(collection, autolim=False)
    return collection
