"""One logged quantity of several runs, drawn up to the moment that is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.panels.loss_and_metric import vertical_limits
from replay.panels.panel import Panel
from replay.panels.ticks import short_numbers
from replay.style import Style
from replay.views.curves import Curve

DASHES = ("-", (0, (2.2, 1.4)))  # training, validation
LONGEST_LEGEND = 4  # names below one another


class RunCurvesPanel(Panel):
    """The curves of each run in its colour, validation dashed. The future stays faint.

    `runs` holds, for each run, its curve and, where it was recorded, that of the validation; none for a run
    that did not log the quantity. `limits` are those of the epochs.
    """

    def __init__(
        self,
        axes: Axes,
        title: str,
        runs: Sequence[Sequence[Curve]],
        limits: tuple[float, float],
        style: Style,
    ) -> None:
        super().__init__(axes, style)
        axes.set_xlim(limits)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        short_numbers(axes.xaxis, limits[1])
        axes.set_title(title)
        self.curves: list[tuple[Curve, Line2D, Line2D]] = []
        for number, curves in enumerate(runs):
            for curve, dashes in zip(curves, DASHES, strict=False):
                self._add(curve, dashes, number)
        low, high = vertical_limits([curve for curve, _, _ in self.curves])
        axes.set_ylim(low, high)
        short_numbers(axes.yaxis, max(abs(low), abs(high)))
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))

    def _add(self, curve: Curve, dashes: Any, number: int) -> None:
        colour, marker = self.style.run_colour(number), self.style.run_marker(number)
        look: dict[str, Any] = {"color": colour, "solid_capstyle": "round", "linestyle": dashes}
        self.axes.plot(curve.epochs, curve.values, linewidth=1.2, alpha=0.28, **look)
        (line,) = self.axes.plot([], [], linewidth=self.style.curve_width, **look)
        (dot,) = self.axes.plot([], [], marker, color=colour, markersize=7.5)
        dot.set(markeredgecolor=self.style.background, clip_on=False)
        self.curves.append((curve, line, dot))

    def name_runs(self, names: Sequence[str]) -> None:
        """Say in a legend which run has which colour and marker, where nothing else on the figure does."""
        handles = [
            Line2D([], [], marker=self.style.run_marker(number), color=self.style.run_colour(number))
            for number in range(len(names))
        ]
        self.axes.legend(handles, names, loc="upper right", ncols=1 if len(names) <= LONGEST_LEGEND else 2)

    @property
    def moving(self) -> list[Artist]:
        """The curves' past, then their present values."""
        return [*(line for _, line, _ in self.curves), *(dot for _, _, dot in self.curves)]

    def show(self, epoch: float) -> None:
        """Draw the curves up to `epoch`."""
        for curve, line, dot in self.curves:
            epochs, values = curve.until(epoch)
            line.set_data(epochs, values)
            dot.set_data(epochs[-1:], values[-1:])
