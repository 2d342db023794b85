"""Being told to stop: the ways to clean up that Ctrl+C opens are opened to SIGTERM and SIGHUP too."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

STOPPING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
INTERRUPTING = (signal.SIGINT, *STOPPING)


def clean_up_when_stopped() -> None:
    """Leave the process as by an exception when it is told to stop, so that what it began is put away.

    What the caller of the process ignores, as nohup does SIGHUP, is still ignored.
    """
    for number in STOPPING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _leave)


def _leave(number: int, frame: Any) -> None:
    for other in STOPPING:  # one is enough: a second would stop the putting away
        signal.signal(other, signal.SIG_IGN)
    raise SystemExit(128 + number)


@contextmanager
def put_off() -> Iterator[None]:
    """Let interruptions wait until the block ends: where an exception would lose sight of something new."""
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted
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


def leave_to_parent() -> None:
    """In a child process: Ctrl+C is the parent's business, and being told to stop ends the child at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in STOPPING:
        signal.signal(number, signal.SIG_DFL)
