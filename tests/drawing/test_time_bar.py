"""The bar beneath a film tells how its time is dealt out, and is in nothing's way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from replay import Replay, Timeline
from replay.drawing.sizes import Size
from replay.drawing.style import LIGHT
from replay.drawing.time_bar import TimeBar
from tests.helpers.pictures import faults, redrawn, words

LEFT, RIGHT = 0.1, 0.9
MILESTONES = (3.0, 37.0, 90.0, 150.0, 200.0)
EPOCHS = np.arange(151.0)


def time_bar(moments: Sequence[float] | None, milestones: Sequence[float] = MILESTONES) -> TimeBar:
    bar = TimeBar(Figure(figsize=(12, 6)), LEFT, RIGHT, milestones, LIGHT)
    bar.begin(moments)
    return bar


def shares(line: Line2D) -> np.ndarray:
    """Where the points of a line lie, as shares of the bar."""
    return (np.asarray(line.get_xdata()) - LEFT) / (RIGHT - LEFT)


def late(epochs: np.ndarray) -> np.ndarray:
    """A motion that is large after epoch 100."""
    return np.where(epochs[1:] > 100, 3.0, 0.1)


def adaptive(**settings: Any) -> tuple[float, ...]:
    stops = [stop for stop in MILESTONES if stop < 150]
    return Timeline.of(EPOCHS, pace="adaptive", motion=late, **{"stops": stops, **settings}).moments


FILMS = {
    "uniform": Timeline.of(EPOCHS).moments,
    "log": Timeline.of(EPOCHS, pace="log").moments,
    "adaptive": adaptive(),
    "without stops": adaptive(stops=()),
    "short": adaptive(duration=1),
    "part": adaptive(first=20, last=95),
    "of any moments": (0.0, 10.0, 10.0, 10.0, 75.0, 150.0, 150.0),
}


def check_places(moments: Sequence[float], epochs: Sequence[float], places: np.ndarray) -> None:
    """Each of `epochs` lies at the first frame that shows it, or between the two frames around it."""
    frames = places * (len(moments) - 1)
    for epoch, frame in zip(epochs, frames, strict=True):
        first = next(number for number, moment in enumerate(moments) if moment >= epoch)
        if epoch == moments[-1]:
            assert frame == pytest.approx(len(moments) - 1)
        elif moments[first] == epoch:
            assert frame == pytest.approx(first)
        else:
            way = (epoch - moments[first - 1]) / (moments[first] - moments[first - 1])
            assert frame == pytest.approx(first - 1 + way)


@pytest.mark.parametrize("moments", [pytest.param(film, id=name) for name, film in FILMS.items()])
def test_gaps_and_dots_lie_where_the_film_comes_to_their_epochs(moments: tuple[float, ...]) -> None:
    bar = time_bar(moments)
    round_epochs = [epoch for epoch in range(0, 151, 20) if moments[0] < epoch < moments[-1]]
    if moments[-1] == 95:
        round_epochs = list(range(30, 95, 10))
    check_places(moments, round_epochs, shares(bar._ticks))
    told = [epoch for epoch in MILESTONES if moments[0] <= epoch <= moments[-1]]
    check_places(moments, told, shares(bar._dots))
    assert shares(bar._bar) == pytest.approx([0, 1])


@pytest.mark.parametrize("moments", [pytest.param(film, id=name) for name, film in FILMS.items()])
def test_what_is_played_grows_from_nothing_to_the_whole_bar(moments: tuple[float, ...]) -> None:
    bar = time_bar(moments)
    played = []
    for moment in moments:
        bar.show(moment)
        start, end = shares(bar.played)
        assert start == pytest.approx(0)
        played.append(end)
    assert (played[0], played[-1]) == (pytest.approx(0), pytest.approx(1))
    assert (np.diff(played) >= 0).all()
    assert ((np.diff(played) > 0) == (np.diff(moments) > 0)).all()


def test_at_a_uniform_pace_gaps_are_evenly_spaced_and_else_where_time_goes() -> None:
    gaps = {name: np.diff(shares(time_bar(FILMS[name])._ticks)) for name in ("uniform", "log", "adaptive")}
    np.testing.assert_allclose(gaps["uniform"], 20 / 150)
    assert (np.diff(gaps["log"]) < 0).all()
    assert gaps["adaptive"][-1] > 2 * gaps["adaptive"][0]


@pytest.mark.parametrize("moments", [None, (), (3.0,), (3.0, 3.0)])
def test_where_nothing_moves_there_is_no_bar(moments: Sequence[float] | None) -> None:
    bar = time_bar(FILMS["uniform"])
    bar.show(75)
    bar.begin(moments)
    bar.show(3)
    assert all(len(line.get_xdata()) == 0 for line in (bar._bar, *bar.moving))  # type: ignore[arg-type]


def test_a_film_without_milestones_has_no_dots() -> None:
    assert len(time_bar(FILMS["uniform"], ())._dots.get_xdata()) == 0  # type: ignore[arg-type]


# In a picture


def test_a_film_has_the_bar_of_its_timeline_and_a_still_none(make_run: Any) -> None:
    composition = Replay(make_run(n_snapshots=31)).view("curves", size=Size(480, 300))
    bar = composition.clock.bar  # type: ignore[attr-defined]
    before = redrawn(composition.plot(4), composition.style)
    for pace in ("adaptive", "uniform"):
        animation = composition.animate(pace=pace)
        moments = animation.timeline.moments
        film = [frame.copy() for frame in animation.frames()]
        assert len(bar._ticks.get_xdata())
        ends = np.asarray(bar._bar.get_xdata())
        gaps = (np.asarray(bar._ticks.get_xdata()) - ends[0]) / np.ptp(ends)
        check_places(moments, [5, 10, 15, 20, 25], gaps)
        beneath = round(0.1 * composition.figure.dpi)
        first, last = (frame[-beneath:, :, 0].astype(int) for frame in (film[0], film[-1]))
        assert (last < first - 20).sum() > 0.5 * np.ptp(ends) * first.shape[1]  # it is darker when played
    after = redrawn(composition.plot(4), composition.style)
    np.testing.assert_array_equal(after, before)
    assert (after[-beneath:] == 255).all()


@pytest.mark.slow
@pytest.mark.parametrize("size", [Size(1440, 720), Size(480, 270), Size(360, 640)])
@pytest.mark.parametrize("view", ["dashboard", "feature-space", "curves"])
def test_the_bar_lies_beneath_everything_and_within_the_figure(make_run: Any, view: str, size: Size) -> None:
    composition = Replay(make_run(n_snapshots=31)).view(view, size=size)
    figure, bar = composition.figure, composition.clock.bar  # type: ignore[attr-defined]
    still = redrawn(composition.plot(30), composition.style).astype(int)
    composition.begin(composition.animate().timeline.moments)
    composition.show(30)
    assert faults(figure, composition.style) == []
    film = redrawn(figure, composition.style).astype(int)
    rows, columns = np.nonzero((film != still).any(axis=-1))
    assert columns.min() > 0 and columns.max() < size.width - 1
    top = size.height - rows.min()  # pixels from below
    assert top <= np.ceil(0.11 * figure.dpi)
    point = figure.dpi / 72
    height = bar._height * size.height
    for line in (bar._bar, *bar.moving):
        thick = max(line.get_linewidth(), line.get_markersize() + line.get_markeredgewidth())
        assert height - thick / 2 * point >= 0
    renderer = figure.canvas if isinstance(figure.canvas, FigureCanvasAgg) else FigureCanvasAgg(figure)
    lowest = min(artist.get_window_extent(renderer.get_renderer()).y0 for _, artist in words(figure))
    lowest = min(lowest, *(axes.bbox.y0 for axes in figure.axes))
    assert lowest > height + (bar._dots.get_markersize() + bar._dots.get_markeredgewidth()) / 2 * point
