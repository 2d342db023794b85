"""Small multiples: thirty runs are named, drawn at the moment, and no words lie on one another."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from replay import datasets
from replay.drawing.comparison import compare
from replay.drawing.composition import Composition
from replay.drawing.many_runs import divided
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.feature_space import FeatureSpacePanel
from replay.drawing.panels.run_curves import RunCurvesPanel
from replay.drawing.style import DARK, LIGHT
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from tests.conftest import maker_of_runs
from tests.helpers.pictures import faults

Array = np.ndarray
ACTIVATIONS = ("relu", "tanh", "sigmoid", "elu", "selu", "softplus")
INITIALIZERS = ("glorot_normal", "he_normal", "lecun_normal", "normal_0.01", "orthogonal")
NAMES = [f"{activation}-{initializer}" for activation, initializer in product(ACTIVATIONS, INITIALIZERS)]
SIZES = [(1280, 720), (480, 270), (1080, 1920)]


def made(folder: Any, names: list[str], **facts: Any) -> list[Evaluation]:
    make = maker_of_runs(folder)
    found = []
    for number, name in enumerate(names):
        activation = name.split("-")[0] if name in NAMES else "tanh"
        path = make(f"{number}.h5", run=name, activation=activation, seed=number, n_snapshots=3, **facts)
        found.append(Evaluation(Recording(path)))
    return found


@pytest.fixture(scope="module")
def thirty(tmp_path_factory: pytest.TempPathFactory) -> list[Evaluation]:
    """Thirty runs of small networks. Not to be changed."""
    return made(tmp_path_factory.mktemp("thirty"), NAMES, data=datasets.parabola(20), scenario="many")


def panels(composition: Composition, kind: type) -> list[Any]:
    inner = [getattr(panel, "panel", panel) for panel in composition.panels]
    return [panel for panel in inner if isinstance(panel, kind)]


def labels(panel: RunCurvesPanel) -> list[str]:
    return [text.get_text() for text in panel.axes.texts]


@pytest.mark.parametrize(("n", "size"), [(12, SIZES[0]), *((30, size) for size in SIZES)])
def test_many_runs_are_drawn_and_no_words_lie_on_one_another(
    thirty: list[Evaluation], n: int, size: tuple[int, int]
) -> None:
    composition = compare(thirty[:n], DARK, size)
    with DARK.applied():
        assert faults(composition.plot(1), DARK) == []
    planes = panels(composition, DecisionBoundaryPanel)
    assert len(planes) == n
    for panel, name in zip(planes, NAMES, strict=False):
        title = panel.axes.get_title(loc="left")
        assert title == name or ("…" in title and name.startswith(title.split("…")[0]))
    titles = [panel.axes.get_title(loc="left") for panel in planes]
    assert len(set(titles)) == n
    np.testing.assert_array_equal(np.floor(composition.figure.bbox.size), size)


def test_each_plane_shows_its_own_run_at_the_moment(thirty: list[Evaluation]) -> None:
    composition = compare(thirty[:9], LIGHT, (1280, 720))
    composition.plot(1)
    for panel, evaluation in zip(panels(composition, DecisionBoundaryPanel), thirty, strict=False):
        recording = evaluation.recording
        kernel, bias, out, offset = (weight[0].astype(float) for weight in recording.weights_at(1.0))
        hidden = recording.inputs @ kernel + bias
        hidden = np.maximum(hidden, 0) if "relu" in recording.title else np.tanh(hidden)
        wrong = ((hidden @ out + offset)[:, 0] > 0) != (recording.targets.ravel() > 0.5)
        assert len(panel.samples.trained.rings.get_xdata()) == wrong.sum()


def test_names_stand_at_the_ends_of_the_curves_in_their_colours(thirty: list[Evaluation]) -> None:
    composition = compare(thirty, LIGHT, (1920, 1080))
    (loss,) = panels(composition, RunCurvesPanel)  # two would have no room for thirty names
    colours = dict(zip(NAMES, (line.get_color() for _, line, _ in loss.curves), strict=True))
    assert {text.get_text(): text.get_color() for text in loss.axes.texts} == colours
    looks = {(line.get_color(), str(line._dash_pattern)) for _, line, _ in loss.curves}
    assert len(looks) == 30
    few = compare(thirty[:9], LIGHT, (1920, 1080))
    assert [sorted(labels(panel)) for panel in panels(few, RunCurvesPanel)] == [sorted(NAMES[:9])] * 2


def test_wide_inputs_have_feature_spaces_and_deep_networks_curves_alone(tmp_path: Any) -> None:
    rng = np.random.default_rng(0)
    data = rng.normal(size=(20, 5)).astype(np.float32), np.arange(20) % 2
    names = [f"a_very_long_name_of_an_experiment_with_seed_{number}" for number in range(9)]
    for folder, units, n_spaces in (("spaces", (5, 2, 1), 9), ("deep", (5, 4, 1), 0)):
        (tmp_path / folder).mkdir()
        composition = compare(made(tmp_path / folder, names, data=data, units=units), LIGHT, (1280, 720))
        with LIGHT.applied():
            assert faults(composition.plot(), LIGHT) == []
        assert len(panels(composition, FeatureSpacePanel)) == n_spaces
        for panel in panels(composition, RunCurvesPanel):
            shown = labels(panel)
            assert {label[-1] for label in shown} == set("012345678")
            assert all(label.startswith("a_") and "…" in label for label in shown)


@pytest.mark.parametrize(("n", "width", "height"), [(9, 9.0, 9.0), (30, 8.0, 6.0), (13, 3.0, 9.0)])
def test_planes_are_as_large_as_any_grid_allows(n: int, width: float, height: float) -> None:
    columns, rows, side = divided(n, width, height)
    assert columns * rows >= n
    sides = [
        min((width - (c - 1) * 0.12) / c, (height - (-(-n // c) - 1) * 0.3) / -(-n // c))
        for c in range(1, n + 1)
    ]
    assert side == pytest.approx(max(sides))
