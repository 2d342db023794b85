"""Checksums of a run file as docs/format.md says, without the package: for files that are made by hand."""

from __future__ import annotations

import json
import struct
import zlib
from contextlib import suppress

import h5py
import numpy as np

NAME = "history/checksums"
LARGEST = 10_000_000  # bytes


def crc(*pieces: bytes) -> int:
    return zlib.crc32(b"".join(pieces))


def seal(file: h5py.File) -> None:
    """Set the checksums to what the file holds now, as somebody who made it so would, where that can be."""
    if NAME not in file:
        return
    with suppress(Exception):
        file[NAME].attrs["description"] = np.uint32(crc(_values(file["description"])))
    for name in set(file[NAME].attrs) - {"description"}:
        with suppress(Exception):
            file[NAME].attrs[name] = np.uint32(crc(*_samples(file[f"data/{name}"])))
    with suppress(Exception):
        facts = struct.pack("<Bq", file["complete"][()], file["batch_size"][()])
        file[NAME][0, 0] = crc(facts, bytes(_values(file["history/ending"])))
    for work in (_seal_snapshots, _seal_history):
        with suppress(Exception):
            work(file)


def _values(dataset: h5py.Dataset) -> np.ndarray:
    """What a dataset holds, unless it claims to hold very much."""
    assert dataset.nbytes < LARGEST and np.prod(dataset.chunks or (0,)) < LARGEST
    return dataset[()]


def _samples(item: h5py.Dataset | h5py.Group) -> list[bytes]:
    if isinstance(item, h5py.Dataset):
        return [_bytes(_values(item))]
    names = sorted(item, key=int)
    return [
        piece for name in names for piece in (item[name].attrs["name"].encode(), _bytes(_values(item[name])))
    ]


def _bytes(values: np.ndarray) -> bytes:
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def _seal_snapshots(file: h5py.File) -> None:
    weights = [
        (file[f"weights/{layer['name']}/{weight['name']}"], weight.get("dtype", "float32"))
        for layer in json.loads(file["description"][()])["layers"]
        if layer.get("recorded", True)
        for weight in layer.get("weights", ())
    ]
    arrays = [_values(dataset).astype(dtype) for dataset, dtype in weights]
    for number, epoch in enumerate(_values(file["epochs"])):
        rows = [array[number].tobytes() for array in arrays]
        file[NAME][1 + number, 0] = crc(struct.pack("<d", epoch), *rows)


def _seal_history(file: h5py.File) -> None:
    history = file["history"]
    names = history["names"][()]
    for number, (epoch, row) in enumerate(zip(history["epochs"][()], history["values"][()], strict=False)):
        kept = ~np.isnan(row)
        words = b"\0".join(name for name, is_kept in zip(names, kept, strict=False) if is_kept)
        file[NAME][1 + number, 1] = crc(struct.pack("<d", epoch), row[kept].astype("<f8").tobytes(), words)
