"""The recorder of a loop that its user writes: counts epochs, and knows when the run is complete."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from replay.network.description import RunDescription
from replay.recorders.session import Session
from replay.storage.training_state import StateLayout
from replay.storage.unfinished import UnfinishedTraining
from replay.types import Array

logger = logging.getLogger(__name__)


class LoopRecorder:
    """What recorders of such trainings have in common. Not for users: each framework has its own.

    The run is complete once `close` is called, a `with` block ends without an exception, the planned `epochs`
    have ended, or the program ends without an error.

    Args:
        session: The recording.
        epochs: How many epochs are planned in all, None where that is not known.
        initial_epoch: The epoch at which a training begins that is not resumed.

    Attributes:
        session: The recording.
        epochs: As given.
        ended: How many epochs have ended.
    """

    def __init__(self, session: Session, epochs: int | None = None, initial_epoch: int = 0) -> None:
        self.session = session
        self.epochs = epochs
        self.ended = self._initial_epoch = session.initial_epoch or initial_epoch
        self._process = os.getpid()
        self._has_begun = self._told_late = False

    @property
    def path(self) -> Path:
        """The run file."""
        return self.session.path

    @property
    def error(self) -> str | None:
        """Why the recording stopped before the training did, None if it did not."""
        return self.session.error

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins: 0 unless it is resumed."""
        return self._initial_epoch

    def begin(
        self,
        description: RunDescription,
        state: StateLayout | None = None,
        steps: int = 0,
        restore: Callable[[UnfinishedTraining], None] | None = None,
    ) -> UnfinishedTraining | None:
        """Create the file, or take up the one to go on with.

        Args:
            description: The network and its training.
            state: What the training saves in order to be resumed, None for nothing.
            steps: How many steps an epoch has, 0 where that is not known.
            restore: Sets a training that goes on to its state, before the file is changed.

        Returns:
            The training that goes on, None where one begins.

        Raises:
            ReplayError: As `Session.begin`.
        """
        n_snapshots = self.session.n_snapshots(self.epochs or 0, steps)
        kept = self.session.begin(description, n_snapshots, state, self.epochs, restore)
        self._has_begun = True
        _OPEN.append(self)
        return kept

    def end_epoch(
        self, weights: list[Any], logs: Mapping[str, float], state: Sequence[Array] | None = None
    ) -> None:
        """Record the end of an epoch. After the last planned one, the run is complete."""
        self.session.epoch(self.ended + 1, weights, logs, state)
        self.ended += 1
        if self.ended == self.epochs:
            self.close()

    def is_late(self) -> bool:
        """Whether the recording is over, which is told once: nothing more is recorded."""
        late = self._has_begun and not self.session.is_open
        if late and not self._told_late and self.session.error is None:
            self._told_late = True
            logger.warning(
                "%s: the recording ended with epoch %d, so this is not recorded: make a new recorder",
                self.path,
                self.ended,
            )
        return late

    def settle(self) -> None:
        """Record what has ended and was not told yet, before the file is closed. Nothing here."""

    def close(self) -> None:
        """Mark the run as complete, and close its file. Calling it again does nothing."""
        self.leave(complete=True)

    def leave(self, complete: bool) -> None:
        """Close the file, marked as complete or not. Calling it again does nothing."""
        if self in _OPEN:
            _OPEN.remove(self)
        if not self.session.is_open or os.getpid() != self._process:
            return
        self.settle()
        if not self.session.is_open:  # that was the last epoch, or failed
            return
        try:
            if complete and self.session.runs:
                self.session.finish()
            else:
                self.session.close()
        except Exception as error:
            if self.session.options.on_error == "raise":
                raise
            self.session.give_up(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave(complete=kind is None)


_OPEN: list[LoopRecorder] = []  # until they are closed, or the program ends


@atexit.register
def _program_ends() -> None:
    """Complete what is still open, unless an error ended the program."""
    failed = getattr(sys, "last_value", None) is not None
    for recorder in [*_OPEN]:
        if recorder.session.is_open and recorder.session.writer.is_open:  # no other took its file over
            recorder.leave(complete=not failed)
