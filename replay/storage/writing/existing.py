"""Existing files at the target path: refuse to overwrite them, or remove those without a snapshot."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from replay.errors import RunFileError
from replay.storage.format import identity
from replay.storage.unfinished import has_begun
from replay.storage.writing import lock

# Files of this process that hold only the weights from before training, by place, with their identity: if
# `fit` failed at once, the next attempt may replace them. The identity protects a file that another process
# has put there since.
_EMPTY_FILES: dict[Path, tuple[int, int]] = {}


def place_of(path: Path) -> Path:
    """The absolute path, links resolved; still valid after the process changes its folder."""
    return Path(os.path.realpath(path))


def remember_empty(place: Path) -> None:
    """Mark a file as empty, until `has_content`."""
    _EMPTY_FILES[place] = identity(place)


def has_content(place: Path) -> None:
    """Mark a file as worth keeping."""
    _EMPTY_FILES.pop(place, None)


def is_empty(place: Path) -> bool:
    """Whether a file is this process's own and holds nothing worth keeping."""
    return place.exists() and _EMPTY_FILES.get(place) == identity(place)


@atexit.register
def _remove_empty() -> None:
    for place in _EMPTY_FILES:
        if is_empty(place):
            place.unlink()


if hasattr(os, "register_at_fork"):  # the files belong to the parent
    os.register_at_fork(after_in_child=_EMPTY_FILES.clear)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise RunFileError if `path` is a folder, or exists and must not be replaced."""
    path = path.expanduser()
    if path.is_dir():
        raise RunFileError(f"{path} is a folder: name a file in it, as in {path / 'run.h5'}")
    if path.exists() and not overwrite and not is_empty(place_of(path)):
        raise RunFileError(
            f"{path} exists: choose another name, resume it if it was interrupted (resume=True, --resume), "
            "or replace it with overwrite=True (--overwrite)"
        )


def make_way(path: Path) -> None:
    """Remove a file without a snapshot, which a recording leaves if it is killed at once.

    Raises RunFileError if it has a snapshot by now, or is being recorded.
    """
    place = place_of(path)
    if not place.exists() or is_empty(place):
        return
    with lock.exclusive(place, path):
        pass
    seen = lock.stamp(place)
    if has_begun(path):
        raise changed_meanwhile(path)
    with lock.exclusive(place, path):
        if lock.stamp(place) != seen:
            raise changed_meanwhile(path)
        place.unlink()


def changed_meanwhile(path: Path) -> RunFileError:
    """The error to raise if another recorder changed the file that was to be resumed."""
    return RunFileError(
        f"{path} was changed by another recorder in the meantime: continue from what it holds now, "
        "in a new recorder with resume=True (--resume)"
    )
