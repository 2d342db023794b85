"""Give a saved run other names: the same file with another description of its data."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np

from replay.errors import RunFileError
from replay.network import untrusted_json
from replay.network.data_description import DataDescription
from replay.storage import checksums
from replay.storage.deepreplay import deepreplay_groups
from replay.storage.format import reason
from replay.storage.reader import RunFile
from replay.storage.untrusted import guard
from replay.storage.writing import lock, reproducible
from replay.storage.writing.existing import changed_meanwhile, place_of, refuse_existing
from replay.storage.writing.new_file import as_json
from replay.storage.writing.partial_file import partial_file

DESCRIPTION, LAST = "description", "epochs"  # a reader counts the snapshots in what is written last


def rename(
    path: str | os.PathLike[str],
    data: DataDescription,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the run at `path` with `data` as what its data were taken for; returns where.

    All else stays as it is, what a training needs to go on included. The new file takes the place of the old
    one, or lies at `out`, whole or not at all.

    Raises RunFileError where `path` is no run file or is being recorded, or `out` exists and `overwrite` is
    not set.
    """
    source = named_file(path)
    target = source if out is None else Path(out).expanduser()
    here, place = place_of(source), place_of(target)
    if place != here:
        refuse_existing(target, overwrite)
    with lock.exclusive(here, source):
        pass  # nobody records it
    seen = lock.stamp(here)
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with partial_file(place) as partial:
            _copy(source, data, partial)
            with lock.exclusive(place, target):
                if lock.stamp(here) != seen:
                    raise changed_meanwhile(source)
                if place != here:
                    refuse_existing(target, overwrite)  # it may have been written meanwhile
                partial.replace(place)
    except OSError as error:
        raise RunFileError(f"cannot write {target}: {reason(error)}") from error
    return target


def named_file(path: str | os.PathLike[str]) -> Path:
    """A path as that of a run file. Raises RunFileError for what DeepReplay wrote, which has no names."""
    source = Path(path).expanduser()
    if not source.is_dir() and deepreplay_groups(source):
        raise RunFileError(f"{source} was written by DeepReplay: convert it first, with 'replay import'")
    return RunFile(source).path


def _copy(source: Path, data: DataDescription, path: Path) -> None:
    """Copy a run file, member by member, with another description."""
    with guard.opened(source.absolute(), str(source)) as old, reproducible.created(path) as new:
        for name in old.attrs:
            new.attrs[name] = guard.attribute(old, name)
        for name in sorted(guard.names(old), key=lambda name: name == LAST):
            member = guard.item(old, name)
            if name == DESCRIPTION:
                text = _described(guard.text(old, name), data)
                new.create_dataset(name, data=np.bytes_(text.encode()))
            else:
                old.copy(member, new, name)
        _set_checksum(new)


def _described(text: str, data: DataDescription) -> str:
    """The description as JSON with other data."""
    described = untrusted_json.loads(text)
    return as_json({**described, "data": data.to_json()})


def _set_checksum(file: h5py.File) -> None:
    """Set the checksum of the description, in files that have checksums."""
    if checksums.NAME in file:
        content = bytes(file[DESCRIPTION][()])
        file[checksums.NAME].attrs[DESCRIPTION] = np.uint32(checksums.of_text(content))
