"""A training in PyTorch that is killed at any moment leaves a file that holds every epoch that was told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from replay import Recording
from replay.storage.unfinished import unfinished
from tests.helpers.backends import need
from tests.whole.test_killed import child

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
N_KILLED = 30


@pytest.mark.slow
def test_thirty_trainings_that_are_killed_lose_nothing(tmp_path: Path) -> None:
    need("torch")
    code = "import sys; from tests.torch import test_killed; test_killed.kill_them(sys.argv[1])"
    done = subprocess.run(  # apart from this process, which may hold TensorFlow and its threads
        [sys.executable, "-c", code, str(tmp_path)],
        capture_output=True, text=True, cwd=Path(__file__).parents[2], timeout=200, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, f"{N_KILLED} killed\n"), done.stderr


def train(path: Path, tell: Callable[[int], None]) -> None:
    """Train and tell each epoch that was recorded, until somebody kills it."""
    import torch

    from replay.torch import Recorder

    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(32, 2)).astype(np.float32)
    y = (X[:, 0] > 0).astype(np.float32)
    model = torch.nn.Sequential(torch.nn.Linear(2, 20), torch.nn.ReLU(), torch.nn.Linear(20, 1))
    optimizer, loss = torch.optim.Adam(model.parameters()), torch.nn.BCEWithLogitsLoss()
    recorder = Recorder(model, X, y, path, loss=loss, optimizer=optimizer)
    tell(0)
    epoch = 0
    while True:
        optimizer.zero_grad()
        loss(model(torch.tensor(X)), torch.tensor(y)[:, None]).backward()
        optimizer.step()
        recorder.epoch_end(number=epoch)
        epoch += 1
        tell(epoch)


def kill_them(folder: str) -> None:
    import torch

    torch.set_num_threads(1)  # a fork has no threads of its parent
    rng = np.random.default_rng(1)
    for number in range(N_KILLED):
        path = Path(folder) / f"{number}.h5"
        with child(lambda tell, path=path: train(path, tell)) as (process, told):
            while not path.exists():
                time.sleep(0.001)
            time.sleep(rng.uniform(0, 0.08))
            os.kill(process, signal.SIGKILL)
            last = max(told(), default=-1)
        if last < 0 and not Recording(path).n_snapshots:
            continue  # killed before the first snapshot
        recording = Recording(path)
        assert recording.n_snapshots > last, (number, recording.n_snapshots, last)
        np.testing.assert_array_equal(recording.epochs, np.arange(recording.n_snapshots))
        assert not recording.damages
        assert not recording.complete
        training = unfinished(path)
        assert training is not None and training.epoch >= last
    print(f"{N_KILLED} killed")
