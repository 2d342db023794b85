"""A step, drawn: arrows end at the samples, discs are as large as shares, words say how few push."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.artists.arrows import MOST
from replay.drawing.artists.pushes import EVEN, LARGEST, Pushes
from replay.drawing.panels.step import StepPanel
from replay.drawing.style import DARK, LIGHT
from replay.film.frames import drawn_frames
from replay.views.step import Step
from tests.helpers.pictures import faults


def test_arrows_end_where_the_samples_are_after_the_step(make_run: Any) -> None:
    panel: Any = StepPanel(Figure().subplots(), Step(Replay(make_run()).evaluation), LIGHT)
    panel.show(3)
    frame, quiver = panel.view.at(3), panel.arrows.quiver
    chosen = panel.arrows._chosen
    np.testing.assert_allclose(
        quiver.XY + np.column_stack([quiver.U, quiver.V]), frame.end[chosen], atol=1e-5
    )
    lengths = np.hypot(quiver.U, quiver.V)
    moved = np.hypot(*(frame.end - frame.start)[chosen].T)
    np.testing.assert_allclose(lengths, frame.times * moved, rtol=1e-4, atol=1e-6)


def test_of_many_samples_always_the_same_have_arrows_of_each_class(make_run: Any) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(1000, 2)).astype(np.float32), (np.arange(1000) >= 900).astype(int)
    panel: Any = StepPanel(Figure().subplots(), Step(Replay(make_run(data=(x, y))).evaluation), LIGHT)
    chosen = panel.arrows._chosen
    assert len(chosen) == MOST and 0.05 < y[chosen].mean() < 0.15


def test_the_area_of_a_disc_is_the_share_of_its_sample() -> None:
    axes = Figure().subplots()
    pushes: Any = Pushes(axes, np.array([0, 1, 0, 1]), 4, LIGHT)
    shares = np.array([0.5, 0.3, 0.2, 0.0])
    pushes.show(np.arange(8).reshape(4, 2).astype(float), shares)
    np.testing.assert_array_equal(pushes.discs.get_offsets(), [[0, 1], [2, 3]])  # those above an even share
    np.testing.assert_allclose(pushes.discs.get_sizes(), (EVEN * LIGHT.marker) ** 2 * 4 * shares[:2])
    shares = np.array([1.0, 0, 0, np.nan])
    many: Any = Pushes(axes, None, 1000, LIGHT)
    many.show(np.zeros((1000, 2)), np.r_[shares, np.zeros(996)])
    np.testing.assert_allclose(many.discs.get_sizes(), [(LARGEST * LIGHT.marker) ** 2])


def test_words_say_how_few_samples_make_half_of_the_gradient(make_run: Any) -> None:
    view = Step(Replay(make_run()).evaluation)
    told = []
    for width in (6, 2.2, 0.4):
        panel: Any = StepPanel(Figure(figsize=(width, 4)).subplots(), view, LIGHT)
        panel.show(2)
        told.append(panel.words.get_text())
    half = view.at(2).half
    assert told[0].startswith(f"{half} of 60 samples make half of the gradient")
    assert told[1] == f"half of it: {half} of 60" and told[2] == ""


@pytest.mark.parametrize("size", [(1440, 720), (480, 480)])
def test_it_stands_beside_the_network(make_run: Any, size: tuple[int, int]) -> None:
    composition = Replay(make_run(units=(2, 4, 2, 1)), style=DARK).view("step", size=size)
    assert [type(panel).__name__ for panel in composition.panels] == ["StepPanel", "NetworkPanel"]
    composition.plot(2)
    assert faults(composition.figure, composition.style) == []


def test_regressions_and_many_samples_have_steps(make_run: Any) -> None:
    x = np.random.default_rng(0).normal(size=(6000, 2)).astype(np.float32)
    facts = {"output_activation": "linear", "loss": "mean_squared_error", "data": (x, x[:, 0])}
    composition = Replay(make_run(**facts)).view("step", size=(480, 270))
    first, other, again = (frame.copy() for frame in drawn_frames(composition, [3.0, 1.0, 3.0]))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_arrows_are_as_thick_at_half_the_resolution(make_run: Any) -> None:
    """As a GIF has it: at half the size, a frame looks as one of a whole that was made smaller."""
    composition = Replay(make_run()).view("step", size=(960, 540))
    large, small = (
        next(drawn_frames(composition, [3.0], dpi=dpi)).astype(float)[..., :3]
        for dpi in (composition.figure.dpi, composition.figure.dpi / 2)
    )
    shrunk = large[: 2 * len(small)].reshape(len(small), 2, small.shape[1], 2, 3).mean(axis=(1, 3))
    dark = [(image.min(axis=-1) < 120).mean() for image in (shrunk, small)]
    assert dark[1] == pytest.approx(dark[0], rel=0.25)
