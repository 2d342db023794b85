"""Clocks in titles: of axes, and of figures. What several panels share is in test_shared_clock.py."""

from __future__ import annotations

from typing import Any

import pytest
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.clocks import FigureClock, TitleClock
from replay.drawing.style import LIGHT
from tests.conftest import MakeRun


def test_on_axes_of_ones_own_the_title_names_the_epoch() -> None:
    axes = Figure().subplots()
    axes.set_title("Feature space", loc="left")
    clock = TitleClock(axes)
    for epoch, decimals, text in ((3, None, "3"), (3.5, None, "3.5"), (3, 1, "3.0")):
        clock.show(epoch, decimals)
        assert axes.get_title(loc="left") == f"Feature space · epoch {text}"
    assert clock.moving == [clock.text]
    clock.stop()
    assert axes.get_title(loc="left") == "Feature space"


def test_a_title_that_the_user_gives_later_is_kept() -> None:
    axes = Figure().subplots()
    axes.set_title("Feature space", loc="left")
    clock = TitleClock(axes)
    clock.show(1)
    axes.set_title("Mine", loc="left")
    clock.show(2)
    assert axes.get_title(loc="left") == "Mine · epoch 2"
    axes.set_title("Yours", loc="left")
    clock.stop()
    assert axes.get_title(loc="left") == "Yours"


def test_a_title_in_the_middle_does_not_lie_over_the_other() -> None:
    axes = Figure().subplots()
    clock = TitleClock(axes)
    axes.set_title("Mine", loc="center")
    clock.show(2)
    assert (axes.get_title(loc="left"), axes.get_title(loc="center")) == ("Mine · epoch 2", "")


def test_axes_without_a_title_show_the_epoch_alone() -> None:
    axes = Figure().subplots()
    TitleClock(axes).show(7)
    assert axes.get_title(loc="left") == "epoch 7"


@pytest.mark.parametrize("inches", [9.0, 4.0, 2.0])
def test_title_and_epoch_fit_above_their_axes(inches: float) -> None:
    axes = Figure(figsize=(inches, 3)).subplots()
    axes.set_title("Feature space of layer “hidden”", loc="left")
    clock = TitleClock(axes, widest_epoch=1000)
    for epoch in (0, 10, 1000):
        clock.show(epoch)
        assert clock.text.get_window_extent().width <= axes.bbox.width
        assert axes.get_title(loc="left").endswith(f"epoch {epoch}")
    clock.stop()
    assert clock.text.get_window_extent().width <= axes.bbox.width
    assert (axes.get_title(loc="left") == "Feature space of layer “hidden”") == (inches > 2)


def test_a_title_fits_the_axes_anew_when_their_size_changes() -> None:
    figure = Figure(figsize=(2, 3))
    axes = figure.subplots()
    axes.set_title("Feature space of layer “hidden”", loc="left")
    clock = TitleClock(axes)
    assert "…" in clock.text.get_text()
    figure.set_size_inches(9, 3)
    clock.show(1)
    assert axes.get_title(loc="left") == "Feature space of layer “hidden” · epoch 1"


def test_the_accuracy_leaves_room_for_the_epoch(make_run: MakeRun) -> None:
    replay = Replay(make_run(n_snapshots=12))
    for width in (2.5, 3.0, 3.5, 4.0, 5.0):
        axes = Figure(figsize=(2 * width, 3)).subplots(1, 2)
        composition = replay.build_probability_histogram(*axes)
        panel: Any = composition.panels[0]
        for epoch in (0, 11):
            composition.plot(epoch)
            if panel.share.get_text():
                title = composition.clock.moving[0].get_window_extent()
                assert title.x1 < panel.share.get_window_extent().x0


def test_the_title_of_a_figure_lies_above_its_axes() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.add_subplot()
    axes.set_title("Losses", loc="left")
    figure.tight_layout()
    clock = FigureClock(figure, "Mine", LIGHT, widest_epoch=10)
    box = axes.get_tightbbox()
    assert box is not None and box.y1 < clock.text.get_window_extent().y0
    clock.show(3)
    assert figure.get_suptitle() == "Mine · epoch 3"


@pytest.mark.parametrize("title", ["Mine", "A title that is much too long for a figure as small as this"])
def test_title_and_epoch_fit_into_the_figure(title: str) -> None:
    figure = Figure(figsize=(3, 3))
    clock = FigureClock(figure, title, LIGHT, widest_epoch=1000)
    for epoch in (0, 1000):
        clock.show(epoch)
        box = clock.text.get_window_extent()
        assert figure.bbox.x0 < box.x0 < box.x1 < figure.bbox.x1
        assert figure.get_suptitle().endswith(f" · epoch {epoch}")


def test_a_title_of_the_users_may_be_mathematics_and_a_layers_name_is_none() -> None:
    axes = Figure().subplots()
    axes.set_title(r"Layer “$\no$”", loc="left")
    clock = TitleClock(axes)
    assert not clock.text.get_parse_math()
    axes.set_title(r"$\sigma$", loc="left")
    clock.show(1)
    assert clock.text.get_parse_math()
    with LIGHT.applied():
        assert FigureClock(Figure(), r"$\sigma = 0.01$", LIGHT, widest_epoch=1).text.get_parse_math()
