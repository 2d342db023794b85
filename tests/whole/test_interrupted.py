"""A rendering that is stopped half-way leaves the older output as it was, and nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import numpy as np
import pytest

from replay import Replay
from replay.drawing.composition import Composition
from replay.drawing.sizes import Size
from replay.errors import OutputError
from replay.film.encoder import signals

pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="processes are found in /proc"),
    pytest.mark.usefixtures("heeded_signals"),
]
OLDER = b"an older picture"
ENDED = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}


OF_A_MINUTE = {"n_snapshots": 40}  # with TWEEN, many more frames than are drawn before it is stopped
TWEEN = 40


class Rendering:
    """`replay render` in a process of its own, in a folder with an older output, and all that it starts."""

    def __init__(self, run: Path, name: str, jobs: int) -> None:
        self.output = run.with_name(name)
        self.output.write_bytes(OLDER)
        self.temporary = run.parent / "temporary"
        self.temporary.mkdir()
        self.before = set(run.parent.iterdir())
        self._mark = f"RENDERING={uuid.uuid4().hex}"
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "replay",
                "render",
                str(run),
                "-o",
                str(self.output),
                f"--jobs={jobs}",
                f"--tween={TWEEN}",
            ],
            env={**os.environ, "TMPDIR": str(self.temporary), **dict([self._mark.split("=")])},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def processes(self) -> dict[int, str]:
        """The number and command of each process that has this rendering's mark in its environment."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                if self._mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found[int(folder.name)] = (folder / "comm").read_text().strip()
            except OSError:  # it has just ended, or is somebody else's
                continue
        return found

    def wait_until(self, holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not holds():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, "it never came so far"
            time.sleep(0.01)

    def is_encoding(self) -> bool:
        return any("ffmpeg" in name for name in self.processes().values())

    def ended(self) -> tuple[int, str]:
        """The exit status and what was said; nothing is left then."""
        _, said = self.process.communicate(timeout=60)
        assert self.processes() == {}
        assert set(self.output.parent.iterdir()) == self.before
        assert list(self.temporary.iterdir()) == []
        return self.process.returncode, said


@pytest.fixture
def rendering(make_run: Any) -> Iterator[Callable[..., Rendering]]:
    begun: list[Rendering] = []

    def begin(name: str, jobs: int = 1) -> Rendering:
        begun.append(Rendering(make_run(**OF_A_MINUTE), name, jobs))
        return begun[-1]

    yield begin
    for each in begun:
        for number in each.processes():
            os.kill(number, signal.SIGKILL)
        each.process.communicate()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "jobs", "number"),
    [
        ("film.gif", 1, signal.SIGINT),
        ("film.mp4", 2, signal.SIGINT),
        ("film.mp4", 1, signal.SIGTERM),
        ("film.gif", 2, signal.SIGTERM),
        ("film.webp", 2, signal.SIGHUP),
    ],
)
def test_a_rendering_that_is_told_to_stop_puts_everything_away(
    rendering: Callable[..., Rendering], name: str, jobs: int, number: signal.Signals
) -> None:
    begun = rendering(name, jobs)
    begun.wait_until(begun.is_encoding)
    time.sleep(0.2)  # some frames
    assert len(begun.processes()) == (2 if jobs == 1 else 2 + jobs)
    assert set(begun.output.parent.iterdir()) > begun.before
    os.killpg(begun.process.pid, number)  # as a terminal does: the processes that draw hear of it too
    status, said = begun.ended()
    assert status == ENDED[number]
    assert "Traceback" not in said
    assert begun.output.read_bytes() == OLDER


