"""Check the global heap of an HDF5 file, where variable-length strings lie, against endless loops.

HDF5 walks a heap collection from object to object, and loops forever if an object has size 0. So walk it
here first (HDF5 File Format Specification 3.0, section III.E).
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

SIGNATURE = b"GCOL\x01"  # with the version
HEADER = struct.Struct("<8xQ")  # size of the collection
OBJECT = struct.Struct("<H6xQ")  # index, size
SMALLEST = 4096  # bytes of a collection; HDF5 refuses smaller ones
MAX_OBJECTS = 1_000_000
PIECE = 1 << 20  # bytes searched at a time


def check(path: Path) -> None:
    """Raise ValueError if HDF5 would not reach the end of a collection in the file."""
    status = path.stat()
    _check(path, status.st_ino, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)  # searches the whole file: do it once, not for each string
def _check(path: Path, *stamp: int) -> None:
    # Not through a memory map: where a writer shortens its file meanwhile, reading a map kills the process.
    with path.open("rb") as file:
        for start, size in _collections(file):
            _walk(file, start, size)


def _collections(file: BinaryIO) -> Iterator[tuple[int, int]]:
    """Where collections may begin, and their sizes."""
    length = file.seek(0, os.SEEK_END)
    for start in _signatures(file):
        header = _read(file, start, HEADER.size)
        if len(header) == HEADER.size:
            (size,) = HEADER.unpack(header)
            if SMALLEST <= size <= length - start:
                yield start, size


def _signatures(file: BinaryIO) -> Iterator[int]:
    """Offsets of the signature."""
    begin = 0
    while piece := _read(file, begin, PIECE + len(SIGNATURE) - 1):
        at = piece.find(SIGNATURE)
        while at >= 0:
            yield begin + at
            at = piece.find(SIGNATURE, at + 1)
        begin += PIECE


def _walk(file: BinaryIO, start: int, size: int) -> None:
    at, n_objects = HEADER.size, 0
    while at + OBJECT.size <= size:
        header = _read(file, start + at, OBJECT.size)
        if len(header) < OBJECT.size:  # the file has become shorter: nothing is there to loop in
            return
        index, length = OBJECT.unpack(header)
        room = OBJECT.size + -(-length // 8) * 8 if index else length  # index 0 is free space
        n_objects += 1
        if not 0 < room <= size - at or n_objects > MAX_OBJECTS:
            raise ValueError(f"the strings at byte {start} are damaged")
        at += room


def _read(file: BinaryIO, at: int, n_bytes: int) -> bytes:
    file.seek(at)
    return file.read(n_bytes)
