"""The eye: a rotation by hand, a pinhole camera by hand, and a turn that starts and ends where it should."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.eye import DISTANCE, FIRST, HEIGHT, LAST, Eye, extent

Array = np.ndarray
EYES = [Eye(-1.1, 0.2), Eye(0.4, 0.9, 5.0), Eye(2.0, 0.0)]


def rodrigues(axis: Array, angle: float) -> Array:
    """The rotation about an axis (Rodrigues 1840), column by column."""
    axis = axis / np.linalg.norm(axis)
    return np.column_stack(
        [
            each * np.cos(angle)
            + np.cross(axis, each) * np.sin(angle)
            + axis * (axis @ each) * (1 - np.cos(angle))
            for each in np.eye(3)
        ]
    )


def by_hand(eye: Eye, point: Array) -> tuple[float, float, float]:
    """Turn the world so that the eye is on the first axis, then lower the eye to it, and look."""
    turned = (
        rodrigues(np.array([0.0, 1, 0]), eye.height) @ rodrigues(np.array([0.0, 0, 1]), -eye.angle) @ point
    )
    towards, right, up = turned
    size = eye.distance / (eye.distance - towards)
    return right * size, up * size, towards


@pytest.mark.parametrize("eye", EYES)
def test_it_sees_what_rotations_and_a_pinhole_by_hand_give(eye: Eye) -> None:
    points = np.random.default_rng(0).uniform(-1, 1, size=(40, 3))
    places, depth = eye.sees(points)
    expected = np.array([by_hand(eye, point) for point in points])
    np.testing.assert_allclose(np.column_stack([places, depth]), expected, atol=1e-12)


@pytest.mark.parametrize("eye", EYES)
def test_its_rotation_keeps_distances_and_handedness(eye: Eye) -> None:
    np.testing.assert_allclose(eye.rotation @ eye.rotation.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(eye.rotation) == pytest.approx(1)
    assert np.linalg.norm(eye.at) == pytest.approx(eye.distance)


def test_it_turns_once_and_starts_and_stops_gently() -> None:
    angles = np.array([Eye.along(place).angle for place in np.linspace(0, 1, 101)])
    assert angles[0] == FIRST and angles[-1] == pytest.approx(LAST)
    steps = np.diff(angles)
    assert (steps > 0).all() and steps[0] < 0.1 * steps[50] and steps[-1] < 0.1 * steps[50]


def test_the_same_walls_are_behind_at_all_moments() -> None:
    for place in np.linspace(0, 1, 11):
        towards = Eye.along(place).rotation[2]
        assert towards[0] > 0.2 and towards[1] < -0.2 and towards[2] > 0.2


def test_nothing_of_a_box_is_beyond_its_extent() -> None:
    corners = np.random.default_rng(1).uniform(-1, 1, size=(8, 3))
    low, high = extent(corners)
    for place in np.linspace(0, 1, 97):
        places = Eye.along(place).sees(corners)[0]
        assert (places >= low - 2e-3).all() and (places <= high + 2e-3).all()


def test_what_is_not_finite_or_behind_the_eye_does_no_harm() -> None:
    eye = Eye(FIRST, HEIGHT)
    places, depth = eye.sees(np.array([[np.nan, 0, 0], *(3 * DISTANCE * eye.rotation[2:])]))
    assert np.isnan(places[0]).all() and np.isfinite(places[1]).all() and depth[1] > DISTANCE
