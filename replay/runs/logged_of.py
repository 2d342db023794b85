"""Which logged values are of the weights of a snapshot; restored weights have those of their epoch."""

from __future__ import annotations

import numpy as np

from replay.runs.recording import Recording
from replay.types import Array


def rows_of(recording: Recording, epoch: float) -> Array:
    """Which rows of the history are of the weights at `epoch`: a mask (n_rows,), whose last row is theirs.

    Weights that the model held after its training are not those of its last epoch. They have the row of the
    epoch that had them, and none if that is not known.

    Args:
        recording: The run.
        epoch: An epoch of it.

    Returns:
        A mask (n_rows,) of `recording.history_epochs`.
    """
    held = recording.ending.held
    if epoch not in held:
        return np.asarray(recording.history_epochs <= epoch)
    return np.asarray(recording.history_epochs == np.float64(np.nan if held[epoch] is None else held[epoch]))
