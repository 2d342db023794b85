"""Data file readers: NumPy archives (.npz), CSV tables (.csv), and folders of IDX files (MNIST)."""

from __future__ import annotations

import csv
import gzip
import logging
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from replay.errors import DataError, first_line
from replay.storage.stratified import MAX_CLASSES
from replay.types import Array

logger = logging.getLogger(__name__)
Pair = tuple[Array, Array]

NPZ_NAMES = (("x_train", "y_train"), ("x", "y"), ("X", "y"), ("inputs", "targets"))
NPZ_TEST_NAMES = (("x_test", "y_test"), ("x_val", "y_val"), ("validation_inputs", "validation_targets"))
FEWEST_PIXELS = 16
LABEL_COLUMNS = ("label", "class", "target", "y")
# The first bytes of an IDX file: two zeros, the type of its numbers, how many axes it has.
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
IDX_PARTS = {"train": "train", "test": "t10k"}


class DataFile(NamedTuple):
    """Inputs (n_samples, …) float32 and targets (n_samples, …), for training and, if given, for testing."""

    train: Pair
    test: Pair | None = None


def read(path: Path, as_classes: bool = True) -> DataFile:
    """Read the data at `path`: an .npz file, a .csv file, or a folder of IDX files, gzipped or not.

    An .npz file holds x_train, y_train and optionally x_test, y_test; or just x and y. In a table, the
    column headed label, class, target or y, or else the last, is the target, and all others are inputs; a
    first column without a heading is an index and is skipped. Words become class numbers in alphabetical
    order. With `as_classes`, so do one-hot rows, and whole numbers that do not start at 0, which is logged.
    Whole numbers from 0 to 255 are scaled to [0, 1] if a sample has two axes or at least 16 columns, like
    images.

    Raises DataError if the file cannot be read or does not hold such arrays.
    """
    path = path.expanduser()
    if not path.exists():
        raise DataError(f"{path} does not exist: check the path of the data")
    if path.is_dir():
        found = _read_idx(path)
    elif path.suffix.lower() == ".npz":
        found = _read_npz(path)
    elif path.suffix.lower() in (".csv", ".txt"):
        found = DataFile(_read_csv(path))
    else:
        raise DataError(f"{path}: data must be an .npz or .csv file, or a folder of IDX files")
    train, test = found.train, found.test
    _check(path, train)
    if test is not None:
        _check(path, test)
        if test[0].shape[1:] != train[0].shape[1:]:
            raise DataError(
                f"{path}: the test inputs have shape {test[0].shape}, the training inputs {train[0].shape}"
            )
    scale, number = _scale(train[0]), _numbering(path, train[1], as_classes)
    return DataFile(*(None if pair is None else _prepared(pair, scale, number) for pair in (train, test)))  # type: ignore[arg-type]


@lru_cache(maxsize=1)
def _read_once(path: Path, as_classes: bool, changed: int) -> DataFile:
    return read(path, as_classes)


def training_data(path: Path, as_classes: bool = True) -> Pair:
    """The training data. The last file read stays in memory, as its test data are needed next."""
    return _read_once(path, as_classes, _changed(path)).train


def test_data(path: Path, as_classes: bool = True) -> Pair:
    """The test data, to validate on. Raises DataError if there are none."""
    pair = _read_once(path, as_classes, _changed(path)).test
    if pair is None:
        raise DataError(f"{path} holds no test data")
    return pair


def has_test_data(path: Path, as_classes: bool = True) -> bool:
    """Whether the file has test data."""
    return _read_once(path, as_classes, _changed(path)).test is not None


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.exists() else 0


def _check(path: Path, pair: Pair) -> None:
    inputs, targets = pair
    if inputs.dtype.kind not in "biuf" or targets.dtype.kind not in "biufU":
        raise DataError(f"{path} must hold numbers, not {inputs.dtype} and {targets.dtype}")
    if inputs.ndim < 2 or targets.ndim < 1 or len(inputs) != len(targets) or not len(inputs):
        raise DataError(
            f"{path}: inputs of shape {inputs.shape} and targets of shape {targets.shape} do not match: "
            "each sample needs one row and one target"
        )


def _prepared(pair: Pair, scale: float, number: Callable[[Array], Array]) -> Pair:
    inputs, targets = pair
    with np.errstate(over="ignore"):  # too large for float32: refused later as infinite, with its row
        return inputs.astype(np.float32) / np.float32(scale), number(targets)


def _scale(inputs: Array) -> float:
    """The divisor of the inputs: 255 for images of whole numbers up to 255, else 1."""
    of_images = inputs.ndim > 2 or inputs.shape[1] >= FEWEST_PIXELS
    if not of_images or not inputs.size or not 1 < inputs.max() <= 255 or inputs.min() < 0:
        return 1.0
    return 255.0 if inputs.dtype.kind in "biu" or bool((inputs == np.round(inputs)).all()) else 1.0


