"""Class numbers: in the middle of their samples, or whole in a region where the network answers so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.style import LIGHT
from replay.runs.task import ByClass
from replay.views.shared.geometry import Limits
from replay.views.shared.regions import Regions


def numbers(n_classes: int, n_samples: int = 50) -> tuple[ClassNumbers, np.ndarray]:
    axes = Figure(figsize=(5, 5)).subplots()
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(n_samples) % n_classes
    return ClassNumbers(axes, labels, 0, LIGHT), labels


def shown(drawn: ClassNumbers) -> list[str]:
    return sorted(map(str, drawn.places), key=int)


def around(drawn: ClassNumbers, place: np.ndarray) -> Bbox:
    """What a digit covers, in pixels: 12 points are 17 pixels high, and not as wide."""
    x, y = drawn._axes.transData.transform(place)
    return Bbox.from_bounds(x - 5, y - 6, 10, 12)


def apart(labels: np.ndarray) -> np.ndarray:
    """Samples of each class at a place of their own, on a circle."""
    angles = 2 * np.pi * labels / 10
    return 0.8 * np.column_stack([np.cos(angles), np.sin(angles)])


def test_the_number_of_a_class_stands_at_the_median_of_its_samples() -> None:
    drawn, labels = numbers(10)
    points = apart(labels)
    points[:10] = 5  # one sample of each class strays
    drawn.show(points, None)
    assert shown(drawn) == [str(label) for label in range(10)]
    for label, place in drawn.places.items():
        np.testing.assert_allclose(place, np.median(points[labels == label], axis=0))


def test_numbers_do_not_lie_on_one_another_and_come_back() -> None:
    drawn, labels = numbers(10)
    rng = np.random.default_rng(0)
    for spread in (0.0, 0.1, 0.3):
        drawn.show(apart(labels) * spread + rng.normal(0, 1e-3, (50, 2)), None)
        boxes = [around(drawn, place) for place in drawn.places.values()]
        assert len(boxes) >= 1 and shown(drawn)[0] == "0"
        assert not any(Bbox.overlaps(a, b) for n, a in enumerate(boxes) for b in boxes[:n])
    drawn.show(apart(labels), None)
    assert len(shown(drawn)) == 10


def test_a_class_without_a_finite_sample_has_no_number() -> None:
    drawn, labels = numbers(5)
    points = apart(labels)
    points[labels == 2] = np.nan
    points[0] = np.inf
    drawn.show(points, None)
    assert shown(drawn) == ["0", "1", "3", "4"]


@pytest.mark.parametrize("labels", [None, np.arange(40) % 4])
def test_few_classes_need_no_numbers(labels: Any) -> None:
    drawn = ClassNumbers(Figure().subplots(), labels, 4, LIGHT)
    drawn.show(np.zeros((40, 2)), None)
    assert drawn.moving == []


def scores_of(points: np.ndarray) -> np.ndarray:
    """Six classes in wedges around the middle, of which 4 is answered nowhere and 5 in a speck."""
    angles = np.arctan2(points[:, 1], points[:, 0])
    around = np.column_stack([np.cos(angles - turn) for turn in (0.5, 2.0, 3.5, 5.0)])
    speck = 3 * (np.hypot(points[:, 0] - 0.5, points[:, 1]) < 0.02)
    return np.column_stack([around, np.full(len(points), -2.0), speck - 1.5])


def test_numbers_in_regions_are_what_is_answered_wherever_the_samples_lie() -> None:
    axes = Figure(figsize=(5, 5)).subplots()
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(60) % 6
    drawn = ClassNumbers(axes, labels, 6, LIGHT)
    regions = Regions.over(Limits((-1, 1), (-1, 1)), 80, lambda at: ByClass(scores_of(at), scores_of(at)))
    rng = np.random.default_rng(1)
    for points in (rng.uniform(-1, 1, (60, 2)), np.full((60, 2), 0.3), np.full((60, 2), np.nan)):
        drawn.show(points, regions)
        assert shown(drawn) == ["0", "1", "2", "3"]
        for label, place in drawn.places.items():
            box = around(drawn, place).transformed(axes.transData.inverted())
            corners = np.array([place, *box.corners()])
            assert (scores_of(corners).argmax(axis=1) == label).all()


def test_a_number_stays_with_its_samples_where_they_are_answered_so() -> None:
    axes = Figure(figsize=(5, 5)).subplots()
    axes.set(xlim=(-1, 1), ylim=(-1, 1))
    labels = np.arange(60) % 6
    regions = Regions.over(Limits((-1, 1), (-1, 1)), 200, lambda at: ByClass(scores_of(at), scores_of(at)))
    drawn = ClassNumbers(axes, labels, 6, LIGHT)
    angles = np.array([0.5, 2.0, 3.5, 5.0, 0, 0])
    drawn.show(0.6 * np.column_stack([np.cos(angles), np.sin(angles)])[labels], regions)
    for label, angle in enumerate(angles[:4]):
        np.testing.assert_allclose(
            drawn.places[label], (0.6 * np.cos(angle), 0.6 * np.sin(angle)), atol=0.015
        )
