"""Colours say what they should, to every reader, and drawing settings do not leak."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from replay import Replay
from replay.choices import THEMES
from replay.drawing.style import DARK, LIGHT, SHADES, Style, theme
from replay.errors import ViewError

STYLES = {"light": LIGHT, "dark": DARK}
styles = pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)

# Machado, Oliveira & Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision
# Deficiency", IEEE TVCG 15(6): the matrices at severity 1.0, on linear RGB.
VISIONS = {
    "trichromacy": np.eye(3),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritanopia": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def linear(colour: str) -> np.ndarray:
    """Linear RGB from sRGB (IEC 61966-2-1)."""
    channels = np.array(to_rgb(colour))
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIE 1976 L*a*b* from linear RGB, white D65."""
    to_xyz = [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
    t = np.array(to_xyz) @ np.clip(rgb, 0, 1) / (0.95047, 1.0, 1.08883)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(a: str, b: str) -> float:
    """Contrast ratio, WCAG 2.2."""
    light, dark = sorted((linear(c) @ (0.2126, 0.7152, 0.0722) for c in (a, b)), reverse=True)
    return float((light + 0.05) / (dark + 0.05))


@styles
@pytest.mark.parametrize("vision", VISIONS)
def test_four_classes_and_errors_are_told_apart_with_any_colour_vision(style: Style, vision: str) -> None:
    seen = {colour: lab(VISIONS[vision] @ linear(colour)) for colour in (*style.classes[:4], style.error)}
    for first, second in combinations(seen, 2):
        assert np.linalg.norm(seen[first] - seen[second]) >= 15, (first, second)


@styles
def test_all_ten_classes_are_told_apart_by_most_readers(style: Style) -> None:
    seen = [lab(linear(colour)) for colour in style.classes]
    assert len(seen) == 10
    assert min(np.linalg.norm(a - b) for a, b in combinations(seen, 2)) >= 15
    assert len(set(style.markers)) == 10


@styles
@pytest.mark.parametrize("vision", VISIONS)
def test_runs_are_told_apart_from_one_another_and_from_classes(style: Style, vision: str) -> None:
    runs = [lab(VISIONS[vision] @ linear(colour)) for colour in style.runs]
    assert len(runs) == 8
    assert min(np.linalg.norm(a - b) for a, b in combinations(runs, 2)) >= 20
    others = [lab(VISIONS[vision] @ linear(colour)) for colour in (*style.classes[:2], style.error)]
    assert min(np.linalg.norm(a - b) for a in runs for b in others) >= 9
    if vision == "trichromacy":
        every = [lab(linear(colour)) for colour in (*style.classes, style.error)]
        assert min(np.linalg.norm(a - b) for a in runs for b in every) >= 12.5
    assert not {style.run_marker} & set(style.markers)


@styles
def test_words_can_be_read_on_the_background(style: Style) -> None:
    assert contrast(style.ink, style.background) >= 7
    for words in (style.muted, style.loss, style.metric, *style.runs):  # which ticks and titles have
        assert contrast(words, style.background) >= 4.5


@styles
def test_marks_can_be_seen_on_the_background(style: Style) -> None:
    for colour in (*style.classes[:4], style.error, style.boundary):
        assert contrast(colour, style.background) >= 3, colour


def test_contrast_and_distance_are_what_the_standards_say() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    np.testing.assert_allclose(lab(linear("#ff0000")), [53.24, 80.09, 67.20], atol=0.05)


@styles
@pytest.mark.parametrize("n_classes", [1, 2, 10, 13])
def test_shades_go_from_the_background_towards_the_colour_of_the_class(style: Style, n_classes: int) -> None:
    shades = style.shades(n_classes)
    assert (shades.shape, shades.dtype) == ((n_classes, SHADES, 4), np.uint8)
    background = np.array(to_rgb(style.background)) * 255
    np.testing.assert_allclose(shades[:, 0, :3], np.tile(background, (n_classes, 1)), atol=1)
    for label in range(n_classes):
        colour = np.array(to_rgb(style.classes[label % 10])) * 255
        np.testing.assert_allclose(
            shades[label, -1, :3], background + style.shading * (colour - background), atol=1
        )
        away = np.abs(shades[label, :, :3] - background).sum(axis=-1)
        assert (np.diff(away) >= 0).all() and away[-1] > 20
    assert (shades[..., 3] == 255).all()


def test_shades_of_a_transparent_style_are_the_class_itself_more_or_less_opaque() -> None:
    shades = replace(LIGHT, transparent=True).shades(2) / 255
    np.testing.assert_allclose(shades[1, :, :3], np.tile(to_rgb(LIGHT.classes[1]), (SHADES, 1)), atol=0.002)
    np.testing.assert_allclose(shades[1, :, 3], np.linspace(0, LIGHT.shading, SHADES), atol=0.003)


def test_settings_hold_within_the_block_alone_even_after_an_error() -> None:
    before = dict(matplotlib.rcParams)
    with pytest.raises(KeyError), LIGHT.applied():
        assert matplotlib.rcParams["text.parse_math"] is False
        raise KeyError
    assert dict(matplotlib.rcParams) == before


@pytest.mark.slow
def test_settings_of_the_readers_own_do_not_reach_the_picture(make_run: Any) -> None:
    path = make_run()

    def frame() -> np.ndarray:
        return next(Replay(path).dashboard().animate().frames(dpi=40)).copy()

    plain = frame()
    with matplotlib.rc_context({"axes.grid": True, "font.size": 30, "axes.facecolor": "red"}):
        np.testing.assert_array_equal(frame(), plain)


def test_a_glyph_that_no_font_has_gives_no_warning() -> None:
    with warnings.catch_warnings(), LIGHT.applied():
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure = Figure()
        figure.text(0.5, 0.5, "\U00012000")
        figure.canvas.print_figure  # noqa: B018
        figure.savefig("/dev/null", format="png")


@pytest.mark.parametrize("name", THEMES)
@pytest.mark.parametrize("transparent", [False, True])
def test_themes_are_found_by_name(name: str, transparent: bool) -> None:
    assert theme(name, transparent) == replace(STYLES[name], transparent=transparent)
    assert theme(name, transparent).paper == ("none" if transparent else STYLES[name].background)


@pytest.mark.parametrize(("name", "hint"), [("drak", "did you mean dark"), ("", "there are: dark, light")])
def test_an_unknown_theme_is_refused_with_a_hint(name: str, hint: str) -> None:
    with pytest.raises(ViewError, match=f"unknown theme {name!r}: {hint}"):
        theme(name)


def test_colours_and_markers_repeat_after_the_last() -> None:
    own = Style(classes=("#000000", "#111111"), markers=("o",))
    assert [own.class_colour(label) for label in (0, 1, 2, 5)] == ["#000000", "#111111", "#000000", "#111111"]
    assert own.class_marker(7) == "o"


def test_a_style_can_be_replaced_after_the_run_was_opened(make_run: Any) -> None:
    replay = Replay(make_run())
    replay.style = replace(DARK, background="#101010")
    assert replay.dashboard().figure.get_facecolor() == (*to_rgb("#101010"), 1.0)
