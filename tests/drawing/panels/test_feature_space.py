"""The feature space, drawn: classes by number, and axes that say what they show."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from replay import Replay
from replay.drawing.artists.plane import ClassNumbers
from replay.drawing.panels.feature_space import FeatureSpacePanel, name_axes
from replay.drawing.style import LIGHT
from replay.views.feature_space import FeatureSpace

PCS = ("PC 1", "PC 2")


def numbers(n_classes: int, n_samples: int = 50) -> tuple[ClassNumbers, np.ndarray]:
    axes = Figure(figsize=(5, 5)).subplots()
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(n_samples) % n_classes
    return ClassNumbers(axes, labels, LIGHT), labels


def shown(drawn: ClassNumbers) -> list[str]:
    return [text.get_text() for text in drawn.texts if text.get_visible()]


def apart(labels: np.ndarray) -> np.ndarray:
    """Samples of each class at a place of their own, on a circle."""
    angles = 2 * np.pi * labels / 10
    return 0.8 * np.column_stack([np.cos(angles), np.sin(angles)])


def test_the_number_of_a_class_stands_at_the_median_of_its_samples() -> None:
    drawn, labels = numbers(10)
    points = apart(labels)
    points[:10] = 5  # one sample of each class strays
    drawn.show(points)
    assert shown(drawn) == [str(label) for label in range(10)]
    for label, text in enumerate(drawn.texts):
        np.testing.assert_allclose(text.get_position(), np.median(points[labels == label], axis=0))


def test_numbers_do_not_lie_on_one_another_and_come_back() -> None:
    drawn, labels = numbers(10)
    rng = np.random.default_rng(0)
    for spread in (0.0, 0.1, 0.3):
        drawn.show(apart(labels) * spread + rng.normal(0, 1e-3, (50, 2)))
        boxes = [text.get_window_extent() for text in drawn.texts if text.get_visible()]
        assert len(boxes) >= 1 and shown(drawn)[0] == "0"
        assert not any(Bbox.overlaps(a, b) for n, a in enumerate(boxes) for b in boxes[:n])
    drawn.show(apart(labels))
    assert len(shown(drawn)) == 10


def test_a_class_without_a_finite_sample_has_no_number() -> None:
    drawn, labels = numbers(5)
    points = apart(labels)
    points[labels == 2] = np.nan
    points[0] = np.inf
    drawn.show(points)
    assert shown(drawn) == ["0", "1", "3", "4"]


@pytest.mark.parametrize("labels", [None, np.arange(40) % 4])
def test_few_classes_need_no_numbers(labels: Any) -> None:
    drawn = ClassNumbers(Figure().subplots(), labels, LIGHT)
    drawn.show(np.zeros((40, 2)))
    assert drawn.moving == []


def test_the_axes_of_a_plane_name_its_units(make_run: Any) -> None:
    for units, chosen, names in (
        ((2, 2, 1), None, ("tanh unit 1", "tanh unit 2")),
        ((2, 2, 1), (2, 1), ("tanh unit 2", "tanh unit 1")),
        ((2, 5, 1), (3, 5), ("tanh unit 3", "tanh unit 5")),
    ):
        view = FeatureSpace(Replay(make_run(units=units)).evaluation, units=chosen)
        panel = FeatureSpacePanel(Figure().subplots(), view, LIGHT)
        panel.show(1)
        assert (panel.axes.get_xlabel(), panel.axes.get_ylabel()) == names


@pytest.mark.parametrize(
    ("width", "shares", "words"),
    [
        (6, (0.414, 0.2), ("PC 1 (41% of the variance)", "PC 2 (20% of the variance)")),
        (1.5, (0.414, 0.002), ("PC 1 (41%)", "PC 2 (<1% of the variance)")),
        (6, (np.nan, np.nan), PCS),
        (6, None, PCS),
    ],
)
def test_names_of_axes_tell_shares_where_there_is_room(width: float, shares: Any, words: Any) -> None:
    axes = Figure(figsize=(width, 6)).subplots()
    name_axes(axes, PCS, shares)
    assert (axes.get_xlabel(), axes.get_ylabel()) == words
    assert axes.yaxis.label.get_window_extent().x0 >= axes.bbox.x0
