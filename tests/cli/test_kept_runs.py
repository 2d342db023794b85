"""Runs that are complete are kept, and what is drawn of them may be replaced, which is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replay.cli.kept_runs import (
    check_names,
    complete_runs,
    existing,
    refuse_pictures,
    say_kept,
    say_replaced,
)
from replay.errors import OutputError, RunFileError


def test_complete_runs_are_found(make_run: Any, tmp_path: Path) -> None:
    whole, missing = make_run("whole.h5"), tmp_path / "missing.h5"
    assert complete_runs([whole, missing], resume=False) == [whole]
    cut = make_run("cut.h5", complete=False)
    assert complete_runs([whole, cut], resume=True) == [whole]
    with pytest.raises(RunFileError, match=r"cut\.h5 is an interrupted run: --resume .*, --overwrite"):
        complete_runs([whole, cut], resume=False)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "tanh.h5").write_text("precious")
    (tmp_path / "relu.h5").mkdir()
    for name in ("tanh.h5", "relu.h5"):
        with pytest.raises(RunFileError, match=name):
            complete_runs([tmp_path / name], resume=False)


def test_other_names_are_refused_and_the_same_are_not(make_run: Any) -> None:
    run = make_run()
    check_names([run], {})
    with pytest.raises(RunFileError, match=rf"other names: .*'replay edit {run}'"):
        check_names([run], {"title": "new"})


def test_the_same_names_pass(command: Any, make_run: Any) -> None:
    run = make_run()
    assert command("edit", run, "--title", "new", "--class-names", "a,b").status == 0
    check_names([run], {"title": "new", "class_names": ["a", "b"]})
    with pytest.raises(RunFileError, match="other names"):
        check_names([run], {"class_names": ["b", "a"]})


def test_a_picture_that_exists_is_refused(tmp_path: Path) -> None:
    here, missing = tmp_path / "a.png", tmp_path / "b.png"
    here.touch()
    refuse_pictures([missing])
    assert existing([missing, here]) == [here]
    with pytest.raises(OutputError, match=r"a\.png exists: .*--out.*--overwrite"):
        refuse_pictures([missing, here])


def test_a_line_says_what_is_kept_and_what_is_replaced(capsys: pytest.CaptureFixture[str]) -> None:
    paths = [Path("out") / f"{name}.h5" for name in "abcd"]
    for n in (0, 1, 2, 4):
        say_kept(paths[:n])
    say_replaced(paths[:1])
    assert capsys.readouterr().err.splitlines() == [
        "out/a.h5 is kept: --overwrite trains anew",
        "out/a.h5 and b.h5 are kept: --overwrite trains anew",
        "out/a.h5, b.h5 and 2 more are kept: --overwrite trains anew",
        "out/a.h5 is replaced",
    ]
