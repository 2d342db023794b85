"""Panels that were built one by one move together, under one clock."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from PIL import Image

from replay import Composition, Replay, compose
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.feature_space import FeatureSpace
from replay.views.motion import common_motion, motion
from tests.conftest import MakeRun

LAYOUTS = ("none", "constrained", "tight", "before", "after", "drawn")


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(n_snapshots=7))


def built(replay: Replay, figure: Figure) -> list[Composition]:
    """The panels of DeepReplay's best known figure."""
    axes = figure.subplots(1, 5)
    return [
        replay.build_feature_space(axes[0]),
        replay.build_probability_histogram(axes[1], axes[2]),
        replay.build_loss_and_metric(axes[3]),
        replay.build_loss_histogram(axes[4]),
    ]


def texts(figure: Figure) -> list[str]:
    return [figure.get_suptitle(), *(axes.get_title(loc="left") for axes in figure.axes)]


def test_the_figure_names_the_epoch_and_the_panels_do_not(replay: Replay) -> None:
    figure = plt.figure(figsize=(15, 4))
    panels = built(replay, figure)
    panels[0].plot(2)
    assert "epoch 2" in figure.axes[0].get_title(loc="left")
    compose(*panels).plot(5)
    assert texts(figure)[0] == "epoch 5"
    assert not any("epoch" in text for text in texts(figure)[1:])


def test_the_titles_of_panels_fit_their_axes_whatever_the_layout_does(replay: Replay) -> None:
    figure = plt.figure(figsize=(9, 3))
    composition = compose(*built(replay, figure))
    for width in (9, 7):
        figure.set_size_inches(width, 3)
        composition.plot(3)
        for axes in figure.axes:
            title = axes._left_title.get_window_extent()  # type: ignore[attr-defined]
            assert title.width <= axes.bbox.width


def test_every_panel_shows_the_moment_as_it_does_alone(replay: Replay) -> None:
    together, alone = plt.figure(), plt.figure()
    compose(*built(replay, together)).plot(3.5)
    panels = built(replay, alone)
    for one, other in zip(together.axes, alone.axes, strict=True):  # a shared clock takes room
        other.set_position(one.get_position())
    for panel in panels:
        panel.plot(3.5)
    for one, other in zip(together.axes, alone.axes, strict=True):
        for line, same in zip(one.lines, other.lines, strict=True):
            np.testing.assert_array_equal(line.get_xydata(), same.get_xydata())


def test_the_figures_own_title_stays_before_the_epoch(replay: Replay) -> None:
    figure = plt.figure()
    figure.suptitle("Mine")
    panels = built(replay, figure)
    for _ in range(2):  # a second clock takes the place of the first
        compose(*panels).plot(1)
        assert figure.get_suptitle() == "Mine · epoch 1"
    compose(*panels, title="Other").plot(1)
    assert figure.get_suptitle() == "Other · epoch 1"


def test_the_words_before_the_number_keep_still(make_run: MakeRun) -> None:
    replay = Replay(make_run(epochs=np.array([0, 1000])))
    figure = plt.figure()
    composition = compose(replay.build_loss_histogram(figure.subplots()))
    lefts = set()
    for epoch in (0, 10, 1000):
        composition.plot(epoch)
        (words,) = composition.clock.moving
        lefts.add(words.get_window_extent().x0)
    assert len(lefts) == 1


def test_a_film_holds_the_epochs_of_all_and_a_shorter_run_stays_at_its_end(make_run: MakeRun) -> None:
    short, long = Replay(make_run("a.h5", n_snapshots=3)), Replay(make_run("b.h5", n_snapshots=6))
    figure, axes = plt.subplots(1, 2)
    parts = [run.build_decision_boundary(ax) for run, ax in zip((short, long), axes, strict=True)]
    composition = compose(*parts)
    np.testing.assert_array_equal(composition.epochs, range(6))
    composition.plot(5)
    at_5 = parts[0].panels[0].regions.lines[0].get_xydata()  # type: ignore[attr-defined]
    parts[0].plot(2)
    np.testing.assert_array_equal(at_5, parts[0].panels[0].regions.lines[0].get_xydata())  # type: ignore[attr-defined]
    assert figure.get_suptitle() == "epoch 5"


