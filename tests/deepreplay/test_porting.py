"""What docs/porting.md says can be done, done: its script and each of its commands."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from replay.cli import app
from tests.storage.test_deepreplay import write

PAGE = (Path(__file__).parents[2] / "docs" / "porting.md").read_text()
COMMANDS = re.findall(r"^    replay (.+)$", PAGE, flags=re.MULTILINE)
MADE = {"tanh.mp4", "both.gif", "old.png", "part1-run.h5", "part1.png", "part1.mp4"}


@pytest.mark.slow
@pytest.mark.usefixtures("without_xla")
def test_the_script_and_the_commands_run_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "old.h5")
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(script, "porting.md", "exec"), {})
    assert sorted(path.name for path in Path("part1.h5").iterdir()) == ["sigmoid.h5", "tanh.h5"]
    assert len(COMMANDS) == 7
    for command in COMMANDS:
        monkeypatch.setattr(sys, "argv", ["replay", *shlex.split(command)])
        with pytest.raises(SystemExit) as end:
            app.main()
        assert not end.value.code, command
    assert {path.name for path in tmp_path.iterdir()} >= MADE


def test_the_imports_change_as_the_page_says(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import numpy\n    from deepreplay.plot import compose_plots\n")
    (sed,) = re.findall(r"^    (sed .+)$", PAGE, flags=re.MULTILINE)
    for _ in range(2):  # it may run again
        subprocess.run(sed, shell=True, cwd=tmp_path, check=True)
    assert script.read_text() == "import numpy\n    from replay.deepreplay.plot import compose_plots\n"
