"""Toy data: their geometry is known, and the same seed gives the same samples in the same order."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.stats import chi2, kstest

from replay import datasets
from replay.scenario.datasets.numbers import HILLS

Array = np.ndarray
Make = Callable[..., tuple[Array, Array]]

ALL: dict[str, tuple[Make, int]] = {
    "parabola": (datasets.parabola, 2),
    "moons": (datasets.moons, 2),
    "circles": (datasets.circles, 2),
    "xor": (datasets.xor, 2),
    "spiral": (datasets.spiral, 2),
    "blobs": (datasets.blobs, 4),
}


@pytest.mark.parametrize("name", ALL)
def test_each_class_has_as_many_samples_as_asked_for(name: str) -> None:
    make, n_classes = ALL[name]
    inputs, labels = make(30)
    assert inputs.shape == (30 * n_classes, 2)
    assert (inputs.dtype, labels.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(np.bincount(labels), [30] * n_classes)
    assert np.isfinite(inputs).all()


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_samples_and_another_seed_others(name: str) -> None:
    make, _ = ALL[name]
    first, same, other = make(30, seed=1), make(30, seed=1), make(30, seed=2)
    for a, b in zip(first, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first[0], other[0])


@pytest.mark.parametrize("name", ALL)
def test_classes_are_mixed(name: str) -> None:
    make, n_classes = ALL[name]
    _, labels = make(200)
    for part in np.split(labels, 4):
        share = np.bincount(part, minlength=n_classes) / len(part)
        np.testing.assert_allclose(share, 1 / n_classes, atol=0.15)


@pytest.mark.parametrize("name", ALL)
def test_global_random_states_are_left_alone(name: str) -> None:
    random.seed(3)
    np.random.seed(3)  # noqa: NPY002
    before: Any = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
    first = ALL[name][0](10)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
    np.random.seed(4)  # noqa: NPY002
    np.testing.assert_array_equal(ALL[name][0](10)[0], first[0])


@pytest.mark.parametrize("offset", [0.5, 0.2])
def test_parabola_points_lie_on_their_two_curves_evenly_spaced(offset: float) -> None:
    inputs, labels = datasets.parabola(101, offset=offset)
    x = np.linspace(-1, 1, 101)
    for label, down in ((0, 0.0), (1, offset)):
        points = inputs[labels == label]
        points = points[np.argsort(points[:, 0])]
        np.testing.assert_allclose(points[:, 0], x, atol=1e-7)
        np.testing.assert_allclose(points[:, 1], x**2 - down, atol=1e-7)


def test_moons_without_noise_lie_on_two_half_circles() -> None:
    inputs, labels = datasets.moons(50, noise=0.0)
    upper, lower = inputs[labels == 0], inputs[labels == 1]
    np.testing.assert_allclose(np.hypot(*upper.T), 1, atol=1e-6)
    np.testing.assert_allclose(np.hypot(lower[:, 0] - 1, lower[:, 1] - 0.5), 1, atol=1e-6)
    assert (upper[:, 1] >= -1e-6).all()
    assert (lower[:, 1] <= 0.5 + 1e-6).all()


@pytest.mark.parametrize("factor", [0.5, 0.3])
def test_circles_without_noise_lie_on_two_circles_class_1_within(factor: float) -> None:
    inputs, labels = datasets.circles(50, noise=0.0, factor=factor)
    np.testing.assert_allclose(np.hypot(*inputs[labels == 0].T), 1, atol=1e-6)
    np.testing.assert_allclose(np.hypot(*inputs[labels == 1].T), factor, atol=1e-6)


def test_one_goes_to_the_cinema_in_good_weather_or_with_a_friend_if_it_is_near() -> None:
    inputs, labels = datasets.cinema(5, seed=1)
    assert (inputs.shape, inputs.dtype, labels.dtype) == ((40, 3), np.float32, np.int64)
    answers = [tuple(map(bool, row)) for row in inputs]
    assert all(answers.count(each) == 5 for each in set(answers)) and len(set(answers)) == 8
    for (weather, friend, near), goes in zip(answers, labels, strict=True):
        assert goes == (weather or (friend and near))
    np.testing.assert_array_equal(datasets.cinema(5, seed=1)[0], inputs)
    assert not np.array_equal(datasets.cinema(5, seed=2)[0], inputs)


@pytest.mark.parametrize("make", [datasets.moons, datasets.circles])
def test_noise_moves_samples_by_about_its_standard_deviation(make: Make) -> None:
    still, noisy = make(2000, noise=0.0), make(2000, noise=0.1)
    np.testing.assert_array_equal(still[1], noisy[1])
    assert np.std(noisy[0] - still[0]) == pytest.approx(0.1, rel=0.05)


@pytest.mark.parametrize(("centre", "spread"), [(0.6, 0.22), (1.0, 0.5)])
def test_xor_squares_have_class_1_where_the_signs_differ(centre: float, spread: float) -> None:
    inputs, labels = datasets.xor(400, centre=centre, spread=spread)
    np.testing.assert_array_equal(labels, (inputs[:, 0] * inputs[:, 1] < 0).astype(int))
    away = np.abs(np.abs(inputs) - centre)
    assert 0.95 * spread < away.max() <= spread + 1e-6
    quadrants = (inputs > 0) @ [1, 2]
    assert np.bincount(quadrants, minlength=4).min() > 100  # all four squares, about 200 each


@pytest.mark.parametrize("dimensions", [3, 10])
def test_a_ball_holds_half_of_a_normal_distribution(dimensions: int) -> None:
    inputs, labels = datasets.ball(4000, dimensions)
    assert inputs.shape == (8000, dimensions)
    assert (inputs.dtype, labels.dtype) == (np.float32, np.int64)
    np.testing.assert_array_equal(np.bincount(labels), [4000, 4000])
    squares = (inputs.astype(float) ** 2).sum(axis=1)
    np.testing.assert_array_equal(labels, (squares > chi2.median(dimensions)).astype(int))
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(np.cov(inputs.T), np.eye(dimensions), atol=0.06)
    assert kstest(squares, chi2(dimensions).cdf).pvalue > 1e-3


def test_the_same_seed_gives_the_same_ball() -> None:
    first, same, other = (datasets.ball(20, seed=seed)[0] for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_a_spiral_without_noise_is_two_arms_that_mirror_each_other_through_the_origin() -> None:
    inputs, labels = datasets.spiral(80, turns=1.5, noise=0.0)
    first, second = inputs[labels == 0], inputs[labels == 1]
    radii = np.hypot(*first.T)
    assert radii.max() == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(first / radii[:, None], np.column_stack(
        [np.cos(3 * np.pi * radii), np.sin(3 * np.pi * radii)]
    ), atol=1e-5)  # fmt: skip
    by_radius = [arm[np.argsort(np.hypot(*arm.T))] for arm in (first, second)]
    np.testing.assert_allclose(by_radius[0], -by_radius[1], atol=1e-6)


def test_spiral_noise_has_its_standard_deviation() -> None:
    inputs, labels = datasets.spiral(3000, turns=0.0, noise=0.05)  # no turns: both arms on the first axis
    for label in (0, 1):
        assert np.std(inputs[labels == label, 1]) == pytest.approx(0.05, rel=0.1)


def test_blobs_without_spread_are_the_corners_of_a_square_in_order() -> None:
    inputs, labels = datasets.blobs(5, spread=0.0)
    corners = np.array([[-3, -3], [3, -3], [-3, 3], [3, 3]])
    np.testing.assert_allclose(inputs, corners[labels], atol=1e-7)


def test_blobs_scatter_around_their_corners_by_their_spread() -> None:
    inputs, labels = datasets.blobs(3000, spread=0.7)
    corners = np.array([[-3, -3], [3, -3], [-3, 3], [3, 3]])
    away = inputs - corners[labels]
    for label in range(4):
        np.testing.assert_allclose(away[labels == label].mean(axis=0), 0, atol=0.06)
        np.testing.assert_allclose(away[labels == label].std(axis=0), 0.7, rtol=0.06)


NUMBERS: dict[str, Any] = {
    "sine": (datasets.sine, lambda x: np.sin(x)),
    "steps": (datasets.steps, lambda x: np.searchsorted([-0.6, -0.2, 0.2, 0.6], x, side="right")),
    "cubic": (datasets.cubic, lambda x: x * (4 * x**2 - 3)),
    "hills": (datasets.hills, lambda x: sum(h * np.exp(-np.square(x - t).sum(1, keepdims=True) / (2 * w * w))
                                            for t, h, w in HILLS)),
}  # fmt: skip


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_to_predict_follow_their_formula_with_noise_around_it(name: str) -> None:
    make, formula = NUMBERS[name]
    inputs, targets = make(2000, noise=0.1, seed=3)
    assert (inputs.dtype, targets.dtype, targets.shape) == (np.float32, np.float32, (2000, 1))
    assert inputs.shape == (2000, 2 if name == "hills" else 1)
    np.testing.assert_array_equal(make(2000, noise=0.1, seed=3)[1], targets)
    assert not np.array_equal(make(2000, noise=0.1, seed=4)[0], inputs)
    off = targets - formula(inputs.astype(float))
    assert off.std() == pytest.approx(0.1, rel=0.06) and abs(off.mean()) < 0.01
    still_inputs, still = make(200, noise=0.0)
    np.testing.assert_allclose(still, formula(still_inputs.astype(float)), atol=1e-5)


def test_a_sine_reaches_as_far_as_asked() -> None:
    inputs, _ = datasets.sine(500, reach=6.5)
    assert 6 < np.abs(inputs).max() <= 6.5
