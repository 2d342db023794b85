"""A linear map taken apart and put together again, in every combination of dimensions."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.polar import Polar, partly

Array = np.ndarray
SHAPES = [(2, 2), (3, 3), (2, 3), (3, 2)]


def together(found: Polar, points: Array, n: int, m: int) -> Array:
    """Points (k, n) through stretch and turn: with coordinates of 0 added, or the last ones left out."""
    if n > m:
        return (points @ found.turn)[:, :m] @ found.stretch
    return np.pad(points @ found.stretch, ((0, 0), (0, m - n))) @ found.turn


def kernels(n: int, m: int) -> list[Array]:
    rng = np.random.default_rng(n + 10 * m)
    special = [np.zeros((n, m)), np.ones((n, m)), np.eye(n, m), -np.eye(n, m), np.diag([1.0, -2, 3])[:n, :m]]
    return [*(rng.normal(size=(n, m)) for _ in range(20)), *special]


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_stretch_and_turn_are_the_map(n: int, m: int) -> None:
    points = np.random.default_rng(0).normal(size=(9, n))
    for kernel in kernels(n, m):
        np.testing.assert_allclose(together(Polar.of(kernel), points, n, m), points @ kernel, atol=1e-12)


@pytest.mark.parametrize(("n", "m"), SHAPES)
def test_the_turn_is_a_rotation_and_the_stretch_is_symmetric(n: int, m: int) -> None:
    for kernel in kernels(n, m):
        found = Polar.of(kernel)
        np.testing.assert_allclose(found.turn @ found.turn.T, np.eye(max(n, m)), atol=1e-12)
        assert np.linalg.det(found.turn) == pytest.approx(1)
        np.testing.assert_allclose(found.stretch, found.stretch.T, atol=1e-12)
        assert found.mirrors == (n == m and np.linalg.det(kernel) < 0)
        expected = np.linalg.svd(kernel, compute_uv=False)
        np.testing.assert_allclose(np.abs(found.stretches), expected, atol=1e-12)


def test_in_the_plane_it_is_the_closed_form() -> None:
    """R has the angle atan2(W₁₂ − W₂₁, W₁₁ + W₂₂), and P = W·Rᵀ, also where W mirrors."""
    for kernel in kernels(2, 2)[:20]:
        (a, b), (c, d) = kernel
        angle = np.arctan2(b - c, a + d)
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        found = Polar.of(kernel)
        np.testing.assert_allclose(found.turn, turn, atol=1e-12)
        np.testing.assert_allclose(found.stretch, kernel @ turn.T, atol=1e-12)
        assert found.degrees == pytest.approx(np.degrees(angle))


@pytest.mark.parametrize("d", [2, 3])
def test_a_part_of_a_turn_keeps_distances_and_adds_up(d: int) -> None:
    rng = np.random.default_rng(d)
    points = rng.normal(size=(12, d))
    half_turns = [np.diag([-1.0, -1, 1])[:d, :d], np.diag([1.0, -1, -1])[:d, :d]][: d - 1]
    for turn in [*(Polar.of(rng.normal(size=(d, d))).turn for _ in range(10)), *half_turns, np.eye(d)]:
        np.testing.assert_array_equal(partly(turn, 0), np.eye(d))
        np.testing.assert_array_equal(partly(turn, 1), turn)
        np.testing.assert_allclose(partly(turn, 1 - 1e-9), turn, atol=1e-7)
        for share in (0.2, 0.5, 0.9):
            part = partly(turn, share)
            lengths = np.linalg.norm((points @ part)[:, None] - points @ part, axis=-1)
            np.testing.assert_allclose(lengths, np.linalg.norm(points[:, None] - points, axis=-1), atol=1e-12)
            np.testing.assert_allclose(part @ partly(turn, 1 - share), turn, atol=1e-9)


def test_a_plane_in_space_turns_as_little_as_it_can() -> None:
    assert Polar.of(np.eye(2, 3)).degrees == pytest.approx(0, abs=1e-6)
    assert Polar.of(np.eye(3, 2)).degrees == pytest.approx(0, abs=1e-6)
    around = np.array([[0.0, 1, 0], [0, 0, 1]])  # from the floor to a wall: a third of a turn
    assert Polar.of(around).degrees == pytest.approx(120)
