"""Linear separability: of point sets whose answer is known, and of runs that come to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import linprog

from replay import Milestone, Replay, RunDescription, RunWriter, dense
from replay.runs import separability
from replay.runs.separability import separable

Array = np.ndarray
SQUARE = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def by_linear_program(values: Array, labels: Array) -> float:
    """The largest margin of a linear layer with numbers from −1 to 1: 0 where there is none."""
    classes = labels.max() + 1
    points = np.column_stack([values, np.ones(len(values))])
    rows = []
    for point, label in zip(points, labels, strict=True):
        for other in set(range(classes)) - {label}:
            row = np.zeros((classes, points.shape[1]))
            row[label], row[other] = point, -point
            rows.append([*-row.ravel(), 1.0])
    n = len(rows[0])
    answer = linprog(-np.eye(n)[-1], A_ub=rows, b_ub=np.zeros(len(rows)), bounds=[(-1, 1)] * n)
    return float(-answer.fun)


@pytest.mark.parametrize(
    ("values", "labels", "answer"),
    [
        (SQUARE, [0, 0, 0, 1], True),  # AND
        (SQUARE, [0, 1, 1, 0], False),  # XOR
        ([[0.0], [1], [2]], [0, 0, 1], True),
        ([[0.0], [2], [1]], [0, 0, 1], False),
        ([[0.0], [1], [2]], [0, 1, 2], True),  # the middle one of three, too
        ([[0.0], [1], [2], [1.5]], [0, 1, 2, 0], False),
        ([[1.0, 1], [1, 1]], [0, 1], False),  # the same point
        ([[1e6, 1], [1e6, 2]], [0, 1], True),
        ([[np.nan], [1.0]], [0, 1], False),
    ],
)
def test_small_sets_are_answered(values: list[list[float]], labels: list[int], answer: bool) -> None:
    assert separable(np.array(values, np.float32), np.array(labels)) is answer


@pytest.mark.parametrize("seed", range(60))
def test_it_agrees_with_a_linear_program(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_classes, units, n = int(rng.integers(2, 5)), int(rng.integers(1, 6)), int(rng.integers(8, 40))
    values = rng.normal(size=(n, units)).astype(np.float32)
    kernel = rng.normal(size=(units, n_classes))
    labels = (values @ kernel + 0.5 * rng.normal(size=n_classes)).argmax(axis=1)
    if seed % 2:  # one sample among those of another class
        labels[0] = (labels[0] + 1) % n_classes
    labels = np.unique(labels, return_inverse=True)[1]
    if labels.max() == 0:
        return
    assert separable(values, labels) is (by_linear_program(values, labels) > 1e-9)


def test_a_thousand_samples_that_nearly_touch_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(-1, 1, size=(1000, 2)).astype(np.float32)
    side = values @ [0.6, 0.8]
    labels = (side > 0).astype(int)
    apart = values[np.abs(side) > 0.002]
    assert separable(apart, labels[np.abs(side) > 0.002])
    labels[np.abs(side).argmax()] ^= 1
    assert not separable(apart, labels[np.abs(side) > 0.002])


# Runs

POINTS = np.array([[-1.0, -1], [-1, 1], [1, -1], [1, 1]])
XOR = np.array([0, 1, 1, 0])


def record(path: Path, folds: list[float], answers: list[float], units: int = 2) -> list[Milestone]:
    """A 2-2-1 network of XOR: folded by 1, its hidden layer separates the classes; with 0 it does not.

    The hidden units are relu(x + y) and relu(−x − y) times the fold, and x. Answered by 1 it is solved.
    """
    hidden = dense("hidden", 2, units, "relu")
    description = RunDescription(
        (hidden, dense("output", units, 1, "sigmoid")), loss={"name": "binary_crossentropy"}
    )
    with RunWriter(path, description, POINTS, XOR) as writer:
        for epoch, (fold, answer) in enumerate(zip(folds, answers, strict=True)):
            kernel = np.zeros((2, units))
            kernel[:, 0], kernel[:, 1] = fold, -fold
            output = np.zeros((units, 1))
            output[:2] = -1.0
            writer.snapshot(epoch, [kernel, np.zeros(units), output * answer, np.array([0.5]) * answer])
    return Replay(path).milestones()


def separable_in(found: list[Milestone]) -> list[tuple[float, str]]:
    return [(one.epoch, one.text) for one in found if one.kind == "separable"]


SENTENCE = "the classes are linearly separable in “hidden”"


def test_it_is_told_from_when_one_layer_could_tell_the_classes_apart(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [0, 0, 1, 1, 1], [0, 0, 0, 0, 1])
    assert separable_in(found) == [(2, SENTENCE)]
    assert [one.epoch for one in found if one.kind == "solved"] == [4]


def test_it_need_not_be_solved_at_all(tmp_path: Path) -> None:
    assert separable_in(record(tmp_path / "run.h5", [0, 0, 1, 1], [0, 0, 0, 0])) == [(2, SENTENCE)]


def test_what_does_not_last_or_was_there_from_the_start_is_not_told(tmp_path: Path) -> None:
    assert separable_in(record(tmp_path / "a.h5", [0, 1, 0, 0], [0] * 4)) == []
    assert separable_in(record(tmp_path / "b.h5", [1, 1, 1, 1], [0] * 4)) == []
    assert separable_in(record(tmp_path / "c.h5", [0, 1, 0, 1], [0] * 4)) == [(3, SENTENCE)]
    assert separable_in(record(tmp_path / "d.h5", [1], [0])) == []


def test_solved_says_it_where_both_come_at_once(tmp_path: Path) -> None:
    assert separable_in(record(tmp_path / "run.h5", [0, 0, 1, 1], [0, 0, 1, 1])) == []


def test_large_last_layers_are_not_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separability, "_Hull", None)  # would fail
    assert separable_in(record(tmp_path / "run.h5", [0, 0, 1, 1], [0] * 4, units=32)) == []


@pytest.mark.parametrize("begins", [1, 2, 17, 99, 100])
def test_of_many_snapshots_the_first_is_found(
    begins: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(separability, "CHECKED", 4)
    found = record(tmp_path / "run.h5", [float(n >= begins) for n in range(101)], [0] * 101)
    assert separable_in(found) == [(begins, SENTENCE)]


def test_a_network_without_a_hidden_layer_has_no_hidden_space(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, POINTS, np.array([0, 0, 1, 1])) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [np.ones((2, 1)) * epoch, np.zeros(1)])
    assert separable_in(Replay(tmp_path / "run.h5").milestones()) == []
