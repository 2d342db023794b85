"""Which targets are classes: told from what they are, or from what is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from replay.errors import DataError
from replay.scenario.targets import coding_of, look_like_classes

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        (np.arange(100) % 2, True),
        (np.arange(100) % 50, True),
        (1 + np.arange(1000) % 100, True),
        (np.array([-1, 1] * 10), True),
        (np.array([0, 8] * 10), True),
        (np.array([0, 1]), True),
        (np.arange(100) % 2 + 0.5, False),
        (np.array([0, np.nan] * 10), False),
        (RNG.integers(100, 900, 300), False),  # prices
        (18 + np.arange(300) % 60, False),  # ages
        (np.arange(100), False),  # each comes once
        (10 * (np.arange(60) % 20), False),  # three rows each
    ],
    ids=str,
)
def test_few_whole_numbers_that_come_again_look_like_classes(numbers: np.ndarray, expected: bool) -> None:
    assert look_like_classes(numbers) is expected


def test_a_task_that_is_asked_for_wins_over_looks() -> None:
    few = np.array([3.0, 5, 3, 5])
    assert coding_of(few).classes == ("3", "5")
    assert coding_of(few, "regression").coded(few).tolist() == [3, 5, 3, 5]
    assert coding_of(few, as_classes=False).classes == ()
    assert coding_of(few, "classes", as_classes=False).coded(few).tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize("targets", [np.full(5, 2.0), np.full(5, "a"), np.full(5, 0.5), np.full((5, 1), 7)])
def test_targets_that_are_all_alike_are_refused(targets: np.ndarray) -> None:
    with pytest.raises(DataError, match="every target is"):
        coding_of(targets)


def test_one_hot_rows_of_any_names_are_numbered_by_their_columns() -> None:
    rows = np.eye(3)[[2, 0, 1]]
    coding = coding_of(rows, names=("red", "green", "blue"))
    assert (coding.classes, coding.coded(rows).tolist()) == (("red", "green", "blue"), [2, 0, 1])
    assert coding_of(rows, as_classes=False).coded(rows).tolist() == rows.tolist()
    with pytest.raises(DataError, match="no one-hot rows"):
        coding_of(np.full((3, 3), 0.5), "classes")
