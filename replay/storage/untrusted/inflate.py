"""Decompress gzip chunks of HDF5 datasets with a size limit, against decompression bombs.

HDF5 decompresses a chunk to its end, however long that is: a megabyte may become a gigabyte. Here each chunk
stops at the chunk size, and a longer one is an error.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import h5py
import numpy as np
from h5py import h5z

from replay.types import Array


def rows(dataset: h5py.Dataset, start: int, stop: int) -> Array:
    """Rows start ≤ i < stop of a dataset in chunks, compressed with gzip, shuffle or both."""
    n_rows = max(0, stop - start)
    whole = np.full((n_rows, *dataset.shape[1:]), dataset.fillvalue, dataset.dtype)
    if not whole.size:
        return whole
    for place in _stored(dataset, start, stop):
        offsets = place.chunk_offset
        _place(whole, _chunk(dataset, place), (offsets[0] - start, *offsets[1:]))
    return whole


def _stored(dataset: h5py.Dataset, start: int, stop: int) -> list[Any]:
    """The stored chunks of these rows, in one pass: looking up a single chunk would go through all."""
    found: list[Any] = []

    def look(place: Any) -> None:
        row = place.chunk_offset[0]
        if start - dataset.chunks[0] < row < stop:
            found.append(place)

    dataset.id.chunk_iter(look)
    return found


def _place(whole: Array, chunk: Array, offsets: tuple[int, ...]) -> None:
    """Copy the part of a chunk at `offsets` that lies within `whole`."""
    begins = [max(0, -offset) for offset in offsets]
    ends = [
        min(size, room - offset) for size, room, offset in zip(chunk.shape, whole.shape, offsets, strict=True)
    ]
    of_chunk = tuple(slice(begin, end) for begin, end in zip(begins, ends, strict=True))
    of_whole = tuple(
        slice(begin + offset, end + offset) for begin, end, offset in zip(begins, ends, offsets, strict=True)
    )
    whole[of_whole] = chunk[of_chunk]


def _chunk(dataset: h5py.Dataset, place: Any) -> Array:
    """Read and decompress one chunk."""
    size = math.prod(dataset.chunks) * dataset.dtype.itemsize
    if place.size > size + size // 100 + 1000:  # incompressible data grow a little
        raise ValueError(f"{dataset.name}: a chunk of {size} bytes cannot be stored in {place.size}")
    skipped, data = dataset.id.read_direct_chunk(place.chunk_offset)
    properties = dataset.id.get_create_plist()
    for position in reversed(range(properties.get_nfilters())):
        if skipped & (1 << position):
            continue
        if properties.get_filter(position)[0] == h5z.FILTER_DEFLATE:
            data = _inflated(data, size, dataset.name)
        else:
            data = _unshuffled(data, dataset.dtype.itemsize)
    if len(data) != size:
        raise ValueError(f"{dataset.name}: a chunk of {size} bytes has {len(data)}")
    return np.frombuffer(data, dataset.dtype).reshape(dataset.chunks)


def _inflated(data: bytes, size: int, name: str) -> bytes:
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(data, size)
        beyond = stream.decompress(stream.unconsumed_tail, 1)
    except zlib.error as error:
        raise ValueError(f"{name}: its compressed data are damaged: {error}") from error
    if beyond or not stream.eof:
        raise ValueError(f"{name}: its compressed data do not unpack to a chunk of {size} bytes")
    return inflated


def _unshuffled(data: bytes, itemsize: int) -> bytes:
    """Undo HDF5's shuffle filter: put the bytes of each number together again."""
    if itemsize == 1 or len(data) % itemsize:
        return data
    return np.frombuffer(data, np.uint8).reshape(itemsize, -1).T.tobytes()
