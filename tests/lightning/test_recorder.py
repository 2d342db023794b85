"""The callback of Lightning's Trainer: what it records of modules as their users write them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.helpers.backends import need

need("torch")
need("lightning")

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
import lightning

from replay import Recording, Replay
from replay.errors import DataError, RunFileError, ScenarioError
from replay.lightning import Recorder

pytestmark = pytest.mark.filterwarnings("ignore")  # Lightning's own
RNG = np.random.default_rng(3)
X = RNG.normal(size=(40, 2)).astype(np.float32)
Y = (X.sum(axis=1) > 0).astype(np.int64)
DATA = TensorDataset(torch.tensor(X), torch.tensor(Y))


class Classifier(lightning.LightningModule):
    """As Lightning's own introduction has it: a net, a functional loss, metrics by `self.log`."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Linear(2, 4), nn.ReLU(), nn.Linear(4, 2))
        self.seen: list[float] = []

    def forward(self, x: Any) -> Any:
        return self.net(x)

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        x, y = batch
        logits = self(x)
        loss = nn.functional.cross_entropy(logits, y)
        self.log("accuracy", (logits.argmax(1) == y).float().mean(), on_step=True, on_epoch=True)
        self.seen.append(loss.item())
        return loss

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        x, y = batch
        self.log("val_loss", nn.functional.cross_entropy(self(x), y))

    def configure_optimizers(self) -> Any:
        return torch.optim.Adam(self.parameters(), lr=0.05)


class WithLoss(Classifier):
    def __init__(self) -> None:
        super().__init__()
        self.criterion = nn.CrossEntropyLoss(label_smoothing=0.1)


