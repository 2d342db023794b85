"""The panels of a regression's predictions: against the true numbers, and their residuals."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.corner_words import corner_words
from replay.drawing.artists.key_words import KeyWords
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.number_samples import NumberSamples
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import PlaneAxes
from replay.drawing.artists.r2_words import R2Words
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.panels.fitted_curve import column_words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.regression import column_names
from replay.views.predictions import PredictedAgainstTrue, Residuals

MOST_TICKS = 4


class _Samples(Panel):
    """Samples of all columns as points."""

    def _draw(self, view: PredictedAgainstTrue | Residuals) -> None:
        other = view.held_out
        n_held_out = None if other is None else len(other)
        n_samples, n_columns = view.targets.shape
        self.samples = NumberSamples(self.axes, view.limits, n_columns, n_samples, n_held_out, self.style)
        names = column_names(view.evaluation)
        self._names: list[Artist] = []
        if 1 < len(names) <= len(self.style.classes):
            self._names = [KeyWords(self.axes, self.style, column_words(names, self.style), within=True)]
        self.finite = LastFinite(self.axes, view.evaluation, self.style)

    @property
    def moving(self) -> list[Artist]:
        """The samples."""
        return [*self.samples.moving, *self._names, *self.finite.moving]


class PredictedAgainstTruePanel(_Samples):
    """Each sample at its true number and its prediction; on the diagonal they are equal. R² is written."""

    def __init__(self, axes: Axes, view: PredictedAgainstTrue, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits)
        axes.set_title(say("Predicted against true"))
        self.titles = (say("Predicted, true"),)
        label_where_room(axes.xaxis, say("true value"), style)
        label_where_room(axes.yaxis, say("prediction"), style)
        axes.axline((view.values[0],) * 2, slope=1, color=style.muted, linewidth=1.4, zorder=1)
        self._draw(view)
        corner_words(axes, style, 1, 0, say("on the line: prediction = true value"))
        self.r2 = R2Words(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The samples, and R²."""
        return [*super().moving, *self.r2.moving]

    def show(self, epoch: float) -> None:
        """Show the predictions at `epoch`."""
        epoch = self.finite.moment(epoch)
        view, frame = self.view, self.view.at(epoch)
        held_out = () if frame.held_out is None else ((view.held_out, frame.held_out.predicted),)
        self.samples.show((view.targets, frame.predicted), *held_out)
        self.r2.show(epoch)


class ResidualsPanel(_Samples):
    """Each sample at its prediction and its residual; on the line in the middle it is right."""

    def __init__(self, axes: Axes, view: Residuals, style: Style) -> None:
        super().__init__(axes, view, style)
        limits = view.limits
        axes.set(xlim=limits.x, ylim=limits.y)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(MOST_TICKS, steps=[1, 2, 2.5, 5, 10]))
            short_numbers(axis)
        axes.set_title(say("Residuals"))
        axes.set_xlabel(say("prediction"))
        label_where_room(axes.yaxis, say("true − predicted"), style)
        axes.axhline(0, color=style.muted, linewidth=1.4, zorder=1)
        self._draw(view)
        corner_words(axes, style, 1, 1, say("predicted too low"))
        corner_words(axes, style, 1, 0, say("predicted too high"))

    def show(self, epoch: float) -> None:
        """Show the residuals at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        other = frame.held_out
        held_out = () if other is None else ((other.predicted, other.residuals),)
        self.samples.show((frame.predicted, frame.residuals), *held_out)
