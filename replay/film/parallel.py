"""Draw frames in parallel with several processes (multiprocessing), in order."""

from __future__ import annotations

import multiprocessing
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from replay.errors import OutputError
from replay.film.encoder.signals import leave_to_parent, put_off
from replay.film.frames import Drawable, drawn_frames
from replay.types import Array, Track

MAX_JOBS = 64


def shared_frames(
    drawable: Drawable,
    moments: Sequence[float],
    dpi: float | None = None,
    track: Track | None = None,
    decimals: int | None = None,
    jobs: int = 1,
) -> Generator[Array, None, None]:
    """Like `drawn_frames`, with `jobs` processes: each draws every `jobs`th moment.

    A process that is ahead waits until its frame is read, so frames do not pile up.
    """
    if not 1 <= jobs <= MAX_JOBS:
        raise OutputError(f"jobs must lie between 1 and {MAX_JOBS}, not {jobs}")
    jobs = min(jobs, len(moments)) if drawable.forkable else 1
    if jobs == 1:
        yield from drawn_frames(drawable, moments, dpi, track, decimals)
        return
    shares = [(drawable, moments[start::jobs], dpi, None, decimals) for start in range(jobs)]
    with _workers(shares) as pipes:
        numbers = range(len(moments))
        for number, _ in zip(numbers, track(moments) if track else moments, strict=True):
            yield _received(pipes[number % jobs])


def _received(pipe: Connection) -> Array:
    """The next frame from a process; raises the error that stopped the process, if any."""
    try:
        shape = pipe.recv()
        if isinstance(shape, BaseException):
            raise shape
        return np.frombuffer(pipe.recv_bytes(), dtype=np.uint8).reshape(shape)
    except EOFError as error:
        raise OutputError("a drawing process was killed, perhaps out of memory: use fewer jobs") from error


@contextmanager
def _no_warning_of_jaxs() -> Iterator[None]:
    """JAX, where it is loaded, warns of forked processes that use it. These draw, with NumPy alone."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"os\.fork\(\) was called", RuntimeWarning)
        yield


@contextmanager
def _workers(shares: list[tuple[Any, ...]]) -> Iterator[list[Connection]]:
    """Start a process for each share of the frames; yields the pipes to read them from."""
    ends: list[Connection] = []
    processes = []
    try:
        for share in shares:
            end, other = multiprocessing.Pipe(duplex=False)
            ends.append(end)
            process = multiprocessing.Process(target=_draw, args=(other, ends, *share), daemon=True)
            with put_off(), _no_warning_of_jaxs():  # an interruption during the start would leave it running
                process.start()
                processes.append(process)
            other.close()
        yield ends
    finally:
        for end in ends:
            end.close()
        for process in processes:
            process.terminate()
            process.join()


def _draw(pipe: Connection, ends: list[Connection], *share: Any) -> None:
    """In the child process: send each frame's shape and pixels, or the error that stopped it.

    Closes the inherited reading ends, so that the pipes break when the reading process dies.
    """
    leave_to_parent()
    for end in ends:
        end.close()
    with suppress(BrokenPipeError):  # the reader is gone
        _send_frames(pipe, *share)


def _send_frames(pipe: Connection, *share: Any) -> None:
    try:
        for frame in drawn_frames(*share):
            pipe.send(frame.shape)
            pipe.send_bytes(frame.data.cast("B"))
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - raised again by the reading process
        pipe.send(error)
