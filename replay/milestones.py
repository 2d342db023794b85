"""Moments of a training that are worth telling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.evaluation import Evaluation
from replay.task import BINARY, REGRESSION

Array = NDArray[Any]


@dataclass(frozen=True)
class Milestone:
    """What happened at `epoch`, as a kind for programs and a sentence for readers."""

    epoch: float
    kind: str
    text: str


def milestones(evaluation: Evaluation) -> list[Milestone]:
    """The milestones of a run, in order of epoch.

    From when on each class and all samples are right, and stay so; when the training diverged.
    """
    found = _all_right(evaluation)
    diverged_at = evaluation.recording.diverged_at
    if diverged_at is not None:
        found.append(Milestone(diverged_at, "diverged", "the weights are no longer finite"))
    return sorted(found, key=lambda milestone: milestone.epoch)


def _all_right(evaluation: Evaluation) -> list[Milestone]:
    if evaluation.task.kind == REGRESSION:
        return []
    correct = evaluation.correct()
    labels = evaluation.task.class_labels
    epochs = evaluation.recording.epochs
    found = []
    for label in range(evaluation.task.n_classes):
        members = labels == label
        position = _right_for_good(correct[:, members])
        if members.any() and position is not None:
            kind, name = _class_words(evaluation.task.kind, label)
            found.append(Milestone(float(epochs[position]), kind, f"every {name} is right"))
    position = _right_for_good(correct)
    if position is not None:
        found.append(Milestone(float(epochs[position]), "solved", "every sample is right"))
    return found


def _class_words(kind: str, label: int) -> tuple[str, str]:
    if kind == BINARY:
        return ("negatives_right", "negative") if label == 0 else ("positives_right", "positive")
    return f"class_{label}_right", f"sample of class {label}"


def _right_for_good(correct: Array) -> int | None:
    """The first snapshot from which all of `correct` (n_snapshots, n) hold to the end, or None."""
    wrong = np.flatnonzero(~correct.all(axis=1))
    if not len(wrong):
        return 0
    return int(wrong[-1]) + 1 if wrong[-1] + 1 < len(correct) else None
