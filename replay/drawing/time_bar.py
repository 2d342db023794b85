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
        self._epochs = self._shares = np.zeros(0)

    @property
    def moving(self) -> list[Line2D]:
        """What is played, and the gaps and dots over it."""
        return [self.played, self._ticks, self._dots]

    def begin(self, moments: Sequence[float] | None) -> None:
        """Lay the bar out for a film that shows these moments, or put it away."""
        self._epochs, begins = np.unique(moments if moments is not None else [], return_index=True)
        self._shares = begins / max(1, len(moments or ()) - 1)
        if len(self._epochs) < 2:
            for line in (self._bar, *self.moving):
                line.set_data([], [])
            return
        self._place(self._bar, np.array([0.0, 1.0]))
        self._place(self._ticks, self._share_of(_round_epochs(self._epochs)))
        told = self._milestones[
            (self._milestones >= self._epochs[0]) & (self._milestones <= self._epochs[-1])
        ]
        self._place(self._dots, self._share_of(told))

    def show(self, epoch: float) -> None:
        """Show that the film is at `epoch`."""
        if len(self._epochs) > 1:
            self._place(self.played, np.array([0.0, self._share_of(np.array([epoch]))[0]]))

    def _share_of(self, epochs: Array) -> Array:
        return np.interp(epochs, self._epochs, self._shares)

    def _place(self, line: Line2D, shares: Array) -> None:
        left, right = self._ends
        line.set_data(left + (right - left) * shares, np.full(len(shares), self._height))


def _round_epochs(epochs: Array) -> Array:
    """Evenly spaced round epochs within, without the ends."""
    first, last = float(epochs[0]), float(epochs[-1])
    ticks = MaxNLocator(MOST_TICKS, steps=[1, 2, 5, 10]).tick_values(first, last)
    return np.array([tick for tick in ticks if first < tick < last])
