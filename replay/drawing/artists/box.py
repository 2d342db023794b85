"""The box in space: its floor and back walls, the numbers and names of its axes, and a plane that cuts it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.in_depth import BETWEEN
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.ticks import PrintedNumbers
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.box import Box
from replay.views.shared.eye import Eye

MOST_TICKS = 4
NUMBER, NAME = 0.85, 0.9  # of the size of ticks
WIDEST = 0.26  # of the width of the axes, a name
GAP = 0.45  # of that size, between an edge and its numbers, and these and its name
UP = 2  # the vertical axis
VEIL, OUTLINE = 0.13, 0.7  # the opacity of a plane, and the width of its outline beside a boundary's
FLOOR = 0.055  # how much ink it has
# The edges that carry the axes, seen from where the eye is: x along the front left, y along the front right,
# z up at the left. Each from which corner, with −1 for the lower end of an axis.
EDGES = ((-1, -1, -1), (1, -1, -1), (-1, -1, -1))
# The faces behind: the floor, the wall at the back left, and that at the back right.
BACK = ((2, -1), (0, -1), (1, 1))


class BoxArtists:
    """The floor and the walls behind the samples, with lines at round numbers of three named axes.

    `names` are those of the axes, in forms of which the first is taken that fits.
    """

    def __init__(self, axes: Axes, names: Sequence[tuple[str, ...]], style: Style) -> None:
        self._axes, self._style = axes, style
        self._size = style.size_tick / 72
        self._faces = PolyCollection([], zorder=0, linewidths=0)
        axes.add_collection(self._faces, autolim=False)
        ink = np.array(to_rgba(style.ink))
        self._faces.set_facecolor([(*ink[:3], FLOOR), "none", "none"])
        look: dict[str, Any] = {"solid_capstyle": "round", "zorder": 0.5}
        (self._grid,) = axes.plot([], [], color=style.faint, linewidth=0.7, **look)
        (self._edges,) = axes.plot([], [], color=style.muted, linewidth=0.9, **look)
        self._numbers = ManyWords(axes, NUMBER * style.size_tick, 5)
        self._flat_names = ManyWords(axes, NAME * style.size_tick, 5)
        self._up_name = ManyWords(axes, NAME * style.size_tick, 5, upright=True)
        self._widths: dict[str, float] = {}
        self._called = next((form for form in names if self._fit(form)), names[-1])
        self._ticks: dict[tuple[float, float], tuple[Array, list[str]]] = {}

    @property
    def moving(self) -> list[Artist]:
        """The floor, the walls and their lines."""
        return [self._faces, self._grid, self._edges]

    @property
    def words(self) -> list[Artist]:
        """The numbers and the names."""
        return [self._numbers, self._flat_names, self._up_name]

    def show(self, box: Box, eye: Eye) -> None:
        """Show the box from this eye."""
        ticks = [
            self._round_numbers(float(low), float(high)) for low, high in zip(box.low, box.high, strict=True)
        ]
        places = [(values - box.centre[axis]) / box.scale[axis] for axis, (values, _) in enumerate(ticks)]
        faces = [_face(box, axis, side) for axis, side in BACK]
        self._faces.set_verts([eye.sees(face)[0] for face in faces])
        _show_lines(
            self._grid, eye, [line for (axis, side) in BACK for line in _grid(box, axis, side, places)]
        )
        _show_lines(self._edges, eye, [face[[0, 1, 2, 3, 0]] for face in faces])
        words: list[Word] = []
        for axis in (UP, 0, 1):
            self._number(axis, box, eye, places[axis], ticks[axis][1], words)
        self._numbers.show(words)

    def _number(
        self, axis: int, box: Box, eye: Eye, places: Array, texts: list[str], words: list[Word]
    ) -> None:
        """Add the numbers beside an edge to `words`, as far as they have room, and name it farther out."""
        points = np.repeat((np.array(EDGES[axis]) * box.half)[None], len(places) + 2, axis=0)
        points[:, axis] = [*places, -box.half[axis], box.half[axis]]
        at = eye.sees(points)[0]
        along = (at[-1] - at[-2]) / np.linalg.norm(at[-1] - at[-2])
        out = np.array([along[1], -along[0]]) * (-1 if axis == UP else 1)  # away from the box
        sizes = np.array([[self._width(text), self._size] for text in texts]).reshape(-1, 2) * self._an_inch
        reach = sizes @ np.abs(out)  # of each number, away from the edge
        gap = GAP * self._size * self._an_inch
        apart = float(np.linalg.norm(at[-1] - at[-2])) / max(len(places) - 1, 1)
        stride = max(1, int(np.ceil((float((sizes @ np.abs(along)).max(initial=0.0)) + gap) / apart)))
        for number in range(0, len(places), stride):
            middle = at[number] + out * (gap + reach[number] / 2)
            if not any(self._overlap(middle, sizes[number], word) for word in words):
                words.append(Word(float(middle[0]), float(middle[1]), texts[number], self._style.muted))
        self._name(axis, (at[-1] + at[-2]) / 2, out, float(reach.max(initial=0.0)) + 2 * gap)

    def _name(self, axis: int, middle: Array, out: Array, beyond: float) -> None:
        """Place the name of an axis this far out from the middle of its edge."""
        inch = self._an_inch
        if axis == UP:
            x, y = middle + out * (beyond + self._size / 2 * inch)
            self._up_name.show([Word(x, y, self._called[UP], self._style.muted)])
            return
        name = self._called[axis]
        width = self._flat_names.width(name) / self._dpi
        x, y = middle + out * (beyond + np.abs(out) @ (width, self._size) / 2 * inch)
        left, right = np.array(self._axes.get_xlim()) + np.array([1, -1]) * width / 2 * inch
        x = min(max(float(x), float(left)), float(right))  # within the axes
        kept = [] if axis == 0 else list(self._flat_names.words[:1])
        self._flat_names.show([*kept, Word(x, y, name, self._style.muted)])

    def _fit(self, names: tuple[str, ...]) -> bool:
        most = WIDEST * float(self._axes.bbox.width)
        return all(self._flat_names.width(name) <= most for name in names)

    def _overlap(self, middle: Array, size: Array, word: Word) -> bool:
        other = np.array([self._width(word.text), self._size]) * self._an_inch
        return bool((np.abs(middle - word[:2]) < (size + other) / 2).all())

    def _width(self, text: str) -> float:
        """The width of a number in inches."""
        if text not in self._widths:
            self._widths[text] = self._numbers.width(text) / self._dpi
        return self._widths[text]

    @property
    def _dpi(self) -> float:
        figure = self._axes.get_figure(root=True)
        assert figure is not None
        return float(figure.dpi)

    @property
    def _an_inch(self) -> float:
        left, right = self._axes.get_xlim()
        return float((right - left) / (self._axes.bbox.width / self._dpi))

    def _round_numbers(self, low: float, high: float) -> tuple[Array, list[str]]:
        if (low, high) not in self._ticks:
            values = np.asarray(MaxNLocator(MOST_TICKS, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high))
            slack = 1e-9 * (high - low)
            values = values[(values >= low - slack) & (values <= high + slack)]
            written = PrintedNumbers()
            written.create_dummy_axis()
            assert written.axis is not None
            written.axis.set_view_interval(low, high)
            written.axis.set_data_interval(low, high)
            written.set_locs(values)
            self._ticks[low, high] = values, [written(value) for value in values]
        return self._ticks[low, high]


class CutArtists:
    """The polygon in which a plane cuts the box: a veil over what is behind it, and an outline over all."""

    def __init__(self, axes: Axes, style: Style) -> None:
        self._face = PolyCollection([], zorder=BETWEEN)
        axes.add_collection(self._face, autolim=False)
        self._face.set(facecolor=(*to_rgba(style.boundary)[:3], VEIL), linewidth=0)
        self.outline = Polygon(
            np.zeros((1, 2)), fill=False, edgecolor=style.boundary, joinstyle="round", zorder=3.1,
            linewidth=OUTLINE * style.boundary_width,
        )  # fmt: skip
        axes.add_artist(self.outline)

    @property
    def moving(self) -> list[Artist]:
        """The veil."""
        return [self._face]

    def show(self, cut: Array | None, eye: Eye) -> None:
        """Show the polygon (n_corners, 3), or none."""
        for artist in (self._face, self.outline):
            artist.set_visible(cut is not None)
        if cut is not None:
            corners = eye.sees(cut)[0]
            self._face.set_verts([corners])
            self.outline.set_xy(corners)


def _face(box: Box, axis: int, side: int) -> Array:
    """The corners of a face, in order: (4, 3)."""
    first, second = (other for other in range(3) if other != axis)
    corners = np.zeros((4, 3))
    corners[:, axis] = side
    corners[:, first], corners[:, second] = (-1, 1, 1, -1), (-1, -1, 1, 1)
    return corners * box.half


def _grid(box: Box, axis: int, side: int, places: list[Array]) -> list[Array]:
    """Lines (2, 3) on a face, at these places along each axis."""
    lines = []
    for along in (other for other in range(3) if other != axis):
        across = 3 - axis - along
        for place in places[along]:
            line = np.zeros((2, 3))
            line[:, axis] = side * box.half[axis]
            line[:, along] = place
            line[:, across] = np.array([-1, 1]) * box.half[across]
            lines.append(line)
    return lines


def _show_lines(artist: object, eye: Eye, lines: list[Array]) -> None:
    """Show lines (n_points, 3) as one, with gaps."""
    gap = np.full((1, 3), np.nan)
    points = np.concatenate([part for line in lines for part in (line, gap)]) if lines else gap
    seen = eye.sees(points)[0]
    artist.set_data(seen[:, 0], seen[:, 1])  # type: ignore[attr-defined]
