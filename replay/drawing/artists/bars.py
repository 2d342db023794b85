"""Stacked histogram bars: right in one colour, misclassified hatched in another; held-out samples below."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import StepPatch
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.marks import BARRED, HELD_OUT
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.style import Style
from replay.language.message import Message, in_this_language, say
from replay.language.percent import percent
from replay.types import Array
from replay.views.shared.histogram import HistogramFrame

ROOM = 1.06  # of the highest bar
OUTLINE = 1.1  # points
TINT = 0.22  # of a colour, in the bars of held-out samples
BELOW = Message("{name}, held out below"), Message("{name}, held out ↓")  # what the axis of two says
LEAST = 0.1  # of the axis on each side of its middle, where the bars of the other side are higher


class Tops(NamedTuple):
    """The highest bars of two histograms back to back, as shares of their samples, up and down."""

    trained: float
    held_out: float


class Bars:
    """The bars of a histogram over `edges` (n_bins + 1,), on an axis up to `highest`.

    With `tops` there are two histograms back to back, whose bars are shares of their own samples on one
    scale: that of the held-out samples goes down, in outlines.
    """

    def __init__(
        self, axes: Axes, edges: Array, highest: int, colour: str, style: Style, tops: Tops | None = None
    ) -> None:
        self.edges, self._axes, self._style = edges, axes, style
        look: dict[str, Any] = {"edgecolor": style.background, "linewidth": 0.6}
        self.right = self._stairs(colour, "right", **look)
        self.wrong = self._stairs(style.error, BARRED, hatch=style.error_hatch, **look)
        self.held_out: list[StepPatch] = []
        self._middle: list[Line2D] = []
        axes.set_xlim(edges[0], edges[-1])
        if tops is None:
            axes.set_ylim(0, max(1, highest) * ROOM)
            axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
            short_numbers(axes.yaxis)
            label_where_room(axes.yaxis, say("samples"), style)
            return
        for shade, label in ((colour, HELD_OUT), (style.error, BARRED)):
            tint = to_rgba(shade, TINT)
            self.held_out.append(self._stairs(tint, label, edgecolor=shade, linewidth=OUTLINE))
        least = LEAST * max(tops)
        axes.set_ylim(-max(tops.held_out, least) * ROOM, max(tops.trained, least) * ROOM)
        self._middle = [axes.axhline(0, color=style.muted, linewidth=0.8, zorder=1.5)]
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
        axes.yaxis.set_major_formatter(in_this_language(lambda share, _: percent(abs(share))))
        label_where_room(axes.yaxis, say("share"), style)

    def _stairs(self, colour: Any, label: str, **look: Any) -> StepPatch:
        none = np.zeros(len(self.edges) - 1)
        return self._axes.stairs(
            none, self.edges, baseline=none, fill=True, facecolor=colour, label=label, **look
        )

    def show(self, frame: HistogramFrame) -> None:
        """Set the bars to these counts."""
        if frame.held_out is None:
            self._stack(self.right, self.wrong, frame, 1)
        else:
            self._stack(self.right, self.wrong, frame, 1 / max(1, frame.n_samples))
            right, wrong = self.held_out
            self._stack(right, wrong, frame.held_out, -1 / max(1, frame.held_out.n_samples))

    def _stack(self, lower: StepPatch, upper: StepPatch, frame: HistogramFrame, unit: float) -> None:
        right = frame.right * unit
        top = right + frame.wrong * unit
        outlined = unit < 0
        # Outlines leave out bars of no height; matplotlib takes an array as the baseline, too.
        lower.set_data(_or_nan(right, frame.right) if outlined else right, self.edges, 0)
        upper.set_data(_or_nan(top, frame.wrong) if outlined else top, self.edges, cast(Any, right))
        upper.set_visible(bool(frame.wrong.any()))  # an empty hatch takes as long to draw as a full one

    @property
    def moving(self) -> list[Artist]:
        """All kinds of bars, and the line between those of two histograms, which lies on them."""
        return [self.right, self.wrong, *self.held_out, *self._middle]


def _or_nan(heights: Array, counts: Array) -> Array:
    return np.where(counts > 0, heights, np.nan)


def label_values(axes: Axes, words: str, bars: Bars, style: Style, shorter: str = "") -> None:
    """Label the axis of the values and, as far as there is room, say that held-out samples are below.

    For that the `shorter` words will do.
    """
    named = [words, shorter or words] if bars.held_out else []
    forms = [str(form).format(name=name) for name in named for form in BELOW]
    room = size_in_inches(axes)[0]
    fitting = (form for form in forms if width_in_inches(form, style.size_tick, style) <= room)
    axes.set_xlabel(next(fitting, words))
