"""Every word of a picture or page is in the catalogue: in a language of other letters none keeps its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from replay import Replay, datasets
from replay.drawing.activations.facts import facts
from replay.drawing.activations.figure import figure
from replay.drawing.comparison import compare
from replay.drawing.picture import picture
from replay.drawing.registry.table import TABLE
from replay.drawing.sheet import sheet
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError
from tests.conftest import MakeRun
from tests.helpers.pseudo import pseudo_language, words_outside
from tests.helpers.regressions import of_numbers

# What no language translates: names of the runs here, of functions, and NaN.
NAMES = {
    "scenario",
    "tanh",
    "relu",
    "sigmoid",
    "softmax",
    "hidden",
    "output",
    "run",
    "input",
    "Adelie",
    "Gentoo",
    "NaN",
    "my_metric",
}
FUNCTIONS = set(
    "sigmoid softsign ReLU PReLU ELU SELU softplus GELU SiLU Mish Swish softmax exp min max".split()  # noqa: SIM905
)
DATA = {
    "binary": {},
    "many classes": {"units": (2, 3, 7), "data": lambda: (datasets.blobs(60)[0][:56], np.arange(56) % 7)},
    "wide and deep": {"units": (2, 12, 5, 1), "activation": "relu"},
    "images": {
        "units": (16, 2, 4),
        "data": lambda: (np.random.default_rng(0).uniform(size=(40, 16)).astype("f4"), np.arange(40) % 4),
    },
    "curve": {name: value for name, value in of_numbers().items() if name != "data"}
    | {"data": lambda: of_numbers()["data"]},
    "regression": {"loss": "mean_squared_error", "output_activation": "linear"},
}


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Style]:
    """A style that speaks another language."""
    with pseudo_language(monkeypatch) as language:
        yield replace(LIGHT, language=language)


def made(make_run: MakeRun, kind: str, **facts: Any) -> Path:
    given = dict(DATA[kind])
    if "data" in given:
        given["data"] = given["data"]()
    return make_run(**{"scenario": "scenario", "run": "run", "name": f"{kind}.h5", **given, **facts})


def outside(drawn: Figure) -> list[str]:
    drawn.canvas.draw()  # labels of ticks are made now
    texts = [text.get_text() for text in drawn.findobj(Text) if text.get_visible()]
    return [f"{words} in {text!r}" for text in texts if (words := words_outside(text, NAMES))]


@pytest.mark.parametrize("kind", DATA)
def test_stills_of_every_view(make_run: MakeRun, pseudo: Style, kind: str) -> None:
    evaluation, shown = Replay(made(make_run, kind)).evaluation, 0
    for view in TABLE:
        try:
            drawn = picture(evaluation, view, pseudo)
        except ViewError:
            continue
        shown += 1
        for moment in (0, 4):
            assert outside(drawn.plot(moment)) == [], (view, moment)
    assert shown > 5


def test_sheets_comparisons_and_activations(make_run: MakeRun, pseudo: Style) -> None:
    paths = [made(make_run, "binary", seed=seed, name=f"{seed}.h5", run=f"run{seed}") for seed in range(2)]
    runs = [Replay(path).evaluation for path in paths]
    for view in (None, "weights", "activations"):
        assert outside(compare(runs, pseudo, view=view).plot(4)) == []
    assert outside(sheet(runs[0], "decision-boundary", pseudo, [0, 2, 4], 3, 1)) == []
    for names in (["tanh", "relu", "sigmoid"], ["selu"], ["softmax"]):
        drawn = figure(names, pseudo, None)
        drawn.canvas.draw()
        sources = {word for name in names for word in re.findall(r"\w+", facts(name).source or "")}
        for text in drawn.findobj(Text):
            assert words_outside(text.get_text(), NAMES | FUNCTIONS | sources) == [], text.get_text()
