"""Constants of the run file format (name, version), and helpers shared by reader and writer."""

from __future__ import annotations

from pathlib import Path

from replay.errors import first_line

FORMAT = "boundary-replay run"
FORMAT_VERSION = (1, 4)
NAME_BYTES = 128  # the longest name of a metric


def reason(error: Exception) -> str:
    """Why the operating system or HDF5 refused, in one line."""
    return (error.strerror if isinstance(error, OSError) else None) or first_line(error)


def identity(path: Path) -> tuple[int, int]:
    """Device and inode; they change when another file takes the same path."""
    status = path.stat()
    return status.st_dev, status.st_ino
