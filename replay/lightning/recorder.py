"""Recorder: a callback of Lightning's Trainer that records its module, as `replay.torch.Recorder` does."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule

from replay.errors import ScenarioError, unknown
from replay.network.in_torch.losses import KNOWN
from replay.recorders.options import RecordingOptions
from replay.torch.recorder import Recorder as TorchRecorder

WITHOUT = {
    "resume": "Lightning's own checkpoints resume a training; record what follows in a file of its own",
}


class Recorder(Callback):
    """Records a LightningModule's weights before training and after each epoch, and what it logs.

    Args:
        path: The run file to write.
        X: The samples that views will show, (n_samples, …): tensors, arrays or a data frame.
        y: Their targets, (n_samples, …).
        loss: What the training minimises, as for `replay.torch.Recorder`. By default the one module of
            `torch.nn` among the parts of the LightningModule that is a loss, if there is one.
        part: The name of the part to record, such as "net"; by default the whole module, by its `forward`.
        **options: The options of every recorder, but for `resume`, see `replay.Recorder`.

    Attributes:
        path: The run file.

    Raises:
        ScenarioError: The options do not go together.

    The errors of `replay.torch.Recorder` come when the training begins. Metrics have the names that the
    module logs, those of a step alone left out; "loss" is the mean of what `training_step` returns, unless
    something of this name is logged. A training that goes on from a checkpoint is recorded from its epoch on.
    The run is complete when `fit` ends without being interrupted.

    >>> import lightning
    >>> from replay.lightning import Recorder
    >>> callback = Recorder("mine.h5", X, y, loss=torch.nn.BCELoss())
    >>> trainer = lightning.Trainer(max_epochs=3, callbacks=[callback])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        X: Any,
        y: Any,
        *,
        loss: Any = None,
        part: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__()
        RecordingOptions.of(options, WITHOUT)
        self.path = Path(path).expanduser()
        self._samples, self._loss, self._part, self._options = (X, y), loss, part, options
        self._recorder: TorchRecorder | None = None
        self._losses: list[Any] = []

    @property
    def error(self) -> str | None:
        """Why the recording stopped before the training did, None if it did not."""
        return None if self._recorder is None else self._recorder.error

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Create the file and take the first snapshot."""
        if not trainer.is_global_zero:
            return
        self._losses.clear()
        within = self._options.get("every_n_batches") is not None
        self._recorder = TorchRecorder(
            self._recorded(pl_module),
            *self._samples,
            self.path,
            loss=_loss_of(pl_module) if self._loss is None else self._loss,
            optimizer=trainer.optimizers[0] if trainer.optimizers else None,
            steps_per_epoch=_steps_an_epoch(trainer) if within else None,
            epochs=trainer.max_epochs if trainer.max_epochs and trainer.max_epochs > 0 else None,
            initial_epoch=trainer.current_epoch,
            **{**self._options, "resumable": False},
        )

    def _recorded(self, module: Any) -> Any:
        names = [name for name, _ in module.named_children()]
        if self._part is None and type(module).forward is LightningModule.forward:
            raise ScenarioError(
                f"{self.path}: the module has no forward: name the part to record, as part={names[0]!r}"
                if names
                else f"{self.path}: the module has neither a forward nor parts to record"
            )
        if self._part is None:
            return module
        try:
            return module.get_submodule(self._part)
        except AttributeError as error:
            raise ScenarioError(unknown("part of the module", self._part, names)) from error

    def on_train_batch_end(
        self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Keep the loss of a batch for the mean over the epoch."""
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        if self._recorder is not None and isinstance(loss, torch.Tensor) and loss.numel() == 1:
            # Lightning divides it by the batches whose gradients it adds up.
            self._losses.append(loss.detach().reshape(()) * trainer.accumulate_grad_batches)

    def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
        """Record the epoch."""
        if self._recorder is None:
            return
        losses, self._losses = self._losses, []
        measured = {"loss": torch.stack(losses).mean()} if losses else {}
        self._recorder.epoch_end(**{**measured, **_of_epochs(trainer.callback_metrics)})

    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        """Mark the run as complete, unless the training was interrupted."""
        self._leave(complete=not trainer.interrupted)

    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        """Close the file, which stays incomplete."""
        self._leave(complete=False)

    def _leave(self, complete: bool) -> None:
        recorder, self._recorder = self._recorder, None
        if recorder is not None:
            recorder.leave(complete)


def _of_epochs(metrics: Mapping[str, Any]) -> dict[str, Any]:
    """The metrics of an epoch: of one that is logged for steps as well, its mean alone."""
    forked = {name.removesuffix("_step") for name in metrics if name.endswith("_step")}
    left_out = {f"{name}{end}" for name in forked for end in ("_step", "_epoch") if name in metrics}
    return {name.removesuffix("_epoch"): value for name, value in metrics.items() if name not in left_out}


def _steps_an_epoch(trainer: Any) -> int | None:
    batches = trainer.num_training_batches
    return None if math.isinf(batches) else math.ceil(batches / trainer.accumulate_grad_batches)


def _loss_of(module: Any) -> Any:
    """The one loss among the parts of a module; None where there is none, or several."""
    found = [part for part in module.modules() if type(part) in KNOWN]
    return found[0] if len(found) == 1 else None
