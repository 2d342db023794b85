"""What every recorder promises, whatever trains: one suite for all frameworks.

A framework is added in `tests/helpers/frameworks.py`.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Recording, Replay, RunWriter
from replay.errors import DataError, ReplayError, RunFileError, ScenarioError
from tests.helpers.backends import need
from tests.helpers.frameworks import FRAMEWORKS, N, X, Y

ROOT = Path(__file__).parents[2]
EPOCHS = 7
every_framework = pytest.mark.parametrize("name", FRAMEWORKS)
pytestmark = pytest.mark.filterwarnings("ignore")  # the frameworks' own


def train(name: str, path: Path, epochs: int = EPOCHS, **options: Any) -> list[np.ndarray]:
    for package in FRAMEWORKS[name].packages:
        need(package)
    return FRAMEWORKS[name].train(path, epochs, **options)


@every_framework
def test_probabilities_and_losses_are_the_frameworks_own_at_every_snapshot(name: str, tmp_path: Path) -> None:
    expected = np.array(train(name, tmp_path / "run.h5"))
    replay = Replay(tmp_path / "run.h5")
    assert replay.recording.complete
    assert replay.epochs.tolist() == list(range(EPOCHS + 1))
    np.testing.assert_allclose(replay.probabilities(), expected, atol=1e-5)
    p = expected.astype(np.float64)
    losses = -(Y * np.log(p) + (1 - Y) * np.log(1 - p))
    np.testing.assert_allclose(replay.losses(), losses, atol=1e-5)
    assert replay.history["loss"].shape == (EPOCHS,)
    assert np.isfinite(replay.history["loss"]).all()


@every_framework
def test_gradients_are_those_of_the_mean_loss(name: str, tmp_path: Path) -> None:
    """Against finite differences of the replayed losses, which the test before compares."""
    train(name, tmp_path / "run.h5", epochs=2)
    evaluation = Replay(tmp_path / "run.h5").evaluation
    weights = [array.astype(np.float64) for array in evaluation.recording.weights_at(2)]
    found = evaluation.gradients_of([array.astype(np.float32) for array in weights])

    def mean_loss(moved: list[np.ndarray]) -> float:
        kernel, bias, last, constant = (array[0] for array in moved)
        z = np.tanh(X @ kernel + bias) @ last + constant
        p = 1 / (1 + np.exp(-z[:, 0]))
        return float(-(Y * np.log(p) + (1 - Y) * np.log(1 - p)).mean())

    for place, array in enumerate(weights):
        for index in np.ndindex(array.shape):
            sides = []
            for step in (1e-5, -1e-5):
                moved = [one.copy() for one in weights]
                moved[place][index] += step
                sides.append(mean_loss(moved))
            slope = (sides[0] - sides[1]) / 2e-5
            assert abs(found[place][index] - slope) < 1e-5


@every_framework
def test_every_n_epochs_thins_snapshots_and_no_metrics(name: str, tmp_path: Path) -> None:
    train(name, tmp_path / "run.h5", every_n_epochs=3)
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 3, 6, 7]
    assert recording.history_epochs.tolist() == list(range(1, EPOCHS + 1))


@every_framework
def test_half_precision_a_choice_of_samples_held_out_ones_and_names(name: str, tmp_path: Path) -> None:
    expected = train(
        name, tmp_path / "run.h5", epochs=2, dtype="float16", samples=20, validation_data=(X[:10], Y[:10]),
        class_names=["apart", "alike"], feature_names=["east", "north"], title="quadrants", seed=4,
    )  # fmt: skip
    recording = Recording(tmp_path / "run.h5")
    assert recording.n_samples == 20
    assert recording.description.subset == {"of": N, "seed": 4}
    assert recording.held_out is not None
    np.testing.assert_array_equal(recording.held_out.inputs, X[:10])
    described = recording.description.data
    assert described is not None
    assert (described.classes, described.inputs, described.title) == (
        ("apart", "alike"), ("east", "north"), "quadrants"
    )  # fmt: skip
    found = Replay(tmp_path / "run.h5").probabilities(inputs=X)
    np.testing.assert_allclose(found, expected, atol=3e-3)


@every_framework
def test_a_file_that_exists_is_refused_before_anything_is_trained(name: str, tmp_path: Path) -> None:
    train(name, tmp_path / "run.h5", epochs=1)
    before = (tmp_path / "run.h5").read_bytes()
    trained: list[int] = []
    with pytest.raises(RunFileError, match="exists"):
        train(name, tmp_path / "run.h5", each=trained.append)
    assert (tmp_path / "run.h5").read_bytes() == before
    assert not trained
    train(name, tmp_path / "run.h5", epochs=2, overwrite=True)
    assert Recording(tmp_path / "run.h5").n_snapshots == 3


@every_framework
def test_a_second_recorder_of_a_file_is_refused_while_the_first_lives(name: str, tmp_path: Path) -> None:
    refused: list[BaseException] = []

    def another() -> None:
        try:
            train(name, tmp_path / "run.h5", epochs=1, overwrite=True)
        except ReplayError as error:
            refused.append(error)

    def at(epoch: int) -> None:
        if epoch == 2:
            thread = threading.Thread(target=another)
            thread.start()
            thread.join()

    train(name, tmp_path / "run.h5", epochs=3, each=at)
    assert len(refused) == 1
    assert "record" in str(refused[0])
    assert Recording(tmp_path / "run.h5").n_snapshots == 4


@every_framework
def test_a_fault_of_the_recorder_ends_no_training(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    undisturbed = train(name, tmp_path / "undisturbed.h5")
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING, "replay"):

        def at(epoch: int) -> None:
            if epoch == 2:
                patch.setattr(RunWriter, "snapshot", fail)

        def fail(*_: Any, **__: Any) -> None:
            raise OSError(28, "No space left on device")

        found = train(name, tmp_path / "run.h5", each=at)
    np.testing.assert_array_equal(found, undisturbed)
    assert sum("the recording stops" in line for line in caplog.messages) == 1
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 1, 2]
    assert not recording.complete
    assert "No space left" in str(recording.ending.error)


@every_framework
def test_mistakes_are_one_line_before_the_training(name: str, tmp_path: Path) -> None:
    wrong: dict[str, tuple[type[Exception], dict[str, Any]]] = {
        "1 or more": (ScenarioError, {"every_n_epochs": 0}),
        "dtype must be": (ScenarioError, {"dtype": "float8"}),
        "3 names": (DataError, {"class_names": ["a", "b", "c"]}),
        "more than 100 bytes": (RunFileError, {"max_bytes": 100}),
        "layer with weights": (ScenarioError, {"layers": ["nowhere"]}),
        "do not fit together": (DataError, {"validation_data": (X, Y[:3])}),
    }
    for why, (kind, options) in wrong.items():
        trained: list[int] = []
        with pytest.raises(kind, match=why) as caught:
            train(name, tmp_path / "run.h5", each=trained.append, **options)
        assert "\n" not in str(caught.value)
        assert not trained
        assert not (tmp_path / "run.h5").exists()


def in_a_process(name: str, code: str, **kinds: Any) -> subprocess.Popen[str]:
    """Python that runs this code, with the training of a framework as `train`."""
    for package in FRAMEWORKS[name].packages:
        need(package)
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONWARNINGS": "ignore"}
    whole = f"from tests.helpers.frameworks import FRAMEWORKS; train = FRAMEWORKS[{name!r}].train\n{code}"
    return subprocess.Popen(
        [sys.executable, "-c", whole], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, **kinds
    )


@every_framework
@pytest.mark.slow
def test_killed_it_holds_every_epoch_that_was_told(name: str, tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    code = f"train({str(path)!r}, 100_000, lambda epoch: print(epoch, flush=True))"
    with in_a_process(name, code, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        lines = iter(process.stdout)
        last = 0
        while last < 5:
            last = int(next(lines))
        process.kill()
        last = max([last, *map(int, lines)])
    recording = Recording(path)
    assert recording.n_snapshots > last
    assert not recording.complete
    assert not recording.damages


@pytest.mark.parametrize("name", [name for name, each in FRAMEWORKS.items() if each.without_tensorflow])
@pytest.mark.slow
def test_neither_recording_nor_a_film_loads_tensorflow(name: str, tmp_path: Path) -> None:
    run, film = str(tmp_path / "run.h5"), str(tmp_path / "run.gif")
    code = f"""
import json, sys
from replay import Replay
train({run!r}, 2)
Replay({run!r}).dashboard(size=(480, 240)).save({film!r}, fps=2)
print(json.dumps([name for name in ("tensorflow", "keras") if name in sys.modules]))
"""
    with in_a_process(name, code) as process:
        said, _ = process.communicate(timeout=120)
    assert json.loads(said.splitlines()[-1]) == []
    assert (tmp_path / "run.gif").stat().st_size > 1_000
