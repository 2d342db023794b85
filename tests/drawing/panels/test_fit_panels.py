"""The panels of regressions draw what their views hold."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba

from replay import Replay
from replay.drawing.artists.heat_map import heat_of
from replay.drawing.artists.key_words import KeyWords
from replay.drawing.artists.r2_words import r2_forms
from replay.drawing.panels.contributions import stacked, unit_colours
from replay.drawing.style import LIGHT
from replay.network.data_description import DataDescription
from tests.conftest import MakeRun
from tests.helpers.regressions import REGRESSION, numbers, of_numbers

X = np.random.default_rng(0).uniform(-1, 1, (30, 1)).astype(np.float32)


def shown(replay: Replay, view: str, epoch: float = 2.0, **options: Any) -> list[Any]:
    composition = replay.view(view, **options)
    composition.plot(epoch)
    return list(composition.panels)


def test_the_curve_its_sticks_and_hinges_are_those_of_the_view(make_run: MakeRun) -> None:
    curve, adding = shown(Replay(make_run(**of_numbers(1))), "fit")
    frame = curve.view.at(2.0)
    for line in curve.curves[0].lines:
        np.testing.assert_array_equal(line.get_xdata()[:-1], frame.x)
        np.testing.assert_array_equal(line.get_ydata()[:-1], frame.answers[:, 0])
    x, y = (values.reshape(-1, 3) for values in curve.sticks.get_data())
    np.testing.assert_array_equal(x[:, 0], curve.view.samples[0])
    np.testing.assert_array_equal(y[:, 0], curve.view.samples[1][:, 0])
    np.testing.assert_array_equal(y[:, 1], frame.predicted[:, 0])
    assert np.isnan(y[:, 2]).all()
    inside = np.isfinite(frame.hinges)
    np.testing.assert_allclose(
        curve.hinges.get_offsets(), np.column_stack([frame.hinges, frame.heights])[inside]
    )
    colours = unit_colours(adding.view, LIGHT)
    expected = [to_rgba(colours[unit]) for unit in np.flatnonzero(inside)]
    np.testing.assert_allclose(curve.hinges.get_facecolors(), expected)


def test_hinges_are_grey_where_the_bands_are_of_another_layer_and_can_be_left_out(make_run: MakeRun) -> None:
    from dataclasses import replace

    path = make_run(units=(1, 4, 3, 1), data=(X, numbers(X)), **REGRESSION)
    curve, _ = shown(Replay(path), "fit")
    assert {tuple(colour) for colour in curve.hinges.get_facecolors()} == {to_rgba(LIGHT.muted)}
    curve, _ = shown(Replay(path, style=replace(LIGHT, unit_lines=False)), "fit")
    assert not curve.hinges.get_visible()


def test_bands_are_stacked_on_both_sides_of_zero() -> None:
    x = np.array([0.0, 1.0])
    terms = np.array([[1.0, -1.0], [2.0, 2.0], [-3.0, -0.5]])
    outlines = np.array(stacked(x, terms))
    bases, ends = outlines[:, :2, 1], outlines[:, :1:-1, 1]
    np.testing.assert_array_equal(bases[::2], [[0, 0], [1, 0], [3, 2]])  # above 0
    np.testing.assert_array_equal(ends[::2], [[1, 0], [3, 2], [3, 2]])
    np.testing.assert_array_equal(bases[1::2], [[0, 0], [0, -1], [0, -1]])  # below
    np.testing.assert_array_equal(ends[1::2], [[0, -1], [0, -1], [-3, -1.5]])
    np.testing.assert_array_equal(ends[-2] + ends[-1], terms.sum(axis=0))


def test_discs_have_the_colours_of_true_values_and_the_map_those_of_answers(make_run: MakeRun) -> None:
    surface, plane = shown(Replay(make_run(**of_numbers(2))), "fit")
    targets = surface.view.targets
    np.testing.assert_allclose(surface.discs[0].get_facecolors(), heat_of(targets, surface.view.values))
    low, high = surface.view.values
    ramp = heat_of(np.array([low - 1, low, high, high + 1]), (low, high))
    np.testing.assert_array_equal(ramp[0], ramp[1])
    np.testing.assert_array_equal(ramp[2], ramp[3])
    assert ramp[1, :3].sum() < ramp[2, :3].sum()  # from dark to bright
    rgba = surface.map.colours(40, 40, 1.0)
    assert (rgba[..., 3] == 255).all()
    middle = surface.view.evaluation.at(2.0).evaluate(np.array([[0.0, 0.0]], "f4"))[0]
    x, y = (low + (high - low) / 2 for low, high in surface.plane.shown())
    centre = surface.view.evaluation.at(2.0).evaluate(np.array([[x, y]], "f4"))[0]
    np.testing.assert_allclose(rgba[20, 20] / 255, heat_of(centre, surface.view.values)[0], atol=0.1)
    assert np.isfinite(middle).all()
    residuals = plane.view.at(2.0).residuals
    red = plane.discs[0].get_facecolors()[:, 0] > plane.discs[0].get_facecolors()[:, 2]
    np.testing.assert_array_equal(red, residuals > 0)
    sizes = plane.discs[0].get_sizes()
    order = np.argsort(np.abs(np.clip(residuals, -plane.view.largest, plane.view.largest)))
    assert (np.diff(sizes[order]) >= 0).all()


def test_numbers_at_contours_stand_on_their_lines(make_run: MakeRun) -> None:
    (surface, _) = shown(Replay(make_run(**of_numbers(2))), "fit", 3.0)
    told = [text for text in surface.numbers if text.get_visible()]
    assert told
    for text in told:
        place = np.array([text.get_position()], "f4")
        answer = float(surface.view.evaluation.at(3.0).evaluate(place)[0, 0])
        assert answer == pytest.approx(float(text.get_text().replace("−", "-")), abs=0.02)


def test_samples_lie_at_their_true_value_and_prediction(make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(5)))
    (panel,) = shown(replay, "predicted")
    frame = panel.view.at(2.0)
    dots = panel.samples._sets[0].samples.dots[0]
    np.testing.assert_allclose(dots.get_xdata(), replay.recording.targets[:, 0])
    np.testing.assert_allclose(dots.get_ydata(), frame.predicted[:, 0])
    (panel,) = shown(replay, "residuals")
    dots = panel.samples._sets[1].samples.dots[0]
    np.testing.assert_allclose(dots.get_xdata(), panel.view.at(2.0).held_out.predicted[:, 0])
    np.testing.assert_allclose(dots.get_ydata(), panel.view.at(2.0).held_out.residuals[:, 0])


def test_several_targets_have_a_colour_and_a_name_each(make_run: MakeRun) -> None:
    described = DataDescription("red, blue")
    facts = {"units": (1, 4, 2), "data": (X, numbers(X, 2)), "described": described, **REGRESSION}
    curve, adding = shown(Replay(make_run(**facts)), "fit")
    assert [one.lines[1].get_color() for one in curve.curves] == [LIGHT.class_colour(n) for n in range(2)]
    assert len(curve.samples._sets[0].samples.dots) == 2
    assert isinstance(curve.names, KeyWords)
    assert adding.axes.get_title("left") == "What each hidden unit adds to red"


def test_the_line_of_errors_is_at_their_mean(make_run: MakeRun) -> None:
    (panel,) = shown(Replay(make_run(**of_numbers(2))), "errors")
    frame = panel.view.at(2.0)
    assert panel.mean.get_xdata()[0] == pytest.approx(np.clip(frame.mean, *panel.view.edges[[0, -1]]))
    assert "spread" in panel.told.get_text()


@pytest.mark.parametrize(
    ("trained", "held_out", "longest"),
    [
        (0.999, None, "R² 0.99"),
        (1.0, 0.5, "R² 1.00 · held out 0.50"),
        (-0.301, -123.0, "R² −0.31 · held out below −10"),
        (float("nan"), 0.5, "R² is undefined: the targets are constant"),
        (0.5, float("nan"), "R² 0.50"),
    ],
)
def test_r2_is_never_rounded_up_and_never_nan(trained: float, held_out: float | None, longest: str) -> None:
    forms = r2_forms(trained, held_out)
    assert forms[0] == longest
    assert [len(form) for form in forms] == sorted(map(len, forms), reverse=True)
    assert not any("nan" in form for form in forms)


def test_constant_targets_are_said_to_have_no_r2(make_run: MakeRun) -> None:
    facts = {"units": (1, 4, 1), "data": (X, np.full((30, 1), 7.0, np.float32)), **REGRESSION}
    curve, _ = shown(Replay(make_run(**facts)), "fit")
    assert curve.r2.words.get_text() == "R² is undefined: the targets are constant"
