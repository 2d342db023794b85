"""Panels draw the arrays of their views, artist by artist, in the colours of their style."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.spines import Spine
from matplotlib.text import Text

import replay as package
from replay import Replay, datasets
from replay.drawing.artists.accuracy import percent_right
from replay.drawing.artists.bars import Bars
from replay.drawing.artists.plane import shown_limits
from replay.drawing.artists.ticks import decade_text, short, short_numbers
from replay.drawing.panels.curves import LossAndMetricPanel
from replay.drawing.style import DARK, LIGHT, Style
from replay.views.curves import LossAndMetric
from replay.views.feature_space import FeatureSpace


def interrupted(lines: Any) -> list[np.ndarray]:
    """The pieces of a line that NaN interrupts."""
    points = np.column_stack(lines.get_data())
    ends = np.flatnonzero(np.isnan(points[:, 0]))
    return [piece[~np.isnan(piece[:, 0])] for piece in np.split(points, ends) if len(piece) > 1]


def test_the_feature_space_draws_grid_boundary_and_samples_of_its_view(make_run: Any) -> None:
    replay = Replay(make_run())
    composition = replay.build_feature_space(Figure().subplots(), contour_points=40)
    space: Any = composition.panels[0]
    composition.plot(2)
    frame = FeatureSpace(replay.evaluation, mesh_points=40).at(2, shown_limits(space.axes))
    assert frame.lines is not None and frame.regions is not None
    for line, family in zip(space.grid.lines, frame.lines, strict=True):
        np.testing.assert_allclose(np.array(interrupted(line)), family)
    for line in space.regions.lines:
        pieces = interrupted(line)
        assert len(pieces) == len(frame.regions.boundary) > 0
        for drawn, expected in zip(pieces, frame.regions.boundary, strict=True):
            np.testing.assert_allclose(drawn, expected)
    assert space.axes.get_xlim() == frame.regions.limits.x
    assert space.axes.get_ylim() == frame.regions.limits.y


def test_each_class_has_a_colour_and_a_marker_and_errors_have_their_own_and_a_hatch(make_run: Any) -> None:
    replay = Replay(make_run())
    space: Any = replay.build_feature_space(Figure().subplots()).panels[0]
    colours = [to_rgba(dots.get_color()) for dots in space.samples.trained.dots]
    assert colours == [to_rgba(LIGHT.class_colour(0)), to_rgba(LIGHT.class_colour(1))]
    markers = [dots.get_marker() for dots in space.samples.trained.dots]
    assert markers == ["o", "^"]
    rings = space.samples.trained.rings
    assert (
        rings.get_marker() == "o"
        and rings.get_markersize() > 1.4 * space.samples.trained.dots[0].get_markersize()
    )
    assert to_rgba(rings.get_markerfacecolor()) == to_rgba(LIGHT.error)
    within = [line for line in space.samples.trained.errors if line is not rings]
    assert [(to_rgba(line.get_color()), line.get_marker()) for line in within] == list(
        zip(colours, markers, strict=True)
    )
    losses: Any = replay.build_loss_histogram(Figure().subplots()).panels[0]
    assert losses.bars.wrong.get_hatch() and not losses.bars.right.get_hatch()
    assert space.grid.lines[0].get_color() != space.grid.lines[1].get_color()


@pytest.mark.parametrize("transparent", [False, True])
def test_the_hatch_of_errors_can_be_seen(make_run: Any, transparent: bool) -> None:
    style = replace(DARK, transparent=transparent)
    replay = Replay(make_run(), style=style)
    losses: Any = replay.build_loss_histogram(Figure().subplots()).panels[0]
    assert to_rgba(losses.bars.wrong.get_edgecolor()) == to_rgba(DARK.background)


def test_bars_stand_on_one_another_and_reach_the_number_of_samples(make_run: Any) -> None:
    replay = Replay(make_run())
    composition = replay.build_probability_histogram(Figure().subplots())
    bars = composition.panels[0].bars  # type: ignore[attr-defined]
    for epoch in replay.epochs:
        composition.plot(epoch)
        right, wrong = bars.right.get_data(), bars.wrong.get_data()
        np.testing.assert_array_equal(wrong.baseline, right.values)
        assert wrong.values.sum() == len(replay.recording.targets)
        assert right.values.sum() == replay.evaluation.correct([epoch]).sum()
        assert wrong.values.max() <= bars.right.axes.get_ylim()[1]


def test_curves_grow_with_the_epoch_and_end_in_their_present_value(make_run: Any) -> None:
    replay = Replay(make_run(n_snapshots=6))
    panel = LossAndMetricPanel(Figure().subplots(), LossAndMetric(replay.evaluation), LIGHT)
    panel.show(0)
    assert all(len(line.get_xdata()) == len(dot.get_xdata()) == 0 for line, dot in panel.lines)  # type: ignore[arg-type]
    panel.show(3.5)
    for curve, (line, dot) in zip(panel.view.curves, panel.lines, strict=True):
        assert list(line.get_xdata()) == [1, 2, 3]  # type: ignore[arg-type]
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (3, replay.history[curve.name][2])  # type: ignore[index]


def test_many_epochs_are_counted_in_thousands(make_run: Any) -> None:
    replay = Replay(make_run(epochs=np.array([0, 1000, 123_456]), n_snapshots=3))
    axes = Figure().subplots()
    LossAndMetricPanel(axes, LossAndMetric(replay.evaluation), LIGHT)
    words = [label.get_text() for label in axes.get_xticklabels()]
    assert "50k" in words and "100k" in words and "50000" not in words


def test_many_samples_are_counted_in_thousands() -> None:
    axes = Figure().subplots()
    Bars(axes, np.linspace(0, 1, 5), 30_000, LIGHT.loss, LIGHT)
    words = [label.get_text() for label in axes.get_yticklabels()]
    assert words[0] == "0" and all(word.endswith("k") for word in words[1:])


def test_a_bar_that_is_cut_says_how_high_it_is(make_run: Any) -> None:
    replay = Replay(make_run())
    composition = replay.build_loss_histogram(Figure().subplots())
    panel: Any = composition.panels[0]
    frame = panel.view.at(2)
    counts = frame.right + frame.wrong
    panel.view.__dict__["_highest_bars"] = np.full(5, counts.max() - 1)  # an axis that is too low for it
    composition.plot(2)
    assert panel.cut.get_text().strip() == str(counts.max())
    panel.view.__dict__["_highest_bars"] = np.full(5, counts.max())
    composition.plot(2)
    assert panel.cut.get_text() == ""


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (1.0, "100% right"),
        (0.0, "0% right"),
        (0.9999, "99.9% right"),
        (0.0001, "0.1% right"),
        (0.5, "50.0% right"),
    ],
)
def test_a_hundred_percent_means_all_of_them(share: float, text: str) -> None:
    assert percent_right(share) == text


def test_of_a_class_without_samples_no_share_is_told(make_run: Any) -> None:
    inputs, targets = datasets.parabola(20)
    replay = Replay(make_run(data=(inputs, np.zeros_like(targets))))
    axes = Figure(figsize=(12, 4)).subplots(1, 2)
    composition = replay.build_probability_histogram(*axes)
    composition.plot(2)
    negatives, positives = (panel.share.get_text() for panel in composition.panels)
    assert negatives.endswith("% right") and positives == ""
    (notice,) = composition.panels[1].finite.moving
    assert notice.get_visible() and notice.get_text() == "no sample has class 1"


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (0.01, "0.01"),
        (1000, "1,000"),
        (1e-4, "10⁻⁴"),
        (1e4, "10⁴"),
        (1e12, "10¹²"),
        (0.3, "0.3"),
        (3e-4, "0.0003"),
    ],
)
def test_losses_are_written_short(loss: float, text: str) -> None:
    assert decade_text(loss) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (500, "500"),
        (5000, "5k"),
        (20_000, "20k"),
        (150_000, "150k"),
        (1.5e6, "1.5M"),
        (2e9, "2×10⁹"),
        (-20_000, "−20k"),
        (2.5e-5, "2.5×10⁻⁵"),
        (2e-12, "2×10⁻¹²"),
        (1e-9, "10⁻⁹"),
        (-1e9, "−10⁹"),
        (0.5, "0.5"),
    ],
)
def test_numbers_on_narrow_axes_are_written_short(value: float, text: str) -> None:
    assert short(value) == text


@pytest.mark.parametrize(
    ("limits", "texts"),
    [
        ((-2, 2), ["−2", "−1", "0", "1", "2"]),
        ((0, 1), ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ((0, 4000), ["0", "1,000", "2,000", "3,000", "4,000"]),
        ((-4e6, 4e6), ["−4M", "−2M", "0", "2M", "4M"]),
        ((0, 4e-6), ["0", "10⁻⁶", "2×10⁻⁶", "3×10⁻⁶", "4×10⁻⁶"]),
        ((0, 4e9), ["0", "10⁹", "2×10⁹", "3×10⁹", "4×10⁹"]),
        ((1000.5, 1002.5), ["1,000.5", "1,001", "1,001.5", "1,002", "1,002.5"]),
    ],
)
def test_numbers_on_axes_are_those_of_print(limits: tuple[float, float], texts: list[str]) -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.set_ylim(limits)
    axes.set_yticks(np.linspace(*limits, 5))
    short_numbers(axes.yaxis)
    figure.draw_without_rendering()
    assert [label.get_text() for label in axes.get_yticklabels()] == texts
    assert axes.yaxis.get_offset_text().get_text() == ""


COLOURS = {field.name: f"#{n:02x}{255 - n:02x}{n * 7 % 256:02x}" for n, field in enumerate(fields(Style))}
NAMES = ("ink", "muted", "faint", "error", "grid_x", "grid_y", "boundary", "loss", "metric", "background")


def test_every_colour_of_a_picture_is_one_of_its_style(make_run: Any) -> None:
    """A style whose colours nobody else would choose, and a dashboard that shows no other."""
    own: dict[str, Any] = {name: COLOURS[name] for name in NAMES}
    style = replace(LIGHT, classes=("#0102f3", "#f30201"), **own)
    composition = Replay(make_run(), style=style).dashboard()
    composition.plot(2)
    known = {to_rgba(colour)[:3] for colour in (*own.values(), *style.classes)}
    figure = composition.figure
    shown = [text.get_color() for text in figure.findobj(Text) if text.get_text()]
    shown += [line.get_color() for line in figure.findobj(Line2D) if line.get_visible()]
    shown += [bars.get_facecolor() for bars in figure.findobj(StepPatch)]
    shown += [spine.get_edgecolor() for spine in figure.findobj(Spine)]
    shown += [axes.get_facecolor() for axes in figure.axes] + [figure.get_facecolor()]
    assert len(shown) > 50
    assert {to_rgba(colour)[:3] for colour in shown} <= known


def test_no_panel_names_a_colour() -> None:
    """Whoever replaces a style's colours has replaced them all."""
    root = Path(package.__file__).parent
    drawing = [*(root / "drawing").rglob("*.py"), *(root / "film").rglob("*.py")]
    assert len(drawing) > 30
    for path in drawing:
        if path == root / "drawing" / "style.py":
            continue
        text = path.read_text()
        assert not re.search(r'"#[0-9a-fA-F]{3,8}"', text), path
        assert not re.search(r'color\w*=\s*"(?!none)\w', text), path
