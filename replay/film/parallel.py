"""Frames drawn by several processes, in order."""

from __future__ import annotations

import multiprocessing
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
    """What `drawn_frames` gives, drawn by `jobs` processes: each takes every `jobs`th moment.

    A process that is ahead waits until its frame is asked for, so that no frames pile up.
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
    """The next frame out of a process; raises what stopped the process, if something did."""
    try:
        shape = pipe.recv()
        if isinstance(shape, BaseException):
            raise shape
        return np.frombuffer(pipe.recv_bytes(), dtype=np.uint8).reshape(shape)
    except EOFError as error:
        raise OutputError("a process that drew was ended, perhaps for its memory: use fewer jobs") from error


@contextmanager
def _workers(shares: list[tuple[Any, ...]]) -> Iterator[list[Connection]]:
    """A process for each share of the frames, and the ends of the pipes that they come out of."""
    ends: list[Connection] = []
    processes = []
    try:
        for share in shares:
            end, other = multiprocessing.Pipe(duplex=False)
            ends.append(end)
            process = multiprocessing.Process(target=_draw, args=(other, ends, *share), daemon=True)
            with put_off():  # an interruption while it starts would leave it to itself
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
    """Draw in a process: send the shape of each frame and the frame, or the error that stopped it.

    The other ends of the pipes are closed here, so that they break when the process that reads them dies.
    """
    leave_to_parent()
    for end in ends:
        end.close()
    with suppress(BrokenPipeError):  # nobody reads any more
        _send_frames(pipe, *share)


def _send_frames(pipe: Connection, *share: Any) -> None:
    try:
        for frame in drawn_frames(*share):
            pipe.send(frame.shape)
            pipe.send_bytes(frame.data.cast("B"))
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - raised again by the process that asked
        pipe.send(error)
