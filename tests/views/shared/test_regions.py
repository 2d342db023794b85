"""Regions of a plane and the boundary between them, for fields that are known everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from replay.runs.task import ByClass
from replay.views.shared.geometry import Limits, mesh
from replay.views.shared.regions import Regions

Array = np.ndarray
Field = Callable[[Array], Array]
LIMITS = Limits((-2.0, 3.0), (-1.0, 1.5))
POINTS = 120
CELL = max(LIMITS.x[1] - LIMITS.x[0], LIMITS.y[1] - LIMITS.y[0]) / (POINTS - 1)


def softmax(z: Array) -> Array:
    powers = np.exp(z - z.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def two(score: Callable[[Array, Array], Array]) -> Field:
    """Two classes, the second with P = sigmoid(score)."""

    def field(points: Array) -> Array:
        p = 1 / (1 + np.exp(-score(points[:, 0], points[:, 1])))
        return np.column_stack([1 - p, p])

    return field


def several(seed: int, n_classes: int) -> Field:
    """Classes around centres that lie about the plane."""
    rng = np.random.default_rng(seed)
    centres = rng.uniform([LIMITS.x[0], LIMITS.y[0]], [LIMITS.x[1], LIMITS.y[1]], (n_classes, 2))
    return lambda points: softmax(-3 * ((points[:, None] - centres) ** 2).sum(axis=-1))


FIELDS: dict[str, Field] = {
    "a slanted line": two(lambda x, y: 2 * x - 3 * y + 0.3),
    "a parabola": two(lambda x, y: 4 * (y - 0.5 * x**2 + 0.4)),
    "two circles": two(lambda x, y: 6 * (0.4 - np.minimum(np.hypot(x + 1, y), np.hypot(x - 2, y)))),
    "a saddle": two(lambda x, y: 5 * x * y),
    "three classes": several(1, 3),
    "four classes": several(2, 4),
    "seven classes": several(3, 7),
}


def lead(probabilities: Array) -> Array:
    """By how much the likeliest class leads the next."""
    ordered = np.sort(probabilities, axis=-1)
    return ordered[..., -1] - ordered[..., -2]


def regions(field: Field) -> Regions:
    return Regions.over(LIMITS, POINTS, lambda points: ByClass(field(points), field(points)))


@pytest.mark.parametrize("name", FIELDS)
def test_the_two_likeliest_classes_tie_along_the_boundary(name: str) -> None:
    field = FIELDS[name]
    found = regions(field)
    step = max(float(np.abs(np.diff(found.probabilities, axis=axis)).max()) for axis in (0, 1))
    assert found.boundary
    for line in found.boundary:
        assert line.shape[1:] == (2,)
        p = field(line)
        assert lead(p).max() < step  # lines are interpolated within cells, where fields bend
        assert lead(p).mean() < step / 20
        if p.shape[1] == 2:
            np.testing.assert_allclose(p, 0.5, atol=0.01)


@pytest.mark.parametrize("name", FIELDS)
def test_the_boundary_passes_wherever_the_likeliest_class_changes(name: str) -> None:
    found = regions(FIELDS[name])
    winners = found.probabilities.argmax(axis=-1)
    points = mesh(LIMITS, POINTS).reshape(POINTS, POINTS, 2)
    changes = winners[:, 1:] != winners[:, :-1]
    between = ((points[:, 1:] + points[:, :-1]) / 2)[changes]
    line = np.concatenate(found.boundary)
    nearest = np.sqrt(((between[:, None] - line) ** 2).sum(axis=-1)).min(axis=1)
    assert len(between) > 10
    assert nearest.max() <= 1.5 * CELL


@pytest.mark.parametrize("name", FIELDS)
def test_probabilities_lie_on_the_mesh_row_by_row_from_the_bottom(name: str) -> None:
    field, found = FIELDS[name], regions(FIELDS[name])
    x, y = np.linspace(*LIMITS.x, POINTS), np.linspace(*LIMITS.y, POINTS)
    for row, column in ((0, 0), (0, POINTS - 1), (POINTS - 1, 0), (30, 70)):
        expected = field(np.array([[x[column], y[row]]]))[0]
        np.testing.assert_allclose(found.probabilities[row, column], expected, rtol=1e-4, atol=1e-6)
    assert found.limits == LIMITS


def test_the_boundary_stays_within_the_limits() -> None:
    for field in FIELDS.values():
        for line in regions(field).boundary:
            assert (line >= [LIMITS.x[0], LIMITS.y[0]]).all()
            assert (line <= [LIMITS.x[1], LIMITS.y[1]]).all()


def test_two_circles_have_two_boundaries_which_close() -> None:
    boundary = regions(FIELDS["two circles"]).boundary
    assert len(boundary) == 2
    for line in boundary:
        np.testing.assert_allclose(line[0], line[-1])
        centre = [-1, 0] if line[0, 0] < 0.5 else [2, 0]
        np.testing.assert_allclose(np.hypot(*(line - centre).T), 0.4, atol=0.01)


def test_a_plane_of_one_class_has_no_boundary() -> None:
    assert regions(two(lambda x, y: np.full_like(x, 2.0))).boundary == []
    always_last = regions(lambda points: np.tile([0.1, 0.2, 0.7], (len(points), 1)))
    assert always_last.boundary == []


def test_a_class_that_never_leads_has_no_boundary_of_its_own() -> None:
    def field(points: Array) -> Array:
        p = two(lambda x, y: 2 * x)(points)
        return np.column_stack([0.45 * p[:, :1], np.full(len(points), 0.1), 0.45 * p[:, 1:]])

    for line in regions(field).boundary:
        np.testing.assert_allclose(line[:, 0], 0, atol=0.01)


def test_an_even_plane_gives_finite_lines_or_none() -> None:
    even = regions(lambda points: np.full((len(points), 2), 0.5))
    assert all(np.isfinite(line).all() for line in even.boundary)
