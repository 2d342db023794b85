"""The panel of the probability histogram."""

from __future__ import annotations

from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from replay.drawing.artists.accuracy import Accuracy
from replay.drawing.artists.bars import Bars, Tops, label_values
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.short_names import names_or_numbers
from replay.drawing.artists.words import beside_title
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_numbers, say
from replay.runs.names import UNNAMED
from replay.views.probability_histogram import ProbabilityHistogram

# For bars that are not as high as in the other histograms of the picture.
OWN_SCALE = Message("{quantity}, own scale")
BOLD = 1.12  # how much wider bold letters are


class ProbabilityHistogramPanel(Panel):
    """The predicted probabilities, in the colour of the class; a line marks even odds.

    The accuracy is beside the title if the axes are wide enough for both, without a word if need be.
    """

    def __init__(self, axes: Axes, view: ProbabilityHistogram, style: Style) -> None:
        super().__init__(axes, view, style)
        label = view.label
        colour = style.muted if label is None else style.class_colour(label)
        held_out = view.held_out
        tops = None if held_out is None else Tops(view.highest_share, held_out.highest_share)
        self.bars = Bars(axes, view.edges, 0 if tops else view.top, colour, style, tops)
        self.even: list[Line2D] = []
        if view.of_class_1 and label is not None:
            look: dict[str, Any] = {"linewidth": 1.0, "linestyle": (0, (4, 3)), "zorder": 3}
            self.even = [axes.axvline(0.5, color=style.muted, **look)]
        own = tops is None and view.has_own_scale  # shares have one scale
        label_values(axes, _quantity(axes, view, own, style), self.bars, style)
        axes.set_xticks([0, 0.5, 1], ["0", in_numbers("0.5"), "1"])
        self.name = _name(axes, view, style)
        self._title = axes.set_title(self.name)
        self.share = beside_title(axes, style)
        axes.add_artist(self.share)
        self._accuracy = Accuracy(self._title, self.share, held_out is not None, style)
        self.finite = LastFinite(axes, view.evaluation, style)
        if not view.class_size and (held_out is None or not held_out.class_size):
            self.finite.tell(*_of_no_sample(view), say("no samples"), say("none"))

    @property
    def moving(self) -> list[Artist]:
        """The bars, the line at even odds above them, and the accuracy."""
        return [*self.bars.moving, *self.even, self.share, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the histogram at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.bars.show(frame)
        shares = [one.share_right if one.n_samples else None for one in (frame, frame.held_out) if one]
        self._accuracy.show(*shares)


def _name(axes: Axes, view: ProbabilityHistogram, style: Style) -> str:
    """The title: the class, of a long name what tells it from the others."""
    if view.label is None:
        return say("All samples")
    names, n_classes = view.evaluation.names, view.evaluation.task.n_classes
    titles = [names.title(label) for label in range(n_classes)]
    if not names.is_word(view.label):
        return titles[view.label]
    numbers = [UNNAMED.title(label) for label in range(n_classes)]
    return names_or_numbers(titles, numbers, size_in_inches(axes)[0], BOLD * style.size_panel, style)[
        view.label
    ]


def _quantity(axes: Axes, view: ProbabilityHistogram, has_own_scale: bool, style: Style) -> str:
    """What the horizontal axis counts."""
    form = str(OWN_SCALE) if has_own_scale else "{quantity}"
    if view.label is None:
        return form.format(quantity=say("P(true class)"))
    names, label = view.evaluation.names, 1 if view.of_class_1 else view.label
    words = [names.word(each) for each in range(view.evaluation.task.n_classes)]
    if names.is_word(label):
        room = size_in_inches(axes)[0] - width_in_inches(form.format(quantity="P()"), style.size_tick, style)
        numbers = [UNNAMED.word(each) for each in range(len(words))]
        words = names_or_numbers(words, numbers, room, style.size_tick, style)
    return form.format(quantity=f"P({words[label]})")


def _of_no_sample(view: ProbabilityHistogram) -> list[str]:
    """Sentences that say that there is no sample of the class, the longest first."""
    label, names = view.label, view.evaluation.names
    if label is None:
        return []
    if names.is_word(label):
        return [say("no sample is “{name}”", name=names.number(label))]
    return [say("no sample has class {name}", name=names.number(label))]
