"""Finds the run files that the user named: files, and folders of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from replay.errors import RunFileError


def run_files(paths: Sequence[Path]) -> list[Path]:
    """The files among `paths` and those in folders, by name. Raises RunFileError for an empty folder."""
    found: list[Path] = []
    for path in (path.expanduser() for path in paths):
        inside = sorted(path.glob("*.h5")) if path.is_dir() else [path]
        if not inside:
            raise RunFileError(f"{path}: there is no run file (.h5) in this folder")
        found += inside
    return found
