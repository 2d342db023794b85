"""A training in PyTorch that is resumed equals one that nobody interrupted."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("torch")

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from replay import Recording
from replay.errors import RunFileError
from replay.torch import Recorder
from replay.torch.packed_state import packed, unpacked

RNG = np.random.default_rng(2)
X = RNG.normal(size=(40, 2)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.float32)
EPOCHS = 7
Optimizer = Callable[[Any], Any]


class Stop(Exception):
    """Ends a training early."""


class Training:
    """A loop with dropout, batch normalisation, shuffling, a scheduler, and noise from three generators."""

    def __init__(self, optimizer: Optimizer, seed: int = 5) -> None:
        torch.manual_seed(seed)
        np.random.seed(seed)  # noqa: NPY002 - users do
        random.seed(seed)
        self.generator = torch.Generator().manual_seed(seed)
        self.model = nn.Sequential(
            *(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Dropout(0.3), nn.Linear(4, 1), nn.Sigmoid())
        )
        self.optimizer = optimizer(self.model.parameters())
        self.scheduler = torch.optim.lr_scheduler.StepLR(self.optimizer, 2, 0.5)
        data = TensorDataset(torch.tensor(X), torch.tensor(Y)[:, None])
        self.loader = DataLoader(data, batch_size=8, shuffle=True, generator=self.generator)
        self.loss = nn.BCELoss()

    def record(self, path: Path, stop_after: int | None = None, **options: Any) -> Recorder:
        recorder = Recorder(
            self.model, X, Y, path, loss=self.loss, optimizer=self.optimizer, scheduler=self.scheduler,
            epochs=EPOCHS, also=[self.generator], **options,
        )  # fmt: skip
        for epoch in range(recorder.initial_epoch, EPOCHS):
            for inputs, targets in self.loader:
                noise = 0.01 * (np.random.normal() + random.random())  # noqa: NPY002
                self.optimizer.zero_grad()
                loss = self.loss(self.model(inputs + noise), targets)
                loss.backward()
                self.optimizer.step()
            self.scheduler.step()
            recorder.epoch_end()
            if stop_after == epoch + 1:
                raise Stop
        return recorder


def adam(parameters: Any) -> Any:
    return torch.optim.Adam(parameters, 0.05)


OPTIMIZERS: dict[str, Optimizer] = {
    "adam": adam,
    "amsgrad": lambda parameters: torch.optim.AdamW(parameters, 0.05, amsgrad=True),
    "momentum": lambda parameters: torch.optim.SGD(parameters, 0.1, momentum=0.9),
    "rmsprop": lambda parameters: torch.optim.RMSprop(parameters, 0.01, centered=True),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("stop_after", [1, 4])
def test_resumed_equals_uninterrupted(name: str, stop_after: int, tmp_path: Path) -> None:
    whole = Training(OPTIMIZERS[name]).record(tmp_path / "whole.h5")
    with pytest.raises(Stop):
        Training(OPTIMIZERS[name]).record(tmp_path / "run.h5", stop_after)
    resumed = Training(OPTIMIZERS[name], seed=99).record(tmp_path / "run.h5", resume=True)
    assert resumed.initial_epoch == stop_after
    one, other = Recording(whole.path), Recording(resumed.path)
    assert other.complete
    assert other.epochs.tolist() == list(range(EPOCHS + 1))
    for epoch in one.epochs:
        for own, expected in zip(other.weights_at(epoch), one.weights_at(epoch), strict=True):
            np.testing.assert_allclose(own, expected, rtol=0, atol=1e-6)
    for metric, values in one.history.items():
        np.testing.assert_allclose(other.history[metric], values, rtol=0, atol=1e-6)


def test_without_a_file_resuming_begins(tmp_path: Path) -> None:
    recorder = Training(adam).record(tmp_path / "run.h5", resume=True)
    assert recorder.initial_epoch == 0
    assert Recording(tmp_path / "run.h5").complete


def interrupted(path: Path) -> None:
    with pytest.raises(Stop):
        Training(adam).record(path, 3)


def test_another_training_is_refused_and_the_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    interrupted(path)
    before = path.read_bytes()
    for other, why in (
        (Training(OPTIMIZERS["momentum"]), "another optimizer"),
        (Training(adam), "other data"),
    ):
        inputs = X if why == "another optimizer" else X + 1
        with pytest.raises(RunFileError, match=why):
            Recorder(
                other.model, inputs, Y, path, loss=other.loss, optimizer=other.optimizer, resume=True,
                scheduler=other.scheduler, also=[other.generator],
            )  # fmt: skip
    assert path.read_bytes() == before


def test_parts_that_are_missing_are_told_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "run.h5"
    interrupted(path)
    before = path.read_bytes()
    other = Training(adam)
    with pytest.raises(RunFileError, match="cannot be resumed with these") as caught:
        Recorder(other.model, X, Y, path, loss=other.loss, optimizer=other.optimizer, resume=True)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before


def test_a_keras_run_is_not_resumed_in_pytorch(tmp_path: Path) -> None:
    keras = pytest.importorskip("keras")
    from replay import Recorder as KerasRecorder

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, "sigmoid", name="linear_0")])
    model.compile("adam", "binary_crossentropy")
    recorder = KerasRecorder(tmp_path / "run.h5", X, Y)
    recorder.set_model(model)
    recorder.on_train_begin()
    recorder.on_epoch_end(0, {"loss": 1.0})
    recorder.session.close()
    own = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
    with pytest.raises(RunFileError, match="another framework"):
        Recorder(own, X, Y, tmp_path / "run.h5", optimizer=adam(own.parameters()), resume=True)


def test_a_state_that_outgrows_its_place_is_given_up_with_a_line(tmp_path: Path, caplog: Any) -> None:
    training = Training(adam)
    recorder = Recorder(training.model, X, Y, tmp_path / "run.h5", optimizer=training.optimizer)
    training.optimizer.state[training.model[0].weight]["more"] = torch.zeros(1_000_000)
    recorder.epoch_end(loss=1.0)
    recorder.epoch_end(loss=0.5)
    recorder.session.close()
    assert sum("no longer be resumed" in line for line in caplog.messages) == 1
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [0, 1, 2]
    with pytest.raises(RunFileError, match="does not hold what resuming needs"):
        Training(adam).record(tmp_path / "run.h5", resume=True)


TREE = {
    "a": torch.tensor([1.5, float("nan")]),
    1: (None, True, float("inf"), "text", [torch.tensor(3, dtype=torch.int64)]),
    "half": torch.tensor([[1.0, 2.0]], dtype=torch.bfloat16),
    "empty": torch.zeros(0, 3),
    "flags": torch.tensor([True, False]),
}


def test_a_packed_tree_comes_back_as_it_was() -> None:
    found = unpacked(packed(TREE))
    assert list(found) == list(TREE)
    assert found[1][:4] == TREE[1][:4]
    for name in ("half", "empty", "flags"):
        assert torch.equal(found[name], TREE[name])
        assert found[name].dtype == TREE[name].dtype
    assert torch.equal(found["a"].nan_to_num(7), TREE["a"].nan_to_num(7))
    assert found[1][4][0].shape == ()


@pytest.mark.parametrize("data", [b"", b"\xff" * 40, packed(TREE)[:-9]])
def test_bytes_that_are_no_tree_are_an_error(data: bytes) -> None:
    with pytest.raises(Exception):  # noqa: B017 - any: `restore` makes one line of it
        unpacked(data)


def test_what_cannot_be_packed_is_named() -> None:
    with pytest.raises(TypeError, match="Training cannot be saved"):
        packed({"model": [Training(adam)]})
