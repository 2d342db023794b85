"""The polygon in which a plane cuts a box, against points known to lie on both."""

from __future__ import annotations

import numpy as np

from replay.views.shared.plane_in_box import plane_in_box

LOW, HIGH = np.full(3, -1.0), np.full(3, 1.0)


def test_a_plane_across_an_axis_cuts_a_square() -> None:
    found = plane_in_box(np.array([0.0, 0, 2]), -1.0, LOW, HIGH)
    assert {tuple(point) for point in found.tolist()} == {
        (x, y, 0.5) for x in (-1.0, 1.0) for y in (-1.0, 1.0)
    }


def test_corners_lie_on_the_plane_and_on_edges_in_order_around_it() -> None:
    rng = np.random.default_rng(0)
    for _ in range(40):
        direction, offset = rng.normal(size=3), float(rng.normal() / 3)
        found = plane_in_box(direction, offset, LOW, HIGH)
        assert len(found) in (0, 3, 4, 5, 6)
        np.testing.assert_allclose(found @ direction + offset, 0, atol=1e-12)
        assert ((np.abs(found).round(9) == 1).sum(axis=1) >= 2).all()
        turns = np.cross(found - np.roll(found, 1, axis=0), np.roll(found, -1, axis=0) - found) @ direction
        assert (turns > 0).all() or (turns < 0).all()  # it is convex: no edge crosses another


def test_a_plane_beyond_the_box_or_none_at_all_cuts_nothing() -> None:
    for direction, offset in (((1.0, 0, 0), 5.0), ((0.0, 0, 0), 0.0), ((np.nan, 0, 1), 0.0)):
        assert plane_in_box(np.array(direction), offset, LOW, HIGH).shape == (0, 3)
