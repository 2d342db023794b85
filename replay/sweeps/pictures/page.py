"""What the figures of a sweep share: the page with title and notes, its grid, rows and names that fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text

from replay.drawing.artists.letters import letters
from replay.drawing.artists.words import fit
from replay.drawing.identity import Look, looks
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.language.message import Message
from replay.runs.traits import NAME
from replay.sweeps.held_fixed import notes
from replay.sweeps.table import SweepTable

NATIVE = Shape(12.0, 6.4, 120.0)
LEFT, RIGHT, BOTTOM = 0.75, 0.35, 1.12  # inches around the axes; at the bottom are two notes
NOTES = (0.36, 0.14)  # inches from the bottom, the baselines of the notes
TITLE_BASELINE, SUBTITLE_BASELINE, TOP = 0.48, 0.82, 1.1  # inches from the top; TOP is that of the axes
MARGIN = 0.25  # inches between names and axes
NOTE = 0.8  # of the tick size, the notes below the figures
NAMES_SHARE = 0.35  # the largest share of the width for names
SQUEEZED = 0.6  # of these heights, if a size is given
LINE = 1.35  # line height, as a multiple of the font size
TALLEST = 8000.0  # pixels
CUTS = (0.5, 0.7, 0.3, 0.85, 0.15, 1.0, 0.0)  # where to cut names: the share of kept letters before the cut
PANEL_ROW, PANELS_ACROSS = 1.75, 5  # the least height of a panel in inches, and how many stand in a row
PANEL_ASPECT = 1.3  # of a panel
PANEL_GAP, ROOM = (0.62, 0.3), 0.3  # inches between panels, and beside the margins for numbers and names
QUANTILES = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3))  # bands over seeds: from, to, opacity


def native_shape(rows: int, height: float) -> Shape:
    """NATIVE, or taller if `rows` of this `height` in inches do not fit."""
    inches = max(NATIVE.height, TOP + BOTTOM + rows * height)
    return Shape(NATIVE.width, inches, min(NATIVE.dpi, TALLEST / inches))


def page_of(
    table: SweepTable,
    title: Message,
    subtitle: Message,
    style: Style,
    native: Shape,
    size: tuple[int, int] | None,
) -> Figure:
    """A page with title, subtitle and notes, of `size` in pixels or `native`."""
    wanted = shape(native, size)
    needed = (
        TOP + BOTTOM + (native.height - TOP - BOTTOM) * SQUEEZED if native.height > NATIVE.height else 3.0
    )
    if wanted.height < needed:  # make everything smaller
        times = needed / wanted.height
        wanted = Shape(wanted.width * times, wanted.height * times, wanted.dpi / times)
    page = Figure(figsize=wanted.inches, dpi=wanted.dpi)
    renderer = FigureCanvasAgg(page).get_renderer()
    room = (wanted.width - LEFT - RIGHT) * wanted.dpi
    lines: tuple[tuple[str, float, float, dict[str, Any]], ...] = (
        (f"{table.title} · {title}", TITLE_BASELINE, style.size_title, {"fontweight": "bold"}),
        (str(subtitle), SUBTITLE_BASELINE, style.size_caption, {"color": style.muted}),
    )
    for text, baseline, points, look in lines:
        words = page.text(
            MARGIN / wanted.width, 1 - baseline / wanted.height, text, fontsize=points, va="baseline", **look
        )
        fit(words, room, points, renderer, sentence=True)
    for note, baseline in zip(notes(table), NOTES, strict=False):
        place = MARGIN / wanted.width, baseline / wanted.height
        points = NOTE * style.size_tick
        words = page.text(*place, note, va="baseline", fontsize=points, color=style.muted)
        fit(words, (wanted.width - 2 * MARGIN) * wanted.dpi, points, renderer, sentence=True)
    return page


def rows_of(page: Figure, names: Sequence[str], style: Style, right: float) -> tuple[Axes, float]:
    """Axes with a row for each name, the first on top, and `right` inches beside them.

    Also returns the font size that fits a row.
    """
    height = (page.get_size_inches()[1] - TOP - BOTTOM) / len(names)
    short, points, left = fitted_names(page, names, height, style)
    (axes,) = grid(page, 1, 1, gap=(0, 0), left=left, right=right)
    axes.set_yticks(range(len(names)), short, color=style.ink, fontsize=points)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=style.faint, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes, points


def fitted_names(
    page: Figure, names: Sequence[str], height: float, style: Style
) -> tuple[list[str], float, float]:
    """Names for rows of `height` inches, their font size, and the inches left of the axes.

    Names that are too long are cut so that they stay different from one another.
    """
    renderer = FigureCanvasAgg(page).get_renderer()
    largest = min(style.size_tick, height * 72 / LINE)
    pixels = (NAMES_SHARE * page.get_size_inches()[0] - MARGIN) * page.dpi
    texts = [page.text(0, 0, name, fontsize=largest) for name in names]
    _shorten(texts, pixels, largest, renderer)
    short = [text.get_text() for text in texts]
    points = min(float(text.get_fontsize()) for text in texts)
    widest = max(text.get_window_extent(renderer).width for text in texts) / page.dpi
    for text in texts:
        text.remove()
    return short, points, max(0.5, widest) + MARGIN + 0.15


def _shorten(texts: Sequence[Text], pixels: float, largest: float, renderer: Any) -> None:
    """Make texts fit: cut them where they stay different from one another, or else in the middle."""
    names = [text.get_text() for text in texts]
    for share in (*CUTS, CUTS[0]):
        for text, name in zip(texts, names, strict=True):
            text.set(text=name, fontsize=largest)
            _cut(text, pixels, largest, share, renderer)
        if len({text.get_text() for text in texts}) == len(set(names)):
            break


def _cut(text: Text, pixels: float, largest: float, share: float, renderer: Any) -> None:
    """Make `text` fit as `fit` does, but keep its end, too: `share` of the kept letters is before the cut."""
    whole = text.get_text()
    fit(text, pixels, largest, renderer)
    each, kept = letters(whole), len(letters(text.get_text()))
    while text.get_text() != whole and kept > 0:
        first = round(kept * share)
        text.set_text(f"{''.join(each[:first])}…{''.join(each[len(each) - (kept - first) :])}")
        if text.get_window_extent(renderer).width <= pixels:
            break
        kept -= 1


def grid(
    page: Figure,
    rows: int,
    columns: int,
    *,
    gap: tuple[float, float],
    left: float = LEFT,
    right: float = RIGHT,
    bottom: float = BOTTOM,
    top: float = TOP,
) -> list[Axes]:
    """Axes row by row, with margins and gaps in inches."""
    width, height = page.get_size_inches()
    across, down = (width - left - right) / columns, (height - top - bottom) / rows
    layout = GridSpec(
        rows,
        columns,
        page,
        left=left / width,
        right=1 - right / width,
        bottom=bottom / height,
        top=1 - top / height,
        wspace=gap[1] / (across - gap[1] * (columns - 1) / columns),
        hspace=gap[0] / (down - gap[0] * (rows - 1) / rows),
    )
    return [page.add_subplot(layout[row, column]) for row in range(rows) for column in range(columns)]


class Panels(NamedTuple):
    """A page with `axes` in so many `columns`, one of each combination, and the `looks` of these."""

    page: Figure
    axes: list[Axes]
    columns: int
    looks: list[Look]

    def is_outer(self, place: int) -> tuple[bool, bool]:
        """Whether the panel at this place is at the left, and whether it is at the bottom."""
        return place % self.columns == 0, place + self.columns >= len(self.axes)


def panels_of(
    table: SweepTable,
    names: Sequence[str],
    title: Message,
    subtitle: Message,
    style: Style,
    size: tuple[int, int] | None,
) -> Panels:
    """A page with a panel for each of these combinations, under its name."""
    native = native_shape(-(-len(names) // PANELS_ACROSS), PANEL_ROW)
    page = page_of(table, title, subtitle, style, native, size)
    columns, rows = divided(len(names), page)
    axes = grid(page, rows, columns, gap=PANEL_GAP, left=LEFT + ROOM, top=TOP + ROOM)[: len(names)]
    for each, name in zip(axes, names, strict=True):
        each.set_title(name)
    return Panels(page, axes, columns, looks_of(table, names, style))


def divided(n: int, page: Figure) -> tuple[int, int]:
    """Columns and rows for `n` panels, slightly wider than tall, with few empty cells."""
    width, height = page.get_size_inches()

    def cost(columns: int) -> float:
        rows = -(-n // columns)
        return abs(math.log(width / columns / (height / rows) / PANEL_ASPECT)) + (rows * columns - n) / n

    columns = min(range(1, n + 1), key=cost)
    return columns, -(-n // columns)


def label_outside(page: Figure, axes: Sequence[Axes], columns: int, x: str, y: str) -> None:
    """Name the axes of panels at the left and at the bottom, and hide the cells without a panel."""
    for place, each in enumerate(axes):
        if place + columns >= len(axes):
            each.set_xlabel(x)
        if place % columns == 0:
            each.set_ylabel(y)
    for unused in page.axes[len(axes) :]:
        unused.set_axis_off()


def shorten_titles(page: Figure, style: Style) -> None:
    """Make the titles of panels fit, beside what is said at their right; they stay different from another."""
    renderer = FigureCanvasAgg(page).get_renderer()
    used = [axes for axes in page.axes if axes.get_title(loc="left")]
    titles = [axes._left_title for axes in used]  # type: ignore[attr-defined]  # there is no public name
    beside = [axes._right_title.get_window_extent(renderer) for axes in used]  # type: ignore[attr-defined]
    taken = max(1.15 * box.width for box in beside)
    _shorten(titles, used[0].bbox.width - taken, style.size_panel, renderer)


def looks_of(table: SweepTable, names: Sequence[str], style: Style) -> list[Look]:
    """The looks of these combinations: those that their runs have in every other picture."""
    return looks([{**traits_of(table.combinations[name]), NAME: name} for name in names], style)


def traits_of(axes: Mapping[str, Any]) -> dict[str, str]:
    """The axes of a combination as traits of its runs, in words."""
    return {axis: _in_words(value) for axis, value in axes.items()}


def _in_words(value: Any) -> str:
    """A value of an axis, as the traits of runs have it."""
    if isinstance(value, list | tuple):
        return "x".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
