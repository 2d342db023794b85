"""The panels before and after an activation: bands and their names, walls, the enlarged square, the ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from replay import Replay
from replay.drawing.artists.enlarged import enlarged
from replay.drawing.artists.free_places import FreePlaces
from replay.drawing.panels.before_after import AfterActivationPanel, BeforeActivationPanel
from replay.drawing.sizes import Size
from replay.drawing.style import THEMES
from replay.views.shared.geometry import Limits
from tests.conftest import MakeRun
from tests.helpers.pictures import faults


def drawn(path: Path, epoch: float = 4, **options: Any) -> tuple[BeforeActivationPanel, AfterActivationPanel]:
    composed = Replay(path).view("before-after", **options)
    composed.plot(epoch)
    before, after = composed.panels
    assert isinstance(before, BeforeActivationPanel) and isinstance(after, AfterActivationPanel)
    return before, after


def words(panel: Any) -> list[str]:
    return [text.get_text() for text in panel.axes.findobj(Text) if text.get_text()]


def test_titles_name_the_activation_and_both_axes_show_the_same(make_run: MakeRun) -> None:
    before, after = drawn(make_run(activation="relu"))
    assert before.axes.get_title("left") == "Before relu: z"
    assert after.axes.get_title("left") == "After relu: f(z)"
    assert before.axes.get_xlim() == after.axes.get_xlim()
    assert before.axes.get_ylim() == after.axes.get_ylim()


def test_bands_cover_the_half_planes_that_relu_folds(make_run: MakeRun) -> None:
    before, after = drawn(make_run(activation="relu"))
    bands = [patch for patch in before.axes.patches if isinstance(patch, Rectangle)]
    (unit_1, unit_2) = (np.array(band.get_bbox().get_points()) for band in bands)
    (left, right), (bottom, top) = before.axes.get_xlim(), before.axes.get_ylim()
    np.testing.assert_allclose(unit_1, [(left, bottom), (0, top)], atol=1e-9)
    np.testing.assert_allclose(unit_2, [(left, bottom), (right, 0)], atol=1e-9)
    told = [text.get_text().replace("\n", " ") for text in before.names.words]
    assert told == ["unit 1: set to 0", "unit 2: set to 0"]
    for unit, text in enumerate(before.names.words):
        assert text.get_position()[unit] < 0
    assert not [patch for patch in after.axes.patches if isinstance(patch, Rectangle)]


def test_ways_lead_from_z_to_its_activation_and_end_within_the_walls(make_run: MakeRun) -> None:
    _, after = drawn(make_run(activation="relu"))
    ways = np.array(after.ways.lines.get_segments())
    assert len(ways) == 60  # all samples
    np.testing.assert_allclose(ways[:, 1], np.maximum(ways[:, 0], 0), atol=1e-6)
    np.testing.assert_allclose(after.ways.ends.get_offsets(), ways[:, 1])


def test_the_grid_as_it_was_stays_faint_behind_unless_a_square_is_enlarged(make_run: MakeRun) -> None:
    before, after = drawn(make_run(activation="relu"))
    assert after.left is not None
    for now, was in zip(before.grid.lines, after.left.lines, strict=True):
        np.testing.assert_array_equal(now.get_xydata(), was.get_xydata())
        assert float(was.get_alpha() or 1) < 0.5
    assert drawn(make_run("sigmoid.h5", activation="sigmoid"))[1].left is None


def test_class_regions_are_only_where_the_activation_reaches(make_run: MakeRun) -> None:
    _, after = drawn(make_run(activation="relu"))
    frame = after.view.at(4, within=Limits((0, 1), (0, 2)))
    assert frame.space.regions is not None and frame.space.regions.limits == ((0, 1), (0, 2))
    for line in after.regions.lines:
        points = np.array(line.get_xydata())
        assert np.nanmin(points) >= -1e-6


def test_a_small_range_is_enlarged_with_its_samples_and_numbers(make_run: MakeRun) -> None:
    _, after = drawn(make_run(activation="sigmoid"))
    assert after.copy is not None
    lies = np.concatenate([dots.get_xydata() for dots in after.samples.trained.dots])
    (left, right), (bottom, top) = after.copy.limits
    assert (lies >= (left, bottom)).all() and (lies <= (right, top)).all()
    a = np.concatenate(
        [after.view.at(4).space.points[after.view.evaluation.task.labels == n] for n in (0, 1)]
    )
    side = right - left
    np.testing.assert_allclose(lies, np.array([left, bottom]) + side * a, rtol=1e-5, atol=1e-5)
    assert {"0", "1"} <= set(words(after))
    assert f"the square, {side:.2g} times as large" in words(after)


def test_a_linear_layer_says_that_nothing_moves(make_run: MakeRun) -> None:
    _, after = drawn(make_run(activation="linear"))
    assert "linear: f(z) = z, so nothing moves" in words(after)
    assert not any("thin lines" in text for text in words(after))


@pytest.mark.parametrize(
    ("activation", "size", "theme"),
    [
        ("sigmoid", Size(480, 270), "dark"),
        ("relu", Size(480, 270), "light"),
        ("tanh", Size(480, 800), "light"),
        ("tanh", Size(1440, 720), "dark"),
        ("hard_tanh", Size(1440, 900), "light"),
    ],
)
def test_words_have_room_at_any_size(make_run: MakeRun, activation: str, size: Size, theme: str) -> None:
    composed = Replay(make_run(activation=activation), style=THEMES[theme]).view("before-after", size=size)
    for epoch in (0, 2, 4):
        assert faults(composed.plot(epoch), composed.style) == []


def test_many_samples_and_one_class_are_drawn(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(6000, 2)).astype(np.float32)
    before, after = drawn(make_run(data=(x, np.zeros(6000, int))))
    assert before.samples.trained.density is not None
    assert len(after.ways.lines.get_segments()) == 120


def test_the_copy_lies_in_the_free_corner_and_keeps_shapes() -> None:
    limits = Limits((-2, 18), (-16, 4))
    copy = enlarged(limits, 0.0, 1.0, margin=0.5)
    assert copy is not None
    (left, right), (bottom, top) = copy.limits
    assert right == pytest.approx(17.5) and bottom == pytest.approx(-15.5)  # the lower right corner
    assert left > 1 or top < 0  # beside the square
    np.testing.assert_allclose(copy.of(np.array([[0, 0], [1, 1], [0.5, 0.25]])), [
        (left, bottom), (right, top), (left + 0.5 * (right - left), bottom + 0.25 * (top - bottom))
    ])  # fmt: skip
    np.testing.assert_allclose(copy.rays[:, 1], [(left, bottom), (right, top)])


@pytest.mark.parametrize(("low", "high"), [(0.0, np.inf), (-np.inf, np.inf), (-4.0, 4.0), (0.0, 0.0)])
def test_a_large_range_and_one_without_end_are_not_enlarged(low: float, high: float) -> None:
    assert enlarged(Limits((-5, 5), (-5, 5)), low, high, margin=0.2) is None


def test_words_go_where_they_cover_least() -> None:
    taken = np.column_stack([np.linspace(0, 10, 50), np.full(50, 1.0)])
    free = FreePlaces(taken, around=0.1)
    first = free.find(np.zeros(2), np.array([10.0, 4.0]), np.array([4.0, 1.0]))
    second = free.find(np.zeros(2), np.array([10.0, 4.0]), np.array([4.0, 1.0]))
    assert first[1] > 1.1 and second[1] > 1.1
    assert (np.abs(first - second) >= (4, 1)).any()
