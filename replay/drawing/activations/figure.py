"""The figure of activation functions: curves with gradients, side by side, or one with its facts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from replay.drawing.activations.curve_axes import (
    DASHES,
    GRADIENT_WIDTH,
    colours_of,
    draw_curves,
    shade,
    shown_saturation,
)
from replay.drawing.activations.facts import Facts, facts
from replay.drawing.activations.numbers import number
from replay.drawing.artists.lines import wrapped
from replay.drawing.artists.words import fit
from replay.drawing.sizes import NARROWEST, Shape, check_size, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import say
from replay.network.activation_limits import SATURATED

WIDTH, PIXELS = 12.0, 1440.0  # of a figure without a size, in inches and pixels
NATIVE_ASPECT = 1.6  # of a figure without a size, about
CELL_ASPECT, NARROWEST_CELL = 1.05, 2.4  # of a panel with its title, the latter in inches
READABLE = 96.0  # pixels an inch that let ticks be read
ALIKE = 6.0  # pixels an inch that make no difference
LOWEST_CELL = 1.75  # inches of a panel with its title
EMPTY_CELLS = 4.0  # how much worse empty cells are than panels of another aspect
LEFT, RIGHT, BOTTOM = 0.45, 0.3, 0.4  # inches around the axes
FIRST_LINE, SECOND_LINE, BELOW_HEADING = 0.43, 0.78, 0.22  # baselines in inches from the top, and the gap
GAP = 0.46  # inches between panels, for their tick labels
TITLES = 0.62  # inches above axes
BESIDE, BELOW = 0.56, 0.55  # the curves' share of a figure that also has the facts
TEXT_MARGIN = 0.35  # inches between the curves and the facts
LABELS = 1.5  # inches for the names of facts
SMALLEST_WORDS = 6.0  # points
LINE = 1.75  # line spacing, as a multiple of the font size
LETTER = 0.58  # the average width of a letter, rounded up, as a multiple of the font size


class Box(NamedTuple):
    """A part of the figure, in inches from its lower left corner."""

    left: float
    bottom: float
    width: float
    height: float


def figure(names: Sequence[str], style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The activations called `names` with their gradients, on a figure of `size` in pixels.

    One is drawn large, with its facts beside it, or below if the figure is taller than wide; several have a
    panel each. Raises ViewError for an unknown name or no name, OutputError for an impossible size.
    """
    activations = [facts(name) for name in names]
    if not activations:
        raise ViewError("name at least one activation")
    with style.applied():
        if len(activations) == 1:
            return _large(activations[0], style, size)
        return _grid(activations, style, size)


