"""The header of a figure: title, class legend, epoch counter and caption of the milestone to tell."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.legend_handler import HandlerLine2D, HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import BboxBase, Transform

from replay.drawing.artists.direction import left_to_right
from replay.drawing.artists.layer_names import without_middle
from replay.drawing.artists.letters import letters
from replay.drawing.artists.marks import BARRED, HELD_OUT, RINGED, marks_in
from replay.drawing.artists.plane import ring
from replay.drawing.artists.short_names import to_letters
from replay.drawing.artists.words import Words, fit
from replay.drawing.class_looks import coloured_classes
from replay.drawing.fonts import lend_fonts
from replay.drawing.style import Style
from replay.drawing.time_bar import TimeBar
from replay.language.message import in_numbers, say, say_number
from replay.runs.milestone import Caption, latest, leading
from replay.runs.names import UNNAMED, Names

SAME = 1e-6  # epochs nearer to one another are one
MAX_CLASSES = 4  # named in words
MAX_NUMBERED = 100  # more do not fit, however wide the figure is
# How the legend names classes: each in words, each by its number, or all at once.
IN_WORDS, IN_NUMBERS, IN_ONE = "words", "numbers", "one"
LETTERS = (24, 16, 12, 8)  # of class names in the legend, which lose their middles until they fit
QUOTED = re.compile("(?<=“)[^“”]{25,}(?=”)")  # long names within captions, which lose their middle
LONGEST = 24  # letters of them
DESCENT = 0.07  # inches from the caption's baseline to the next line
FIRST_LINE, SECOND_LINE, THIRD_LINE = 0.43, 0.74, 1.02  # baselines, in inches from the top


class Header:
    """The header above the panels; it is also the clock of the figure.

    At left it has the title above the legend, at right the epoch above the milestone to tell. `left` and
    `right` are shares of the figure's width; `height` is the header's height in inches. Everything is made
    to fit: a title becomes smaller and then shorter; the legend moves to its own line if the captions need
    the room and, if it is still too wide, shortens the names of the classes, or shows only their numbers, or
    one entry for all.
    """

    def __init__(
        self,
        figure: Figure,
        title: str,
        n_classes: int,
        style: Style,
        *,
        left: float,
        right: float,
        widest_epoch: float,
        clock: bool = True,
        milestones: Sequence[Caption] = (),
        names: Names = UNNAMED,
        held_out: bool = False,
    ) -> None:
        self._n_classes = n_classes
        self._may_have = {RINGED, BARRED} if n_classes else set()
        self._may_have |= {HELD_OUT} if held_out else set()
        self._figure, self._style = figure, style
        self._names = names
        self._milestones = leading(milestones)
        self._wider: dict[str, float] = {}
        self._renderer = FigureCanvasAgg(figure).get_renderer()
        gap = style.size_title / 72 / figure.get_figwidth()
        # The word "epoch" is fixed, with room after it for the widest number; decimals move both to the left.
        self._right, self._last, self._between = right, widest_epoch, gap / 3
        self.epoch = figure.text(
            right,
            self._height(FIRST_LINE),
            epoch_words(widest_epoch),
            ha="right",
            va="baseline",
            fontsize=style.size_title,
        )
        self._whole = self._share(self.epoch).width
        self.epoch.set(x=right - self._whole, ha="left")
        self._word = word = self._words(
            right - self._whole - self._between, FIRST_LINE, say("epoch"), style.size_title, ha="right"
        )
        self.title = self._words(left, FIRST_LINE, title, style.size_title, ha="left", fontweight="bold")
        end = self._share(word).x0 - gap if clock else right
        self._fit(self.title, end - left, style.size_title)
        self._shift, self._title_room = 0.0, end - left
        for words in (self.epoch, word):
            words.set_visible(clock)
        told = [milestone.epoch for milestone in self._milestones]
        self.bar = TimeBar(figure, left, right, told, style) if clock else None
        self.caption = self._words(right, SECOND_LINE, "", style.size_caption, ha="right", color=style.muted)
        self._captions = self._fitted_captions(right - left)
        self.height = SECOND_LINE
        self._left, self._room = left, right - left
        self._marks = self._may_have - {BARRED}  # that the legend explains
        self._legend = self._fitted_legend() if n_classes or held_out else None
        self._is_still = False
        if self._legend is not None and (
            self._share(self._legend).width + gap + self._widest_caption() > self._room
        ):
            # Letters are a whole number of pixels high, which is a lot in a thumbnail.
            high = self._share(self._legend).height * figure.get_figheight()
            self.height = max(THIRD_LINE, SECOND_LINE + DESCENT + high)
            self._legend.set_bbox_to_anchor((left, self._height(self.height)), figure.transFigure)

    def _more(self, number: str) -> float:
        """How much wider a number is than whole epochs are, as a share of the figure's width."""
        if number not in self._wider:
            self.epoch.set_text(number)
            self._wider[number] = max(0.0, self._share(self.epoch).width - self._whole)
        return self._wider[number]

    def _words(self, x: float, line: float, text: str, size: float, **look: Any) -> Text:
        look = {"fontsize": size, "va": "baseline", "transform": self._figure.transFigure, **look}
        words = Words(x, self._height(line), text, **look)
        self._figure.add_artist(words)
        return words

    def _height(self, line: float) -> float:
        """The height of a line, given in inches from the top, as a share of the figure."""
        return 1 - line / self._figure.get_figheight()

    def _fit(self, words: Text, room: float, largest: float, sentence: bool = False) -> None:
        fit(words, room * self._figure.bbox.width, largest, self._renderer, sentence=sentence)

    def _share(self, artist: Artist) -> BboxBase:
        return artist.get_window_extent(self._renderer).transformed(self._figure.transFigure.inverted())

    def _fitted_captions(self, room: float) -> dict[Caption, str]:
        """The caption of each milestone, shrunk and, if need be, shortened to fit into `room`."""
        fitted = {}
        for _ in range(2):  # once to find the common size, once for the words
            for milestone in self._milestones:
                self.caption.set_text(left_to_right(QUOTED.sub(_shortened, milestone.caption)))
                self._fit(self.caption, room, self._style.size_caption, sentence=True)
                fitted[milestone] = self.caption.get_text()
        self.caption.set_text("")
        return fitted

    def _fitted_legend(self) -> Legend:
        """The legend of the classes, with the longest names that fit."""
        n_classes, place = self._n_classes, (self._left, self._height(self.height))
        for naming in _namings(n_classes, self._style, self._names):
            legend = _legend(self._figure, n_classes, self._style, place, naming, self._marks)
            if self._share(legend).width <= self._room:
                return legend
            legend.remove()
        shortest = (
            _Naming(IN_ONE, [say("classes 0–{last}", last=n_classes - 1)])
            if n_classes
            else _Naming(IN_NUMBERS, [])
        )
        return _legend(self._figure, n_classes, self._style, place, shortest, self._marks)

    def explain(self, seen: bool) -> None:
        """Let the legend list the marks that the panels have or, if they are to be `seen`, show just now."""
        marks = marks_in(self._figure, seen) & self._may_have
        if self._legend is not None and marks != self._marks:
            self._marks = marks
            self._legend.remove()
            with self._style.applied():
                self._legend = self._fitted_legend()
                lend_fonts(self._figure, self._style.font)

    def _widest_caption(self) -> float:
        """The width of the widest caption as a share of the figure."""
        widest = 0.0
        for words in self._captions.values():
            self.caption.set_text(words)
            widest = max(widest, self._share(self.caption).width)
        self.caption.set_text("")
        return widest

    @property
    def moving(self) -> list[Artist]:
        """The epoch number with its word, the title that makes room for them, the caption, the film's bar."""
        return [self.epoch, self._word, self.title, self.caption, *(self.bar.moving if self.bar else ())]

    @property
    def stops(self) -> Sequence[float]:
        """The epochs at which a film stays for a moment: those of the captions."""
        return [milestone.epoch for milestone in self._milestones]

    def begin(self, moments: Sequence[float] | None) -> None:
        """Make ready for a film that shows these moments, or for a still."""
        self._is_still = moments is None
        if not self._is_still:
            self.explain(seen=False)
        if self.bar:
            self.bar.begin(moments)

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch` and the milestone to tell; in a still, the legend of what its panels show."""
        if self._is_still:
            self.explain(seen=True)
        words = epoch_words(epoch, decimals)
        more = self._more(epoch_words(self._last, decimals) if decimals else words)
        left = self._right - self._whole - more
        self._word.set_x(left - self._between)
        self.epoch.set(text=words, x=left)
        if more > self._shift and self._word.get_visible():
            self._shift = more
            self._fit(self.title, self._title_room - more, self._style.size_title)
        if self.bar:
            self.bar.show(epoch)
        milestone = latest(self._milestones, epoch)
        self.caption.set_text("" if milestone is None else self._captions[milestone])


def _shortened(name: re.Match[str]) -> str:
    return without_middle(name[0], LONGEST) if len(letters(name[0])) > LONGEST else name[0]


class _AtTheEnd(HandlerLine2D):
    """Draws a legend marker at the right end of its handle, next to its name."""

    def create_artists(
        self,
        legend: Legend,
        orig_handle: Artist,
        xdescent: float,
        ydescent: float,
        width: float,
        height: float,
        fontsize: float,
        trans: Transform,
    ) -> Sequence[Artist]:
        """The marker, drawn by matplotlib into a handle as wide as a letter."""
        start = xdescent - (width - fontsize)
        return super().create_artists(legend, orig_handle, start, ydescent, fontsize, height, fontsize, trans)


def epoch_words(epoch: float, decimals: int | None = None) -> str:
    """An epoch as text, by default with up to two decimals if it is not a whole number.

    Without decimals it is the nearest whole epoch.
    """
    if decimals == 0:
        return in_numbers(f"{math.floor(epoch + 0.5 + SAME)}")
    if decimals is not None:
        return in_numbers(f"{epoch:.{decimals}f}")
    return in_numbers(f"{epoch:.2f}".rstrip("0").rstrip("."))


def _others(n: int) -> str:
    """The entry of the classes that are not among those that are wrong most often."""
    return say_number("{number} other class", "{number} other classes", n)


class _Naming(NamedTuple):
    """A way to name the classes that have a colour: its form, and the words of the entries."""

    form: str
    words: Sequence[str]


def _namings(n_classes: int, style: Style, names: Names) -> Iterator[_Naming]:
    """The ways to name so many classes one by one, the longest first."""
    coloured = coloured_classes(style, n_classes)
    if n_classes > MAX_NUMBERED and len(coloured) == n_classes:
        return
    words = [names.word(label) for label in coloured]
    if names.are_words or len(coloured) == n_classes <= MAX_CLASSES:
        yield _Naming(IN_WORDS, words)
    for most in LETTERS if names.are_words else ():
        short = to_letters(words, most)
        if short is not None and short != words:
            yield _Naming(IN_WORDS, short)
    yield _Naming(IN_NUMBERS, [str(label) if names.are_words else names.number(label) for label in coloured])


def _legend(
    figure: Figure,
    n_classes: int,
    style: Style,
    place: tuple[float, float],
    naming: _Naming,
    marks: Collection[str],
) -> Legend:
    """The class legend with its lower left corner at `place`; rings explain bars of their colour, too."""

    def dot(label: int) -> Line2D:
        look: dict[str, Any] = {"marker": style.class_marker(label), "color": style.class_colour(label)}
        return Line2D([], [], linestyle="", markersize=8, markeredgewidth=0, **look)

    wrong = Line2D([], [], linestyle="", **ring(style, figure.dpi))
    wrong.set(markersize=9, markeredgewidth=1.8)
    if RINGED not in marks:
        wrong.set(marker="s", markersize=8, markerfacecolor=style.error, markeredgewidth=0)
    hollow = Line2D(
        [], [], linestyle="", marker="o", markersize=7.5, markerfacecolor="none", markeredgewidth=1.6
    )
    hollow.set(markeredgecolor=style.muted)
    has_wrong = RINGED in marks or BARRED in marks
    further = [(wrong, say("misclassified"))] * has_wrong + [(hollow, say("held out"))] * (HELD_OUT in marks)
    named, form = coloured_classes(style, n_classes), naming.form
    others = [label for label in (set(range(n_classes)) - set(named)) if form != IN_ONE][:1]
    dots = [dot(label) for label in (named[: len(style.classes)] if form == IN_ONE else [*named, *others])]
    handles: list[Any] = [tuple(dots)] if form == IN_ONE else [*dots]
    words = list(naming.words)
    if others:
        words += [_others(n_classes - len(named))]
    length = {IN_WORDS: 1.0, IN_NUMBERS: 0.7, IN_ONE: 0.85 * len(dots)}[form]  # of the handles, in letters
    gap = 0.6 if form == IN_NUMBERS else 1.6
    return figure.legend(
        [*handles, *(handle for handle, _ in further)],
        [*words, *(text for _, text in further)],
        loc="lower left",
        bbox_to_anchor=place,
        ncols=max(1, len(handles) + len(further)),
        handlelength=length,
        handletextpad=0.2 if form == IN_NUMBERS else 0.5,
        columnspacing=gap - max(length - 1, 0),  # these are at the end of their handle, which may be long
        borderpad=0,
        borderaxespad=0,
        labelcolor=style.muted,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0), wrong: _AtTheEnd(), hollow: _AtTheEnd()},
    )
