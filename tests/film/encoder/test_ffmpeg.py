"""The child process: what it is given, how it ends, and what is left when it ends badly."""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from replay.errors import OutputError
from replay.film.encoder import ffmpeg

LOSSLESS = ["-c:v", "ffv1", "-pix_fmt", "bgra"]
FRAME = np.full((480, 640, 4), 255, dtype=np.uint8)


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    """No test leaves a thread, a process or an open file of its own behind."""
    threads, files = set(threading.enumerate()), _open_files()
    yield
    assert set(threading.enumerate()) <= threads
    assert not _children()
    assert _open_files() <= files


def _open_files() -> int:
    folder = Path("/proc/self/fd")
    return len(list(folder.iterdir())) if folder.exists() else 0


def _children() -> list[int]:
    """The processes called ffmpeg, or made by these tests, whose parent is this one, zombies included."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children")
    ours = [int(child) for child in listed.read_text().split()] if listed.exists() else []
    return [child for child in ours if "ffmpeg" in Path(f"/proc/{child}/comm").read_text()]


def program(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Let a shell script stand for ffmpeg."""
    path = folder / "ffmpeg-of-a-test"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(path.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(path))


def write_many(path: Path, n: int = 1000) -> None:
    with ffmpeg.encoder(path, (640, 480), 20, LOSSLESS) as write:
        for _ in range(n):
            write(FRAME)


def test_every_frame_arrives_unchanged_though_its_buffer_is_used_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 256, (40, 33, 21, 4), dtype=np.uint8)
    path, buffer = tmp_path / "film.mkv", np.empty_like(frames[0])
    with ffmpeg.encoder(path, (21, 33), 12.5, LOSSLESS) as write:
        for frame in frames:
            buffer[:] = frame
            write(buffer)
            buffer[:] = 0
    with av.open(str(path)) as film:
        assert film.streams.video[0].average_rate == 12.5
        found = [picture.to_ndarray(format="rgba") for picture in film.decode(video=0)]
    np.testing.assert_array_equal(found, frames)


def test_frames_may_lie_in_memory_in_any_order(tmp_path: Path) -> None:
    frame = np.random.default_rng(0).integers(0, 256, (33, 21, 4), dtype=np.uint8)
    path = tmp_path / "film.mkv"
    with ffmpeg.encoder(path, (21, 33), 20, LOSSLESS) as write:
        write(frame[::-1, ::-1])
        write(np.asfortranarray(frame))
    with av.open(str(path)) as film:
        first, second = (picture.to_ndarray(format="rgba") for picture in film.decode(video=0))
    np.testing.assert_array_equal(first, frame[::-1, ::-1])
    np.testing.assert_array_equal(second, frame)


def test_a_colon_in_a_name_is_no_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with ffmpeg.encoder(Path("run:1.mkv"), (640, 480), 20, LOSSLESS) as write:
        write(FRAME)
    assert (tmp_path / "run:1.mkv").stat().st_size


@pytest.mark.slow
def test_the_callers_thread_is_free_while_ffmpeg_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, tmp_path, "sleep 0.6; exec cat >/dev/null")
    start = time.perf_counter()
    with ffmpeg.encoder(tmp_path / "film.mkv", (640, 480), 20, []) as write:
        for _ in range(ffmpeg.WAITING):
            write(FRAME)
        assert time.perf_counter() - start < 0.5
    assert time.perf_counter() - start >= 0.6


def test_ffmpegs_own_reason_is_told_in_one_line_and_not_in_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(OutputError, match=r"^ffmpeg failed: [^\n]*nonsense[^\n]*$"),
        ffmpeg.encoder(tmp_path / "film.mkv", (640, 480), 20, ["-c:v", "nonsense"]) as write,
    ):
        for _ in range(100):
            write(FRAME)
    assert capfd.readouterr() == ("", "")


def test_an_ffmpeg_that_is_killed_half_way_is_an_error_soon_after(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        pytest.raises(OutputError, match=r"ended by signal 9, Killed$"),
        ffmpeg.encoder(tmp_path / "film.mkv", (640, 480), 20, LOSSLESS) as write,
    ):
        for number in range(10_000):
            write(FRAME)
            if number == 5:
                (child,) = _children()
                os.kill(child, signal.SIGKILL)
            assert number < 50
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("script", ["exit 3", "head -c 2000000 >/dev/null; exit 3"])
def test_an_ffmpeg_that_ends_while_the_queue_is_full_does_not_block(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    program(monkeypatch, tmp_path, script)
    with pytest.raises(OutputError, match="it gave no reason"):
        write_many(tmp_path / "film.mkv")


def test_an_ffmpeg_that_ends_well_before_it_has_every_frame_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(monkeypatch, tmp_path, "exit 0")
    with pytest.raises(OutputError, match="ffmpeg failed"):
        write_many(tmp_path / "film.mkv")


def test_an_ffmpeg_that_fails_after_the_last_frame_has_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "echo 'av_write: No space left on device' >&2; echo 'Conversion failed' >&2"
    program(monkeypatch, tmp_path, f"cat >/dev/null; {words}; exit 1")
    with pytest.raises(OutputError, match=r"^ffmpeg failed: No space left on device$"):
        write_many(tmp_path / "film.mkv", 3)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, BrokenPipeError, OSError])
def test_an_error_of_the_caller_passes_though_a_write_is_blocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    program(monkeypatch, tmp_path, "exec sleep 60")  # reads nothing
    start = time.perf_counter()
    with pytest.raises(error), ffmpeg.encoder(tmp_path / "film.mkv", (640, 480), 20, []) as write:
        write(FRAME)
        write(FRAME)
        raise error
    assert time.perf_counter() - start < 10


def test_without_an_ffmpeg_the_error_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> str:
        raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", missing)
    with pytest.raises(OutputError, match=r"^there is no ffmpeg: install imageio-ffmpeg.*IMAGEIO_FFMPEG_EXE"):
        write_many(tmp_path / "film.mkv", 1)


def test_an_ffmpeg_that_cannot_be_started_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(tmp_path / "nowhere"))
    with pytest.raises(OutputError, match=r"nowhere: No such file.*install"):
        write_many(tmp_path / "film.mkv", 1)
