"""The formula of a unit: read back, its numbers are the weights, and it is as wide at all epochs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay.drawing.artists.formula import FixedNumbers, Formula, symbol
from replay.drawing.style import LIGHT

TERM = re.compile(r"(?:^z = |\s)([+−]?)\s*\u2007*([\d.]+)(?:·(\S+))?(?=\s|$)")


def formula(
    n: int, names: Any = (), largest: tuple[float, float] = (9.0, 9.0), inches: float = 8.0
) -> Formula:
    figure = Figure(figsize=(inches, 4))
    axes = figure.add_axes((0, 0, 1, 0.8))
    return Formula(axes, n, names, "x", largest, LIGHT)


def read(text: str) -> list[tuple[float, str]]:
    """The numbers of a formula, each with what it is multiplied by."""
    return [(float(number) * (-1 if sign == "−" else 1), name) for sign, number, name in TERM.findall(text)]


@pytest.mark.parametrize("largest", [0.004, 0.7, 9.0, 140.0, 52_000.0])
def test_its_numbers_are_the_weights_within_rounding(largest: float) -> None:
    rng = np.random.default_rng(0)
    shown = formula(2, largest=(largest, largest))
    decimals = FixedNumbers(largest).decimals
    assert largest < 0.1 or decimals <= 2
    for _ in range(50):
        *kernel, bias = rng.uniform(-largest, largest, 3)
        shown.show(kernel, bias)
        found = read(shown.words.get_text())
        assert [name for _, name in found] == ["x₁", "x₂", ""]
        for (number, _), expected in zip(found, (*kernel, bias), strict=True):
            assert number == pytest.approx(expected, abs=0.500001 * 10.0**-decimals)
            assert abs(number - expected) < 0.05 * largest


def test_it_is_as_long_and_nearly_as_wide_at_all_epochs() -> None:
    shown = formula(2, largest=(12.0, 3.0))
    texts, widths = set(), set()
    for kernel, bias in (([1.0, -11.5], 0.5), ([-9.99, 0.01], -2.75), ([10.0, 12.0], 0.0)):
        shown.show(kernel, bias)
        texts.add(len(shown.words.get_text()))
        widths.add(round(shown.words.get_window_extent().width))
    assert len(texts) == 1 and max(widths) - min(widths) <= 2


def test_what_is_0_when_it_is_rounded_has_no_minus() -> None:
    shown = formula(1, largest=(9.0, 9.0))
    shown.show([-0.001], -0.004)
    assert shown.words.get_text() == "z = +0.00·x + 0.00"


def test_names_are_there_where_they_fit_then_symbols_then_the_vector() -> None:
    names = ("length of the bill", "depth of the bill")
    texts = []
    for inches in (9.0, 3.4, 2.2, 1.5):
        shown = formula(2, names, inches=inches)
        shown.show([1.5, -2.0], 0.25)
        texts.append(shown.words.get_text())
        assert shown.words.get_window_extent().width <= inches * 100
    assert texts[0] == "z = +1.50·length of the bill − 2.00·depth of the bill + 0.25"
    assert texts[1].count("…") == 2
    assert texts[2] == "z = +1.50·x₁ − 2.00·x₂ + 0.25"
    assert texts[3] == "z = w·x + 0.25"


def test_many_inputs_are_a_vector_and_what_is_not_finite_says_so() -> None:
    shown = formula(500)
    shown.show(np.ones(500), np.nan)
    assert shown.words.get_text() == "z = w·x + NaN"
    assert symbol("a", 120) == "a₁₂₀"


@pytest.mark.parametrize(
    ("largest", "value", "text"),
    [
        (12.0, 3.14159, "\u20073.14"),
        (0.0, 0.0, "0.00"),
        (1e-5, 2.5e-6, "0.000003"),
        (1e9, 123.0, "\u2007\u2007\u2007\u2007123"),
        (1e30, 1e30, "1.0e+30"),
        (np.inf, np.inf, "∞"),
    ],
)
def test_numbers_take_as_many_places_as_the_largest(largest: float, value: float, text: str) -> None:
    assert FixedNumbers(largest).size(value) == text
