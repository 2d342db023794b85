"""Room on the disk, taken before HDF5 writes.

Where HDF5 finds no room half-way, it leaves a file that cannot be read, and a process that crashes when it
ends. So the room for whatever comes next is taken first: without it, nothing is written at all.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from typing import Any

BLOCK = 1 << 20  # bytes of zeros written at once where the system has no call to take room
METADATA = 16_384  # bytes, beside those of the datasets
INDEXED = 128  # bytes in a B-tree for a chunk, whose nodes may be half empty


def take(descriptor: int, start: int, stop: int) -> None:
    """Have the disk give the bytes start ≤ i < stop of an open file; raises OSError where it cannot."""
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
    """Cut a closed HDF5 file to the length that its superblock tells, where it is longer.

    HDF5 File Format Specification 3.0, section II.A: the end of file address of versions 2 and 3.
    """
    os.lseek(descriptor, 28, os.SEEK_SET)
    told = int.from_bytes(os.read(descriptor, 8), "little")
    if 0 < told < os.fstat(descriptor).st_size:
        os.ftruncate(descriptor, told)


def growth(datasets: Iterable[tuple[Any, tuple[int, ...]]]) -> int:
    """The most bytes by which a file grows when each of these chunked datasets gets rows, up to this shape.

    New chunks in each, and what HDF5 adds to find them: extensible arrays, of blocks that grow with the root
    of their number, or B-trees (HDF5 File Format Specification 3.0, sections VII.D and III.A.2).
    """
    return METADATA + sum(_of_one(dataset, shape) for dataset, shape in datasets)


def _of_one(dataset: Any, shape: tuple[int, ...]) -> int:
    rows, *others = dataset.chunks
    first, last = dataset.shape[0] // rows, math.ceil(shape[0] / rows)
    n_chunks = (last - first) * math.prod(math.ceil(n / c) for n, c in zip(shape[1:], others, strict=True))
    chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize
    return n_chunks * (chunk + INDEXED) + 4096 + 256 * math.isqrt(shape[0])
