"""Preallocate disk space before HDF5 writes, so that a full disk cannot damage a run file.

If HDF5 runs out of space half-way, the file cannot be read and the process crashes at exit. So allocate the
space for the next write first; if that fails, write nothing.
"""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any

BLOCK = 1 << 20  # bytes of zeros written at a time on systems without posix_fallocate
METADATA = 16_384  # bytes, in addition to the datasets
INDEXED = 128  # bytes in a B-tree for each chunk; its nodes may be half empty


def take(descriptor: int, start: int, stop: int) -> None:
    """Allocate the bytes start ≤ i < stop of an open file; raises OSError if the disk is full."""
    if stop <= start:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, start, stop - start)
        return
    size = os.fstat(descriptor).st_size
    for at in range(max(start, size), stop, BLOCK):
        os.lseek(descriptor, at, os.SEEK_SET)
        os.write(descriptor, bytes(min(BLOCK, stop - at)))


def give_back(descriptor: int) -> None:
    """Truncate a closed HDF5 file to the length in its superblock.

    HDF5 File Format Specification 3.0, section II.A: the end of file address of versions 2 and 3.
    """
    os.lseek(descriptor, 28, os.SEEK_SET)
    length = int.from_bytes(os.read(descriptor, 8), "little")
    if 0 < length < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, length)


def index_of(n_rows: int) -> int:
    """Upper bound on the bytes that the index of a dataset of so many rows grows by at once."""
    return 256 * math.isqrt(n_rows + 1)


@dataclass(frozen=True)
class Chunks:
    """How a growing dataset is stored: kept, as to ask HDF5 takes longer than to write."""

    shape: tuple[int, ...]
    n_bytes: int
    row: tuple[int, ...]

    @classmethod
    def of(cls, dataset: Any) -> Chunks:
        """The chunks of a dataset that grows along its first axis."""
        return cls(dataset.chunks, math.prod(dataset.chunks) * dataset.dtype.itemsize, dataset.shape[1:])

    @property
    def of_a_row(self) -> int:
        """Upper bound on the bytes by which one more row makes the file grow, less `index_of` its rows."""
        n_chunks = 1
        for size, step in zip(self.row, self.shape[1:], strict=True):
            n_chunks *= -(-size // step)
        return n_chunks * (self.n_bytes + INDEXED) + 4096

    def growth(self, n_rows: int, new: int, row: tuple[int, ...] | None = None) -> int:
        """Upper bound on the bytes the file grows by, when the dataset grows from `n_rows` by `new`.

        Counts new chunks and their index: extensible arrays, whose blocks grow with the square root of their
        number, or B-trees (HDF5 File Format Specification 3.0, sections VII.D and III.A.2). `row` is the
        shape of a row, if that grows, too.
        """
        rows, *others = self.shape
        n_chunks = -(-(n_rows + new) // rows) - n_rows // rows
        for size, step in zip(self.row if row is None else row, others, strict=True):
            n_chunks *= -(-size // step)
        return n_chunks * (self.n_bytes + INDEXED) + 4096 + index_of(n_rows + new)
