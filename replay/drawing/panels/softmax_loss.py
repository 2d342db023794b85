"""The panel of the loss of a softmax: −log p of the class of a sample."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import around_name
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.language.percent import percent
from replay.views.softmax import SoftmaxLoss

SIZE = 0.9  # of words, of that of ticks
CURVE = np.linspace(0.0005, 1, 400)
DECIMALS = 2


class SoftmaxLossPanel(Panel):
    """The curve −log p with the sample on it, and its loss from both forms of its target."""

    def __init__(self, axes: Axes, view: SoftmaxLoss, style: Style) -> None:
        super().__init__(axes, view, style)
        of = view.of
        axes.set_title(say("Loss: −log p of its class"))
        self.titles = (say("Loss: −log p"), say("−log p"))
        axes.set(xlim=(0, 1), ylim=(0, of.highest_loss))
        axes.xaxis.set_major_locator(FixedLocator([0, 0.5, 1]))
        axes.xaxis.set_major_formatter(in_this_language(lambda share, _: percent(share)))
        axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
        short_numbers(axes.yaxis)
        colour = style.class_colour(of.label)
        axes.set_xlabel(
            around_name(
                lambda name: say("share p of {name}", name=name), view.evaluation.names.word(of.label),
                size_in_inches(axes)[0], style.size_tick, style,
            )
        )  # fmt: skip
        axes.plot(CURVE, -np.log(CURVE), color=style.muted, linewidth=0.8 * style.curve_width, zorder=1)
        look: dict[str, Any] = {"color": colour, "linewidth": 1.2, "linestyle": (0, (2, 2)), "zorder": 3}
        (self.guide,) = axes.plot([], [], **look)
        (self.dot,) = axes.plot(
            [], [], style.class_marker(of.label), color=colour, markersize=3 * style.marker, zorder=4,
            markeredgecolor=style.background, clip_on=False,
        )  # fmt: skip
        self._targets()
        width = size_in_inches(axes)[0]
        self._forms = self._that_fit(0.8 * width)
        size = SIZE * style.size_tick
        self.lines = [
            Words(
                0.99, 0.97 - 0.0, "", transform=axes.transAxes, figure=axes.get_figure(root=True),
                ha="right", va="top", color=style.ink, fontsize=size,
            )
            for _ in self._forms
        ]  # fmt: skip
        height = size_in_inches(axes)[1]
        for number, words in enumerate(self.lines):
            words.set_position((0.99, 0.98 - number * 1.45 * size / 72 / height))
            axes.add_artist(words)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _targets(self) -> None:
        """The two forms of the target: one-hot, and the number of the class."""
        of = self.view.of
        digits = ["1" if label == of.label else "0" for label in range(of.n_classes)]
        if of.n_classes > 6:
            digits = ["0", "…", "1", "…", "0"]
        self._one_hot, self._label = " ".join(digits), str(of.label)

    def _that_fit(self, inches: float) -> list[Message]:
        """The sentences of both targets, as long as there is room for them."""
        one, other = {"target": self._one_hot}, {"target": self._label}
        for forms in (
            (Message("one-hot target {target}: −Σ t·log p = {loss}", one),
             Message("class number {target}: −log p = {loss}", other)),
            (Message("one-hot {target}: {loss}", one), Message("number {target}: {loss}", other)),
        ):  # fmt: skip
            texts = [str(_with_loss(form, 88.88)) for form in forms]
            if all(
                width_in_inches(text, SIZE * self.style.size_tick, self.style) <= inches for text in texts
            ):
                return list(forms)
        return [Message("{loss}")]

    @property
    def moving(self) -> list[Artist]:
        """The sample with its guides, and the words."""
        return [self.guide, self.dot, *self.lines, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the sample at `epoch`."""
        frame, of = self.view.at(self.finite.moment(epoch)), self.view.of
        p, loss = float(frame.shares[of.label]), min(frame.loss, of.highest_loss)
        self.guide.set_data([p, p, 0], [0, loss, loss])
        self.dot.set_data([p], [loss])
        for words, form, value in zip(
            self.lines, self._forms, (frame.loss, frame.loss_of_number), strict=False
        ):
            words.set_text(str(_with_loss(form, value)))


def _with_loss(form: Message, loss: float) -> Message:
    return replace(form, values={**form.values, "loss": in_numbers(f"{loss:.{DECIMALS}f}")})
