"""The panel of the loss histogram."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from replay.drawing.artists.bars import Bars, Tops, label_values
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.ticks import decade_text, number, short_numbers
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import in_this_language, say
from replay.language.percent import percent
from replay.runs.loss_words import loss_words
from replay.views.loss_histogram import LossHistogram
from replay.views.shared.histogram import HistogramFrame


class LossHistogramPanel(Panel):
    """The histogram of the samples' losses. A bar that the axis cuts has its count beside it."""

    def __init__(self, axes: Axes, view: LossHistogram, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_xscale("log" if view.logarithmic else "linear")
        held_out = view.held_out
        tops = None if held_out is None else Tops(view.highest_share, held_out.highest_share)
        self.bars = Bars(axes, view.edges, view.ceiling, style.loss, style, tops)
        self._set_ticks()
        axes.set_title(say("Losses"))
        words = loss_words(view.evaluation.recording.description)
        label_values(axes, say("{loss} of a sample", loss=words), self.bars, style, shorter=words)
        self.cut = self._words_of_cut(0.97, "top")
        self.cut_below = self._words_of_cut(0.03, "bottom")
        self.finite = LastFinite(axes, view.evaluation, style)

    def _set_ticks(self) -> None:
        axis, edges = self.axes.xaxis, self.view.edges
        if not self.view.logarithmic:
            axis.set_major_locator(MaxNLocator(3))
            short_numbers(axis)
            return
        few_decades = edges[-1] < 100 * edges[0]
        axis.set_major_locator(LogLocator(subs=(1, 3) if few_decades else (1,), numticks=3))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(in_this_language(lambda value, _: decade_text(value)))

    @property
    def moving(self) -> list[Artist]:
        """The bars, and the count of a cut bar."""
        below = [] if self.view.held_out is None else [self.cut_below]
        return [*self.bars.moving, self.cut, *below, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the histogram at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.bars.show(frame)
        self._tell_cut(self.cut, self.view, frame)
        if frame.held_out is not None:
            self._tell_cut(self.cut_below, self.view.held_out, frame.held_out)

    def _words_of_cut(self, height: float, side: str) -> Text:
        """Empty words at this height, a share of that of the axes."""
        place, colour = self.axes.get_xaxis_transform(), self.style.muted
        words = self.axes.text(0, height, "", transform=place, verticalalignment=side, color=colour)
        words.set(zorder=5, path_effects=[withStroke(linewidth=3, foreground=self.style.background)])
        return words

    def _tell_cut(self, words: Text, view: LossHistogram, frame: HistogramFrame) -> None:
        """Put the count or the share of a bar that the axis cuts beside it."""
        counts = frame.right + frame.wrong
        tallest = int(counts.argmax())
        if counts[tallest] <= view.ceiling:
            words.set_text("")
            return
        on_the_right = tallest * 2 > len(counts)
        shares = self.view.held_out is not None
        count = percent(counts[tallest] / frame.n_samples) if shares else number(counts[tallest])
        words.set_text(f"{count} " if on_the_right else f" {count}")
        words.set_horizontalalignment("right" if on_the_right else "left")
        words.set_x(view.edges[tallest if on_the_right else tallest + 1])
