"""One recorded sample, chosen by its number, counted from 1."""

from __future__ import annotations

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation


def position_of(evaluation: Evaluation, sample: int) -> int:
    """The position, from 0 on, of the recorded sample with this number.

    Raises ViewError where the run has no such sample.
    """
    n = len(evaluation.inputs)
    if not 1 <= sample <= n:
        raise ViewError(
            f"{evaluation.recording.path}: it has the samples 1 to {n:,}, not {sample}: choose one of them"
        )
    return sample - 1
