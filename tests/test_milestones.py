"""Milestones of networks whose answers are known, because their weights are written by hand.

The networks have one unit, sigmoid(a·x + b) over a line: samples right of −b / a are taken for positive.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.milestones import milestones

Array = np.ndarray
NAN = float("nan")
X = np.array([[-2.0], [-1.0], [1.0], [2.0]])
Y = np.array([0, 0, 1, 1])
# By where it puts the boundary: which samples are right.
ALL_RIGHT = (1.0, 0.0)
NEGATIVES_RIGHT = (1.0, -1.5)  # the positive at 1 is missed
POSITIVES_RIGHT = (1.0, 1.5)  # the negative at −1 is missed
NONE_RIGHT = (-1.0, 0.0)


def record(
    path: Path,
    lines: list[tuple[float, float]],
    epochs: list[float] | None = None,
    targets: Array = Y,
    activation: str = "sigmoid",
    loss: str = "binary_crossentropy",
) -> list[tuple[float, str]]:
    """Write a snapshot for each slope and offset; return epoch and kind of each milestone."""
    description = RunDescription((dense("output", 1, 1, activation),), loss={"name": loss})
    with RunWriter(path, description, X, targets) as writer:
        for epoch, (slope, offset) in zip(epochs or range(len(lines)), lines, strict=True):
            writer.snapshot(epoch, [np.array([[slope]]), np.array([offset])])
    found = milestones(Replay(path).evaluation)
    assert [milestone.epoch for milestone in found] == sorted(milestone.epoch for milestone in found)
    return sorted((milestone.epoch, milestone.kind) for milestone in found)


def test_each_class_is_right_from_when_all_its_samples_are(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, NEGATIVES_RIGHT, NEGATIVES_RIGHT, ALL_RIGHT])
    assert found == [(1, "negatives_right"), (3, "positives_right"), (3, "solved")]


def test_the_positives_may_be_first(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, POSITIVES_RIGHT, ALL_RIGHT, ALL_RIGHT])
    assert found == [(1, "positives_right"), (2, "negatives_right"), (2, "solved")]


def test_what_does_not_last_is_no_milestone(tmp_path: Path) -> None:
    lines = [ALL_RIGHT, ALL_RIGHT, NONE_RIGHT, ALL_RIGHT, NEGATIVES_RIGHT]
    assert record(tmp_path / "run.h5", lines) == [(3, "negatives_right")]


def test_a_relapse_moves_the_milestone_behind_it(tmp_path: Path) -> None:
    lines = [NONE_RIGHT, ALL_RIGHT, POSITIVES_RIGHT, ALL_RIGHT, ALL_RIGHT]
    found = record(tmp_path / "run.h5", lines)
    assert found == [(1, "positives_right"), (3, "negatives_right"), (3, "solved")]


def test_a_network_that_is_right_from_the_start_is_solved_at_its_first_epoch(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [ALL_RIGHT, ALL_RIGHT], epochs=[5.0, 8.0])
    assert found == [(5, "negatives_right"), (5, "positives_right"), (5, "solved")]


def test_milestones_lie_on_the_epochs_of_the_snapshots(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, NEGATIVES_RIGHT, ALL_RIGHT], epochs=[0, 0.25, 40])
    assert found == [(0.25, "negatives_right"), (40, "positives_right"), (40, "solved")]


def test_a_network_that_never_learns_has_none(tmp_path: Path) -> None:
    assert record(tmp_path / "run.h5", [NONE_RIGHT] * 3) == []


def test_a_class_without_samples_has_none(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, (1.0, 5.0)], targets=np.ones(4))
    assert found == [(1, "positives_right"), (1, "solved")]


def test_a_training_that_diverged_says_when_and_its_samples_are_wrong_from_then_on(tmp_path: Path) -> None:
    lines = [NONE_RIGHT, ALL_RIGHT, (NAN, 0.0), (NAN, NAN)]
    assert record(tmp_path / "run.h5", lines) == [(2, "diverged")]


def test_an_infinite_weight_has_diverged_too(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [NONE_RIGHT, (1.0, float("inf"))])
    assert (1, "diverged") in found


def test_a_regression_has_only_its_divergence(tmp_path: Path) -> None:
    facts: dict[str, Any] = {
        "targets": X[:, 0] * 0.5,
        "activation": "linear",
        "loss": "mean_squared_error",
    }
    assert record(tmp_path / "fits.h5", [(0.5, 0.0)] * 2, **facts) == []
    assert record(tmp_path / "diverges.h5", [(0.5, 0.0), (NAN, 0.0)], **facts) == [(1, "diverged")]


def test_each_of_several_classes_has_its_milestone(tmp_path: Path) -> None:
    """One input per class, whose row of the kernel points to that class or to the next one."""
    description = RunDescription(
        (dense("output", 3, 3, "softmax"),), loss={"name": "sparse_categorical_crossentropy"}
    )
    targets = np.array([0, 1, 2, 2])
    with RunWriter(tmp_path / "run.h5", description, np.eye(3)[targets], targets) as writer:
        for epoch, mistaken in enumerate(([1, 1, 1], [1, 1, 0], [0, 1, 0], [0, 0, 0])):
            kernel = np.eye(3)[(np.arange(3) + mistaken) % 3]
            writer.snapshot(epoch, [kernel, np.zeros(3)])
    replay = Replay(tmp_path / "run.h5")
    found = sorted((milestone.epoch, milestone.kind) for milestone in replay.milestones())
    assert found == [(1, "class_2_right"), (2, "class_0_right"), (3, "class_1_right"), (3, "solved")]


@pytest.mark.parametrize(
    ("lines", "sentences"),
    [
        (
            [ALL_RIGHT],
            {
                "negatives_right": "every negative is right",
                "positives_right": "every positive is right",
                "solved": "every sample is right",
            },
        ),
        ([NONE_RIGHT, (NAN, NAN)], {"diverged": "the weights are no longer finite"}),
    ],
)
def test_milestones_tell_readers_what_happened(
    lines: list[tuple[float, float]], sentences: dict[str, str], tmp_path: Path
) -> None:
    record(tmp_path / "run.h5", lines)
    found = Replay(tmp_path / "run.h5").milestones()
    assert {milestone.kind: milestone.text for milestone in found} == sentences
