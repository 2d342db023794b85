"""Plane geometry: limits, meshes and grid lines, against values known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.geometry import Limits, finite_range, grid_lines, limits_around, mesh, most

LIMITS = Limits((-1.0, 3.0), (10.0, 20.0))


def test_limits_leave_a_margin_of_the_range_on_each_side() -> None:
    limits = limits_around(np.array([-1.0, 10.0]), np.array([3.0, 20.0]), margin=0.25)
    assert limits == Limits((-2.0, 4.0), (7.5, 22.5))


@pytest.mark.parametrize("ends", [(-1.7e308, 1.7e308), (1.6e308, 1.7e308), (-1.7e308, 0.0)])
def test_limits_around_the_largest_numbers_are_finite(ends: tuple[float, float]) -> None:
    (low, high), _ = limits_around(*(np.array([end, 0.0]) for end in ends))
    assert -np.inf < low < high < np.inf and np.isfinite(high - low)


@pytest.mark.parametrize("value", [0.0, 0.25, -3.0, 1e6, -1e-12])
def test_a_constant_column_still_gets_limits_of_some_width_around_it(value: float) -> None:
    limits = limits_around(np.array([value, 0.0]), np.array([value, 1.0]))
    low, high = limits.x
    assert low < value < high
    assert high - low >= 1e-3 * abs(value)
    assert limits.y == pytest.approx((-0.08, 1.08))


def test_a_range_of_rounding_errors_counts_as_constant() -> None:
    low = np.array([1e8, 0.0])
    limits = limits_around(low, low + np.array([1e-6, 1.0]))
    assert limits.x[1] - limits.x[0] > 1.0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_column_without_finite_limits_gets_the_unit_ones(bad: float) -> None:
    limits = limits_around(np.array([bad, 0.0]), np.array([1.0, 1.0]))
    assert limits.x == (-1.0, 1.0)
    assert limits.y == pytest.approx((-0.08, 1.08))


def test_the_finite_range_passes_over_nan_and_infinity_in_each_column() -> None:
    points = np.array([[[1.0, np.nan], [np.inf, 5.0]], [[-2.0, 7.0], [0.0, -np.inf]]])
    low, high = finite_range(points)
    assert low.tolist() == [-2.0, 5.0]
    assert high.tolist() == [1.0, 7.0]


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.full((3, 2), np.nan)], ids=["none", "nan"])
def test_a_range_of_nothing_is_the_neutral_element_of_further_comparisons(points: np.ndarray) -> None:
    low, high = finite_range(points)
    assert low.tolist() == [np.inf, np.inf]
    assert high.tolist() == [-np.inf, -np.inf]
    assert limits_around(low, high) == Limits((-1.0, 1.0), (-1.0, 1.0))


def test_a_mesh_runs_row_by_row_from_the_bottom_and_ends_on_the_limits() -> None:
    points = mesh(LIMITS, 5)
    assert points.shape == (25, 2)
    assert points.dtype == np.float32
    rows = points.reshape(5, 5, 2)
    np.testing.assert_allclose(rows[:, :, 0], np.tile([-1, 0, 1, 2, 3], (5, 1)))
    np.testing.assert_allclose(rows[:, :, 1], np.tile([10, 12.5, 15, 17.5, 20], (5, 1)).T)


def test_grid_lines_are_families_of_constant_x_and_constant_y() -> None:
    lines = grid_lines(LIMITS, lines=3, points=5)
    assert lines.shape == (2, 3, 5, 2)
    assert lines.dtype == np.float32
    of_x, of_y = lines
    for number, x in enumerate((-1, 1, 3)):
        np.testing.assert_allclose(of_x[number], [[x, y] for y in (10, 12.5, 15, 17.5, 20)])
    for number, y in enumerate((10, 15, 20)):
        np.testing.assert_allclose(of_y[number], [[x, y] for x in (-1, 0, 1, 2, 3)])


def test_the_families_of_grid_lines_cross_at_the_same_points() -> None:
    of_x, of_y = grid_lines(LIMITS, lines=5, points=9)
    np.testing.assert_allclose(of_x[:, ::2], of_y[:, ::2].swapaxes(0, 1), rtol=1e-6)


def test_of_few_samples_all_count_and_among_many_a_stray_does_not() -> None:
    few = np.array([[0.0, 1.0], [900.0, -3.0], [1.0, np.nan], [2.0, np.inf]])
    np.testing.assert_allclose(most(few), ([0, -3], [900, 1]))
    rng = np.random.default_rng(0)
    for n in (20, 200, 5000):
        points = rng.normal(0, 1, (n, 2))
        usual = points[1:].min(axis=0), points[1:].max(axis=0)
        points[0] = 1e6, -1e6
        np.testing.assert_allclose(most(points), usual)
    skewed = np.exp(rng.normal(0, 1, (200, 2)))  # long tails are not stray
    assert (np.array(most(skewed)[1]) > np.quantile(skewed, 0.98, axis=0)).all()
    constant = np.zeros((100, 2))
    constant[7] = 1e6
    np.testing.assert_allclose(most(constant), np.zeros((2, 2)))
    assert np.isinf(most(np.full((3, 2), np.nan))).all()
