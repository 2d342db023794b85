"""The Jacobian of softmax for one vector as a picture: logits, shares, and the derivative of each by each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

from replay.drawing.activations.figure import Box, in_shares
from replay.drawing.activations.numbers import number
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.signed import signed_colours
from replay.drawing.artists.words import fit
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError
from replay.language.message import in_numbers, say
from replay.network.activations import softmax, softmax_jacobian
from replay.types import Array

LOGITS = (2.0, 1.0, 0.0, -1.0)
FEWEST, MOST = 2, 5
NATIVE = Shape(8.0, 4.6, 180.0)
TITLE, SUBTITLE, TOP, BOTTOM, LEFT, RIGHT, BETWEEN = 0.42, 0.76, 1.25, 0.9, 0.5, 0.35, 1.0  # inches
STEEPEST = 0.25  # no derivative of softmax is larger: p(1 − p) at p = 1/2
SQUARE = 0.85  # below this ratio of width to height, the tiles stand beneath the bars
DECIMALS = 3  # in tiles
FILLED = 0.85  # of the width of a tile, or of the room for a bar
LETTERS, SHORT_LETTERS = 3.9, 2.3  # the widths of "−0.163" and "0.16" as multiples of the font size
SUBSCRIPTS = "₁₂₃₄₅"


def jacobian_figure(
    logits: Sequence[float] = LOGITS, style: Style = LIGHT, size: tuple[int, int] | None = None
) -> Figure:
    """Softmax of `logits` and its Jacobian diag(p) − ppᵀ, as tiles with numbers.

    Args:
        logits: The vector, 2 to 5 numbers.
        style: Colours and sizes.
        size: Width and height in pixels, by default 1440×828.

    Raises:
        ViewError: `logits` are too few or too many, or not all numbers.
        OutputError: No picture has this size.

    >>> from replay.drawing.activations.jacobian import jacobian_figure
    >>> len(jacobian_figure((2, 1, 0)).axes)
    2
    """
    z = checked_logits(logits)
    with style.applied():
        wanted = shape(NATIVE, size)
        page = Figure(figsize=wanted.inches, dpi=wanted.dpi)
        _heading(page, style)
        left, right = _boxes(page)
        _draw_shares(page.add_axes(in_shares(page, left)), z, style)
        _draw_tiles(page.add_axes(in_shares(page, right)), z, style)
        return page


def checked_logits(logits: Sequence[float]) -> Array:
    """The vector as an array; raises ViewError if it is none that can be shown."""
    z = np.asarray(logits, float)
    if z.ndim != 1 or not FEWEST <= len(z) <= MOST or not np.isfinite(z).all():
        raise ViewError(f"the Jacobian of softmax is shown for {FEWEST} to {MOST} logits, all numbers")
    return z


def as_text(logits: Sequence[float]) -> str:
    """Shares and Jacobian for a terminal."""
    z = checked_logits(logits)
    matrix = softmax_jacobian(z)
    width = max(len(_entry(value, 4)) for value in matrix.ravel())
    rows = ("  ".join(_entry(value, 4).rjust(width) for value in row) for row in matrix)
    shares = ", ".join(number(share, 3) for share in softmax(z))
    head = f"softmax({', '.join(number(value, 3) for value in z)}) = ({shares})"
    return "\n".join([head, "∂pᵢ/∂zⱼ, a row for each share and a column for each logit:", *rows])


def _entry(value: float, digits: int) -> str:
    return in_numbers(f"{value + 0.0:.{digits}f}".replace("-", "−"))


def _boxes(page: Figure) -> tuple[Box, Box]:
    """The bars on the left, a square for the tiles on the right, or beneath where the figure is high."""
    width, height = page.get_size_inches()
    across, down = width - LEFT - RIGHT, height - TOP - BOTTOM
    if width > SQUARE * height:
        side = min(down, 0.58 * (across - BETWEEN))
        bottom = BOTTOM + (down - side) / 2
        return Box(LEFT, bottom, across - BETWEEN - side, side), Box(width - RIGHT - side, bottom, side, side)
    side = min(across - LEFT, 0.6 * (down - TOP))
    shares = Box(LEFT, BOTTOM + side + TOP, across, down - side - TOP)
    return shares, Box((width - side + LEFT) / 2, BOTTOM, side, side)


def _heading(page: Figure, style: Style) -> None:
    width, height = page.get_size_inches()
    renderer = FigureCanvasAgg(page).get_renderer()
    points = 0.85 * style.size_title
    words = page.text(
        RIGHT / width, 1 - TITLE / height, say("Softmax: every logit moves every share"),
        fontsize=points, fontweight="bold", va="baseline",
    )  # fmt: skip
    fit(words, (width - 2 * RIGHT) * page.dpi, points, renderer)
    sentence = say("what one share gains the others lose: every column sums to 0")
    told = page.text(RIGHT / width, 1 - SUBTITLE / height, sentence, color=style.muted, va="baseline")
    fit(told, (width - 2 * RIGHT) * page.dpi, style.size_tick, renderer, sentence=True)


def _draw_shares(axes: Axes, z: Array, style: Style) -> None:
    """A bar for each share, with the logit that it comes from below."""
    shares = softmax(z)
    bars = axes.bar(range(len(z)), shares, 0.66, color=[style.unit_colour(i) for i in range(len(z))])
    axes.set(ylim=(0, 1.08), yticks=[0, 0.5, 1])
    axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.set_xticks(range(len(z)), [f"z{SUBSCRIPTS[i]}\n{number(value, 3)}" for i, value in enumerate(z)])
    axes.tick_params(axis="x", length=0)
    axes.set_xlabel(say("logits"))
    axes.set_title(say("Shares pᵢ, which sum to 1"))
    points = min(style.size_tick, FILLED * size_in_inches(axes)[0] / len(z) * 72 / SHORT_LETTERS)
    for bar, share in zip(bars, shares, strict=True):
        place = bar.get_x() + bar.get_width() / 2, share + 0.02
        axes.text(*place, _entry(share, 2), ha="center", fontsize=points)


def _draw_tiles(axes: Axes, z: Array, style: Style) -> None:
    """A tile for each derivative: row of the share, column of the logit."""
    matrix, n = softmax_jacobian(z), len(z)
    colours = ListedColormap(signed_colours(style) / 255)
    axes.imshow(matrix, cmap=colours, vmin=-STEEPEST, vmax=STEEPEST)
    for edge in np.arange(n + 1) - 0.5:
        for line in (axes.axhline, axes.axvline):
            line(edge, color=style.background, linewidth=2)
    points = min(style.size_panel, FILLED * size_in_inches(axes)[0] / n * 72 / LETTERS)
    for (row, column), value in np.ndenumerate(matrix):
        back = colours((value / STEEPEST + 1) / 2)[:3]
        axes.text(
            column, row, _entry(value, DECIMALS), ha="center", va="center", fontsize=points,
            color=_readable_on(back, style), fontweight="bold" if row == column else "normal",
        )  # fmt: skip
    axes.set_xticks(range(n), [f"z{SUBSCRIPTS[i]}" for i in range(n)])
    axes.set_yticks(range(n), [f"p{SUBSCRIPTS[i]}" for i in range(n)])
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlabel(say("if this logit rises by a little"))
    axes.set_ylabel(say("this share moves"))
    axes.set_title("∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ)")


def _readable_on(colour: Sequence[float], style: Style) -> str:
    """Ink or paper, whichever is further in luminance (Rec. 709) from `colour`."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    there = float(weights @ np.array(colour))

    def distance(ink: str) -> float:
        return abs(float(weights @ np.array(to_rgb(ink))) - there)

    return max((style.ink, style.background), key=distance)
