"""A path opens as what it is: a run file, a run of a folder, or a group of a file that DeepReplay wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from replay import Recording, Replay
from replay.errors import RunFileError
from replay.storage.opening import group_file, groups
from tests.conftest import MakeRun
from tests.storage.test_deepreplay import write


def test_a_folder_holds_its_run_files_as_groups(make_run: MakeRun, tmp_path: Path) -> None:
    for name in ("tanh.h5", "relu.h5"):
        make_run(name, run=name)
    (tmp_path / "film.mp4").touch()
    assert groups(tmp_path) == ["relu", "tanh"]
    assert Replay(tmp_path, group="tanh").recording.path == tmp_path / "tanh.h5"
    assert Recording(tmp_path, group="relu").title == "relu.h5"


def test_the_only_run_of_a_folder_need_not_be_named(make_run: MakeRun, tmp_path: Path) -> None:
    path = make_run("tanh.h5")
    assert Recording(tmp_path).path == path


def test_an_error_lists_the_groups(make_run: MakeRun, tmp_path: Path) -> None:
    for name in ("tanh.h5", "relu.h5"):
        make_run(name)
    with pytest.raises(RunFileError, match=r"several trainings: choose one .* of relu, tanh"):
        Recording(tmp_path)
    with pytest.raises(RunFileError, match="unknown group 'tan': did you mean tanh"):
        Recording(tmp_path, group="tan")


def test_a_run_file_has_no_groups_and_a_file_of_deepreplays_has_its_own(
    make_run: MakeRun, tmp_path: Path
) -> None:
    assert groups(make_run()) == []
    assert groups(write(tmp_path / "old.h5", group="part1")) == ["part1"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "../a", ".a", "a\0b", 253 * "a"])
def test_a_group_names_a_file_of_its_folder_and_no_other(tmp_path: Path, name: str) -> None:
    with pytest.raises(RunFileError, match="cannot name a group"):
        group_file(tmp_path, name)


def test_a_group_may_have_dots(tmp_path: Path) -> None:
    assert group_file(tmp_path, "sigmoid_stdev_0.01").name == "sigmoid_stdev_0.01.h5"
