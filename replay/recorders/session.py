"""One recording, whatever trains: opens the run file, adds snapshots to it, and copes with failures.

A recorder of a framework says what the network is (`begin`), brings weights and metrics (`first`, `epoch`),
and tells when the training has ended (`finish`). All that recorders promise alike is kept here.
"""

from __future__ import annotations

import logging
import math
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from replay.errors import DataError, ReplayError, RunFileError, ScenarioError, first_line, unknown
from replay.network.description import RunDescription
from replay.network.losses import check_targets
from replay.recorders.expected_size import check_size, expected_size
from replay.recorders.given_samples import GivenSamples
from replay.recorders.held_weights import AFTER_TRAINING, epoch_with
from replay.recorders.options import RecordingOptions
from replay.recorders.same_training import check_same
from replay.storage.format import identity
from replay.storage.training_state import SLOTS, StateLayout
from replay.storage.unfinished import UnfinishedTraining, unfinished
from replay.storage.writer import RunWriter
from replay.storage.writing.existing import make_way, refuse_existing
from replay.types import Array, Samples

if TYPE_CHECKING:
    from replay.player.live import LivePage

logger = logging.getLogger(__name__)
WORTH_TELLING = 20_000_000  # bytes; from this expected size on, the log line is a warning
Hook = Callable[..., None]


class Records(Protocol):
    """What has a session: a recorder."""

    session: Session


def never_ending_a_training(hook: Hook) -> Hook:
    """A training is worth more than its recording: once it runs, a failure here must not end it."""

    @wraps(hook)
    def guarded(self: Records, *arguments: Any, **named: Any) -> None:
        session = self.session
        if session.error is not None:
            return
        try:
            hook(self, *arguments, **named)
        except Exception as error:
            if session.options.on_error == "raise" or not session.runs:
                raise
            session.give_up(error)

    return guarded


