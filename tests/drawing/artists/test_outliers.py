"""Arrows at the edge: one at the side that a sample is farthest beyond, in the colour of its class."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from replay.drawing.artists.outliers import Outliers
from replay.drawing.style import LIGHT
from replay.views.shared.geometry import Limits

LIMITS = Limits((-2.0, 2.0), (0.0, 10.0))


def drawn(points: list[tuple[float, float]], labels: list[int] | None) -> list[tuple[str, tuple, tuple]]:
    """Each arrow's side, its place in the plane's coordinates, and its colour."""
    axes = Figure(figsize=(4, 3)).subplots()
    axes.set(xlim=LIMITS.x, ylim=LIMITS.y)
    artists = Outliers(axes, None if labels is None else np.array(labels), LIGHT)
    artists.show(np.array(points), LIMITS)
    found = []
    for side, arrows in zip(("left", "right", "bottom", "top"), artists.arrows, strict=True):
        places = np.ma.filled(arrows.get_offsets()) if arrows.get_visible() else []
        for place, colour in zip(places, arrows.get_facecolor(), strict=False):
            found.append((side, tuple(place * (4, 10) + (-2, 0)), tuple(colour)))
    return found


def test_each_sample_beyond_the_limits_has_an_arrow_at_its_side() -> None:
    points = [(0.0, 5.0), (-2.5, 4.0), (1e6, 6.0), (1.0, -1.0), (0.5, 1e9), (np.nan, 3.0), (np.inf, 3.0)]
    found = drawn(points, [0, 1, 0, 1, 0, 1, 1])
    assert [side for side, _, _ in found] == ["left", "right", "bottom", "top"]
    for (_, (x, y), _), (true_x, true_y) in zip(found, points[1:], strict=False):
        np.testing.assert_allclose((x, y), np.clip((true_x, true_y), (-2, 0), (2, 10)), atol=0.4)
        assert -2 < x < 2 and 0 < y < 10  # the whole arrow is on the plane
    assert [colour for _, _, colour in found] == [
        to_rgba(LIGHT.class_colour(label)) for label in (1, 0, 1, 0)
    ]


def test_a_sample_beyond_two_sides_points_to_the_farther() -> None:
    (side, (x, y), _) = drawn([(2.4, 90.0)], None)[0]
    assert side == "top" and x > 1.8 and y > 9


def test_arrows_that_would_lie_on_one_another_are_one_for_each_class() -> None:
    crowd = [(3.0, 5.0 + 1e-4 * n) for n in range(100)]
    assert len(drawn(crowd, [n % 2 for n in range(100)])) == 2
    assert drawn([(0.0, 5.0)] * 30, [0] * 30) == []