def test_a_panel_that_stays_at_its_end_says_so(make_run: MakeRun) -> None:
    short, long = Replay(make_run("a.h5", n_snapshots=3)), Replay(make_run("b.h5", n_snapshots=6))
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4))
    composition = compose(short.build_loss_histogram(left), long.build_loss_histogram(right, epoch_start=1))
    for epoch, expected in (
        (0, "Losses|Losses · epoch 1"),
        (2, "Losses|Losses"),
        (5, "Losses · epoch 2|Losses"),
    ):
        composition.plot(epoch)
        assert "|".join(axes.get_title(loc="left") for axes in figure.axes) == expected
    frames = [frame.copy() for frame in composition.animate().frames()]
    composition.plot(5)
    with composition.style.applied():
        figure.canvas.draw()
    whole = np.asarray(figure.canvas.buffer_rgba()).astype(int)  # type: ignore[attr-defined]
    assert (np.abs(whole - frames[-1]).max(axis=-1) > 8).mean() < 0.001


def test_each_run_moves_once_however_many_panels_it_has(make_run: MakeRun) -> None:
    runs = [Replay(make_run(f"{seed}.h5", seed=seed)) for seed in range(2)]
    _, axes = plt.subplots(2, 2)
    panels = [
        build(ax)
        for run, row in zip(runs, axes, strict=True)
        for build, ax in zip((run.build_feature_space, run.build_loss_histogram), row, strict=True)
    ]
    epochs = runs[0].epochs
    composition = compose(*panels)
    assert composition.motion is not None
    np.testing.assert_allclose(
        composition.motion(epochs), common_motion([run.evaluation for run in runs], epochs)
    )
    alone = compose(*panels[:2])
    assert alone.motion is not None
    np.testing.assert_allclose(alone.motion(epochs), motion(runs[0].evaluation, epochs))


def test_stills_films_and_notebooks_take_it_as_any_composition(replay: Replay, tmp_path: Path) -> None:
    composition = compose(*built(replay, plt.figure(figsize=(10, 3))), title="Mine")
    still = composition.save(tmp_path / "still.png", epoch=2)
    film = composition.animate(0, 3, pace="adaptive", duration=0.5).save(tmp_path / "film.gif")
    with Image.open(still) as image, Image.open(film) as frames:
        assert image.size == frames.size == (1000, 300)
        assert frames.n_frames > 3
    assert composition._repr_png_().startswith(b"\x89PNG")


def gone(replay: Replay, how: str) -> list[Composition]:
    axes = plt.figure().subplots()
    panel = replay.build_loss_histogram(axes)
    getattr(axes, how)()
    return [panel]


@pytest.mark.parametrize("how", ["clear", "remove"])
def test_a_panel_whose_axes_are_gone_is_not_drawn_empty(replay: Replay, how: str) -> None:
    (panel,) = gone(replay, how)
    for draw in (panel.plot, panel.animate):
        with pytest.raises(ViewError, match="cleared or removed"):
            draw()


