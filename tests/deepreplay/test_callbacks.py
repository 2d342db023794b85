"""ReplayData records groups: a run file for each, which refuse and survive what DeepReplay's did not."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import replay
from replay.deepreplay import Replay, ReplayData
from replay.errors import RunFileError
from replay.storage.opening import groups

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
X = np.random.default_rng(0).normal(size=(20, 2))
Y = (X[:, :1] > 0).astype(int)


def model(activation: str = "tanh") -> Any:
    made = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(2, activation=activation, name="hidden"),
            keras.layers.Dense(1, activation="sigmoid", name="output"),
        ]
    )
    made.compile(loss="binary_crossentropy", optimizer="sgd", metrics=["acc"])
    return made


def trained(path: Path, group: str, epochs: int = 2) -> Any:
    made = model()
    made.fit(X, Y, epochs=epochs, batch_size=10, verbose=0, callbacks=[ReplayData(X, Y, path, group)])
    return made


def test_each_group_becomes_a_run_file_in_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "trainings.h5"
    last = {group: trained(path, group) for group in ("sigmoid", "relu_0.01")}
    assert groups(path) == ["relu_0.01", "sigmoid"]
    for group, made in last.items():
        answers = replay.Replay(path / f"{group}.h5").probabilities(epochs=[2])[0]
        np.testing.assert_allclose(answers, made.predict(X, verbose=0)[:, 0], rtol=1e-5)
        assert replay.Replay(path, group=group).recording.title == group


def test_a_group_that_exists_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "trainings.h5"
    trained(path, "one")
    before = (path / "one.h5").read_bytes()
    with pytest.raises(RunFileError, match="has a group 'one' already: choose another group_name, or remove"):
        ReplayData(X, Y, path, "one")
    assert (path / "one.h5").read_bytes() == before
    trained(path, "two")


def test_a_file_is_not_taken_for_a_folder_of_groups(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    path.write_bytes(b"what DeepReplay wrote")
    with pytest.raises(RunFileError, match=r"old\.h5 is a file"):
        ReplayData(X, Y, path, "one")
    assert path.read_bytes() == b"what DeepReplay wrote"


def test_a_model_is_recorded_at_once_and_its_training_later(tmp_path: Path) -> None:
    path = tmp_path / "initial.h5"
    made = model()
    before = made.predict(X, verbose=0)[:, 0]
    callback = ReplayData(X, Y, filename=path, group_name="one", model=made)
    initial = Replay(path, "one")
    assert initial.group_name == "one_init" and initial.n_epochs == 0
    np.testing.assert_allclose(initial.predict_proba()[0, :, 0], before, rtol=1e-5)
    assert initial.run.recording.complete
    made.fit(X, Y, epochs=1, verbose=0, callbacks=[callback])
    after = Replay(path, "one")
    assert after.group_name == "one" and after.n_epochs == 1
    np.testing.assert_allclose(after.predict_proba()[1], made.predict(X, verbose=0), rtol=1e-5)
    with pytest.raises(RunFileError, match="'two_init'"):
        ReplayData(X, Y, path, "two", model=made)
        ReplayData(X, Y, path, "two", model=made)


def test_a_stopped_training_leaves_its_epochs_and_the_other_groups(tmp_path: Path) -> None:
    path = tmp_path / "trainings.h5"
    trained(path, "whole")

    class Stop(keras.callbacks.Callback):
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            if epoch == 1:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        model().fit(X, Y, epochs=9, verbose=0, callbacks=[ReplayData(X, Y, path, "half"), Stop()])
    assert Replay(path, "half").n_epochs == 2
    assert Replay(path, "whole").n_epochs == 2
    assert not Replay(path, "half").run.recording.complete


KILLED = """
import os, signal, sys
import keras
sys.path.insert(0, {root!r})
from replay.deepreplay import ReplayData
from tests.deepreplay.test_callbacks import X, Y, model

class Kill(keras.callbacks.Callback):
    def on_epoch_end(self, epoch, logs=None):
        if epoch == 2:
            os.kill(os.getpid(), signal.SIGKILL)

for group, callbacks in (("whole", []), ("killed", [Kill()])):
    callbacks = [ReplayData(X, Y, "trainings.h5", group), *callbacks]
    model().fit(X, Y, epochs=5 if callbacks[1:] else 2, verbose=0, callbacks=callbacks)
"""


@pytest.mark.slow
def test_a_killed_training_keeps_its_epochs_and_harms_no_other_group(tmp_path: Path) -> None:
    script = KILLED.format(root=str(Path(__file__).parents[2]))
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()
    path = tmp_path / "trainings.h5"
    assert Replay(path, "whole").run.recording.complete
    killed = Replay(path, "killed")
    assert killed.n_epochs == 3 and not killed.run.recording.complete
    assert np.isfinite(killed.predict_proba()).all()
    trained(path, "next")
    assert groups(path) == ["killed", "next", "whole"]
