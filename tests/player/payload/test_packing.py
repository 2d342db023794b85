"""Arrays in a page: what is read back, and how exactly."""

from __future__ import annotations

import numpy as np
import pytest

from replay.player.payload.packing import Packing
from tests.helpers.page_reader import Packed


def packed(packing: Packing) -> Packed:
    return Packed({"packed": packing.text()})


@pytest.mark.parametrize("dtype", ["float32", "int32", "uint16", "uint8"])
def test_arrays_of_any_length_are_read_back_as_they_were(dtype: str) -> None:
    rng = np.random.default_rng(0)
    arrays = [rng.integers(0, 250, shape).astype(dtype) for shape in [(3,), (1,), (0, 2), (2, 3, 5), (7, 1)]]
    packing = Packing()
    refs = [packing.add(values, dtype) for values in arrays]
    content = packed(packing)
    for ref, values in zip(refs, arrays, strict=True):
        np.testing.assert_array_equal(content[ref], values)
        assert content[ref].dtype.newbyteorder("=") == values.dtype


def test_values_are_little_endian_whatever_they_were() -> None:
    packing = Packing()
    packing.add(np.array([1.0, -2.0], dtype=">f4"), "float32")
    assert packed(packing).content == bytes.fromhex("0000803f000000c0")


def test_numbers_that_are_not_finite_survive_as_floats() -> None:
    packing = Packing()
    ref = packing.add(np.array([np.nan, np.inf, -np.inf, 3e38]), "float32")
    np.testing.assert_array_equal(packed(packing)[ref], np.float32([np.nan, np.inf, -np.inf, 3e38]))


def test_the_same_arrays_give_the_same_text() -> None:
    texts = []
    for _ in range(2):
        packing = Packing()
        packing.add(np.arange(100), "int32")
        texts.append(packing.text())
    assert texts[0] == texts[1]


@pytest.mark.parametrize(("dtype", "steps"), [("uint8", 254), ("uint16", 65534)])
def test_quantised_values_are_right_within_half_a_step(dtype: str, steps: int) -> None:
    values = np.random.default_rng(1).uniform(-3, 5, (4, 50)).astype(np.float32)
    packing = Packing()
    ref = packing.add_quantised(values, -3, 5, dtype)
    np.testing.assert_allclose(packed(packing)[ref], values, rtol=0, atol=8 / steps / 2 * 1.001)


def test_both_ends_are_exact_what_lies_outside_goes_to_them_and_nan_has_a_code() -> None:
    packing = Packing()
    ref = packing.add_quantised(np.array([-1.0, 2.0, -7.0, 1e30, np.nan, np.inf, -np.inf]), -1, 2)
    nan = np.nan
    np.testing.assert_array_equal(packed(packing)[ref], [-1, 2, -1, 2, nan, nan, nan])


def test_logarithmic_steps_keep_a_ratio_over_many_decades() -> None:
    values = np.geomspace(1e-8, 1e6, 101)
    packing = Packing()
    ref = packing.add_quantised(np.append(values, [0, np.nan]), 1e-8, 1e6, log=True)
    read = packed(packing)[ref]
    np.testing.assert_allclose(read[:-2], values, rtol=np.log(1e14) / 65534)
    assert read[-2] == pytest.approx(1e-8) and np.isnan(read[-1])


def test_a_constant_is_read_back_although_it_spans_nothing() -> None:
    packing = Packing()
    ref = packing.add_quantised(np.full(3, 2.5), 2.5, 2.5)
    np.testing.assert_array_equal(packed(packing)[ref], [2.5] * 3)


def test_ends_as_far_apart_as_float32_reaches_do_not_overflow() -> None:
    packing = Packing()
    ref = packing.add_quantised(np.float32([-3e38, 0, 3e38]), -3e38, 3e38)
    np.testing.assert_allclose(packed(packing)[ref], [-3e38, 0, 3e38], atol=1e34)
