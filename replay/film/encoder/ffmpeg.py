"""Run ffmpeg as a child process and pipe frames to it while they are drawn."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import numpy as np

from replay.errors import OutputError
from replay.film.encoder.signals import put_off
from replay.types import Array

Write = Callable[[Array], None]
WAITING = 2  # frames between drawing and encoding
INSTALL = "install imageio-ffmpeg again, or set the variable IMAGEIO_FFMPEG_EXE to an ffmpeg"


class _Stopped(Exception):
    """ffmpeg has stopped reading frames."""


@contextmanager
def encoder(path: Path, size: tuple[int, int], fps: float, arguments: Sequence[str]) -> Iterator[Write]:
    """Yield a function that encodes one RGBA frame (height, width, 4); `size` is (width, height).

    A thread passes frames on from a short queue, so drawing and encoding run in parallel. The file is
    complete when the block ends; if the block fails, ffmpeg is killed. Raises OutputError with ffmpeg's own
    reason if ffmpeg fails.
    """
    width, height = size
    command = [
        *(program(), "-y", "-v", "error", "-nostdin"),
        *("-f", "rawvideo", "-pix_fmt", "rgba", "-s", f"{width}x{height}", "-r", f"{fps:.6f}", "-i", "-"),
        *arguments,
        *("-fflags", "+bitexact"),  # no random numbers in the file: the same frames give the same bytes
        str(path.absolute()),  # a leading slash: ffmpeg would take a name with a colon for a URL
    ]
    # stderr goes to a file: a pipe that nobody reads could fill up and block ffmpeg.
    with tempfile.TemporaryFile() as words, _child(command, words) as process:
        try:
            with _beside(process) as write:
                yield write
            status = process.wait()
        except _Stopped:
            status = process.wait() or 1
        if status:
            words.seek(0)
            raise OutputError(f"ffmpeg failed: {_reason(status, words.read().decode(errors='replace'))}")


def program() -> str:
    """The path of the ffmpeg that comes with this package, or of another. Raises OutputError without any."""
    from imageio_ffmpeg import get_ffmpeg_exe  # here: only writing films needs it

    try:
        return get_ffmpeg_exe()
    except RuntimeError as error:
        raise OutputError(f"there is no ffmpeg: {INSTALL}") from error


@contextmanager
def _child(command: list[str], words: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process within the block; kill it at the end if it is still running.

    It is in its own session, so Ctrl+C in a terminal reaches only the block, which then kills it.
    """
    process = None
    try:
        with put_off():  # an interruption during the start would leave it running
            process = _started(command, words)
        yield process
    finally:
        if process is not None:
            process.kill()  # no effect on a process that has ended
            process.wait()
            if process.stdin is not None:
                with suppress(OSError):  # unread data in the pipe
                    process.stdin.close()


def _started(command: list[str], words: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=words,
            start_new_session=True,
        )
    except OSError as error:
        raise OutputError(f"ffmpeg cannot be started ({command[0]}: {error.strerror}): {INSTALL}") from error


@contextmanager
def _beside(process: subprocess.Popen[bytes]) -> Iterator[Write]:
    """Write frames to the process's pipe in a thread; close the pipe when the block ends.

    Once the process stops reading, the next write, or the end of the block, raises _Stopped.
    """
    pipe = process.stdin
    assert pipe is not None
    waiting: deque[Future[Array]] = deque()
    free: list[Array] = []  # buffers to reuse; copies are needed because the caller's frame changes

    def write(frame: Array) -> None:
        if len(waiting) >= WAITING:
            free.append(waiting.popleft().result())
        copy = free.pop() if free else np.empty_like(frame, order="C")
        np.copyto(copy, frame)
        waiting.append(thread.submit(passed_on, copy))

    def passed_on(copy: Array) -> Array:
        with _stopping():
            pipe.write(copy.data)
        return copy

    with ThreadPoolExecutor(1) as thread:
        try:
            yield write
            while waiting:
                waiting.popleft().result()
            with _stopping():
                pipe.close()
        except _Stopped:
            raise
        except BaseException:
            process.kill()  # unblocks a pending write, so that the thread can end
            raise


@contextmanager
def _stopping() -> Iterator[None]:
    """Turn an error of ffmpeg's pipe into _Stopped, to tell it from a BrokenPipeError of the caller."""
    try:
        yield
    except OSError as error:
        raise _Stopped from error


def _reason(status: int, words: str) -> str:
    """The most useful line of ffmpeg's error output."""
    lines = [re.sub(r"^(\[[^]]*\] *)+", "", line.strip()) for line in words.splitlines() if line.strip()]
    for known in ("No space left on device", "File too large", "Permission denied"):
        if any(known in line for line in lines):
            return known
    if status < 0:
        return f"it was ended by signal {-status}, {signal.strsignal(-status)}"
    return lines[0] if lines else "it gave no reason"  # later lines follow from the first
