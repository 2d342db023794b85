"""Checksums of what a run file holds, so that a reader notices a flipped bit, and in which snapshot it is.

CRC-32 (ISO 3309), as `zlib.crc32` computes it, of values in C order and little-endian.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from replay.types import Array, Samples

GROUP = "checksums"
ROWS = f"{GROUP}/rows"  # (n, 2)
SNAPSHOTS, HISTORY = 0, 1  # its columns
CHUNK_ROWS = 128  # it grows by so many: a new extent is what costs, not a value
FACTS = struct.Struct("<Bq")
EPOCH = struct.Struct("<d")


def of_snapshots(epochs: Array, weights: Sequence[Array]) -> Array:
    """A checksum for each snapshot: (n,) uint32, of its epoch and its weights (n, …) in their order."""
    rows = [_rows(array) for array in weights]
    found = np.empty(len(epochs), np.uint32)
    for number, epoch in enumerate(epochs.tolist()):
        crc = zlib.crc32(EPOCH.pack(epoch))
        for row in rows:
            crc = zlib.crc32(row[number], crc)
        found[number] = crc
    return found


def of_history(epochs: Array, names: Sequence[bytes], values: Array) -> Array:
    """A checksum for each row of metrics: (n,) uint32, of its epoch, and names and values where not NaN.

    `values` is (n, n_names); a name that is logged for the first time later does not change earlier rows.
    """
    logged = ~np.isnan(values)
    found = np.empty(len(epochs), np.uint32)
    for number, epoch in enumerate(epochs.tolist()):
        kept = logged[number]
        crc = zlib.crc32(values[number, kept].astype("<f8").tobytes(), zlib.crc32(EPOCH.pack(epoch)))
        words = b"\0".join(name for name, is_kept in zip(names, kept, strict=False) if is_kept)
        found[number] = zlib.crc32(words, crc)
    return found


def of_samples(samples: Samples) -> int:
    """The checksum of samples or targets; of several parts, with their names."""
    parts = samples.items() if isinstance(samples, dict) else [("", samples)]
    crc = 0
    for name, values in parts:
        crc = zlib.crc32(_bytes(values), zlib.crc32(name.encode(), crc))
    return crc


def of_facts(complete: int, batch_size: int, ending: bytes) -> int:
    """The checksum of the facts that become known while a run is recorded."""
    return zlib.crc32(ending, zlib.crc32(FACTS.pack(complete, batch_size)))


def of_text(text: bytes) -> int:
    """The checksum of the description."""
    return zlib.crc32(text)


def n_rows(needed: int, there: int) -> int:
    """How many rows ROWS is to have: whole chunks, at least as many as needed and as there are."""
    return max(there, CHUNK_ROWS * -(-needed // CHUNK_ROWS))


def _rows(array: Array) -> list[memoryview[int]]:
    """The bytes of each row of an array (n, …)."""
    data = _bytes(array)
    size = len(data) // max(1, len(array))
    return [data[number * size : (number + 1) * size] for number in range(len(array))]


def _bytes(array: Array) -> memoryview[int]:
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    flat: Any = np.ascontiguousarray(little).reshape(-1).view(np.uint8)
    return memoryview(flat)
