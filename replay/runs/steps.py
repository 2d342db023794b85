"""The step of a moment: from which snapshot to which the training moved the weights."""

from __future__ import annotations

import numpy as np

from replay.runs.recording import Recording


def step_at(recording: Recording, epoch: float) -> tuple[float, float]:
    """The epochs of the two snapshots between which `epoch` lies.

    At a snapshot it is the step that led there, at the first one the step to come. A run of one snapshot has
    no step: both are that snapshot.
    """
    epochs = recording.epochs
    after = min(max(1, int(np.searchsorted(epochs, epoch))), len(epochs) - 1)
    return float(epochs[max(0, after - 1)]), float(epochs[after])
