"""The panel of layer curves: one line per layer over the epochs, named at its end."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from replay.drawing.artists.end_labels import End, name_ends
from replay.drawing.artists.layer_names import layer_colours
from replay.drawing.artists.ticks import decade_text, short_numbers
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.language.percent import percent
from replay.types import Array
from replay.views.curves import Curve
from replay.views.layer_curves import LOGARITHMIC, PERCENT, LayerCurves

MAX_DECADES = 20.0  # of a logarithmic axis, below its largest value
DASHES: tuple[Any, ...] = ("-", (0, (2.2, 1.4)))  # plain, dashed
ABOVE = 4  # z-order above ticks, spines and leaders, as in frames, which draw moving artists last


class LayerCurvesPanel(Panel):
    """One line per layer, coloured by depth. Later epochs are faint.

    The names are right of the last epoch, in the order of the lines' ends, with thin leaders to them.
    """

    def __init__(self, axes: Axes, view: LayerCurves, style: Style) -> None:
        super().__init__(axes, view, style)
        self._colours = layer_colours(view.depths, style)
        self._scale_values()
        axes.set_title(str(view.title))
        axes.set_xlabel(say("epoch"))
        if view.target is not None:
            look: dict[str, Any] = {"color": style.muted, "linewidth": 1.4, "linestyle": (0, (1, 1.6))}
            axes.plot(view.limits, [view.target] * 2, zorder=1, **look)
        self.lines: list[tuple[Curve, Line2D, Line2D]] = []
        self._name_layers()
        for line in view.lines:
            self._add(replace(line.curve, values=self._drawn(line.curve.values)), line.layer, line.dashed)

    # Fixed parts

    def _scale_values(self) -> None:
        axes, curves = self.axes, self.view
        values = np.concatenate([each.values for each in (curves, *curves.others)])
        self._floor = -math.inf  # lines that would leave the axis stay here
        if curves.scale == PERCENT:
            axes.set_ylim(-0.03, 1.03)
            axes.set_yticks([0, 0.5, 1.0], [percent(share) for share in (0, 0.5, 1)])
        elif curves.scale == LOGARITHMIC:
            self._scale_decades(values)
        else:
            wanted = values if curves.target is None else np.append(values, curves.target)
            low, high = (float(wanted.min()), float(wanted.max())) if len(wanted) else (0.0, 1.0)
            margin = 0.06 * (high - low) or 0.5
            axes.set_ylim(low - margin, high + margin)
            whole = bool((wanted == np.round(wanted)).all())  # as counts are
            axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10], integer=whole))
            short_numbers(axes.yaxis)

    def _scale_decades(self, values: Array) -> None:
        """Set a logarithmic axis; a 0 is drawn at the bottom, with its own tick."""
        axes, target = self.axes, self.view.target
        positive = values[values > 0] if target is None else np.append(values[values > 0], target)
        low, high = (positive.min(), positive.max()) if len(positive) else (0.1, 1.0)
        top = math.log10(high)
        bottom = max(math.log10(low), top - MAX_DECADES)
        margin = max(0.06 * (top - bottom), 0.25)
        bottom, top = bottom - margin, top + margin
        ticks = decade_ticks(bottom, top)
        axes.set_yscale("log")
        hidden = bool((values < 10**bottom).any())
        if hidden:
            bottom -= 0.12 * (top - bottom)
        floor = self._floor = 10**bottom
        axes.set_ylim(floor, 10**top)
        axes.yaxis.set_major_locator(FixedLocator([floor, *ticks] if hidden else ticks))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(lambda value, _: "0" if value == floor else decade_text(value))

    def _name_layers(self) -> None:
        """Name the lines at their ends, and number the epochs up to the last."""
        axes, (first, last) = self.axes, self.view.limits
        heights = self._ends()
        ends = [
            End(str(name), self._colours[number], heights[number], leader=self._lasts(number))
            for number, name in enumerate(self.view.names)
        ]
        name_ends(axes, ends, self.view.limits, self.style)
        ticks = MaxNLocator(3, integer=True).tick_values(first, last)
        axes.xaxis.set_major_locator(FixedLocator([tick for tick in ticks if first <= tick <= last]))
        short_numbers(axes.xaxis)

    def _lasts(self, layer: int) -> bool:
        """Whether the layer has a value at the last snapshot, where a leader can start."""
        return any(line.layer == layer and np.isfinite(line.curve.values[-1]) for line in self.view.lines)

    def _ends(self) -> dict[int, float]:
        """The height of the end of each layer's first line, as a share of the axes."""
        low, high = self.axes.get_ylim()
        ends: dict[int, float] = {}
        for line in self.view.lines:
            finite = self._drawn(line.curve.values)
            finite = finite[np.isfinite(finite)]
            if line.layer not in ends:
                value = float(finite[-1]) if len(finite) else low
                if self.view.scale == LOGARITHMIC:
                    ends[line.layer] = math.log(value / low) / math.log(high / low)
                else:
                    ends[line.layer] = (value - low) / (high - low)
        return ends

    def _drawn(self, values: Array) -> Array:
        """The values as drawn: on a logarithmic axis, 0 is at the bottom."""
        return np.maximum(np.where(np.isfinite(values), values, np.nan), self._floor)

    def _add(self, curve: Curve, layer: int, dashed: bool) -> None:
        look: dict[str, Any] = {"color": self._colours[layer], "solid_capstyle": "round"}
        look |= {"linestyle": DASHES[dashed], "clip_on": False}
        self.axes.plot(curve.epochs, curve.values, linewidth=1.2, alpha=0.28, **look)
        width = 0.85 * self.style.curve_width
        (line,) = self.axes.plot([], [], linewidth=width, zorder=ABOVE, **look)
        (dot,) = self.axes.plot([], [], "o", color=self._colours[layer], markersize=5.5, zorder=ABOVE + 1)
        dot.set(markeredgecolor=self.style.background, clip_on=False)
        self.lines.append((curve, line, dot))

    # Moving parts

    @property
    def moving(self) -> list[Artist]:
        """The lines up to now, then the dots at their current values."""
        return [*(line for _, line, _ in self.lines), *(dot for _, _, dot in self.lines)]

    def show(self, epoch: float) -> None:
        """Draw the lines up to `epoch`."""
        for curve, line, dot in self.lines:
            epochs, values = curve.until(epoch)
            line.set_data(epochs, values)
            dot.set_data(epochs[-1:], values[-1:])


def decade_ticks(bottom: float, top: float) -> list[float]:
    """A few ticks for a logarithmic axis from 10^`bottom` to 10^`top`; a short axis gets 1-3 or 1-2-5."""
    step = max(1, math.ceil((top - bottom) / 4))
    powers = range(math.floor(bottom), math.ceil(top) + 1)
    ticks: list[float] = []
    for factors in ((1,), (1, 3), (1, 2, 5)):
        found = [factor * 10.0**power for power in powers if power % step == 0 for factor in factors]
        ticks = [tick for tick in found if 10**bottom <= tick <= 10**top]
        if len(ticks) > 1:
            break
    return ticks
