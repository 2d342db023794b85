"""Whatever fails in the recorder while it runs, the training goes on and what was recorded can be read."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from replay import Recorder, Recording, RunWriter, train
from replay.cli.info import as_text, summary
from replay.errors import DataError, RunFileError
from replay.network.in_keras import describe
from replay.recorders import session
from replay.replay import Replay
from replay.storage.writing import disk_space
from replay.storage.writing.growing import Growing
from replay.training import recorder as recording
from replay.training import resuming

pytestmark = pytest.mark.usefixtures("without_xla", "step_by_step")
RNG = np.random.default_rng(5)
X = RNG.normal(size=(24, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
EPOCHS, AT = 4, 2  # the fault comes in the epoch AT, counted from 0
Patch = pytest.MonkeyPatch


def model() -> Any:
    glorot = keras.initializers.GlorotNormal
    layers = [
        keras.layers.Dense(3, "tanh", kernel_initializer=glorot(1), name="hidden"),
        keras.layers.Dense(1, "sigmoid", kernel_initializer=glorot(2), name="output"),
    ]
    built = keras.Sequential([keras.Input((2,)), *layers])
    built.compile(keras.optimizers.SGD(0.5), "binary_crossentropy", metrics=["accuracy"])
    return built


@cache
def undisturbed() -> list[np.ndarray]:
    """The weights after a training that nothing records, and in which nothing fails."""
    alone = model()
    alone.fit(X, Y, epochs=EPOCHS, batch_size=8, shuffle=False, verbose=0)
    return alone.get_weights()


class At(keras.callbacks.Callback):
    """Does something at the begin of the epoch AT."""

    def __init__(self, work: Callable[[Any], None]) -> None:
        super().__init__()
        self.work, self.seen = work, 0

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.seen += 1
        if epoch == AT:
            self.work(self.model)


def raising(error: Exception) -> Callable[..., Any]:
    def fail(*arguments: Any, **named: Any) -> Any:
        raise error

    return fail


def replaced(holder: Any, name: str, error: Exception) -> Callable[[Patch, Path], Callable[[Any], None]]:
    """A fault: from then on, this function raises this error."""
    return lambda patch, path: lambda model: patch.setattr(holder, name, raising(error))


def done(work: Callable[[Path], Any]) -> Callable[[Patch, Path], Callable[[Any], None]]:
    """A fault: somebody does this to the file."""
    return lambda patch, path: lambda model: work(path)


def other_weights(patch: Patch, path: Path) -> Callable[[Any], None]:
    return lambda model: patch.setattr(describe, "recorded_values", lambda *_: [np.zeros((9, 9))] * 4)


def fewer_weights(patch: Patch, path: Path) -> Callable[[Any], None]:
    return lambda model: patch.setattr(describe, "recorded_values", lambda *_: [])


def another_recorder(patch: Patch, path: Path) -> Callable[[Any], None]:
    def take_over(model: Any) -> None:
        RunWriter(path, Recording(path).description, X, Y, overwrite=True).close()

    return take_over


def without_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def not_a_run_file_any_more(path: Path) -> None:
    path.unlink()
    path.write_bytes(b"somebody else's")


FAULTS = {
    "a full disk": replaced(disk_space, "take", OSError(28, "No space left on device")),
    "a quota": replaced(disk_space, "take", OSError(122, "Disk quota exceeded")),
    "a disk that is gone": replaced(disk_space, "take", OSError(5, "Input/output error")),
    "an error of HDF5 while it writes": replaced(Growing, "resize", RuntimeError("cannot extend")),
    "an error of HDF5 while it flushes": replaced(h5py.File, "flush", RuntimeError("cannot flush")),
    "no memory": replaced(RunWriter, "snapshot", MemoryError("no memory")),
    "a weight that cannot be read": replaced(describe, "recorded_values", TypeError("not an array")),
    "a weight on a device that is gone": replaced(describe, "recorded_values", RuntimeError("lost")),
    "weights of another shape": other_weights,
    "fewer weights": fewer_weights,
    "an optimizer's state that cannot be read": replaced(resuming, "state", ValueError("deleted")),
    "metrics that cannot be read": replaced(recording, "numbers_of", KeyError("loss")),
    "an epoch that comes twice": replaced(RunWriter, "snapshot", DataError("does not come after")),
    "a file that is closed": replaced(RunWriter, "snapshot", RunFileError("is not open for writing")),
    "a file that another recorder takes over": another_recorder,
    "a file that is deleted": done(Path.unlink),
    "a file that is replaced": done(not_a_run_file_any_more),
    "a folder that is deleted": done(without_folder),
    "a run that cannot be finished": replaced(RunWriter, "finish", RunFileError("cannot write")),
    "weights that cannot be compared at the end": replaced(session, "_are_equal", ValueError("ragged")),
    "a division by zero": replaced(RunWriter, "_make_room", ZeroDivisionError("division by zero")),
    "a recursion": replaced(RunWriter, "_log", RecursionError("too deep")),
    "a name that is not there": replaced(RunWriter, "_save", NameError("slot")),
}
UNHARMED = ("a file that is deleted", "a folder that is deleted", "a file that is replaced")


@pytest.mark.slow
@pytest.mark.parametrize("way", ["fit", "train"])
@pytest.mark.parametrize("fault", FAULTS)
def test_the_training_goes_on(
    fault: str, way: str, tmp_path: Path, monkeypatch: Patch, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "runs"
    path = folder / "run.h5"
    recorder = Recorder(path, X, Y)
    with monkeypatch.context() as patch:
        witness = At(FAULTS[fault](patch, path))
        trained = model()
        with caplog.at_level(logging.WARNING):
            if way == "fit":
                trained.fit(
                    X, Y, epochs=EPOCHS, batch_size=8, shuffle=False, verbose=0, callbacks=[witness, recorder]
                )
            else:
                callbacks = [witness, recorder]
                train(trained, X, Y, epochs=EPOCHS, batch_size=8, shuffle=False, callbacks=callbacks)
    assert witness.seen == EPOCHS
    for own, other in zip(trained.get_weights(), undisturbed(), strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-6)
    said = [line for line in caplog.messages if "recording stops" in line]
    if fault in UNHARMED and os.name == "posix":
        return  # an open file goes on, wherever its name points
    assert len(said) == 1
    assert recorder.error is not None
    assert recorder.error in said[0]
    if fault == "a file that another recorder takes over":
        return  # what was there is not ours any more
    kept = Recording(path)
    assert kept.epochs[: AT + 1].tolist() == [0, 1, 2]
    assert np.isfinite(kept.weights_at(AT)[0]).all()


@pytest.mark.parametrize("error", [RunFileError("no room"), TypeError("not an array")])
def test_the_file_says_why_it_is_incomplete(tmp_path: Path, monkeypatch: Patch, error: Exception) -> None:
    path = tmp_path / "run.h5"
    with monkeypatch.context() as patch:
        fail = At(lambda model: patch.setattr(describe, "recorded_values", raising(error)))
        model().fit(X, Y, epochs=EPOCHS, verbose=0, callbacks=[fail, Recorder(path, X, Y)])
    assert not Recording(path).complete
    facts = summary(Replay(path))
    assert str(error) in facts["error"]
    assert f"(incomplete: {facts['error']})" in as_text(facts)


def test_a_recorder_that_is_told_so_ends_the_training(tmp_path: Path, monkeypatch: Patch) -> None:
    path = tmp_path / "run.h5"
    with monkeypatch.context() as patch:
        fail = At(lambda model: patch.setattr(describe, "recorded_values", raising(TypeError("no array"))))
        with pytest.raises(TypeError, match="no array"):
            model().fit(
                X, Y, epochs=EPOCHS, verbose=0, callbacks=[fail, Recorder(path, X, Y, on_error="raise")]
            )
    assert fail.seen == AT + 1


def test_what_fails_before_the_first_step_is_said_then(tmp_path: Path, monkeypatch: Patch) -> None:
    monkeypatch.setattr(describe, "recorded_values", raising(TypeError("not an array")))
    witness = At(lambda model: None)
    with pytest.raises(TypeError, match="not an array"):
        model().fit(X, Y, epochs=1, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, Y), witness])
    assert witness.seen == 0


def test_the_next_training_is_recorded_again(tmp_path: Path, monkeypatch: Patch) -> None:
    path, trained = tmp_path / "run.h5", model()
    recorder = Recorder(path, X, Y)
    with monkeypatch.context() as patch:
        fail = At(lambda model: patch.setattr(describe, "recorded_values", raising(TypeError("no"))))
        trained.fit(X, Y, epochs=EPOCHS, verbose=0, callbacks=[fail, recorder])
    assert recorder.error == "TypeError: no"
    trained.fit(X, Y, epochs=2, verbose=0, callbacks=[recorder])
    assert recorder.error is None
    assert Recording(path).ending.error is None
    assert Recording(path).complete
    assert Recording(path).epochs.tolist() == [0, 1, 2, 3, 4]
