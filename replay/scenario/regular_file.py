"""Opens data files: only regular ones, up to a size, and tells if they change while they are read."""

from __future__ import annotations

import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from replay.errors import DataError
from replay.scenario.memory import check_memory

SYSTEMS = "/proc", "/sys"
PIECE = 1_000_000  # bytes that are read at once
# Without O_NONBLOCK, a pipe that takes the file's place after it was looked at would wait for a writer.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


class InPieces(io.BufferedReader):
    """A file that gives a piece at most, so that nobody can be made to ask for more memory.

    `size` is what it has in bytes when it is opened.
    """

    def __init__(self, raw: io.FileIO) -> None:
        super().__init__(raw)
        self._opened = os.fstat(self.fileno())
        self.size = self._opened.st_size

    def read(self, size: int | None = -1, /) -> bytes:
        """Up to `size` bytes, by default the rest; raises ValueError for more than a piece."""
        found = super().read(PIECE + 1 if size is None or not 0 <= size <= PIECE else size)
        if len(found) > PIECE:
            raise ValueError("a part of the file that should be small is very large")
        return found

    def pieces(self) -> Iterator[bytes]:
        """The rest of the file, a piece after the other; no more than one of what was added meanwhile."""
        while self.tell() <= self.size and (found := self.read(PIECE)):
            yield found

    def check(self, most: int) -> None:
        """Raise DataError if this is no regular file, or has not 1 to `most` bytes."""
        _check_kind(self._opened)
        if not self.size:
            raise DataError("the file is empty")
        check_memory(self.size, most)

    def check_unchanged(self) -> None:
        """Raise DataError if the file is not as it was when it was opened."""
        before, now = self._opened, os.fstat(self.fileno())
        if (before.st_size, before.st_mtime_ns) != (now.st_size, now.st_mtime_ns):
            raise DataError("the file changed while it was read: wait until it is written, and try again")


@contextmanager
def opened(path: Path, most: int) -> Iterator[InPieces]:
    """Open a regular file of 1 to `most` bytes for reading.

    Raises OSError if it cannot be opened, and DataError, without the path, if it is no such file or changes
    before it is closed.
    """
    _check_kind(path.stat())  # to open a device can do something already
    with InPieces(io.FileIO(os.open(path, FLAGS))) as file:
        file.check(most)
        yield file
        file.check_unchanged()


def _check_kind(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise DataError("this is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device may never end
        raise DataError("this is a pipe or a device, not a file: save the data in a file")
    if status.st_dev in _systems_own():  # nor may what the system makes up while it is read
        raise DataError("this is a file that the system makes up, without data: save the data in a file")


def _systems_own() -> list[int]:
    """The file systems in which the system tells of itself."""
    return [Path(folder).stat().st_dev for folder in SYSTEMS if os.path.ismount(folder)]
