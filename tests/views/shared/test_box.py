"""The box: sides, scale, walls, and the polygon of a plane against its equation and against sampling."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from replay.views.shared.box import Box, unit_plane

Array = np.ndarray
RNG = np.random.default_rng(0)


def any_plane(rng: np.random.Generator, box: Box) -> tuple[Array, float]:
    normal = rng.normal(size=3)
    through = rng.uniform(-0.9, 0.9, size=3) * box.half
    found = unit_plane(normal, float(-normal @ through))
    assert found is not None
    return found


@pytest.mark.parametrize("seed", range(20))
def test_a_cut_lies_on_the_plane_and_on_the_edges_of_the_box(seed: int) -> None:
    rng = np.random.default_rng(seed)
    box = Box(np.array([-1.0, 0, 2]), np.array([1.0, 3, 4]))
    normal, offset = any_plane(rng, box)
    cut = box.cut(normal, offset)
    assert cut is not None and 3 <= len(cut) <= 6
    np.testing.assert_allclose(cut @ normal + offset, 0, atol=1e-12)
    assert (np.abs(cut) <= box.half + 1e-12).all()
    at_ends = np.isclose(np.abs(cut), box.half, atol=1e-9).sum(axis=1)
    assert (at_ends >= 2).all()


@pytest.mark.parametrize("seed", range(10))
def test_a_cut_holds_all_of_the_plane_that_is_in_the_box(seed: int) -> None:
    """Points of the plane, drawn at random, are in the box just when they are in the polygon."""
    rng = np.random.default_rng(seed)
    box = Box(np.array([-1.0, -2, -1]), np.array([1.0, 2, 3]))
    normal, offset = any_plane(rng, box)
    cut = box.cut(normal, offset)
    assert cut is not None
    across = np.linalg.svd(normal[None])[2][1:]
    hull = ConvexHull(cut @ across.T)
    assert hull.volume == pytest.approx(shoelace(cut @ across.T))  # the corners are in order
    points = -offset * normal + rng.uniform(-3, 3, size=(4000, 2)) @ across
    inside = (np.abs(points) <= box.half).all(axis=1)
    within = (points @ across.T @ hull.equations[:, :2].T + hull.equations[:, 2] <= 0).all(axis=1)
    assert inside.any() and not inside.all()
    np.testing.assert_array_equal(within, inside)


def shoelace(corners: Array) -> float:
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


def test_a_plane_that_misses_the_box_has_no_cut() -> None:
    box = Box(-np.ones(3), np.ones(3))
    assert box.cut(np.array([0.0, 0, 1]), -1.01) is None
    assert box.cut(np.array([0.0, 0, 1]), 1.01) is None
    diagonal = np.ones(3) / np.sqrt(3)
    assert box.cut(diagonal, np.sqrt(3)) is None  # it touches a corner


@pytest.mark.parametrize("normal", [np.zeros(3), np.array([1.0, np.nan, 0]), np.array([np.inf, 0, 0])])
def test_what_is_no_plane_is_none(normal: Array) -> None:
    assert unit_plane(normal, 0.5) is None
    assert unit_plane(np.ones(3), np.nan) is None


def test_very_large_weights_give_the_same_plane() -> None:
    normal, offset = np.array([3.0, -4, 12]), 26.0
    small, large = unit_plane(normal, offset), unit_plane(normal * 1e300, offset * 1e300)
    assert small is not None and large is not None
    np.testing.assert_allclose(small[0], normal / 13)
    assert small[1] == pytest.approx(2) == large[1]
    np.testing.assert_allclose(small[0], large[0])


def test_its_coordinates_have_one_scale_and_can_be_undone() -> None:
    box = Box.around(np.array([0.0, -2, 5]), np.array([4.0, 1, 8]))
    assert len(set(box.scale)) == 1 and box.half.max() == pytest.approx(1)
    points = RNG.normal(size=(20, 3))
    np.testing.assert_allclose(box.back(box.of(points)), points)
    apart = np.linalg.norm(points[1:] - points[:-1], axis=1)
    seen = np.linalg.norm(box.of(points)[1:] - box.of(points)[:-1], axis=1)
    np.testing.assert_allclose(seen * box.scale[0], apart)


def test_sides_without_a_common_unit_have_scales_of_their_own() -> None:
    box = Box(np.zeros(3), np.array([1.0, 2, 1000]))
    np.testing.assert_allclose(box.half, 1)


def test_no_side_is_thin_and_walls_stay_where_they_are() -> None:
    low, high = np.array([0.0, 0, 0]), np.array([4.0, 1, 2])
    free = Box.around(low, high)
    lengths = free.high - free.low
    assert lengths.min() >= 0.6 * lengths.max() - 1e-9
    assert (free.low < low).all() and (free.high > high).all()
    walled = Box.around(low, high, (0.0, np.inf))
    np.testing.assert_array_equal(walled.low, 0)
    assert (walled.high > high).all() and (walled.high - walled.low).min() >= 0.6 * walled.high.max() - 1e-9
    whole = Box.around(low / 10, high / 10, (-1.0, 1.0))
    np.testing.assert_array_equal([whole.low, whole.high], [[-1] * 3, [1] * 3])


def test_nothing_finite_and_constants_have_a_box_too() -> None:
    for low, high in ((np.full(3, np.inf), np.full(3, -np.inf)), (np.full(3, 2.0), np.full(3, 2.0))):
        box = Box.around(low, high)
        assert (box.high > box.low).all() and np.isfinite(box.scale).all()
