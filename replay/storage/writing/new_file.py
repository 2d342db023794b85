"""Lay out a new run file: description, samples, empty datasets for weights and history, resume slots."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import h5py
import numpy as np

from replay.network.description import RunDescription
from replay.storage import checksums
from replay.storage.ending import ENDING_BYTES
from replay.storage.ending import NAME as ENDING
from replay.storage.format import FORMAT, FORMAT_VERSION, NAME_BYTES
from replay.storage.training_state import GROUP, SLOTS, StateLayout
from replay.storage.untrusted import guard
from replay.storage.writing import reproducible
from replay.types import Samples

COMPRESSION: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
# No shuffle: images have few distinct values, and took twice the space shuffled.
COMPRESSION_OF_SAMPLES: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 6}
COMPRESSED_FROM = 100_000  # bytes of samples
SAMPLES_CHUNK_BYTES = 1_000_000
CHUNK_BYTES = 32 * 1024  # rows of small weights share a chunk: a flush stays small, a read is one chunk


def lay_out(
    file: h5py.File,
    description: RunDescription,
    text: str,
    samples: Mapping[str, Samples],
    stored: Mapping[str, str],
    compress: bool,
) -> None:
    """Fill an empty file.

    `text` is the description as JSON, `samples` go to data/, and `stored` maps each weight's path to the
    dtype it is stored as.
    """
    file.attrs["format"] = FORMAT
    file.attrs["format_version"] = "{}.{}".format(*FORMAT_VERSION)
    _bytes_dataset(file, "description", text)
    file.create_dataset("complete", data=np.uint8(0))
    file.create_dataset("batch_size", data=np.int64(description.batch_size or 0))
    for name, values in samples.items():
        _keep_samples(reproducible.group(file, "data"), name, values)
    for path, weight in description.weight_paths:
        layer, name = f"weights/{path}".rsplit("/", 1)
        compression = COMPRESSION if compress else {}
        _growing(reproducible.group(file, layer), name, weight.shape, stored[path], **compression)
    reproducible.group(file, "weights")  # also if there are no weights
    history = reproducible.group(file, "history")
    _growing(history, "epochs", (), np.float64)
    _growing(history, "names", (), f"S{NAME_BYTES}")
    history.create_dataset(
        "values", (0, 0), np.float64, maxshape=(None, None), chunks=(64, 8), fillvalue=np.nan
    )
    file.create_dataset(ENDING, data=np.bytes_(b""), dtype=f"S{ENDING_BYTES}")
    _lay_out_checksums(file, text, samples)
    # Last in the file, so that HDF5 flushes it last: a reader counts the snapshots here.
    _growing(file, "epochs", (), np.float64)


def _lay_out_checksums(file: h5py.File, text: str, samples: Mapping[str, Samples]) -> None:
    chunk = checksums.CHUNK_ROWS, 2
    rows = file.create_dataset(checksums.NAME, chunk, np.uint32, maxshape=(None, 2), chunks=chunk)
    rows.attrs["description"] = np.uint32(checksums.of_text(text.encode()))
    for name, values in samples.items():
        rows.attrs[name] = np.uint32(checksums.of_samples(values))
    rows[checksums.OF_FACTS] = facts_of(file)


def facts_of(file: h5py.File) -> np.uint32:
    """The checksum of what the file says of its run as a whole."""
    facts = int(file["complete"][()]), int(file["batch_size"][()]), bytes(file[ENDING][()])
    return np.uint32(checksums.of_facts(*facts))


def lay_out_state(file: h5py.File, state: StateLayout) -> None:
    """Add the empty slots for the training state, to resume from."""
    group = reproducible.group(file, GROUP)
    _bytes_dataset(group, "variables", as_json(list(state.variables)))
    _bytes_dataset(group, "training", as_json(state.training))
    group.create_dataset("slots", data=np.zeros((SLOTS, state.n_bytes), np.uint8))


def as_json(value: Any) -> str:
    """Encode as JSON, NumPy values included; raises TypeError for what JSON cannot hold."""
    return json.dumps(value, ensure_ascii=False, default=_plain)


def stored_as(declared: str, dtype: str | None) -> str:
    """The dtype to store a weight as: `dtype` if that is a narrower float, else the declared one."""
    own = np.dtype(declared)
    narrows = dtype is not None and own.kind == "f" and own.itemsize > np.dtype(dtype).itemsize
    return dtype if narrows and dtype is not None else declared


def cut(name: str, most: int = NAME_BYTES) -> bytes:
    """The name as UTF-8, cut to `most` bytes between characters."""
    return name.encode()[:most].decode(errors="ignore").encode().rstrip(b"\0")


def _chunk_rows(shape: Sequence[int], itemsize: int) -> int:
    row = max(1, int(np.prod(shape, dtype=np.int64))) * itemsize
    return int(np.clip(CHUNK_BYTES // row, 1, 1024))


def _growing(
    group: h5py.Group, name: str, shape: tuple[int, ...], dtype: Any, **compression: Any
) -> h5py.Dataset:
    """Create an empty dataset that grows along its first axis."""
    chunk = (_chunk_rows(shape, np.dtype(dtype).itemsize), *(max(1, size) for size in shape))
    return group.create_dataset(
        name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunk, **compression
    )


def _keep_samples(group: h5py.Group, name: str, samples: Samples) -> None:
    """Store one array as a dataset, several as a group; large ones compressed."""
    if isinstance(samples, dict):
        several = reproducible.group(group, name)
        for number, (part, values) in enumerate(samples.items()):
            _keep_samples(several, str(number), values)
            several[str(number)].attrs["name"] = part
        return
    if samples.nbytes <= COMPRESSED_FROM:
        group.create_dataset(name, data=samples)
        return
    rows = min(len(samples), max(1, SAMPLES_CHUNK_BYTES * len(samples) // samples.nbytes))
    kept = group.create_dataset(
        name, data=samples, chunks=(rows, *samples.shape[1:]), **COMPRESSION_OF_SAMPLES
    )
    if not guard.is_believed(kept):  # compresses so well that a reader would take it for a bomb
        del group[name]
        group.create_dataset(name, data=samples)


def _bytes_dataset(group: h5py.Group, name: str, text: str) -> None:
    group.create_dataset(name, data=np.bytes_(text.encode()))


def _plain(value: Any) -> Any:
    """NumPy numbers and arrays as plain Python values."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a description cannot hold {type(value).__name__}")
