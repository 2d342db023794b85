"""Clipped gradients, against what Keras's own optimizers make of them."""

from __future__ import annotations

import warnings
from typing import Any

import keras
import numpy as np
import pytest

from replay.network.clipping import clipped, clips

Array = np.ndarray
SHAPES = [(3, 4), (4,), (4, 1), (1,)]
LIMITS = [
    {"clipnorm": 0.5},
    {"clipnorm": 3.0},
    {"clipnorm": 1e6},
    {"global_clipnorm": 0.5},
    {"global_clipnorm": 1e6},
    {"clipvalue": 0.5},
    {"clipvalue": 1e6},
    {},
]


def gradients(n_snapshots: int = 4) -> list[Array]:
    """Of different sizes at each snapshot, with zeros at the last."""
    rng = np.random.default_rng(0)
    scales = np.array([0.01, 1, 10, 0])[:n_snapshots]
    return [(rng.normal(size=(n_snapshots, *shape)).T * scales).T.astype(np.float32) for shape in SHAPES]


def described(**limits: Any) -> dict[str, Any]:
    """An optimizer as a run describes it: limits that are not set are None."""
    names = ("clipnorm", "global_clipnorm", "clipvalue")
    return {"class": "Adam", "learning_rate": 0.001, **dict.fromkeys(names), **limits}


def of_keras(arrays: list[Array], limits: dict[str, Any]) -> list[Array]:
    optimizer = keras.optimizers.Adam(**limits)
    rows = [
        optimizer._clip_gradients([keras.ops.convert_to_tensor(array[place]) for array in arrays])
        for place in range(len(arrays[0]))
    ]
    return [np.stack([np.asarray(tensor) for tensor in tensors]) for tensors in zip(*rows, strict=True)]


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_each_snapshot_is_clipped_as_keras_clips_it(limits: dict[str, Any]) -> None:
    arrays = gradients()
    got, expected = clipped(arrays, described(**limits)), of_keras(arrays, limits)
    for array, other in zip(got, expected, strict=True):
        assert array.dtype == np.float32
        np.testing.assert_allclose(array, other, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("limits", LIMITS, ids=str)
@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_gradients_that_are_not_finite_become_what_keras_makes_of_them(
    broken: float, limits: dict[str, Any]
) -> None:
    arrays = gradients()
    arrays[0][1, 2, 1] = broken
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = clipped(arrays, described(**limits))
    for array, other in zip(got, of_keras(arrays, limits), strict=True):
        np.testing.assert_allclose(array, other, rtol=1e-6, atol=1e-8)


def test_clipping_leaves_the_gradients_it_was_given_as_they_are() -> None:
    arrays = gradients()
    kept = [array.copy() for array in arrays]
    for limits in LIMITS:
        clipped(arrays, described(**limits))
    for array, before in zip(arrays, kept, strict=True):
        np.testing.assert_array_equal(array, before)


def test_by_hand_a_norm_of_five_clipped_to_one() -> None:
    arrays = [np.array([[3.0, 4.0]]), np.array([[0.0]])]
    for limits in ({"clipnorm": 1.0}, {"global_clipnorm": 1.0}):
        np.testing.assert_allclose(clipped(arrays, described(**limits))[0], [[0.6, 0.8]])
    np.testing.assert_allclose(clipped(arrays, described(clipvalue=3.5))[0], [[3, 3.5]])


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [
        (None, False),
        ({"class": "Adam"}, False),
        (described(), False),
        (described(clipvalue=0.0), False),
        (described(clipvalue=-1.0), False),
        (described(clipnorm=1.0), True),
        (described(global_clipnorm=1.0), True),
        (described(clipvalue=0.5), True),
    ],
)
def test_an_optimizer_clips_where_it_has_a_positive_limit(
    optimizer: dict[str, Any] | None, expected: bool
) -> None:
    assert clips(optimizer) is expected
    arrays = [np.full((1, 2), 100.0)]
    assert np.array_equal(clipped(arrays, optimizer)[0], arrays[0]) is not expected


@pytest.mark.parametrize("limits", LIMITS, ids=str)
def test_no_gradients_stay_none(limits: dict[str, Any]) -> None:
    assert clipped([], described(**limits)) == []
