"""The camera: it never loses most of the samples, never comes closer, and is eased."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.camera import Camera


def growing(n: int = 20, rate: float = 1.3) -> Camera:
    sizes = rate ** np.arange(n, dtype=float)
    return Camera.over(np.arange(n) * 2.0, -np.outer(sizes, [1, 2]), np.outer(sizes, [3, 1]))


def test_it_holds_what_every_snapshot_needs_and_only_widens() -> None:
    camera = growing()
    ends = np.array([np.concatenate(camera.at(epoch)) for epoch in np.linspace(0, 38, 200)])
    assert (np.diff(ends[:, :2], axis=0) <= 0).all() and (np.diff(ends[:, 2:], axis=0) >= 0).all()
    for place in range(20):
        low, high = camera.at(2.0 * place)
        assert (low <= -(1.3**place) * np.array([1, 2]) + 1e-9).all()
        assert (high >= 1.3**place * np.array([3, 1]) - 1e-9).all()
    assert camera.at(38)[1] == pytest.approx(1.3**19 * np.array([3, 1]))
    assert camera.grows and not growing(rate=1.0).grows


def test_a_space_that_shrinks_or_is_not_finite_leaves_it_where_it_is() -> None:
    low = np.array([[-1.0, -1], [-4, -4], [np.inf, np.inf], [-2, -2]])
    camera = Camera.over(np.arange(4.0), low, -low)
    np.testing.assert_allclose(camera.at(1), ([-4, -4], [4, 4]))
    np.testing.assert_allclose(camera.at(3), ([-4, -4], [4, 4]))
    lost = Camera.over(np.arange(2.0), np.full((2, 2), np.nan), np.full((2, 2), np.nan))
    assert not lost.grows
