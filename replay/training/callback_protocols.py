"""Protocols between `train` and callbacks, beyond Keras's: calls every n batches, and resuming."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Paced(Protocol):
    """A callback whose `on_train_batch_end` needs to be called only after every n-th batch.

    None: it need not be called within an epoch.
    """

    every_n_batches: int | None


@runtime_checkable
class Resumable(Protocol):
    """A callback that can resume a training, as a recorder does."""

    path: Path
    #: Set by `train`: facts that must stay the same when the training is resumed.
    training_facts: dict[str, Any]

    @property
    def resumes_at(self) -> float | None:
        """The last finished epoch of the training to resume; None if a new one begins."""
        ...

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins, counted as in `fit`."""
        ...

    @property
    def resumed_facts(self) -> Mapping[str, Any]:
        """The `training_facts` of the training to resume."""
        ...
