"""The samples of each epoch are in an order that seed and epoch determine."""

from __future__ import annotations

import numpy as np

from replay.training.sample_order import sample_order

N = 23


def test_an_order_depends_on_seed_and_epoch_alone() -> None:
    one, same, other = (sample_order(N, 8, True, seed) for seed in (1, 1, 2))
    orders = [one(epoch) for epoch in range(3)]
    np.testing.assert_array_equal(orders, [same(epoch) for epoch in range(3)])
    np.testing.assert_array_equal(np.sort(orders), [np.arange(N)] * 3)
    assert len({order.tobytes() for order in (*orders, other(0))}) == 4


def test_without_shuffling_the_order_is_that_of_the_samples() -> None:
    np.testing.assert_array_equal(sample_order(N, 8, False, None)(5), np.arange(N))


def test_shuffling_by_batch_keeps_each_batch_together() -> None:
    order = sample_order(N, 8, "batch", 1)
    first, second = order(0), order(1)
    for start in range(0, N, 8):
        batch = np.arange(N)[start : start + 8]
        np.testing.assert_array_equal(np.sort(first[start : start + 8]), batch)
        assert not np.array_equal(first[start : start + 8], batch)
    assert not np.array_equal(first, second)
