"""What `replay watch` says of a run that another process writes."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, datasets, dense
from replay.cli import watch as watching
from replay.cli.watch import Glance, Pictures, Teller, follow, progress, watch
from replay.errors import RunFileError

pytestmark = pytest.mark.usefixtures("heeded_signals")
WRITER = """
import sys, time
import numpy as np
from replay import RunDescription, RunWriter, datasets, dense

path, epochs, pause, complete = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] == "complete"
layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
writer = RunWriter(path, description, *datasets.parabola(30))
rng = np.random.default_rng(0)
for epoch in range(epochs + 1):
    weights = [rng.normal(size=weight.shape).astype("float32") for _, weight in description.weight_paths]
    writer.snapshot(epoch, weights, {"loss": 1 / (1 + epoch), "accuracy": 0.5} if epoch else None)
    time.sleep(pause)
if complete:
    writer.finish()
    writer.close()
else:
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def begin() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start Python in a process of its own."""
    begun: list[subprocess.Popen[str]] = []

    def start(*arguments: Any) -> subprocess.Popen[str]:
        command = [sys.executable, *map(str, arguments)]
        pipe = subprocess.PIPE
        begun.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.communicate()


Begin = Callable[..., "subprocess.Popen[str]"]


def test_what_never_becomes_a_run_is_refused_in_time(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.h5")
    begun = time.monotonic()
    with pytest.raises(RunFileError, match="is a pipe or a device"):
        next(follow(tmp_path / "pipe.h5", timeout=60))
    (tmp_path / "noise.h5").write_bytes(b"noise" * 99)
    with pytest.raises(RunFileError, match="is not an HDF5 file"):
        next(follow(tmp_path / "noise.h5", timeout=0.2, pause=0.05))
    assert time.monotonic() - begun < 2


@pytest.mark.slow
def test_a_run_is_followed_from_before_its_file_is_there_to_its_end(begin: Begin, tmp_path: Path) -> None:
    run, page = tmp_path / "run.h5", tmp_path / "run.html"
    watcher = begin("-m", "replay", "watch", run, "-o", page, "--timeout", 60)
    begin("-c", WRITER, run, 12, 0.4, "complete")
    told, problems = watcher.communicate(timeout=60)
    assert (watcher.returncode, problems) == (0, "")
    epochs = [
        int(line.split()[1]) for line in told.splitlines() if line.startswith("epoch") and ":" not in line
    ]
    assert epochs == sorted(epochs)
    assert len(set(epochs)) >= 4  # it told while the other wrote
    assert told.splitlines()[-1] == f"epoch 12  loss {1 / 13:.4g}  accuracy 0.5"
    assert "the loss fell fastest" in told
    assert "12" in page.read_text()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run.h5", "run.html"]


@pytest.mark.slow
def test_a_killed_writer_is_noticed(begin: Begin, tmp_path: Path) -> None:
    run = tmp_path / "run.h5"
    writer = begin("-c", WRITER, run, 3, 0, "killed")
    assert writer.wait(30) == -signal.SIGKILL
    watcher = begin("-m", "replay", "watch", run, "--timeout", 1)
    told, problems = watcher.communicate(timeout=30)
    assert watcher.returncode == 3
    assert told.splitlines()[-1] == "epoch 3  loss 0.25  accuracy 0.5"
    assert problems == f"{run}: nothing new for 1 seconds: the training was cut short, or takes longer\n"


@pytest.mark.slow
def test_ctrl_c_ends_it_quietly(begin: Begin, make_run: Any) -> None:
    watcher = begin("-m", "replay", "watch", make_run(complete=False))
    assert watcher.stdout is not None
    assert watcher.stdout.readline()
    watcher.send_signal(signal.SIGINT)
    _, problems = watcher.communicate(timeout=30)
    assert (watcher.returncode, problems) == (130, "")


# Following


def test_a_complete_run_is_seen_once(make_run: Any) -> None:
    (look,) = follow(make_run(n_snapshots=4), timeout=5, pause=0)
    assert look.complete
    assert look.recording.n_snapshots == 4


def test_a_run_that_goes_on_no_more_is_given_up(make_run: Any) -> None:
    began = time.monotonic()
    (look,) = follow(make_run(complete=False), timeout=0.3, pause=0.01)
    assert not look.complete
    assert 0.3 <= time.monotonic() - began < 5


def test_a_file_that_does_not_come_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"nowhere\.h5 did not appear within 0\.1 seconds"):
        list(follow(tmp_path / "nowhere.h5", timeout=0.1, pause=0.01))


def test_a_file_that_is_none_of_ours_is_told_of_long_before_the_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "GRACE", 0.1)
    (tmp_path / "run.h5").write_bytes(b"no HDF5 at all" * 10)
    with pytest.raises(RunFileError, match="not an HDF5 file"):
        list(follow(tmp_path / "run.h5", timeout=60, pause=0.01))


@pytest.mark.slow
def test_every_epoch_that_comes_is_seen_in_the_end(tmp_path: Path) -> None:
    """Written in this process, as fast as it goes: what is told last is all that there is."""
    path = tmp_path / "run.h5"
    description = RunDescription(layers=(dense("output", 2, 1, "sigmoid"),), loss={"name": "mse"})

    def write() -> None:
        with RunWriter(path, description, *datasets.parabola(10)) as writer:
            for epoch in range(40):
                weights = [np.full(weight.shape, epoch, "float32") for _, weight in description.weight_paths]
                writer.snapshot(epoch, weights)
                time.sleep(0.03)

    writing = threading.Thread(target=write)
    writing.start()
    looks = [(look.recording.n_snapshots, look.complete) for look in follow(path, timeout=20, pause=0.01)]
    writing.join()
    assert looks == sorted(looks)
    assert len(looks) > 2
    assert looks[-1] == (40, True)


# Telling


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_on_a_terminal_the_line_is_written_over_and_milestones_stay(make_run: Any) -> None:
    """As a terminal shows it: what follows a return and a clearing takes the place of what was there."""
    terminal = Terminal()
    teller = Teller(terminal)
    for n_snapshots in (3, 9):
        path = make_run(f"{n_snapshots}.h5", n_snapshots=n_snapshots)
        teller.tell(Glance(Recording(path), complete=n_snapshots == 9))
    teller.end()
    shown = [line.split("\x1b[K")[-1] for line in terminal.getvalue().rstrip("\n").split("\n")]
    assert [line for line in shown if ":" not in line] == ["epoch 8  loss 0.1111  accuracy 0.8889"]
    assert all(":" in line for line in shown[:-1])


def test_a_milestone_is_told_once_and_a_plateau_only_at_the_end(make_run: Any) -> None:
    path = make_run(n_snapshots=9, seed=3)
    expected = [f"epoch {each.epoch:g}: {each.text}" for each in watching._milestones(Recording(path))]
    later = [line for line in expected if "fell fastest" in line or "stays near" in line]
    assert later
    stream, lines = io.StringIO(), []
    teller = Teller(stream)
    for complete in (False, False, True):
        teller.tell(Glance(Recording(path), complete))
        lines.append(stream.getvalue().splitlines())
        stream.truncate(0)
        stream.seek(0)
    assert lines[0] == [*(line for line in expected if line not in later), progress(Recording(path))]
    assert lines[1] == [progress(Recording(path))]
    assert lines[2] == [*later, progress(Recording(path))]


def test_what_a_terminal_would_obey_is_not_sent_to_it(make_run: Any) -> None:
    stream = io.StringIO()
    recording = Recording(make_run())
    recording.__dict__["_history"] = np.arange(2.0), {"loss\x1b[2J": np.ones(2)}
    Teller(stream).tell(Glance(recording, complete=True))
    assert "loss" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_without_logs_the_last_snapshot_is_told(make_run: Any) -> None:
    assert progress(Recording(make_run(logs=False))) == "epoch 4"


@pytest.mark.parametrize("moment", ["told", "drawn"])
def test_a_file_that_is_replaced_while_it_is_looked_at_is_looked_at_again(make_run: Any, moment: str) -> None:
    """As by a resumed training, or by weights that overflow: what was read last is not what lies there."""
    path, replaced = make_run(n_snapshots=3, complete=False), []

    def replace() -> None:
        if not replaced:
            replaced.append(make_run("new.h5", n_snapshots=7).replace(path))

    class Slow(Teller):
        def tell(self, look: Glance) -> None:
            if moment == "told":
                replace()
            super().tell(look)

    def draw(recording: Recording) -> None:
        replace()
        recording.weights_at(0)
        drawn.append(recording.epochs[-1])

    drawn: list[float] = []
    stream = io.StringIO()
    assert watching.show(path, 5, Slow(stream), Pictures(draw))
    assert drawn == [6]
    assert "epoch 6  loss" in stream.getvalue().splitlines()[-1]


def test_a_file_that_is_damaged_while_it_is_looked_at_ends_it(make_run: Any) -> None:
    def draw(recording: Recording) -> None:
        raise RunFileError("it is damaged")

    with pytest.raises(RunFileError, match="it is damaged"):
        watching.show(make_run(), 5, Teller(io.StringIO()), Pictures(draw))


# Pictures


def test_pictures_cost_a_tenth_of_the_time_and_the_last_is_drawn(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    drawn: list[float] = []

    def draw(recording: Recording) -> None:
        drawn.append(now[0])
        now[0] += 2

    pictures, recording = Pictures(draw), Recording(make_run())
    for second in range(60):
        now[0] = max(now[0], second)
        pictures.update(recording)
    pictures.finish()
    pictures.finish()
    assert drawn == [0.0, 22.0, 44.0, 59.0]


def test_a_group_of_a_file_is_not_waited_for(make_run: Any) -> None:
    with pytest.raises(RunFileError, match="is a file: --group is for a folder"):
        watch(make_run("a.h5"), group="a")
