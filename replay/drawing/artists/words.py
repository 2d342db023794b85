"""Text that repeats from frame to frame, drawn from a cached image, and text shrunk to fit."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from replay.drawing.artists.letters import letters
from replay.drawing.style import Style
from replay.types import Array

MAX_KEPT = 64
SMALLEST = 0.75  # of the full font size
BEYOND = 0.06  # of its width, by which a text with a halo may be wider than matplotlib says
NARROWEST = 0.15  # of the font size: no letter is narrower


class Words(Text):
    """Text that caches its rendered image.

    Matplotlib takes longer to render a line of text than a thousand samples.
    """

    def __init__(self, *args: Any, **look: Any) -> None:
        super().__init__(*args, **look)
        self._images: dict[tuple[Any, ...], tuple[float, float, Array]] = {}

    def draw(self, renderer: Any) -> None:
        """Draw the image of the text, or the text itself if the picture is not made of pixels."""
        if not isinstance(renderer, RendererAgg):
            super().draw(renderer)
        elif self.get_visible() and self.get_text():
            left, bottom, image = self._image(renderer)
            graphics = renderer.new_gc()
            renderer.draw_image(graphics, left, bottom, image)
            graphics.restore()
        self.stale = False

    def _image(self, renderer: RendererAgg) -> tuple[float, float, Array]:
        """The position of the lower left corner, and the text's pixels."""
        place = tuple(self.get_transform().transform(self.get_position()))
        look = self.get_horizontalalignment(), self.get_fontsize(), self.get_color(), self.get_alpha()
        font = tuple(self.get_fontfamily())
        key = (self.get_text(), place, *look, font, renderer.dpi, renderer.width, renderer.height)
        if key not in self._images:
            if len(self._images) >= MAX_KEPT:
                self._images.pop(next(iter(self._images)))
            self._images[key] = self._rendered(renderer)
        return self._images[key]

    def _rendered(self, renderer: RendererAgg) -> tuple[float, float, Array]:
        width, height = int(renderer.width), int(renderer.height)
        alone = RendererAgg(width, height, renderer.dpi)
        super().draw(alone)
        box = self.get_window_extent(renderer)
        beyond = 2 + math.ceil(BEYOND * box.width) if self.get_path_effects() else 2
        left, right = max(0, int(box.x0) - beyond), min(width, int(box.x1) + beyond + 1)
        bottom, top = max(0, int(box.y0) - 2), min(height, int(box.y1) + 3)
        pixels = np.asarray(alone.buffer_rgba())[::-1][bottom:top, left:right]
        return left, bottom, pixels.copy()


def beside_title(axes: Axes, style: Style) -> Words:
    """An empty text at the right end of the title's line."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    above = ScaledTranslation(0, style.title_pad / 72, figure.dpi_scale_trans)
    return Words(
        1, 1, "", transform=axes.transAxes + above, figure=figure,
        ha="right", va="baseline", color=style.muted, fontsize=style.size_tick, clip_on=False,
    )  # fmt: skip


def needed_beside(title: Text, words: Text, widest: str, style: Style) -> float:
    """The width in inches of a title and, with a gap, the `widest` text of `words`, which lose theirs."""
    figure = title.get_figure(root=True)
    assert figure is not None
    words.set_text(widest)
    width = title.get_window_extent().width + words.get_window_extent().width
    words.set_text("")
    return float(width / figure.dpi + style.size_panel / 2 / 72)


def fit(text: Text, pixels: float, largest: float, renderer: Any, *, sentence: bool = False) -> None:
    """Fit `text` into this many pixels: shrink it down to SMALLEST of `largest`, then shorten it.

    A name loses its middle, since names differ at both ends; a `sentence` loses its end.
    """

    def fits(shown: str) -> bool:
        text.set_text(shown)
        return bool(text.get_window_extent(renderer).width <= pixels)

    cut = _start if sentence else _ends
    words = text.get_text()
    # To measure thousands of letters takes minutes: leave out before what cannot fit.
    most = math.ceil(pixels / (NARROWEST * renderer.points_to_pixels(SMALLEST * largest)))
    each = letters(words)
    shown = words if len(each) <= most else cut(each, most)
    size = float(text.get_fontsize())
    while not fits(shown) and size > SMALLEST * largest:
        size -= 0.5
        text.set_fontsize(size)
    if not fits(shown):
        kept = range(min(len(each), most))
        text.set_text(cut(each, bisect_left(kept, True, key=lambda n: not fits(cut(each, n))) - 1))


def _start(each: Sequence[str], kept: int) -> str:
    return "".join(each[: max(0, kept)]).rstrip(" ·") + "…"


def _ends(each: Sequence[str], kept: int) -> str:
    """So many letters, from the start and the end of words that begin with the same space as before."""
    last = max(0, kept) // 2
    first = max(0, kept) - last
    return f"{''.join(each[:first]).rstrip(' ·')}…{''.join(each[len(each) - last :]).lstrip(' ·')}"