def fit(callback: Any, module: Any = None, **options: Any) -> Any:
    torch.manual_seed(1)
    module = Classifier() if module is None else module
    defaults: dict[str, Any] = {"max_epochs": 3}
    trainer = lightning.Trainer(
        **{**defaults, **options}, callbacks=[callback], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    trainer.fit(module, DataLoader(DATA, batch_size=8), DataLoader(DATA, batch_size=40))
    return module


def test_what_the_module_logs_becomes_curves_and_its_steps_the_loss(tmp_path: Path) -> None:
    module = fit(Recorder(tmp_path / "run.h5", X, Y, loss=nn.CrossEntropyLoss()))
    replay = Replay(tmp_path / "run.h5")
    assert replay.recording.complete
    assert set(replay.history) == {"loss", "accuracy", "val_loss", "learning_rate"}
    means = np.reshape(module.seen, (3, 5)).mean(axis=1)
    np.testing.assert_allclose(replay.history["loss"], means, rtol=1e-6)
    # What is measured after an epoch is the mean loss of the recorded samples.
    after = replay.losses(epochs=[1, 2, 3]).mean(axis=1)
    np.testing.assert_allclose(replay.history["val_loss"], after, atol=1e-6)
    found = replay.probabilities(epochs=[3])[0]
    np.testing.assert_allclose(found, module(torch.tensor(X)).softmax(1).detach().numpy(), atol=1e-6)


def test_a_loss_among_its_parts_is_found_and_a_part_can_be_named(tmp_path: Path) -> None:
    fit(Recorder(tmp_path / "run.h5", X, Y), WithLoss())
    loss = Recording(tmp_path / "run.h5").description.loss
    assert loss is not None
    assert (loss["name"], loss["label_smoothing"]) == ("sparse_categorical_crossentropy", 0.1)
    fit(Recorder(tmp_path / "part.h5", X, Y, part="net"))
    names = [layer.name for layer in Recording(tmp_path / "part.h5").description.layers]
    assert names == ["linear_0", "linear_2"]


def test_accumulated_gradients_and_snapshots_within_epochs(tmp_path: Path) -> None:
    callback = Recorder(tmp_path / "run.h5", X, Y, every_n_batches=2)
    module = fit(callback, max_epochs=2, accumulate_grad_batches=2)
    recording = Recording(tmp_path / "run.h5")
    np.testing.assert_allclose(recording.epochs, [0, 2 / 3, 1, 5 / 3, 2])  # 5 batches are 3 steps
    means = np.reshape(module.seen, (2, 5)).mean(axis=1)
    np.testing.assert_allclose(recording.history["loss"], means, rtol=1e-6)


class Stopping(lightning.pytorch.Callback):
    def __init__(self, error: BaseException) -> None:
        self.error = error

    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        if trainer.current_epoch == 2:
            raise self.error


@pytest.mark.parametrize("error", [ZeroDivisionError("no"), KeyboardInterrupt()])
def test_a_training_that_is_interrupted_is_incomplete(error: BaseException, tmp_path: Path) -> None:
    callback = Recorder(tmp_path / "run.h5", X, Y)
    trainer = lightning.Trainer(
        max_epochs=5, callbacks=[callback, Stopping(error)], logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    with pytest.raises((ZeroDivisionError, KeyboardInterrupt, SystemExit)):
        trainer.fit(Classifier(), DataLoader(DATA, batch_size=8))
        raise SystemExit  # Lightning may take an interrupt for its own
    recording = Recording(tmp_path / "run.h5")
    assert recording.epochs.tolist() == [0, 1, 2]
    assert not recording.complete


def test_a_training_that_goes_on_from_a_checkpoint_is_recorded_from_its_epoch(tmp_path: Path) -> None:
    torch.manual_seed(1)
    trainer = lightning.Trainer(
        max_epochs=2, default_root_dir=tmp_path, logger=False, enable_progress_bar=False,
        enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    loader = DataLoader(DATA, batch_size=8)
    trainer.fit(Classifier(), loader)
    trainer.save_checkpoint(tmp_path / "two.ckpt")
    on = lightning.Trainer(
        max_epochs=4, callbacks=[Recorder(tmp_path / "run.h5", X, Y)], logger=False,
        enable_progress_bar=False, enable_checkpointing=False, enable_model_summary=False, accelerator="cpu",
    )  # fmt: skip
    on.fit(Classifier(), loader, ckpt_path=tmp_path / "two.ckpt")
    assert Recording(tmp_path / "run.h5").epochs.tolist() == [2, 3, 4]


class WithoutForward(Classifier):
    """Its steps call a part of it."""

    forward = lightning.LightningModule.forward  # type: ignore[assignment]

    def training_step(self, batch: Any, batch_idx: int) -> Any:
        return nn.functional.cross_entropy(self.net(batch[0]), batch[1])

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        pass


def test_a_module_without_a_forward_is_recorded_by_its_part(tmp_path: Path) -> None:
    fit(Recorder(tmp_path / "run.h5", X, Y, part="net"), WithoutForward())
    assert Recording(tmp_path / "run.h5").n_snapshots == 4


@pytest.mark.parametrize(
    ("arguments", "module", "error", "why"),
    [
        ({"resume": True}, Classifier, ScenarioError, "Lightning's own checkpoints"),
        ({"part": "nett"}, Classifier, ScenarioError, "did you mean net"),
        ({"every_n_epoch": 2}, Classifier, ScenarioError, "did you mean every_n_epochs"),
        ({}, WithoutForward, ScenarioError, "part='net'"),
        ({"loss": "focal"}, Classifier, DataError, "unknown loss"),
    ],
)
def test_mistakes_are_one_line_before_the_training(
    arguments: dict[str, Any], module: Any, error: type[Exception], why: str, tmp_path: Path
) -> None:
    own = module()
    with pytest.raises(error, match=why) as caught:
        fit(Recorder(tmp_path / "run.h5", X, Y, **arguments), own)
    assert "\n" not in str(caught.value)
    assert not own.seen


def test_the_same_file_again_is_refused(tmp_path: Path) -> None:
    callback = Recorder(tmp_path / "run.h5", X, Y)
    fit(callback)
    with pytest.raises(RunFileError, match="exists"):
        fit(callback)
