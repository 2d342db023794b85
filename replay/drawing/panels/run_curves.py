"""The panel of one logged quantity of several runs, with the legend of the runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.ticks import short_numbers
from replay.drawing.panels.curves import SHARES, vertical_limits
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.views.curves import Curve
from replay.views.shared.geometry import drawable

DASHES = ("-", (0, (2.2, 1.4)))  # training, validation
MAX_MARKED = 20  # epochs; shorter curves have a marker at each point
LONGEST_NAME = 40
SHARE_MARGIN = 0.06  # of the range of a share, below and above it


def value_limits(curves: Sequence[Curve]) -> tuple[float, float]:
    """Limits around the logged values: a loss starts at 0; a share goes from its lowest value up to 1.

    Otherwise runs that are all close to 1 could not be told apart.
    """
    values = drawable(np.concatenate([curve.values for curve in curves])) if curves else np.zeros(0)
    if not len(values):
        return (0.0, 1.0)
    low = float(values.min())
    if not is_share(curves[0].name) or low < 0 or values.max() > 1 or low == 1:
        return vertical_limits(list(curves))
    margin = SHARE_MARGIN * (1 - low)
    return (low - margin, 1 + margin)


def is_share(name: str) -> bool:
    """Whether a metric with this name is between 0 and 1, with 1 the best."""
    return any(part in name for part in SHARES)


def legend_of_runs(
    figure: Figure, names: Sequence[str], style: Style, place: tuple[float, float], room: float
) -> Legend:
    """The legend of the runs' colours and markers, above the curves.

    Its upper left corner is at `place`, in shares of the figure; it has as many columns as fit into `room`
    inches.
    """
    handles = [
        Line2D([], [], marker=style.run_marker(number), color=style.run_colour(number), markersize=7.5)
        for number in range(len(names))
    ]
    labels = [name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…" for name in names]
    for columns in range(len(names), 0, -1):
        legend = figure.legend(
            _by_rows(handles, columns),
            _by_rows(labels, columns),
            loc="upper left",
            bbox_to_anchor=place,
            ncols=columns,
            borderpad=0,
            borderaxespad=0,
            columnspacing=1.6,
            handletextpad=0.5,
            labelcolor=style.muted,
        )
        if columns == 1 or legend.get_window_extent().width <= room * figure.dpi:
            break
        legend.remove()
    return legend


def _by_rows(items: Sequence[Any], columns: int) -> list[Any]:
    """Reorder items so that matplotlib, which fills columns first, shows them row by row."""
    return [item for column in range(columns) for item in items[column::columns]]


class RunCurvesPanel(Panel):
    """The curves of each run in its colour, validation dashed. Later epochs are faint.

    `runs` holds each run's curve and, if recorded, its validation curve; it is empty for a run that did not
    log the quantity. `limits` are the first and last epoch.
    """

    def __init__(
        self,
        axes: Axes,
        title: str,
        runs: Sequence[Sequence[Curve]],
        limits: tuple[float, float],
        style: Style,
    ) -> None:
        super().__init__(axes, runs, style)
        axes.set_xlim(limits)
        validated = any(len(curves) > 1 for curves in runs)
        axes.set_xlabel("epoch (validation dashed)" if validated else "epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        short_numbers(axes.xaxis, limits[1])
        axes.set_title(title)
        self.curves: list[tuple[Curve, Line2D, Line2D]] = []
        for number, curves in enumerate(runs):
            for curve, dashes in zip(curves, DASHES, strict=False):
                self._add(curve, dashes, number)
        low, high = value_limits([curve for curve, _, _ in self.curves])
        axes.set_ylim(low, high)
        short_numbers(axes.yaxis, max(abs(low), abs(high)))
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))

    def _add(self, curve: Curve, dashes: Any, number: int) -> None:
        colour, marker = self.style.run_colour(number), self.style.run_marker(number)
        look: dict[str, Any] = {"color": colour, "solid_capstyle": "round", "linestyle": dashes}
        if len(curve.epochs) <= MAX_MARKED:
            look |= {"marker": "o", "markersize": 2.2 * self.style.curve_width, "markeredgewidth": 0}
        self.axes.plot(curve.epochs, curve.values, linewidth=1.2, alpha=0.28, **look)
        (line,) = self.axes.plot([], [], linewidth=self.style.curve_width, **look)
        (dot,) = self.axes.plot([], [], marker, color=colour, markersize=7.5)
        dot.set(markeredgecolor=self.style.background, clip_on=False)
        self.curves.append((curve, line, dot))

    @property
    def moving(self) -> list[Artist]:
        """The curves up to now, then the dots at their current values."""
        return [*(line for _, line, _ in self.curves), *(dot for _, _, dot in self.curves)]

    def show(self, epoch: float) -> None:
        """Draw the curves up to `epoch`."""
        for curve, line, dot in self.curves:
            epochs, values = curve.until(epoch)
            line.set_data(epochs, values)
            dot.set_data(epochs[-1:], values[-1:])
