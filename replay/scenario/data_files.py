"""Data file readers: tables (.csv and others), NumPy archives (.npz), and folders of IDX files (MNIST)."""

from __future__ import annotations

import stat
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from replay.errors import DataError, first_line
from replay.network.data_description import DataDescription
from replay.scenario.data_options import AS_FOUND, DataOptions
from replay.scenario.idx import read_idx
from replay.scenario.npz import read_npz
from replay.scenario.raw_data import Pair, RawData
from replay.scenario.regular_file import opened
from replay.scenario.scaling import (
    check_merged_targets,
    check_range,
    hint,
    hint_on_targets,
    note_on_merged,
    scaling_of,
)
from replay.scenario.tables.table import read_table
from replay.scenario.targets import coding_of, look_alike
from replay.storage.samples import check_finite, checked_samples

COMPRESSED = (".gz", ".bz2", ".xz", ".zip", ".7z", ".zst")
TABLES = (".csv", ".tsv", ".tab", ".txt", ".dat", ".data")
OF_PATHS = (ValueError, RuntimeError)  # a name with a null in it; the home of nobody


class DataFile(NamedTuple):
    """Inputs (n_samples, …) float32 and targets (n_samples, …), for training and, if given, for testing.

    `description` tells what they were taken for, `notes` what the user should know of the file besides.
    """

    train: Pair
    test: Pair | None = None
    description: DataDescription = DataDescription()
    notes: tuple[str, ...] = ()


def read(path: Path, options: DataOptions = AS_FOUND, as_classes: bool = True) -> DataFile:
    """Read the data at `path`: a table, an .npz file, or a folder of IDX files, gzipped or not.

    `replay.scenario.tables` tells how a table is read, `replay.scenario.npz` what an archive must hold.
    Targets become class numbers if `options` say so or if they look like classes, unless not `as_classes`:
    then numbers stay as they are. `replay.scenario.scaling` tells how inputs are scaled.

    Raises DataError if the file cannot be read or does not hold such data.
    """
    try:
        return _prepared(_raw(path.expanduser(), options, as_classes), options, as_classes)
    except DataError as error:
        raise DataError(f"{path}: {error}") from error
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist: check the path of the data") from error
    except (OSError, *OF_PATHS) as error:
        reason = getattr(error, "strerror", None) or first_line(error)
        raise DataError(f"{path} cannot be read: {reason}") from error
    except MemoryError as error:
        raise DataError(f"{path} needs more memory than there is: give fewer samples or columns") from error


def _prepared(raw: RawData, options: DataOptions, as_classes: bool) -> DataFile:
    """The data with coded targets and scaled inputs, as the training data say."""
    _check(raw)
    inputs, targets = raw.train
    coding = coding_of(targets, options.task, as_classes, raw.classes)
    with np.errstate(over="ignore", invalid="ignore"):  # NaN and infinity are refused below, with their row
        scaling = scaling_of(inputs, options.scale)
        pairs = [(scaling.scaled(x), coding.coded(y)) for x, y in raw.pairs]
    for (x, _), pair in zip(raw.pairs, pairs, strict=True):
        check_range(x, pair[0], "inputs")  # also where they became infinite while they were scaled
        checked_samples(*pair)
    train, *tests = pairs
    merged = note_on_merged(inputs, train[0], raw.inputs)
    if not coding.classes:
        check_merged_targets(targets, train[1])
    advice = [hint(train[0], raw.inputs)] if options.scale is None else []
    advice += [] if coding.classes else [hint_on_targets(train[1])]
    return DataFile(
        train,
        tests[0] if tests else None,
        description=DataDescription(raw.target, coding.classes, raw.inputs, raw.left_out, scaling.name),
        notes=raw.notes + tuple(filter(None, [look_alike(coding.classes), merged, *advice])),
    )


def _raw(path: Path, options: DataOptions, as_classes: bool) -> RawData:
    suffix, is_folder = path.suffix.lower(), stat.S_ISDIR(path.stat().st_mode)
    if not is_folder and suffix in TABLES:
        return read_table(path, options, as_classes)
    if options.of_columns:
        raise DataError(f"this is no table, so --{options.of_columns[0]} cannot choose its columns")
    if is_folder:
        return read_idx(path, options.max_data)
    if suffix == ".npz":
        with opened(path, options.max_data) as file:
            return read_npz(file, options.max_data)
    if suffix == ".npy":
        raise DataError("this is one array, but there must be two: save both with np.savez(file, x=…, y=…)")
    if suffix in COMPRESSED:
        raise DataError("this is compressed: unpack it first")
    raise DataError(
        f"data must be a table ({', '.join(TABLES)}), an .npz file, or a folder of IDX files: "
        "rename a table of text, save a sheet as CSV, arrays with np.savez(file, x=…, y=…)"
    )


@lru_cache(maxsize=1)
def _read_once(path: Path, options: DataOptions, as_classes: bool, changed: int) -> DataFile:
    return read(path, options, as_classes)


def read_once(path: Path, options: DataOptions = AS_FOUND, as_classes: bool = True) -> DataFile:
    """The same as `read`. The last file read stays in memory, as it is needed again."""
    return _read_once(path, options, as_classes, _changed(path))


def _changed(path: Path) -> int:
    """When a file changed last; 0 for one that cannot be read."""
    try:
        return path.expanduser().stat().st_mtime_ns
    except (OSError, *OF_PATHS):
        return 0


def training_data(path: Path, options: DataOptions = AS_FOUND, as_classes: bool = True) -> Pair:
    """The training data."""
    return read_once(path, options, as_classes).train


def test_data(path: Path, options: DataOptions = AS_FOUND, as_classes: bool = True) -> Pair:
    """The test data, to validate on. Raises DataError if there are none."""
    pair = read_once(path, options, as_classes).test
    if pair is None:
        raise DataError(f"{path} holds no test data")
    return pair


def _check(raw: RawData) -> None:
    """Raise DataError where arrays are no numbers, or do not fit together."""
    for inputs, targets in raw.pairs:
        if inputs.dtype.kind not in "biuf" or targets.dtype.kind not in "biufU":
            raise DataError(f"the data must be numbers, not {inputs.dtype} and {targets.dtype}")
        if inputs.ndim < 2 or targets.ndim < 1 or len(inputs) != len(targets) or not len(inputs):
            raise DataError(
                f"inputs of shape {inputs.shape} and targets of shape {targets.shape} do not match: "
                "each sample needs one row and one target"
            )
        if not inputs.size or not targets.size:
            raise DataError(f"there are no values: inputs have shape {inputs.shape}, targets {targets.shape}")
        if targets.dtype.kind == "f":
            check_finite("targets", targets)
        own, others = raw.train[0].shape, inputs.shape
        if own[1:] != others[1:]:
            raise DataError(f"the test inputs have shape {others}, the training inputs {own}")
    if len(raw.train[0]) < 2:
        raise DataError("there is one sample, but there must be two or more")
