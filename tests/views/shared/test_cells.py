"""Cells of a plane, against brute force: sign patterns on a fine mesh, and sums known by construction."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.cells import Cells, chords, cut
from replay.views.shared.geometry import Limits

Array = np.ndarray
LIMITS = Limits((-2.0, 1.0), (-1.0, 3.0))


def divided(kernel: Array, bias: Array) -> tuple[Cells, Array]:
    """The rectangle, cut along all the lines x·kernel + bias = 0, and the values at the corners."""
    cells = Cells.within(LIMITS)
    values = cells.points @ kernel + bias
    for unit in range(len(bias)):
        found = cut(cells, values[:, unit], values)
        cells, values = found.cells, found.carried
    return cells, values


@pytest.fixture(params=range(5))
def lines(request: pytest.FixtureRequest) -> tuple[Array, Array]:
    random = np.random.default_rng(request.param)
    return random.normal(size=(2, 7)), random.normal(size=7)


def test_there_is_one_cell_for_each_pattern_of_signs(lines: tuple[Array, Array]) -> None:
    kernel, bias = lines
    cells, _ = divided(kernel, bias)
    x, y = (np.linspace(*side, 601) for side in LIMITS)
    signs = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2) @ kernel + bias > 0
    patterns, counts = np.unique(signs @ (1 << np.arange(7)), return_counts=True)
    of_cells = (np.stack([polygon.mean(axis=0) for polygon in cells.polygons()]) @ kernel + bias > 0) @ (
        1 << np.arange(7)
    )
    assert len(set(of_cells)) == cells.n  # no pattern twice
    large = patterns[counts > 20]
    assert set(large) <= set(of_cells)
    assert cells.n >= len(patterns)
    shares = {pattern: count / counts.sum() for pattern, count in zip(patterns, counts, strict=True)}
    for pattern, area in zip(of_cells, cells.areas, strict=True):
        assert area / 12 == pytest.approx(shares.get(pattern, 0), abs=5e-3)


def test_cells_are_convex_and_fill_the_plane(lines: tuple[Array, Array]) -> None:
    cells, _ = divided(*lines)
    assert cells.areas.sum() == pytest.approx(12)
    assert (cells.areas > 0).all()
    for polygon in cells.polygons():
        side = np.roll(polygon, -1, axis=0) - polygon
        turn = np.roll(side, -1, axis=0)
        assert (side[:, 0] * turn[:, 1] - side[:, 1] * turn[:, 0] >= -1e-12).all()


def test_corners_are_shared_and_what_they_carry_is_exact(lines: tuple[Array, Array]) -> None:
    kernel, bias = lines
    cells, values = divided(kernel, bias)
    np.testing.assert_allclose(values, cells.points @ kernel + bias, atol=1e-12)
    assert len(np.unique(cells.points.round(9), axis=0)) == len(cells.points)
    # Euler: corners − edges + cells = 1 for a division of a rectangle.
    edges = np.sort(np.stack([cells.rings, cells.rings[cells.following]], axis=1), axis=1)
    assert len(cells.points) - len(np.unique(edges, axis=0)) + cells.n == 1


def test_slopes_are_those_of_the_linear_function(lines: tuple[Array, Array]) -> None:
    kernel, bias = lines
    cells, values = divided(kernel, bias)
    assert cells.slopes(values).shape == (cells.n, 2, 7)
    np.testing.assert_allclose(cells.slopes(values), np.broadcast_to(kernel, (cells.n, 2, 7)), atol=1e-6)
    np.testing.assert_allclose(cells.slopes(values[:, 0]), np.tile(kernel[:, 0], (cells.n, 1)), atol=1e-6)


def test_a_line_through_corners_cuts_from_corner_to_corner() -> None:
    cells = Cells.within(Limits((0.0, 1.0), (0.0, 1.0)))
    diagonal = cells.points[:, 0] - cells.points[:, 1]
    found = cut(cells, diagonal, cells.points)
    assert found.cells.n == 2
    assert len(found.cells.points) == 4
    np.testing.assert_array_equal(found.segments, [[[0, 0], [1, 1]]])
    again = cut(found.cells, 3 * diagonal, found.carried)
    assert again.cells.n == 2  # the line is an edge already
    np.testing.assert_array_equal(again.segments, found.segments)


def test_what_is_zero_everywhere_or_nowhere_cuts_nothing() -> None:
    cells = Cells.within(LIMITS)
    for values in (np.zeros(4), np.ones(4), -np.ones(4)):
        found = cut(cells, values, cells.points)
        assert found.cells is cells
        assert found.segments.shape == (0, 2, 2)


def test_rounding_does_not_cut_slivers() -> None:
    cells = Cells.within(Limits((0.0, 1.0), (0.0, 1.0)))
    almost = np.array([1e-13, 1.0, 1.0, -1e-13])
    assert cut(cells, almost, cells.points).cells.n == 1


def test_chosen_cells_keep_their_corners() -> None:
    cells, _ = divided(np.eye(2), np.zeros(2))
    chosen = cells.chosen(np.array([True, False, False, True]))
    assert chosen.n == 2
    for got, expected in zip(chosen.polygons(), [cells.polygons()[i] for i in (0, 3)], strict=True):
        np.testing.assert_array_equal(got, expected)


def test_means_are_those_of_the_corners() -> None:
    cells, _ = divided(np.eye(2), np.zeros(2))
    expected = [polygon.mean(axis=0) for polygon in cells.polygons()]
    np.testing.assert_allclose(cells.means(cells.points), expected)


def test_chords_are_the_segments_of_a_cut(lines: tuple[Array, Array]) -> None:
    kernel, bias = lines
    cells = Cells.within(LIMITS)
    values = cells.points @ kernel + bias
    for chord, column in zip(chords(cells.points, values.T), values.T, strict=True):
        segments = cut(cells, column, values).segments
        assert len(segments) == np.isfinite(chord).all()
        if len(segments):
            np.testing.assert_allclose(sorted(chord.tolist()), sorted(segments[0].tolist()), atol=1e-12)
