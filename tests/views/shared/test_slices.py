"""Lines of a separating surface: classes tie on them, and they are found on all slices."""

from __future__ import annotations

import numpy as np

from replay.runs.task import ByClass
from replay.views.shared.box import Box
from replay.views.shared.slices import A_SIDE, tie_lines

Array = np.ndarray
BOX = Box(np.array([-1.0, 0, 1]), np.array([1.0, 1, 3]))


def scores_of(scores: Array) -> ByClass:
    powers = np.exp(scores)
    return ByClass(powers / powers.sum(axis=-1, keepdims=True), scores)


def test_two_classes_with_linear_scores_tie_on_their_plane() -> None:
    normal, offset = np.array([1.0, -2.0, 0.5]), 0.1
    lines = tie_lines(BOX, lambda a: scores_of(np.stack([np.zeros(len(a)), a @ normal + offset], axis=-1)))
    assert len(lines) > A_SIDE
    for line in lines:
        np.testing.assert_allclose(BOX.back(line) @ normal + offset, 0, atol=1e-5)
        assert (np.abs(line) <= BOX.half + 1e-6).all()
        assert (np.ptp(line, axis=0) < 1e-9).any()  # it lies on one slice


def test_on_a_sphere_all_points_are_at_its_radius() -> None:
    middle, radius = BOX.centre, 0.45
    lines = tie_lines(
        BOX,
        lambda a: scores_of(
            np.stack([np.zeros(len(a)), radius**2 - ((a - middle) ** 2).sum(axis=1)], axis=-1)
        ),
    )
    found = np.linalg.norm(BOX.back(np.concatenate(lines)) - middle, axis=1)
    np.testing.assert_allclose(found, radius, atol=0.01)


def test_three_classes_tie_two_at_a_time_and_one_class_with_none() -> None:
    kernel = np.random.default_rng(0).normal(size=(3, 3))
    lines = tie_lines(BOX, lambda a: scores_of((a - BOX.centre) @ kernel))
    for line in lines:
        scores = np.sort((BOX.back(line) - BOX.centre) @ kernel, axis=-1)
        np.testing.assert_allclose(scores[:, -1], scores[:, -2], atol=0.05)  # near a junction
    assert lines and tie_lines(BOX, lambda a: scores_of(np.ones((len(a), 1)))) == []


def test_what_is_not_finite_has_no_lines() -> None:
    assert tie_lines(BOX, lambda a: scores_of(np.full((len(a), 2), np.nan))) == []
