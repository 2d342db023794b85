"""The right to write a file is given back, on whatever system."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.errors import RunFileError
from replay.storage.reader import RunFile
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished
from replay.storage.writing import existing, lock, new_file

DESCRIPTION = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
STATE = StateLayout([{"name": "all", "shape": [3], "dtype": "float32"}])


def begun(path: Path, **options: Any) -> RunWriter:
    samples = np.zeros((4, 2), "f4"), np.array([0, 1, 0, 1])
    return RunWriter(path, DESCRIPTION, *samples, state=STATE, **options)


def record(writer: RunWriter, epoch: int, value: float = 1.0) -> None:
    weights = [np.full((2, 1), value, "f4"), np.zeros(1, "f4")]
    writer.snapshot(epoch, weights, {"loss": 1.0}, [np.full(3, epoch, "f4")])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_that_was_forked_meanwhile_holds_nothing(tmp_path: Path) -> None:
    """As those are that read data for a training."""
    path = tmp_path / "run.h5"
    writer = begun(path)
    record(writer, 0)
    child = os.fork()
    if child == 0:
        signal.pause()  # with all that was open
        os._exit(0)
    try:
        writer.close()
        begun(path, overwrite=True).close()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_that_outlives_its_parent_holds_nothing(tmp_path: Path) -> None:
    path, (reading, writing) = tmp_path / "run.h5", os.pipe()
    parent = os.fork()
    if parent == 0:
        writer = begun(path)
        record(writer, 0)
        if orphan := os.fork():
            os.write(writing, b"%d" % orphan)
        signal.pause()
    orphan = int(os.read(reading, 20))
    os.kill(parent, signal.SIGKILL)
    os.waitpid(parent, 0)
    try:
        begun(path, overwrite=True).close()
    finally:
        os.kill(orphan, signal.SIGKILL)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_that_ends_leaves_its_parent_the_file_and_the_lock(tmp_path: Path) -> None:
    """It tries to replace the file as well, and ends as a program does, which removes what it began."""
    path = tmp_path / "run.h5"
    writer = begun(path)
    writer.snapshot(0, [np.zeros((2, 1), "f4"), np.zeros(1, "f4")])  # nothing yet that is worth keeping
    child = os.fork()
    if child == 0:
        refused = False
        try:
            begun(path, overwrite=True)
        except RunFileError:
            refused = True
        existing._remove_empty()
        os._exit(0 if refused else 1)
    assert os.waitpid(child, 0)[1] == 0
    record(writer, 1)
    descriptor = os.open(path, os.O_RDONLY)
    assert not lock._locked(descriptor, exclusive=True)
    os.close(descriptor)
    with writer:
        record(writer, 2)
    assert RunFile(path).epochs.tolist() == [0, 1, 2]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_run_is_opened_again_while_somebody_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one who looks at it again and again: he comes just after everybody was asked to leave."""
    path, (reading, writing) = tmp_path / "run.h5", os.pipe()
    with begun(path) as writer:
        record(writer, 0)
    child = os.fork()
    if child == 0:
        with h5py.File(path):
            os.write(writing, b"!")
            time.sleep(0.3)
        os._exit(0)
    os.read(reading, 1)
    monkeypatch.setattr(lock, "exclusive", lambda path, name: contextlib.nullcontext())
    with RunWriter.reopen(path) as writer:
        record(writer, 1)
    os.waitpid(child, 0)
    assert RunFile(path).epochs.tolist() == [0, 1]


# Beside and behind the file


def test_what_killed_processes_left_beside_a_file_is_removed_and_what_others_write_is_not(
    tmp_path: Path,
) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    kept = [".other.h5.1.1.partial", f".run.h5.{os.getpid()}.1.partial", f".run.h5.{dead.pid}.partial"]
    held = tmp_path / f".run.h5.{dead.pid}.7.partial"  # by a process of another machine with this number
    for name in (*kept, held.name, f".run.h5.{dead.pid}.1.partial", f".run.h5.{dead.pid}.2.partial"):
        (tmp_path / name).touch()
    with held.open("rb") as file:
        assert lock._locked(file.fileno(), exclusive=True)
        begun(tmp_path / "run.h5").close()
    assert {file.name for file in tmp_path.iterdir()} == {"run.h5", held.name, *kept}


