"""Frames equal whole drawings, and leave the figure as it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.registry.table import TABLE as VIEWS
from replay.drawing.sizes import Size
from replay.drawing.style import DARK, LIGHT, Style
from replay.film.frames import drawn_frames
from tests.helpers.pictures import frame_redrawn
from tests.helpers.regressions import OF_NUMBERS, of_numbers
from tests.helpers.suited import n_classes_of, suited

QUICK = ("feature-space", "decision-boundary", "losses", "curves")
UNITS = {"two classes": (2, 2, 1), "four classes": (2, 5, 2, 4)}


@pytest.mark.slow
@pytest.mark.parametrize(
    "units",
    [
        pytest.param(units, id=name, marks=[] if name == "two classes" else [pytest.mark.slow])
        for name, units in UNITS.items()
    ],
)
@pytest.mark.parametrize(
    "view",
    [pytest.param(view, marks=[] if view in QUICK else [pytest.mark.slow]) for view in VIEWS],
)
def test_a_frame_equals_the_figure_drawn_whole(make_run: Any, view: str, units: tuple[int, ...]) -> None:
    """Drawing only what moves must not show: the oracle is matplotlib, which draws everything."""
    n_classes = max(2, units[-1])
    if view in OF_NUMBERS:
        replay = Replay(make_run(**of_numbers(n_classes // 2)))  # of one input, and of two
    else:
        given = suited(view, (3,) if view == "space" else units[1:-1], n_classes)
        inputs = np.random.default_rng(1).normal(size=(200, given["units"][0])).astype(np.float32)
        replay = Replay(make_run(data=(inputs, np.arange(200) % n_classes_of(given)), **given))
    composition, moments = replay.view(view, size=Size(600, 480)), [0, 1.5, 4]
    composition.begin(moments)  # as a film, whose legend has what any of its moments shows
    for moment, frame in zip(moments, drawn_frames(composition, moments), strict=True):
        kept = frame.copy()
        whole = frame_redrawn(replay.view(view, size=Size(600, 480)), moment, moments)
        difference = np.abs(kept.astype(int) - whole).max(axis=-1)
        # The present value of a curve may lie on a tick of its axes: in a frame above it, else below. Where
        # four curves share two axes, one of the left may also cross one of the right.
        assert (difference > 2).sum() <= (20 if view == "curves-after" else 8)


@pytest.mark.slow
@pytest.mark.parametrize("style", [LIGHT, DARK, replace(LIGHT, transparent=True)])
def test_frames_are_rgba_and_opaque_unless_the_style_is_transparent(make_run: Any, style: Style) -> None:
    composition = Replay(make_run(), style=style).view("dashboard", size=Size(300, 150))
    for frame in composition.animate().frames():
        assert (frame.shape, frame.dtype) == ((150, 300, 4), np.uint8)
        corners = frame[[0, 0, -1, -1], [0, -1, 0, -1]]
        assert (corners[:, 3] == (0 if style.transparent else 255)).all()
        assert style.transparent or (frame[..., 3] == 255).all()


def over(frame: np.ndarray, background: tuple[int, int, int]) -> np.ndarray:
    """A transparent frame laid over a colour: Porter & Duff's "over", on RGB from 0 to 255."""
    alpha = frame[..., 3:] / 255
    return frame[..., :3] * alpha + np.array(background) * (1 - alpha)


def test_a_transparent_frame_over_white_is_the_opaque_one(make_run: Any) -> None:
    path = make_run()
    frames = [
        next(
            Replay(path, style=style).view("dashboard", size=Size(720, 360)).animate(epoch_start=3).frames()
        ).copy()
        for style in (LIGHT, replace(LIGHT, transparent=True))
    ]
    difference = np.abs(over(frames[1], (255, 255, 255)) - frames[0][..., :3])
    assert difference.mean() < 0.5
    assert (difference > 12).mean() < 0.001  # the edges of shapes that are smoothed against nothing


@pytest.mark.parametrize("background", [(0, 0, 0), (200, 30, 120)])
def test_a_transparent_frame_tints_any_background(make_run: Any, background: Any) -> None:
    """Where regions are sure, a third of what is seen is the class's colour, and the rest what lies below."""
    style = replace(LIGHT, transparent=True)
    composition = Replay(make_run(units=(2, 5, 1)), style=style).view("decision-boundary")
    composition.show(0)  # lays the regions over all of the axes
    composition.panels[0].regions.shading.show(np.dstack([np.zeros((4, 4)), np.ones((4, 4))]))  # type: ignore[attr-defined]
    composition.panels[0].show = lambda epoch: None  # type: ignore[attr-defined, method-assign]
    frame = next(iter(drawn_frames(composition, [0])))
    axes = composition.figure.axes[0].bbox
    place = frame.shape[0] - round(axes.y1) + 9, round(axes.x0) + 9
    colour = np.array(matplotlib.colors.to_rgb(style.class_colour(1))) * 255
    expected = style.shading * colour + (1 - style.shading) * np.array(background)
    np.testing.assert_allclose(over(frame, background)[place], expected, atol=2)


def test_no_artist_is_made_and_nothing_is_laid_out_for_a_frame(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    composition = Replay(make_run()).dashboard()
    composition.plot(0)
    before = [id(artist) for artist in composition.figure.findobj()]
    places = [axes.get_position().bounds for axes in composition.figure.axes]
    drawn_whole = []
    draw = Figure.draw
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: (drawn_whole.append(1), draw(self, renderer)))
    for _ in composition.animate(tween=1).frames(dpi=30):
        pass
    assert [id(artist) for artist in composition.figure.findobj()] == before
    assert [axes.get_position().bounds for axes in composition.figure.axes] == places
    assert len(drawn_whole) == 1


def test_frames_leave_settings_canvas_resolution_and_artists_as_they_were(make_run: Any) -> None:
    composition = Replay(make_run()).dashboard()
    figure = composition.figure
    settings, canvas, dpi = dict(matplotlib.rcParams), figure.canvas, figure.dpi

    def as_it_was() -> bool:
        still = not any(artist.get_animated() for artist in figure.findobj())
        return still and (figure.canvas, figure.dpi) == (canvas, dpi)

    assert as_it_was()
    frames = composition.animate().frames(dpi=30)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert as_it_was()
    list(composition.animate().frames(dpi=30))
    assert as_it_was()
    assert dict(matplotlib.rcParams) == settings


def test_an_error_while_drawing_leaves_the_figure_as_it_was(make_run: Any) -> None:
    composition = Replay(make_run()).dashboard()
    with pytest.raises(Exception, match="no epoch 99"):
        list(drawn_frames(composition, [0, 99]))
    assert not any(artist.get_animated() for artist in composition.figure.findobj())


def test_what_follows_the_drawing_gets_every_moment_as_it_is_drawn(make_run: Any) -> None:
    seen: list[float] = []

    def track(moments: Sequence[float]) -> Iterator[float]:
        assert list(moments) == [0, 1, 2, 3]
        for moment in moments:
            seen.append(moment)
            yield moment

    animation = Replay(make_run(n_snapshots=4)).dashboard().animate(pace="uniform")
    frames = animation.frames(dpi=30, track=track)
    next(iter(frames))
    assert seen == [0]
    list(frames)
    assert seen == [0, 1, 2, 3]
