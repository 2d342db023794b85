"""The scripts of docs/jax.md run as they stand, and train what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import replay
from replay import Replay
from tests.helpers.backends import need

need("jax")
need("flax")

ROOT = Path(replay.__file__).parents[1]
BLOCKS = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "jax.md").read_text(), flags=re.DOTALL)
SCRIPTS = {name: block for name in ("nnx", "plain") for block in BLOCKS if f'"{name}.h5"' in block}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["nnx", "plain"])
def test_a_script_of_the_page_records_a_run_that_replays_without_jax(name: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPTS[name]], cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu", "MPLBACKEND": "agg"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run = Replay(tmp_path / f"{name}.h5")
    assert run.recording.complete and run.epochs[-1] == 100
    assert run.correct()[-1].mean() > 0.97
    assert (tmp_path / f"{name}.png").stat().st_size > 20_000


def test_the_page_shows_both_kinds_of_networks_by_at_most_forty_lines() -> None:
    assert SCRIPTS.keys() == {"nnx", "plain"}
    assert all(len([line for line in block.splitlines() if line.strip()]) <= 40 for block in SCRIPTS.values())
