"""Whatever ends a recording, what was flushed before is there: each ending in a process of its own."""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.errors import RunFileError
from replay.storage.reader import RunFile
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import unfinished

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
Array = np.ndarray
N_KILLED = 100
UNITS = 60


def describe() -> RunDescription:
    layers = (dense("hidden", 2, UNITS, "tanh"), dense("output", UNITS, 1, "sigmoid"))
    return RunDescription(layers=layers, loss={"name": "binary_crossentropy"})


SHAPES = [weight.shape for _, weight in describe().weight_paths]
STATE = StateLayout([{"name": "all", "shape": [500], "dtype": "float32"}])


def begun(path: Path, **options: bool) -> RunWriter:
    return RunWriter(path, describe(), np.zeros((4, 2), "f4"), np.array([0, 1, 0, 1]), state=STATE, **options)


def record(writer: RunWriter, epoch: int) -> None:
    weights = [np.full(shape, epoch, "f4") for shape in SHAPES]
    writer.snapshot(epoch, weights, {"loss": epoch / 8}, [np.full(500, epoch, "f4")])


def assert_holds(path: Path, last: int) -> None:
    """The file has every epoch up to `last`, or more, each as it was written, and the state of its newest."""
    file = RunFile(path)
    n = len(file.epochs)
    assert n > last
    np.testing.assert_array_equal(file.epochs, np.arange(n))
    for array in file.weights(0, n):
        assert (array == np.arange(n).reshape(n, *[1] * (array.ndim - 1))).all()
    epochs, history = file.history()
    assert len(epochs) >= n
    np.testing.assert_array_equal(history["loss"], epochs / 8)
    assert not file.complete
    training = unfinished(path)
    assert training is not None and training.epoch >= last
    assert (training.state.arrays(training.layout)[0] == training.epoch).all()


@contextmanager
def child(work: Callable[[Callable[[int], None]], None]) -> Iterator[tuple[int, Callable[[], list[int]]]]:
    """A process that does the work and tells numbers; the second value waits for its end, and reads them."""
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        try:
            os.close(reading)
            work(lambda number: os.write(writing, b"%d\n" % number) and None)
        finally:
            os._exit(0)
    os.close(writing)

    def told() -> list[int]:
        with os.fdopen(reading) as pipe:
            lines = pipe.read().split("\n")
        return [int(line) for line in lines[:-1]]

    try:
        yield process, told
    finally:
        os.kill(process, signal.SIGKILL)  # where a test fails, it may wait for ever
        os.waitpid(process, 0)


@pytest.mark.slow
def test_a_hundred_recordings_that_are_killed_at_random_moments_lose_nothing(tmp_path: Path) -> None:
    code = "import sys; from tests.whole import test_killed; test_killed.kill_a_hundred(sys.argv[1])"
    done = subprocess.run(  # apart from this process, which may hold TensorFlow: to fork it takes long
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{N_KILLED} killed\n"), done.stderr


def kill_a_hundred(folder: str) -> None:
    """Kill so many recordings in this folder, and look at what is left of each."""
    rng = np.random.default_rng(0)
    for number in range(N_KILLED):
        path = Path(folder) / f"{number}.h5"

        def work(tell: Callable[[int], None], path: Path = path) -> None:
            writer = begun(path)
            for epoch in range(100_000):
                record(writer, epoch)
                tell(epoch)

        with child(work) as (process, told):
            while not path.exists():
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.06))  # up to some 80 epochs, for which the file has grown twice
            os.kill(process, signal.SIGKILL)
            epochs = told()
        if epochs:
            assert_holds(path, epochs[-1])
        path.unlink()
    print(f"{N_KILLED} killed")


# No room


def without_room(path: Path, errors: Path, limit: Callable[[], None]) -> tuple[list[int], str]:
    """Record until there is no more room: the epochs that were told, and the error."""

    def work(tell: Callable[[int], None]) -> None:
        writer = begun(path)
        limit()
        try:
            for epoch in range(5000):
                record(writer, epoch)
                tell(epoch)
        except RunFileError as error:
            with pytest.raises(RunFileError):  # nor does the next one bring it down
                record(writer, 5000)
            writer.close()
            tell(-1)
            sys.stderr.write(str(error))

    with child(lambda tell: redirected(errors, work, tell)) as (_, told):
        epochs = told()
    return epochs, errors.read_text()


def redirected(
    errors: Path, work: Callable[[Callable[[int], None]], None], tell: Callable[[int], None]
) -> None:
    with errors.open("w") as file:
        sys.stderr = file
        work(tell)


def and_slowly(*rooms: int) -> list[Any]:
    """Rooms in which so much is recorded that it takes a while."""
    return [pytest.param(room, marks=pytest.mark.slow) for room in rooms]


@pytest.mark.slow
@pytest.mark.parametrize(
    "room", [0, 1, 350_000, 400_000, 420_123, 450_000, *and_slowly(500_000, 600_001, 700_000, 900_000)]
)
def test_a_limit_on_the_size_of_files_loses_nothing_that_was_flushed(tmp_path: Path, room: int) -> None:
    path = tmp_path / "run.h5"

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + room,) * 2)

    epochs, error = without_room(path, tmp_path / "error", limit)
    assert epochs[-1] == -1 and f"cannot write {path}: File too large" in error
    if len(epochs) > 1:
        assert_holds(path, epochs[-2])
    assert len(epochs) > 1 or room < 450_000


