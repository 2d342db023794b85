"""Runs that `replay run` finds in its folder: those that are complete are kept, and drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from replay.cli.console import say
from replay.errors import RunFileError

NAMED = 3  # files in a line


def complete_runs(paths: Iterable[Path], resume: bool) -> list[Path]:
    """The files that hold a complete run. Raises RunFileError for one that does not, unless it is resumed."""
    from replay.storage.reader import RunFile
    from replay.storage.unfinished import has_begun
    from replay.storage.writing.existing import refuse_existing

    found = []
    for path in paths:
        if path.is_dir():
            refuse_existing(path, overwrite=False)
        if not path.exists():
            continue
        if has_begun(path) and RunFile(path).complete:
            found.append(path)
        elif not resume:
            raise RunFileError(
                f"{path} is an interrupted run: --resume goes on with it, --overwrite replaces it"
            )
    return found


def check_names(paths: Iterable[Path], given: Mapping[str, Any]) -> None:
    """Raise RunFileError for a run whose data are called otherwise than they are to be."""
    from replay.network.data_description import DataDescription
    from replay.storage.reader import RunFile

    asked = DataDescription().with_names(**given)
    for path in paths:
        own = RunFile(path).description.data or DataDescription()
        if asked.completed(own) != own:
            raise RunFileError(f"{path} is kept under other names: give it these with 'replay edit {path}'")


def refuse_pictures(paths: Iterable[Path]) -> None:
    """Raise OutputError for a file that exists, where no run is kept that it may be of."""
    from replay.errors import OutputError

    for path in existing(paths):
        raise OutputError(f"{path} exists: choose another folder with --out, or replace it with --overwrite")


def say_kept(paths: Sequence[Path]) -> None:
    """Say which runs are not trained."""
    if paths:
        say(f"{_listed(paths)} {'is' if len(paths) == 1 else 'are'} kept: --overwrite trains anew", err=True)


def existing(paths: Iterable[Path]) -> list[Path]:
    """The files that are there."""
    return [path for path in paths if path.exists()]


def say_replaced(paths: Sequence[Path]) -> None:
    """Say which files were there before."""
    if paths:
        say(f"{_listed(paths)} {'is' if len(paths) == 1 else 'are'} replaced", err=True)


def _listed(paths: Sequence[Path]) -> str:
    """The first file with its folder, the others by name; of many their number."""
    first, *others = paths
    names = [str(first), *(path.name for path in others)]
    if len(names) > NAMED:
        names = [*names[: NAMED - 1], f"{len(names) - NAMED + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
