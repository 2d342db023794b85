"""A small change of z: what each activation makes of it, against Keras and by hand."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from matplotlib.text import Annotation

from replay.drawing.activations.nudge import PLACES, answers, nudge_figure
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from tests.helpers.pictures import faults


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "gelu", "softplus"])
def test_answers_are_those_of_keras(name: str) -> None:
    function = getattr(keras.activations, name)
    ends = np.array([[middle - 0.25, middle + 0.25] for middle in PLACES], dtype="f4")
    np.testing.assert_allclose(answers(name, 0.5), keras.ops.convert_to_numpy(function(ends)), atol=1e-6)


def test_a_step_changes_nothing_or_everything() -> None:
    changes = [after - before for before, after in answers("step", 0.5)]
    assert changes == [0, 1, 0]
    figure = nudge_figure(["step", "leaky_relu:0.1"], 0.5)
    told = [
        [text.get_text() for text in axes.texts if isinstance(text, Annotation) and "Δf" in text.get_text()]
        for axes in figure.axes
    ]
    assert told == [["Δf = 0", "Δf = 1", "Δf = 0"], ["Δf = 0.05", "Δf = 0.28", "Δf = 0.5"]]


@pytest.mark.parametrize("style", [LIGHT, DARK])
@pytest.mark.parametrize("size", [None, (720, 400)])
def test_nothing_lies_on_anything_else(style: object, size: tuple[int, int] | None) -> None:
    assert faults(nudge_figure(["step", "sigmoid", "relu"], 0.5, style, size), style) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "change", "words"),
    [
        (["step"], 0, "above 0"),
        (["step"], 3.5, "at most 3"),
        (["softmax"], 0.5, "single z"),
        (["relu"] * 5, 0.5, "one to 4"),
        (["rellu"], 0.5, "relu"),
    ],
)
def test_what_cannot_be_drawn_is_refused(names: list[str], change: float, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        nudge_figure(names, change)
