"""Signal handling: clean up on SIGTERM and SIGHUP as on Ctrl+C, and defer signals while a process starts."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

STOPPING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
INTERRUPTING = (signal.SIGINT, *STOPPING)


def clean_up_when_stopped() -> None:
    """Exit with an exception on SIGTERM and SIGHUP, so that cleanup code runs.

    Signals that the caller ignores stay ignored, as SIGHUP under nohup.
    """
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(number: int, frame: Any) -> None:
    for other in STOPPING:  # a second signal would interrupt the cleanup
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextmanager
def put_off() -> Iterator[None]:
    """Defer interruptions until the block ends, where an exception would leak a new resource."""
    if threading.current_thread() is not threading.main_thread():  # signals reach the main thread only
        yield
        return
    came: list[int] = []
    handlers = {
        number: signal.signal(number, lambda number, frame: came.append(number))
        for number in INTERRUPTING
        if callable(signal.getsignal(number))
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Yield a temporary folder; nothing of it is left, at whatever moment a signal comes."""
    import tempfile  # here: it takes its time, and the command line's help needs none

    with put_off():
        folder = tempfile.TemporaryDirectory()
    try:
        yield Path(folder.name)
    finally:
        with put_off():
            folder.cleanup()


def leave_to_parent() -> None:
    """In a child process: ignore Ctrl+C, which the parent handles; SIGTERM and SIGHUP end it at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
