"""The panel of a neuron's threshold: histograms of w·x back to back, and the table of right and wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.accuracy import Accuracy
from replay.drawing.artists.formula import FixedNumbers
from replay.drawing.artists.half import Half
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import fit, size_in_inches, width_in_inches
from replay.drawing.artists.short_names import in_the_middle
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.artists.words import Words, beside_title
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, say
from replay.views.neuron_threshold import NeuronThreshold, NeuronThresholdFrame
from replay.views.shared.unit import Unit

LINE, LINE_OF_NOTICE = 1.35, 1.9  # the height of a line, of the size of its words
LOWEST = 0.3  # of each half, the highest bar
HALO = 3.0  # points around words
SIZES, ALONG = (
    (0.85, 0.75, 0.68),
    0.98,
)  # of a group's name, of ticks, and its share of the half that it names
CORNER = 0.85  # the size of the words in corners, of that of ticks
INSET = 0.02  # of the axes, from a corner to its words
RIGHT, WRONG = Message("{number} right"), Message("{number} wrong")
TITLES = Message("Right and wrong at the threshold"), Message("At the threshold"), Message("Threshold")


class NeuronThresholdPanel(Panel):
    """The sums w·x of the class that the unit speaks for, up, those of the others, down; the threshold.

    What is on the wrong side is hatched. The four corners are the table of right and wrong: each half has its
    two numbers, left and right of the threshold.
    """

    def __init__(self, axes: Axes, view: NeuronThreshold, style: Style) -> None:
        super().__init__(axes, view, style)
        self._two = len(view.unit.groups()) == 2
        axes.set_xlim(*view.limits)
        self._top, self._room = self._lanes()
        axes.set_ylim(-1 if self._two else 0, self._top)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        short_numbers(axes.xaxis)
        axes.set_xlabel(f"w·{view.unit.letter}")
        title = axes.set_title(say("The sum against the threshold") if not self._two else str(TITLES[0]))
        self.titles = [str(one) for one in (TITLES[1:] if self._two else TITLES[2:])]
        if self._two:
            self._name_groups()
        self.middle = axes.axhline(0, color=style.muted, linewidth=0.8, zorder=1.5, visible=self._two)
        colours = group_colours(view.unit, style)
        self.bars = [
            Half(axes, view.edges, colour, up, style) for colour, up in zip(colours, (1, -1), strict=False)
        ]
        (self.line,) = axes.plot([], [], color=style.ink, linewidth=style.boundary_width, zorder=4)
        self.number = FixedNumbers(float(np.abs(view.unit.over_run.biases).max(initial=0)))
        size = CORNER * style.size_tick
        look: dict[str, Any] = {
            "fontsize": size,
            "zorder": 5,
            "path_effects": [withStroke(linewidth=HALO, foreground=style.background)],
        }
        self.threshold = axes.text(0, 0.5 + self._top / 2, "", va="center", color=style.ink, **look)
        width = size_in_inches(axes)[0]
        self._form = fitting_threshold(0.6 * width, self.number, size, style)
        across = axes.get_yaxis_transform()
        self.corners = [
            Words(x, y, "", transform=across, ha=ha, va=va, figure=axes.get_figure(root=True), **look)
            for (x, ha) in ((INSET, "left"), (1 - INSET, "right"))
            for (y, va) in ([(1.0, "top"), (-0.97, "bottom")] if self._two else [(1.0, "top")])
        ]
        for corner in self.corners:
            axes.add_artist(corner)
        self.share = beside_title(axes, style)
        axes.add_artist(self.share)
        self._accuracy = Accuracy(title, self.share, view.evaluation.held_out is not None, style)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _lanes(self) -> tuple[float, float]:
        """Where the axes end, above 1, with a line of words there; and how high bars may be below another."""
        height = size_in_inches(self.axes)[1]
        diverged = self.view.evaluation.recording.diverged_at is not None
        line = (LINE_OF_NOTICE if diverged else LINE) * CORNER * self.style.size_tick / 72
        if not self._two:
            return 1 + line / max(height - line, line), max(LOWEST, 1 - line / height)
        half = max(height - line, line) / 2
        return 1 + line / half, max(LOWEST, 1 - line / half)

    def _name_groups(self) -> None:
        """Name the class above and the others below, along the left side."""
        names, style = group_names(self.view.unit), self.style
        room = size_in_inches(self.axes)[1] / (1 + self._top) * ALONG
        size = next((size for size in SIZES if fit(names, room, size * style.size_tick, style)), SIZES[-1])
        size *= style.size_tick
        names = [
            in_the_middle(name, lambda some: width_in_inches(some, size, style) <= room) for name in names
        ]
        self.axes.set_yticks([0.5, -0.5], names, rotation=90, va="center", fontsize=size)
        self.axes.tick_params(axis="y", length=0)

    @property
    def moving(self) -> list[Artist]:
        """The bars, the threshold and its number, and the table."""
        bars = [artist for half in self.bars for artist in half.moving]
        return [*bars, self.middle, self.line, self.threshold, *self.corners, self.share, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the sums at `epoch`."""
        moment = self.finite.moment(epoch)
        frame = self.view.at(moment)
        self.threshold.set_visible(moment == epoch)  # words that say something else stand there
        for number, half in enumerate(self.bars):
            sides = frame.above[number], frame.below[number]
            half.show(*(sides if number == 0 else sides[::-1]), self._two, self._room)
        self._mark(frame.threshold)
        self._count(frame)

    def _mark(self, threshold: float) -> None:
        low, high = self.view.limits
        inside = low <= threshold <= high
        self.line.set_data([threshold, threshold], [-1 if self._two else 0, self._top])
        self.line.set_visible(inside)
        self.threshold.set_text(f" {self._form.format(number=self.number.signed(threshold).strip())} ")
        left = threshold > (low + high) / 2
        self.threshold.set_horizontalalignment("right" if left else "left")
        self.threshold.set_x(min(max(threshold, low), high))

    def _count(self, frame: NeuronThresholdFrame) -> None:
        sides = frame.sides
        if not self._two:
            for corner, count in zip(self.corners, (sides.below[0], sides.above[0]), strict=True):
                corner.set(text=in_numbers(f"{count:,}"), color=self.style.muted)
            return
        cells = [
            (sides.below[0], False),
            (sides.below[1], True),
            (sides.above[0], True),
            (sides.above[1], False),
        ]
        for corner, (count, is_right) in zip(self.corners, cells, strict=True):
            words = str(replace(RIGHT if is_right else WRONG, values={"number": in_numbers(f"{count:,}")}))
            colour = self.style.ink if is_right else self.style.error if count else self.style.muted
            corner.set(text=words, color=colour)
        self._accuracy.show(*[one.share_right for one in (sides, frame.held_out) if one is not None])


THRESHOLD = Message("threshold −b = {number}"), "−b = {number}"


def fitting_threshold(inches: float, number: FixedNumbers, size: float, style: Style) -> str:
    """The longest of the forms that name the threshold, if one fits into so many inches."""
    for form in map(str, THRESHOLD):
        if width_in_inches(form.format(number=number.signed(-1.0)), size, style) <= inches:
            return form
    return "{number}"


def group_colours(unit: Unit, style: Style) -> list[str]:
    """The colour of the class that a unit speaks for, and that of the others; one for all in a regression."""
    if unit.speaks_for is None:
        return [style.class_colour(0)]
    task = unit.evaluation.task
    other = style.class_colour(1 - unit.speaks_for) if task.n_classes == 2 else style.muted
    return [style.class_colour(unit.speaks_for), other]


def group_names(unit: Unit) -> list[str]:
    """What the two groups are called: the class that the unit speaks for, and the other one or all others."""
    assert unit.speaks_for is not None
    names, n_classes = unit.evaluation.names, unit.evaluation.task.n_classes
    other = names.title(1 - unit.speaks_for) if n_classes == 2 else say("Others")
    return [names.title(unit.speaks_for), other]