def _grid(activations: Sequence[Facts], style: Style, size: tuple[int, int] | None) -> Figure:
    n = len(activations)
    columns = best_columns(n, NATIVE_ASPECT) if size is None else readable_columns(n, check_size(size))
    rows = -(-n // columns)
    page = _page(_of_grid(columns, rows) if size is None else _readable(columns, rows, size))
    top = _heading(page, say("Activation functions"), activations, style)
    for place, (one, box) in enumerate(zip(activations, _cells(page, columns, rows, top), strict=False)):
        axes = page.add_axes(in_shares(page, box))
        draw_curves(axes, one, style)
        axes.tick_params(labelbottom=place + columns >= n)
    _titles(page.axes, activations, style)
    return page


def _of_grid(columns: int, rows: int) -> Shape:
    """The figure of a grid without a size."""
    width = max(WIDTH, columns * NARROWEST_CELL)
    height = FIRST_LINE + BELOW_HEADING + BOTTOM + rows * width / columns / CELL_ASPECT
    return Shape(width, height, PIXELS / width)


def best_columns(n: int, aspect: float) -> int:
    """The number of columns in which `n` panels best fill a figure with this ratio of width to height."""
    return min(range(1, n + 1), key=lambda columns: _cost(n, columns, aspect))


def readable_columns(n: int, size: tuple[int, int]) -> int:
    """The same for a figure of `size` in pixels; of few pixels, those in which words are largest."""

    def cost(columns: int) -> tuple[float, float]:
        dpi = min(READABLE, _fitting(columns, -(-n // columns), size))
        return -round(dpi / ALIKE), _cost(n, columns, size[0] / size[1])

    return min(range(1, n + 1), key=cost)


def _cost(n: int, columns: int, aspect: float) -> float:
    rows = -(-n // columns)
    cell = aspect * rows / columns
    return abs(math.log(cell / CELL_ASPECT)) + EMPTY_CELLS * (rows * columns - n) / n


def _fitting(columns: int, rows: int, size: tuple[int, int]) -> float:
    """The most pixels an inch with which every panel has room for its words."""
    width = max(NARROWEST, LEFT + RIGHT + columns * NARROWEST_CELL)
    height = SECOND_LINE + BELOW_HEADING + BOTTOM + rows * LOWEST_CELL
    return min(size[0] / width, size[1] / height)


def _readable(columns: int, rows: int, size: tuple[int, int]) -> Shape:
    """The figure of a grid of `size`, on so few inches that words can be read, as far as there is room."""
    usual = shape(_of_grid(columns, rows), size)
    dpi = max(usual.dpi, min(READABLE, _fitting(columns, rows, size)))
    return Shape(usual.width * usual.dpi / dpi, usual.height * usual.dpi / dpi, dpi)


def _large(activation: Facts, style: Style, size: tuple[int, int] | None) -> Figure:
    page = _page(shape(Shape(WIDTH, WIDTH / 2, PIXELS / WIDTH), size))
    top = _heading(page, activation.title, [activation], style)
    width, height = page.get_size_inches()
    across, down = width - LEFT - RIGHT, height - top - BOTTOM
    if width > height:
        curves_box = Box(LEFT, BOTTOM, BESIDE * across, down)
        left = LEFT + BESIDE * across + TEXT_MARGIN
        words_box = Box(left, BOTTOM, width - RIGHT - left, down)
    else:
        curves_box = Box(LEFT, BOTTOM + (1 - BELOW) * down, across, BELOW * down)
        words_box = Box(LEFT, BOTTOM / 2, across, (1 - BELOW) * down - TEXT_MARGIN)
    draw_curves(page.add_axes(in_shares(page, curves_box)), activation, style, large=True)
    _facts(page, activation, style, words_box)
    return page


def _page(wanted: Shape) -> Figure:
    return Figure(figsize=wanted.inches, dpi=wanted.dpi)


def _cells(page: Figure, columns: int, rows: int, top: float) -> list[Box]:
    """The boxes of the axes below `top`, row by row."""
    width, height = page.get_size_inches()
    across = (width - LEFT - RIGHT + GAP) / columns
    down = (height - top - BOTTOM) / rows
    return [
        Box(LEFT + column * across, height - top - (row + 1) * down, across - GAP, down - TITLES)
        for row in range(rows)
        for column in range(columns)
    ]


def in_shares(page: Figure, box: Box) -> tuple[float, float, float, float]:
    """A box in inches as shares of the figure."""
    width, height = page.get_size_inches()
    return box.left / width, box.bottom / height, box.width / width, box.height / height


def _heading(page: Figure, title: str, activations: Sequence[Facts], style: Style) -> float:
    """Draw the title and, beside or below it, the legend; return their height in inches."""
    width, height = page.get_size_inches()
    room = (width - LEFT - RIGHT) * page.dpi
    renderer = FigureCanvasAgg(page).get_renderer()
    look: dict[str, Any] = {"fontsize": style.size_title, "fontweight": "bold", "va": "baseline"}
    words = page.text(LEFT / width, 1 - FIRST_LINE / height, title, **look)
    legend = _legend(page, activations, style)
    fit(words, room, style.size_title, renderer)
    widths = [each.get_window_extent(renderer).width for each in (words, legend)]
    beside = sum(widths) + TEXT_MARGIN * page.dpi <= room
    line = FIRST_LINE if beside else SECOND_LINE
    legend.set_loc("lower right" if beside else "lower left")
    legend.set_bbox_to_anchor((1 - RIGHT / width if beside else LEFT / width, 1 - line / height))
    return line + BELOW_HEADING


def _legend(page: Figure, activations: Sequence[Facts], style: Style) -> Legend:
    function, gradient = colours_of(1, style)[0]
    if all(one.name == "softmax" for one in activations):  # each of its outputs has a colour
        function = gradient = style.muted
    handles: list[Any] = [
        Line2D([], [], color=function, linewidth=style.curve_width),
        Line2D([], [], color=gradient, linewidth=GRADIENT_WIDTH * style.curve_width, linestyle=DASHES),
    ]
    names = [say("function f"), say("gradient f′")]
    if any(map(shown_saturation, activations)):
        handles.append(Patch(**shade(style)))
        names.append(say("saturated: |f′| < {limit:g}", limit=SATURATED))
    return page.legend(
        handles,
        names,
        ncols=len(handles),
        handlelength=1.9,
        columnspacing=1.4,
        borderpad=0,
        borderaxespad=0,
        labelcolor=style.muted,
    )


def _facts(page: Figure, activation: Facts, style: Style, box: Box) -> None:
    """Write formula, facts and note from the top of `box` down, as large as they fit."""
    size = style.size_panel
    while size > SMALLEST_WORDS and _height(_lines(activation, box.width, size), size) > box.height:
        size -= 0.25
    width, height = page.get_size_inches()
    renderer = FigureCanvasAgg(page).get_renderer()
    baseline = box.bottom + box.height - size / 72
    for line in _lines(activation, box.width, size):
        texts = (
            (line.label, 0.0, style.muted, "normal"),
            (line.text, line.indent, style.ink, "bold" if line.strong else "normal"),
        )
        for text, indent, colour, weight in texts:
            words = page.text(
                (box.left + indent) / width,
                baseline / height,
                text,
                color=colour,
                fontsize=size,
                fontweight=weight,
                va="baseline",
            )
            fit(words, (box.width - indent) * page.dpi, size, renderer, sentence=True)
        baseline -= line.advance * size / 72


class Line(NamedTuple):
    """A line of text with a label, its indent in inches, and the spacing to the next line."""

    text: str
    label: str = ""
    indent: float = 0.0
    strong: bool = False
    advance: float = LINE


def _lines(activation: Facts, width: float, size: float) -> list[Line]:
    """The facts in lines of at most `width` inches, at a font size of `size` points."""

    def in_lines(text: str, room: float) -> list[str]:
        return wrapped(text, int(room * 72 / (LETTER * size)))

    labels = LABELS * size / 13
    lines = [Line(part, strong=True) for part in activation.formula.split("; ")]
    lines[-1] = lines[-1]._replace(advance=1.4 * LINE)
    for label, words in activation.rows:
        first, *others = in_lines(words, width - labels)
        lines.append(Line(first, label, labels))
        lines += [Line(other, indent=labels) for other in others]
    lines[-1] = lines[-1]._replace(advance=1.4 * LINE)
    return lines + [Line(text) for text in in_lines(activation.note, width)]


def _height(lines: Sequence[Line], size: float) -> float:
    """Inches from the top of the first line to the bottom of the last."""
    return (sum(line.advance for line in lines[:-1]) + 1.4) * size / 72


def _titles(cells: Sequence[Axes], activations: Sequence[Facts], style: Style) -> None:
    """Title each panel with the name and, below it, the subtitle."""
    width = cells[0].bbox.width / cells[0].figure.dpi
    size = style.size_panel * (1.0 if width > NARROWEST_CELL else 0.85)
    _in_one_size(cells, [one.title for one in activations], 20.0, size, fontweight="bold")
    _in_one_size(cells, [subtitle(one) for one in activations], 6.0, 0.85 * size, color=style.muted)


def subtitle(activation: Facts) -> str:
    """The numbers that articles compare: the largest gradient, and whether the function is zero-centred."""
    endless = np.isinf(activation.max_gradient)
    words = (
        say("gradient unbounded")
        if endless
        else say("max gradient {size}", size=number(activation.max_gradient, 3))
    )
    return f"{words} · {say('zero-centred')}" if activation.zero_centred else words


def _in_one_size(cells: Sequence[Axes], texts: Sequence[str], up: float, size: float, **look: Any) -> None:
    """Write each text `up` points above its axes, all in the largest size that fits every text."""
    renderer = FigureCanvasAgg(cast(Figure, cells[0].figure)).get_renderer()
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "baseline"}
    words = [
        axes.annotate(text, (0, 1), (0, up), fontsize=size, **place, **look)
        for axes, text in zip(cells, texts, strict=True)
    ]
    for each in words:
        fit(each, cells[0].bbox.width, size, renderer)
    smallest = min(float(each.get_fontsize()) for each in words)
    for each in words:
        each.set_fontsize(smallest)
