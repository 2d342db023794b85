"""What `train` and callbacks may agree on, beyond what Keras asks of a callback."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Paced(Protocol):
    """A callback that is content to have its `on_train_batch_end` called after every n-th batch.

    None says that it does not want to be called within an epoch.
    """

    every_n_batches: int | None


@runtime_checkable
class Resumable(Protocol):
    """A callback that can go on with a training, as a recorder does."""

    path: Path
    #: What `train` says of itself: a training that goes on must have it in common with its beginning.
    training_facts: dict[str, Any]

    @property
    def resumes_at(self) -> float | None:
        """The last finished epoch of the training that will go on; None where one begins."""
        ...

    @property
    def initial_epoch(self) -> int:
        """The epoch at which the training begins, as `fit` counts them."""
        ...

    @property
    def resumed_facts(self) -> Mapping[str, Any]:
        """What the training that will go on told of itself in `training_facts`."""
        ...
