"""Finds the runs that the user named: run files, folders of them, and groups of DeepReplay's files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from replay.runs.recording import Recording

Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group",
        metavar="NAME",
        help="Only this run of a folder, or of a file that DeepReplay wrote; repeatable.",
        show_default=False,
    ),
]


class RunPlace(NamedTuple):
    """A run file, or one `group` of a file that DeepReplay wrote."""

    path: Path
    group: str | None = None

    def read(self, trust: bool = False) -> Recording:
        """The run that is there."""
        from replay.runs.recording import Recording

        return Recording(self.path, self.group, trust=trust)

    def beside(self, suffix: str) -> Path:
        """The path of a picture: run.mp4 for run.h5, old-part1.mp4 for the group part1 of old.h5."""
        if self.group is None:
            return self.path.with_suffix(suffix)
        return self.path.with_name(f"{self.path.stem}-{self.group.replace('/', '-')}{suffix}")


def run_places(paths: Sequence[Path], groups: Sequence[str] | None = None) -> list[RunPlace]:
    """All runs at `paths`, by name, or those of these groups.

    Raises RunFileError for what holds no run, or no such group.
    """
    return [place for path in paths for place in _places(path.expanduser(), groups)]


def _places(path: Path, chosen: Sequence[str] | None) -> Iterator[RunPlace]:
    from replay.storage.deepreplay import chosen_group
    from replay.storage.opening import group_file, groups

    there = groups(path)
    if not there and not chosen:
        yield RunPlace(path)
    for name in chosen or there:
        group = chosen_group(path, there, name)
        yield RunPlace(group_file(path, group)) if path.is_dir() else RunPlace(path, group)
