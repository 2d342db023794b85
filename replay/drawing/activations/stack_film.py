"""The film of a value that passes through layers: f and f′ with the value, and their product as bars."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullLocator

from replay.drawing.activations.curve_axes import draw_curves
from replay.drawing.activations.figure import Box, in_shares
from replay.drawing.activations.stack import START, Stack, power, stack
from replay.drawing.artists.ticks import decade_text
from replay.drawing.artists.words import Words, fit
from replay.drawing.composition import Composition
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError
from replay.film.animation import Animation
from replay.film.timeline import Timeline
from replay.language.message import in_this_language, say
from replay.types import Array

WIDTH, ROW, DPI = 8.0, 2.0, 120.0  # inches, inches of an activation's axes, pixels an inch
MOST = 6  # activations
LEFT, RIGHT, BOTTOM, BETWEEN = 0.5, 0.3, 0.55, 0.95  # inches around and between the axes of a row
TOP, TITLE, SUBTITLE = 0.95, 0.42, 0.76  # inches from the top
ABOVE, BELOW = 0.42, 0.2  # inches above and below the axes of a row
NAMES, NUMBER = 0.7, 1.3  # inches beside a title, for the names of f and f′ or the product
CURVES = 0.4  # of the width, for f and f′
SMALLEST, LARGEST = 1e-12, 1e12  # products that bars tell apart
BAR = 0.62  # of the room for one
RISES = 0.5  # of a step: the value rises to f, then becomes what the next layer receives


def stack_film(
    names: Sequence[str],
    n_layers: int = 10,
    start: float = START,
    style: Style = LIGHT,
    size: tuple[int, int] | None = None,
) -> Composition:
    """A value that passes through a stack of layers, a row for each activation.

    Args:
        names: Activations, such as "sigmoid" or "elu:0.2", 1 to 6.
        n_layers: How many layers, 1 to 50.
        start: The value that the first layer receives.
        style: Colours and sizes.
        size: Width and height in pixels; 960 wide by default.

    Returns:
        A composition whose moments count the layers passed. Its `save` writes the still of the last one;
        `through_layers` makes the film.

    Raises:
        ViewError: A name is unknown or of a vector, or a number is out of bounds.
        OutputError: No picture has this size.

    >>> from replay.drawing.activations.stack_film import stack_film, through_layers
    >>> film = stack_film(["sigmoid", "relu"], 5)
    >>> film.save("stack.png").name
    'stack.png'
    >>> round(through_layers(film).timeline.duration, 1)
    9.5
    """
    if not 1 <= len(names) <= MOST:
        raise ViewError(f"a value passes through stacks of 1 to {MOST} activations, not {len(names)}")
    stacks = [stack(name, n_layers, start) for name in names]
    with style.applied():
        page = _page(len(stacks), size)
        clock = _Clock(page, n_layers, style)
        limits = _product_limits(stacks)
        panels = [
            _Row(page, _boxes(page, place, len(stacks)), one, limits, style, place == len(stacks) - 1)
            for place, one in enumerate(stacks)
        ]
        return Composition(page, panels, clock, np.arange(n_layers + 1.0), style)


def through_layers(film: Composition, fps: float = 20.0) -> Animation:
    """The film of a composition of `stack_film`, with a rest behind each layer."""
    return Animation(film, Timeline.through(len(film.epochs) - 1, fps=fps))


def _page(n_rows: int, size: tuple[int, int] | None) -> Figure:
    height = TOP + BOTTOM + n_rows * (ROW + ABOVE + BELOW)
    wanted = shape(Shape(WIDTH, height, DPI), size)
    return Figure(figsize=wanted.inches, dpi=wanted.dpi)


def _boxes(page: Figure, place: int, n_rows: int) -> tuple[Box, Box]:
    """The boxes of the curves and of the bars in the row at `place` from the top."""
    width, height = page.get_size_inches()
    down = (height - TOP - BOTTOM) / n_rows
    bottom, high = height - TOP - (place + 1) * down + BELOW, down - ABOVE - BELOW
    across = width - LEFT - RIGHT - BETWEEN
    bars = LEFT + CURVES * across + BETWEEN
    return Box(LEFT, bottom, CURVES * across, high), Box(bars, bottom, (1 - CURVES) * across, high)


def _product_limits(stacks: Sequence[Stack]) -> tuple[float, float]:
    """Bottom and top of all bars, whole powers of ten: those of the products that a bar can tell."""
    sizes = np.abs(np.concatenate([one.products for one in stacks]))
    told = sizes[(sizes >= SMALLEST) & (sizes <= LARGEST)]
    low, high = (told.min(), told.max()) if len(told) else (1e-3, 1.0)
    bottom, top = math.floor(math.log10(low)) - 1, math.ceil(math.log10(high))
    return 10.0 ** min(-3, bottom), 10.0 ** (max(0, top) + 0.6)


class _Clock:
    """Title, subtitle, and how many layers the value has passed."""

    stops: Sequence[float] = ()

    def __init__(self, page: Figure, n_layers: int, style: Style) -> None:
        width, height = page.get_size_inches()
        self._n_layers = n_layers
        look: dict[str, Any] = {"va": "baseline", "fontsize": style.size_title * 0.85}
        self._words = Words(1 - RIGHT / width, 1 - TITLE / height, self._text(n_layers), ha="right", **look)
        self._words.set_transform(page.transFigure)
        page.add_artist(self._words)
        renderer = FigureCanvasAgg(page).get_renderer()
        taken = self._words.get_window_extent(renderer).width
        room = (width - 2 * RIGHT) * page.dpi
        title = page.text(RIGHT / width, 1 - TITLE / height, say("A value passes through the layers"), **look)
        title.set_fontweight("bold")
        fit(title, room - taken - 0.3 * page.dpi, float(look["fontsize"]), renderer)
        subtitle = page.text(
            RIGHT / width,
            1 - SUBTITLE / height,
            say("each layer applies f to what it receives, and multiplies the gradient by f′ there"),
            va="baseline",
            color=style.muted,
            fontsize=style.size_tick,
        )
        fit(subtitle, room, style.size_tick, renderer, sentence=True)

    def _text(self, layer: int) -> str:
        return say("layer {layer} of {layers}", layer=layer, layers=self._n_layers)

    @property
    def moving(self) -> list[Artist]:
        """The number of the layer."""
        return [self._words]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show the layer that the value is in, or the last that it has passed."""
        self._words.set_text(self._text(math.ceil(epoch - 1e-9)))

    def begin(self, moments: Sequence[float] | None) -> None:
        """Nothing to make ready."""


