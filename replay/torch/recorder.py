"""Recorder: records a module of PyTorch while a loop of its user's trains it, and resumes the training."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

import torch

from replay.errors import DataError, ScenarioError
from replay.network.in_torch.describe import Described, described, is_empty, is_unbuilt, unwrapped
from replay.network.in_torch.values import as_array, as_samples
from replay.recorders.loop import LoopRecorder
from replay.recorders.metrics import numbers_of
from replay.recorders.options import RecordingOptions
from replay.recorders.session import Session, never_ending_a_training
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.torch.loss_watch import LossWatch
from replay.torch.step_count import StepCount, WorkBefore
from replay.torch.training_state import TrainingState, check_others
from replay.types import Array

logger = logging.getLogger(__name__)
FRAMEWORK = {"framework": "torch"}  # a fact of a training that is to be resumed


class Recorder(LoopRecorder):
    """Records a module's weights before training and after each epoch, and the metrics that it is told.

    Args:
        model: The module. It stays as it is: no hooks, no modes, no random numbers drawn.
        X: The samples that views will show, (n_samples, …): tensors, arrays or a data frame.
        y: Their targets, (n_samples, …).
        path: The run file to write.
        loss: What the training minimises: the module of `torch.nn` that it calls, whose mean over an epoch is
            then recorded as well, or a name of Keras's. Without it, views of losses say so.
        optimizer: The training's optimizer, which resuming needs. Its steps tell epochs apart.
        scheduler: That of the learning rate, if there is one. Step it before `epoch_end`.
        steps_per_epoch: Steps of the optimizer in an epoch. With it, epochs end by themselves; call
            `epoch_end` to add metrics.
        epochs: How many epochs are planned, in all. The run is complete when they have ended.
        initial_epoch: The epoch at which the training begins, where checkpoints of your own continue one.
        also: What else must be resumed: generators of random numbers, and objects with `state_dict` and
            `load_state_dict`, such as a GradScaler.
        **options: The options of every recorder, see `replay.Recorder`: `every_n_epochs`, `every_n_batches`
            (with `optimizer` and `steps_per_epoch`), `validation_data`, `samples`, `layers`, `dtype`,
            `compress`, `max_bytes`, `overwrite`, `resume`, `resumable`, `live`, `on_error`, `class_names`,
            `feature_names`, `title`, `target_name`, `scenario`, `run`, `seed`, `batch_size`, `data`.

    Raises:
        RunFileError: The file exists, is being recorded, or cannot be gone on with.
        DataError: X and y do not fit each other, the loss or the model.
        ScenarioError: The options do not go together.

    A module that is made of known layers replays in NumPy, without PyTorch: linear, batch and layer
    normalisation, dropout, flattening, every activation of `torch.nn`, one after another. Any other is
    recorded whole, a line of the log says why, and `Replay(path, model=model)` replays it.

    The run is complete when the planned epochs have ended, `close` is called, a `with` block ends without an
    exception, or the program ends without an error.

    >>> import torch
    >>> from replay.torch import Recorder
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Tanh(), torch.nn.Linear(2, 1))
    >>> recorder = Recorder(model, X, y, "mine.h5", loss=torch.nn.BCEWithLogitsLoss())
    >>> for epoch in range(3):
    ...     recorder.epoch_end(loss=1 / (1 + epoch))
    >>> recorder.close()
    """

    def __init__(
        self,
        model: Any,
        X: Any,
        y: Any,
        path: str | os.PathLike[str],
        *,
        loss: Any = None,
        optimizer: Any = None,
        scheduler: Any = None,
        steps_per_epoch: int | None = None,
        epochs: int | None = None,
        initial_epoch: int = 0,
        also: Sequence[Any] = (),
        **options: Any,
    ) -> None:
        chosen = RecordingOptions.of(options)
        _check(chosen, optimizer, steps_per_epoch, epochs)
        check_others(also)
        if chosen.validation_data is not None:
            held_out = tuple(map(as_samples, chosen.validation_data))
            chosen = RecordingOptions.of({**options, "validation_data": held_out})
        session = Session(path, as_samples(X), as_samples(y), chosen)
        super().__init__(session, epochs, initial_epoch)
        self._model = unwrapped(model)
        self._loss, self._optimizer, self._scheduler = loss, optimizer, scheduler
        self._steps_an_epoch = steps_per_epoch
        self._steps = StepCount()
        self._state = None
        self._capacity = 0
        if optimizer is not None and chosen.resumable:
            self._state = TrainingState(self._model, optimizer, scheduler, also)
        self._described: Described | None = None
        self._watched = LossWatch.of(loss, self._model)
        self._begin_if_built()
        if optimizer is not None:
            optimizer.register_step_post_hook(self._steps)
        if optimizer is not None and (steps_per_epoch is not None or self._described is None):
            optimizer.register_step_pre_hook(WorkBefore(self._before_step))
        if steps_per_epoch is not None:
            self._steps.then = self._after_step

    # The beginning

    def _begin_if_built(self) -> None:
        """Begin, unless the model has no weights yet: then the first step or epoch does."""
        if is_empty(self._model):
            self.session.starts()
            self.session.give_up(DataError("the model's weights are on the meta device, without values"))
        elif is_unbuilt(self._model):
            self.session.starts()
            logger.warning(
                "%s: the model has lazy parts that are not built: the recording begins with the first step",
                self.path,
            )
        else:
            self._begin()

    def _begin(self, with_snapshot: bool = True) -> None:
        session = self.session
        session.take_samples(_in_one_part(session.given.samples))
        self._described = described(
            self._model, session.given.samples, self._loss, self._optimizer, session.facts, self.path
        )
        steps = self._steps_an_epoch or 0
        kept = self.begin(self._described.description, self._layout(), steps, self._restore)
        if kept is not None:
            session.goes_on(kept.epoch, self._weights())
        elif with_snapshot:
            session.first(self.ended, self._weights(), self._saved())
        if session.batch_size is not None:
            session.tell_batch_size(session.batch_size)

    def _restore(self, kept: UnfinishedTraining) -> None:
        assert self._state is not None
        (saved,) = kept.state.arrays(kept.layout)
        self._state.restore(saved, self.path)

    def _layout(self) -> StateLayout | None:
        """The layout of the state to save; that of the file where a training goes on."""
        if self._state is None:
            return None
        facts = {"data": self.session.given.fingerprint, **FRAMEWORK}
        if self.session.unfinished is not None:
            layout = self.session.unfinished.layout
            self._capacity = layout.n_values
            return StateLayout(layout.variables, facts)
        self._capacity = self._state.capacity()
        return StateLayout([{"name": "state", "shape": [self._capacity], "dtype": "uint8"}], facts)

    # The training

    @never_ending_a_training
    def epoch_end(self, **metrics: Any) -> None:
        """Record the end of an epoch. Call it last in the loop: resuming goes on behind it.

        Args:
            **metrics: What to draw as curves, by name, such as `loss` and `val_loss`: numbers, arrays or
                tensors. The learning rate and, if the recorder knows the loss's module, the loss's mean over
                the epoch are recorded by themselves.
        """
        if self.is_late() or self._is_twice():
            return
        self._end(metrics)

    def _is_twice(self) -> bool:
        if not self._steps.in_all or self._steps.in_epoch:
            return False
        logger.warning(
            "%s: epoch %d was ended already, and no step came since: epoch_end is ignored",
            self.path,
            self.ended,
        )
        return True

    def _end(self, metrics: dict[str, Any]) -> None:
        if self._described is None:  # built since, and nobody saw it before the epoch
            self._begin(with_snapshot=False)
        logs = dict(numbers_of(metrics, as_array))
        measured = self._watched.mean()
        if "loss" in logs:
            self._watched.stop()
        elif measured is not None:
            logs["loss"] = measured
        if self._optimizer is not None:
            logs.setdefault("learning_rate", float(self._optimizer.param_groups[0]["lr"]))
        self._steps.in_epoch = 0
        self.end_epoch(self._weights(), logs, self._saved())

    @never_ending_a_training
    def _before_step(self) -> None:
        if self._described is None:
            self._begin()
        self._end_if_due()

    def _end_if_due(self) -> None:
        """End an epoch whose steps are done, where nobody told its end."""
        steps = self._steps_an_epoch
        if self.session.is_open and steps and self._steps.in_epoch >= steps:
            self._end({})

    @never_ending_a_training
    def _after_step(self) -> None:
        every, steps = self.session.options.every_n_batches, self._steps_an_epoch or 1
        passed = self._steps.in_epoch
        if passed == steps:
            self._watched.cut()
        elif every and self.session.is_open and passed < steps and passed % every == 0:
            self.session.writer.snapshot(self.ended + passed / steps, self._weights())

    @never_ending_a_training
    def settle(self) -> None:
        """Record an epoch whose steps are done."""
        self._end_if_due()

    # What is recorded

    def _weights(self) -> list[Any]:
        assert self._described is not None
        return self._described.weights(self.session.description)

    def _saved(self) -> list[Array] | None:
        """The state to save, None for none. A state that has outgrown its place is given up."""
        if self._state is None:
            return None
        saved = self._state.saved(self._capacity)
        if saved is None:
            self._state = None
            self.session.writer.forget_state()
            logger.warning(
                "%s: the training's state has outgrown its place, so it can no longer be resumed", self.path
            )
            return None
        return [saved]


def watch(model: Any, X: Any, y: Any, path: str | os.PathLike[str], **arguments: Any) -> Recorder:
    """A recorder for a `with` block: the run is complete when the block ends without an exception.

    Args:
        model, X, y, path: As for `Recorder`.
        **arguments: As for `Recorder`.

    Returns:
        The `Recorder`.

    >>> import torch
    >>> from replay.torch import watch
    >>> model = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Sigmoid())
    >>> with watch(model, X, y, "mine.h5", loss=torch.nn.BCELoss()) as recorder:
    ...     recorder.epoch_end(loss=0.7)
    """
    return Recorder(model, X, y, path, **arguments)


def _check(
    options: RecordingOptions, optimizer: Any, steps_per_epoch: int | None, epochs: int | None
) -> None:
    if options.every_n_batches is not None and (optimizer is None or steps_per_epoch is None):
        raise ScenarioError("every_n_batches needs optimizer and steps_per_epoch")
    if options.resume and optimizer is None:
        raise ScenarioError("resume needs the optimizer: pass optimizer, and scheduler if there is one")
    if steps_per_epoch is not None and optimizer is None:
        raise ScenarioError("steps_per_epoch needs the optimizer, whose steps it counts: pass optimizer")
    for name, value in (("steps_per_epoch", steps_per_epoch), ("epochs", epochs)):
        if value is not None and value < 1:
            raise ScenarioError(f"{name} must be 1 or more, not {value}")
    if optimizer is not None and not isinstance(optimizer, torch.optim.Optimizer):
        raise ScenarioError(f"optimizer must be one of PyTorch's, not {type(optimizer).__name__}")


def _in_one_part(samples: tuple[Any, Any]) -> tuple[Any, Any]:
    """Samples and targets, each an array where it is a dict of one."""
    inputs, targets = (
        next(iter(some.values())) if isinstance(some, dict) and len(some) == 1 else some for some in samples
    )
    return inputs, targets
