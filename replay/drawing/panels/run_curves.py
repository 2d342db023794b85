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
from matplotlib.ticker import FixedLocator, MaxNLocator

from replay.drawing.artists.end_labels import End, name_ends
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.short_names import told_apart
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.identity import Look
from replay.drawing.panels.curves import SHARES, may_leave, vertical_limits
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.views.curves import Curve
from replay.views.shared.geometry import drawable

WIDTHS = (1.0, 0.45)  # of training and validation, as multiples of the style's width of curves
MAX_MARKED = 20  # epochs; shorter curves have a marker at each point
LONGEST_NAME = 40
NOW = 9.0  # points, the height of the mark at the end of a curve
SAMPLE = 2.6  # the length of a line in the legend, as a multiple of the font size
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
    figure: Figure,
    names: Sequence[str],
    looks: Sequence[Look],
    style: Style,
    place: tuple[float, float],
    room: float,
) -> Legend:
    """The legend of the runs' colours and line styles, above the curves.

    Its upper left corner is at `place`, in shares of the figure; it has as many columns as fit into `room`
    inches.
    """
    handles = [
        Line2D([], [], color=look.colour, linestyle=look.dashes, linewidth=style.curve_width)
        for look in looks
    ]
    labels = told_apart(names, lambda name: len(name) <= LONGEST_NAME)
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
            handlelength=SAMPLE,
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
    """The curves of each run in its look, validation thin. Later epochs are faint.

    `runs` holds each run's curve and, if recorded, its validation curve; it is empty for a run that did not
    log the quantity. `looks` are those of the runs. `limits` are the first and last epoch. With `names`, they
    stand at the ends of the curves. The vertical axis is labelled with `quantity`.
    """

    def __init__(
        self,
        axes: Axes,
        title: str,
        runs: Sequence[Sequence[Curve]],
        looks: Sequence[Look],
        limits: tuple[float, float],
        style: Style,
        names: Sequence[str] = (),
        quantity: str = "",
    ) -> None:
        super().__init__(axes, runs, style)
        axes.set_xlim(limits)
        validated = any(len(curves) > 1 for curves in runs)
        axes.set_xlabel(say("epoch (held out thin)") if validated else say("epoch"))
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        short_numbers(axes.xaxis)
        axes.set_title(title)
        label_where_room(axes.yaxis, quantity, style)
        self.curves: list[tuple[Curve, Line2D, Line2D]] = []
        for look, curves in sorted(zip(looks, runs, strict=True), key=_ends, reverse=True):
            for curve, width in zip(curves, WIDTHS, strict=False):
                self._add(curve, look, width * style.curve_width)
        low, high = value_limits([curve for curve, _, _ in self.curves])
        axes.set_ylim(low, high)
        short_numbers(axes.yaxis)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        if names:
            self._name_runs(runs, looks, names, limits)

    def _name_runs(
        self,
        runs: Sequence[Sequence[Curve]],
        looks: Sequence[Look],
        names: Sequence[str],
        limits: tuple[float, float],
    ) -> None:
        """Name the runs at the ends of their curves, and number the epochs up to the last."""
        low, high = self.axes.get_ylim()
        ends = []
        for curves, look, name in zip(runs, looks, names, strict=True):
            values = drawable(curves[0].values) if curves else np.zeros(0)
            height = (float(values[-1]) - low) / (high - low) if len(values) else 0.0
            lasts = bool(curves) and curves[0].epochs[-1:] == limits[1]
            ends.append(End(name, look.colour, height, look.dashes, leader=bool(lasts)))
        name_ends(self.axes, ends, limits, self.style)
        ticks = MaxNLocator(4, integer=True).tick_values(*limits)
        self.axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if tick <= limits[1]]))

    def _add(self, curve: Curve, run: Look, width: float) -> None:
        mark: dict[str, Any] = {"marker": self.style.run_marker, "markeredgewidth": 1.6, "color": run.colour}
        look: dict[str, Any] = {"color": run.colour, "linestyle": run.dashes, "dash_capstyle": "butt"}
        if len(curve.epochs) <= MAX_MARKED:
            look |= {**mark, "markersize": NOW / 2}
        self.axes.plot(curve.epochs, curve.values, linewidth=min(width, 1.2), alpha=0.28, **look)
        (line,) = self.axes.plot([], [], linewidth=width, **look)
        (now,) = self.axes.plot([], [], linestyle="", markersize=NOW, clip_on=may_leave(curve), **mark)
        self.curves.append((curve, line, now))

    @property
    def moving(self) -> list[Artist]:
        """The curves up to now, then the marks at their current values."""
        return [*(line for _, line, _ in self.curves), *(now for _, _, now in self.curves)]

    def show(self, epoch: float) -> None:
        """Draw the curves up to `epoch`."""
        for curve, line, now in self.curves:
            epochs, values = curve.until(epoch)
            line.set_data(epochs, values)
            now.set_data(epochs[-1:], values[-1:])


def _ends(run: tuple[Look, Sequence[Curve]]) -> float:
    """The epoch that a run's curve ends at: one that ended early may lie on another, and is drawn over it."""
    return max((float(curve.epochs[-1]) for curve in run[1] if len(curve.epochs)), default=0.0)
