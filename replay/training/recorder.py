"""Recorder: the Keras callback that records weights and metrics of a training, and resumes it."""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from replay.errors import DataError, ReplayError, RunFileError, ScenarioError, first_line, unknown
from replay.network.data_description import DataDescription, check_numbers_of_names
from replay.network.description import RunDescription
from replay.network.in_keras import describe, values
from replay.network.losses import check_targets
from replay.runs.task import Task
from replay.scenario.found_names import coded, named
from replay.storage.format import identity
from replay.storage.samples import checked_samples, each, n_samples, parts
from replay.storage.stratified import stratified
from replay.storage.training_state import SLOTS, StateLayout
from replay.storage.unfinished import UnfinishedTraining, unfinished
from replay.storage.writer import STORED_AS, RunWriter
from replay.storage.writing.existing import make_way, refuse_existing
from replay.training import resuming
from replay.training.expected_size import MAX_BYTES, check_size, expected_size
from replay.training.held_weights import AFTER_TRAINING, epoch_with
from replay.types import Array

if TYPE_CHECKING:
    from replay.player.live import LivePage

logger = logging.getLogger(__name__)
WORTH_TELLING = 20_000_000  # bytes; from this expected size on, the log line is a warning
ON_ERROR = ("warn", "raise")
MAX_COMPONENTS = 1000  # of a metric that is an array
Hook = Callable[..., None]


