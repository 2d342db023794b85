"""The panel of the histogram of errors, with their mean and spread."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.bars import Bars, Tops, label_values
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import short, short_numbers
from replay.drawing.artists.words import beside_title, needed_beside
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.views.error_histogram import ErrorHistogram, ErrorHistogramFrame

MOST_TICKS = 5
WIDEST = "−9.99k"


class ErrorHistogramPanel(Panel):
    """Bars of the errors around 0, where a prediction is right, and a line at their mean."""

    def __init__(self, axes: Axes, view: ErrorHistogram, style: Style) -> None:
        super().__init__(axes, view, style)
        other = view.held_out
        tops = None if other is None else Tops(view.highest_share, other.highest_share)
        self.bars = Bars(axes, view.edges, view.highest, style.class_colour(0), style, tops)
        if other is None and view.n_columns > 1:  # a sample has several
            label_where_room(axes.yaxis, say("errors"), style)
        axes.xaxis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 2.5, 5, 10]))
        short_numbers(axes.xaxis)
        axes.set_title(say("Errors"))
        words = say("true − predicted")
        label_values(axes, words, self.bars, style, shorter=words)
        axes.axvline(0, color=style.muted, linewidth=1.0, linestyle=(0, (4, 3)), zorder=0.9)
        self.mean = axes.axvline(0, color=style.ink, linewidth=style.curve_width * 0.8, zorder=3)
        self.told = beside_title(axes, style)
        axes.add_artist(self.told)
        forms = (say("mean {mean} · spread {spread}"), say("spread {spread}"))
        room = size_in_inches(axes)[0]
        self._form = next(
            (
                form
                for form in forms
                if needed_beside(axes._left_title, self.told, _filled(form, WIDEST, WIDEST), style) <= room  # type: ignore[attr-defined]  # matplotlib has no public name
            ),
            "",
        )
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The bars, the line at the mean, and the numbers."""
        return [*self.bars.moving, self.mean, self.told, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the errors at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.bars.show(frame.histogram)
        known = bool(np.isfinite(frame.mean))
        self.mean.set_visible(known)
        self.mean.set_xdata([np.clip(np.nan_to_num(frame.mean), *self.view.edges[[0, -1]])] * 2)
        self.told.set_text(_filled(self._form, *_mean_and_spread(frame)) if known else "")


def _filled(form: str, mean: str, spread: str) -> str:
    return form.format(mean=mean, spread=spread)


def _mean_and_spread(frame: ErrorHistogramFrame) -> tuple[str, str]:
    """Both with as many decimals: those of the first two digits of the larger one."""
    largest = max(abs(frame.mean), frame.spread)
    decimals = 1 - math.floor(math.log10(largest)) if largest > 0 else 0
    return short(round(frame.mean, decimals) + 0.0), short(round(frame.spread, decimals))
