"""The right to write a run file, which one recorder has at a time.

A writer holds a shared lock on its file, beside which others may read. Who wants to replace the file asks for
an exclusive one first. The system drops a lock with the process that holds it, however that ends.
"""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Protocol, TypeVar
from weakref import WeakSet, WeakValueDictionary

from replay.errors import RunFileError
from replay.storage.format import identity

try:
    import fcntl
except ImportError:  # on Windows, which keeps a file that is open from being replaced
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0  # seconds for which somebody may read the file, and so keep it from being claimed
Result = TypeVar("Result")
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)  # what file systems without locks answer


class Writer(Protocol):
    """What writes a file in this process."""

    thread: threading.Thread

    def release(self) -> None:
        """Leave the file."""


_WRITERS: WeakValueDictionary[tuple[int, int], Writer] = WeakValueDictionary()
_HELD: WeakSet[BinaryIO] = WeakSet()


def _let_parent_hold() -> None:
    """A forked process holds nothing: it may outlive its parent. To unlock here would unlock the parent's."""
    for file in _HELD:
        file.close()
    _HELD.clear()
    _WRITERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_parent_hold)


def hold(file: BinaryIO, writer: Writer, name: Path) -> None:
    """Hold an open file for `writer` until it is closed; errors call it by `name`."""
    if not _locked(file.fileno(), exclusive=False):
        raise _in_use(name)
    _WRITERS[_identity_of(file.fileno())] = writer
    _HELD.add(file)


@contextmanager
def letting_go(file: BinaryIO) -> Iterator[None]:
    """Do the last that is to be done with a file that is held, and hold it no longer."""
    with file:
        try:
            yield
        finally:
            _HELD.discard(file)
            _WRITERS.pop(_identity_of(file.fileno()), None)
            _unlock(file.fileno())  # else a process that was started meanwhile would keep the lock


@contextmanager
def exclusive(path: Path, name: Path) -> Iterator[None]:
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
        try:
            retry(partial(_lock_alone, descriptor))
        except BlockingIOError:
            raise _in_use(name) from None
        if path.is_file() and identity(path) != _identity_of(descriptor):  # replaced while we waited
            raise _in_use(name)
        yield
    finally:
        os.close(descriptor)


def retry(attempt: Callable[[], Result]) -> Result:
    """What comes of an attempt that those who read a file may hinder: again and again, for a while."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def stamp(path: Path) -> tuple[int, ...]:
    """What is another as soon as somebody writes to the file, or replaces it."""
    status = path.stat()
    return *identity(path), status.st_size, status.st_mtime_ns


def is_free(path: Path) -> bool:
    """Whether nobody holds the file, as far as the system has locks; False where it is gone."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return _locked(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def is_dead(process: int) -> bool:
    """Whether no process of this machine has the number; False where the system does not tell."""
    if fcntl is None:  # on Windows, to ask is to kill
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False


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


def _lock_alone(descriptor: int) -> None:
    if not _locked(descriptor, exclusive=True):
        raise BlockingIOError


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
