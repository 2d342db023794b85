"""A stratified choice: every class keeps its share, and the same seed chooses the same samples."""

from __future__ import annotations

import numpy as np
import pytest

from replay.errors import DataError
from replay.storage.stratified import stratified

LABELS = np.random.default_rng(0).permutation(np.repeat([0, 1, 2, 5], [600, 300, 90, 10]))


def test_every_class_keeps_its_share() -> None:
    chosen = stratified(LABELS, 100)
    assert np.array_equal(chosen, np.unique(chosen))
    assert dict(zip(*np.unique(LABELS[chosen], return_counts=True), strict=True)) == {
        0: 60,
        1: 30,
        2: 9,
        5: 1,
    }


@pytest.mark.parametrize("n", [1, 3, 4, 7, 33, 250, 999])
def test_shares_are_rounded_to_whole_samples(n: int) -> None:
    chosen = stratified(LABELS, n)
    assert len(set(chosen)) == n
    counts = np.array([(LABELS[chosen] == label).sum() for label in (0, 1, 2, 5)])
    exact = np.array([600, 300, 90, 10]) * n / 1000
    raised = np.maximum(exact, 1 if n >= 4 else 0)  # the small classes have at least one
    assert (np.abs(counts - raised) <= 1 + (raised - exact).sum()).all()
    assert n < 4 or counts.min() >= 1


def test_the_seed_decides() -> None:
    first, again, other = stratified(LABELS, 50, 1), stratified(LABELS, 50, 1), stratified(LABELS, 50, 2)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_one_hot_rows_and_columns_are_classes_too() -> None:
    order = np.searchsorted([0, 1, 2, 5], LABELS)
    expected = stratified(LABELS, 100, 3)
    np.testing.assert_array_equal(stratified(np.eye(4)[order], 100, 3), expected)
    np.testing.assert_array_equal(stratified(LABELS[:, None], 100, 3), expected)


def test_of_a_regression_any_samples_are_chosen() -> None:
    targets = np.random.default_rng(0).normal(size=1000)
    assert len(set(stratified(targets, 100))) == 100
    assert len(set(stratified(np.stack([targets, targets], axis=1), 100))) == 100


def test_few_samples_are_all_kept_and_none_is_refused() -> None:
    np.testing.assert_array_equal(stratified(LABELS, 5000), np.arange(1000))
    with pytest.raises(DataError, match="at least 1"):
        stratified(LABELS, 0)
