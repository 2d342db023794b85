"""The scripts of docs/pytorch.md run as they stand: the loop, its resumed form, and Lightning's."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from replay import Recording, Replay
from tests.helpers.backends import need

need("torch")

ROOT = Path(__file__).parents[2]
LOOP, AGAIN, RESUMED, CALLBACK = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "pytorch.md").read_text(), flags=re.DOTALL
)
END = "\nimport sys\nassert not {'keras', 'tensorflow'} & set(sys.modules)\n"


def run(code: str, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", code + END], cwd=folder, capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "MPLBACKEND": "agg"}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


@pytest.mark.slow
def test_the_loop_records_a_run_that_solves_it(tmp_path: Path) -> None:
    run(LOOP, tmp_path)
    replay = Replay(tmp_path / "pytorch.h5")
    assert replay.recording.complete
    assert replay.epochs[-1] == 150
    assert replay.correct()[-1].all()
    assert (tmp_path / "pytorch.png").stat().st_size > 20_000


def test_two_lines_of_the_loop_are_the_recorders() -> None:
    lines = [line.strip() for line in LOOP.splitlines() if "recorder" in line]
    assert len(lines) == 3  # and one that says when it ends
    assert lines[0].startswith("recorder = Recorder(model, X, y,")
    assert lines[1:] == ["recorder.epoch_end()", "recorder.close()"]


@pytest.mark.slow
def test_the_callback_of_lightning_and_the_resumed_loop(tmp_path: Path) -> None:
    need("lightning")
    setting = LOOP.partition("recorder = ")[0]
    module = """
import lightning

class Module(lightning.LightningModule):
    def __init__(self):
        super().__init__()
        self.net, self.loss_of = model, loss_of
    def forward(self, x):
        return self.net(x)
    def training_step(self, batch, number):
        return self.loss_of(self(batch[0]), batch[1])
    def configure_optimizers(self):
        return optimizer

module = Module()
"""
    run((setting + module + CALLBACK).replace("max_epochs=150", "max_epochs=2"), tmp_path)
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 1, 2]
    (tmp_path / "run.h5").unlink()
    scheduler = "scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 50)\n"
    resumed = RESUMED.replace("    ...", "    optimizer.step()")
    run((setting + scheduler + resumed).replace("150", "3"), tmp_path)
    assert Recording(tmp_path / "run.h5").complete
    assert "model=model" in AGAIN