@pytest.mark.slow
@pytest.mark.parametrize("n_names", [9, 400, 3000])
@pytest.mark.parametrize("room", [50_000, 200_000, 300_000, 600_000, 1_200_000])
def test_a_limit_on_the_size_of_files_is_noticed_before_many_new_metrics_are_written(
    tmp_path: Path, n_names: int, room: int
) -> None:
    path = tmp_path / "run.h5"

    def work(tell: Callable[[int], None]) -> None:
        writer = begun(path)
        for epoch in range(3):
            record(writer, epoch)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        size = writer._file.id.get_filesize()
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + room,) * 2)
        logs = {f"metric {number}": 1.0 for number in range(n_names)}
        with contextlib.suppress(RunFileError):
            for epoch in range(3, 40):
                writer.snapshot(epoch, None, logs | {"loss": epoch / 8}, [np.full(500, epoch, "f4")])
        writer.close()
        tell(-1)

    with child(work) as (_, told):
        assert told() == [-1]
    assert_finished(path, 2)


def assert_finished(path: Path, last: int) -> None:
    """The snapshots up to `last`, as they were written, and what was logged since."""
    file = RunFile(path)
    np.testing.assert_array_equal(file.epochs, np.arange(last + 1))
    epochs, history = file.history()
    np.testing.assert_array_equal(history["loss"], epochs / 8)
    training = unfinished(path)
    assert training is not None and training.epoch == epochs[-1]


@pytest.fixture(scope="module")
def small_disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 2 MB, where one may be mounted."""
    place = tmp_path_factory.mktemp("disk")
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("no file system can be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    "free",
    [
        *(0, 4096, 100_000, 300_000, 400_000, 450_000),
        *and_slowly(500_000, 700_000, 1_000_000, 1_100_000),
    ],
)
def test_a_full_disk_loses_nothing_that_was_flushed(small_disk: Path, tmp_path: Path, free: int) -> None:
    path = small_disk / "run.h5"

    def fill() -> None:
        room = os.statvfs(small_disk)
        (small_disk / "other").write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - free)))

    try:
        epochs, error = without_room(path, tmp_path / "error", fill)
        assert epochs[-1] == -1 and f"cannot write {path}: No space left on device" in error
        if len(epochs) > 1:
            assert_holds(path, epochs[-2])
        assert len(epochs) > 1 or free < 450_000
    finally:
        for file in small_disk.iterdir():
            file.unlink()


def test_a_recording_that_finds_no_room_to_begin_leaves_nothing(small_disk: Path) -> None:
    (small_disk / "other").write_bytes(bytes(1_500_000))
    try:
        with pytest.raises(RunFileError, match="No space left on device"):
            begun(small_disk / "run.h5")
        assert [file.name for file in small_disk.iterdir()] == ["other"]
    finally:
        (small_disk / "other").unlink()


def test_the_room_that_was_not_used_is_given_back(tmp_path: Path) -> None:
    """A closed file is as long as HDF5 says."""
    writer = begun(tmp_path / "run.h5")
    record(writer, 0)
    writer._make_room(new_names=2_000)  # for metrics that never come
    taken = (tmp_path / "run.h5").stat().st_size
    writer.close()
    assert (tmp_path / "run.h5").stat().st_size < taken - 100_000
    superblock = (tmp_path / "run.h5").read_bytes()[:36]
    assert (tmp_path / "run.h5").stat().st_size == int.from_bytes(superblock[28:36], "little")
    assert_holds(tmp_path / "run.h5", 0)


# Two recorders


@pytest.mark.slow
@pytest.mark.parametrize("way", ["overwrite", "resume", "reopen"])
def test_a_second_recorder_is_refused_while_the_first_lives_and_harms_nothing(
    tmp_path: Path, way: str
) -> None:
    path, go_on = tmp_path / "run.h5", tmp_path / "go on"

    def work(tell: Callable[[int], None]) -> None:
        writer = begun(path)
        for epoch in range(5):
            record(writer, epoch)
        tell(4)
        while not go_on.exists():
            time.sleep(0.01)
        record(writer, 5)
        tell(5)

    def second() -> RunWriter:
        if way == "overwrite":
            return begun(path, overwrite=True)
        training = unfinished(path)
        assert training is not None
        return RunWriter.resume(path, training) if way == "resume" else RunWriter.reopen(path)

    with child(work) as (_, told):
        while not path.exists() or interrupted_at(path) < 4:
            time.sleep(0.01)
        with pytest.raises(RunFileError, match=r"run\.h5 is being written by another recorder"):
            second()
        go_on.touch()
        assert told() == [4, 5]
    assert_holds(path, 5)
    if way != "reopen":
        second().close()  # nobody is left who could mind


def interrupted_at(path: Path) -> float:
    training = unfinished(path)
    return -1 if training is None else training.epoch


def test_another_thread_that_records_is_not_disturbed(tmp_path: Path) -> None:
    path, done = tmp_path / "run.h5", threading.Event()
    ready = threading.Event()

    def work() -> None:
        writer = begun(path)
        record(writer, 0)
        ready.set()
        done.wait(10)
        record(writer, 1)
        writer.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert ready.wait(10)
    try:
        with pytest.raises(RunFileError, match="is being written by another recorder"):
            begun(path, overwrite=True)
    finally:
        done.set()
        thread.join()
    assert_holds(path, 1)
    begun(path, overwrite=True).close()


@pytest.mark.slow
def test_of_many_that_begin_at_once_one_records(tmp_path: Path) -> None:
    path, go = tmp_path / "run.h5", tmp_path / "go"

    def work(tell: Callable[[int], None]) -> None:
        while not go.exists():
            pass
        try:
            writer = begun(path)
        except RunFileError:
            tell(0)
            return
        record(writer, 0)
        time.sleep(0.3)
        record(writer, 1)
        tell(1)

    with child(work) as (_, one), child(work) as (_, two), child(work) as (_, three):
        go.touch()
        assert sorted([*one(), *two(), *three()]) == [0, 0, 1]
    assert_holds(path, 1)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["go", "run.h5"]
