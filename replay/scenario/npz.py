"""Reads NumPy archives (.npz) with inputs and targets; nothing in them is unpickled."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from replay.errors import DataError, first_line
from replay.scenario.raw_data import Pair, RawData
from replay.types import Array

# In small letters: X and X_train are found as well.
NAMES = (
    *(("x_train", "y_train"), ("x", "y"), ("inputs", "targets"), ("data", "target"), ("data", "targets")),
    *(("data", "labels"), ("images", "labels"), ("features", "labels"), ("features", "targets")),
)
TEST_NAMES = (("x_test", "y_test"), ("x_val", "y_val"), ("validation_inputs", "validation_targets"))


def read_npz(path: Path) -> RawData:
    """The arrays of an .npz file. Raises DataError if it cannot be read or does not hold such arrays."""
    if path.is_file() and not zipfile.is_zipfile(path):
        raise DataError(
            f"{path} is no .npz archive, or only a part of one: save it with np.savez(file, x=…, y=…)"
        )
    try:
        with np.load(path, allow_pickle=False) as file:
            names = {name.casefold(): name for name in reversed(file.files)}
            found = _pair_of(names, NAMES)
            if found is None:
                raise DataError(
                    f"{path} holds {', '.join(file.files) or 'nothing'}: it must hold x_train and y_train, "
                    "or x and y"
                )
            tests = _pair_of(names, TEST_NAMES)
            train = _arrays(path, file, found)
            test = None if tests is None else _arrays(path, file, tests)
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path} cannot be read as .npz: {first_line(error)}") from error
    inputs, target = found
    return RawData(train, test, target=target, inputs=(inputs,))


def _pair_of(names: Mapping[str, str], known: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    return next(((names[x], names[y]) for x, y in known if x in names and y in names), None)


def _arrays(path: Path, file: Mapping[str, Array], names: tuple[str, str]) -> Pair:
    inputs, targets = (_array(path, file, name) for name in names)
    return inputs, targets


def _array(path: Path, file: Mapping[str, Array], name: str) -> Array:
    try:
        array = file[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"{path}: {name} is a pickled array of objects, which could run code and is never read: save it "
            f"as text or numbers, such as np.savez(…, {name}={name}.astype(str)) or .astype(float)"
        ) from error
    return np.char.decode(array, "utf-8") if array.dtype.kind == "S" else array
