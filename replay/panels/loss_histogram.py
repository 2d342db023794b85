"""The histogram of losses, drawn."""

from __future__ import annotations

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
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.set_title("Loss of each sample")
        axes.set_xlabel("loss")

    @property
    def moving(self) -> list[Artist]:
        """The bars."""
        return self.bars.moving

    def show(self, epoch: float) -> None:
        """Count at `epoch`."""
        self.bars.show(self.view.at(epoch))
