"""The variance of noise, against noise that is known."""

from __future__ import annotations

import numpy as np
import pytest

from replay import datasets
from replay.runs.noise import noise_variance


def estimated(data: tuple[np.ndarray, np.ndarray]) -> float | None:
    inputs, targets = data
    return noise_variance(inputs, targets[:, 0])


@pytest.mark.parametrize("seed", range(10))
def test_it_is_that_of_the_noise_that_was_added(seed: int) -> None:
    for noise in (0.1, 0.3):
        assert estimated(datasets.sine(300, noise, seed=seed)) == pytest.approx(noise**2, rel=0.3)
    assert estimated(datasets.hills(500, 0.1, seed=seed)) == pytest.approx(0.01, rel=0.3)


@pytest.mark.parametrize("seed", range(10))
def test_it_cannot_be_told_where_samples_have_none_are_few_or_far_apart(seed: int) -> None:
    assert estimated(datasets.sine(200, 0.0, seed=seed)) is None
    assert estimated(datasets.hills(500, 0.0, seed=seed)) is None
    assert estimated(datasets.sine(29, 0.1, seed=seed)) is None
    assert estimated(datasets.sine(30, 0.05, reach=60, seed=seed)) is None


def test_two_samples_at_the_same_place_differ_by_noise_alone() -> None:
    rng = np.random.default_rng(0)
    x = np.repeat(rng.uniform(-3, 3, 100), 4)
    y = np.sin(x) + 0.2 * rng.normal(size=400)
    assert noise_variance(x[:, None], y) == pytest.approx(0.04, rel=0.25)
    assert noise_variance(np.ones((400, 1)), rng.normal(size=400)) is None  # all is noise
    assert noise_variance(np.ones((400, 2)), rng.normal(size=400)) is None
    assert noise_variance(np.ones((400, 3)), rng.normal(size=400)) is None


def test_the_formula_is_that_of_three_neighbours() -> None:
    """Gasser, Sroka & Jennen-Steinmetz 1986: evenly spaced, the mean of (y₋/2 + y₊/2 − y)² · 2/3."""
    from replay.runs.noise import _between_neighbours

    y = np.random.default_rng(1).normal(size=50)
    expected = np.mean([(2 / 3) * (y[i - 1] / 2 + y[i + 1] / 2 - y[i]) ** 2 for i in range(1, 49)])
    assert _between_neighbours(np.arange(50.0), y) == pytest.approx(expected)
