"""A recorder of answers: what is in the file is what the model said, and no failure ends the program."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import (
    AdaBoostRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.metrics import log_loss, r2_score
from sklearn.neighbors import KNeighborsClassifier

from replay import Replay, datasets
from replay.errors import DataError, RunFileError, ScenarioError, ViewError
from replay.predictions import Recorder
from replay.storage.reader import RunFile
from replay.views.decision_boundary import DecisionBoundary
from replay.views.fitted_curve import FittedCurve
from replay.views.fitted_surface import FittedSurface

Array = np.ndarray
RNG = np.random.default_rng(0)
X, Y = (part[:120] for part in datasets.moons())
Y = Y.reshape(-1)
WORDS = np.where(Y == 1, "up", "down")
HELD_OUT = X[:30] + np.float32(0.1), WORDS[:30]


def forests(n: int, X: Any, y: Any) -> list[RandomForestClassifier]:
    """A forest as it grows, tree by tree."""
    return [RandomForestClassifier(trees, random_state=1, max_depth=4).fit(X, y) for trees in range(1, n + 1)]


def recorded(path: Path, models: list[Any], *data: Any, **options: Any) -> Replay:
    with Recorder(path, *data, **options) as recorder:
        for model in models:
            recorder.snapshot(model)
    assert recorder.error is None
    return Replay(path)


# What is recorded, against the models


def test_a_forest_answers_as_it_did_at_each_tree(tmp_path: Path) -> None:
    models = forests(4, X, WORDS)
    replay = recorded(tmp_path / "run.h5", models, X, WORDS, validation_data=HELD_OUT)
    assert replay.epochs.tolist() == [1, 2, 3, 4] and replay.recording.complete
    assert replay.evaluation.names.classes == ("down", "up")
    assert replay.held_out is not None
    expected = [model.predict_proba(X)[:, 1] for model in models]
    held_out = [model.predict_proba(HELD_OUT[0])[:, 1] for model in models]
    np.testing.assert_allclose(replay.probabilities(), expected, atol=1e-6)
    np.testing.assert_allclose(replay.held_out.probabilities(), held_out, atol=1e-6)
    np.testing.assert_array_equal(replay.correct(), [model.predict(X) == WORDS for model in models])


def test_the_boundary_is_drawn_from_the_answers_on_its_mesh(tmp_path: Path) -> None:
    models = forests(2, X, WORDS)
    replay = recorded(tmp_path / "run.h5", models, X, WORDS, mesh=40)
    view = DecisionBoundary(replay.evaluation, mesh_points=140)
    frame = view.at(2, within=view.limits)
    assert frame.regions.probabilities.shape == (40, 40, 2)
    mesh = replay.evaluation.mesh
    assert mesh is not None and tuple(mesh.limits) == tuple(frame.regions.limits)
    expected = models[1].predict_proba(mesh.inputs)
    np.testing.assert_allclose(frame.regions.probabilities.reshape(-1, 2), expected, atol=1e-6)
    np.testing.assert_array_equal(frame.regions.leading.ravel(), expected[:, 1] > expected[:, 0])


def test_the_mesh_holds_all_samples_and_those_held_out(tmp_path: Path) -> None:
    far = X[:5] + np.float32(3), WORDS[:5]
    replay = recorded(tmp_path / "run.h5", forests(1, X, WORDS), X, WORDS, validation_data=far, mesh=3)
    mesh = replay.evaluation.mesh
    assert mesh is not None
    for inputs in (X, far[0]):
        for column, (low, high) in enumerate(mesh.limits):
            assert low < inputs[:, column].min() and inputs[:, column].max() < high


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (GradientBoostingClassifier(n_estimators=5, random_state=0), WORDS),
        (HistGradientBoostingClassifier(max_iter=4, random_state=0), np.digitize(X[:, 0], [0.0, 1.0])),
        (GradientBoostingRegressor(n_estimators=5, random_state=0), X[:, 0] ** 2),
        (AdaBoostRegressor(n_estimators=4, random_state=0), X[:, 0] ** 2),
    ],
    ids=lambda value: type(value).__name__,
)
def test_boosting_is_recorded_round_by_round(model: Any, y: Array, tmp_path: Path) -> None:
    model.fit(X, y)
    with Recorder(tmp_path / "run.h5", X, y, mesh=20) as recorder:
        recorder.stages(model)
    assert recorder.error is None
    replay = Replay(tmp_path / "run.h5")
    staged = getattr(model, "staged_predict_proba", None) or model.staged_predict
    mesh = replay.evaluation.mesh
    assert mesh is not None
    for inputs in (X, mesh.inputs):
        own = replay.evaluation.activations(inputs=inputs)
        expected = np.array(list(staged(inputs)))
        expected = expected[..., None] if expected.ndim == 2 else expected
        expected = expected[..., 1:] if expected.shape[-1] == 2 else expected
        np.testing.assert_allclose(own, expected, rtol=1e-6, atol=1e-6)
    assert replay.epochs.tolist() == list(range(1, len(expected) + 1))


def test_k_means_is_recorded_step_by_step(tmp_path: Path) -> None:
    centres = X[:3]
    final = KMeans(3, init=centres, n_init=1).fit(X)
    steps = [KMeans(3, init=centres, n_init=1, max_iter=n).fit(X) for n in (1, 2, 3)] + [final]
    replay = recorded(tmp_path / "run.h5", steps, X, final.labels_, mesh=30)
    mesh = replay.evaluation.mesh
    assert mesh is not None
    answered = replay.evaluation.activations(inputs=mesh.inputs).argmax(axis=-1)
    np.testing.assert_array_equal(answered, [step.predict(mesh.inputs) for step in steps])
    assert replay.correct()[-1].all()


def test_k_nn_is_recorded_by_k_and_metrics_of_the_user_s_are_kept(tmp_path: Path) -> None:
    with Recorder(tmp_path / "run.h5", load_iris()) as recorder:
        models = [KNeighborsClassifier(k).fit(*load_iris(return_X_y=True)) for k in (1, 5, 25)]
        for model in models:
            recorder.snapshot(model, epoch=model.n_neighbors, neighbours=model.n_neighbors)
    replay = Replay(tmp_path / "run.h5")
    assert replay.epochs.tolist() == [1, 5, 25]
    assert replay.history["neighbours"].tolist() == [1, 5, 25]
    inputs = load_iris().data
    np.testing.assert_allclose(
        replay.probabilities(), [model.predict_proba(inputs) for model in models], atol=1e-6
    )
    assert replay.recording.title == "Iris plants dataset"
    assert replay.evaluation.mesh is None


def test_a_function_of_one_input_has_its_curve(tmp_path: Path) -> None:
    x = RNG.uniform(-2, 2, (50, 1))
    replay = recorded(tmp_path / "run.h5", [lambda x, k=k: k * np.sin(x[:, 0]) for k in (1, 2)], x, np.sin(x))
    frame = FittedCurve(replay.evaluation).at(2)
    np.testing.assert_allclose(frame.answers[:, 0], 2 * np.sin(frame.x), atol=1e-6)
    assert frame.x[0] < -2 and frame.x[-1] > 2
    np.testing.assert_allclose(frame.predicted, 2 * np.sin(x), atol=1e-6)


def test_a_function_of_two_inputs_has_its_surface(tmp_path: Path) -> None:
    replay = recorded(tmp_path / "run.h5", [lambda x: x[:, 0] * x[:, 1]], X, X[:, 0] + 1, mesh=25)
    frame = FittedSurface(replay.evaluation).at(1)
    x, y = (np.linspace(*ends, 25) for ends in frame.limits)
    np.testing.assert_allclose(frame.values, y[:, None] * x, atol=1e-5)


# Loss and curves


def test_curves_have_the_loss_and_accuracy_of_the_answers(tmp_path: Path) -> None:
    models = forests(3, X, WORDS)
    replay = recorded(tmp_path / "run.h5", models, X, WORDS, validation_data=HELD_OUT)
    for prefix, (inputs, y) in (("", (X, WORDS)), ("val_", HELD_OUT)):
        shares = [np.clip(model.predict_proba(inputs), 1e-7, 1 - 1e-7) for model in models]
        expected = [log_loss(y, each) for each in shares]
        np.testing.assert_allclose(replay.history[f"{prefix}loss"], expected, atol=1e-5)
        own = [model.score(inputs, y) for model in models]
        np.testing.assert_allclose(replay.history[f"{prefix}accuracy"], own, rtol=1e-12)
    np.testing.assert_allclose(replay.losses().mean(axis=1), replay.history["loss"], atol=1e-5)


def test_of_many_classes_too(tmp_path: Path) -> None:
    inputs, y = load_iris(return_X_y=True)
    models = forests(2, inputs, y)
    replay = recorded(tmp_path / "run.h5", models, inputs, y)
    shares = [model.predict_proba(inputs) for model in models]
    expected = [-np.log(np.clip(each[np.arange(150), y], 1e-7, 1)) for each in shares]
    np.testing.assert_allclose(replay.losses(), expected, atol=1e-5)
    np.testing.assert_allclose(
        replay.history["accuracy"], [model.score(inputs, y) for model in models], rtol=1e-12
    )


@pytest.mark.parametrize(
    ("loss", "expected"),
    [(None, lambda e: e**2), ("mean_absolute_error", np.abs), ("log_cosh", lambda e: np.log(np.cosh(e)))],
)
def test_numbers_have_the_loss_that_was_chosen(loss: str | None, expected: Any, tmp_path: Path) -> None:
    y = X[:, 0] + 1
    replay = recorded(tmp_path / "run.h5", [lambda x: x[:, 1]], X, y, loss=loss)
    np.testing.assert_allclose(replay.losses()[0], expected(X[:, 1] - y), atol=1e-5)
    np.testing.assert_allclose(replay.history["r2_score"], r2_score(y, X[:, 1]), rtol=1e-5)


# Frames, names, choices


def test_a_model_of_a_frame_is_asked_with_frames(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    frame = pd.DataFrame(X, columns=["length", "width"])
    y = pd.Series(WORDS, name="side", dtype="category")
    replay = recorded(tmp_path / "run.h5", forests(1, frame, y), frame, y, validation_data=(frame[:9], y[:9]))
    assert not [each for each in recwarn if "feature names" in str(each.message)]
    described = replay.recording.description.data
    assert described is not None
    assert (described.inputs, described.target, described.classes) == (
        ("length", "width"), "side", ("down", "up"),
    )  # fmt: skip


def test_names_and_choices_are_those_of_all_recorders(tmp_path: Path) -> None:
    models = forests(5, X, Y)
    replay = recorded(
        tmp_path / "run.h5", models, X, Y,
        samples=50, every_n_epochs=2, dtype="float16", class_names=["low", "high"], feature_names=["a", "b"],
        title="moons", run="forest", validation_data=(X[:60], Y[:60]),
    )  # fmt: skip
    assert replay.epochs.tolist() == [1, 2, 4, 5] and len(replay.history["loss"]) == 5
    assert replay.recording.n_samples == 50 and replay.recording.description.subset == {"of": 120, "seed": 0}
    assert replay.recording.title == "moons · forest" and replay.evaluation.names.classes == ("low", "high")
    expected = models[4].predict_proba(replay.recording.inputs)[:, 1]
    np.testing.assert_allclose(replay.probabilities(epochs=[5])[0], expected, atol=1e-3)


def test_without_a_mesh_there_is_no_boundary_but_a_dashboard(tmp_path: Path) -> None:
    replay = recorded(tmp_path / "run.h5", forests(2, X, Y), X, Y, mesh=None)
    with pytest.raises(ViewError, match="record them on a mesh, too"):
        replay.view("decision-boundary")
    assert replay.dashboard().save(tmp_path / "run.png").exists()
    with pytest.raises(ViewError, match="for its samples alone"):
        replay.probabilities(X + 1)


def test_planned_epochs_complete_the_run_and_more_are_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    recorder = Recorder(tmp_path / "run.h5", X, Y, epochs=2)
    for model in forests(4, X, Y):
        recorder.snapshot(model)
    assert Replay(tmp_path / "run.h5").recording.complete
    assert len(caplog.records) == 1 and "the recording ended with epoch 2" in caplog.text


# Failures


def test_a_file_has_one_recorder_and_is_not_replaced(tmp_path: Path) -> None:
    recorded(tmp_path / "run.h5", forests(1, X, Y), X, Y)
    with pytest.raises(RunFileError, match="exists"):
        Recorder(tmp_path / "run.h5", X, Y)
    recorded(tmp_path / "run.h5", forests(1, X, Y), X, Y, overwrite=True)


@pytest.mark.parametrize(
    ("data", "options", "kind", "message"),
    [
        ((X,), {}, DataError, "y is missing: give the targets of X; of clusters, their final labels_"),
        ((X, Y[:5]), {}, DataError, "one target for each sample"),
        ((X, Y), {"mesh": 1}, ScenarioError, "mesh must be 2 points or more"),
        ((X, Y), {"loss": "hinge"}, ScenarioError, "loss must be one of"),
        ((X, WORDS), {"loss": "huber"}, ScenarioError, "'huber' needs numbers, but y are words"),
        ((X, Y), {"resume": True}, ScenarioError, "resume cannot be set here"),
        ((X, Y), {"layers": ["a"]}, ScenarioError, "layers cannot be set here"),
        ((X, Y), {"every_n_batches": 2}, ScenarioError, "every_n_batches cannot be set here"),
        ((X, Y), {"colour": 1}, ScenarioError, "colour"),
        ((X, WORDS), {"validation_data": (X, ["left"] * 120)}, DataError, "'left' is none of the 2 classes"),
    ],
)
def test_what_cannot_be_is_refused_at_once_in_a_line(
    data: Any, options: Any, kind: type[Exception], message: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=message) as refused:
        Recorder(tmp_path / "run.h5", *data, **options)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "run.h5").exists()


def fail(inputs: Array) -> Array:
    raise ZeroDivisionError("no answer today")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (fail, "ZeroDivisionError: no answer today"),
        (lambda x: np.zeros(3), "gave 3 answers for 120 samples"),
        (lambda x: np.zeros((len(x), 5)), "gave 5 numbers for a sample, but y has 2 classes"),
        (object(), "gives no answers"),
        (lambda x: np.full((len(x), 2), 7.0), "no probabilities"),
    ],
)
@pytest.mark.parametrize("good", [0, 2])
def test_a_failing_snapshot_is_one_warning_and_the_program_goes_on(
    wrong: Any, message: str, good: int, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    models = forests(3, X, Y)
    with Recorder(tmp_path / "run.h5", X, Y) as recorder:
        for model in [*models[:good], wrong, models[2], wrong]:
            recorder.snapshot(model)
    assert len(caplog.records) == 1 and caplog.records[0].levelno == logging.WARNING
    assert recorder.error is not None and message in recorder.error and "\n" not in recorder.error
    if good:
        replay = Replay(tmp_path / "run.h5")
        assert replay.epochs.tolist() == [1, 2] and not replay.recording.complete
        assert replay.recording.ending.error == recorder.error
    else:
        assert not (tmp_path / "run.h5").exists()


def test_an_epoch_that_does_not_come_later_is_one_warning(tmp_path: Path) -> None:
    models = forests(2, X, Y)
    with Recorder(tmp_path / "run.h5", X, Y) as recorder:
        recorder.snapshot(models[0], epoch=5)
        recorder.snapshot(models[1], epoch=5)
    assert recorder.error is not None and "does not come after epoch 5" in recorder.error


def test_whoever_wants_failures_raised_has_them(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        Recorder(tmp_path / "run.h5", X, Y, on_error="raise") as recorder,
    ):
        recorder.snapshot(fail)


def test_answers_that_are_not_finite_are_recorded_as_they_are(tmp_path: Path) -> None:
    functions = [lambda x, end=end: np.where(x[:, 0] > 0, end, 0.5) for end in (1.0, np.nan)]
    replay = recorded(tmp_path / "run.h5", functions, X, Y)
    assert np.isnan(replay.probabilities()[1]).sum() == (X[:, 0] > 0).sum()
    assert replay.recording.diverged_at == 2
    assert "the answers are no longer finite" in [str(each.text) for each in replay.milestones()]
    assert replay.dashboard().save(tmp_path / "run.png", epoch=2).exists()


def killed(folder: str, number: str) -> None:
    """Record without end, and tell each snapshot that is in the file: for the test below."""
    recorder = Recorder(Path(folder) / f"{number}.h5", X, Y, mesh=30)
    for epoch in range(1, 100_000):
        recorder.snapshot(lambda x, epoch=epoch: np.full(len(x), 1 / epoch), epoch=epoch)
        sys.stdout.write(f"{epoch}\n")
        sys.stdout.flush()


@pytest.mark.slow
def test_a_killed_program_loses_no_snapshot(tmp_path: Path) -> None:
    code = "import sys; from tests.predictions import test_recorder; test_recorder.killed(*sys.argv[1:])"
    for number in range(6):
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path), str(number)],
            stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        time.sleep(RNG.uniform(0, 0.3))
        os.kill(process.pid, signal.SIGKILL)
        told = ["1", *process.stdout.read().split("\n")[:-1]]
        process.wait()
        replay = Replay(tmp_path / f"{number}.h5")
        assert len(replay.epochs) >= len(told) and not replay.recording.complete
        np.testing.assert_allclose(replay.probabilities()[:, 0], 1 / replay.epochs, rtol=1e-6)
        assert RunFile(tmp_path / f"{number}.h5").damages == []


def test_nothing_of_keras_is_loaded_by_recording_and_drawing(tmp_path: Path) -> None:
    code = f"""
import sys
import numpy as np
import replay
assert "sklearn" not in sys.modules
x = np.random.default_rng(0).normal(size=(30, 2))
with replay.predictions.Recorder({str(tmp_path / "run.h5")!r}, x, x[:, 0] > 0) as recorder:
    recorder.snapshot(lambda inputs: (inputs[:, 0] > 0.2).astype(float))
assert recorder.error is None
assert not {{"matplotlib", "keras", "tensorflow", "sklearn"}} & set(sys.modules)
replay.Replay({str(tmp_path / "run.h5")!r}).dashboard().save({str(tmp_path / "run.png")!r})
assert not {{"keras", "tensorflow"}} & set(sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
