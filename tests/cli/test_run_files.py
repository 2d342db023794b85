"""Files and folders as a user names them become run files."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.cli.run_files import run_files
from replay.errors import RunFileError


def test_files_stay_and_folders_become_their_run_files_by_name(tmp_path: Path) -> None:
    for name in ("b.h5", "a.h5", "a.gif", "deeper/c.h5"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    alone = tmp_path / "deeper" / "c.h5"
    assert run_files([alone, tmp_path]) == [alone, tmp_path / "a.h5", tmp_path / "b.h5"]


def test_a_file_that_does_not_exist_is_left_to_its_reader(tmp_path: Path) -> None:
    assert run_files([tmp_path / "missing.h5"]) == [tmp_path / "missing.h5"]


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.gif").touch()
    with pytest.raises(RunFileError, match=r"there is no run file \(\.h5\) in this folder"):
        run_files([tmp_path])


def test_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.h5").touch()
    assert run_files([Path("~")]) == [tmp_path / "a.h5"]
