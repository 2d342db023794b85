"""Recorder: the Keras callback that records weights and metrics of a training, and resumes it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import keras

from replay.errors import DataError
from replay.network.data_description import DataDescription
from replay.network.description import RunDescription
from replay.network.in_keras import describe, values
from replay.recorders.expected_size import MAX_BYTES
from replay.recorders.metrics import numbers_of
from replay.recorders.options import RecordingOptions
from replay.recorders.same_training import check_same_model
from replay.recorders.session import Session, never_ending_a_training
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.storage.writing.existing import refuse_existing
from replay.training import resuming

logger = logging.getLogger(__name__)


class Recorder(keras.callbacks.Callback):
    """A Keras callback that records the weights before training and after each epoch, and what Keras logs.

    Args:
        path: The run file to write.
        X: The samples that views will show, (n_samples, …): the training data, or some of them. One of
            scikit-learn's bunches has the targets, too.
        y: Their targets, (n_samples, …).
        every_n_epochs: Take a snapshot after every n-th epoch, by default each. The last epoch always has
            one; metrics are logged for every epoch.
        every_n_batches: Also take one after every n-th batch; its epoch is then a fraction. None by default.
        validation_data: Samples and targets to keep beside the others, or None.
        samples: Keep so many of the samples, and of those for validation: every class its share, chosen with
            the seed. All by default.
        layers: Names of the layers whose weights to record; all by default. Views that need others say so.
        dtype: "float32", or "float16", which stores weights in half the space, with three significant digits.
        compress: Compress the weights without loss; trained ones become a tenth smaller, at some cost. False
            by default.
        max_bytes: Refuse to begin a recording that would become larger, by default than 2,000,000,000 bytes.
        overwrite: Replace a file that exists, rather than refuse to begin. False by default.
        resume: Go on with the training that a file holds incomplete, after its last finished epoch; without a
            file, begin one. The model, data and all that concerns the training must be as they were. False by
            default.
        resumable: Keep what `resume` needs, twice the weights and the optimizer's variables. True by default.
        live: In a notebook, show the interactive page while the training goes on. False by default.
        on_error: What a failure of the recorder does once the training runs. "warn" logs one warning, leaves
            the file readable and incomplete, with the reason, and lets the training go on; "raise" ends it.
            "warn" by default.
        class_names: The name of each class, by its number. Pictures and captions use them.
        feature_names: The name of each input.
        title: What pictures call the data, in place of the scenario.
        target_name: What the targets are.
        scenario, run: What the pictures call this training, both empty by default.
        seed, batch_size: Kept in the file. Without `batch_size`, it is told from the number of samples and
            steps where that leaves one answer.
        data: What the samples were taken for, kept in the file, or None. Names that are not given are taken
            from here, else from X and y: columns of a data frame, the name of a series, its categories, and
            what a bunch says.

    Attributes:
        path: The run file.
        error: Why the recording stopped before the training did, None if it did not.
        training_facts: What `train` says of itself. A training that goes on must have it in common.

    Raises:
        RunFileError: The file exists, is being recorded, cannot be gone on with, would become too large, or
            finds no room on its disk.
        DataError: X and y do not fit each other or the loss, or there are not as many names as classes or
            inputs.
        ScenarioError: The options do not go together.

    Models with several inputs or outputs are recorded with X and y as `fit` takes them, dicts or lists; views
    of samples cannot show them. A second `fit` of the same model with the same recorder continues its file.
    With `resume`, `train` and `fit` begin at the epoch `initial_epoch` by themselves. Where the model holds
    other weights after the training than at its last epoch, as after `EarlyStopping` with
    `restore_best_weights`, one more snapshot has them.

    >>> from replay import Recorder, Replay
    >>> history = model.fit(X, y, epochs=3, callbacks=[Recorder("mine.h5", X, y)], verbose=0)
    >>> Replay("mine.h5").epochs
    array([0., 1., 2., 3.])
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        X: Any,
        y: Any = None,
        *,
        every_n_epochs: int = 1,
        every_n_batches: int | None = None,
        validation_data: tuple[Any, Any] | None = None,
        samples: int | None = None,
        layers: Sequence[str] | None = None,
        dtype: str = "float32",
        compress: bool = False,
        max_bytes: int = MAX_BYTES,
        overwrite: bool = False,
        resume: bool = False,
        resumable: bool = True,
        live: bool = False,
        on_error: str = "warn",
        class_names: Iterable[object] | None = None,
        feature_names: Iterable[object] | None = None,
        title: str | None = None,
        target_name: str | None = None,
        scenario: str = "",
        run: str = "",
        seed: int | None = None,
        batch_size: int | None = None,
        data: DataDescription | None = None,
    ) -> None:
        super().__init__()
        options = RecordingOptions(
            every_n_epochs=every_n_epochs,
            every_n_batches=every_n_batches,
            validation_data=validation_data,
            samples=samples,
            layers=layers,
            dtype=dtype,
            compress=compress,
            max_bytes=max_bytes,
            overwrite=overwrite,
            resume=resume,
            resumable=resumable,
            live=live,
            on_error=on_error,
            class_names=class_names,
            feature_names=feature_names,
            title=title,
            target_name=target_name,
            scenario=scenario,
            run=run,
            seed=seed,
            batch_size=batch_size,
            data=data,
        )
        self.session = Session(path, X, y, options)
        self.every_n_batches = every_n_batches  # `train` reads this, too
        #: Set by `train`: facts that must stay the same when the training is resumed.
        self.training_facts: dict[str, Any] = {}
        self._variables: list[Any] = []  # saved for resuming
        self._batch_size_sought = False
        self._recorded: Any = None  # the model whose training the file holds
        self._weight_variables: list[Any] = []  # of that model: those to record
        self._offset = 0.0  # added to Keras's epochs, which each `fit` may restart, to get the file's
        self._is_behind_history = False  # in the list of callbacks
        self._at_first: list[Any] | None = None  # the weights before a training that is driven by hand
        if every_n_batches is not None:
            # Only if needed: if any callback has this hook, Keras waits for the metrics of every batch.
            self.on_train_batch_end = self._after_batch

    @property
    def path(self) -> Path:
        """The run file."""
        return self.session.path

    @property
    def error(self) -> str | None:
        """Why the recording stopped before the training did, None if it did not."""
        return self.session.error

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Create the file, or reopen it if the same model continues training.

        Raises DataError for data that the model does not take, or batches that cannot be counted.
        """
        if self.model is None:
            raise DataError(f"{self.path}: the recorder has no model: call its set_model(model) first")
        if self.every_n_batches and not self._plan.get("steps"):
            raise DataError(
                f"{self.path}: every_n_batches needs the number of batches: pass fit steps_per_epoch"
            )
        self._epoch = self._passed = 0
        self.session.runs, self.session.error = False, None
        if self.model is self._recorded:
            self._continue_file()
            return
        if self._recorded is not None:
            refuse_existing(self.path, self.session.options.overwrite)
            self.session.close()
        describe.build(self.model, self.session.given.samples[0])
        self.session.take_samples(self._fitting_samples())
        description = describe.describe(self.model, **self.session.facts)
        resumable = self.session.options.resumable and resuming.has_optimizer(self.model)
        kept = self.session.begin(
            description,
            self._n_snapshots(),
            self._state_layout() if resumable else None,
            self._plan.get("epochs"),
        )
        self._weight_variables = describe.recorded_variables(self.model, self.session.description)
        if kept is not None:
            self._go_on(kept)
        self._recorded = self.model
        self._at_first = self._weights() if self.params is None else None

    @property
    def _plan(self) -> Mapping[str, Any]:
        """What Keras plans: "epochs" and "steps"; empty where the recorder is driven by hand."""
        return self.params or {}

    def _continue_file(self) -> None:
        """Reopen the file for another training of the same model, if neither was replaced meanwhile."""
        session = self.session
        if session.is_open and not session.writer.n_snapshots:
            return  # `fit` failed before the first snapshot, and is called again
        session.close()
        now = describe.describe(self.model)
        check_same_model(self.path, session.description, now)
        session.reopen(self._n_snapshots())
        self._weight_variables = describe.recorded_variables(self.model, session.description)
        self._tell_unfrozen(now)
        self._follow_recompiling()

    def _tell_unfrozen(self, now: RunDescription) -> None:
        """Warn of layers that are trained from now on: the file says of each layer once whether it is."""
        pairs = zip(self.session.description.layers, now.layers, strict=True)
        unfrozen = [new.name for old, new in pairs if new.trainable and not old.trainable and new.weights]
        if unfrozen:
            logger.warning(
                "%s: %s was frozen when the recording began, so its gradients will be shown as 0: "
                "to see them, make a new recorder",
                self.path,
                ", ".join(unfrozen),
            )

    def _follow_recompiling(self) -> None:
        """After a new compile, save the new optimizer's variables; with a different optimizer, none."""
        if not self._variables:
            return
        known = resuming.layout(self._variables, {}).kinds
        self._variables = resuming.variables(self.model)
        same = (self.session.description.optimizer or {}).get("class") == type(self.model.optimizer).__name__
        if same and resuming.layout(self._variables, {}).kinds == known:
            return
        self._variables = []
        self.session.writer.forget_state()
        logger.warning("%s: the optimizer changed, so this training can no longer be resumed", self.path)

    @property
    def resumes_at(self) -> float | None:
        """The last finished epoch of the training to resume; None if a new one begins."""
        return self.session.resumes_at

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins, counted as in `fit`: 0 unless it is resumed."""
        return self.session.initial_epoch

    @property
    def resumed_facts(self) -> Mapping[str, Any]:
        """The `training_facts` of the training to resume."""
        unfinished = self.session.unfinished
        return {} if unfinished is None else unfinished.layout.training

    def _state_layout(self) -> StateLayout:
        self._variables = resuming.variables(self.model)
        data, steps = self.session.given.fingerprint, self._plan.get("steps")
        return resuming.layout(self._variables, {"data": data, "steps": steps, **self.training_facts})

    def _go_on(self, kept: UnfinishedTraining) -> None:
        """Reset the model to the end of the last finished epoch."""
        resuming.restore(self._variables, kept)
        self.model._initial_epoch = self.initial_epoch  # `fit` reads it; Keras's BackupAndRestore sets it too
        self.session.take_up(kept.epoch, self._weights())

    def _n_snapshots(self) -> int:
        """How many snapshots there will be if the training finishes."""
        return self.session.n_snapshots(self._plan.get("epochs") or 0, self._plan.get("steps") or 0)

    def _fitting_samples(self) -> tuple[Any, Any]:
        """The samples in the shape that the model takes; raises DataError if they do not fit."""
        inputs, targets = self.session.given.samples
        expected = getattr(self.model, "input_shape", None)
        if not isinstance(expected, tuple):  # several inputs, or a subclassed model
            return inputs, targets
        if isinstance(inputs, dict):
            if len(inputs) > 1:
                raise DataError(f"{self.path}: X has {len(inputs)} parts, but the model has one input")
            (inputs,) = inputs.values()
        if isinstance(targets, dict) and len(targets) == 1 and len(self.model.outputs) == 1:
            (targets,) = targets.values()
        if expected[1:] == (1,) and inputs.ndim == 1:
            inputs = inputs[:, None]  # as Keras does
        fits = len(expected) == inputs.ndim and all(
            size in (None, own) for size, own in zip(expected[1:], inputs.shape[1:], strict=True)
        )
        if not fits:
            raise DataError(
                f"{self.path}: X has shape {inputs.shape}, but the model takes (n, "
                f"{', '.join(map(str, expected[1:]))}): pass the recorder the same data as fit"
            )
        return inputs, targets

    @never_ending_a_training
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take the first snapshot before the first epoch, which need not be epoch 0."""
        self._epoch = epoch
        self._passed = 0
        if not self.session.runs:
            self._begin(epoch)

    def _begin(self, epoch: int) -> None:
        session = self.session
        if session.unfinished is not None:
            self._check_first(epoch)
        if session.writer.n_snapshots:
            self._offset = session.epochs_before() - epoch
        else:
            self._offset = 0.0
            session.first(epoch, self._at_first or self._weights(), self._state())
        self._at_first = None
        session.tell_batch_size(session.batch_size or self._plan.get("batch_size"))
        session.starts()

    def _check_first(self, epoch: int) -> None:
        """Check that a resumed training starts at the right epoch; from then on it is a normal training."""
        expected = self.initial_epoch
        self.session.unfinished = None
        self.model._initial_epoch = None
        if epoch != expected:
            raise DataError(
                f"{self.path} continues at epoch {expected}, not at {epoch}: "
                "pass fit initial_epoch=recorder.initial_epoch"
            )

    def _state(self) -> list[Any] | None:
        return resuming.state(self._variables) if self._variables else None

    @never_ending_a_training
    def on_test_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Read the batch size before validation resets the training metrics."""
        if self.session.is_open and self.session.runs:
            self._seek_batch_size()

    def _seek_batch_size(self) -> None:
        """Infer the batch size, once, at the end of the first epoch."""
        if self.session.batch_size is None and not self._batch_size_sought:
            self._batch_size_sought = True
            self.session.tell_batch_size(self._batch_size_from_steps())

    def _batch_size_from_steps(self) -> int | None:
        """The batch size that gives this number of steps and samples; None if it is not unique.

        `fit` does not report the number of samples, but its mean loss counts them.
        """
        counts = [
            metric.count
            for metric in self.model.metrics
            if metric.name == "loss" and hasattr(metric, "count")
        ]
        steps = self._plan.get("steps")
        if not steps or steps == 1 or not counts:  # with one step, any larger size is possible
            return None
        n_samples = int(keras.ops.convert_to_numpy(counts[0]))
        smallest, largest = -(-n_samples // steps), -(-n_samples // (steps - 1)) - 1
        return smallest if smallest == largest else None

    @never_ending_a_training
    def _after_batch(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        steps = self._plan["steps"]
        due = (batch + 1) // (self.every_n_batches or 1)
        at_end = batch + 1 >= steps  # on_epoch_end records that one, with the metrics
        passed, self._passed = self._passed, due  # fit may skip batches between calls
        if not at_end and due > passed:
            epoch = self._offset + self._epoch + (batch + 1) / steps
            self.session.writer.snapshot(epoch, self._weights())

    @never_ending_a_training
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Record the epoch: its metrics, and its weights if a snapshot is due.

        Raises DataError where `on_train_begin` was not called.
        """
        if not self.session.is_open:
            raise DataError(
                f"{self.path}: use the recorder as a callback of fit, which calls on_train_begin first"
            )
        if not self.session.runs:  # driven by hand, without on_epoch_begin
            self._begin(epoch)
        self._seek_batch_size()
        # The session keeps the weights for on_train_end: callbacks before this one may restore others there.
        self.session.epoch(
            self._offset + epoch + 1, self._weights(), self._numbers(logs or {}), self._state()
        )
        self._is_behind_history = epoch in getattr(self._history, "epoch", ())

    @never_ending_a_training
    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Record the last weights, and mark the run as complete."""
        if self.session.runs and not self.session.is_open:  # called again
            return
        if not self.session.runs:  # a training of no epochs
            self._begin(self.initial_epoch)
        self.session.finish()
        self._after_the_others(self._hold_what_the_model_holds)

    def _after_the_others(self, work: Callable[[], None]) -> None:
        """Do the work when every callback has ended: those behind this one may set other weights.

        Keras puts its History last, so its end is that of all. Somebody's own may come before this recorder.
        """
        history = self._history
        if history is None or self._is_behind_history:
            work()
            return
        of_another = vars(history).get("on_train_end", lambda logs: None)  # recorder

        def then(logs: Mapping[str, float] | None = None) -> None:
            vars(history).pop("on_train_end", None)  # a History outlives its training, and may be pickled
            of_another(logs)
            work()

        history.on_train_end = then

    @property
    def _history(self) -> Any:
        """Keras's History of this training; None where the recorder is driven by hand."""
        history = getattr(self.model, "history", None)
        of_this = history is not None and self.params is not None and history.params is self.params
        return history if of_this else None

    @never_ending_a_training
    def _hold_what_the_model_holds(self) -> None:
        """Where the model has other weights now than at its last epoch, take a snapshot of them, too."""
        self.session.hold(self._weights())

    def _weights(self) -> list[Any]:
        return describe.recorded_values(self._weight_variables)

    def _numbers(self, logs: Mapping[str, Any]) -> dict[str, float]:
        """All logged numbers, and the learning rate at the end of the epoch."""
        numbers = dict(numbers_of(logs, _as_array))
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None:
            numbers.setdefault("learning_rate", float(values.of(rate)))
        return numbers


def _as_array(value: Any) -> Any:
    """A metric as an array; a float, as compiled epochs give, is one without the way through Keras."""
    return value if isinstance(value, float) else keras.ops.convert_to_numpy(value)