@pytest.mark.slow
def test_at_whatever_moment_it_is_stopped_nothing_stays_behind(make_run: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    for trial, delay in enumerate(rng.uniform(0.4, 1.9, 8)):
        run = make_run(**OF_A_MINUTE)
        folder = tmp_path / f"trial-{trial}"
        folder.mkdir()
        begun = Rendering(run.rename(folder / "run.h5"), "film.gif", jobs=1 + trial % 2)
        time.sleep(delay)
        begun.process.send_signal(signal.SIGTERM if trial % 4 < 2 else signal.SIGINT)
        begun.ended()
        assert begun.output.read_bytes() == OLDER


@pytest.mark.slow
def test_processes_that_draw_end_with_the_one_that_asked(rendering: Callable[..., Rendering]) -> None:
    """SIGKILL leaves nobody to put anything away: what is left is the part of a file, and no process."""
    begun = rendering("film.mp4", jobs=2)
    begun.wait_until(begun.is_encoding)
    begun.process.kill()
    begun.process.wait()
    end = time.monotonic() + 20
    while begun.processes() and time.monotonic() < end:
        time.sleep(0.05)
    assert begun.processes() == {}
    assert begun.output.read_bytes() == OLDER


# Exceptions, in this process


@pytest.fixture
def composition(make_run: Any) -> Composition:
    return Replay(make_run(n_snapshots=40)).view("dashboard", size=Size(300, 150))


def children() -> list[int]:
    return [int(each) for each in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_while_drawing_leaves_nothing(
    composition: Composition, tmp_path: Path, jobs: int, error: type[BaseException]
) -> None:
    (folder := tmp_path / "films").mkdir()
    (film := folder / "film.mp4").write_bytes(OLDER)
    before = children()

    def interrupted(moments: Any) -> Iterator[float]:
        yield from moments[:9]
        raise error("now")

    with pytest.raises(error):
        composition.animate().save(film, jobs=jobs, track=interrupted)
    assert children() == before
    assert multiprocessing.active_children() == []
    assert list(folder.iterdir()) == [film]
    assert film.read_bytes() == OLDER
    assert not any(artist.get_animated() for artist in composition.moving)  # stills show them again


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_when_the_encoder_fails_its_own_words_are_told_and_nothing_is_left(
    composition: Composition, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    script = tmp_path / "ffmpeg-of-a-test"
    script.write_text("#!/bin/sh\nhead -c 500000 >/dev/null\necho 'the tape is torn' >&2\nexit 1\n")
    script.chmod(0o755)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(script))
    (folder := tmp_path / "films").mkdir()
    before = children()
    with pytest.raises(OutputError, match=r"film\.mp4: ffmpeg failed: the tape is torn$") as kept:
        composition.animate().save(folder / "film.mp4", jobs=jobs)
    assert kept.value  # a notebook keeps the last error, and with it all that the error went through
    assert children() == before
    assert not any(artist.get_animated() for artist in composition.moving)  # stills show them again
    assert list(folder.iterdir()) == []


# Interruptions that wait


def test_an_interruption_waits_until_the_block_ends() -> None:
    reached = []
    with pytest.raises(KeyboardInterrupt), signals.put_off():
        signal.raise_signal(signal.SIGINT)
        reached.append("the end of the block")
    assert reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_in_a_thread_there_is_nothing_to_put_off() -> None:
    def run() -> None:
        with signals.put_off():
            done.append(True)

    done: list[bool] = []
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [True]


def test_what_the_caller_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {number: signal.getsignal(number) for number in signals.STOPPING}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signals.clean_up_when_stopped()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        with pytest.raises(SystemExit) as left:
            signal.raise_signal(signal.SIGTERM)
        assert left.value.code == 143
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# Two at once


@pytest.mark.slow
def test_of_two_renderings_to_one_output_one_whole_file_stays(make_run: Any, tmp_path: Path) -> None:
    output = tmp_path / "film.mp4"
    runs = [make_run("one.h5", n_snapshots=25), make_run("two.h5", n_snapshots=25, seed=1)]
    alone = []
    for run in runs:
        subprocess.run(command(run, output), check=True, capture_output=True)
        alone.append(output.read_bytes())
    assert alone[0] != alone[1]
    for process in [subprocess.Popen(command(run, output), stdout=subprocess.DEVNULL) for run in runs]:
        assert process.wait(60) == 0
    assert output.read_bytes() in alone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "one.h5", "two.h5"]


def command(run: Path, output: Path) -> list[str]:
    arguments = ["render", str(run), "-o", str(output), "--view", "curves", "--size", "200x120"]
    return [sys.executable, "-m", "replay", *arguments]


def test_two_threads_that_write_one_file_both_succeed(composition: Composition, tmp_path: Path) -> None:
    from replay.files import whole_file

    output = tmp_path / "page.html"
    with whole_file(output) as one, whole_file(output) as other:
        assert one != other
        one.write_text("one")
        other.write_text("other")
    assert output.read_text() == "one"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".html"] == ["page.html"]
