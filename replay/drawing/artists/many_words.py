"""Many short texts, such as the numbers of a matrix, drawn from cached images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from replay.types import Array

MAX_KEPT = 2048
HALO = 8  # pixels more around one with a halo
MARGIN = 2  # pixels around an image of a text, for antialiased edges


class Word(NamedTuple):
    """A text centred at `x`, with its baseline near `y`, in data coordinates."""

    x: float
    y: float
    text: str
    colour: Any


class ManyWords(Artist):
    """Texts of one font size on `axes`, centred on their positions.

    Each text is rendered once and its image reused everywhere: the numbers of a matrix repeat from cell to
    cell and from frame to frame. `rise` is the height of baselines above the positions in points; without
    it, digits are centred vertically. A `halo` keeps them visible on any background. Those that are `upright`
    run from the bottom up.
    """

    def __init__(
        self,
        axes: Axes,
        size: float,
        zorder: float,
        rise: float | None = None,
        halo: withStroke | None = None,
        bold: bool = False,
        upright: bool = False,
    ) -> None:
        super().__init__()
        self._upright = upright
        self.size = size
        self.rise = rise
        self.words: Sequence[Word] = ()
        self._pen = Text(0, 0, "", fontsize=size, ha="left", va="baseline")
        self._pen.set_fontweight("bold" if bold else "normal")
        self._margin = MARGIN
        if halo is not None:
            self._pen.set_path_effects([halo])
            self._margin = MARGIN + HALO
        self._pen.set_figure(axes.get_figure())  # type: ignore[arg-type]  # axes are on a figure
        self._images: dict[tuple[Any, ...], tuple[float, Array]] = {}
        self.set_zorder(zorder)
        axes.add_artist(self)

    def show(self, words: Sequence[Word]) -> None:
        """Show these words instead of the previous ones."""
        self.words = words
        self.stale = True

    def width(self, text: str) -> float:
        """The width of `text` in pixels, at the figure's current resolution."""
        self._pen.set_text(text)
        return float(self._pen.get_window_extent().width)

    def draw(self, renderer: Any) -> None:
        """Draw the words' images, or the words as text if the picture is not made of pixels."""
        if self.get_visible() and self.words:
            assert self.axes is not None
            places = self.axes.transData.transform([word[:2] for word in self.words])
            places[:, 0 if self._upright else 1] += self._above(renderer) * (-1 if self._upright else 1)
            if isinstance(renderer, RendererAgg):
                self._draw_images(renderer, places)
            else:
                self._draw_texts(renderer, places)
        self.stale = False

    def _above(self, renderer: Any) -> float:
        """The height of baselines above the positions, in pixels."""
        if self.rise is not None:
            return float(renderer.points_to_pixels(self.rise))
        _, height, descent = renderer.get_text_width_height_descent(
            "0", self._pen.get_fontproperties(), False
        )
        return float(descent - height / 2)

    def _draw_images(self, renderer: RendererAgg, places: Array) -> None:
        graphics = renderer.new_gc()
        for word, (x, y) in zip(self.words, places, strict=True):
            below, image = self._image(renderer, word)
            left, bottom = round(x - image.shape[1] / 2), round(y) - below
            if self._upright:
                image = np.ascontiguousarray(np.rot90(image, -1))  # whose rows go up
                left, bottom = round(x) + below - image.shape[1], round(y - image.shape[0] / 2)
            renderer.draw_image(graphics, left, bottom, image)
        graphics.restore()

    def _draw_texts(self, renderer: Any, places: Array) -> None:
        for word, (x, y) in zip(self.words, places, strict=True):
            self._pen.set(text=word.text, color=word.colour, position=(x, y), ha="center")
            if self._upright:
                self._pen.set(rotation=90, ha="right", va="center")
            self._pen.draw(renderer)
        self._pen.set(rotation=0, ha="left", va="baseline")

    def _image(self, renderer: RendererAgg, word: Word) -> tuple[float, Array]:
        """How far a word's image extends below its baseline, and its pixels, rows from the bottom up."""
        key = word.text, word.colour, renderer.dpi
        if key not in self._images:
            if len(self._images) >= MAX_KEPT:
                self._images.pop(next(iter(self._images)))
            self._images[key] = self._rendered(renderer, word)
        return self._images[key]

    def _rendered(self, renderer: RendererAgg, word: Word) -> tuple[float, Array]:
        width, height, descent = renderer.get_text_width_height_descent(
            word.text, self._pen.get_fontproperties(), False
        )
        margin = self._margin
        below = margin + int(np.ceil(descent))
        alone = RendererAgg(int(np.ceil(width)) + 2 * margin, int(np.ceil(height)) + 2 * margin, renderer.dpi)
        self._pen.set(text=word.text, color=word.colour, position=(margin, below))
        self._pen.draw(alone)
        return below, np.asarray(alone.buffer_rgba())[::-1].copy()
