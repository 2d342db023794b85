"""The plane of a path of weights: against a singular value decomposition, and paths known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from replay.errors import ViewError
from replay.views.shared.weight_plane import exact_plane, plane_of_path


@pytest.mark.parametrize(("n", "size"), [(7, 30), (30, 7), (5, 2), (2, 9)])
def test_the_plane_is_that_of_a_singular_value_decomposition(n: int, size: int) -> None:
    rows = np.random.default_rng(n).normal(size=(n, size)) * np.linspace(3, 0.1, size)
    plane = plane_of_path(rows, rows[-1])
    _, values, axes = np.linalg.svd(rows - rows.mean(axis=0), full_matrices=False)
    shares = values**2 / (values**2).sum()
    assert plane.shares == pytest.approx(shares[:2], abs=1e-12)
    np.testing.assert_allclose(np.abs((plane.axes * axes[:2]).sum(axis=1))[: n - 1], 1, atol=1e-9)
    np.testing.assert_allclose(plane.axes @ plane.axes.T, np.eye(2), atol=1e-12)
    np.testing.assert_allclose(plane.of(rows[-1]), 0, atol=1e-12)  # it goes through the end


def test_points_of_the_plane_are_lifted_to_weights_that_project_back() -> None:
    rows = np.random.default_rng(0).normal(size=(6, 11))
    plane = plane_of_path(rows, rows[-1])
    points = np.random.default_rng(1).normal(size=(4, 2))
    np.testing.assert_allclose(plane.of(plane.lift(points)), points, atol=1e-12)


def test_a_straight_path_has_one_direction_and_the_same_other_each_time() -> None:
    direction = np.array([3.0, -4.0, 0.0]) / 5
    rows = np.array([1.0, 1.0, 1.0]) + np.outer([0, 1, 4, 9], direction)
    one, again = (plane_of_path(rows, rows[-1]) for _ in range(2))
    np.testing.assert_allclose(np.abs(one.axes[0] @ direction), 1)
    np.testing.assert_allclose(one.axes[0] @ one.axes[1], 0, atol=1e-12)
    assert one.shares == (1.0, 0.0)
    np.testing.assert_array_equal(one.axes, again.axes)
    assert "at random" in one.names[1]


def test_weights_that_never_change_have_no_plane() -> None:
    with pytest.raises(ViewError, match="never change"):
        plane_of_path(np.ones((4, 3)), np.ones(3))


def test_two_weights_are_their_own_coordinates() -> None:
    points = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(exact_plane(points * [2, 1]).of(points), points)
    np.testing.assert_array_equal(exact_plane(points * [2, 1]).lift(points), points)