@pytest.mark.parametrize("way", ["begin", "overwrite", "resume"])
def test_what_lies_behind_a_link_is_recorded_and_the_link_stays(tmp_path: Path, way: str) -> None:
    (tmp_path / "disk").mkdir()
    path, link = tmp_path / "disk" / "run.h5", tmp_path / "latest.h5"
    link.symlink_to(path)
    if way != "begin":
        writer = begun(path)
        record(writer, 0)
        writer.close()
        with pytest.raises(RunFileError, match=r"latest\.h5 exists"):
            begun(link)
    training = unfinished(link)
    resumed = way == "resume" and training is not None
    with RunWriter.resume(link, training) if resumed else begun(link, overwrite=way != "begin") as writer:
        record(writer, 3)
    assert link.is_symlink() and not path.is_symlink()
    assert RunFile(path).epochs.tolist() == ([0, 3] if resumed else [3])
    assert {file.name for file in tmp_path.rglob("*")} == {"disk", "run.h5", "latest.h5"}


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="room cannot be taken here")
def test_a_file_is_laid_out_in_room_that_was_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[int] = []

    def look(*arguments: Any) -> None:
        (partial,) = tmp_path.iterdir()
        found.append(partial.stat().st_blocks * 512)
        new_file.lay_out(*arguments)

    monkeypatch.setattr("replay.storage.writer.lay_out", look)
    begun(tmp_path / "run.h5").close()
    assert found[0] >= 1_000_000
    assert (tmp_path / "run.h5").stat().st_size < 100_000


def test_a_file_that_cannot_be_closed_is_held_no_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "run.h5"
    writer = begun(path)
    record(writer, 0)
    close = h5py.File.close

    def failing(file: h5py.File) -> None:
        close(file)
        raise OSError("the disk is gone")

    with monkeypatch.context() as patched:
        patched.setattr(h5py.File, "close", failing)
        with pytest.raises(RunFileError, match="the disk is gone"):
            writer.close()
    begun(path, overwrite=True).close()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.ENOTSUP, errno.EBADF])
def test_a_file_system_without_locks_can_be_recorded_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def none(descriptor: int, operation: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", none)
    with begun(tmp_path / "run.h5") as writer:
        record(writer, 0)
    assert RunFile(tmp_path / "run.h5").complete


def test_any_other_error_of_a_lock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(descriptor: int, operation: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("fcntl.flock", broken)
    with pytest.raises(RunFileError, match=r"cannot write .*run\.h5: "):
        begun(tmp_path / "run.h5")
    assert not list(tmp_path.iterdir())


@pytest.fixture
def like_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """No locks, no call that takes room or reads at a place, and nothing that is open can be replaced."""
    monkeypatch.setattr(lock, "fcntl", None)
    for name in ("posix_fallocate", "pread", "pwrite"):
        monkeypatch.delattr(os, name)

    def refuse_open(*paths: Path) -> None:
        opened = {os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()}
        if opened & {os.path.realpath(path) for path in paths}:
            raise PermissionError(errno.EACCES, "it is being used by another process")

    replace, unlink = Path.replace, Path.unlink

    def replacing(path: Path, target: Path) -> Path:
        refuse_open(path, target)
        return replace(path, target)

    def unlinking(path: Path, missing_ok: bool = False) -> None:
        refuse_open(path)
        unlink(path, missing_ok=missing_ok)

    monkeypatch.setattr(Path, "replace", replacing)
    monkeypatch.setattr(Path, "unlink", unlinking)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="looks at what is open in /proc")
@pytest.mark.usefixtures("like_windows")
def test_where_an_open_file_cannot_be_replaced_runs_are_recorded_resumed_and_widened(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    writer = begun(path, dtype="float16")
    record(writer, 0)
    record(writer, 1, value=1e6)  # more than float16 holds: the file is written anew
    writer.close()
    training = unfinished(path)
    assert training is not None
    with RunWriter.resume(path, training) as resumed:
        record(resumed, 2)
    again = RunWriter.reopen(path)
    record(again, 3)
    again.finish()
    again.close()
    run = RunFile(path)
    assert run.complete and run.epochs.tolist() == [0, 1, 2, 3]
    assert run.weights(0, 4)[0][:, 0, 0].tolist() == [1, 1e6, 1, 1]
    assert [file.name for file in tmp_path.iterdir()] == ["run.h5"]
    begun(path, overwrite=True).close()
