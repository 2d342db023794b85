"""The panels of a cut-off: histograms of the probability with the cut-off, and precision and recall."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator

from replay.drawing.artists.half import Half
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import around_name, in_the_middle
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.language.percent import percent
from replay.views.threshold import Counts, PrecisionRecall, Threshold, ThresholdFrame

LANE = 0.2  # of a half of the histograms, above and below them, for words
TOP, LOWEST = 1.3, -0.03  # of the curves' axis: words stand above 1
ROW = 1.15
BESIDE = -0.62  # where the cut-off has its number: bars of class 0 are low far from 0
HALO = 3.0
SIZES = (0.9, 0.78, 0.68)  # of ticks, of the words in corners
CORNERS = (
    ((0.015, "left"), (1 + 0.92 * LANE, "top"), "false_negatives", False),
    ((0.985, "right"), (1 + 0.92 * LANE, "top"), "true_positives", True),
    ((0.015, "left"), (-1 - 0.92 * LANE, "bottom"), "true_negatives", True),
    ((0.985, "right"), (-1 - 0.92 * LANE, "bottom"), "false_positives", False),
)
LONG = {
    "true_positives": Message.counted("{number} true positive", "{number} true positives", 2),
    "false_positives": Message.counted("{number} false positive", "{number} false positives", 2),
    "false_negatives": Message.counted("{number} false negative", "{number} false negatives", 2),
    "true_negatives": Message.counted("{number} true negative", "{number} true negatives", 2),
}
SHORT = {
    "true_positives": Message("TP {number}"),
    "false_positives": Message("FP {number}"),
    "false_negatives": Message("FN {number}"),
    "true_negatives": Message("TN {number}"),
}
CUTOFF = Message("cut-off {number}")
BOLD = 1.12  # how much wider bold letters are


class ThresholdPanel(Panel):
    """The probabilities of the samples of class 1, up, and of class 0, down, and the cut-off between answers.

    Right of the cut-off samples are answered with class 1. What is wrong is hatched, and each corner has the
    number of its samples.
    """

    def __init__(self, axes: Axes, view: Threshold, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set(xlim=(0, 1), ylim=(-1 - LANE, 1 + LANE))
        axes.set_title(say("Where to cut off: each side right and wrong"))
        self.titles = (say("Right and wrong at the cut-off"), say("Cut-off"))
        axes.spines["left"].set_visible(False)
        axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.xaxis.set_major_formatter(in_this_language(lambda share, _: percent(share)))
        names = view.evaluation.names
        axes.set_xlabel(
            around_name(
                lambda name: say("probability of {name}", name=name), names.word(1),
                size_in_inches(axes)[0], style.size_tick, style,
            )
        )  # fmt: skip
        room = 0.9 * size_in_inches(axes)[1] / 2
        titles = [
            in_the_middle(
                names.title(label), lambda some: width_in_inches(some, style.size_tick, style) <= room
            )
            for label in (1, 0)
        ]
        axes.set_yticks([0.5, -0.5], titles, rotation=90, va="center")
        axes.tick_params(axis="y", length=0)
        for tick, label in zip(axes.get_yticklabels(), (1, 0), strict=True):
            tick.set_color(style.class_colour(label))
        self.halves = [
            Half(axes, view.edges, style.class_colour(label), up, style) for label, up in ((1, 1), (0, -1))
        ]
        self.middle = axes.axhline(0, color=style.muted, linewidth=0.8, zorder=1.5)
        (self.line,) = axes.plot([], [], color=style.ink, linewidth=style.boundary_width, zorder=4)
        halo = [withStroke(linewidth=HALO, foreground=style.background)]
        look: dict[str, Any] = {"figure": axes.get_figure(root=True), "path_effects": halo, "zorder": 5}
        self.number = Words(
            0, 0, "", transform=axes.transData, va="center", color=style.ink, fontweight="bold",
            fontsize=0.9 * style.size_tick, **look,
        )  # fmt: skip
        self._words, size = self._that_fit()
        self.corners = [
            Words(x, y, "", transform=axes.transData, ha=ha, va=va, fontsize=size * style.size_tick, **look)
            for (x, ha), (y, va), _, _ in CORNERS
        ]
        for words in (self.number, *self.corners):
            axes.add_artist(words)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _that_fit(self) -> tuple[dict[str, Message], float]:
        """The words of the corners, and the share of the size of ticks, at which two stand side by side.

        Classes that have names are neither positive nor negative.
        """
        n, room = f"{len(self.view.evaluation.inputs):,}", 0.46 * size_in_inches(self.axes)[0]
        for forms in (SHORT,) if self.view.evaluation.names.are_words else (LONG, SHORT):
            for size in SIZES:
                texts = [str(replace(form, values={"number": n})) for form in forms.values()]
                if all(
                    width_in_inches(text, size * self.style.size_tick, self.style) <= room for text in texts
                ):
                    return forms, size
        return SHORT, SIZES[-1]

    @property
    def moving(self) -> list[Artist]:
        """The bars, the cut-off, the numbers."""
        bars = [artist for half in self.halves for artist in half.moving]
        return [*bars, self.middle, self.line, self.number, *self.corners, *self.finite.moving]

    def show(self, moment: float) -> None:
        """Show the samples at a moment."""
        view = self.view
        frame = view.at(self.finite.moment(view.epoch_at(moment)), view.cutoff_at(moment))
        self.halves[0].show(frame.above[0], frame.below[0], True, 1.0)
        self.halves[1].show(frame.below[1], frame.above[1], True, 1.0)
        self.line.set_data([frame.cutoff, frame.cutoff], [-1 - 0.55 * LANE, 1 + 0.55 * LANE])
        left = frame.cutoff > 0.5
        self.number.set(x=frame.cutoff, y=BESIDE, ha="right" if left else "left", va="center")
        told = str(replace(CUTOFF, values={"number": in_numbers(f"{frame.cutoff:.2f}")}))
        self.number.set_text(f" {told} ")
        self._count(frame.counts)

    def _count(self, counts: Counts) -> None:
        for words, (_, _, name, is_right) in zip(self.corners, CORNERS, strict=True):
            number = getattr(counts, name)
            values = {"number": in_numbers(f"{number:,}")}
            words.set_text(str(replace(self._words[name], values=values, number=number)))
            words.set_color(self.style.ink if is_right else self.style.error if number else self.style.muted)


class PrecisionRecallPanel(Panel):
    """Precision, recall and F1 by the cut-off, with dots at the one that is set, and the best F1."""

    def __init__(self, axes: Axes, view: PrecisionRecall, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set(xlim=(0, 1), ylim=(LOWEST, TOP))
        axes.set_title(say("Precision and recall by the cut-off"))
        self.titles = (say("Precision and recall"), say("By the cut-off"))
        axes.set_yticks([0, 0.5, 1], [percent(share) for share in (0, 0.5, 1)])
        axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.xaxis.set_major_formatter(in_this_language(lambda share, _: in_numbers(f"{share:g}")))
        axes.set_xlabel(say("cut-off"))
        (self.line,) = axes.plot([], [], color=style.ink, linewidth=0.6 * style.boundary_width, zorder=1)
        self._colours = [style.metric, style.unit_colour(1), style.muted]
        self.curves, self.dots, self.words = [], [], []
        for number, colour in enumerate(self._colours):
            width = style.curve_width * (0.6 if number == 2 else 1)
            look: dict[str, Any] = {"color": colour, "clip_on": False}
            self.curves.append(axes.plot([], [], linewidth=width, zorder=2, **look)[0])
            look |= {"markersize": 2.1 * style.marker, "markeredgecolor": style.background}
            self.dots.append(axes.plot([], [], "o", zorder=4, **look)[0])
            place, side = ((0.0, "left"), (0.46, "center"), (1.0, "right"))[number]
            words = Words(
                place, ROW, "", figure=axes.get_figure(root=True), transform=axes.transData, va="center",
                ha=side, color=colour, fontsize=0.9 * style.size_tick, fontweight="bold",
            )  # fmt: skip
            axes.add_artist(words)
            self.words.append(words)
        (self.best,) = axes.plot(
            [], [], "D", color=style.muted, markersize=2.2 * style.marker, zorder=3,
            markerfacecolor=style.background, markeredgewidth=1.4, clip_on=False,
        )  # fmt: skip
        self._long = self._fit()
        self.finite = LastFinite(axes, view.evaluation, style)

    def _fit(self) -> bool:
        """Whether the longest words fit side by side."""
        texts = [
            say("precision {share}", share=say("undefined")),
            say("recall {share}", share="100%"),
            say("F1 {share}, best at {cutoff}", share="100%", cutoff="0.55"),
        ]
        size, width = 0.9 * BOLD * self.style.size_tick, size_in_inches(self.axes)[0]
        return sum(width_in_inches(f"{text}   ", size, self.style) for text in texts) <= width

    @property
    def moving(self) -> list[Artist]:
        """The curves, the cut-off with its dots, the best F1, the words."""
        return [self.line, *self.curves, self.best, *self.dots, *self.words, *self.finite.moving]

    def show(self, moment: float) -> None:
        """Show the curves at a moment."""
        view = self.view.threshold
        frame = view.at(self.finite.moment(view.epoch_at(moment)), view.cutoff_at(moment))
        self.line.set_data([frame.cutoff, frame.cutoff], [LOWEST, 1])
        values = self._values(frame)
        every = (frame.precision, frame.recall, frame.f1)
        for curve, dot, along, value in zip(self.curves, self.dots, every, values, strict=True):
            curve.set_data(view.cutoffs, along)
            dot.set_data([frame.cutoff], [value])
        best = frame.f1[np.searchsorted(view.cutoffs, frame.best)] if np.isfinite(frame.best) else np.nan
        self.best.set_data([frame.best], [best])
        for words, text in zip(self.words, self._told(values, frame.best), strict=True):
            words.set_text(text)

    @staticmethod
    def _values(frame: ThresholdFrame) -> list[float]:
        """Precision, recall and F1 at the cut-off."""
        counts = frame.counts
        every = 2 * counts.true_positives + counts.false_positives + counts.false_negatives
        return [counts.precision, counts.recall, 2 * counts.true_positives / every if every else float("nan")]

    def _told(self, values: list[float], best: float) -> list[str]:
        """What stands above the curves; where nothing is answered with class 1, there is no precision."""
        precision, recall, f1 = (
            percent(value) if np.isfinite(value) else say("undefined") if self._long else "–"
            for value in values
        )
        if not self._long:
            return [say("P {share}", share=precision), say("R {share}", share=recall), f"F1 {f1}"]
        of_best = (
            say("F1 {share}", share=f1)
            if not np.isfinite(best)
            else say("F1 {share}, best at {cutoff}", share=f1, cutoff=in_numbers(f"{best:.2f}"))
        )
        return [say("precision {share}", share=precision), say("recall {share}", share=recall), of_best]
