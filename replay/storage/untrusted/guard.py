"""Open and read untrusted HDF5 files safely: no links, no unknown filters, sizes checked before allocation.

Nothing leads out of the file (external and soft links, external storage, virtual datasets), only filters
that this project writes may run, and a dataset's claimed size is compared with its size on disk before any
memory is allocated. Errors are ValueErrors that name the key; `opened` puts the file's name in front.
"""

from __future__ import annotations

import ctypes
import math
import os
import stat
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from h5py import h5a, h5d, h5f, h5g, h5l, h5o, h5p, h5t, h5z

from replay.errors import RunFileError
from replay.storage.format import identity, reason
from replay.storage.untrusted import global_heap, inflate
from replay.types import Array

NUMBERS = "biuf"
FILTERS = {h5z.FILTER_DEFLATE: "gzip", h5z.FILTER_SHUFFLE: "shuffle"}
LAYOUTS = (h5d.COMPACT, h5d.CONTIGUOUS, h5d.CHUNKED)
# A growing dataset is resized before it is filled: this much may be missing.
UNWRITTEN_BYTES = 1_000_000
CHUNK_BYTES = 64_000_000  # or one row, if that is more
MAX_PIECES = 1_000_000
GZIP_AT_MOST = 1100  # compression ratio; deflate's own limit is 1032
# Limits on data read at once: bytes, or this many times the size on disk, whichever is more.
WHOLE_BYTES, WHOLE_RATIO = 4_000_000, 50
TOGETHER_BYTES = 64_000_000  # of several datasets
ATTRIBUTE_BYTES = 1_000_000
FEW_TEXTS = 8  # each may be as long as the file
TEXTS_BYTES = 512_000_000
MAX_LINKS = 100_000
LARGEST = 2**63 - 1  # of whole numbers
# In SWMR mode, HDF5 retries a read with a wrong checksum, in case the writer is not done: by default 100
# times, with pauses that double from 1 ns, which is forever. 27 attempts take 0.1 s.
ATTEMPTS = 27
# h5py cannot set the number of attempts; the function is in the HDF5 library that it has loaded.
_hdf5 = ctypes.CDLL("hdf5" if os.name == "nt" else h5p.__file__)
DAMAGES = (KeyError, TypeError, ValueError, AttributeError, OSError, RuntimeError, OverflowError, IndexError)


