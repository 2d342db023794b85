"""The histogram of losses, drawn."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator, NullLocator

from replay.panels.bars import Bars
from replay.panels.panel import Panel
from replay.style import Style
from replay.views.loss_histogram import LossHistogram


class LossHistogramPanel(Panel):
    """The spread of the loss over the samples."""

    def __init__(self, axes: Axes, view: LossHistogram, style: Style) -> None:
        super().__init__(axes, style)
        self.view = view
        axes.set_xscale("log")
        self.bars = Bars(axes, view.edges, view.highest, style.loss, style)
        axes.xaxis.set_major_locator(LogLocator(numticks=4))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: _decade_text(value))
        axes.set_title("Losses")
        axes.set_xlabel("loss of a sample")

    @property
    def moving(self) -> list[Artist]:
        """The bars."""
        return self.bars.moving

    def show(self, epoch: float) -> None:
        """Count at `epoch`."""
        self.bars.show(self.view.at(epoch))


def _decade_text(value: float) -> str:
    """A power of ten, short: 0.01 rather than 10⁻², but 10⁻⁴ rather than 0.0001."""
    if value >= 0.001:
        return f"{value:g}"
    exponent = str(round(math.log10(value))).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"10{exponent}"
