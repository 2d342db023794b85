"""Reads folders of IDX files, in which MNIST comes, gzipped or not.

http://yann.lecun.com/exdb/mnist/ describes the format.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

import numpy as np

from replay.errors import DataError, first_line
from replay.scenario.raw_data import Pair, RawData
from replay.types import Array

# The first bytes of an IDX file: two zeros, the type of its numbers, how many axes it has.
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


def read_idx(folder: Path) -> RawData:
    """The images and labels of a folder. Raises DataError if it holds none, or damaged ones."""
    train, test = (_pair(folder, prefix) for prefix in ("train", "t10k"))
    if train is None:
        raise DataError(
            f"{folder} holds no train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz): pass the "
            "folder that holds MNIST's IDX files, or a file: a table or .npz"
        )
    return RawData(train, test, target="labels", inputs=("images",))


def _pair(folder: Path, prefix: str) -> Pair | None:
    files = [_file(folder, prefix, kind) for kind in ("images", "labels")]
    images, labels = files
    return None if images is None or labels is None else (_array(images), _array(labels))


def _file(folder: Path, prefix: str, kind: str) -> Path | None:
    """The file named like train-images-idx3-ubyte or train-images.idx3-ubyte, with or without .gz."""
    return next(iter(sorted(folder.glob(f"{prefix}-{kind}[-.]idx*"))), None)


def _array(path: Path) -> Array:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {first_line(error)}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in TYPES:
        raise DataError(f"{path} is not an IDX file")
    dtype, n_axes = np.dtype(TYPES[data[2]]), data[3]
    start = 4 + 4 * n_axes
    shape = [int.from_bytes(data[place : place + 4], "big") for place in range(4, start, 4)]
    size = dtype.itemsize
    for length in shape:
        size *= length
    if len(data) != start + size:
        raise DataError(f"{path} is damaged: its header says shape {shape}, but it has {len(data)} bytes")
    return np.frombuffer(data, dtype, offset=start).reshape(shape)
