"""Inputs are scaled as the training inputs say; advice is given where a network would hardly learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.preprocessing import MinMaxScaler, StandardScaler

from replay.errors import DataError
from replay.scenario.scaling import (
    check_merged_targets,
    hint,
    hint_on_targets,
    merged,
    note_on_merged,
    scaling_of,
)

RNG = np.random.default_rng(0)
INPUTS = RNG.normal(50, [1, 20, 3000], size=(40, 3))
OTHERS = RNG.normal(40, 10, size=(7, 3))


@pytest.mark.parametrize(("name", "oracle"), [("standard", StandardScaler()), ("minmax", MinMaxScaler())])
def test_scaling_is_that_of_the_training_inputs(name: str, oracle: StandardScaler | MinMaxScaler) -> None:
    scaling = scaling_of(INPUTS, name)
    assert scaling.name == name
    oracle.fit(INPUTS)
    for some in (INPUTS, OTHERS):
        np.testing.assert_allclose(scaling.scaled(some), oracle.transform(some), rtol=1e-4, atol=1e-6)
        assert scaling.scaled(some).dtype == np.float32


@pytest.mark.parametrize("name", ["standard", "minmax"])
def test_an_input_that_never_changes_becomes_0(name: str) -> None:
    assert scaling_of(np.full((4, 1), 7.0), name).scaled(np.array([[7.0], [8.0]])).tolist() == [[0], [1]]


@pytest.mark.parametrize("name", ["standard", "minmax", "none", None])
def test_inputs_of_any_shape_are_scaled(name: str | None) -> None:
    images = RNG.integers(0, 200, (9, 4, 5), dtype=np.uint8)
    scaled = scaling_of(images, name).scaled(images)
    assert scaled.shape == images.shape
    assert bool(scaled.max() < 5) == (name != "none")


@pytest.mark.parametrize(
    ("shape", "dtype", "highest", "scaled"),
    [
        ((9, 4, 4), np.uint8, 255, True),
        ((9, 16), np.int64, 255, True),
        ((9, 16), np.float64, 255, True),
        ((9, 4, 4), np.uint8, 1, False),
        ((9, 4, 4), np.float64, 0.5, False),
        ((9, 4, 4), np.int64, 300, False),
        ((9, 2), np.uint8, 255, False),
    ],
)
def test_unless_asked_only_pixels_are_scaled(
    shape: tuple[int, ...], dtype: type, highest: float, scaled: bool
) -> None:
    inputs = np.zeros(shape, dtype)
    inputs.flat[0] = highest
    scaling = scaling_of(inputs)
    assert scaling.scaled(inputs).max() == (1 if scaled else highest)
    assert scaling.name == ("pixels from 0 to 1" if scaled else None)


def test_inputs_of_very_different_sizes_are_named() -> None:
    inputs = np.array([[20.0, 40_000, 0], [40, 80_000, 0]])
    told = hint(inputs, ("age", "income", "nothing"))
    assert told == "age and income differ 2,000-fold in size: --scale standard helps to learn from both"
    assert (hint(inputs, ("x",)) or "").startswith("input 1 and input 2 differ")


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        (np.array([[1000.0], [1200]]), "inputs go up to 1,200: --scale standard helps to learn"),
        (np.array([[5.1, 0.2], [7.0, 1.4]]), None),
        (np.zeros((3, 2)), None),
        (np.full((3, 2), np.nan), None),
        (np.full((3, 4, 4), 5000.0), None),
    ],
    ids=["large", "iris", "zeros", "NaN", "images"],
)
def test_advice_is_given_where_it_helps(inputs: np.ndarray, told: str | None) -> None:
    assert hint(inputs, ("a", "b")[: inputs.shape[1]]) == told


@pytest.mark.parametrize("name", ["standard", "minmax"])
def test_inputs_that_are_too_large_to_be_scaled_are_refused(name: str) -> None:
    with np.errstate(over="ignore"), pytest.raises(DataError, match="too large to be scaled"):
        scaling_of(np.array([[-1e308], [1.5e308]]), name)


def test_advice_is_the_same_for_many_samples() -> None:
    many = np.tile(np.array([[20.0, 40_000], [40, 80_000]], np.float32), (600_000, 1))
    assert hint(many, ("a", "b")) == hint(many[:2], ("a", "b"))


def test_large_targets_are_told_with_what_to_divide_them_by() -> None:
    told = "targets go up to 52,300: divided by 10,000, they are learnt in fewer epochs"
    assert hint_on_targets(np.array([7.0, -52_300])) == told
    assert hint_on_targets(np.array([[7.0, -999]])) is None
    assert "9,223,372,036" in str(hint_on_targets(np.array([0, -(2**63)])))  # which has no absolute value


def test_numbers_that_no_network_holds_are_refused() -> None:
    inputs = np.array([[1e300, 1.0], [-1e300, 2.0]])
    told = r"1e\+300 in the inputs is too large: networks count with numbers up to 3e\+38; divide"
    with pytest.raises(DataError, match=told):
        scaling_of(inputs).scaled(inputs)
    assert scaling_of(inputs, "minmax").scaled(inputs).tolist() == [[1, 0], [0, 1]]
    with pytest.raises(DataError, match="too large to be scaled"), np.errstate(over="ignore"):
        scaling_of(inputs * 1e8, "minmax")


def test_numbers_whose_squares_vanish_are_scaled_as_others_are() -> None:
    inputs = INPUTS.astype(np.float64)
    tiny = scaling_of(inputs * 1e-170, "standard").scaled(inputs * 1e-170)
    np.testing.assert_allclose(tiny, scaling_of(inputs, "standard").scaled(inputs), rtol=1e-5, atol=1e-6)
    images = np.random.default_rng(0).normal(size=(9, 3, 2)) * 1e-200
    np.testing.assert_allclose(scaling_of(images, "standard").scaled(images).std(axis=0), 1, rtol=1e-5)


@pytest.mark.parametrize(
    ("inputs", "merge"),
    [
        (np.array([[1e-50], [2e-50]]), True),
        (np.array([[2**53], [2**53 + 1]]), True),
        (np.array([[1e9], [1e9 + 1]]), True),
        (np.array([[1.0], [1.0]]), False),  # which never varied
        (np.array([[1.0], [2.0]]), False),
    ],
)
def test_numbers_that_a_network_takes_as_one_are_told(inputs: np.ndarray, merge: bool) -> None:
    small = inputs.astype(np.float32)
    assert merged(inputs, small).tolist() == [0] * merge
    several = np.hstack([inputs, [[0], [1]]])
    told = note_on_merged(several, several.astype(np.float32), ("size", "b"))
    assert (told or "").startswith("size: values so small or so close together" if merge else "")
    assert bool(told) == merge
    if merge:
        with pytest.raises(DataError, match=r"input 1: values so small.*--scale standard"):
            note_on_merged(inputs, small, ())
        with pytest.raises(DataError, match=r"targets so small.*subtract the smallest"):
            check_merged_targets(inputs[:, 0], small[:, 0])
