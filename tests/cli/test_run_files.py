"""What a user names becomes run files: files, folders, and groups of either."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay.cli.run_files import RunPlace, run_places
from replay.errors import RunFileError
from tests.conftest import MakeRun
from tests.storage.test_deepreplay import write


def test_files_stay_and_folders_become_their_run_files_by_name(make_run: MakeRun, tmp_path: Path) -> None:
    (tmp_path / "deeper").mkdir()
    for name in ("b.h5", "a.h5", "deeper/c.h5"):
        make_run(name)
    (tmp_path / "a.gif").touch()
    alone = tmp_path / "deeper" / "c.h5"
    found = [place.path for place in run_places([alone, tmp_path])]
    assert found == [alone, tmp_path / "a.h5", tmp_path / "b.h5"]


def test_each_group_of_a_file_of_deepreplays_is_a_run(tmp_path: Path) -> None:
    path = write(tmp_path / "old.h5", group="one")
    write(path, group="nested/two")
    assert run_places([path]) == [RunPlace(path, "nested/two"), RunPlace(path, "one")]
    assert run_places([path], ["one"]) == [RunPlace(path, "one")]
    assert [place.beside(".mp4").name for place in run_places([path])] == [
        "old-nested-two.mp4",
        "old-one.mp4",
    ]


def test_the_groups_of_a_folder_are_its_run_files(make_run: MakeRun, tmp_path: Path) -> None:
    path = make_run("a.h5")
    make_run("b.h5")
    assert run_places([tmp_path], ["a"]) == [RunPlace(path)]
    assert run_places([tmp_path], ["a"])[0].beside(".png") == tmp_path / "a.png"
    with pytest.raises(RunFileError, match="unknown group 'c': there are: a, b"):
        run_places([tmp_path], ["c"])


def test_hidden_files_are_no_runs(make_run: MakeRun, tmp_path: Path) -> None:
    path = make_run("a.h5")
    (tmp_path / "._a.h5").write_text("what a Mac leaves on other disks")
    assert run_places([tmp_path]) == [RunPlace(path)]


def test_a_group_of_a_single_run_is_refused(make_run: MakeRun) -> None:
    with pytest.raises(RunFileError, match="is a single run: leave the group 'a' out"):
        run_places([make_run("a.h5")], ["a"])


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match=r"missing\.h5 does not exist"):
        run_places([tmp_path / "missing.h5"])


def test_a_folder_without_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.gif").touch()
    with pytest.raises(RunFileError, match=r"is a folder without a run file \(\.h5\)"):
        run_places([tmp_path])


def test_the_home_folder_is_found(make_run: MakeRun, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = make_run("a.h5")
    assert run_places([Path("~")]) == [RunPlace(path)]
