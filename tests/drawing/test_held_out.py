"""Held-out samples on figures: hollow markers, bars that go down, words that say which samples they count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from replay import Replay, compare, datasets
from replay.drawing.artists.accuracy import FORMS_OF_TWO, told
from replay.drawing.artists.plane import MAX_HOLLOW
from replay.drawing.artists.words import Words
from replay.drawing.style import LIGHT
from tests.conftest import MakeRun

HELD_OUT = "held out"

X, Y = datasets.moons(20, noise=0.3, seed=2)


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(held_out=(X, Y)))


def legend(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.legends[0].get_texts()] if figure.legends else []


@pytest.mark.parametrize("view", ["decision_boundary", "feature_space"])
def test_markers_are_hollow_in_the_colour_of_their_class(replay: Replay, view: str) -> None:
    composition = getattr(replay, f"build_{view}")(Figure().subplots())
    panel: Any = composition.panels[0]
    composition.plot(3)
    points = X if view == "decision_boundary" else replay.activations("hidden", X, [3])[0]
    right = replay.held_out.correct([3])[0]  # type: ignore[union-attr]
    for label, dots in enumerate(panel.samples.held_out.samples.dots):
        np.testing.assert_allclose(np.column_stack(dots.get_data()), points[label == Y], rtol=1e-5, atol=1e-6)
        assert to_rgba(dots.get_markeredgecolor()) == to_rgba(LIGHT.class_colour(label))
        assert to_rgba(dots.get_markerfacecolor()) == to_rgba(LIGHT.background)
        assert dots.get_marker() == LIGHT.class_marker(label)
    ringed = np.column_stack(panel.samples.held_out.samples.rings.get_data())
    assert len(ringed) == (~right).sum() > 0


def test_fewer_lie_above_the_others_and_more_below(make_run: MakeRun) -> None:
    for held_out, above in (((X, Y), True), (datasets.moons(100), False)):
        panel: Any = (
            Replay(make_run(held_out=held_out)).build_decision_boundary(Figure().subplots()).panels[0]
        )
        orders = [one.dots[0].get_zorder() for one in (panel.samples.trained, panel.samples.held_out.samples)]
        assert (orders[1] > orders[0]) == above


def test_of_very_many_the_same_are_drawn_at_all_moments(make_run: MakeRun) -> None:
    many = datasets.moons(MAX_HOLLOW, noise=0.2)
    composition = Replay(make_run(held_out=many)).build_decision_boundary(Figure().subplots())
    panel: Any = composition.panels[0]
    drawn = []
    for epoch in (0, 4):
        composition.plot(epoch)
        drawn.append(
            np.concatenate([np.column_stack(dots.get_data()) for dots in panel.samples.held_out.samples.dots])
        )
    np.testing.assert_array_equal(*drawn)
    assert len(drawn[0]) == MAX_HOLLOW


def test_histograms_are_back_to_back_in_shares_of_each(replay: Replay) -> None:
    left, right = Figure().subplots(1, 2)
    composition = replay.build_probability_histogram(left, right)
    composition.plot(4)
    for label, panel in enumerate(composition.panels):
        bars: Any = panel.bars  # type: ignore[attr-defined]
        p = replay.held_out.probabilities(epochs=[4])[0][label == Y]  # type: ignore[union-attr]
        shares = np.histogram(p, bars.edges)[0] / len(p)
        (lower, upper) = bars.held_out
        heights = [patch.get_data().values for patch in (lower, upper)]
        np.testing.assert_allclose(np.nanmin([*heights, 0 * shares], axis=0), -shares, atol=1e-12)
        low, high = panel.axes.get_ylim()  # type: ignore[attr-defined]
        assert low < -shares.max() and high > 0
        assert panel.axes.get_xlabel().startswith("P(class 1)")  # type: ignore[attr-defined]


def test_one_scale_serves_both_sides(replay: Replay) -> None:
    composition = replay.view("losses")
    axes = composition.figure.axes[0]
    composition.plot(2)
    formatted = {axes.yaxis.get_major_formatter()(share, None) for share in (-0.25, 0.25)}
    assert formatted == {"25%"}
    assert axes.get_xlabel() == "cross-entropy of a sample, held out below"


@pytest.mark.parametrize(("held_out", "named"), [(True, True), (False, False)])
def test_the_legend_names_them_where_they_are(replay: Replay, held_out: bool, named: bool) -> None:
    for view in ("dashboard", "decision-boundary", "probabilities"):
        assert (HELD_OUT in legend(replay.view(view, held_out=held_out).figure)) == named
    both = compare([replay, replay], held_out=held_out)
    assert (HELD_OUT in legend(both.figure)) == named


def test_without_them_a_picture_is_what_it_was(make_run: MakeRun) -> None:
    names = {"scenario": "parabola", "run": "tanh"}
    runs = [make_run("some.h5", held_out=(X, Y), **names), make_run("none.h5", **names)]
    # Sentences differ: of a run with held-out samples, they say that they count those of the training.
    left_out, none = (Replay(run).dashboard(held_out=False, captions=False).image(3) for run in runs)
    assert left_out == none


def test_a_regression_has_them_without_rings(make_run: MakeRun) -> None:
    numbers = datasets.moons(30)[0], datasets.moons(30)[0][:, :1]
    replay = Replay(
        make_run(data=numbers, held_out=(X, X[:, :1]), output_activation="linear", loss="mean_squared_error")
    )
    composition = replay.dashboard()
    composition.plot(2)
    assert legend(composition.figure) == [HELD_OUT]


def test_the_accuracy_beside_a_plane_says_which_samples_it_counts(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 4, 1), held_out=(X, Y)))
    composition = replay.dashboard()
    composition.plot(4)
    words = [text.get_text() for text in composition.figure.findobj(Words)]
    right = [float(one.correct([4]).mean()) for one in (replay, replay.held_out)]  # type: ignore[union-attr]
    assert f"train {right[0]:.0%} · held out {right[1]:.0%}" in words


def test_compared_planes_hold_the_accuracies_that_titles_have_no_room_for(make_run: MakeRun) -> None:
    names = ["a-name-that-leaves-no-room", "another-name-that-leaves-none"]
    runs = [
        Replay(make_run(f"{name}.h5", scenario="s", run=name, held_out=(X, Y), seed=seed))
        for seed, name in enumerate(names)
    ]
    composition = compare(runs)
    composition.plot(4)
    words = [text.get_text() for text in composition.figure.findobj(Words)]
    for run in runs:
        assert run.held_out is not None
        shares = [float(one.correct([4]).mean()) for one in (run, run.held_out)]
        assert told(FORMS_OF_TWO[-1], *shares) in words


@pytest.mark.parametrize(
    ("shares", "text"),
    [
        ((1.0, 0.0), "train 100% · held out 0%"),
        ((0.999, 0.001), "train >99% · held out <1%"),
        ((None, 0.5), "train – · held out 50%"),
        ((None, None), ""),
    ],
)
def test_an_accuracy_is_whole_only_if_it_is(shares: tuple[float | None, float | None], text: str) -> None:
    assert told(str(FORMS_OF_TWO[0]), *shares) == text


def test_there_is_a_matrix_of_either_and_a_dashboard_has_that_of_the_held_out(make_run: MakeRun) -> None:
    rng = np.random.default_rng(0)
    data = [(rng.normal(size=(n, 2)), np.arange(n) % 6) for n in (60, 30)]
    replay = Replay(make_run(units=(2, 2, 6), data=data[0], held_out=data[1]))
    titles = [axes.get_title("left") for axes in replay.view("confusion-matrix").figure.axes]
    assert titles == ["Confusion matrix, training", "Confusion matrix, held out"]
    titles = [axes.get_title("left") for axes in replay.dashboard().figure.axes]
    assert [
        title for title in titles if title.lower().endswith("held out")
    ] and "Confusion matrix" not in titles


def test_one_held_out_sample_is_all_of_its_class_and_another_class_has_none(make_run: MakeRun) -> None:
    composition = Replay(make_run(held_out=(X[:1], Y[:1]))).view("probabilities", size=(1600, 600))
    composition.plot(1)
    texts = [panel.share.get_text() for panel in composition.panels]  # type: ignore[attr-defined]
    assert texts[Y[0]].endswith(("held out 0%", "held out 100%"))
    assert texts[1 - Y[0]].endswith("held out –")
