"""The panel of calibration: how often a probability came true, against the diagonal where it is as told."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import FixedLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.many_words import ManyWords, Word
from replay.drawing.artists.short_names import around_name
from replay.drawing.artists.words import beside_title, needed_beside
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import in_numbers, in_this_language, say
from replay.language.percent import percent
from replay.views.calibration import Calibration, CalibrationFrame

BARS = 0.16  # of the axes, below the diagram, for the counts
FLOOR = -0.28  # the bottom of the counts; the diagram begins at 0
SMALL, LARGE = 1.4, 4.2  # of the size of samples, a bin's dot
FEWEST = 5  # samples of a bin that the line goes through: fewer are chance
ROOMY = 3.2  # inches, from which on counts have numbers


class CalibrationPanel(Panel):
    """A dot for each bin, as large as its share of the samples, and its distance from the diagonal.

    Of answers, dots below the diagonal are too sure, those above not sure enough. Held-out samples are hollow
    dots. The line goes through the bins of the larger of both sets, whose counts are beneath.
    """

    def __init__(self, axes: Axes, view: Calibration, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set(xlim=(-0.02, 1.02), ylim=(FLOOR, 1.03))
        for side in (axes.xaxis, axes.yaxis):
            side.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
            side.set_major_formatter(in_this_language(lambda share, _: percent(share)))
        for axis, words in zip((axes.xaxis, axes.yaxis), self._told(), strict=True):
            axis.set_label_text(words, fontsize=style.size_tick, color=style.muted)
        axes.plot([0, 1], [0, 1], color=style.muted, linewidth=1.2, linestyle=(0, (3, 2)), zorder=1)
        axes.axhline(0, color=style.faint, linewidth=1, zorder=1)
        size = 0.85 * style.size_tick
        # A probability of 20 % that comes true in 50 % is too sure of the other class.
        above, below = say("more often than told"), say("less often than told")
        if view.of_answers:
            above, below = say("not sure enough"), say("too sure")
        axes.text(0.02, 0.985, above, color=style.muted, fontsize=size, va="top")
        axes.text(0.98, 0.03, below, color=style.muted, fontsize=size, ha="right", va="bottom")
        self.gaps = LineCollection([], colors=style.error, linewidths=2.0, alpha=0.8, zorder=2)
        axes.add_collection(self.gaps, autolim=False)
        colour = style.metric
        (self.line,) = axes.plot([], [], color=colour, linewidth=0.6 * style.curve_width, zorder=2.5)
        self.dots = axes.scatter([], [], color=colour, edgecolor=style.background, zorder=4, clip_on=False)
        look: dict[str, Any] = {"facecolor": style.paper, "edgecolor": colour, "linewidth": 1.2, "zorder": 3}
        self.held_out = axes.scatter([], [], clip_on=False, **look)
        self.bars = axes.bar(
            (view.edges[1:] + view.edges[:-1]) / 2, 0, 0.086, FLOOR, color=style.muted, alpha=0.55, zorder=1
        )
        self.counts = ManyWords(axes, 0.72 * style.size_tick, 3)
        self.error = beside_title(axes, style)
        self.error.set_color(style.error)
        axes.add_artist(self.error)
        self._set_title()
        self._numbered = size_in_inches(axes)[0] >= ROOMY
        self.finite = LastFinite(axes, view.evaluation, style)

    def _set_title(self) -> None:
        """The longest title, and words for the gaps beside it, that have room."""
        full = say("Calibration: does 80% come true in 80%?"), say("Calibration: told and true")
        of_held_out = None if self.view.evaluation.held_out is None else 1.0
        for self._in_short in (False, True):
            widest = self._gaps_in_words(1.0, of_held_out)
            for title in (*full, say("Calibration")):
                text = self.axes.set_title(title)
                if needed_beside(text, self.error, widest, self.style) <= size_in_inches(self.axes)[0]:
                    return

    def _gaps_in_words(self, gap: float, of_held_out: float | None) -> str:
        """The mean gap of the samples, and of the held-out ones, in words or in short."""
        if of_held_out is None:
            return say("mean gap {share}", share=_share(gap))
        shares = {"trained": _share(gap), "held_out": _share(of_held_out)}
        if self._in_short:
            return say("gap ● {trained} ○ {held_out}", **shares)
        return say("mean gap ● {trained} · held out ○ {held_out}", **shares)

    def _told(self) -> list[str]:
        """What the axes are: the probability, and how often it comes true."""
        if self.view.of_answers:
            return [say("probability of the answer"), say("share that is right")]
        name, size = self.view.evaluation.names.word(1), self.style.size_tick
        width, height = size_in_inches(self.axes)
        return [
            around_name(lambda some: say("probability of {name}", name=some), name, width, size, self.style),
            around_name(lambda some: say("share that is {name}", name=some), name, height, size, self.style),
        ]

    @property
    def moving(self) -> list[Artist]:
        """The counts, the gaps, the dots, the error."""
        dots = [self.gaps, self.line, self.held_out, self.dots]
        return [*self.bars, self.counts, *dots, self.error, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the bins at `epoch`."""
        moment = self.finite.moment(epoch)
        frame, held_out = self.view.at(moment), self.view.held_out_at(moment)
        there = frame.counts > 0
        points = np.column_stack([frame.mean, frame.share])[there]
        larger = frame if held_out is None or held_out.counts.sum() <= frame.counts.sum() else held_out
        along = np.column_stack([larger.mean, larger.share])[larger.counts >= FEWEST]
        self.gaps.set_segments([np.array([(x, x), (x, y)]) for x, y in along])
        self.line.set_data(*along.T)
        self.dots.set_offsets(points)
        self.dots.set_sizes(self._sizes(frame)[there])
        if held_out is not None:
            of_it = held_out.counts > 0
            self.held_out.set_offsets(np.column_stack([held_out.mean, held_out.share])[of_it])
            self.held_out.set_sizes(self._sizes(held_out)[of_it])
        self._count(larger)
        self.error.set_text(self._gaps_in_words(frame.error, None if held_out is None else held_out.error))

    def _sizes(self, frame: CalibrationFrame) -> Any:
        """Areas of the dots in square points."""
        share = np.sqrt(frame.counts / max(1, frame.counts.max()))
        return (self.style.marker * (SMALL + (LARGE - SMALL) * share)) ** 2

    def _count(self, frame: CalibrationFrame) -> None:
        highest = max(1, int(frame.counts.max()))
        words = []
        for bar, count in zip(self.bars, frame.counts, strict=True):
            bar.set_height(BARS * count / highest)
            if count and self._numbered:
                at = FLOOR + BARS * count / highest + 0.035
                words.append(
                    Word(bar.get_x() + bar.get_width() / 2, at, in_numbers(f"{count:,}"), self.style.muted)
                )
        self.counts.show(words)


def _share(error: float) -> str:
    return in_numbers(f"{error:.1%}") if np.isfinite(error) else "NaN"
