"""The panel of the confusion matrix: coloured cells with counts or percentages."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.accuracy import percent_right
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.artists.short_names import legible_names
from replay.drawing.artists.ticks import number
from replay.drawing.artists.words import beside_title, needed_beside
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, say
from replay.runs.names import Names
from replay.types import Array
from replay.views.confusion_matrix import ConfusionMatrix, ConfusionMatrixFrame
from replay.views.shared.geometry import Limits
from replay.views.shared.held_out import HELD_OUT, TRAINED

# Of all samples, or of a set of them; a shorter one if only it leaves room for the share.
TITLES = {
    "": (Message("Confusion matrix"), Message("Confusion")),
    TRAINED: (Message("Confusion matrix, training"), Message("Confusion, training"), Message("Training")),
    HELD_OUT: (Message("Confusion matrix, held out"), Message("Confusion, held out"), Message("Held out")),
}
MAX_COUNTED = 10_000  # samples of a class: from here on, cells show percent of the class instead of counts
SMALLEST = 0.62  # of the tick size: smaller numbers cannot be read
FAINTEST = 0.08  # the strength of a single error's colour
CURVE = 0.4  # strength is the share of the class to this power: 1% is visible, and 50% is not full
ACROSS, BESIDE = 0.92, 0.3  # of a cell and of the axes, the widest names below and beside them
STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # between labelled classes


class ConfusionMatrixPanel(Panel):
    """True classes from top to bottom, predicted classes from left to right.

    A cell's colour is as strong as its share of the true class: in the metric's colour on the diagonal, in
    the error colour elsewhere. If there is room, cells show the number of samples, or the percentage of the
    true class if classes are large. Beside the title is the accuracy, or the number of samples without an
    answer. Names of classes stand beside the rows and, if they fit, below the columns, else numbers.
    """

    def __init__(self, axes: Axes, view: ConfusionMatrix, style: Style) -> None:
        super().__init__(axes, view, style)
        n = view.n_classes
        self.cells = Cells(axes, n, style)
        axes.set_xlim(-0.5, n - 0.5)
        axes.set_ylim(n - 0.5, -0.5)
        axes.set_aspect("equal", adjustable="box", anchor="NW")
        axes.apply_aspect()  # what fits is measured below
        axes.tick_params(length=0)
        axes.set_xlabel(say("predicted class"))
        axes.set_ylabel(say("true class"))
        _name_classes(axes, n, view.evaluation.names, style)
        self.as_percent = bool(view.class_sizes.max(initial=0) >= MAX_COUNTED)
        widest = "100" if self.as_percent else str(view.class_sizes.max(initial=0))
        size = _size_that_fits(axes, n, len(widest), style)
        self.numbers = None if size is None else ManyWords(axes, size, zorder=2)
        if self.as_percent and size is not None:
            axes.set_ylabel(say("true class, in %"))
        self.share = beside_title(axes, style)
        axes.add_artist(self.share)
        self.finite = LastFinite(axes, view.evaluation, style)
        for title in map(str, TITLES[view.of]):
            if self._fits_beside(title):
                break

    @property
    def moving(self) -> list[Artist]:
        """The cells, their numbers if there is room, and the accuracy."""
        return [
            self.cells,
            *([] if self.numbers is None else [self.numbers]),
            self.share,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the counts at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        shares = frame.counts / np.maximum(self.view.class_sizes, 1)[:, None]
        colours = self.cells.show(shares)
        if self.numbers is not None:
            self.numbers.show(self._words(frame.counts, shares, colours))
        has_room = self._needed <= size_in_inches(self.axes)[0]  # which a layout may have changed
        self.share.set_text(_in_words(frame) if has_room else "")

    def _words(self, counts: Array, shares: Array, colours: Array) -> list[Word]:
        ink = _readable(colours, self.style)
        percents = self.as_percent
        return [
            Word(column, row, _percent(shares[row, column]) if percents else number(counts[row, column]),
                 ink[row, column])
            for row, column in np.argwhere(counts).tolist()
        ]  # fmt: skip

    def _fits_beside(self, title: str) -> bool:
        """Set this title, and return whether the accuracy fits beside it, with a gap."""
        self._title = self.axes.set_title(title)
        return self._room_for_both() <= size_in_inches(self.axes)[0]

    def _room_for_both(self) -> float:
        return needed_beside(self._title, self.share, percent_right(0.999), self.style)

    @cached_property
    def _needed(self) -> float:
        """The width in inches of title and accuracy side by side with a gap, when first shown."""
        return self._room_for_both()


class Cells(PixelImage):
    """The cells of a matrix with `n_classes` rows, the first on top, with a thin gap between large cells."""

    def __init__(self, axes: Axes, n_classes: int, style: Style) -> None:
        super().__init__(axes, Limits((-0.5, n_classes - 0.5), (-0.5, n_classes - 0.5)), zorder=1)
        self._style = style
        self._strength = np.zeros((n_classes, n_classes))
        self._full = np.empty((n_classes, n_classes, 3))
        self._full[:] = to_rgb(style.error)
        self._full[np.arange(n_classes), np.arange(n_classes)] = to_rgb(style.metric)
        self._rgba = np.zeros((n_classes, n_classes, 4), dtype=np.uint8)

    def show(self, shares: Array) -> Array:
        """Colour by the shares of the true class (n_classes, n_classes); return the opaque colours."""
        risen = np.where(np.eye(len(shares), dtype=bool), shares, shares**CURVE)
        strength = np.where(shares > 0, FAINTEST + (1 - FAINTEST) * risen, 0)
        paper = np.array(to_rgb(self._style.background))
        on_paper = paper + (self._full - paper) * strength[..., None]
        alpha = strength if self._style.transparent else np.ones_like(strength)
        colours = self._full if self._style.transparent else on_paper
        self._rgba = np.round(np.dstack([colours, alpha]) * 255).astype(np.uint8)
        self.stale = True
        return on_paper

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        n = len(self._rgba)
        row, column = (np.arange(rows) * n // rows)[::-1], np.arange(columns) * n // columns
        packed = self._rgba.view(np.uint32)[..., 0]  # look four bytes up as one number
        out = packed.take(column, axis=1).take(row, axis=0)
        if min(rows, columns) > 8 * point * n:
            width = max(1, round(0.75 * point))
            for lines, along in ((np.diff(row), out), (np.diff(column), out.T)):
                for line in np.flatnonzero(lines) + 1:
                    along[line : line + width] = 0
        return out.view(np.uint8).reshape(rows, columns, 4)


def _labelled(axes: Axes, n: int, side: int, style: Style) -> list[int]:
    """The classes whose numbers fit along the axis `side`: 0 for x, 1 for y."""
    assert axes.figure is not None
    cell = float(axes.bbox.size[side]) * 72 / axes.figure.dpi / n
    needed = style.size_tick * (1.1 if side else 0.65 * len(str(n - 1)) + 0.4)
    step = next((step for step in STEPS if step * cell >= needed), STEPS[-1])
    return list(range(0, n, step))


def _name_classes(axes: Axes, n: int, names: Names, style: Style) -> None:
    """Label columns and rows by the classes' names where these can be read, else by their numbers.

    Where only rows have room for names, they have the numbers that stand below the columns, too.
    """
    columns, rows = _labelled(axes, n, 0, style), _labelled(axes, n, 1, style)
    if not names.are_words:
        axes.set_xticks(columns, [names.number(label) for label in columns])
        axes.set_yticks(rows, [names.number(label) for label in rows])
        return
    width, size = size_in_inches(axes)[0], style.size_tick
    every = [names.number(label) for label in range(n)]
    below = legible_names(every, ACROSS * width / n, size, style)
    beside = [every[label] for label in rows]
    if below is not None:
        axes.set_xticks(range(n), below)
    else:
        axes.set_xticks(columns, [str(label) for label in columns])
        beside = [
            name if name == str(row) else f"{row} {name}" for row, name in zip(rows, beside, strict=True)
        ]
    short = legible_names(beside, BESIDE * width, size, style)
    axes.set_yticks(rows, short or [str(label) for label in rows])


def _size_that_fits(axes: Axes, n: int, n_digits: int, style: Style) -> float | None:
    """The font size at which numbers of `n_digits` fit into the cells, None if it is too small to read."""
    assert axes.figure is not None
    width, height = (float(side) * 72 / axes.figure.dpi / n for side in axes.bbox.size)
    digit = 0.64  # the width of a digit, as a share of the font size
    size = min(style.size_tick, 0.85 * width / (digit * n_digits), 0.75 * height)
    return size if size >= SMALLEST * style.size_tick else None


def _readable(colours: Array, style: Style) -> Array:
    """The ink for each of `colours` (n, n, 3): the style's ink or background, whichever has more contrast."""
    luminance = colours @ (0.2126, 0.7152, 0.0722)
    inks = [np.dot(to_rgb(ink), (0.2126, 0.7152, 0.0722)) for ink in (style.ink, style.background)]
    clearer = np.abs(luminance - inks[1]) > np.abs(luminance - inks[0])
    return np.where(clearer, style.background, style.ink)


def _percent(share: float) -> str:
    """A non-zero share in whole percent; 100 only if it is exactly 1."""
    return "<1" if share < 0.005 else str(99 if 0.99 < share < 1 else round(100 * share))


def _in_words(frame: ConfusionMatrixFrame) -> str:
    if frame.missing:
        return f"{frame.missing} NaN"
    return percent_right(frame.share_right)
