"""The panel of the learning curves, loss and metric, drawn up to the current epoch."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.loss_words import loss_words
from replay.views.curves import AFTER, TRAINING, VALIDATION, Curve, LossAndMetric
from replay.views.shared.geometry import drawable

DASHES: dict[str, Any] = {TRAINING: "-", VALIDATION: (0, (2.2, 1.4)), AFTER: (0, (0.4, 1.1))}
FLOORS = (0.9, 0.8, 0.5)  # where the axis of a share may start
R2, LOWEST_R2 = ("r2", "r2_score"), -0.25  # it may begin far below 0, where nobody needs to see it
SHARES = ("acc", "accuracy", "precision", "recall", "auc", "f1", "top_k")


class LossAndMetricPanel(Panel):
    """Loss on the left axis, metric on the right. Later epochs are faint.

    Validation is dashed, what was evaluated after each epoch is dotted.
    """

    def __init__(self, axes: Axes, view: LossAndMetric, style: Style) -> None:
        super().__init__(axes, view, style)
        self.lines: list[tuple[Line2D, Line2D]] = []
        axes.set_xlim(view.limits)
        dashed = any(curve.kind == VALIDATION for curve in view.curves)
        label_epochs(axes, say("epoch (held out dashed)") if dashed else say("epoch"), style)
        last = view.limits[1]
        axes.xaxis.set_major_locator(MaxNLocator(4 if last < 1000 else 3, integer=True))
        short_numbers(axes.xaxis)
        self._add(axes, view.loss, style.loss)
        if view.loss:
            label_where_room(axes.yaxis, loss_words(view.evaluation.recording.description), style, style.loss)
        metric = ""
        if view.metrics and view.metric:
            metric = view.evaluation.names.metric(view.metric, view.evaluation.recording.history)
            right = axes.twinx() if view.loss else axes
            right.set_xlim(view.limits)
            if right is not axes:  # it has no spine for ticks
                right.tick_params(axis="y", length=0, pad=7)
            self._add(right, view.metrics, style.metric)
            if right is axes:
                label_where_room(axes.yaxis, metric, style)
        title = metric
        if view.loss:
            title = say("Loss and {metric}", metric=metric) if metric else say("Loss")
        dotted = any(curve.kind == AFTER for curve in view.curves)
        axes.set_title(say("{title}, after each epoch dotted", title=title) if dotted else title)

    def _add(self, axes: Axes, curves: list[Curve], colour: str) -> None:
        if not curves:
            return
        look: dict[str, Any] = {"color": colour, "solid_capstyle": "round", "dash_capstyle": "butt"}
        for curve in curves:
            dashes = DASHES[curve.kind]
            faint = {"linewidth": 1.2, "alpha": 0.28, "linestyle": dashes, **look}
            axes.plot(curve.epochs, curve.values, **faint)
            width = self.style.curve_width
            (line,) = axes.plot([], [], linestyle=dashes, linewidth=width, label=curve.name, **look)
            (dot,) = axes.plot([], [], "o", color=colour, markersize=6.5)
            dot.set(markeredgecolor=self.style.background, clip_on=may_leave(curve))
            dot.set_visible(curve.kind != AFTER)  # beside the dot of what was logged
            self.lines.append((line, dot))
        low, high = vertical_limits(curves)
        axes.set_ylim(low, high)
        short_numbers(axes.yaxis)
        axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
        axes.tick_params(axis="y", labelcolor=colour)

    @property
    def moving(self) -> list[Artist]:
        """Each curve's line up to now, and a dot at its current value."""
        return [artist for pair in self.lines for artist in pair]

    def show(self, epoch: float) -> None:
        """Draw the curves up to `epoch`."""
        for (epochs, values), (line, dot) in zip(self.view.at(epoch), self.lines, strict=True):
            line.set_data(epochs, values)
            dot.set_data(epochs[-1:], values[-1:])


def may_leave(curve: Curve) -> bool:
    """Whether a curve may leave the axes, and its dot with it."""
    return curve.name.removeprefix("val_") in R2


def label_epochs(axes: Axes, words: str, style: Style) -> None:
    """Label the axis of the epochs with these words or, where they have no room, with their first one."""
    has_room = width_in_inches(words, style.size_tick, style) <= size_in_inches(axes)[0]
    axes.set_xlabel(words if has_room else words.partition(" ")[0])


def vertical_limits(curves: list[Curve]) -> tuple[float, float]:
    """Limits around the values: a loss from 0, a share or R² up to 1. Without a finite value, 0 and 1."""
    values = drawable(np.concatenate([curve.values for curve in curves]))
    if not len(values):
        return (0.0, 1.0)
    if any(part in curves[0].name for part in SHARES) and values.min() >= 0 and values.max() <= 1:
        lowest = float(values.min())
        floor = next((floor for floor in FLOORS if lowest >= floor), lowest)
        return (floor - 0.04 * (1 - floor), 1 + 0.04 * (1 - floor))
    if curves[0].name in R2:
        low = max(min(0.0, float(values.min())), LOWEST_R2)
        return (low - 0.04 * (1 - low), 1 + 0.04 * (1 - low))
    low = min(0.0, float(values.min()))
    high = max(float(values.max()), low + max(1e-6, 1e-9 * abs(low)))
    return (low, high + (high - low) * 0.06)
