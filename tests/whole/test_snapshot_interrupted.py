"""Ctrl-C and SIGKILL within a snapshot: what was finished is read, and the recording goes on as it should."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.storage.reader import RunFile
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished
from replay.storage.writing.growing import Growing

DESCRIPTION = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
STATE = StateLayout([{"name": "all", "shape": [3], "dtype": "float32"}])
PLACES = (
    *((h5py.Dataset, "resize"), (h5py.Dataset, "__setitem__"), (h5py.File, "flush")),
    *((Growing, "resize"), (Growing, "put")),
)


def begun(path: Path) -> RunWriter:
    return RunWriter(path, DESCRIPTION, np.zeros((4, 2), "f4"), np.array([0, 1, 0, 1]), state=STATE)


def record(writer: RunWriter, epoch: int) -> None:
    weights = [np.full((2, 1), epoch, "f4"), np.full(1, epoch, "f4")]
    logs = {"loss": float(epoch), f"of epoch {epoch}": float(epoch)}
    writer.snapshot(epoch, weights, logs, [np.full(3, epoch, "f4")])


def assert_holds(path: Path, least: int) -> int:
    """The file has every epoch up to `least`, or one more, as it was written, and a state to go on from."""
    run = RunFile(path)
    n = len(run.epochs)
    np.testing.assert_array_equal(run.epochs, np.arange(n))
    for values in run.weights(0, n):
        np.testing.assert_array_equal(values.reshape(n, -1).T, [np.arange(n)] * values[0].size)
    epochs, history = run.history()
    np.testing.assert_array_equal(history["loss"], epochs)
    for epoch in range(1, n):
        row = history[f"of epoch {epoch}"][epochs == epoch]
        assert set(row) == {epoch}
    assert least + 1 <= n <= least + 2
    training = unfinished(path)
    assert training is not None and least <= training.epoch <= epochs[-1]
    assert (training.state.arrays(training.layout)[0] == training.epoch).all()
    return n


@contextmanager
def interrupted_at(call: int, after: bool, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Ctrl-C comes before or after the nth call that writes; the list holds a number for each call."""
    calls: list[int] = []

    def interrupting(own: Callable[..., Any]) -> Callable[..., Any]:
        def write(*arguments: Any, **options: Any) -> Any:
            calls.append(len(calls))
            if len(calls) - 1 == call and not after:
                raise KeyboardInterrupt
            result = own(*arguments, **options)
            if len(calls) - 1 == call:
                raise KeyboardInterrupt
            return result

        return write

    with monkeypatch.context() as patched:
        for holder, name in PLACES:
            patched.setattr(holder, name, interrupting(getattr(holder, name)))
        yield calls


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_ctrl_c_at_any_write_of_a_snapshot_shifts_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    """Twice at the same write, as it may be pressed; then the file is read as it is, and recorded on."""
    for call in itertools.count():
        path = tmp_path / f"{call}.h5"
        writer = begun(path)
        for epoch in range(3):
            record(writer, epoch)
        finished = False
        for _ in range(2):
            with interrupted_at(call, after, monkeypatch) as calls:
                try:
                    record(writer, writer.n_snapshots)
                    finished = True
                except KeyboardInterrupt:
                    pass
            if finished:
                break
        n = writer.n_snapshots
        assert n >= 3
        writer.release()
        assert_holds(path, 2 if n == 3 else n - 1)
        again = RunWriter.reopen(path)
        for epoch in range(again.n_snapshots, again.n_snapshots + 3):
            record(again, epoch)
        again.close()
        assert assert_holds(path, n + 2) == n + 3
        if finished:
            break
    assert call == len(calls) > 10  # each write was interrupted, and there were some


@pytest.mark.slow
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_after_ctrl_c_the_same_recorder_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: bool
) -> None:
    for call in range(30):
        path = tmp_path / f"{call}.h5"
        writer = begun(path)
        for epoch in range(3):
            record(writer, epoch)
        with interrupted_at(call, after, monkeypatch), suppress(KeyboardInterrupt):
            record(writer, 3)
        for epoch in range(writer.n_snapshots, 7):
            record(writer, epoch)
        writer.close()
        assert assert_holds(path, 6) == 7


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_run_that_is_killed_again_and_again_after_a_state_was_written_can_be_resumed(
    tmp_path: Path,
) -> None:
    """Each time after the state of epoch 3, before its metrics: that of epoch 2, the last finished, stays."""
    path = tmp_path / "run.h5"
    for _ in range(3):
        child = os.fork()
        if child == 0:
            training = unfinished(path)
            writer = begun(path) if training is None else RunWriter.resume(path, training)
            for epoch in range(writer.n_snapshots, 3):
                record(writer, epoch)
            writer._log = lambda *arguments: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign]
            record(writer, 3)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
        training = unfinished(path)
        assert training is not None and training.epoch == 2
