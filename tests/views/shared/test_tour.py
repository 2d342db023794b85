"""The tour: orthonormal at all times, the shortest way, at an even speed, through the planes it was given."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from replay.views.shared.tour import Geodesic, Tour, random_plane

Array = np.ndarray


def planes(n: int, number: int, seed: int = 0) -> list[Array]:
    rng = np.random.default_rng(seed)
    return [random_plane(n, rng) for _ in range(number)]


def projector(plane: Array) -> Array:
    return plane.T @ plane


def principal_angles(first: Array, last: Array) -> Array:
    """By SciPy, largest first."""
    from scipy.linalg import subspace_angles

    return np.asarray(subspace_angles(first.T, last.T))


@pytest.mark.parametrize("n", [2, 3, 5, 500])
def test_frames_are_orthonormal_at_all_times(n: int) -> None:
    tour = Tour.through(planes(n, 4))
    for share in np.linspace(0, 1, 41):
        frame = tour.at(share)
        np.testing.assert_allclose(frame @ frame.T, np.eye(2), atol=1e-12)


@pytest.mark.parametrize("n", [3, 4, 7])
@pytest.mark.parametrize("seed", range(4))
def test_a_turn_ends_in_the_plane_it_goes_to_by_the_shortest_way(n: int, seed: int) -> None:
    first, last = planes(n, 2, seed)
    turn = Geodesic.between(first, last)
    np.testing.assert_allclose(turn.at(0.0), first, atol=1e-12)
    np.testing.assert_allclose(projector(turn.at(1.0)), projector(last), atol=1e-7)
    assert turn.length == pytest.approx(np.hypot(*principal_angles(first, last)))
    for share in (0.2, 0.5, 0.9):  # a part of the way is the same part of each angle
        angles = principal_angles(first, turn.at(share))
        np.testing.assert_allclose(angles, share * principal_angles(first, last), atol=1e-7)


def test_the_same_plane_or_one_turned_within_itself_is_no_way() -> None:
    (plane,) = planes(5, 1)
    swapped = np.array([plane[1], -plane[0]])
    for other in (plane, swapped):
        turn = Geodesic.between(plane, other)
        assert turn.length == pytest.approx(0, abs=1e-7)
        np.testing.assert_allclose(turn.at(0.5), plane, atol=1e-7)


def test_planes_at_right_angles_and_opposite_ones() -> None:
    axes = np.eye(4)
    turn = Geodesic.between(axes[:2], axes[2:])
    assert turn.length == pytest.approx(np.pi / np.sqrt(2))
    np.testing.assert_allclose(projector(turn.at(1.0)), projector(axes[2:]), atol=1e-12)
    assert Geodesic.between(axes[:2], -axes[:2]).length == pytest.approx(0, abs=1e-7)


def test_it_passes_all_planes_and_reaches_the_last_as_it_is() -> None:
    through = planes(6, 4)
    tour = Tour.through(through)
    np.testing.assert_allclose(tour.at(1.0), through[-1], atol=1e-14)
    np.testing.assert_allclose(projector(tour.at(0.0)), projector(through[0]), atol=1e-7)
    ends = np.cumsum([leg.length for leg in tour.legs])
    for plane, end in zip(through[1:], ends, strict=True):
        np.testing.assert_allclose(projector(tour.at(end / ends[-1])), projector(plane), atol=1e-7)


def test_its_speed_is_even() -> None:
    tour = Tour.through(planes(6, 4))
    frames = [tour.at(share) for share in np.linspace(0, 1, 301)]
    steps = np.array([np.hypot(*principal_angles(one, two)) for one, two in pairwise(frames)])
    assert steps.max() < 1.01 * np.median(steps)
    moved = [np.abs(two - one).max() for one, two in pairwise(frames)]
    assert max(moved) < 0.05  # and no frame is turned over on the way


def test_a_single_plane_stays() -> None:
    (plane,) = planes(4, 1)
    for share in (0.0, 0.3, 1.0):
        np.testing.assert_array_equal(Tour.through([plane]).at(share), plane)


def test_random_planes_are_the_same_each_time_and_go_all_ways() -> None:
    np.testing.assert_array_equal(planes(5, 3), planes(5, 3))
    mean = np.mean([projector(plane) for plane in planes(3, 4000)], axis=0)
    np.testing.assert_allclose(mean, np.eye(3) * 2 / 3, atol=0.02)
