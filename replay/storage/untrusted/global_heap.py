"""Check the global heap of an HDF5 file, where variable-length strings lie, against endless loops.

HDF5 walks a heap collection from object to object, and loops forever if an object has size 0. So walk it
here first (HDF5 File Format Specification 3.0, section III.E).
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

SIGNATURE = b"GCOL\x01"  # with the version
HEADER = struct.Struct("<8xQ")  # size of the collection
OBJECT = struct.Struct("<H6xQ")  # index, size
SMALLEST = 4096  # bytes of a collection; HDF5 refuses smaller ones
MAX_OBJECTS = 1_000_000
PIECE = 1 << 24  # bytes searched at a time


def check(path: Path) -> None:
    """Raise ValueError if HDF5 would not reach the end of a collection in the file."""
    status = path.stat()
    _check(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)  # searches the whole file: do it once, not for each string
def _check(path: Path, *stamp: int) -> None:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        for start in _collections(content):
            _walk(content, start)


def _collections(content: mmap.mmap) -> Iterator[int]:
    for start in _signatures(content):
        if start + HEADER.size <= len(content):
            (size,) = HEADER.unpack_from(content, start)
            if SMALLEST <= size <= len(content) - start:
                yield start


def _signatures(content: mmap.mmap) -> Iterator[int]:
    """Offsets where a collection may begin; searches in pieces, because searching a memory map is slow."""
    for begin in range(0, len(content), PIECE):
        piece = content[begin : begin + PIECE + len(SIGNATURE) - 1]
        at = piece.find(SIGNATURE)
        while at >= 0:
            yield begin + at
            at = piece.find(SIGNATURE, at + 1)


def _walk(content: mmap.mmap, start: int) -> None:
    (size,) = HEADER.unpack_from(content, start)
    at, n_objects = HEADER.size, 0
    while at + OBJECT.size <= size:
        index, length = OBJECT.unpack_from(content, start + at)
        room = OBJECT.size + -(-length // 8) * 8 if index else length  # index 0 is free space
        n_objects += 1
        if not 0 < room <= size - at or n_objects > MAX_OBJECTS:
            raise ValueError(f"the strings at byte {start} are damaged")
        at += room
