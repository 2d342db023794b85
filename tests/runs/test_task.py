"""Telling the task from the loss, the output layer and the targets; reading outputs as answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import RunDescription, dense
from replay.errors import ViewError
from replay.runs.task import BINARY, MULTICLASS, REGRESSION, Task

Array = np.ndarray


def described(
    units: int, activation: str = "linear", loss: dict[str, Any] | str | None = None, **facts: Any
) -> RunDescription:
    loss = {"name": loss} if isinstance(loss, str) else loss
    return RunDescription(layers=(dense("output", 2, units, activation),), loss=loss, **facts)


LOGITS = {"from_logits": True}
CASES: dict[str, tuple[RunDescription, Any, str, int, list[int] | None]] = {
    "a sigmoid and 0/1": (described(1, "sigmoid", "binary_crossentropy"), [0, 1, 1], BINARY, 2, [0, 1, 1]),
    "a column of 0/1": (described(1, "sigmoid", "binary_crossentropy"), [[0.0], [1.0]], BINARY, 2, [0, 1]),
    "truth values": (described(1, "sigmoid", "binary_crossentropy"), [True, False], BINARY, 2, [1, 0]),
    "logits and 0/1": (
        described(1, loss={"name": "binary_crossentropy", **LOGITS}),
        [0, 1],
        BINARY,
        2,
        [0, 1],
    ),
    "binary cross-entropy of any output": (
        described(1, "softsign", "binary_crossentropy"),
        [0, 1],
        BINARY,
        2,
        [0, 1],
    ),
    "a sigmoid with squared error": (
        described(1, "sigmoid", "mean_squared_error"),
        [0, 1],
        BINARY,
        2,
        [0, 1],
    ),
    "a hard sigmoid without a loss": (described(1, "hard_sigmoid"), [1, 0], BINARY, 2, [1, 0]),
    "only one class present": (described(1, "sigmoid", "binary_crossentropy"), [1, 1], BINARY, 2, [1, 1]),
    "class numbers": (
        described(4, "softmax", "sparse_categorical_crossentropy"),
        [0, 2, 1],
        MULTICLASS,
        4,
        [0, 2, 1],
    ),
    "two class numbers": (
        described(2, "softmax", "sparse_categorical_crossentropy"),
        [[0], [1]],
        MULTICLASS,
        2,
        [0, 1],
    ),
    "class numbers, the output unknown": (
        RunDescription(layers=(), chain=False, loss={"name": "sparse_categorical_crossentropy"}),
        [0, 2, 1],
        MULTICLASS,
        3,
        [0, 2, 1],
    ),
    "one-hot rows": (
        described(3, "softmax", "categorical_crossentropy"),
        [[0, 0, 1], [1, 0, 0]],
        MULTICLASS,
        3,
        [2, 0],
    ),
    "soft targets": (described(1, "sigmoid", "binary_crossentropy"), [0.25, 0.5], REGRESSION, 0, None),
    "several labels at once": (
        described(2, "sigmoid", "binary_crossentropy"),
        [[1, 1], [0, 1]],
        REGRESSION,
        0,
        None,
    ),
    "numbers": (described(1, "linear", "mean_squared_error"), [0.5, -2.0], REGRESSION, 0, None),
    "0/1 as numbers": (described(1, "linear", "mean_squared_error"), [0.0, 1.0], REGRESSION, 0, None),
    "rows of numbers": (
        described(2, "linear", "mean_squared_error"),
        [[0.5, 2], [1, 1]],
        REGRESSION,
        0,
        None,
    ),
    "no loss, no output": (RunDescription(layers=(), chain=False), [0, 1], REGRESSION, 0, None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_task_is_told_from(case: str) -> None:
    description, targets, kind, n_classes, labels = CASES[case]
    task = Task.of(description, np.array(targets))
    assert (task.kind, task.n_classes) == (kind, n_classes)
    if labels is None:
        assert task.labels is None
    else:
        assert task.class_labels.tolist() == labels
        assert task.class_labels.dtype.kind == "i"


def test_probabilities_of_a_sigmoid_are_its_only_column() -> None:
    outputs = np.array([[[0.25], [0.75]], [[0.5], [1.0]]])
    task = Task(BINARY, 2, np.array([0, 1]))
    np.testing.assert_array_equal(task.probabilities(outputs), [[0.25, 0.75], [0.5, 1.0]])


def test_probabilities_of_logits_are_squashed() -> None:
    outputs = np.log([[[3.0], [1.0]]])
    task = Task(BINARY, 2, np.array([0, 1]), from_logits=True)
    np.testing.assert_allclose(task.probabilities(outputs), [[0.75, 0.5]])


def test_probabilities_of_classes_are_the_outputs_or_their_softmax() -> None:
    shares = np.array([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]])
    labels = np.array([2, 0])
    np.testing.assert_array_equal(Task(MULTICLASS, 3, labels).probabilities(shares), shares)
    task = Task(MULTICLASS, 3, labels, from_logits=True)
    np.testing.assert_allclose(task.probabilities(np.log(shares) + 5), shares)


def test_two_classes_have_complementary_probabilities() -> None:
    task = Task(BINARY, 2, np.array([0, 1]))
    np.testing.assert_allclose(task.by_class(np.array([0.25, 1.0])), [[0.75, 0.25], [0, 1]])


def test_several_classes_stay_as_they_are() -> None:
    shares = np.array([[0.2, 0.3, 0.5]])
    np.testing.assert_array_equal(Task(MULTICLASS, 3, np.array([0])).by_class(shares), shares)


def test_a_sample_is_right_where_its_class_is_the_likelier_one() -> None:
    task = Task(BINARY, 2, np.array([0, 0, 1, 1, 1]))
    p = np.array([[0.2, 0.7, 0.7, 0.2, 0.51], [0.49, 0.51, 0.49, 0.51, 1.0]])
    assert task.correct(p).tolist() == [[True, False, True, False, True], [True, False, False, True, True]]


def test_an_even_probability_counts_as_class_0() -> None:
    assert Task(BINARY, 2, np.array([0, 1])).correct(np.array([0.5, 0.5])).tolist() == [True, False]


def test_a_sample_of_several_classes_is_right_where_its_own_is_the_likeliest() -> None:
    task = Task(MULTICLASS, 3, np.array([0, 1, 2]))
    shares = np.array([[0.4, 0.3, 0.3], [0.4, 0.35, 0.25], [0.1, 0.2, 0.7]])
    assert task.correct(np.stack([shares, shares[::-1]])).tolist() == [
        [True, False, True],
        [False, False, False],
    ]


@pytest.mark.parametrize("label", [0, 1])
def test_nan_is_wrong_whatever_the_label(label: int) -> None:
    binary = Task(BINARY, 2, np.array([label, label]))
    assert binary.correct(np.array([np.nan, float(label)])).tolist() == [False, True]
    several = Task(MULTICLASS, 3, np.array([label, label]))
    rows = np.full((2, 3), np.nan)
    rows[1, 0] = 1.0  # NaN beside a winner is no answer either
    assert several.correct(rows).tolist() == [False, False]


def test_a_regression_has_neither_classes_nor_probabilities() -> None:
    task = Task(REGRESSION, 0, None)
    with pytest.raises(ViewError, match="regression"):
        _ = task.class_labels
    with pytest.raises(ViewError, match="regression"):
        task.probabilities(np.zeros((2, 1)))


def test_two_classes_behind_a_softmax_are_class_numbers_whatever_the_loss_is_called() -> None:
    """Taken for a sigmoid's, the first column would be read as the probability of class 1."""
    layers = (dense("output", 2, 2, "softmax"),)
    task = Task.of(RunDescription(layers=layers, loss={"name": "focal"}), np.array([0, 1, 1]))
    outputs = np.array([[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]])
    assert (task.kind, task.n_classes) == ("multiclass", 2)
    np.testing.assert_array_equal(task.correct(task.probabilities(outputs)), [True, True, False])
