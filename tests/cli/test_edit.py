"""`replay edit` names a saved run anew, and `replay run` the data that it trains on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replay import Recording
from replay.network.data_description import DataDescription
from tests.cli.conftest import Command
from tests.cli.test_app import assert_refused, scenario_file
from tests.storage.test_deepreplay import write

pytestmark = pytest.mark.usefixtures("without_xla")


def test_names_are_changed_in_place(command: Command, make_run: Any) -> None:
    run = make_run(described=DataDescription("y", ("0", "1"), ("x",), scale="standard"), run="tanh")
    outcome = command(
        *("edit", run, "--title", "Penguins", "--target-name", "species"),
        *("--class-names", 'Adelie, "Gentoo, or Johnny"', "--feature-names", 'a "b"', "--feature-names", "c"),
    )
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{run}\n", "")
    assert Recording(run).description.data == DataDescription(
        "species", ("Adelie", "Gentoo, or Johnny"), ('a "b"', "c"), scale="standard", title="Penguins"
    )
    assert Recording(run).title == "Penguins · tanh"
    assert "run         Penguins · tanh" in command("info", run).out


def test_another_file_is_written_only_where_there_is_none(
    command: Command, make_run: Any, tmp_path: Path
) -> None:
    run = make_run()
    assert command("edit", run, "--title", "a", "-o", "other.h5").out == "other.h5\n"
    assert Recording(run).data_title == "" and Recording("other.h5").data_title == "a"
    assert_refused(command("edit", run, "--title", "b", "-o", "other.h5"), "other.h5 exists")
    assert command("edit", run, "--title", "b", "-o", "other.h5", "--overwrite").status == 0
    assert Recording("other.h5").data_title == "b"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), ("nothing is named", "--title")),
        (("--class-names", "a,b,c"), ("run.h5", "--class-names", "3 names", "2 classes")),
        (("--class-names", "a,"), ("run.h5", "--class-names", "name 2 of 2 is empty")),
        (("--class-names", "a,a"), ("run.h5", "--class-names", "names 1 and 2 are both 'a'")),
        (("--feature-names", "a"), ("run.h5", "--feature-names", "1 name", "2 values")),
        (("--class-names", 'a,"b'), ("--class-names", "quotation marks")),
    ],
)
def test_names_that_do_not_fit_are_refused_in_one_line(
    command: Command, make_run: Any, options: tuple[str, ...], words: tuple[str, ...]
) -> None:
    run = make_run()
    before = run.read_bytes()
    assert_refused(command("edit", run, *options), *words)
    assert run.read_bytes() == before


def test_what_is_no_run_file_is_refused_in_one_line(command: Command, tmp_path: Path) -> None:
    write(tmp_path / "old.h5")
    assert_refused(command("edit", "old.h5", "--title", "a"), "old.h5 was written by DeepReplay")
    assert_refused(command("edit", tmp_path, "--title", "a"), "is a folder")
    assert_refused(command("edit", "none.h5", "--title", "a"), "none.h5 does not exist")


@pytest.mark.slow
def test_run_takes_names(command: Command, tmp_path: Path) -> None:
    path = scenario_file(tmp_path)
    names = ("--title", "Mine", "--class-names", "left,right", "--feature-names", "x,y")
    outcome = command("run", path, "-a", "tanh", "--no-render", *names)
    assert outcome.status == 0, outcome.err
    recording = Recording("outputs/mine/tanh.h5")
    assert recording.title == "Mine · tanh"
    assert recording.names.classes == ("left", "right") and recording.names.inputs == ("x", "y")
    assert_refused(
        command("run", path, "--class-names", "a,b,c", "--no-render", "--overwrite"), "3 names", "2 classes"
    )
