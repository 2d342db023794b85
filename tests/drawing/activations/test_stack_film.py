"""The film of a value in a stack of layers, told from what its artists hold."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay.drawing.activations.stack import power, stack
from replay.drawing.activations.stack_film import stack_film, through_layers
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.film.frames import drawn_frames
from tests.helpers.pictures import faults, redrawn


def bars(film: Any, row: int) -> list[float]:
    """The tops of the bars of a row that are drawn."""
    axes = film.figure.axes[2 * row + 1]
    bottom = axes.get_ylim()[0]
    return [bottom + bar.get_height() for bar in axes.patches if bar.get_height() > 0]


def test_behind_each_layer_stands_a_bar_of_the_product_so_far() -> None:
    film = stack_film(["sigmoid", "tanh"], 6)
    for layers in (0, 1, 4, 6):
        film.show(layers)
        for row, name in enumerate(("sigmoid", "tanh")):
            np.testing.assert_allclose(bars(film, row), stack(name, 6).products[:layers], rtol=1e-9)


def test_the_last_product_is_told_as_a_number() -> None:
    film = stack_film(["sigmoid"], 6)
    film.show(6)
    words = [text.get_text() for text in film.figure.axes[1].texts]
    assert words == [power(float(stack("sigmoid", 6).products[-1]))]


def test_the_value_rises_to_f_and_becomes_what_the_next_layer_receives() -> None:
    film, values = stack_film(["sigmoid"], 3), stack("sigmoid", 3).values
    (value,) = [line for line in film.panels[0].moving if getattr(line, "get_markersize", int)() == 9]
    places = {}
    for moment in (0, 0.5, 1, 2.5):
        film.show(moment)
        places[moment] = np.ravel(value.get_data()).tolist()  # type: ignore[attr-defined]
    assert places[0] == pytest.approx([values[0], 0])
    assert places[0.5] == pytest.approx([values[0], values[1]])
    assert places[1] == pytest.approx([values[1], 0])
    assert places[2.5] == pytest.approx([values[2], values[3]])


def test_a_product_of_zero_has_no_bar_and_what_overflows_ends_at_the_top() -> None:
    film = stack_film(["relu", "exponential"], 8, start=-1)
    film.show(8)
    assert bars(film, 0) == []
    assert len(bars(film, 1)) == 8 and max(bars(film, 1)) <= film.figure.axes[3].get_ylim()[1] * 1.001


def test_rows_share_the_scale_of_their_bars_and_no_axis_moves() -> None:
    film = stack_film(["sigmoid", "relu"], 10)
    first = [(axes.get_xlim(), axes.get_ylim()) for axes in film.figure.axes]
    film.show(10)
    assert first == [(axes.get_xlim(), axes.get_ylim()) for axes in film.figure.axes]
    assert first[1][1] == first[3][1]


@pytest.mark.parametrize("size", [None, (720, 600), (480, 400), (1080, 1080)])
@pytest.mark.parametrize("names", [["sigmoid"], ["sigmoid", "relu:max_value=6", "leaky_relu:0.01"]])
def test_no_words_lie_on_others_or_leave_the_figure(size: Any, names: list[str]) -> None:
    film = stack_film(names, 10, style=DARK, size=size)
    film.show(10)
    assert faults(film.figure, DARK) == []


def test_frames_are_what_a_whole_redraw_gives() -> None:
    film = stack_film(["sigmoid", "relu"], 4, style=LIGHT, size=(480, 400))
    moments = (0.0, 1.3, 2.8, 4.0)
    frames = [frame.copy() for frame in drawn_frames(film, moments)]
    for moment, frame in zip(moments, frames, strict=True):
        film.show(moment)
        np.testing.assert_array_equal(frame, redrawn(film.figure, LIGHT))


def test_it_is_saved_as_a_film(tmp_path: Path) -> None:
    film = stack_film(["sigmoid"], 1, size=(240, 200))
    assert through_layers(film, fps=4).save(tmp_path / "stack.gif").read_bytes()[:3] == b"GIF"


def test_what_cannot_be_drawn_is_refused() -> None:
    for names in ([], ["tanh"] * 7):
        with pytest.raises(ViewError, match="1 to 6 activations"):
            stack_film(names)
