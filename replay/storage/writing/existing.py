"""Files that stand where a new one is to come."""

from __future__ import annotations

import atexit
import os
from pathlib import Path

from replay.errors import RunFileError
from replay.storage.format import identity
from replay.storage.unfinished import has_begun
from replay.storage.writing import lock

# Files of this process that hold nothing but weights from before training, by place, with their identity:
# where `fit` failed at once, they are in the way of the next attempt. What another process put in their place
# since, or is writing, is not ours to take for dead.
_EMPTY_FILES: dict[Path, tuple[int, int]] = {}


def place_of(path: Path) -> Path:
    """Where a file lies: behind links, and also after the process changed its folder."""
    return Path(os.path.realpath(path))


def remember_empty(place: Path) -> None:
    """Remember a file that holds nothing yet, until `has_content`."""
    _EMPTY_FILES[place] = identity(place)


def has_content(place: Path) -> None:
    """The file is worth keeping."""
    _EMPTY_FILES.pop(place, None)


def is_empty(place: Path) -> bool:
    """Whether a file holds nothing that is worth keeping, and is this process's own."""
    return place.exists() and _EMPTY_FILES.get(place) == identity(place)


@atexit.register
def _remove_empty() -> None:
    for place in _EMPTY_FILES:
        if is_empty(place):
            place.unlink()


if hasattr(os, "register_at_fork"):  # the files are still the parent's
    os.register_at_fork(after_in_child=_EMPTY_FILES.clear)


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise RunFileError if `path` exists and must not be replaced."""
    path = path.expanduser()
    if path.is_dir():
        raise RunFileError(f"{path} is a folder: name a file in it, as in {path / 'run.h5'}")
    if path.exists() and not overwrite and not is_empty(place_of(path)):
        raise RunFileError(
            f"{path} exists: choose another name, go on with it if it was interrupted (resume=True, "
            "--resume), or replace it with overwrite=True (--overwrite)"
        )


def make_way(path: Path) -> None:
    """Remove a file without a snapshot, as a recording leaves that is killed at once.

    Raises RunFileError where it has one by now, or is being recorded.
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
    """What to say where somebody else went on with a recording that was to be resumed."""
    return RunFileError(
        f"{path} was recorded by somebody else since it was looked at: make a new recorder with resume=True "
        "to go on with what it holds now"
    )
