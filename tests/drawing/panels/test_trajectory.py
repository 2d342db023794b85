"""A trajectory, drawn: the path ends at the dot, the fan and names keep to the axes, frames equal redraws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay, compare
from replay.drawing.artists.heights import ramp
from replay.drawing.panels.trajectory import FAN, TrajectoryPanel
from replay.drawing.style import DARK, LIGHT
from replay.errors import ViewError
from replay.film.frames import drawn_frames
from replay.views.trajectory import Trajectories, Trajectory, times
from tests.helpers.pictures import faults, redrawn
from tests.views.test_loss_surface import WAY, write_line

SIX = ("sgd", "mini-batch", "momentum", "adagrad", "rmsprop", "adam")


@pytest.fixture
def valley(tmp_path: Any) -> list[Any]:
    """Six runs from one start, to different ends."""
    rng = np.random.default_rng(0)
    ways = [WAY + np.linspace(0, 1, 4)[:, None] * rng.normal(size=2) for _ in SIX]
    return [
        write_line(tmp_path / f"{name}.h5", way, run=name, scenario="valley")
        for name, way in zip(SIX, ways, strict=True)
    ]


def panel_of(view: Any) -> Any:
    with LIGHT.applied():
        return TrajectoryPanel(Figure(figsize=(6, 6)).subplots(), view, LIGHT)


def test_the_path_ends_at_the_dot_and_the_arrow_begins_there(tmp_path: Any) -> None:
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation)
    panel = panel_of(view)
    panel.show(2)
    (trail,) = panel.trails
    np.testing.assert_allclose(np.transpose(trail.path.get_data()), WAY[:3])
    np.testing.assert_allclose(np.transpose(trail.dot.get_data()), WAY[2:3])
    many = times(view.at(2).step, panel.plane.shown())
    np.testing.assert_allclose([trail.arrow.U, trail.arrow.V], many * (WAY[2:3] - WAY[1:2]).T)
    assert trail.arrow.XY.tolist() == WAY[2:3].tolist()
    assert len(trail.cross.get_xdata()) == 0


def test_the_longest_line_of_the_fan_has_its_length_and_all_their_directions(tmp_path: Any) -> None:
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation)
    panel = panel_of(view)
    panel.show(1)
    lines = np.array(panel.fan.get_segments())
    np.testing.assert_allclose(lines[:, 0], np.tile(WAY[1], (12, 1)))
    along, fan = lines[:, 1] - lines[:, 0], view.at(1).fan
    np.testing.assert_allclose(along * np.linalg.norm(fan[0]), fan * np.linalg.norm(along[0]), rtol=1e-9)
    box = panel.axes.bbox
    pixels = along / np.ptp(panel.plane.shown(), axis=1) * [box.width, box.height]
    assert np.hypot(*pixels.T).max() == pytest.approx(FAN * box.width)


def test_a_run_that_diverged_ends_in_a_cross(tmp_path: Any) -> None:
    way = np.array([[0, 0], [1, 1], [4, 3], [np.nan, 0]])
    panel = panel_of(Trajectory(Replay(write_line(tmp_path / "run.h5", way)).evaluation))
    for epoch, crosses in ((2, 0), (3, 1)):
        panel.show(epoch)
        (trail,) = panel.trails
        assert (len(trail.cross.get_xdata()), len(trail.dot.get_xdata())) == (crosses, 1 - crosses)
    assert "not finite since epoch 3" in panel.finite._notice.words.get_text()


def test_words_tell_what_the_lines_are(tmp_path: Any, make_run: Any) -> None:
    told = {
        "lines: downhill for 12 batches of 8": write_line(tmp_path / "a.h5", WAY),
        "line: downhill for all samples": write_line(tmp_path / "b.h5", WAY, batch_size=40),
        "size 16 assumed": make_run(),
    }
    for words, path in told.items():
        panel = panel_of(Trajectory(Replay(path).evaluation))
        panel.show(1)
        assert words in panel.words[1].get_text()


def test_the_surface_reaches_beyond_the_limits_and_has_the_axes_names(tmp_path: Any) -> None:
    panel = panel_of(Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation))
    (left, right, bottom, top), shown = panel.heights.image.get_extent(), panel.plane.shown()
    assert left < shown.x[0] and right > shown.x[1] and bottom < shown.y[0] and top > shown.y[1]
    assert (panel.axes.get_xlabel(), panel.axes.get_ylabel()) == ("weight of x", "bias")


def test_losses_that_are_not_finite_are_grey(tmp_path: Any) -> None:
    for style in (LIGHT, DARK):
        assert ramp(style).get_bad()[:3] == pytest.approx(ramp(style)(np.ma.masked)[:3])
        low = np.array(ramp(style)(0.0)[:3])
        assert np.abs(low - np.array(ramp(style)(1.0)[:3])).sum() > 0.3


def test_names_stand_beside_their_dots_without_overlap(valley: list[Any]) -> None:
    composition = compare(valley, view="trajectory")
    (panel,) = composition.panels
    for epoch in (0, 1, 3):
        figure = composition.plot(epoch)
        boxes = [words.get_window_extent() for words in panel.names.words]  # type: ignore[attr-defined]
        for number, one in enumerate(boxes):
            assert not any(one.overlaps(other) for other in boxes[number + 1 :])
            assert figure.bbox.containsx(one.x0) and figure.bbox.containsx(one.x1)
    assert [words.get_text() for words in panel.names.words] == list(SIX)  # type: ignore[attr-defined]


@pytest.mark.parametrize("size", [None, (480, 300), (1080, 1920)])
def test_no_words_leave_the_picture(valley: list[Any], size: Any) -> None:
    composition = compare(valley, view="trajectory", size=size)
    for epoch in (0, 3):
        leaving = [fault for fault in faults(composition.plot(epoch), composition.style) if "leaves" in fault]
        assert leaving == []


def test_runs_are_drawn_in_their_colours(valley: list[Any]) -> None:
    from replay.drawing.identity import run_looks

    evaluations = [Replay(path).evaluation for path in valley]
    panel = panel_of(Trajectories(evaluations))
    colours = [look.colour for look in run_looks(evaluations, LIGHT)]
    assert [trail.dot.get_color() for trail in panel.trails] == colours


def test_frames_of_several_runs_equal_whole_redraws(valley: list[Any]) -> None:
    frames = drawn_frames(compare(valley[:3], view="trajectory", size=(600, 480)), [0.5, 3])
    for epoch, frame in zip((0.5, 3), frames, strict=True):
        drawn = frame.copy().astype(int)
        other = compare(valley[:3], view="trajectory", size=(600, 480))
        whole = redrawn(other.plot(epoch), other.style)
        assert (np.abs(drawn - whole).max(axis=-1) > 2).sum() <= 8


def test_dots_are_hollow_where_the_surface_does_not_tell_their_loss(make_run: Any) -> None:
    runs = [Replay(make_run(f"{seed}.h5", seed=seed)).evaluation for seed in range(4)]
    panel = panel_of(Trajectories(runs))
    panel.show(2)
    off = [frame.is_off for frame in panel.view.at(2)]
    assert any(off)
    hollow = [trail.dot.get_markerfacecolor() == LIGHT.background for trail in panel.trails]
    assert hollow == off
    assert "hollow" in panel.words[0].get_text()


def test_runs_without_a_surface_in_common_are_refused_in_a_line(make_run: Any) -> None:
    runs = [make_run("a.h5"), make_run("b.h5", units=(2, 3, 1))]
    with pytest.raises(ViewError, match="no loss surface in common"):
        compare(runs, view="trajectory")
