"""The largest margin, and Novikoff's bound, against margins known by construction and many directions."""

from __future__ import annotations

import numpy as np
import pytest

from replay.runs.margin import mistake_bound, separator


def test_the_margin_is_the_largest_of_all_directions() -> None:
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal((2, 1), 0.3, (20, 2)), rng.normal((-1, -2), 0.3, (20, 2))])
    signs = np.repeat([1.0, -1.0], 20)
    found = separator(points, signs)
    assert found is not None and np.linalg.norm(found) == pytest.approx(1)
    angles = np.linspace(0, 2 * np.pi, 20_000)
    margins = (signs[:, None] * (points @ np.stack([np.cos(angles), np.sin(angles)]))).min(axis=0)
    largest = (signs * (points @ found)).min()
    assert margins.max() <= largest == pytest.approx(margins.max(), rel=1e-4)  # the angles are steps


def test_two_points_have_half_their_distance() -> None:
    found = separator(np.array([(0.0, 3.0), (0.0, -1.0)]), np.array([1.0, -1.0]))
    np.testing.assert_allclose(found, [0, 1], atol=1e-9)


def test_what_no_plane_separates_has_none() -> None:
    corners = np.array([(1.0, 1, 1), (-1, -1, 1), (1, -1, 1), (-1, 1, 1)])  # exclusive or, with a bias
    assert separator(corners, np.array([1.0, 1, -1, -1])) is None
    assert mistake_bound(corners, np.array([1.0, 1, -1, -1]), np.zeros(3), 0.1) is None
    assert separator(np.zeros((3, 2)), np.ones(3)) is None


def test_from_zero_the_bound_is_the_square_of_radius_over_margin_at_any_rate() -> None:
    points, signs = np.array([(0.0, 3.0), (0.0, -1.0)]), np.array([1.0, -1.0])
    for rate in (0.1, 1.0):
        assert mistake_bound(points, signs, np.zeros(2), rate) == pytest.approx(9)


def test_from_the_separator_itself_there_are_fewer_and_from_its_opposite_more() -> None:
    points, signs = np.array([(0.0, 3.0), (0.0, -1.0)]), np.array([1.0, -1.0])
    along, against = (mistake_bound(points, signs, sign * np.array([0.0, 5.0]), 1.0) for sign in (1, -1))
    assert along is not None and against is not None and along < 9 < against


def test_no_order_of_samples_makes_more_mistakes_than_the_bound() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.normal(size=(40, 2)), np.ones(40)])
    signs = np.where(points @ (1.0, 2.0, 0.3) > 0, 1.0, -1.0)
    kept = np.abs(points @ (1.0, 2.0, 0.3)) > 0.3
    points, signs = points[kept], signs[kept]
    for seed in range(5):
        start = rng.normal(size=3) * seed / 4
        bound = mistake_bound(points, signs, start, 0.5)
        weights, mistakes = start.copy(), 0
        for _ in range(500):
            order = np.random.default_rng(seed).permutation(len(points))
            before = mistakes
            for x, sign in zip(points[order], signs[order], strict=True):
                if ((x @ weights >= 0) * 2 - 1) != sign:
                    weights += 0.5 * sign * x
                    mistakes += 1
            if mistakes == before:
                break
        assert bound is not None and mistakes == before and mistakes <= bound
