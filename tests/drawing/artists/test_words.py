"""Text from an image of itself looks like text."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from replay.drawing.artists.words import MAX_KEPT, Words, fit


def drawn(figure: Figure) -> np.ndarray:
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba()).copy()


class Pair:
    """The same words on two figures: as Words, and as matplotlib's Text."""

    def __init__(self, dpi: float = 100, facecolor: Any = "white", **look: Any) -> None:
        look = {"x": 0.5, "y": 0.5, "text": "epoch 12 · every sample is right", "ha": "center", **look}
        self.figures = [Figure(figsize=(4, 1), dpi=dpi, facecolor=facecolor) for _ in range(2)]
        self.texts: list[Text] = []
        for figure, kind in zip(self.figures, (Words, Text), strict=True):
            text = kind(**{**look, "transform": figure.transFigure})
            figure.add_artist(text)
            self.texts.append(text)

    def set(self, **look: Any) -> None:
        for text in self.texts:
            text.set(**look)

    def check(self) -> None:
        for _ in range(2):  # from a new image, and from the one that was kept
            words, text = (drawn(figure) for figure in self.figures)
            np.testing.assert_allclose(words.astype(int), text, atol=2)
        assert len(np.unique(text)) > 10  # something is drawn, with smooth edges


@pytest.mark.parametrize("dpi", [40, 100, 133.3])
@pytest.mark.parametrize("ha", ["left", "center", "right"])
def test_words_look_like_text(ha: str, dpi: float) -> None:
    Pair(dpi, ha=ha, fontsize=11, color="#336699").check()


def test_words_look_like_text_on_colours_and_on_nothing() -> None:
    Pair(facecolor="#203040", color="#eeddcc", fontweight="bold").check()
    Pair(facecolor="none", color="#22272e").check()


def test_changed_words_look_like_changed_text() -> None:
    pair = Pair()
    pair.check()
    changes: list[dict[str, Any]] = [
        {"text": "Äpfel gjpq 100%"},
        {"x": 0.4, "y": 0.3},
        {"fontsize": 17},
        {"color": "#cc0044"},
        {"ha": "right"},
        {"text": "epoch 12 · every sample is right", "x": 0.5, "y": 0.5},
    ]
    for change in changes:
        pair.set(**change)
        pair.check()


def test_another_resolution_is_drawn_anew() -> None:
    pair = Pair()
    for dpi in (100, 61, 100):
        for figure in pair.figures:
            figure.set_dpi(dpi)
        pair.check()


@pytest.mark.parametrize(("x", "y"), [(0.02, 0.5), (0.98, 0.02), (0.5, 0.97)])
def test_words_that_leave_the_figure_are_cut_as_text_is(x: float, y: float) -> None:
    pair = Pair(x=x, y=y)
    pair.check()


def test_no_words_and_invisible_words_draw_nothing() -> None:
    for look in ({"text": ""}, {"visible": False}):
        figure = Pair(**look).figures[0]
        assert (drawn(figure) == 255).all()


def test_only_so_many_images_are_kept() -> None:
    pair = Pair()
    words = pair.texts[0]
    assert isinstance(words, Words)
    for number in range(3 * MAX_KEPT):
        words.set_text(str(number))
        drawn(pair.figures[0])
        assert len(words._images) <= MAX_KEPT
    pair.texts[1].set_text(words.get_text())
    pair.check()


def test_words_fit_by_becoming_smaller_and_then_shorter() -> None:
    figure = Figure(figsize=(6, 1), dpi=100)
    renderer = FigureCanvasAgg(figure).get_renderer()
    text = figure.text(0, 0.5, "a title that is rather long", fontsize=16)
    width = text.get_window_extent(renderer).width
    fit(text, width + 1, 16, renderer)
    assert (text.get_text(), text.get_fontsize()) == ("a title that is rather long", 16)
    fit(text, 0.85 * width, 16, renderer)
    assert text.get_text() == "a title that is rather long" and 12 <= text.get_fontsize() < 16
    fit(text, 0.4 * width, 16, renderer)
    start, end = text.get_text().split("…")
    assert start and "a title".startswith(start) and end and "rather long".endswith(end)
    assert text.get_fontsize() >= 0.75 * 16 - 0.5
    assert text.get_window_extent(renderer).width <= 0.4 * width


def test_a_very_long_text_is_shortened_to_as_much_as_fits() -> None:
    figure = Figure(figsize=(4, 1))
    renderer = FigureCanvasAgg(figure).get_renderer()
    texts = [figure.text(0, 0, letters, fontsize=12) for letters in ("W" * 300, "W" * 1_000_000)]
    for text in texts:
        fit(text, 200, 12, renderer)
    assert texts[0].get_text() == texts[1].get_text()
    longer = figure.text(0, 0, "W" + texts[0].get_text(), fontsize=texts[0].get_fontsize())
    assert texts[0].get_window_extent(renderer).width <= 200 < longer.get_window_extent(renderer).width
