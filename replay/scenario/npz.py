"""Reads NumPy archives (.npz) with inputs and targets; nothing in them is unpickled or believed unchecked."""

from __future__ import annotations

import math
import struct
import warnings
import zipfile
import zlib
from collections.abc import Collection, Mapping
from tokenize import TokenError
from typing import IO, NamedTuple

import numpy as np
from numpy.lib import format as npy

from replay.errors import DataError, first_line
from replay.scenario.memory import DEFLATED_AT_MOST, check_memory, memory_of, size_in_words
from replay.scenario.raw_data import Pair, RawData, no_other
from replay.scenario.regular_file import InPieces
from replay.types import Array

# In small letters: X and X_train are found as well.
NAMES = (
    *(("x_train", "y_train"), ("x", "y"), ("inputs", "targets"), ("data", "target"), ("data", "targets")),
    *(("data", "labels"), ("images", "labels"), ("features", "labels"), ("features", "targets")),
)
TEST_NAMES = (("x_test", "y_test"), ("x_val", "y_val"), ("validation_inputs", "validation_targets"))
SUFFIX = ".npy"
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 1  # a bit of a zip member's flags
MAX_LABEL = 4000  # bytes
LONGEST = 2**63  # axis
SHOWN = 10  # names that a message tells
DAMAGES = (
    *(ValueError, TypeError, AttributeError, LookupError, EOFError, OverflowError, RuntimeError, MemoryError),
    *(zipfile.BadZipFile, zlib.error, struct.error, SyntaxError, TokenError),
)


class Header(NamedTuple):
    """What an array says of itself."""

    shape: tuple[int, ...]
    dtype: np.dtype[np.generic]


def read_npz(file: InPieces, most: int) -> RawData:
    """The arrays of an .npz file, if reading them takes at most `most` bytes of memory.

    Raises DataError, without the path, if it cannot be read or does not hold such arrays.
    """
    if not zipfile.is_zipfile(file):
        raise DataError(
            "this is no .npz archive, or only a part of one: save it with np.savez(file, x=…, y=…)"
        )
    try:
        with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(file) as archive:  # of Python 2
            return _data(archive, most)
    except DAMAGES as error:
        raise DataError(f"this cannot be read as .npz: {first_line(error)}") from error


def _data(archive: zipfile.ZipFile, most: int) -> RawData:
    members = _members(archive)
    names = {name.casefold(): name for name in reversed(members)}
    train, test = _pair_of(names, NAMES), _pair_of(names, TEST_NAMES)
    if train is None:
        raise DataError(f"the archive holds {_listed(members)}: it must hold x_train and y_train, or x and y")
    used = {name: members[name] for name in (*train, *(test or ()))}
    labels = {targets for _, targets in filter(None, (train, test))}
    headers = {name: _header(archive, name, member) for name, member in used.items()}
    check_memory(sum(memory_of(*header, name in labels) for name, header in headers.items()), most)
    arrays = {name: _array(archive, name, member) for name, member in used.items()}
    return RawData(
        _arrays(arrays, train),
        None if test is None else _arrays(arrays, test),
        target=train[1],
        inputs=train[:1],
        left_out=tuple(name for name in members if name not in used),
        notes=() if test else _of_halves(names),
    )


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The arrays by name. Raises DataError where one comes twice, of which each reader would take another."""
    members: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        name = member.filename.removesuffix(SUFFIX)
        if members.setdefault(name, member) is not member:
            raise DataError(f"the archive holds {_listed([name])} twice: save each array once")
    return members


def _of_halves(names: Mapping[str, str]) -> tuple[str, ...]:
    """Notes on inputs or targets for validation without the other."""
    ways = [way for x, y in TEST_NAMES for way in ((x, y), (y, x))]
    return tuple(
        no_other(_listed([names[one]]), other) for one, other in ways if one in names and other not in names
    )


def _pair_of(names: Mapping[str, str], known: tuple[tuple[str, str], ...]) -> tuple[str, str] | None:
    return next(((names[x], names[y]) for x, y in known if x in names and y in names), None)


def _arrays(arrays: Mapping[str, Array], names: tuple[str, str]) -> Pair:
    inputs, targets = names
    return arrays[inputs], arrays[targets]


def _listed(names: Collection[str]) -> str:
    shown = [repr(name[:40])[1:-1] for name in list(names)[:SHOWN]]
    return ", ".join(shown + (["…"] if len(names) > SHOWN else [])) or "nothing"


def _header(archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo) -> Header:
    """What an array claims, compared with what the archive holds of it."""
    _check_packing(name, member)
    with archive.open(member) as file:
        header = _claimed(name, file)
        start = file.tell()
    _check_type(name, header.dtype)
    if not all(length > 0 for length in header.shape):
        raise DataError(f"{name} holds no samples: its shape is {header.shape}"[:200])
    claimed = start + math.prod(header.shape) * header.dtype.itemsize
    held = min(member.file_size, DEFLATED_AT_MOST * (member.compress_size + 1))
    if claimed > held:
        told = f"it claims {size_in_words(claimed)}, but holds {size_in_words(held)} at most"
        raise DataError(f"{name} is damaged: {told}")
    return header


def _check_packing(name: str, member: zipfile.ZipInfo) -> None:
    if member.flag_bits & ENCRYPTED:
        raise DataError(f"{name} is encrypted: save it with np.savez, without a password")
    if member.compress_type not in METHODS:
        raise DataError(f"{name} is packed in an unusual way: save it with np.savez_compressed")


def _claimed(name: str, file: IO[bytes]) -> Header:
    version = npy.read_magic(file)
    if version != (1, 0):  # the others are for structures of many fields
        raise DataError(f"{name} is an array of version {version[0]}, which plain numbers do not need")
    try:
        shape, _, dtype = npy.read_array_header_1_0(file)
    except DAMAGES as error:
        raise DataError(f"{name} is damaged: its header is none of NumPy's: save it again") from error
    if not all(type(length) is int and abs(length) <= LONGEST for length in shape):
        raise DataError(f"{name} is damaged: its header claims a shape that no array has: save it again")
    return Header(shape, dtype)


def _check_type(name: str, dtype: np.dtype[np.generic]) -> None:
    if dtype.hasobject:
        raise DataError(
            f"{name} is a pickled array of objects, which could run code and is never read: save it "
            f"as text or numbers, such as np.savez(…, {name}={name}.astype(str)) or .astype(float)"
        )
    if dtype.kind not in "biufSU":
        raise DataError(f"{name} must hold numbers, not {str(dtype)[:40]}")
    if dtype.kind in "SU" and dtype.itemsize > MAX_LABEL:
        raise DataError(f"{name} holds texts of {dtype.itemsize} bytes each: labels have {MAX_LABEL} at most")


def _array(archive: zipfile.ZipFile, name: str, member: zipfile.ZipInfo) -> Array:
    with archive.open(member) as file:
        array: Array = npy.read_array(file, allow_pickle=False)
    if array.dtype.kind != "S":
        return array
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{name} holds bytes that are no text in UTF-8: save it as text") from error
