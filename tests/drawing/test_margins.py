"""Numbers at axes: none is cut, none lies on another, and axes are narrowed only where they must be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator

from replay.drawing.margins import fit_numbers
from replay.drawing.style import LIGHT
from tests.helpers.pictures import faults


@pytest.fixture(autouse=True)
def _in_style() -> Iterator[None]:
    with LIGHT.applied():
        yield


def fitted(figure: Figure, panels: list[Any] | None = None, moments: tuple[float, ...] = ()) -> None:
    fit_numbers(figure, panels or [], moments, FigureCanvasAgg(figure).get_renderer())


def two_axes(
    limits: tuple[float, float], width: float = 5.0, left: float = 0.08, gap: float = 0.12
) -> Figure:
    figure = Figure(figsize=(width, 3), dpi=80)
    for axes in figure.subplots(1, 2, gridspec_kw={"left": left, "right": 0.95, "wspace": gap}):
        axes.set_ylim(limits)
        axes.set_xlim(0, 1)
    return figure


@pytest.mark.parametrize("limits", [(-20_000, 20_000), (0, 0.00005), (-1.5e6, 0)])
def test_margins_hold_the_widest_numbers(limits: tuple[float, float]) -> None:
    figure = two_axes(limits)
    assert faults(figure, LIGHT) != []
    fitted(figure)
    assert faults(figure, LIGHT) == []


def test_margins_that_are_wide_enough_stay_as_they_are() -> None:
    figure = two_axes((0, 9), left=0.12, gap=0.5)
    before = [axes.get_position().bounds for axes in figure.axes]
    fitted(figure)
    assert [axes.get_position().bounds for axes in figure.axes] == before


def test_axes_that_share_a_place_are_moved_together() -> None:
    figure = two_axes((-20_000, 0))
    twin = figure.axes[0].twinx()
    twin.set_ylim(0, 30_000)
    fitted(figure)
    assert twin.get_position().bounds == figure.axes[0].get_position().bounds
    assert figure.axes[1].get_position().x0 > figure.axes[0].get_position().x1


@pytest.mark.parametrize(
    ("scale", "locator"), [("linear", MaxNLocator(9)), ("log", LogLocator(subs=range(1, 10)))]
)
def test_numbers_that_would_overlap_are_left_out(scale: Any, locator: Any) -> None:
    figure = Figure(figsize=(2, 2), dpi=80)
    axes = figure.subplots(gridspec_kw={"left": 0.3, "bottom": 0.3})
    axes.set_xscale(scale)
    axes.set_xlim(1.5, 9.7)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.3f}")
    axes.set_yticks([])
    assert any("lies on" in fault for fault in faults(figure, LIGHT))
    fitted(figure)
    assert faults(figure, LIGHT) == []
    shown = [label for label in axes.get_xticklabels() if label.get_text()]
    assert shown and all(float(label.get_text()) == pytest.approx(label.get_position()[0]) for label in shown)


class Growing:
    """A panel whose numbers become long."""

    def __init__(self, figure: Figure) -> None:
        self.axes = figure.axes[0]
        self.moving = [self.axes.yaxis]

    def show(self, epoch: float) -> None:
        self.axes.set_ylim(-(10**epoch), 10**epoch)


def test_numbers_of_every_moment_have_room() -> None:
    figure = two_axes((0, 1))
    panel = Growing(figure)
    moments = tuple(np.linspace(0, 6, 5).tolist())
    fitted(figure, [panel], moments)
    for epoch in moments:
        panel.show(epoch)
        assert faults(figure, LIGHT) == []
