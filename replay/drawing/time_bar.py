"""A thin bar beneath a film: how far it is, and how its time is dealt out to epochs and milestones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.drawing.style import Style
from replay.types import Array

HEIGHT = 0.06  # inches from the bottom of the figure
WIDTH = 3.0  # points
TICK, DOT = 1.6, 5.0  # points
MOST_TICKS = 10


class TimeBar:
    """The bar of a film from left to right, in shares of the figure's width; a still has none.

    Gaps are at round epochs, evenly spaced ones, so that a stretch that takes long is seen to be long. Dots
    are at `milestones`.
    """

    def __init__(
        self, figure: Figure, left: float, right: float, milestones: Sequence[float], style: Style
    ) -> None:
        self._ends, self._milestones = (left, right), np.asarray(milestones, dtype=float)
        height = HEIGHT / figure.get_figheight()
        looks: Sequence[dict[str, Any]] = (
            {"color": style.faint, "linewidth": WIDTH},
            {"color": style.muted, "linewidth": WIDTH},
            {"color": style.background, "linestyle": "", "marker": "|", "markersize": 2 * WIDTH},
            {"color": style.ink, "linestyle": "", "marker": "o", "markersize": DOT},
        )
        common: dict[str, Any] = {
            "transform": figure.transFigure,
            "solid_capstyle": "butt",
            "markeredgewidth": TICK,
        }
        self._bar, self.played, self._ticks, self._dots = (Line2D([], [], **common, **look) for look in looks)
        for line in (self._bar, *self.moving):
            figure.add_artist(line)
        self._height = height
        self._moments = np.zeros(0)

    @property
    def moving(self) -> list[Line2D]:
        """What is played, and the gaps and dots over it."""
        return [self.played, self._ticks, self._dots]

    def begin(self, moments: Sequence[float] | None) -> None:
        """Lay the bar out for a film that shows these moments, or put it away."""
        self._moments = np.asarray(moments if moments is not None else [], dtype=float)
        if not self._moves:
            for line in (self._bar, *self.moving):
                line.set_data([], [])
            return
        self._place(self._bar, np.array([0.0, 1.0]))
        first, last = self._moments[[0, -1]]
        self._place(self._ticks, self._share_of(_round_epochs(first, last)))
        told = self._milestones[(self._milestones >= first) & (self._milestones <= last)]
        self._place(self._dots, self._share_of(told))

    def show(self, epoch: float) -> None:
        """Show that the film is at `epoch`."""
        if self._moves:
            self._place(self.played, np.array([0.0, self._share_of(np.array([epoch]))[0]]))

    @property
    def _moves(self) -> bool:
        return bool(len(self._moments) and self._moments[0] < self._moments[-1])

    def _share_of(self, epochs: Array) -> Array:
        """The share of the film that is over when it comes to these epochs; the last of them ends it."""
        n = len(self._moments)
        between = np.interp(epochs, self._moments, np.arange(n))  # counts from the end of a stop
        frames = np.minimum(between, np.searchsorted(self._moments, epochs))
        return np.where(epochs < self._moments[-1], frames / (n - 1), 1.0)

    def _place(self, line: Line2D, shares: Array) -> None:
        left, right = self._ends
        line.set_data(left + (right - left) * shares, np.full(len(shares), self._height))


def _round_epochs(first: float, last: float) -> Array:
    """Evenly spaced round epochs between these."""
    ticks = MaxNLocator(MOST_TICKS, steps=[1, 2, 5, 10]).tick_values(first, last)
    return np.array([tick for tick in ticks if first < tick < last])
