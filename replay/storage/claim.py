"""The right to write a run file, which one recorder has at a time.

A writer holds a shared lock on its file, beside which others may read. Who wants to replace the file asks for
an exclusive one first. The system drops a lock with the process that holds it, however that ends.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol
from weakref import WeakValueDictionary

from replay.errors import RunFileError
from replay.storage.layout import identity

try:
    import fcntl
except ImportError:  # on Windows, which keeps a file that is open from being replaced
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0  # seconds for which somebody may read the file, and so keep it from being claimed
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)  # what file systems without locks answer


class Writer(Protocol):
    """What writes a file in this process."""

    thread: threading.Thread

    def release(self) -> None:
        """Leave the file."""


_WRITERS: WeakValueDictionary[tuple[int, int], Writer] = WeakValueDictionary()


def hold(file: BinaryIO, writer: Writer, name: Path) -> None:
    """Hold an open file for `writer` until it is closed; errors call it by `name`."""
    if not _locked(file.fileno(), exclusive=False):
        raise _in_use(name)
    _WRITERS[_identity_of(file.fileno())] = writer


@contextmanager
def letting_go(file: BinaryIO) -> Iterator[None]:
    """Do the last that is to be done with a file that is held, and hold it no longer."""
    with file:
        try:
            yield
        finally:
            _WRITERS.pop(_identity_of(file.fileno()), None)
            _unlock(file.fileno())  # else a process that was forked meanwhile would keep the lock


@contextmanager
def sole(path: Path, name: Path) -> Iterator[None]:
    """Nobody else writes the file at `path`, if there is one; errors call it by `name`.

    A recorder of this thread that did not come to its end, as after Ctrl-C in a notebook, leaves it.
    """
    if not path.is_file():
        yield
        return
    _take_over(path, name)
    if fcntl is None:
        yield
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _locked(descriptor, exclusive=True):
            if time.monotonic() > deadline:
                raise _in_use(name)
            time.sleep(0.01)
        if path.is_file() and identity(path) != _identity_of(descriptor):  # replaced while we waited
            raise _in_use(name)
        yield
    finally:
        os.close(descriptor)


def _take_over(path: Path, name: Path) -> None:
    writer = _WRITERS.get(identity(path))
    if writer is None:
        return
    if writer.thread is not threading.current_thread() and writer.thread.is_alive():
        raise _in_use(name)
    writer.release()


def _in_use(name: Path) -> RunFileError:
    return RunFileError(
        f"{name} is being recorded by somebody else: wait until that has ended, or choose another name"
    )


def _identity_of(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def replaces_open_files() -> bool:
    """Whether a file can be replaced while it is open, here or elsewhere."""
    return fcntl is not None


def _locked(descriptor: int, exclusive: bool) -> bool:
    """Lock a file, and tell whether that was possible."""
    return fcntl is None or _done(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)


def _unlock(descriptor: int) -> None:
    if fcntl is not None:
        _done(descriptor, fcntl.LOCK_UN)


def _done(descriptor: int, operation: int) -> bool:
    """Lock or unlock, and tell whether that was possible; where there are no locks, it counts as done."""
    try:
        fcntl.flock(descriptor, operation)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno not in NO_LOCKS:
            raise
    return True