def _never_ending_a_training(hook: Hook) -> Hook:
    """A training is worth more than its recording: once it runs, a failure here must not end it."""

    @wraps(hook)
    def guarded(self: Recorder, *arguments: Any, **named: Any) -> None:
        if self.error is not None:
            return
        try:
            hook(self, *arguments, **named)
        except Exception as error:
            if self._on_error == "raise" or not self._begun:
                raise
            self._give_up(error)

    return guarded


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
        if every_n_epochs < 1 or (every_n_batches is not None and every_n_batches < 1):
            raise ScenarioError("every_n_epochs and every_n_batches must be 1 or more")
        if isinstance(layers, str):
            layers = [layers]
        if samples is not None and not isinstance(samples, int | np.integer):
            raise ScenarioError(f"samples must be a whole number, not {samples!r}")
        if seed is not None and seed < 0:
            raise ScenarioError(f"seed must be 0 or more, not {seed}")
        if validation_data is not None and len(validation_data) not in (2, 3):
            raise DataError(f"{path}: validation_data must be samples and targets")
        if dtype not in STORED_AS:
            raise ScenarioError(f"dtype must be {' or '.join(STORED_AS)}, not {dtype!r}")
        if on_error not in ON_ERROR:
            raise ScenarioError(f"on_error must be {' or '.join(ON_ERROR)}, not {on_error!r}")
        if resume and (overwrite or not resumable):
            raise ScenarioError("resume cannot be combined with overwrite or resumable=False")
        self.path = Path(path).expanduser()
        self._unfinished: UnfinishedTraining | None = unfinished(self.path) if resume else None
        self._overwrite, self._resume = overwrite, resume
        if not resume:
            refuse_existing(self.path, overwrite)
        self._subset: dict[str, int] | None = None
        X, y, found = named(X, y)
        if y is None:
            raise DataError(f"{path}: y is missing: give the targets of X")
        given = [checked_samples(X, y, several=True)]
        self._samples = self._some(given[0], samples, seed or 0)
        self._validation_data = validation_data
        if validation_data is not None:
            inputs, targets = validation_data[:2]  # a third part is sample weights
            columns = named(inputs, targets).data.inputs
            checked = checked_samples(inputs, coded(targets), several=True)
            self._validation_data = _chosen(checked, samples, seed or 0)
            given.append(checked)
            if misfit := _misfit(given[0][0], checked[0], found.inputs, columns):
                logger.warning("%s: validation_data: %s", path, misfit)
        self._resumable = resumable
        #: Set by `train`: facts that must stay the same when the training is resumed.
        self.training_facts: dict[str, Any] = {}
        self._fingerprint = resuming.fingerprint(given) if resumable else ""
        self._variables: list[Any] = []  # saved for resuming
        self._live = live
        self._page: LivePage | None = None
        self._every_n_epochs = every_n_epochs
        self.every_n_batches = every_n_batches  # `train` reads this, too
        self._layers = layers
        self._storing: dict[str, Any] = {"dtype": dtype, "compress": compress}
        self._max_bytes = max_bytes
        #: The names that were given as arguments, which must be as many as there are classes and inputs.
        self._given = DataDescription().with_names(class_names, feature_names)
        described = (found if data is None else data.completed(found)).with_names(
            class_names, feature_names, title, target_name
        )
        self._facts = {
            "scenario": scenario,
            "run": run,
            "seed": seed,
            "data": None if described.says_nothing else described,
        }
        self._batch_size = batch_size
        self._batch_size_sought = False
        self._writer: RunWriter | None = None
        self._recorded: Any = None  # the model whose training the file holds
        self._file: tuple[int, int] | None = None  # the identity of the file, once it is closed
        self._description: RunDescription  # of that model
        self._weight_variables: list[Any] = []  # of that model: those to record
        self._offset = 0.0  # added to Keras's epochs, which each `fit` may restart, to get the file's
        self._begun = False
        self._is_behind_history = False  # in the list of callbacks
        self._last: tuple[float, list[Any]] | None = None  # the newest weights, which may have no snapshot
        self._at_first: list[Any] | None = None  # the weights before a training that is driven by hand
        self._on_error = on_error
        #: Why the recording stopped before the training did.
        self.error: str | None = None
        if every_n_batches is not None:
            # Only if needed: if any callback has this hook, Keras waits for the metrics of every batch.
            self.on_train_batch_end = self._after_batch

    def _some(self, given: tuple[Any, Any], n: int | None, seed: int) -> tuple[Any, Any]:
        kept = _chosen(given, n, seed)
        if n_samples(kept[0]) < n_samples(given[0]):
            self._subset = {"of": n_samples(given[0]), "seed": seed}
        return kept

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
        self._begun = False
        self._epoch = self._passed = 0
        self.error = None
        self._page = self._live_page() if self._live else None
        if self.model is self._recorded:
            self._continue_file()
            return
        if self._recorded is not None:
            refuse_existing(self.path, self._overwrite)
            self._close()
        describe.build(self.model, self._samples[0])
        self._samples = self._fitting_samples()
        description = describe.describe(self.model, subset=self._subset, **self._facts)
        if self._layers is not None:
            description = _of_layers(description, self._layers, self.path)
        output, targets = description.output, self._samples[1]
        if not isinstance(targets, dict):
            check_targets(description.loss, targets, output.units if output else None)
            self._check_names(description)
        state = self._state_layout() if self._resumable and resuming.has_optimizer(self.model) else None
        self._check_size(description, state=state)
        self._description = description
        self._weight_variables = describe.recorded_variables(self.model, description)
        if self._unfinished is not None and state is not None:
            self._writer = self._going_on(self._unfinished, state)
        else:
            if self._resume:
                make_way(self.path)
            self._writer = RunWriter(
                self.path,
                description,
                *self._samples,
                validation_data=self._validation_data,
                overwrite=self._overwrite,
                state=state,
                **self._storing,
            )
        self._recorded = self.model
        self._at_first = self._weights() if self.params is None else None

    def _check_names(self, description: RunDescription) -> None:
        """Raise DataError where the names that were given are not as many as classes or inputs."""
        inputs, targets = self._samples
        shape = None if isinstance(inputs, dict) else inputs.shape[1:]
        try:
            check_numbers_of_names(self._given, Task.of(description, targets).n_classes, shape)
        except DataError as error:
            raise DataError(f"{self.path}: {error}") from error

    @property
    def _plan(self) -> Mapping[str, Any]:
        """What Keras plans: "epochs" and "steps"; empty where the recorder is driven by hand."""
        return self.params or {}

    def _continue_file(self) -> None:
        """Reopen the file for another training of the same model, if neither was replaced meanwhile."""
        if self._writer is not None and not self._writer.n_snapshots:
            return  # `fit` failed before the first snapshot, and is called again
        self._close()
        now = describe.describe(self.model)
        resuming.check_same_model(self.path, self._description, now)
        if not self.path.is_file() or identity(self.path) != self._file:
            raise RunFileError(
                f"{self.path} is not the file that this recorder wrote: it was deleted or replaced; "
                "make a new recorder"
            )
        self._check_size(self._description, self.path.stat().st_size)
        self._writer = RunWriter.reopen(self.path)
        self._weight_variables = describe.recorded_variables(self.model, self._description)
        self._tell_unfrozen(now)
        self._follow_recompiling()

    def _tell_unfrozen(self, now: RunDescription) -> None:
        """Warn of layers that are trained from now on: the file says of each layer once whether it is."""
        pairs = zip(self._description.layers, now.layers, strict=True)
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
        same = (self._description.optimizer or {}).get("class") == type(self.model.optimizer).__name__
        if same and resuming.layout(self._variables, {}).kinds == known:
            return
        self._variables = []
        assert self._writer is not None
        self._writer.forget_state()
        logger.warning("%s: the optimizer changed, so this training can no longer be resumed", self.path)

    @property
    def resumes_at(self) -> float | None:
        """The last finished epoch of the training to resume; None if a new one begins."""
        return None if self._unfinished is None else self._unfinished.epoch

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins, counted as in `fit`: 0 unless it is resumed."""
        return int(self.resumes_at or 0)

    @property
    def resumed_facts(self) -> Mapping[str, Any]:
        """The `training_facts` of the training to resume."""
        return {} if self._unfinished is None else self._unfinished.layout.training

    def _state_layout(self) -> StateLayout:
        self._variables = resuming.variables(self.model)
        facts = {"data": self._fingerprint, "steps": self._plan.get("steps"), **self.training_facts}
        return resuming.layout(self._variables, facts)

    def _going_on(self, kept: UnfinishedTraining, state: StateLayout) -> RunWriter:
        """Reset file and model to the end of the last finished epoch."""
        resuming.check_same(self.path, kept, self._description, state)
        planned = self._plan.get("epochs")
        if planned is not None and kept.epoch > planned:
            raise RunFileError(
                f"{self.path} has {kept.epoch:g} epochs already, more than {planned}: train for more"
            )
        writer = RunWriter.resume(self.path, kept)
        resuming.restore(self._variables, kept)
        self.model._initial_epoch = self.initial_epoch  # `fit` reads it; Keras's BackupAndRestore sets it too
        self._last = (kept.epoch, self._weights())
        if kept.epoch > writer.last_epoch and not kept.epoch % self._every_n_epochs:
            writer.snapshot(*self._last)
        return writer

    def _live_page(self) -> LivePage:
        from replay.player.live import LivePage  # here: recording without live needs no drawing

        return LivePage(self.path)

    def _check_size(
        self, description: RunDescription, present: int | None = None, state: StateLayout | None = None
    ) -> None:
        """Raise RunFileError if the file would become too large; `present` is its size if it exists."""
        data = [self._samples, *([] if self._validation_data is None else [self._validation_data])]
        expected = expected_size(description, self._n_snapshots(), data, self._storing["dtype"])
        if present is not None:
            expected = replace(expected, data=present)
        if state is not None:
            expected = replace(expected, state=SLOTS * state.n_bytes)
        check_size(self.path, expected, self._max_bytes)
        level = logging.WARNING if expected.total >= WORTH_TELLING else logging.INFO
        logger.log(level, "%s will have about %s", self.path, expected)

    def _n_snapshots(self) -> int:
        """How many snapshots there will be if the training finishes."""
        epochs, steps = self._plan.get("epochs") or 0, self._plan.get("steps") or 0
        within = (steps - 1) // self.every_n_batches if self.every_n_batches and steps else 0
        return 1 + math.ceil(epochs / self._every_n_epochs) + epochs * within

    def _fitting_samples(self) -> tuple[Any, Any]:
        """The samples in the shape that the model takes; raises DataError if they do not fit."""
        inputs, targets = self._samples
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

    @_never_ending_a_training
    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Take the first snapshot before the first epoch, which need not be epoch 0."""
        self._epoch = epoch
        self._passed = 0
        if not self._begun:
            self._begin(epoch)

    def _begin(self, epoch: int) -> None:
        writer = self._open_writer
        if self._unfinished is not None:
            self._check_first(epoch)
        if writer.n_snapshots:
            self._offset = self._epochs_before() - epoch
        else:
            self._offset = 0.0
            self._last = (float(epoch), self._at_first or self._weights())
            writer.snapshot(*self._last, state=self._state())
        self._at_first = None
        self._tell_batch_size(self._batch_size or self._plan.get("batch_size"))
        self._begun = True

    def _epochs_before(self) -> int:
        """How many epochs the file has when its training is continued."""
        writer = self._open_writer
        last = writer.last_epoch
        after_training = last in writer.ending.held
        return math.ceil(max(math.floor(last) if after_training else last, writer.last_logged_epoch))

    def _check_first(self, epoch: int) -> None:
        """Check that a resumed training starts at the right epoch; from then on it is a normal training."""
        expected = self.initial_epoch
        self._unfinished = None
        self.model._initial_epoch = None
        if epoch != expected:
            raise DataError(
                f"{self.path} continues at epoch {expected}, not at {epoch}: "
                "pass fit initial_epoch=recorder.initial_epoch"
            )

    def _state(self) -> list[Any] | None:
        return resuming.state(self._variables) if self._variables else None

    def _tell_batch_size(self, batch_size: int | None) -> None:
        self._batch_size = batch_size
        if batch_size is not None:
            self._open_writer.tell_batch_size(batch_size)

    @_never_ending_a_training
    def on_test_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Read the batch size before validation resets the training metrics."""
        if self._writer is not None and self._begun:
            self._seek_batch_size()

    def _seek_batch_size(self) -> None:
        """Infer the batch size, once, at the end of the first epoch."""
        if self._batch_size is None and not self._batch_size_sought:
            self._batch_size_sought = True
            self._tell_batch_size(self._batch_size_from_steps())

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

    @_never_ending_a_training
    def _after_batch(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        steps = self._plan["steps"]
        due = (batch + 1) // (self.every_n_batches or 1)
        at_end = batch + 1 >= steps  # on_epoch_end records that one, with the metrics
        passed, self._passed = self._passed, due  # fit may skip batches between calls
        if not at_end and due > passed:
            self._open_writer.snapshot(self._offset + self._epoch + (batch + 1) / steps, self._weights())

    @_never_ending_a_training
    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Record the epoch: its metrics, and its weights if a snapshot is due."""
        writer = self._open_writer
        if not self._begun:  # driven by hand, without on_epoch_begin
            self._begin(epoch)
        self._seek_batch_size()
        due = (self._offset + epoch + 1) % self._every_n_epochs == 0
        weights = self._weights()
        writer.snapshot(
            self._offset + epoch + 1, weights if due else None, self._numbers(logs or {}), self._state()
        )
        self._is_behind_history = epoch in getattr(self._history, "epoch", ())
        # Keep for on_train_end: callbacks before this one may restore other weights there.
        self._last = (self._offset + epoch + 1, weights)
        self._update_page()

    def _update_page(self, at_end: bool = False) -> None:
        if self._page is not None:
            self._page.update(at_end=at_end)

    @_never_ending_a_training
    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Record the last weights, and mark the run as complete."""
        if self._begun and self._writer is None:  # called again
            return
        if not self._begun:  # a training of no epochs
            self._begin(self.initial_epoch)
        writer = self._open_writer
        if self._last is not None and self._last[0] > writer.last_epoch:
            writer.snapshot(*self._last)
        writer.finish()
        self._close()
        self._update_page(at_end=True)
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

    @_never_ending_a_training
    def _hold_what_the_model_holds(self) -> None:
        """Where the model has other weights now than at its last epoch, take a snapshot of them, too."""
        held = self._weights()
        if self._last is None or _are_equal(held, self._last[1]):
            return
        same_as = epoch_with(self.path, held, self._storing["dtype"])
        self._writer = writer = RunWriter.reopen(self.path)
        try:
            writer.hold(writer.last_epoch + AFTER_TRAINING, held, same_as)
            writer.finish()
        finally:
            self._close()
        self._update_page(at_end=True)

    def _give_up(self, error: Exception) -> None:
        """Tell why the recording stops, here and in the file, which stays incomplete."""
        self.error = first_line(error) if isinstance(error, ReplayError) else _said(error)
        logger.warning("%s: the recording stops: %s; the training goes on", self.path, self.error)
        if self._writer is None:
            return
        with suppress(ReplayError, ValueError):  # where the file itself fails, it cannot tell why
            self._writer.give_up(self.error)
        with suppress(ReplayError, ValueError):
            self._close()

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            self._file = writer.identity
            writer.close()

    @property
    def _open_writer(self) -> RunWriter:
        if self._writer is None:
            raise DataError(
                f"{self.path}: use the recorder as a callback of fit, which calls on_train_begin first"
            )
        return self._writer

    def _weights(self) -> list[Any]:
        return describe.recorded_values(self._weight_variables)

    def _numbers(self, logs: Mapping[str, Any]) -> dict[str, float]:
        """All logged numbers, and the learning rate at the end of the epoch."""
        numbers = dict(_numbers_of(logs))
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        if rate is not None:
            numbers.setdefault("learning_rate", float(values.of(rate)))
        return numbers


def _numbers_of(logs: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """Every logged number; a metric with a number for each class is one metric a class: "f1_score_0"."""
    for name, value in logs.items():
        try:
            values = _as_numbers(value)
        except (TypeError, ValueError, OverflowError):
            logger.info("the log %s is no number: it is not recorded", name)
            continue
        if values.size > MAX_COMPONENTS:
            logger.info("the metric %s has %d values: it is not recorded", name, values.size)
            continue
        for place, number in np.ndenumerate(values):
            yield "_".join(map(str, [name, *place])), float(number)


def _as_numbers(value: Any) -> Array:
    array = np.asarray(value if isinstance(value, float) else keras.ops.convert_to_numpy(value))
    if array.dtype.kind in "cmM":  # complex numbers and dates would lose what they say
        raise TypeError(f"{array.dtype} is no number")
    return array.astype(np.float64)


def _are_equal(some: Sequence[Any], others: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(some, others, strict=True))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _chosen(given: tuple[Any, Any], n: int | None, seed: int) -> tuple[Any, Any]:
    """At most `n` of the samples, stratified by class; with several outputs, by the first one's classes."""
    if n is None:
        return given
    inputs, targets = given
    chosen = stratified(next(iter(parts(targets).values())), n, seed)
    return each(inputs, lambda part: part[chosen]), each(targets, lambda part: part[chosen])


def _misfit(own: Any, held_out: Any, names: Sequence[str], columns: Sequence[str]) -> str:
    """Why held-out inputs are no samples as the others are; empty where they are."""
    shapes = [{name: part.shape[1:] for name, part in parts(each).items()} for each in (own, held_out)]
    if shapes[0] != shapes[1]:
        there, wanted = (next(iter(each.values())) for each in shapes[::-1])
        return f"each sample has shape {there}, not {wanted} as in X: no picture can show them"
    if names and columns and tuple(names) != tuple(columns):
        return f"its columns are {', '.join(columns)}, but those of X are {', '.join(names)}"
    return ""


def _of_layers(description: RunDescription, names: Sequence[str], path: Path) -> RunDescription:
    """The description with only these layers marked as recorded."""
    known = [layer.name for layer in description.layers if layer.weights]
    for name in names:
        if name not in known:
            raise ScenarioError(f"{path}: {unknown('layer with weights', name, known)}")
    layers = tuple(replace(layer, recorded=layer.name in names) for layer in description.layers)
    return replace(description, layers=layers)
