"""Pictures of recorded answers: those that need no weights are drawn, the others say what they need."""

from __future__ import annotations

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from replay import Replay, compare
from replay.drawing.registry.needs import FROM_ANSWERS
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError
from replay.predictions import Recorder

RNG = np.random.default_rng(0)
X, LINE = RNG.normal(size=(50, 2)), RNG.normal(size=(50, 1))
IMAGES = RNG.uniform(size=(20, 8, 8))
CLASSES = {
    *("decision-boundary", "probabilities", "cross-entropy", "threshold", "calibration", "losses", "curves"),
    *("curves-after", "confusion-matrix"),
}
OF_MORE = CLASSES - {"cross-entropy", "threshold"}
FITS = {"fit", "predicted", "residuals", "errors", "losses", "curves", "curves-after"}
RUNS = {
    "classes": (X, X[:, 0] > 0, CLASSES),
    "three": (X, np.digitize(X[:, 0], [-0.5, 0.5]), OF_MORE),
    "line": (LINE, LINE[:, 0] ** 2, FITS),
    "plane": (X, X[:, 0] ** 2, FITS),
    "images": (IMAGES, np.arange(20) % 3, OF_MORE - {"decision-boundary"} | {"most-wrong"}),
}  # fmt: skip


def answer(x: np.ndarray, run: str, share: float) -> np.ndarray:
    """Answers of every kind, which get better with the share."""
    first = x.reshape(len(x), -1)[:, 0]
    if run == "classes":
        return 1 / (1 + np.exp(-5 * share * first))
    if run in ("line", "plane"):
        return share * first**2
    scores = np.stack([-first, 0 * first, first], axis=1) * share
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("answers")
    for name, (inputs, targets, _) in RUNS.items():
        held_out = inputs[:9] * 1.1, targets[:9]
        with Recorder(made / f"{name}.h5", inputs, targets, validation_data=held_out, mesh=30) as recorder:
            for share in (0.1, 0.5, 1.0):
                recorder.snapshot(lambda x, share=share, name=name: answer(x, name, share))
        assert recorder.error is None
    return made


@pytest.mark.parametrize("run", RUNS)
def test_views_that_need_no_weights_are_drawn_and_the_others_say_what_they_need(
    run: str, folder: Path, tmp_path: Path
) -> None:
    replay, drawn = Replay(folder / f"{run}.h5"), set()
    for name in {*TABLE} - {"dashboard", "article"}:
        try:
            replay.view(name).save(tmp_path / f"{name}.png", epoch=2)
            drawn.add(name)
        except ViewError as error:
            assert "\n" not in str(error)
        plt.close("all")
    assert drawn == RUNS[run][2]
    for name in ("dashboard", "article"):
        assert replay.view(name).save(tmp_path / f"{name}.png", epoch=3).exists()


def test_a_view_that_needs_weights_names_those_that_do_not(folder: Path) -> None:
    for name in ("weights", "gradient-flow", "network", "trajectory", "updates"):
        with pytest.raises(
            ViewError, match=f"the view {name} needs a network's weights.*a model's answers alone"
        ):
            Replay(folder / "classes.h5").view(name)
    assert {*FROM_ANSWERS} <= {*TABLE}


def test_numbers_of_a_network_are_refused(folder: Path) -> None:
    replay = Replay(folder / "classes.h5")
    with pytest.raises(ViewError, match="gradients cannot be shown"):
        replay.gradients("answers")
    with pytest.raises(ViewError, match="cannot be taken away"):
        replay.without({"answers": 1})
    figure, axes = plt.subplots()
    for method in (
        "build_weights",
        "build_outputs",
        "build_gradients",
        "build_feature_space",
        "build_kernels",
    ):
        with pytest.raises(ViewError):
            getattr(replay, method)(axes)
    plt.close(figure)


def test_descriptions_tell_of_a_model_and_no_network(folder: Path) -> None:
    told = {run: Replay(folder / f"{run}.h5").dashboard().description() for run in ("classes", "line")}
    assert told["classes"].text.startswith("A model learns to tell 2 classes apart.")
    assert told["line"].text.startswith("A model learns to predict numbers.")
    for each in told.values():
        assert "network" not in each.text and "layer" not in each.text


def test_models_are_compared_with_each_other_and_with_other_meshes(folder: Path, tmp_path: Path) -> None:
    with Recorder(tmp_path / "other.h5", X[:30], X[:30, 0] > 0, mesh=12) as recorder:
        recorder.snapshot(lambda x: answer(x, "classes", 0.5))
    compared = compare([folder / "classes.h5", tmp_path / "other.h5"])
    assert compared.save(tmp_path / "compared.png").exists()
    with pytest.raises(ViewError, match="alone"):
        Replay(tmp_path / "other.h5").probabilities(X * 3)


def test_pictures_of_moments_between_snapshots_are_drawn_from_answers_between_theirs(folder: Path) -> None:
    evaluation = Replay(folder / "classes.h5").evaluation
    between = evaluation.at(1.5).probabilities
    ends = evaluation.probabilities(epochs=[1, 2])
    np.testing.assert_allclose(between, ends.mean(axis=0), atol=1e-6)
