"""The panel of mistakes: their sum over the epochs, the bound on it, and why it ends or does not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, NullLocator

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.ticks import short, short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.views.layer_curves import epoch_limits
from replay.views.mistakes import ENDED, LEARNS, NEVER, STILL, UNTOLD, Mistakes

FAR = 1e4  # times the mistakes: a bound beyond is told, and not drawn
MANY = 100  # mistakes: an axis beyond is logarithmic
SIZE = 0.95  # of ticks
STATES: Mapping[str, tuple[Message | str, ...]] = {
    LEARNS: (Message("each mistake moves the line"), Message("learning")),
    ENDED: (Message("none since epoch {since}: the rule has ended"), Message("none since epoch {since}")),
    NEVER: (Message("no line separates these classes: it never ends"), Message("it never ends")),
    STILL: (Message("the step function has gradient 0: no weight moves"), Message("no weight moves")),
    UNTOLD: ("", ""),
}
BOUNDS = (
    Message.counted(
        "Novikoff’s bound: at most {number} mistake", "Novikoff’s bound: at most {number} mistakes", 2
    ),
    Message("at most {number}"),
)


class MistakesPanel(Panel):
    """The sum of all mistakes up to now, beneath the line that it cannot cross; what is to come is faint."""

    def __init__(self, axes: Axes, view: Mistakes, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_title(say("Mistakes while it learns"))
        self.titles = (say("Mistakes"),)
        axes.set_xlabel(say("epoch"))
        largest = max(1.0, float(view.curve.values.max()))
        drawn = view.bound is not None and view.bound <= FAR * largest
        top = max(largest, view.bound if drawn and view.bound is not None else 0.0)
        axes.set_xlim(*epoch_limits(view.evaluation.recording.epochs))
        wide = top > MANY
        self._scale(top, wide)
        axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
        short_numbers(axes.xaxis)
        look: dict[str, Any] = {"color": style.error, "clip_on": False}
        axes.plot(view.curve.epochs, view.curve.values, linewidth=1.2, alpha=0.28, **look)
        (self.line,) = axes.plot([], [], linewidth=style.curve_width, zorder=4, **look)
        (self.dot,) = axes.plot([], [], "o", markersize=6, zorder=5, markeredgecolor=style.background, **look)
        if view.bound is not None:
            self._draw_bound(view.bound, drawn)
        width, height = size_in_inches(axes)
        line = 1.45 * SIZE * style.size_tick / 72 / height
        # Beneath the curve there is room on a logarithmic axis, above it on others.
        place, side, highest = (0.98, "right", 0.34) if wide else (0.02, "left", 0.94)
        if not wide and drawn and view.bound is not None:
            highest = self._height_of(view.bound) - 0.04
        self.words = [
            Words(
                place, highest - number * line, "", figure=axes.get_figure(root=True), ha=side, va="top",
                transform=axes.transAxes, color=colour, fontsize=SIZE * style.size_tick, zorder=6,
            )
            for number, colour in enumerate((style.error, style.ink))
        ]  # fmt: skip
        for words in self.words:
            axes.add_artist(words)
        self._width = 0.94 * width

    def _height_of(self, value: float) -> float:
        """Where a number is, as a share of the axes' height."""
        (_, y) = self.axes.transAxes.inverted().transform(self.axes.transData.transform((0, value)))
        return float(y)

    def _scale(self, top: float, wide: bool) -> None:
        """An axis from 0 up to `top`; of a wide range, each number is ten times the one before."""
        axes = self.axes
        if wide:
            axes.set_yscale("symlog", linthresh=1, linscale=0.3)
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(in_this_language(lambda value, _: short(value)))
            axes.set_ylim(0, top**1.25)
        else:
            axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
            short_numbers(axes.yaxis)
            axes.set_ylim(0, 1.45 * top)

    def _draw_bound(self, bound: float, drawn: bool) -> None:
        """The bound as a dashed line with its name or, where it is far beyond, its name alone."""
        axes, style = self.axes, self.style
        if drawn:
            axes.axhline(bound, color=style.muted, linewidth=1.4, linestyle=(0, (3, 2)), zorder=1)
        values = {"number": in_numbers(f"{int(bound):,}")}
        texts = [str(replace(form, values=values, number=int(bound))) for form in BOUNDS]
        width = 0.94 * size_in_inches(axes)[0]
        size = SIZE * style.size_tick
        text = next((one for one in texts if width_in_inches(one, size, style) <= width), texts[-1])
        look: dict[str, Any] = {"color": style.muted, "fontsize": size}
        if drawn:
            axes.annotate(
                text, (0.02, bound), (0, 3), xycoords=axes.get_yaxis_transform(), va="bottom",
                textcoords="offset points", **look,
            )  # fmt: skip
        else:
            axes.text(0.02, 0.98, text, transform=axes.transAxes, va="top", **look)

    @property
    def moving(self) -> list[Artist]:
        """The line up to now, and the words."""
        return [self.line, self.dot, *self.words]

    def show(self, epoch: float) -> None:
        """Show the mistakes up to `epoch`."""
        frame = self.view.at(epoch)
        epochs, values = self.view.curve.until(epoch)
        self.line.set_data(epochs, values)
        self.dot.set_data(epochs[-1:], values[-1:])
        number = Message.counted(
            "{number:,} mistake up to epoch {last}",
            "{number:,} mistakes up to epoch {last}",
            frame.mistakes,
            {"last": in_numbers(f"{frame.counted:g}")},
        )
        since = in_numbers(f"{self.view.ended_at or 0:g}")
        forms = [
            str(replace(form, values={"since": since})) if isinstance(form, Message) else form
            for form in STATES[frame.state]
        ]
        size = SIZE * self.style.size_tick
        fitting = (one for one in forms if width_in_inches(one, size, self.style) <= self._width)
        self.words[0].set_text(str(number))
        self.words[1].set_text(next(fitting, ""))
