"""Messages name the command line's options, and no arguments of Python's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from replay.cli.spelling import with_options
from replay.errors import RunFileError
from replay.recorders.expected_size import RunSize, check_size
from replay.storage.writing.existing import refuse_existing
from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("or replace it with overwrite=True (--overwrite)", "or replace it with --overwrite"),
        ("leave them out with --no-held-out (held_out=False)", "leave them out with --no-held-out"),
        ("fewer samples (samples, --keep-samples)", "fewer samples (--keep-samples)"),
        ("halve them (dtype='float16', --float16)", "halve them (--float16)"),
        ("if it was interrupted (resume=True, --resume), or", "if it was interrupted (--resume), or"),
        ("call replay.Replay(path, model=model)", "call replay.Replay(path, model=model)"),
        ("a=1 (see -b), x.png", "a=1 (see -b), x.png"),
    ],
)
def test_an_argument_beside_its_option_is_left_out(message: str, told: str) -> None:
    assert with_options(message) == told


def test_python_still_hears_of_its_arguments(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    path.touch()
    with pytest.raises(RunFileError) as there:
        refuse_existing(path, overwrite=False)
    with pytest.raises(RunFileError) as large:
        check_size(path, RunSize(10**9, 10**6, 10**6))
    for error in (there, large):
        message = str(error.value)
        assert re.search(r"\w+=\w+|\(max_bytes, ", message)
        assert not re.search(r"=True|=False|='|\(\w+, --|every_n_epochs|max_bytes", with_options(message))
        assert "--" in with_options(message)


def test_an_error_on_the_command_line_is_spelled_so(command: Command, make_run: Any, tmp_path: Path) -> None:
    run = make_run()
    outcome = command("edit", run, "--title", "new", "-o", make_run("other.h5"))
    assert outcome.status == 2
    assert outcome.err.endswith("or replace it with --overwrite\n") and "=True" not in outcome.err
