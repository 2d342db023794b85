"""DeepReplay's data sets have its shapes, labels and order."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from replay.deepreplay.datasets import ball, hypercube, parabola


def test_the_parabolas_are_half_apart_and_the_lower_one_is_positive() -> None:
    X, y = parabola.load_data()
    assert X.shape == (2000, 2) and y.shape == (2000, 1)
    np.testing.assert_allclose(X[:, 1], X[:, 0] ** 2 - 0.5 * y[:, 0])
    assert sorted(set(X[:, 0])) == sorted(set(np.linspace(-1, 1, 1000)))


def test_the_samples_come_in_deepreplays_order() -> None:
    ordered, _ = parabola.load_data(shuffle=False)
    X, _ = parabola.load_data()
    np.random.seed(13)  # noqa: NPY002 - as DeepReplay does
    np.testing.assert_array_equal(X, ordered[np.random.permutation(2000)])  # noqa: NPY002


def test_a_data_set_leaves_the_global_random_state_alone() -> None:
    before = np.random.get_state()[1].tolist()  # type: ignore[index]  # noqa: NPY002
    for load in (parabola.load_data, ball.load_data, hypercube.load_data):
        load()
    assert np.random.get_state()[1].tolist() == before  # type: ignore[index]  # noqa: NPY002


@pytest.mark.parametrize("arguments", [{}, {"seed": 3}, {"shuffle": False}])
def test_the_same_arguments_give_the_same_samples(arguments: dict[str, int]) -> None:
    for load in (parabola.load_data, ball.load_data, hypercube.load_data):
        for one, other in zip(load(**arguments), load(**arguments), strict=True):
            np.testing.assert_array_equal(one, other)


def test_xlim_and_n_points_stretch_the_parabolas() -> None:
    X, y = parabola.load_data(xlim=(-2, 4), n_points=7, shuffle=False)
    np.testing.assert_allclose(X[:7, 0], np.linspace(-2, 4, 7))
    assert y[:7].sum() == 0 and y[7:].sum() == 7


def test_a_ball_has_a_radius_and_labels_by_the_sum_of_coordinates() -> None:
    X, y = ball.load_data(n_dims=6, n_points=4000, classif_radius_fraction=0.4)
    assert X.shape == (4000, 6) and y.shape == (4000, 1)
    assert X.std() == pytest.approx(1)
    lengths = np.linalg.norm(X, axis=1)
    radius = np.sqrt(6) / np.sqrt(6 / 8)  # uniform in a ball: each coordinate has variance radius² / (n + 2)
    assert lengths.max() == pytest.approx(radius, rel=0.03)
    np.testing.assert_allclose(np.mean(lengths / radius <= 0.9), 0.9**6, atol=0.03)
    clear = np.abs(np.abs(X.sum(axis=1)) - 0.4 * radius) > 0.1
    np.testing.assert_array_equal(y[clear, 0] == 1, (np.abs(X.sum(axis=1)) > 0.4 * radius)[clear])


def test_a_sphere_is_the_surface_alone() -> None:
    X, _ = ball.load_data(only_sphere=True)
    lengths = np.linalg.norm(X, axis=1)
    np.testing.assert_allclose(lengths, lengths[0])


def test_a_hypercube_has_every_corner_once() -> None:
    X, y = hypercube.load_data(n_dims=4)
    assert {tuple(corner) for corner in X} == set(itertools.product((-1.0, 1.0), repeat=4))
    assert X.shape == (16, 4)
    np.testing.assert_array_equal(y[:, 0] == 1, (X > 0).sum(axis=1) >= 2)