@contextmanager
def opened(place: Path, name: str) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading; errors call it `name`.

    Uses SWMR mode if a writer has the file open, or was killed with it open. Without SWMR, HDF5 also checks
    that the file is complete.
    """
    try:
        with h5py.File(_opened_file(place)) as file:
            yield file
    except DAMAGES as error:
        raise RunFileError(f"{name} is damaged: {reason(error)}") from error


def _opened_file(place: Path) -> h5f.FileID:
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_libver_bounds(h5f.LIBVER_LATEST, h5f.LIBVER_LATEST)
    mode = h5f.ACC_RDONLY
    if open_for_writing(place):
        mode |= h5f.ACC_SWMR_READ
        _hdf5.H5Pset_metadata_read_attempts(ctypes.c_int64(access.id), ctypes.c_uint(ATTEMPTS))
    return h5f.open(os.fsencode(place), mode, access)


def existing(place: Path, name: Path) -> tuple[int, int]:
    """The identity of a file; raises RunFileError if it is missing, empty or no regular file.

    Errors call it `name`.
    """
    try:
        status = place.stat()
    except FileNotFoundError as error:
        raise RunFileError(
            f"{name} does not exist: check the path, or record one with 'replay run'"
        ) from error
    except (OSError, ValueError) as error:
        raise RunFileError(f"{name} cannot be read: {reason(error)}") from error
    if stat.S_ISDIR(status.st_mode):
        raise RunFileError(f"{name} is a folder: name a run file in it")
    if not stat.S_ISREG(status.st_mode):  # reading a pipe or a device may never end
        raise RunFileError(f"{name} is a pipe or a device, not a file: name a run file")
    if status.st_size == 0:
        raise RunFileError(f"{name} is empty: record it again")
    return identity(place)


def open_for_writing(path: Path) -> bool:
    """Whether a writer has the file open, or was killed with it open.

    Reads the superblock (HDF5 File Format Specification 3.0, section II.A, versions 2 and 3), and checks the
    file length in it: in SWMR mode HDF5 does not, and hangs if the file is too short.
    """
    with path.open("rb") as file:
        block = file.read(36)
    if block[:8] != b"\x89HDF\r\n\x1a\n":
        raise RunFileError(f"{path} is not an HDF5 file, so it is not a run file")
    if len(block) < 36 or (block[8] >= 2 and int.from_bytes(block[28:36], "little") > path.stat().st_size):
        raise RunFileError(f"{path} is damaged: it was cut short")
    return block[8] >= 2 and bool(block[11] & 1)


# Finding


def is_there(group: h5py.Group, name: str) -> bool:
    """Whether the group has a link of this name, whatever its target."""
    return group.id.links.exists(_encoded(name))


def item(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset:
    """The group or dataset at `path` below `group`; raises ValueError if there is none."""
    found = find(group, path)
    if found is None:
        raise ValueError(f"{path} is missing")
    return found


def find(group: h5py.Group, path: str) -> h5py.Group | h5py.Dataset | None:
    """The group or dataset at `path` below `group`; None if there is none."""
    here = group
    for name in path.split("/"):  # step by step: HDF5 would follow links on the way
        if not isinstance(here, h5py.Group) or name in ("", ".") or not is_there(here, name):
            return None
        here = _opened_link(here, name, path)
    return here


def _opened_link(group: h5py.Group, name: str, key: str) -> Any:
    if group.id.links.get_info(_encoded(name)).type != h5l.TYPE_HARD:
        raise ValueError(f"{key} is a soft or external link, which is not allowed")
    found = h5o.open(group.id, _encoded(name))
    if isinstance(found, h5d.DatasetID):
        _check_storage(found, key)  # before reading its shape: a virtual dataset's lies in other files
        return h5py.Dataset(found)
    if isinstance(found, h5g.GroupID):
        return h5py.Group(found)
    raise ValueError(f"{key} is neither a dataset nor a group")


def _encoded(name: str) -> bytes:
    return name.encode()


def names(group: h5py.Group) -> list[str]:
    """The names in a group; skips names that are not UTF-8, which no run file has."""
    if len(group) > MAX_LINKS:
        raise ValueError(f"{group.name} holds {len(group)} names, more than {MAX_LINKS}")
    found = []
    for name in group.id:
        try:
            found.append(name.decode())
        except UnicodeDecodeError:
            continue
    return found


def groups(file: h5py.Group, deepest: int = 4) -> Iterator[tuple[str, h5py.Group]]:
    """Every group down to depth `deepest`, with its path; each once, even if links form a cycle."""
    seen = {_address(file)}

    def below(group: h5py.Group, path: str, depth: int) -> Iterator[tuple[str, h5py.Group]]:
        for name in sorted(names(group)):
            inner = _inner_group(group, name)
            if inner is None or _address(inner) in seen:
                continue
            seen.add(_address(inner))
            yield f"{path}{name}", inner
            if depth < deepest:
                yield from below(inner, f"{path}{name}/", depth + 1)

    yield from below(file, "", 1)


def _inner_group(group: h5py.Group, name: str) -> h5py.Group | None:
    """The group called `name`; None if that is no group, or a soft or external link."""
    if group.id.links.get_info(_encoded(name)).type != h5l.TYPE_HARD:
        return None
    found = h5o.open(group.id, _encoded(name))
    return h5py.Group(found) if isinstance(found, h5g.GroupID) else None


def _address(group: h5py.Group) -> int:
    return int(h5o.get_info(group.id).addr)


# Checking


def _check_storage(dataset: h5d.DatasetID, key: str) -> None:
    """Raise ValueError for data outside the file, or a filter that this project does not write."""
    properties = dataset.get_create_plist()
    if properties.get_layout() not in LAYOUTS:
        raise ValueError(f"{key} is a virtual dataset, which is not allowed")
    if properties.get_external_count():
        raise ValueError(f"{key} is stored in another file, which is not allowed")
    for position in range(properties.get_nfilters()):
        number = properties.get_filter(position)[0]
        if number not in FILTERS:
            raise ValueError(
                f"{key} needs the filter {number}: only {' and '.join(FILTERS.values())} are allowed"
            )


def dataset(
    group: h5py.Group, path: str, kinds: str = NUMBERS, ndim: int | None = None, whole: bool = True
) -> h5py.Dataset:
    """The dataset at `path`, with its type and size checked; raises ValueError.

    `kinds` are NumPy's dtype kinds. Set `whole` if all of it will be in memory at once.
    """
    found = item(group, path)
    if not isinstance(found, h5py.Dataset):
        raise ValueError(f"{path} must be a dataset, not a group")
    if found.shape is None:
        raise ValueError(f"{path} has no values")
    _check_type(found, path, kinds)
    if ndim is not None and found.ndim != ndim:
        raise ValueError(f"{path} has shape {found.shape}: it must have {ndim} axes")
    _check_size(found, path, whole)
    return found


def _check_type(found: h5py.Dataset, path: str, kinds: str) -> None:
    dtype = found.dtype
    if dtype.kind not in kinds or (dtype.kind in NUMBERS and dtype.itemsize > 8):
        what = "numbers" if kinds == NUMBERS else "text" if kinds == "S" else f"of kind {kinds}"
        raise ValueError(f"{path} must be {what}, not {dtype}")
    if dtype.kind in NUMBERS and not h5t.py_create(dtype, logical=True).equal(found.id.get_type()):
        raise ValueError(f"{path} has a number type that NumPy does not have")


def is_believed(samples: h5py.Dataset) -> bool:
    """Whether a reader would accept the size of these samples."""
    try:
        _check_size(samples, samples.name, True)
    except ValueError:
        return False
    return True


def _check_size(found: h5py.Dataset, path: str, whole: bool) -> None:
    """Compare a dataset's claimed size with its size on disk; raises ValueError."""
    claimed = math.prod(found.shape) * found.dtype.itemsize
    stored = found.id.get_storage_size()
    row = math.prod(found.shape[1:]) * found.dtype.itemsize
    chunk = math.prod(found.chunks) * found.dtype.itemsize if found.chunks else 0
    if chunk > max(CHUNK_BYTES, row):
        raise ValueError(f"{path} is stored in chunks of {chunk} bytes, which is too large")
    compressed = found.id.get_create_plist().get_nfilters() > 0
    unwritten = UNWRITTEN_BYTES if whole else max(chunk, UNWRITTEN_BYTES)
    believed = stored * (GZIP_AT_MOST if compressed else 1) + unwritten
    if whole:
        believed = min(believed, max(WHOLE_BYTES, stored * WHOLE_RATIO))
    if claimed > believed:
        raise ValueError(f"{path} claims {claimed} bytes, but holds {stored}")
    pieces = math.prod(-(-size // step) for size, step in zip(found.shape, found.chunks or (), strict=False))
    if pieces > MAX_PIECES:
        raise ValueError(f"{path} is stored in {pieces} chunks, more than {MAX_PIECES}")


def check_together(
    key: str, claimed: int, found: Collection[h5py.Dataset], most: int = TOGETHER_BYTES
) -> None:
    """Raise ValueError if `claimed` bytes of datasets are too much for memory and for their size on disk."""
    stored = sum(one.id.get_storage_size() for one in found)
    if claimed > max(most, stored * WHOLE_RATIO):
        raise ValueError(f"{key} claims {claimed} bytes, but holds {stored}")


# Reading


def rows(found: h5py.Dataset, start: int = 0, stop: int | None = None) -> Array:
    """Rows start ≤ i < stop (default all) of a checked dataset."""
    if found.ndim == 0:
        return np.asarray(found[()])
    stop = found.shape[0] if stop is None else min(stop, found.shape[0])
    if found.id.get_create_plist().get_nfilters():
        return inflate.rows(found, start, stop)
    return np.asarray(found[start:stop])


def scalar(group: h5py.Group, path: str, most: int = LARGEST) -> int:
    """A whole number from 0 to `most`, stored as a scalar dataset."""
    found = int(dataset(group, path, "biu", ndim=0)[()])
    if not 0 <= found <= most:
        raise ValueError(f"{path} must not be {found}")
    return found


def bytes_of(group: h5py.Group, path: str) -> bytes:
    """Bytes, stored as a scalar dataset."""
    return bytes(dataset(group, path, "S", ndim=0)[()])


def text(group: h5py.Group, path: str) -> str:
    """UTF-8 text, stored as bytes."""
    return decoded(bytes_of(group, path), path)


def decoded(content: bytes, path: str) -> str:
    """The UTF-8 text that `path` holds; raises ValueError if it is none."""
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is no text in UTF-8") from error


def attribute(holder: h5py.Group | h5py.Dataset, name: str) -> Any:
    """An attribute: a string, or an array of numbers or strings."""
    if not h5a.exists(holder.id, _encoded(name)):
        raise ValueError(f"the attribute {name} is missing")
    found = h5a.open(holder.id, _encoded(name))
    kind, n_values = found.get_type(), math.prod(found.shape)
    if kind.get_class() not in (h5t.STRING, h5t.INTEGER, h5t.FLOAT):
        raise ValueError(f"the attribute {name} must be text or numbers")
    if n_values * kind.get_size() > ATTRIBUTE_BYTES:
        raise ValueError(f"the attribute {name} has {n_values} values, which is too many")
    if isinstance(kind, h5t.TypeStringID) and kind.is_variable_str():
        _check_texts(name, n_values, holder.file.id.get_filesize())
        global_heap.check(Path(os.fsdecode(holder.file.id.name)))
    return holder.attrs[name]


def whole_attribute(holder: h5py.Group | h5py.Dataset, name: str) -> int:
    """An attribute that is one whole number."""
    found = attribute(holder, name)
    if not isinstance(found, np.integer):
        raise ValueError(f"the attribute {name} must be a whole number")
    return int(found)


def _check_texts(name: str, n_texts: int, file_bytes: int) -> None:
    """Raise ValueError if variable-length strings may be too long in total: all may share one location."""
    if n_texts > FEW_TEXTS and n_texts * file_bytes > TEXTS_BYTES:
        raise ValueError(f"the attribute {name} has {n_texts} variable-length strings, which is too many")


def has_attribute(holder: h5py.Group | h5py.Dataset, name: str) -> bool:
    """Whether there is an attribute of this name."""
    return bool(h5a.exists(holder.id, _encoded(name)))


def texts(values: Sequence[bytes] | Array) -> list[str]:
    """Names that are stored as bytes."""
    return [bytes(value).decode() for value in values]
