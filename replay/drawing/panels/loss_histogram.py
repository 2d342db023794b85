"""The panel of the loss histogram."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator, NullLocator

from replay.drawing.artists.bars import Bars
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.ticks import decade_text, number
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.runs.loss_words import loss_words
from replay.views.loss_histogram import LossHistogram


class LossHistogramPanel(Panel):
    """The histogram of the samples' losses. A bar that the axis cuts has its count beside it."""

    def __init__(self, axes: Axes, view: LossHistogram, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_xscale("log")
        self.bars = Bars(axes, view.edges, view.ceiling, style.loss, style)
        few_decades = view.edges[-1] < 100 * view.edges[0]
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 3) if few_decades else (1,), numticks=3))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(lambda value, _: decade_text(value))
        axes.set_title("Losses")
        axes.set_xlabel(f"{loss_words(view.evaluation.recording.description)} of a sample")

        self.cut = axes.text(0, 0.97, "", transform=axes.get_xaxis_transform(), va="top", color=style.muted)
        self.cut.set(zorder=5, path_effects=[withStroke(linewidth=3, foreground=style.background)])
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The bars, and the count of a cut bar."""
        return [*self.bars.moving, self.cut, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the histogram at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.bars.show(frame)
        counts = frame.right + frame.wrong
        tallest = int(counts.argmax())
        if counts[tallest] <= self.view.ceiling:
            self.cut.set_text("")
            return
        on_the_right = tallest * 2 > len(counts)
        count = number(counts[tallest])
        self.cut.set_text(f"{count} " if on_the_right else f" {count}")
        self.cut.set_horizontalalignment("right" if on_the_right else "left")
        self.cut.set_x(self.view.edges[tallest if on_the_right else tallest + 1])
