"""Open a recording: a run file, one of a folder of run files, or a group of a file that DeepReplay wrote."""

from __future__ import annotations

import os
from pathlib import Path

from replay.errors import RunFileError
from replay.storage.deepreplay import DeepReplayFile, Describe, chosen_group, deepreplay_groups
from replay.storage.reader import RunFile

LONGEST = 255 - len(".h5")  # bytes that file systems take as a name


def open_run(
    path: str | os.PathLike[str], group: str | None = None, describe: Describe | None = None
) -> RunFile | DeepReplayFile:
    """Open a run file, a run of a folder, or a group of a file that DeepReplay wrote.

    `group` is the name of the run in the folder or file; where there is one run, it may be left out.
    `describe` is for DeepReplay's files, see DeepReplayFile. Raises RunFileError if there is no such run.
    """
    path = Path(path).expanduser()
    if path.is_dir():
        return RunFile(file_in(path, group))
    if group is None and not deepreplay_groups(path):
        return RunFile(path)
    return DeepReplayFile(path, group, describe)


def groups(path: str | os.PathLike[str]) -> list[str]:
    """The names of the runs in a folder, or in a file that DeepReplay wrote; empty for a run file.

    Raises RunFileError for what can hold no run.
    """
    path = Path(path).expanduser()
    return _in_folder(path) if path.is_dir() else deepreplay_groups(path)


def group_file(folder: Path, group: str) -> Path:
    """The run file of `group` in a folder. Raises RunFileError for a name that no file can have."""
    too_long = len(os.fsencode(group)) > LONGEST
    if too_long or group == "" or group.startswith(".") or "\0" in group or Path(group).name != group:
        shown = f"{group[:20]}…" if too_long else group
        raise RunFileError(f"{folder}: {shown!r} cannot name a group: it becomes the name of a file")
    return folder / f"{group}.h5"


def file_in(folder: Path, group: str | None = None) -> Path:
    """The run file of `group` in a folder, or its only one. Raises RunFileError if there is no such run."""
    return group_file(folder, chosen_group(folder, _in_folder(folder), group))


def _in_folder(folder: Path) -> list[str]:
    # Hidden files are not runs: systems and editors leave theirs beside others.
    found = sorted(path.stem for path in folder.glob("[!.]*.h5") if path.is_file())
    if not found:
        raise RunFileError(f"{folder} is a folder without a run file (.h5): name a run file")
    return found
