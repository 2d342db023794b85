"""What tests of pictures share: the words on a figure and their places, whole redraws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from replay.drawing.composition import Composition
from replay.drawing.style import Style


def redrawn(figure: Figure, style: Style) -> np.ndarray:
    """RGBA of the figure as matplotlib draws all of it, on a canvas of its own."""
    canvas = figure.canvas
    with style.applied():
        fresh = FigureCanvasAgg(figure)
        fresh.draw()
    figure.set_canvas(canvas)
    return np.asarray(fresh.buffer_rgba()).copy()


def frame_redrawn(composition: Composition, moment: float, moments: Sequence[float]) -> np.ndarray:
    """RGBA of the frame at `moment` of a film of these `moments`, as matplotlib draws all of it."""
    composition.begin(moments)
    with composition.style.applied():
        composition.show(moment)
    return redrawn(composition.figure, composition.style)


def faults(figure: Figure, style: Style) -> list[str]:
    """What is wrong with the layout: words that leave the figure, and words that lie on one another."""
    agg = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    renderer = agg.get_renderer()  # one for all, as it knows how large the words are that it has measured
    with style.applied(), renderer._draw_disabled():
        figure.draw(renderer)  # which makes the ticks and places the words
    boxes = [(name, artist.get_window_extent(renderer)) for name, artist in words(figure)]
    found = [f"{name} leaves the figure" for name, box in boxes if not _holds(figure, box)]
    x0, y0, x1, y1 = np.array([box.extents for _, box in boxes]).reshape(-1, 4).T
    meet = (x0 <= x1[:, None]) & (x0[:, None] <= x1) & (y0 <= y1[:, None]) & (y0[:, None] <= y1)
    for one, other in np.argwhere(np.triu(meet, 1)):
        found.append(f"{boxes[one][0]} lies on {boxes[other][0]}")
    return found


def _holds(figure: Figure, box: Bbox) -> bool:
    width, height = figure.bbox.size
    return bool(box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height)


def words(figure: Figure) -> Iterator[tuple[str, Artist]]:
    """Every visible text and legend of a drawn figure, by name."""
    loose = [*figure.texts, *(artist for artist in figure.artists if isinstance(artist, Text))]
    for number, axes in enumerate(figure.axes):
        for text in _words_of(axes):
            if text.get_visible() and text.get_text():
                yield f"{text.get_text()!r} of axes {number}", text
    for text in loose:
        if text.get_visible() and text.get_text():
            yield repr(text.get_text()), text
    for legend in figure.legends:
        yield "the legend", legend


def _words_of(axes: Axes) -> Iterator[Text]:
    yield from (axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title, axes._right_title)
    yield from (*axes.texts, axes.xaxis.offsetText, axes.yaxis.offsetText)
    yield from (artist for artist in axes.artists if isinstance(artist, Text))
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        hair = 1e-9 * (high - low)
        for tick in axis.get_major_ticks():
            if axis.get_visible() and low - hair <= tick.get_loc() <= high + hair:
                yield tick.label1
                yield tick.label2
