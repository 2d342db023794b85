"""Names of classes in legends, planes, matrices and captions: whole, without their middle, or numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.header import Header
from replay.drawing.panels.confusion_matrix import ConfusionMatrixPanel
from replay.drawing.panels.most_wrong import MostWrongPanel
from replay.drawing.panels.probability_histogram import ProbabilityHistogramPanel
from replay.drawing.style import LIGHT
from replay.network.data_description import DataDescription
from replay.runs.names import Names
from replay.views.confusion_matrix import ConfusionMatrix
from replay.views.most_wrong import MostWrong
from replay.views.probability_histogram import probability_histograms
from tests.conftest import MakeRun

TREES = ("ash", "beech", "cedar", "date palm", "elm")
LONG = tuple(f"{letter} very long name of a class that says much {letter}" for letter in "abcde")


def legend(names: Sequence[str], width: float) -> list[str]:
    figure = Figure(figsize=(width, 3), dpi=100)
    with LIGHT.applied():
        room: dict[str, float] = {"left": 0.05, "right": 0.95, "widest_epoch": 9}
        Header(figure, "title", len(names), LIGHT, **room, names=Names(tuple(names)))
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_the_legend_names_classes_also_where_they_are_many() -> None:
    assert legend(TREES, 12) == [*TREES, "misclassified"]


def test_names_in_the_legend_lose_their_middle_and_then_give_way_to_numbers() -> None:
    shorter = legend(LONG, 14)[:-1]
    assert all("…" in name and len(name) <= 24 for name in shorter) and len(set(shorter)) == 5
    assert legend(LONG, 4)[:-1] == ["0", "1", "2", "3", "4"]


def test_classes_without_a_word_for_a_name_are_called_classes() -> None:
    assert legend(("-1", "1"), 12) == ["class -1", "class 1", "misclassified"]
    assert legend(("elm", ""), 12) == ["elm", "class 1", "misclassified"]


def plane(names: Sequence[str], width: float) -> list[str]:
    axes = Figure(figsize=(width, width)).subplots()
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(50) % len(names)
    drawn = ClassNumbers(axes, labels, 0, LIGHT, Names(tuple(names)))
    angle = 2 * np.pi * labels / len(names)
    drawn.show(0.7 * np.column_stack([np.cos(angle), np.sin(angle)]), None)
    assert sorted(drawn.places) == list(range(len(names)))
    return [word.text for word in drawn._words.words]


def test_planes_have_names_that_fit_else_numbers() -> None:
    assert plane(TREES, 8) == [*TREES]
    shorter = plane(LONG, 8)
    assert all("…" in name for name in shorter) and len(set(shorter)) == 5
    assert plane(LONG, 2) == ["0", "1", "2", "3", "4"]


@pytest.fixture
def trees(make_run: MakeRun) -> Replay:
    data = np.random.default_rng(0).uniform(size=(60, 16)).astype(np.float32), np.arange(60) % 5
    return Replay(make_run(units=(16, 2, 5), data=data, described=DataDescription(classes=TREES)))


@pytest.mark.parametrize(
    ("inches", "below", "beside"),
    [
        (8.0, TREES, TREES),
        (4.5, tuple("01234"), ("0 ash", "1 beech", "2 cedar", "3 date palm", "4 elm")),
        (1.2, tuple("01234"), tuple("01234")),
    ],
)
def test_the_matrix_has_names_where_they_can_be_read(
    trees: Replay, inches: float, below: tuple[str, ...], beside: tuple[str, ...]
) -> None:
    with LIGHT.applied():
        axes = Figure(figsize=(inches, inches)).subplots()
        ConfusionMatrixPanel(axes, ConfusionMatrix(trees.evaluation), LIGHT)
        for axis, names in ((axes.xaxis, below), (axes.yaxis, beside)):
            shown = [label.get_text() for label in axis.get_ticklabels()]
            assert tuple(shown) == names[:: -(-5 // len(shown))]  # on small axes some have no label


def test_captions_of_images_have_names_where_they_fit(trees: Replay) -> None:
    with LIGHT.applied():
        for inches, called in ((12.0, set(TREES)), (3.0, set("01234"))):
            panel = MostWrongPanel(
                Figure(figsize=(inches, inches)).subplots(), MostWrong(trees.evaluation), LIGHT
            )
            panel.show(4)
            assert panel.captions is not None
            words = {part for word in panel.captions.words for part in word.text.split("  ")[0].split(" → ")}
            assert {part for each in words for part in each.split("→")} <= called


@pytest.mark.parametrize(
    ("width", "title", "axis"), [(4, "ash tree", "P(ash tree)"), (0.5, "Class 0", "P(class 0)")]
)
def test_histograms_of_names_that_could_not_be_read_have_numbers(
    make_run: MakeRun, width: float, title: str, axis: str
) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    named = DataDescription(classes=("ash tree", "oak tree", "elm tree"))
    run = Replay(make_run(units=(2, 2, 3), data=(x, np.arange(30) % 3), described=named))
    with LIGHT.applied():
        axes = Figure(figsize=(width, 2)).add_axes((0, 0, 1, 1))
        panel = ProbabilityHistogramPanel(axes, probability_histograms(run.evaluation)[0], LIGHT)
    assert (panel.name, axes.get_xlabel()) == (title, axis)
