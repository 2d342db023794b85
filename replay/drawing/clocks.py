"""Clocks on the user's own figure: the epoch in the title of axes, or in the title of the whole figure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text

from replay.drawing.artists.direction import LEFT_TO_RIGHT, isolated
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.short_names import in_the_middle
from replay.drawing.artists.words import SMALLEST
from replay.drawing.header import epoch_words
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import say

FILLED = 0.96  # of the figure's width, by its title at most


class _Unpaced:
    """A clock without a bar of the film's time."""

    stops: Sequence[float] = ()

    def begin(self, moments: Sequence[float] | None) -> None:
        """Nothing to make ready."""


class TitleClock(_Unpaced):
    """Appends the epoch to the title of axes, or to the one that the user gives them meanwhile.

    It begins with the widest number that it must show, so that others can tell how much room is left. Where a
    title with this number is too wide for the axes, it becomes smaller, then shorter.
    """

    def __init__(self, axes: Axes, widest_epoch: float = 0.0) -> None:
        self.title = axes.get_title(loc="left")
        # A layer's name may have dollar signs; a title of the user's may be mathematics.
        self.text = axes.set_title(self.title, loc="left", parse_math=False)
        self._axes, self._words = axes, FittedTitle(self.text)
        self._widest = epoch_words(widest_epoch)
        self._shown = self.title
        self._heed_user()
        self._say(self._widest, self._widest)

    @property
    def moving(self) -> list[Artist]:
        """The title."""
        return [self.text]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch`."""
        self._heed_user()
        self._say(epoch_words(epoch, decimals), self._widest)

    def stop(self, with_room: bool = False) -> None:
        """Show the title alone, because another clock names the epoch; `with_room` for it all the same."""
        self._heed_user()
        self._say("", self._widest if with_room else "")

    def _heed_user(self) -> None:
        centred = self._axes.get_title(loc="center")  # where matplotlib puts titles by default
        if centred or self.text.get_text() != self._shown:
            self.title = centred or self.text.get_text()
            self.text.set_parse_math(True)
            self._axes.set_title("", loc="center")

    def _say(self, epoch: str, widest: str) -> None:
        self._words.say(self.title, epoch, widest, size_in_inches(self._axes)[0])
        self._shown = self.text.get_text()


class FigureClock(_Unpaced):
    """A clock in the title of the figure, after what it says already.

    The epoch that an earlier clock left there is replaced. The clock begins with the widest number that it
    must show, and stays where that is in the middle: a layout engine makes room for it, and the words before
    the number keep still. A title that is too wide for the figure becomes smaller, then shorter.
    """

    def __init__(self, figure: Figure, title: str, style: Style, *, widest_epoch: float) -> None:
        self._figure = figure
        self.title = title or _without_epoch(figure.get_suptitle())
        self._widest = epoch_words(widest_epoch)
        self.text = figure.suptitle(
            "", fontsize=style.size_caption, fontweight="bold", horizontalalignment="left", parse_math=True
        )
        self._words = FittedTitle(self.text)
        self.show(widest_epoch)
        if not (figure.get_constrained_layout() or figure.get_tight_layout()):
            _make_room_below(self.text, figure)

    @property
    def moving(self) -> list[Artist]:
        """The title."""
        return [self.text]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch`."""
        width = self._figure.get_figwidth()
        wide = self._words.say(self.title, epoch_words(epoch, decimals), self._widest, FILLED * width)
        self.text.set_x(0.5 - wide / width / 2)


class FittedTitle:
    """A title and the epoch after it, in a text that must not be wider than it has room.

    Where the title with the widest epoch is too wide, it becomes smaller, then shorter.
    """

    def __init__(self, text: Text) -> None:
        self._text, self._size = text, float(text.get_fontsize())
        self._asked: tuple[str, str, float] | None = None
        self._fitting, self._width = "", 0.0

    def say(self, title: str, epoch: str, widest: str, inches: float) -> float:
        """Show `title` and `epoch` in a size in which the `widest` fits, and return its width in inches."""
        if self._asked != (title, widest, inches):
            self._asked = title, widest, inches
            self._fitting = self._fit(title, widest, inches)
            self._width = _inches(self._text)
        self._text.set_text(_titled(self._fitting, epoch))
        return self._width

    def _fit(self, title: str, widest: str, inches: float) -> str:
        """Make the title and the widest epoch fit, and return the title."""
        size = self._size
        while self._width_of(title, widest, size) > inches and size > SMALLEST * self._size:
            size -= 0.5
        title = in_the_middle(title, lambda shown: self._width_of(shown, widest, size) <= inches)
        self._width_of(title, widest, size)  # what is measured last stays
        return title

    def _width_of(self, title: str, epoch: str, size: float) -> float:
        self._text.set(text=_titled(title, epoch), fontsize=size)
        return _inches(self._text)


def _without_epoch(title: str) -> str:
    """A title without the epoch that an earlier clock left there."""
    epoch = re.escape(say("epoch {epoch}", epoch="EPOCH")).replace("EPOCH", "-?[0-9.,]+")
    return re.sub(rf"(^| · ){epoch}$", "", title)


def _titled(title: str, epoch: str) -> str:
    said = say("epoch {epoch}", epoch=epoch) if epoch else ""
    if not (title and said):
        return title or said
    named = isolated(title)
    return f"{LEFT_TO_RIGHT if named != title else ''}{named} · {said}"


def _inches(text: Text) -> float:
    figure = text.get_figure(root=True)
    assert figure is not None
    try:
        return float(text.get_window_extent().width / figure.dpi)
    except ValueError as error:
        raise ViewError(
            f"matplotlib cannot read the mathematics in {text.get_text()!r}: write \\$ for a dollar sign"
        ) from error


def _make_room_below(title: Text, figure: Figure) -> None:
    """Lower the axes until `title` lies above all that they show."""
    bottom = title.get_window_extent().y0 - float(title.get_fontsize()) / 3 / 72 * figure.dpi
    tops = [box.y1 for box in (axes.get_tightbbox() for axes in figure.axes) if box is not None]
    overlap = (max(tops, default=bottom) - bottom) / figure.bbox.height
    if overlap > 0:
        figure.subplots_adjust(top=figure.subplotpars.top - overlap)