def test_mathematics_that_nobody_can_read_is_refused(replay: Replay) -> None:
    panel = replay.build_loss_histogram(plt.figure().subplots())
    with pytest.raises(ViewError, match="cannot read the mathematics"):
        compose(panel, title=r"$\foo$")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: plt.figure(), "not on a Figure"),
        (lambda: plt.figure().subplots(1, 2), "not on a ndarray"),
        (lambda: None, "not on a NoneType"),
        (lambda: plt.figure().add_subplot(projection="polar"), "not on polar axes"),
        (lambda: gone_axes(), "removed from their figure"),
    ],
    ids=["figure", "array", "none", "polar", "removed"],
)
def test_panels_are_drawn_on_plain_axes_alone(replay: Replay, make: Any, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        replay.build_loss_histogram(make())


def gone_axes() -> Any:
    axes = plt.figure().subplots()
    axes.remove()
    return axes


@pytest.mark.parametrize(
    ("panels", "words"),
    [
        (lambda replay: [], "needs panels"),
        (lambda replay: [replay.dashboard()], "what the build_… methods return"),
        (lambda replay: [[replay.build_loss_histogram(plt.figure().subplots())]], "one by one.* not a list"),
        (lambda replay: 2 * [replay.build_loss_histogram(plt.figure().subplots())], "on the same axes"),
        (lambda replay: gone(replay, "clear"), "cleared or removed"),
        (lambda replay: gone(replay, "remove"), "cleared or removed"),
        (
            lambda replay: [
                replay.build_loss_histogram(plt.figure().subplots()),
                replay.build_loss_histogram(plt.figure().subplots()),
            ],
            "several figures",
        ),
    ],
    ids=["none", "a figure of its own", "a list", "one twice", "cleared", "removed", "several figures"],
)
def test_what_cannot_be_composed_is_refused(replay: Replay, panels: Any, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        compose(*panels(replay))


# Axes that share their limits


def test_shared_axes_hold_the_samples_of_all_panels(make_run: MakeRun) -> None:
    runs = [Replay(make_run(f"{seed}.h5", seed=seed, activation="relu")) for seed in range(3)]
    needed = [FeatureSpace(run.evaluation, fixed=True).limits.x for run in runs]
    together = plt.figure().subplots(1, 3, sharex=True, sharey=True)
    for run, axes in zip(runs, together, strict=True):
        run.build_feature_space(axes)
    lows, highs = np.transpose(needed)
    assert len(set(lows)) == 3
    first, last = together[1].get_xlim()
    assert first <= lows.min() and highs.max() <= last


def test_shared_axes_of_epochs_reach_to_the_end_of_the_longest_run(make_run: MakeRun) -> None:
    long, short = Replay(make_run("a.h5", n_snapshots=9)), Replay(make_run("b.h5", n_snapshots=3))
    figure, (left, right) = plt.subplots(1, 2, sharex=True)
    for replay, axes in ((long, left), (short, right)):
        replay.build_loss_and_metric(axes)
    assert {axes.get_xlim()[1] for axes in figure.axes} == {8}


@pytest.mark.parametrize("plane", ["build_feature_space", "build_decision_boundary"])
def test_the_regions_fill_the_axes_whatever_their_limits_are(replay: Replay, plane: str) -> None:
    axes = plt.figure().subplots()
    panel = getattr(replay, plane)(axes)
    axes.set(xlim=(-5, 4), ylim=(-3, 6))
    on_edges = 0
    for epoch in replay.epochs:
        panel.plot(epoch)
        regions = panel.panels[0].regions
        assert regions.shading._limits == ((-5, 4), (-3, 6))
        x, y = regions.lines[0].get_xydata().T
        on_edges += (np.isin(x, (-5, 4)) | np.isin(y, (-3, 6))).sum()
    assert on_edges >= 2


# Layouts


@pytest.fixture
def without_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def laid_out(replay: Replay, layout: str) -> Composition:
    figure = plt.figure(figsize=(14, 3.5), layout=layout if layout in ("constrained", "tight") else None)
    panels = built(replay, figure)
    if layout == "before":
        figure.tight_layout()
    composition = compose(*panels)
    if layout == "drawn":
        composition.plot(4)
    if layout in ("after", "drawn"):
        figure.tight_layout()
    return composition


@pytest.mark.usefixtures("without_warnings")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_makes_room_for_titles_and_clock(replay: Replay, layout: str) -> None:
    composition = laid_out(replay, layout)
    figure = composition.plot(3)
    figure.canvas.draw()
    clock = composition.clock.moving[0].get_window_extent()
    assert clock.y1 <= figure.bbox.y1 + 1
    for axes in figure.axes:
        box = axes.get_tightbbox()
        assert box is not None and box.y1 <= clock.y0 + 1, layout
        assert axes.bbox.height > 100


@pytest.mark.usefixtures("without_warnings")
@pytest.mark.parametrize("layout", LAYOUTS)
def test_nothing_moves_or_is_lost_between_the_frames_of_a_film(replay: Replay, layout: str) -> None:
    composition = laid_out(replay, layout)
    figure = composition.figure
    with composition.style.applied():  # a tight layout counts in letters
        figure.canvas.draw()
    places = [axes.get_position().bounds for axes in figure.axes]
    frames = [frame.copy() for frame in composition.animate().frames()]
    np.testing.assert_allclose([axes.get_position().bounds for axes in figure.axes], places, atol=0.005)
    for axes in figure.axes:  # the titles stand still
        box = axes._left_title.get_window_extent()  # type: ignore[attr-defined]
        x0, x1, y0, y1 = (int(edge) for edge in (box.x0, box.x1, box.y0, box.y1))
        titles = [frame[::-1][y0:y1, x0:x1] for frame in frames]
        assert all((title == titles[0]).all() for title in titles)
        if axes.get_title(loc="left"):
            assert titles[0].std() > 0


@pytest.mark.parametrize("layout", ["constrained", "tight"])
def test_several_processes_draw_the_frames_of_one(replay: Replay, layout: str) -> None:
    one = [frame.copy() for frame in laid_out(replay, layout).animate().frames()]
    two = [frame.copy() for frame in laid_out(replay, layout).animate().frames(jobs=2)]
    for first, second in zip(one, two, strict=True):
        np.testing.assert_array_equal(first, second)


def test_an_evaluation_is_shared_by_the_panels_of_a_run(replay: Replay) -> None:
    panels = built(replay, plt.figure())
    assert isinstance(replay.evaluation, Evaluation)
    assert len({panel.motion for panel in panels}) == 1
