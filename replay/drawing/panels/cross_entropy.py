"""The panel of the cross-entropy: the loss of each sample by the probability of class 1, on two curves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.ticker import FixedLocator, MaxNLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import around_name
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.language.percent import percent
from replay.views.cross_entropy import CrossEntropy

CURVE = np.linspace(0.0003, 1, 500)
MOST = 600  # samples of a class; of more, some
FAINT = 0.45  # opacity of samples
HALO = 3.0
SIZE = 0.95  # of ticks, the words of means
TOP, INSET = 0.93, 0.1  # of the axes: the height of names, and how far they are from the sides
MEANS = Message("mean loss {loss}"), Message("held out {loss}")
LINE = 1.5  # of the size of words
CROSSING = np.log(2)  # the loss where the two curves meet, at p = 0.5
APART = 0.01  # of the axes, from the middle to each of two words


class CrossEntropyPanel(Panel):
    """−log p for samples of class 1 and −log(1 − p) of class 0, each sample on its curve.

    A horizontal line is the mean over the samples, which is the loss; a dotted one that of held-out samples.
    """

    def __init__(self, axes: Axes, view: CrossEntropy, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_title(say("Cross-entropy: sure and wrong costs most"))
        self.titles = (say("Cross-entropy of each sample"), say("Cross-entropy"))
        axes.set(xlim=(0, 1), ylim=(0, view.highest))
        axes.xaxis.set_major_locator(FixedLocator([0, 0.25, 0.5, 0.75, 1]))
        axes.xaxis.set_major_formatter(in_this_language(lambda share, _: percent(share)))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        short_numbers(axes.yaxis)
        names = view.evaluation.names
        axes.set_xlabel(
            around_name(
                lambda name: say("probability p of {name}", name=name), names.word(1),
                size_in_inches(axes)[0], style.size_tick, style,
            )
        )  # fmt: skip
        axes.set_ylabel(say("loss"))
        axes.axvline(0.5, color=style.faint, linewidth=1, zorder=0.5)
        for label, p in ((1, CURVE), (0, 1 - CURVE)):
            axes.plot(
                p, -np.log(CURVE), color=style.class_colour(label), linewidth=0.7 * style.curve_width,
                alpha=0.6, zorder=1,
            )  # fmt: skip
        self._name_curves()
        self.samples, self._members = [], []
        for label in (0, 1):
            members = np.flatnonzero(view.labels == label)
            self._members.append(members[evenly(len(members), MOST)] if len(members) else members)
            look: dict[str, Any] = {"marker": style.class_marker(label), "color": style.class_colour(label)}
            look |= {"linestyle": "", "markersize": 1.6 * style.marker, "markeredgewidth": 0}
            (dots,) = axes.plot([], [], alpha=FAINT, zorder=3, clip_on=False, **look)
            self.samples.append(dots)
        self._draw_means()
        self.finite = LastFinite(axes, view.evaluation, style)

    def _name_curves(self) -> None:
        """Name each curve where it is high, in the upper corners, in its colour."""
        names, style, width = self.view.evaluation.names, self.style, size_in_inches(self.axes)[0]
        room = (0.5 - INSET) * width
        for label, place, side, form in (
            (1, INSET, "left", say("−log p")),
            (0, 1 - INSET, "right", say("−log(1 − p)")),
        ):
            words = f"{names.title(label)}: {form}"
            if width_in_inches(words, style.size_tick, style) > room:
                words = form
            self.axes.text(
                place, TOP, words, transform=self.axes.transAxes, ha=side, va="center",
                color=style.class_colour(label), fontsize=style.size_tick, fontweight="bold",
            )  # fmt: skip

    def _draw_means(self) -> None:
        axes, style = self.axes, self.style
        held_out = self.view.evaluation.held_out is not None
        dashes: list[Any] = ["-", (0, (1, 1.5))]
        halo = [withStroke(linewidth=HALO, foreground=style.background)]
        self.means, self.words = [], []
        self._line = LINE * SIZE * style.size_tick / 72 / size_in_inches(axes)[1]  # of words, in axes
        places = [(0.5 - APART, "right"), (0.5 + APART, "left")] if held_out else [(0.5, "center")]
        for number, (place, side) in enumerate(places):
            look: dict[str, Any] = {"color": style.ink, "linewidth": 1.4, "linestyle": dashes[number]}
            self.means.append(axes.plot([], [], zorder=4, **look)[0])
            words = Words(
                place, 0, "", figure=axes.get_figure(root=True), transform=axes.transAxes, ha=side,
                va="center", color=style.ink, fontsize=SIZE * style.size_tick, path_effects=halo, zorder=5,
            )  # fmt: skip
            axes.add_artist(words)
            self.words.append(words)

    @property
    def moving(self) -> list[Artist]:
        """The samples and the means."""
        return [*self.samples, *self.means, *self.words, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the samples at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        highest = self.view.highest
        for members, dots in zip(self._members, self.samples, strict=True):
            dots.set_data(frame.p[members], np.minimum(frame.losses[members], highest))
        means = [frame.mean, *([] if frame.held_out is None else [frame.held_out])]
        for mean, line, words, form in zip(means, self.means, self.words, MEANS, strict=False):
            line.set_data([0, 1], [mean, mean])
            line.set_visible(bool(np.isfinite(mean)))
            words.set_text(
                str(replace(form, values={"loss": in_numbers(f"{mean:.2f}")})) if np.isfinite(mean) else ""
            )
            words.set_y(self._beside(mean))

    def _beside(self, mean: float) -> float:
        """The height of words beside the line of a mean: below it where curves cross or names are above."""
        height = np.clip(np.nan_to_num(mean), 0, self.view.highest) / self.view.highest
        to_crossing, reach = CROSSING / self.view.highest - height, 1.5 * self._line
        below = -0.2 * reach <= to_crossing < reach or height + reach > TOP
        return float(height + (-0.5 if below else 0.5) * self._line)