class _Row:
    """One activation: f and f′ with the value on the left, the product behind each layer on the right."""

    def __init__(
        self,
        page: Figure,
        boxes: tuple[Box, Box],
        shown: Stack,
        limits: tuple[float, float],
        style: Style,
        labelled: bool,
    ) -> None:
        self._stack, self._style, self._limits = shown, style, limits
        curves, bars = (page.add_axes(in_shares(page, box)) for box in boxes)
        self._draw_curves(curves, labelled)
        self._draw_bars(bars, labelled)

    def _draw_curves(self, axes: Axes, labelled: bool) -> None:
        style, title = self._style, self._stack.activation.title
        draw_curves(axes, self._stack.activation, style)
        _title(axes, title, style, NAMES)
        axes.tick_params(labelbottom=labelled)
        if labelled:
            axes.set_xlabel(say("what the layer receives"))
        for text, colour, place in self._names():
            axes.annotate(
                text, (1, 1), place, xycoords="axes fraction", textcoords="offset points",
                ha="right", va="baseline", color=colour, fontsize=style.size_tick, fontweight="bold",
            )  # fmt: skip
        self._low, self._high = axes.get_ylim()
        self._side = axes.get_xlim()
        (self._drop,) = axes.plot([], [], color=style.ink, linewidth=1.3, zorder=4)
        (self._slope,) = axes.plot([], [], "o", color=style.class_colour(1), markersize=6, zorder=5)
        (self._value,) = axes.plot([], [], "o", color=style.class_colour(0), markersize=9, zorder=6)
        for dot in (self._slope, self._value):
            dot.set(markeredgecolor=style.background, markeredgewidth=1.2, clip_on=False)

    def _names(self) -> list[tuple[str, str, tuple[float, float]]]:
        """Which curve is which, above the axes."""
        style, pad = self._style, self._style.title_pad
        return [("f", style.class_colour(0), (-22, pad)), ("f′", style.class_colour(1), (0, pad))]

    def _draw_bars(self, axes: Axes, labelled: bool) -> None:
        style, n = self._style, self._stack.n_layers
        bottom, top = self._limits
        axes.set(xlim=(0.4, n + 0.6), ylim=self._limits, yscale="log")
        _title(axes, say("Product of all f′"), style, NUMBER)
        axes.yaxis.set_major_locator(FixedLocator(_decades(bottom, top)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(in_this_language(lambda value, _: decade_text(value)))
        axes.set_xticks(_layer_ticks(n))
        axes.tick_params(axis="x", length=0, labelbottom=labelled)
        axes.axhline(1, color=style.faint, linewidth=1, zorder=0)
        if labelled:
            axes.set_xlabel(say("layer"))
        colour = style.class_colour(1)
        self._bars = axes.bar(np.arange(1, n + 1), bottom, BAR, bottom=bottom, color=colour, linewidth=0)
        self._told = axes.annotate(
            "", (1, 1), (0, style.title_pad), xycoords="axes fraction", textcoords="offset points",
            ha="right", va="baseline", color=colour, fontsize=style.size_panel, fontweight="bold",
        )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The value with its slope, the bars, and the last product as a number."""
        return [self._drop, self._slope, self._value, *self._bars, self._told]

    def show(self, epoch: float) -> None:
        """Show the value behind `epoch` layers; between two, on its way through the layer."""
        n = self._stack.n_layers
        layer = min(math.floor(epoch + 1e-9), n)
        within = epoch - layer if layer < n else 0.0
        self._show_value(layer, within)
        grown = layer + (1 if within > RISES else 0)
        for place, (bar, product) in enumerate(zip(self._bars, self._stack.products, strict=True)):
            bar.set_height(self._heights(product) if place < grown else 0.0)
        self._tell(grown)

    def _show_value(self, layer: int, within: float) -> None:
        """The value at z on the axis, rising to f(z), then moving to where the next layer receives it."""
        values, n = self._stack.values, self._stack.n_layers
        if layer == n:  # it stays on the curve of the last layer
            layer, within = n - 1, RISES
        z, fz = self._inside(values[layer]), self._inside(values[layer + 1])
        if within <= RISES:
            place, height = z, fz * within / RISES
        else:
            share = (within - RISES) / (1 - RISES)
            place, height = z + (fz - z) * share, fz * (1 - share)
        self._value.set_data([np.clip(place, *self._side)], [np.clip(height, self._low, self._high)])
        self._drop.set_data([place, place], [0, height])
        slope = self._stack.slopes[layer]
        on_slope = 0 < within <= RISES and np.isfinite(slope)
        height = float(np.clip(slope, self._low, self._high))
        self._slope.set_data([np.clip(z, *self._side)] if on_slope else [], [height] if on_slope else [])

    def _inside(self, value: float) -> float:
        """A value as far as the axes can show it."""
        return float(np.clip(np.nan_to_num(value, nan=0.0), self._side[0], self._side[1]))

    def _heights(self, product: float) -> float:
        """The height of a bar above its bottom; the size of the product counts."""
        bottom, top = self._limits
        return float(np.clip(np.nan_to_num(abs(product), nan=0.0), bottom, top)) - bottom

    def _tell(self, grown: int) -> None:
        """Say the last product beside the title."""
        self._told.set_text(power(float(self._stack.products[grown - 1])) if grown else "")


def _title(axes: Axes, text: str, style: Style, beside: float) -> None:
    """Title axes, so that `beside` inches are left at the right."""
    words = axes.set_title(text, fontsize=style.size_panel)
    figure = cast(Figure, axes.figure)
    room = axes.bbox.width - beside * figure.dpi
    fit(words, room, style.size_panel, FigureCanvasAgg(figure).get_renderer())


def _decades(bottom: float, top: float) -> list[float]:
    """At most five powers of ten, among them 1."""
    low, high = math.ceil(math.log10(bottom)), math.floor(math.log10(top))
    every = max(1, math.ceil((high - low) / 4))
    return [10.0**exponent for exponent in range(low, high + 1) if exponent % every == 0]


def _layer_ticks(n: int) -> Array:
    """Every layer of few, every fifth of many."""
    return np.arange(1, n + 1) if n <= 12 else np.arange(5, n + 1, 5)
