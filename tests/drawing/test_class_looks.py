"""More classes than colours: the worst have colours of their own, no colour or marker stands for two."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.drawing.class_looks import COLOURED, OTHER, class_style, coloured_classes, worst_classes
from replay.drawing.dashboard import dashboard
from replay.drawing.style import DARK, LIGHT, Style
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from tests.helpers.pictures import faults


def ring(path: Path, n_classes: int, wrong: dict[int, int]) -> Evaluation:
    """Classes on a circle, 20 samples each, all right but for so many of each class that are `wrong`."""
    angles = np.linspace(0, 2 * np.pi, n_classes, endpoint=False)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    labels = np.repeat(np.arange(n_classes), 20)
    inputs = 3 * directions[labels]
    for label, n in wrong.items():
        labels[label * 20 : label * 20 + n] = (label + n_classes // 2) % n_classes
    description = RunDescription(
        layers=(dense("hidden", 2, 2, "linear"), dense("output", 2, n_classes, "softmax")),
        loss={"name": "sparse_categorical_crossentropy"},
        scenario="ring",
    )
    with RunWriter(path, description, inputs.astype(np.float32), labels, overwrite=True) as writer:
        for epoch in (0, 1):
            weights = [np.eye(2), np.zeros(2), 4 * directions.T, np.zeros(n_classes)]
            writer.snapshot(epoch, weights, {"loss": 1.0} if epoch else None)
    return Evaluation(Recording(path))


@pytest.mark.parametrize("n_classes", [2, 10])
def test_classes_that_the_style_tells_apart_have_all_their_colours(tmp_path: Path, n_classes: int) -> None:
    evaluation = ring(tmp_path / "run.h5", n_classes, {})
    assert class_style(LIGHT, [evaluation]) is LIGHT


@pytest.mark.parametrize("n_classes", [12, 40])
def test_the_worst_classes_have_colours_and_the_others_are_grey(tmp_path: Path, n_classes: int) -> None:
    # Mislabelled samples of class k count against the class that they are said to be.
    wrong = dict.fromkeys(range(3), 10)
    evaluation = ring(tmp_path / "run.h5", n_classes, wrong)
    style = class_style(LIGHT, [evaluation])
    hit = {(k + n_classes // 2) % n_classes for k in wrong}
    assert set(worst_classes([evaluation])[:3]) == hit
    coloured = coloured_classes(style, n_classes)
    assert hit <= set(coloured) and len(coloured) == COLOURED
    looks = [(style.class_colour(label), style.class_marker(label)) for label in coloured]
    assert (
        len(set(looks))
        == len({colour for colour, _ in looks})
        == len({mark for _, mark in looks})
        == COLOURED
    )
    for label in set(range(n_classes)) - set(coloured):
        assert (style.class_colour(label), style.class_marker(label)) == (LIGHT.muted, OTHER)


@pytest.mark.parametrize("style", [LIGHT, DARK])
@pytest.mark.parametrize(("n_classes", "size"), [(12, (480, 270)), (40, (1920, 1080)), (40, (1080, 1920))])
def test_the_legend_names_the_coloured_and_counts_the_others(
    tmp_path: Path, style: Style, n_classes: int, size: tuple[int, int]
) -> None:
    evaluation = ring(tmp_path / "run.h5", n_classes, {0: 5})
    composition = dashboard(evaluation, style, size)
    figure = composition.plot()
    (legend,) = figure.legends
    named = coloured_classes(class_style(style, [evaluation]), n_classes)
    words = [text.get_text() for text in legend.get_texts()]
    assert words == [*map(str, named), f"{n_classes - COLOURED} other classes", "misclassified"]
    texts = [found for found in faults(figure, style) if "legend" in found]
    assert texts == []


def test_planes_of_many_classes_number_them(tmp_path: Path) -> None:
    ring(tmp_path / "run.h5", 12, {0: 5})
    for view in ("decision-boundary", "feature-space"):
        panel: Any = Replay(tmp_path / "run.h5").view(view).panels[0]
        panel.show(1)
        shown = set(map(str, panel.numbers.places))
        assert shown == {str(label) for label in range(12)}