class Session:
    """The recording of one training in the file at `path`, for the recorder of a framework.

    Args:
        path: The run file to write.
        X, y: Samples and targets, as users give them.
        options: How to record.

    Attributes:
        path: The run file.
        given: The samples, and what they are called.
        error: Why the recording stopped before the training did, None if it did not.
        runs: Whether the training runs: from the first snapshot on, failures no longer end it.
        unfinished: The training to go on with, None where one begins.
        description: What the file says of the network, once `begin` was called.
        last: The newest weights and their epoch, which may have no snapshot; None before the first.

    Raises:
        RunFileError: The file exists, or cannot be gone on with.
        DataError: X and y do not fit each other.
    """

    def __init__(self, path: str | os.PathLike[str], X: Any, y: Any, options: RecordingOptions) -> None:
        self.path = Path(path).expanduser()
        self.options = options
        self.unfinished: UnfinishedTraining | None = unfinished(self.path) if options.resume else None
        if not options.resume:
            refuse_existing(self.path, options.overwrite)
        self.given = GivenSamples.of(self.path, X, y, options)
        self.error: str | None = None
        self.runs = False
        self.description: RunDescription
        self.last: tuple[float, list[Any]] | None = None
        self._batch_size = options.batch_size
        self._writer: RunWriter | None = None
        self._file: tuple[int, int] | None = None  # the identity of the file, once it is closed
        self._page: LivePage | None = None

    # The file

    @property
    def facts(self) -> dict[str, Any]:
        """What every description says beside the network: names, seed, data."""
        options, described = self.options, self.given.described
        return {
            "scenario": options.scenario,
            "run": options.run,
            "seed": options.seed,
            "subset": self.given.subset,
            "data": None if described.says_nothing else described,
        }

    @property
    def is_open(self) -> bool:
        """Whether the file is open for snapshots."""
        return self._writer is not None

    @property
    def writer(self) -> RunWriter:
        """The open file. Raises DataError where the recording has not begun."""
        if self._writer is None:
            raise DataError(f"{self.path}: the recording has not begun, or has ended")
        return self._writer

    @property
    def resumes_at(self) -> float | None:
        """The last finished epoch of the training to go on with; None where one begins."""
        return None if self.unfinished is None else self.unfinished.epoch

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins: 0 unless it is resumed."""
        return int(self.resumes_at or 0)

    def take_samples(self, samples: tuple[Samples, Samples]) -> None:
        """Replace the samples by the same in the shape that the network takes."""
        self.given = self.given.fitting(samples)

    def begin(
        self,
        description: RunDescription,
        n_snapshots: int,
        state: StateLayout | None = None,
        epochs: int | None = None,
        restore: Callable[[UnfinishedTraining], None] | None = None,
    ) -> UnfinishedTraining | None:
        """Create the file, or take up the one to go on with.

        Args:
            description: The network and its training.
            n_snapshots: How many snapshots there will be if the training finishes.
            state: What the training will save in order to be resumed, None for nothing.
            epochs: How many epochs are planned in all, None where that is not known.
            restore: Sets a training that goes on to its state, before the file is changed.

        Returns:
            The training that goes on, None where one begins.

        Raises:
            DataError: Samples, targets or names do not fit the network.
            ScenarioError: The layers to record are not there.
            RunFileError: The file would become too large, or holds another training.
        """
        if self.options.layers is not None:
            description = _of_layers(description, self.options.layers, self.path)
        self._check_samples(description)
        self.check_size(description, n_snapshots, state=state)
        self.description = description
        self._page = self._live_page() if self.options.live else None
        if self.unfinished is not None and state is not None:
            check_same(self.path, self.unfinished, description, state)
            self._check_planned(self.unfinished.epoch, epochs)
            if restore is not None:
                restore(self.unfinished)
            self._writer = RunWriter.resume(self.path, self.unfinished)
            return self.unfinished
        if self.options.resume:
            make_way(self.path)
        self._writer = RunWriter(
            self.path,
            description,
            *self.given.samples,
            validation_data=self.given.held_out,
            overwrite=self.options.overwrite,
            state=state,
            dtype=self.options.dtype,
            compress=self.options.compress,
        )
        return None

    def _check_samples(self, description: RunDescription) -> None:
        output, targets = description.output, self.given.samples[1]
        if not isinstance(targets, dict):
            check_targets(description.loss, targets, output.units if output else None)
            self.given.check_names(self.path, description, self.options)

    def _check_planned(self, epoch: float, epochs: int | None) -> None:
        if epochs is not None and epoch > epochs:
            raise RunFileError(
                f"{self.path} has {epoch:g} epochs already, more than {epochs}: train for more"
            )

    def check_size(
        self,
        description: RunDescription,
        n_snapshots: int,
        present: int | None = None,
        state: StateLayout | None = None,
    ) -> None:
        """Raise RunFileError if the file would become too large; `present` is its size if it exists."""
        data = [self.given.samples, *([] if self.given.held_out is None else [self.given.held_out])]
        expected = expected_size(description, n_snapshots, data, self.options.dtype)
        if present is not None:
            expected = replace(expected, data=present)
        if state is not None:
            expected = replace(expected, state=SLOTS * state.n_bytes)
        check_size(self.path, expected, self.options.max_bytes)
        level = logging.WARNING if expected.total >= WORTH_TELLING else logging.INFO
        logger.log(level, "%s will have about %s", self.path, expected)

    def n_snapshots(self, epochs: int, steps: int) -> int:
        """How many snapshots there will be after so many epochs of so many steps; 0 for unknown."""
        within = (steps - 1) // self.options.every_n_batches if self.options.every_n_batches and steps else 0
        return 1 + math.ceil(epochs / self.options.every_n_epochs) + epochs * within

    def reopen(self, n_snapshots: int) -> None:
        """Open the file again, for another training of the same network, if nobody replaced it meanwhile."""
        if not self.path.is_file() or identity(self.path) != self._file:
            raise RunFileError(
                f"{self.path} is not the file that this recorder wrote: it was deleted or replaced; "
                "make a new recorder"
            )
        self.check_size(self.description, n_snapshots, self.path.stat().st_size)
        self._page = self._live_page() if self.options.live else None
        self._writer = RunWriter.reopen(self.path)

    def close(self) -> None:
        """Close the file; what it holds stays readable."""
        writer, self._writer = self._writer, None
        if writer is not None:
            self._file = writer.identity
            writer.close()

    # Snapshots

    def first(self, epoch: float, weights: list[Any], state: Sequence[Array] | None = None) -> None:
        """Take the snapshot before training. From now on, failures do not end the training."""
        self.last = (float(epoch), weights)
        self.writer.snapshot(*self.last, state=state)
        self.starts()

    def take_up(self, epoch: float, weights: list[Any]) -> None:
        """Take the weights that a resumed training has as the newest, and their snapshot where it is due."""
        self.last = (float(epoch), weights)
        if epoch > self.writer.last_epoch and not epoch % self.options.every_n_epochs:
            self.writer.snapshot(*self.last)

    def goes_on(self, epoch: float, weights: list[Any]) -> None:
        """Note that a training goes on after `epoch`, with these weights."""
        self.take_up(epoch, weights)
        self.unfinished = None
        self.starts()

    def starts(self) -> None:
        """Note that the training runs: from now on, failures do not end it."""
        self.runs = True

    def epoch(
        self,
        epoch: float,
        weights: list[Any],
        logs: Mapping[str, float],
        state: Sequence[Array] | None = None,
    ) -> None:
        """Record the end of an epoch: its metrics and, if a snapshot is due, its weights.

        Args:
            epoch: How many epochs have ended.
            weights: The weights, in the order of the description.
            logs: The metrics by name.
            state: What the training needs in order to be resumed from here, or None.
        """
        due = epoch % self.options.every_n_epochs == 0
        self.writer.snapshot(epoch, weights if due else None, logs, state)
        self.last = (float(epoch), weights)
        self._update_page()

    def epochs_before(self) -> int:
        """How many epochs the file has when its training is continued."""
        last = self.writer.last_epoch
        after_training = last in self.writer.ending.held
        return math.ceil(max(math.floor(last) if after_training else last, self.writer.last_logged_epoch))

    def tell_batch_size(self, batch_size: int | None) -> None:
        """Keep the batch size in the file, once it is known."""
        self._batch_size = batch_size
        if batch_size is not None:
            self.writer.tell_batch_size(batch_size)

    @property
    def batch_size(self) -> int | None:
        """The batch size, None while it is not known."""
        return self._batch_size

    # The end

    def finish(self) -> None:
        """Record the last weights, mark the run as complete, and close the file."""
        writer = self.writer
        if self.last is not None and self.last[0] > writer.last_epoch:
            writer.snapshot(*self.last)
        writer.finish()
        self.close()
        self._update_page(at_end=True)

    def hold(self, held: list[Any]) -> None:
        """Where the network has other weights now than at its last epoch, take a snapshot of them, too."""
        if self.last is None or _are_equal(held, self.last[1]):
            return
        same_as = epoch_with(self.path, held, self.options.dtype)
        self._writer = writer = RunWriter.reopen(self.path)
        try:
            writer.hold(writer.last_epoch + AFTER_TRAINING, held, same_as)
            writer.finish()
        finally:
            self.close()
        self._update_page(at_end=True)

    def give_up(self, error: Exception) -> None:
        """Tell why the recording stops, here and in the file, which stays incomplete."""
        self.error = first_line(error) if isinstance(error, ReplayError) else _said(error)
        logger.warning("%s: the recording stops: %s; the training goes on", self.path, self.error)
        if self._writer is None:
            return
        with suppress(ReplayError, ValueError):  # where the file itself fails, it cannot tell why
            self._writer.give_up(self.error)
        with suppress(ReplayError, ValueError):
            self.close()

    # The live page

    def _live_page(self) -> LivePage:
        from replay.player.live import LivePage  # here: recording without live needs no drawing

        return LivePage(self.path)

    def _update_page(self, at_end: bool = False) -> None:
        if self._page is not None:
            self._page.update(at_end=at_end)


def _are_equal(some: Sequence[Any], others: Sequence[Any]) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(some, others, strict=True))


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {first_line(error)}"


def _of_layers(description: RunDescription, names: Sequence[str], path: Path) -> RunDescription:
    """The description with only these layers marked as recorded."""
    known = [layer.name for layer in description.layers if layer.weights]
    for name in names:
        if name not in known:
            raise ScenarioError(f"{path}: {unknown('layer with weights', name, known)}")
    layers = tuple(replace(layer, recorded=layer.name in names) for layer in description.layers)
    return replace(description, layers=layers)
