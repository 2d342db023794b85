"""A CSV of iris, from file to film: no number stands for a name that the file knows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from sklearn.datasets import load_iris

from replay import Replay, interactive, load_scenario, run
from replay.cli.info import as_text, summary
from replay.drawing.registry.table import TABLE
from replay.drawing.sizes import Size
from replay.errors import ViewError
from tests.helpers.page_reader import Reader

# What stands where there are no names.
NUMBERED = re.compile(r"\bclass(es)? [0-9]|\bnegatives?\b|\bpositives?\b|\binput [0-9]|x₁|x₂|→ [0-9]", re.I)
NAMES = ("setosa", "versicolor", "virginica")
INPUTS = ("petal length (cm)", "petal width (cm)")
SIZES = (None, Size(720, 360), Size(540, 960))


def iris_csv(path: Path, classes: int) -> Path:
    iris = load_iris()
    kept = iris.target >= 3 - classes
    rows = zip(iris.data[kept, 2:].tolist(), iris.target_names[iris.target[kept]].tolist(), strict=True)
    lines = [f"{length},{width},{species}" for (length, width), species in rows]
    path.write_text("\n".join([",".join((*INPUTS, "species")), *lines]))
    return path


@pytest.fixture(scope="module", params=[2, 3])
def replay(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """A run of these data, of two classes or three."""
    folder = tmp_path_factory.mktemp("iris")
    scenario = load_scenario("moons").with_data_file(iris_csv(folder / "iris.csv", request.param))
    (recording,) = run(scenario.with_changes(activations=("tanh",), epochs=8), folder / "runs")
    return Replay(recording.path)


def texts(figure: Figure) -> Iterator[str]:
    """Every text that a figure shows."""
    figure.canvas.draw_idle()
    yield from (text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text())
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            yield from (tick.label1.get_text() for tick in axis.get_major_ticks())


# Where names have no room, places stand for them; the axes of the plane beside have the names.
NARROW = {"why": {"x₁", "x₂"}}


def views(replay: Replay) -> Iterator[tuple[str, Figure]]:
    for name in TABLE:
        for size in SIZES:
            try:
                drawn = replay.view(name, size=size)
            except ViewError:  # the run does not have it
                continue
            for epoch in (0, 8):
                yield name, drawn.plot(epoch)


@pytest.mark.slow
def test_no_number_stands_for_a_name_in_any_view(replay: Replay) -> None:
    n_views = 0
    for name, figure in views(replay):
        shown = list(texts(figure))
        short = NARROW.get(name, set())
        assert [text for text in shown if NUMBERED.search(text) and text not in short] == [], name
        n_views += 1
    assert n_views > 60


@pytest.mark.slow
def test_the_names_are_there(replay: Replay) -> None:
    names = NAMES[3 - replay.evaluation.task.n_classes :]
    shown = set(texts(replay.dashboard().plot(8)))
    assert {*names, *INPUTS, f"P({names[-1]})", "iris · tanh"} <= shown
    matrix = replay.view("confusion-matrix").plot(8).axes[0]
    for axis in (matrix.xaxis, matrix.yaxis):
        assert tuple(label.get_text() for label in axis.get_ticklabels()) == names
    assert np.isin(INPUTS, list(texts(replay.view("decision-boundary").plot(8)))).all()


@pytest.mark.slow
def test_captions_and_facts_tell_names(replay: Replay) -> None:
    told = [milestone.text for milestone in replay.milestones()]
    assert [text for text in told if NUMBERED.search(text)] == []
    facts = as_text(summary(replay))
    assert facts.startswith("run         iris · tanh")
    assert "petal width (cm)" in facts and "virginica" in facts


@pytest.mark.slow
def test_the_page_has_the_names(replay: Replay, tmp_path: Path) -> None:
    data = Reader(interactive(replay).save(tmp_path / "run.html").read_text("utf-8")).data
    names = NAMES[3 - replay.evaluation.task.n_classes :]
    assert data["title"] == "iris · tanh"
    assert data["runs"][0]["names"] == {"classes": [*names], "short": [*names], "inputs": [*INPUTS]}
    assert not [each for each in data["runs"][0]["milestones"] if NUMBERED.search(each["text"]["en"])]
