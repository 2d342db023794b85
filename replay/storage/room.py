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


def growth(datasets: Iterable[Any]) -> int:
    """The most bytes by which a file grows when each of these chunked datasets gets another row.

    A new chunk in each, and what HDF5's extensible arrays add to find it: blocks of elements that grow with
    the root of their number (HDF5 File Format Specification 3.0, section VII.D).
    """
    return METADATA + sum(_of_one(dataset) for dataset in datasets)


def _of_one(dataset: Any) -> int:
    chunk = math.prod(dataset.chunks) * dataset.dtype.itemsize
    n_chunks = math.prod(
        math.ceil((n + 1) / c) for n, c in zip(dataset.shape[1:], dataset.chunks[1:], strict=True)
    )
    return chunk * n_chunks + 4096 + 256 * math.isqrt(dataset.shape[0] + 1)
