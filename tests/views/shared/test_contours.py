"""Contours: levels are round and within the values, and lines lie where a known quantity has the level."""

from __future__ import annotations

import numpy as np
import pytest

from replay.views.shared.contours import MOST, are_logarithmic, contour, levels
from replay.views.shared.geometry import Limits


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.31, 0.69, [0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65]),
        (0.02, 9.0, [0.05, 0.1, 0.2, 0.5, 1, 2, 5]),
        (-1.0, 1.0, None),
        (0.0, 1e-3, None),
        (1e-30, 1e30, None),
        (5.0, 5.0, []),
    ],
)
def test_levels_are_few_and_round(low: float, high: float, expected: list[float] | None) -> None:
    found = levels(np.linspace(low, high, 50))
    assert len(found) <= MOST and (np.diff(found) > 0).all()
    assert ((found > low) & (found < high)).all()
    if expected is None:
        assert len(found) >= 3
        digits = found[found != 0] / 10.0 ** np.floor(np.log10(np.abs(found[found != 0])))
        np.testing.assert_allclose(digits * 4, np.round(digits * 4), atol=1e-6)
    else:
        np.testing.assert_allclose(found, expected)


def test_values_of_several_sizes_have_logarithmic_levels() -> None:
    assert are_logarithmic(np.array([0.1, 30, np.nan]))
    assert not are_logarithmic(np.array([0.1, 0.5]))
    assert not are_logarithmic(np.array([-1.0, 100]))
    assert not are_logarithmic(np.full(3, np.nan))
    assert len(levels(np.full(3, np.nan))) == 0


def test_a_contour_of_a_cone_is_a_circle_and_keeps_away_from_what_is_not_finite() -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 81), np.linspace(-1, 3, 81))
    values = np.hypot(x, y - 1)
    limits = Limits((-2, 2), (-1, 3))
    (line,) = contour(limits, values, 1.5)
    np.testing.assert_allclose(np.hypot(line[:, 0], line[:, 1] - 1), 1.5, atol=2e-3)
    values[x > 0] = np.nan
    lines = contour(limits, values, 1.5)
    assert lines and all((line[:, 0] <= 1e-9).all() for line in lines)
