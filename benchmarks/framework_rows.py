"""Rows of other frameworks than Keras: what recording costs, and films of what they recorded."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path
from typing import Any

from measuring import Row, command, parabola, recorded, timed

EPOCHS, PAIRS = 150, 9


def _train(path: Path | None, epochs: int = EPOCHS, **with_optimizer: bool) -> None:
    """The parabola in a PyTorch loop as tutorials write it; recorded if there is a path."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    from replay.torch import Recorder

    scenario, (X, y), _ = parabola()
    torch.manual_seed(scenario.seed)
    inputs, targets = torch.tensor(X).float(), torch.tensor(y).float()[:, None]
    loader = DataLoader(TensorDataset(inputs, targets), batch_size=scenario.batch_size, shuffle=True)
    model = torch.nn.Sequential(
        *(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    )
    optimizer, loss_of = torch.optim.SGD(model.parameters(), 0.05), torch.nn.BCELoss()
    recorder: Any = None
    if path is not None:
        further = {"optimizer": optimizer} if with_optimizer else {}
        recorder = Recorder(model, X, y, path, loss=loss_of, overwrite=True, **further)
    for _ in range(epochs):
        running = 0.0
        for rows, wanted in loader:
            optimizer.zero_grad()
            loss = loss_of(model(rows), wanted)
            loss.backward()
            optimizer.step()
            running += loss.item()
        if recorder is not None:
            recorder.epoch_end(loss=running / len(loader))
    if recorder is not None:
        recorder.close()


def _cost(**with_optimizer: bool) -> tuple[float, str]:
    """How much longer a recorded loop takes: the median of pairs, and their spread."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        _train(path, 2)
        ratios = []
        for pair in range(PAIRS):
            order = (None, path) if pair % 2 == 0 else (path, None)
            seconds = {one: timed(lambda one=one: _train(one, **with_optimizer)) for one in order}
            ratios.append(seconds[path] / seconds[None] - 1)
    return statistics.median(ratios), f"{min(ratios):+.1%} to {max(ratios):+.1%}"


def torch_recorder() -> Row:
    """A loop in PyTorch with the recorder's two lines against the loop alone, alternating."""
    more, spread = _cost()
    resumable, its_spread = _cost(optimizer=True)
    return Row(
        f"recorder in a PyTorch loop, {PAIRS} pairs of {EPOCHS} epochs",
        f"{more:+.1%} ({spread}); resumable {resumable:+.1%} ({its_spread})",
        "under 5%",
        more < 0.05,
    )


def torch_film() -> Row:
    """`replay render` of a run that PyTorch recorded against one of Keras, both from a cold start to MP4."""
    keras = recorded()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "torch.h5"
        _train(path, 150)
        ratios = []
        for _ in range(3):
            seconds = [
                timed(lambda one=one: command(["render", str(one), "-o", str(one.with_suffix(".mp4"))]))
                for one in (path, keras)
            ]
            ratios.append(seconds[0] / seconds[1])
    ratio = statistics.median(ratios)
    return Row("film of a PyTorch run, cold start, against Keras's", f"{ratio:.2f} times", "1.1", ratio < 1.1)
