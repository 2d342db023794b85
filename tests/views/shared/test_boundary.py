"""The boundary against lines, circles, junctions and steps that are known everywhere."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.boundary import ScoresOf, boundary_lines, crossing, leading_class
from replay.views.shared.geometry import Limits, mesh

Array = np.ndarray
LIMITS = Limits((-2.0, 3.0), (-1.0, 1.5))
POINTS = 60
CELL = (LIMITS.x[1] - LIMITS.x[0]) / (POINTS - 1)


def on_mesh(scores: Array) -> Array:
    return scores.reshape(POINTS, POINTS, -1)


def lines_of(scores: Array, scores_of: ScoresOf | None = None) -> list[Array]:
    return boundary_lines(LIMITS, scores, leading_class(scores), scores_of)


def linear(weights: list[list[float]], biases: list[float]) -> Array:
    return on_mesh(mesh(LIMITS, POINTS).astype(float) @ np.array(weights) + biases)


def length(lines: list[Array]) -> float:
    return float(sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines))


def test_where_scores_are_linear_the_boundary_is_a_straight_line() -> None:
    (line,) = lines_of(linear([[0, 300.0], [0, -410.0]], [0, 77.0]))
    np.testing.assert_allclose(line @ (300, -410) + 77, 0, atol=1e-3)  # the mesh is in float32
    np.testing.assert_allclose(np.sort(line[:, 0]), np.unique(line[:, 0]))  # and never turns back


def test_three_borders_meet_in_the_point_where_three_classes_tie() -> None:
    """y = 0 for x < 0.4, and two slanted lines: each drawn once, and no triangle where they meet."""
    lines = lines_of(linear([[-2.0, -2.0, 2.0], [3.0, -3.0, 0.0]], [0.8, 0.8, -0.8]))
    meeting = [0.4, 0.0]
    nearest = [np.hypot(*(line - meeting).T).min() for line in lines]
    np.testing.assert_allclose(nearest, 0, atol=1e-5)
    slanted = np.hypot(3 / 4, 1) * (1 + 1.5)  # 4(x − 0.4) = 3|y|, from the bottom to the top
    assert length(lines) == pytest.approx(2.4 + slanted, rel=1e-5)


def test_each_border_between_classes_is_drawn_once() -> None:
    """Nine squares: the classes of three rows of three, of which each side is shared by two."""
    points = mesh(LIMITS, POINTS).astype(float)
    middles = np.array([(x, y) for y in (-0.6, 0.2, 1.0) for x in (-1.2, 0.4, 2.0)])
    scores = on_mesh(-((points[:, None] - middles) ** 2).sum(axis=-1))
    assert length(lines_of(scores)) == pytest.approx(2 * 5 + 2 * 2.5, rel=0.01)


def test_a_steep_step_within_a_cell_is_found() -> None:
    """Without the network's answers, every crossing would lie in the middle of its edge."""

    def scores_of(points: Array) -> Array:
        z = 5 * np.tanh(1e5 * (points[:, 0] - 0.1234 - 0.3 * points[:, 1]))
        return np.column_stack([np.zeros_like(z), z - 2])

    scores = on_mesh(scores_of(mesh(LIMITS, POINTS)))
    (rough,), (refined,) = lines_of(scores), lines_of(scores, scores_of)
    off = [np.abs(line[:, 0] - 0.1234 - 0.3 * line[:, 1]).max() for line in (rough, refined)]
    assert off[0] > CELL / 3
    assert off[1] < CELL / 20


def test_a_circle_is_round() -> None:
    def scores_of(points: Array) -> Array:
        radius = np.hypot(points[:, 0] - 0.5, points[:, 1] - 0.25)
        return np.column_stack([radius**4, np.full_like(radius, 0.7**4)])

    scores = on_mesh(scores_of(mesh(LIMITS, POINTS)))
    (line,) = lines_of(scores, scores_of)
    np.testing.assert_allclose(np.hypot(*(line - (0.5, 0.25)).T), 0.7, atol=1e-2 * CELL)


def test_lines_end_where_scores_are_not_finite() -> None:
    scores = linear([[1.0, 0.0], [0.0, 0.0]], [0.0, 0.0])
    scores[: POINTS // 2] = np.nan
    (line,) = lines_of(scores)
    np.testing.assert_allclose(line[:, 0], 0, atol=1e-6)
    assert line[:, 1].min() > 0.24 and line[:, 1].max() == pytest.approx(1.5)


def test_scores_without_end_are_as_good_as_large_ones() -> None:
    scores = np.zeros((4, 6, 2))
    scores[:, :3, 1], scores[:, 3:, 1] = -1e300, 1e300
    (line,) = lines_of(scores)
    np.testing.assert_allclose(line[:, 0], np.linspace(*LIMITS.x, 6)[2:4].mean())


def test_crossings_come_closer_only_where_they_are_not_close() -> None:
    asked: list[int] = []

    def lead_at(places: Array, which: Array) -> Array:
        asked.append(len(which))
        return np.where(which == 0, 1 - 2 * places, 1 - places**3 * 9)

    places = crossing(np.array([1.0, 1.0]), np.array([-1.0, -8.0]), lead_at)
    np.testing.assert_allclose(places, [0.5, 9 ** (-1 / 3)], atol=1e-2)
    assert asked[0] == 2 and set(asked[1:]) == {1}


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_plane_with_nan_has_no_boundary(n_classes: int) -> None:
    probabilities = np.full((4, 5, n_classes), np.nan)
    assert lines_of(probabilities) == []
    probabilities[:] = 1 / n_classes
    probabilities[1, 2] = np.nan
    assert lines_of(probabilities) == []


def test_rows_and_columns_may_differ_in_number() -> None:
    x = np.linspace(*LIMITS.x, 40)
    p = np.tile(1 / (1 + np.exp(-2 * (x - 1))), (15, 1))
    (line,) = lines_of(np.stack([1 - p, p], axis=-1))
    np.testing.assert_allclose(line[:, 0], 1, atol=0.01)
    assert sorted(line[[0, -1], 1]) == pytest.approx(LIMITS.y)