def _numbering(path: Path, targets: Array, as_classes: bool) -> Callable[[Array], Array]:
    """A function from targets to class numbers, learnt from training targets; unchanged for a regression."""
    if targets.ndim > 2 or (targets.ndim == 2 and targets.shape[1] > 1):
        one_hot = targets.ndim == 2 and np.isin(targets, (0, 1)).all() and (targets.sum(axis=1) == 1).all()
        return (lambda rows: rows.argmax(axis=1)) if one_hot and as_classes else _as_numbers
    known = np.unique(targets)
    if targets.dtype.kind == "U":
        return lambda some: _places(path, some, known)
    whole = bool(np.isfinite(known).all() and (known == np.round(known)).all())
    few = len(known) <= min(MAX_CLASSES, max(2, len(targets) // 2))
    if not (as_classes and whole and few) or known[0] == 0:
        return _as_numbers
    logger.warning("%s: the labels %g to %g are renumbered from 0", path, known[0], known[-1])
    return lambda some: _places(path, some, known)


def _as_numbers(targets: Array) -> Array:
    flat = targets[:, 0] if targets.ndim == 2 and targets.shape[1] == 1 else targets
    whole = flat.dtype.kind in "biu" or bool(np.isfinite(flat).all() and (flat == np.round(flat)).all())
    return flat.astype(np.int64 if whole else np.float32)


def _places(path: Path, targets: Array, known: Array) -> Array:
    """The position of each target among the known labels, in increasing order."""
    labels = targets.reshape(-1)
    unknown = labels[~np.isin(labels, known)]
    if len(unknown):
        raise DataError(f"{path}: the label {unknown[0]} of the test data is not in the training data")
    return np.searchsorted(known, labels)


def _read_npz(path: Path) -> DataFile:
    try:
        with np.load(path, allow_pickle=False) as file:
            train = next((pair for pair in NPZ_NAMES if set(pair) <= set(file)), None)
            if train is None:
                raise DataError(
                    f"{path} holds {', '.join(file) or 'nothing'}: it must hold x_train and y_train, or x "
                    "and y"
                )
            test = next((pair for pair in NPZ_TEST_NAMES if set(pair) <= set(file)), None)
            return DataFile(
                (file[train[0]], file[train[1]]), None if test is None else (file[test[0]], file[test[1]])
            )
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read as .npz: {first_line(error)}") from error


# Tables


def _read_csv(path: Path) -> Pair:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if any(cell.strip() for cell in row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as .csv: {first_line(error)}") from error
    if not rows:
        raise DataError(f"{path} is empty")
    header = [cell.strip().lower() for cell in rows[0]]
    has_header = any(name in header for name in LABEL_COLUMNS) or not any(map(_is_number, header))
    first = 2 if has_header else 1  # as an editor counts lines
    column = next((header.index(name) for name in LABEL_COLUMNS if name in header), len(header) - 1)
    body = rows[1:] if has_header else rows
    if len(header) < 2 or not body:
        raise DataError(f"{path} must have rows of two or more columns: inputs and a label")
    for number, row in enumerate(body, start=first):
        if len(row) != len(header):
            raise DataError(f"{path}: row {number} has {len(row)} columns, but the first has {len(header)}")
        if not row[column].strip():
            raise DataError(f"{path}: row {number} has no label: fill it in, or leave the row out")
    index = has_header and not header[0]  # as pandas writes it
    inputs = [[cell for place, cell in enumerate(row) if place != column][index:] for row in body]
    return _numbers(path, inputs, first), _labels(path, [row[column].strip() for row in body], first)


def _numbers(path: Path, rows: Sequence[Sequence[str]], first: int) -> Array:
    for number, row in enumerate(rows, start=first):
        for cell in row:
            if not _is_number(cell):
                raise DataError(f"{path}: row {number} holds {cell!r} where a number should be")
    return np.array(rows, dtype=np.float32)


def _labels(path: Path, words: Sequence[str], first: int) -> Array:
    numbers = [_is_number(word) for word in words]
    if all(numbers):
        return np.array(words, dtype=np.float64)
    if any(numbers):
        row = first + numbers.index(not numbers[0])
        raise DataError(
            f"{path}: row {row} has the label {words[row - first]!r}, others have "
            f"{'numbers' if numbers[0] else 'words'}: use only numbers or only words"
        )
    return np.array(words)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


# IDX files, as described at http://yann.lecun.com/exdb/mnist/


def _read_idx(folder: Path) -> DataFile:
    pairs = {part: _idx_pair(folder, prefix) for part, prefix in IDX_PARTS.items()}
    if pairs["train"] is None:
        raise DataError(
            f"{folder} holds no train-images-idx3-ubyte and train-labels-idx1-ubyte (or .gz): pass the "
            "folder that holds MNIST's IDX files, or an .npz file"
        )
    return DataFile(pairs["train"], pairs["test"])


def _idx_pair(folder: Path, prefix: str) -> Pair | None:
    files = [_idx_file(folder, prefix, kind) for kind in ("images", "labels")]
    images, labels = files
    return None if images is None or labels is None else (_idx_array(images), _idx_array(labels))


def _idx_file(folder: Path, prefix: str, kind: str) -> Path | None:
    """The file named like train-images-idx3-ubyte or train-images.idx3-ubyte, with or without .gz."""
    return next(iter(sorted(folder.glob(f"{prefix}-{kind}[-.]idx*"))), None)


def _idx_array(path: Path) -> Array:
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path} cannot be read: {first_line(error)}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in IDX_TYPES:
        raise DataError(f"{path} is not an IDX file")
    dtype, n_axes = np.dtype(IDX_TYPES[data[2]]), data[3]
    start = 4 + 4 * n_axes
    shape = [int.from_bytes(data[place : place + 4], "big") for place in range(4, start, 4)]
    size = dtype.itemsize
    for length in shape:
        size *= length
    if len(data) != start + size:
        raise DataError(f"{path} is damaged: its header says shape {shape}, but it has {len(data)} bytes")
    return np.frombuffer(data, dtype, offset=start).reshape(shape)
