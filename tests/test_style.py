"""Colours say what they should, and drawing settings do not leak."""

from __future__ import annotations

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from replay.style import LIGHT, Style


def test_settings_hold_within_the_block_alone_even_after_an_error() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(KeyError), LIGHT.applied():
        assert matplotlib.rcParams["text.parse_math"] is False
        raise KeyError
    assert dict(matplotlib.rcParams) == before


def test_shading_is_the_background_where_the_network_cannot_decide() -> None:
    for n_classes in (2, 3, 10):
        even = np.full((1, n_classes), 1 / n_classes)
        np.testing.assert_allclose(LIGHT.shade(even)[0], to_rgb(LIGHT.background), atol=1e-6)


def test_shading_leans_towards_the_colour_of_the_likeliest_class_as_it_grows_surer() -> None:
    background = np.array(to_rgb(LIGHT.background))
    for label in (0, 1):
        target = np.array(to_rgb(LIGHT.class_colour(label)))
        steps = []
        for p in (0.6, 0.8, 1.0):
            probabilities = np.array([[p, 1 - p]]) if label == 0 else np.array([[1 - p, p]])
            moved = LIGHT.shade(probabilities)[0] - background
            assert np.abs(np.cross(moved, target - background)).max() < 1e-6
            steps.append(np.linalg.norm(moved))
        assert steps == sorted(steps) and steps[0] > 0
        assert steps[-1] == pytest.approx(LIGHT.shading * np.linalg.norm(target - background), rel=1e-5)


def test_shading_of_nan_is_the_background() -> None:
    np.testing.assert_allclose(LIGHT.shade(np.full((1, 2), np.nan))[0], to_rgb(LIGHT.background))


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(a: str, b: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_words_can_be_read_on_the_background() -> None:
    assert contrast(LIGHT.ink, LIGHT.background) > 7
    assert contrast(LIGHT.muted, LIGHT.background) > 3.5


# Viénot, Brettel & Mollon 1999, "Digital video colourmaps for checking the legibility of displays by
# dichromats", table 2, on linear RGB.
DICHROMATS = {
    "protanopia": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
    "deuteranopia": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
}


@pytest.mark.parametrize("vision", DICHROMATS)
def test_two_classes_and_errors_stay_apart_for_dichromats(vision: str) -> None:
    matrix = np.array(DICHROMATS[vision])

    def seen(colour: str) -> np.ndarray:
        linear = np.array(to_rgb(colour)) ** 2.2
        return np.clip(matrix @ linear, 0, 1) ** (1 / 2.2)

    colours = [seen(colour) for colour in (LIGHT.class_colour(0), LIGHT.class_colour(1), LIGHT.error)]
    for position, first in enumerate(colours):
        for second in colours[position + 1 :]:
            assert np.linalg.norm(first - second) > 0.15


def test_a_style_of_ones_own_reaches_the_picture() -> None:
    assert Style(classes=("#000000",)).class_colour(5) == "#000000"
