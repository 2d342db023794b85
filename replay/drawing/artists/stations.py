"""The stations of a journey through the layers, from top to bottom, and where the film is on the line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg

from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.words import Words, fit
from replay.drawing.style import Style

LINE, BESIDE = 0.12, 0.26  # inches from the left, of the line and of the names
LEADING = 1.5  # of a name's size, the least from one to the next
SMALLEST = 0.6  # of the tick size
WIDEST = 0.42  # inches from one name to the next, at most
STOP, HERE = 4.5, 9.0  # points


class Stations:
    """A line with a stop for each name; `groups` are words before some of them, such as those of layers."""

    def __init__(self, axes: Axes, names: Sequence[str], groups: Sequence[str], style: Style) -> None:
        self._style = style
        width, height = size_in_inches(axes)
        axes.set(xlim=(0, width), ylim=(-height, 0))
        axes.set_axis_off()
        axes.spines[:].set_visible(False)  # films draw them over what moves
        rows = _rows(groups)
        step = min(WIDEST, height / (rows[-1] + 1))
        self._places = [-(row + 0.5) * step for row in rows]
        self._draw_line(axes)
        heads = {place + step: group for group, place in zip(groups, self._places, strict=True) if group}
        size = min(style.size_tick, step * 72 / LEADING)
        self._names = _words(dict(zip(self._places, names, strict=True)))
        if size < SMALLEST * style.size_tick:  # there is room for some layers alone
            size, self._names = SMALLEST * style.size_tick, []
            heads = _apart(heads, size * LEADING / 72)
        figure = axes.get_figure(root=True)
        assert figure is not None
        renderer = FigureCanvasAgg(figure).get_renderer()
        for words in (*self._names, *_words(heads, fontweight="bold", color=style.muted)):
            words.set_fontsize(size)
            axes.add_artist(words)
            fit(words, (width - BESIDE) * figure.dpi, size, renderer)

    def _draw_line(self, axes: Axes) -> None:
        style, stops = self._style, [LINE] * len(self._places)
        look: dict[str, Any] = {"linestyle": "", "marker": "o"}
        width: dict[str, Any] = {"linewidth": 2.0, "solid_capstyle": "round"}
        axes.plot(stops, self._places, color=style.faint, **width)
        axes.plot(stops, self._places, markersize=STOP, color=style.muted, **look)
        (self._gone,) = axes.plot([], [], color=style.ink, **width)
        (self._here,) = axes.plot([], [], markersize=HERE, color=style.ink, **look)

    @property
    def moving(self) -> list[Artist]:
        """The line up to here, the place, and the names."""
        return [self._gone, self._here, *self._names]

    def show(self, mark: float) -> None:
        """Show that the film is at this mark; the name of where it goes is darker."""
        before = min(int(mark), len(self._places) - 1)
        after = min(before + 1, len(self._places) - 1)
        place = self._places[before] + (self._places[after] - self._places[before]) * (mark - before)
        self._gone.set_data([LINE, LINE], [self._places[0], place])
        self._here.set_data([LINE], [place])
        goal = before if mark == before else after
        for number, words in enumerate(self._names):
            words.set_color(self._style.ink if number == goal else self._style.muted)


def _words(texts: Mapping[float, str], **look: Any) -> list[Words]:
    """A text at each place."""
    return [Words(BESIDE, place, text, va="center", **look) for place, text in texts.items()]


def _apart(texts: Mapping[float, str], gap: float) -> dict[float, str]:
    """Those of the texts, from the first on, that are so many inches apart."""
    kept: dict[float, str] = {}
    for place, text in texts.items():
        if not kept or min(kept) - place >= gap:
            kept[place] = text
    return kept


def _rows(groups: Sequence[str]) -> list[int]:
    """The row of each name, one lower for each group that stands before it."""
    rows, row = [], -1
    for group in groups:
        row += 2 if group else 1
        rows.append(row)
    return rows
