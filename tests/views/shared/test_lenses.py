"""How spaces are seen: lengths, the plane below the camera, and principal planes turned within themselves."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.lenses import IN_SPACE, Tilted, flat, nearest
from replay.views.shared.projection import LinearPlane

POINTS = np.random.default_rng(0).normal(size=(30, 3))


def test_a_camera_that_does_not_tilt_sees_the_plane_as_it_is() -> None:
    np.testing.assert_allclose(Tilted(0)(POINTS), POINTS[:, :2], atol=1e-12)
    np.testing.assert_allclose(Tilted(0)(POINTS[:, :2]), flat(POINTS), atol=1e-12)


@pytest.mark.parametrize("tilt", [0.0, 0.4, 1.0])
def test_a_camera_keeps_lengths_in_its_own_plane_and_shortens_all_others(tilt: float) -> None:
    lens = Tilted(tilt)
    seen = lens(np.eye(3)).T  # its right and up
    np.testing.assert_allclose(seen @ seen.T, np.eye(2), atol=1e-12)
    lengths = np.linalg.norm(POINTS, axis=1)
    assert (np.linalg.norm(lens(POINTS), axis=1) <= lengths + 1e-12).all()


def test_a_point_of_the_floor_is_the_same_with_and_without_a_height_of_zero() -> None:
    floor = POINTS * (1, 1, 0)
    np.testing.assert_allclose(IN_SPACE(floor), IN_SPACE(floor[:, :2]), atol=1e-12)
    assert IN_SPACE(np.array([[0.0, 0, 1]]))[0, 1] > 0  # up is up


def plane() -> LinearPlane:
    axes = np.linalg.qr(np.random.default_rng(1).normal(size=(5, 2)))[0].T
    return LinearPlane(np.ones(5), axes, (0.6, 0.3))


def test_a_plane_is_turned_and_mirrored_back_to_what_was_before() -> None:
    values = np.random.default_rng(2).normal(size=(40, 5))
    seen = plane().of(values)
    for angle in (0.3, 2.0, -3.0):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for mirror in (1, -1):
            before = 3 * (seen @ turn * (1, mirror)) + 7
            found = nearest(plane(), seen, before)
            np.testing.assert_allclose(found.of(values), seen @ turn * (1, mirror), atol=1e-9)
            np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(2), atol=1e-12)


def test_without_finite_points_a_plane_stays_as_it_is() -> None:
    nowhere = np.full((4, 2), np.nan)
    assert nearest(plane(), nowhere, nowhere).axes.tolist() == plane().axes.tolist()
