"""The scripts of docs/scikit-learn.md run as they stand, without Keras."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from replay import Replay
from replay.drawing.registry.needs import FROM_ANSWERS
from replay.predictions.recorder import WITHOUT as WITHOUT_OF_ANSWERS
from replay.sklearn.training import WITHOUT

PAGE = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text()
SCRIPTS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
WRITES = {"mlp.h5": 151, "forest.h5": 30, "boosting.h5": 60, "clusters.h5": None}
END = "\nimport sys\nassert not {'keras', 'tensorflow'} & set(sys.modules)\n"


def test_every_script_is_here() -> None:
    assert [next(name for name in WRITES if name in script) for script in SCRIPTS] == list(WRITES)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "script"), [*zip(WRITES, SCRIPTS, strict=True)], ids=list(WRITES))
def test_a_script_runs_as_it_stands_and_records(name: str, script: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script + END],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    replay = Replay(tmp_path / name)
    assert replay.recording.complete
    assert WRITES[name] is None or len(replay.epochs) == WRITES[name]
    assert replay.correct()[-1].mean() > 0.98
    if "dashboard" in script:
        assert (tmp_path / name.replace("h5", "png")).exists()


def test_what_works_and_what_does_not_is_on_the_page() -> None:
    for name in {*FROM_ANSWERS} - {"curves-after"}:
        assert f"`{name}`" in PAGE
    for option in {**WITHOUT, **WITHOUT_OF_ANSWERS}:
        assert f"`{option}`" in PAGE
