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
    with pytest.raises(DataError, match="have 1,001 classes, more than 1,000"):
        coding_of(np.eye(1001))


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([9e18, 8e18], ("8e+18", "9e+18")),
        ([1e39, 2.5], ("2.5", "1e+39")),
        ([9 * 10**18 + 1, 9 * 10**18], ("9000000000000000000", "9000000000000000001")),
        ([1234567.0, 1234568.0], ("1234567", "1234568")),
        ([-1.0, 0.1], ("-1", "0.1")),
        (["1.0", "a"], ("1.0", "a")),
    ],
    ids=str,
)
def test_labels_have_the_names_that_they_were_given(labels: list[object], names: tuple[str, ...]) -> None:
    assert coding_of(np.array(labels * 5), "classes").classes == names


def test_numbers_that_are_too_large_are_told_as_what_they_are() -> None:
    large = np.array([1.0, 2e30, 3e18])
    np.testing.assert_allclose(coding_of(large, "regression").coded(large), large, rtol=1e-6)
    for numbers in ([1.5, 1e39], [0.0, -1e39]):
        values = np.array(numbers)
        with pytest.raises(DataError, match=r"-?1e\+39 in the targets is too large: networks"):
            coding_of(values, "regression").coded(values)


@pytest.mark.parametrize("kind", [np.int64, np.uint64])
def test_whole_numbers_of_64_bits_stay_what_they_are(kind: type) -> None:
    numbers = np.array([0, 7, np.iinfo(kind).max], kind)
    np.testing.assert_allclose(
        coding_of(numbers, "regression").coded(numbers), numbers.astype(float), rtol=1e-6
    )
