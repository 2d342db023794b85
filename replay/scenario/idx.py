"""Reads folders of IDX files, in which MNIST comes, gzipped or not.

http://yann.lecun.com/exdb/mnist/ describes the format.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Mapping, Sequence
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from replay.errors import DataError, first_line
from replay.scenario.memory import DEFLATED_AT_MOST, check_memory, memory_of
from replay.scenario.raw_data import Pair, RawData, no_other
from replay.scenario.regular_file import PIECE, opened
from replay.types import Array

# The first bytes of an IDX file: two zeros, the type of its numbers, how many axes it has.
TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
MAX_AXES = 8
KINDS = "images", "labels"


def read_idx(folder: Path, most: int) -> RawData:
    """The images and labels of a folder, if reading each file takes at most `most` bytes of memory.

    Raises DataError, without the folder, if it holds none, or damaged ones.
    """
    files = {prefix: {kind: _files(folder, prefix, kind) for kind in KINDS} for prefix in ("train", "t10k")}
    train, test = (_pair(of_kind, most) for of_kind in files.values())
    if train is None:
        raise DataError(
            "the folder holds no train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz): pass the "
            "folder that holds MNIST's IDX files, or a file: a table or .npz"
        )
    images, labels = files["t10k"].values()
    half = [] if test else [(images, "labels")] if images else [(labels, "images")] if labels else []
    return RawData(
        train,
        test,
        target="labels",
        inputs=("images",),
        left_out=(*_left_out(files["train"], train), *_left_out(files["t10k"], test)),
        notes=tuple(no_other(found[0].name, f"t10k-{other}") for found, other in half),
    )


def _files(folder: Path, prefix: str, kind: str) -> list[Path]:
    """The files named like train-images-idx3-ubyte or train-images.idx3-ubyte, with or without .gz."""
    return sorted(folder.glob(f"{prefix}-{kind}[-.]idx*"))


def _pair(files: Mapping[str, Sequence[Path]], most: int) -> Pair | None:
    """The first file of images and the first of labels, if there are both."""
    if not all(files.values()):
        return None
    (images, *_), (labels, *_) = files.values()
    return _array(images, most), _array(labels, most, are_labels=True)


def _left_out(files: Mapping[str, Sequence[Path]], pair: Pair | None) -> list[str]:
    """The names of the files that were not read."""
    return [path.name for found in files.values() for path in found[pair is not None :]]


def _array(path: Path, most: int, are_labels: bool = False) -> Array:
    try:
        with opened(path, most) as file:
            if path.suffix != ".gz":
                return _read(file, file.size, most, are_labels)
            with gzip.GzipFile(fileobj=file) as unpacked:
                return _read(unpacked, file.size * DEFLATED_AT_MOST, most, are_labels)
    except DataError as error:
        raise DataError(f"{path.name}: {error}") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path.name} cannot be read: {first_line(error)}") from error


def _read(file: BufferedIOBase, held: int, most: int, are_labels: bool) -> Array:
    """The array of a file that holds so many bytes at most."""
    start = file.read(4)
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in TYPES:
        raise DataError("this is not an IDX file")
    dtype, n_axes = np.dtype(TYPES[start[2]]), start[3]
    shape = np.frombuffer(file.read(4 * n_axes).ljust(4 * n_axes, b"\0"), ">u4").tolist()
    if not 1 <= n_axes <= MAX_AXES or not all(shape):
        raise DataError(f"this is no IDX file of images or labels: it has {n_axes} axes {shape[:MAX_AXES]}")
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes > held:
        raise DataError(_damage(shape))
    check_memory(memory_of(shape, dtype, are_labels), most)
    data = np.empty(n_bytes, np.uint8)
    if _fill(file, data) < n_bytes or file.read(1):
        raise DataError(_damage(shape))
    return data.view(dtype).reshape(shape)


def _damage(shape: list[int]) -> str:
    return f"the file is damaged: its header says shape {shape}, but it is shorter or longer"


def _fill(file: BufferedIOBase, data: Array) -> int:
    """Fill bytes from a file; how many it had."""
    place = 0
    while place < len(data):
        read = file.readinto(data.data[place : place + PIECE])
        if not read:
            break
        place += read
    return place
