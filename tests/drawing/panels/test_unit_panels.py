"""Panels of units and linear regions: their artists show the arrays of their views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.slopes import slope_colours
from replay.drawing.artists.unit_lines import DEAD
from replay.drawing.panels.decision_boundary import DecisionBoundaryPanel
from replay.drawing.panels.linear_regions import LinearRegionsPanel
from replay.drawing.panels.units import UnitsPanel
from replay.drawing.style import DARK, LIGHT, Style
from replay.views.decision_boundary import DecisionBoundary
from replay.views.linear_regions import LinearRegions
from replay.views.units import Units

MakeRun = Callable[..., Path]


def axes_of(inches: float = 5.0) -> Axes:
    return Figure(figsize=(inches, inches), dpi=100).add_axes((0.1, 0.1, 0.8, 0.8))


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(units=(2, 5, 3, 1), activation="relu", seed=4))


def test_lines_arrows_and_numbers_are_those_of_the_units(replay: Replay) -> None:
    axes = axes_of()
    panel = UnitsPanel(axes, Units(replay.evaluation, mesh_points=20), LIGHT)
    panel.show(3)
    frame = panel.view.at(3, panel.plane.shown())
    drawn = [line for line in frame.lines.first if line.ends is not None]
    lines, arrows = panel.lines._lines, panel.lines._arrows
    for got, line in zip(lines.get_segments(), drawn, strict=True):
        np.testing.assert_allclose(got, line.ends)
    for stroke, line in zip(arrows.get_segments(), drawn, strict=True):
        way = np.array(stroke[1]) - np.mean(line.ends, axis=0)
        assert way @ line.normal > 0  # to where z is positive
    colours = [to_rgba(LIGHT.unit_colour(line.unit), DEAD if line.dead else 1) for line in drawn]
    np.testing.assert_allclose(lines.get_colors(), colours)
    texts = {word.text.split("=")[0] for word in panel.lines._numbers.words}
    assert texts <= {str(line.unit + 1) for line in drawn}
    assert len(texts) >= len(drawn) - 1
    x, y = panel.lines._kinks.get_data()
    np.testing.assert_allclose(np.column_stack([x, y]), frame.lines.kinks)
    n_deeper = sum(len(line.segments) for line in frame.lines.deeper)
    assert len(panel.lines._deeper.get_segments()) == n_deeper > 0


def test_stronger_units_have_thicker_lines(replay: Replay) -> None:
    axes = axes_of()
    panel = UnitsPanel(axes, Units(replay.evaluation, mesh_points=20), LIGHT)
    panel.show(2)
    drawn = [line for line in panel.view.at(2, panel.plane.shown()).lines.first if line.ends is not None]
    widths = np.array(panel.lines._lines.get_linewidths())
    assert np.argsort(widths).tolist() == np.argsort([line.strength for line in drawn]).tolist()


def test_numbers_do_not_overlap(make_run: MakeRun) -> None:
    axes = axes_of()
    replay = Replay(make_run(units=(2, 12, 1), seed=8))
    panel = UnitsPanel(axes, Units(replay.evaluation, mesh_points=10), LIGHT)
    for epoch in (0, 1.5, 4):
        panel.show(epoch)
        words = panel.lines._numbers.words
        places = axes.transData.transform([(word.x, word.y) for word in words])
        widths = [panel.lines._numbers.width(word.text) for word in words]
        for one in range(len(words)):
            for other in range(one):
                across, up = np.abs(places[one] - places[other])
                touching = across < (widths[one] + widths[other]) / 2 and up < LIGHT.size_tick * 100 / 72
                assert not touching


def test_a_small_picture_has_no_numbers(replay: Replay) -> None:
    axes = axes_of(1.2)
    panel = UnitsPanel(axes, Units(replay.evaluation, mesh_points=10), LIGHT)
    panel.show(3)
    assert panel.lines._numbers.words == []


def test_the_decision_boundary_has_the_lines_of_few_units_unless_the_style_says_no(replay: Replay) -> None:
    for style, has_lines in ((LIGHT, True), (replace(LIGHT, unit_lines=False), False)):
        axes = axes_of()
        panel = DecisionBoundaryPanel(axes, DecisionBoundary(replay.evaluation, mesh_points=20), style)
        panel.show(3)
        assert (panel.units is not None) == has_lines
        if panel.units is not None:
            assert panel.units._lines.get_segments()
            assert set(panel.units.under) | set(panel.units.over) <= set(panel.moving)


def test_regions_have_the_colours_of_their_slopes_and_the_title_counts_them(replay: Replay) -> None:
    axes = axes_of()
    panel = LinearRegionsPanel(axes, LinearRegions(replay.evaluation), LIGHT)
    panel.show(3)
    frame = panel.view.at(3)
    paths = panel.cells.get_paths()
    assert len(paths) == frame.count
    np.testing.assert_allclose(paths[0].vertices[:-1], frame.polygons[0])
    np.testing.assert_allclose(panel.cells.get_facecolor()[:, :3], slope_colours(frame.slopes, LIGHT))
    assert panel.title.get_text() == f"{frame.count} linear regions"


@pytest.mark.parametrize("style", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_of_slopes_are_equally_light_and_grey_where_it_is_flat(style: Style) -> None:
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    around = np.column_stack([np.cos(angles), np.sin(angles)])
    grey = slope_colours(np.zeros((1, 2)), style)[0]
    assert np.ptp(grey) < 0.01
    colours = slope_colours(around, style)
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ (0.2126, 0.7152, 0.0722)
    assert np.ptp(luminance) < 0.09
    neighbours = np.abs(np.diff(colours, axis=0)).max(axis=1)
    assert (neighbours > 0.005).all()  # each direction has a colour of its own
    steeper = slope_colours(3 * around, style)
    np.testing.assert_allclose(steeper, colours)
