"""Clocks on the user's own figure: the epoch in the title of axes, or in the title of the whole figure."""

from __future__ import annotations

import re

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.words import SMALLEST
from replay.drawing.header import epoch_words
from replay.drawing.style import Style


class TitleClock:
    """Appends the epoch to the title of axes, or to the one that the user gives them meanwhile.

    It begins with the widest number that it must show, so that others can tell how much room is left. Where a
    title with this number is too wide for the axes, it becomes smaller, then shorter.
    """

    def __init__(self, axes: Axes, widest_epoch: float = 0.0) -> None:
        self.title = axes.get_title(loc="left")
        self.text = axes.set_title(self.title, loc="left")
        self._axes, self._size = axes, float(self.text.get_fontsize())
        self._widest = epoch_words(widest_epoch)
        self._fitted = "", 0.0, ""  # the title, the width of the axes, and the title that fits them
        self._say(self._widest)

    @property
    def moving(self) -> list[Artist]:
        """The title."""
        return [self.text]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch`."""
        self._heed_user()
        self._say(epoch_words(epoch, decimals))

    def stop(self) -> None:
        """Show the title alone, because another clock names the epoch."""
        self._heed_user()
        self.text.set(text=self.title, fontsize=self._size)
        self._shown = self.title

    def _heed_user(self) -> None:
        if self.text.get_text() != self._shown:
            self.title = self.text.get_text()

    def _say(self, words: str) -> None:
        width = size_in_inches(self._axes)[0]
        if self._fitted[:2] != (self.title, width):
            self._fitted = self.title, width, self._fit(width)
        self._shown = _titled(self._fitted[2], words)
        self.text.set_text(self._shown)

    def _fit(self, inches: float) -> str:
        """Make the title and the widest epoch fit, and return the title."""
        title, size = self.title, self._size
        while self._width(title, size) > inches and size > SMALLEST * self._size:
            size -= 0.5
        while self._width(title, size) > inches and len(title) > 1:
            title = title[:-2].rstrip() + "…"
        return title

    def _width(self, title: str, size: float) -> float:
        self.text.set(text=_titled(title, self._widest), fontsize=size)
        return _inches(self.text)


class FigureClock:
    """A clock in the title of the figure, after what it says already.

    The epoch that an earlier clock left there is replaced. The clock begins with the widest number that it
    must show, and stays where that is in the middle: a layout engine makes room for it, and the words before
    the number keep still.
    """

    def __init__(self, figure: Figure, title: str, style: Style, *, widest_epoch: float) -> None:
        self._title = title or re.sub(r"(^| · )epoch -?[0-9.]+$", "", figure.get_suptitle())
        self.text = figure.suptitle("", fontsize=style.size_caption, fontweight="bold")
        self.show(widest_epoch)
        share = _inches(self.text) / figure.get_figwidth()
        self.text.set(x=0.5 - share / 2, horizontalalignment="left")
        if not (figure.get_constrained_layout() or figure.get_tight_layout()):
            _make_room_below(self.text, figure)

    @property
    def moving(self) -> list[Artist]:
        """The title."""
        return [self.text]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch`."""
        self.text.set_text(_titled(self._title, epoch_words(epoch, decimals)))


def _titled(title: str, epoch: str) -> str:
    return f"{title} · epoch {epoch}" if title else f"epoch {epoch}"


def _inches(text: Text) -> float:
    figure = text.get_figure(root=True)
    assert figure is not None
    return float(text.get_window_extent().width / figure.dpi)


def _make_room_below(title: Text, figure: Figure) -> None:
    """Lower the axes until `title` lies above all that they show."""
    bottom = title.get_window_extent().y0 - float(title.get_fontsize()) / 3 / 72 * figure.dpi
    tops = [box.y1 for box in (axes.get_tightbbox() for axes in figure.axes) if box is not None]
    overlap = (max(tops, default=bottom) - bottom) / figure.bbox.height
    if overlap > 0:
        figure.subplots_adjust(top=figure.subplotpars.top - overlap)
