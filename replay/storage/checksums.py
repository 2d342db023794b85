"""Checksums of what a run file holds, so that a reader notices a flipped bit, and in which snapshot it is.

CRC-32 (ISO 3309), as `zlib.crc32` computes it, of values in C order and little-endian.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np

from replay.types import Array, Samples

NAME = "history/checksums"  # a dataset (n, 2): all in one, as each dataset takes 2 kB
SINCE = 1, 3  # the format in which each file has them
OF_FACTS = 0, 0  # the place of the one for the facts
FIRST = 1  # the row of the first snapshot and the first row of metrics
SNAPSHOTS, HISTORY = 0, 1  # their columns
CHUNK_ROWS = 128  # it grows by so many: a new extent is what costs, not a value
FACTS = struct.Struct("<Bq")


def of_snapshots(epochs: Array, weights: Sequence[Array]) -> Array:
    """A checksum for each snapshot: (n,) uint32, of its epoch and its weights (n, …) in their order."""
    n = len(epochs)
    if not n:
        return np.empty(0, np.uint32)
    rows = np.concatenate([_bytes(array).reshape(n, -1) for array in (epochs, *weights)], axis=1)
    return np.array([zlib.crc32(row.data) for row in rows], np.uint32)


def of_snapshot(epoch: float, weights: Sequence[Array]) -> int:
    """The checksum of one snapshot, of its epoch and its weights (…), as `of_snapshots` has it."""
    crc = zlib.crc32(struct.pack("<d", epoch))
    for array in weights:
        crc = zlib.crc32(_bytes(array).data, crc)
    return crc


def of_history(epochs: Array, names: Sequence[bytes], values: Array) -> Array:
    """A checksum for each row of metrics: (n,) uint32, of its epoch, and names and values where not NaN.

    `values` is (n, n_names); a name that is logged for the first time later does not change earlier rows.
    """
    crcs = [
        of_metrics(epoch, names, row) for epoch, row in zip(epochs.tolist(), values.tolist(), strict=True)
    ]
    return np.array(crcs, np.uint32)


def of_metrics(epoch: float, names: Sequence[bytes], values: Sequence[float]) -> int:
    """The checksum of one row of metrics."""
    kept = [(name, value) for name, value in zip(names, values, strict=False) if value == value]
    crc = zlib.crc32(struct.pack(f"<{1 + len(kept)}d", epoch, *(value for _, value in kept)))
    return zlib.crc32(b"\0".join(name for name, _ in kept), crc)


def of_samples(samples: Samples) -> int:
    """The checksum of samples or targets; of several parts, with their names."""
    parts = samples.items() if isinstance(samples, dict) else [("", samples)]
    crc = 0
    for name, values in parts:
        crc = zlib.crc32(_bytes(values).data, zlib.crc32(name.encode(), crc))
    return crc


def of_facts(complete: int, batch_size: int, ending: bytes) -> int:
    """The checksum of the facts that become known while a run is recorded."""
    return zlib.crc32(ending, zlib.crc32(FACTS.pack(complete, batch_size)))


def of_text(text: bytes) -> int:
    """The checksum of the description."""
    return zlib.crc32(text)


def n_rows(needed: int, there: int) -> int:
    """How many rows the dataset is to have: whole chunks, at least as many as needed and as there are."""
    return max(there, CHUNK_ROWS * -(-needed // CHUNK_ROWS))


def _bytes(array: Array) -> Array:
    """The bytes of the values in C order and little-endian: (n,) uint8."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return np.ascontiguousarray(little).reshape(-1).view(np.uint8)
