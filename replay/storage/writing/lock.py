"""Lock a run file (flock): one writer at a time.

A writer holds a shared lock on its file; others may still read. To replace a file, take an exclusive lock
first. The system releases a lock when its process ends, however it ends.
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
except ImportError:  # on Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

PATIENCE = 2.0  # seconds to wait for readers, whose locks delay ours
Result = TypeVar("Result")
NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EBADF)  # from file systems without locks


class Writer(Protocol):
    """A recorder in this process that writes a file."""

    thread: threading.Thread

    def release(self) -> None:
        """Close the file, so that another recorder can take it over."""


_WRITERS: WeakValueDictionary[tuple[int, int], Writer] = WeakValueDictionary()
_HELD: WeakSet[BinaryIO] = WeakSet()


def _let_parent_hold() -> None:
    """After a fork, drop the parent's locks: the child may outlive it. Close only, unlock would free them."""
    for file in _HELD:
        file.close()
    _HELD.clear()
    _WRITERS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_let_parent_hold)


def hold(file: BinaryIO, writer: Writer, name: Path) -> None:
    """Lock an open file for `writer` until it is closed; errors call it `name`."""
    if not _locked(file.fileno(), exclusive=False):
        raise _in_use(name)
    _WRITERS[identity_of(file.fileno())] = writer
    _HELD.add(file)


@contextmanager
def letting_go(file: BinaryIO) -> Iterator[None]:
    """Run the block, then release the lock and close the file."""
    with file:
        try:
            yield
        finally:
            _HELD.discard(file)
            _WRITERS.pop(identity_of(file.fileno()), None)
            _unlock(file.fileno())  # or a child process that inherited the file would keep the lock


@contextmanager
def exclusive(path: Path, name: Path) -> Iterator[None]:
    """Hold an exclusive lock on the file at `path`, if there is one; errors call it `name`.

    Closes the file of an unfinished recorder of this thread, as after Ctrl-C in a notebook.
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
        if path.is_file() and identity(path) != identity_of(descriptor):  # replaced meanwhile
            raise _in_use(name)
        yield
    finally:
        os.close(descriptor)


def retry(attempt: Callable[[], Result]) -> Result:
    """Repeat an attempt that readers' locks may block, for up to PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.01)


def stamp(path: Path) -> tuple[int, ...]:
    """Changes as soon as anybody writes to the file or replaces it."""
    status = path.stat()
    return *identity(path), status.st_size, status.st_mtime_ns


def is_free(path: Path) -> bool:
    """Whether nobody has locked the file; False if it is gone, True on systems without locks."""
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return _locked(descriptor, exclusive=True)
    finally:
        os.close(descriptor)


def is_dead(process: int) -> bool:
    """Whether no process of this machine has this id; False if the system does not tell."""
    if fcntl is None:  # on Windows, os.kill kills the process instead of asking
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
        f"{name} is being written by another recorder: wait until it finishes, or choose another name"
    )


def identity_of(descriptor: int) -> tuple[int, int]:
    """Device and inode of an open file, as `identity` gives them for a path."""
    status = os.fstat(descriptor)
    return status.st_dev, status.st_ino


def replaces_open_files() -> bool:
    """Whether this system can replace a file that is open."""
    return fcntl is not None


def _locked(descriptor: int, exclusive: bool) -> bool:
    """Try to lock a file; returns whether it worked."""
    return fcntl is None or _done(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)


def _lock_alone(descriptor: int) -> None:
    if not _locked(descriptor, exclusive=True):
        raise BlockingIOError


def _unlock(descriptor: int) -> None:
    if fcntl is not None:
        _done(descriptor, fcntl.LOCK_UN)


def _done(descriptor: int, operation: int) -> bool:
    """Lock or unlock; returns whether it worked, which it always does on file systems without locks."""
    try:
        fcntl.flock(descriptor, operation)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno not in NO_LOCKS:
            raise
    return True
