"""The losses of all seeds, over the epochs and by the width of the network."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator

from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.ticks import decade_text, number, short_numbers
from replay.drawing.artists.words import fit
from replay.drawing.identity import Look
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.sweeps.pictures.page import (
    LEFT,
    NATIVE,
    NOTE,
    QUANTILES,
    TOP,
    grid,
    label_outside,
    page_of,
    panels_of,
    shorten_titles,
)
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.sweeps.widths import DIVERGED, FEWEST, FITTED, losses_by_width
from replay.types import Array

TINIEST_LOSS = 1e-6
TICK_GAP = 1.5  # from a tick to the next label, in halves of its own label


def loss_fans(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The losses of all seeds over the epochs: the median, and bands of the middle half and 90%.

    Raises ViewError if no run finished.
    """
    runs = {name: some for name, some in table.ended().items() if some}
    if not runs:
        raise ViewError(f"{table.folder}: no run of this sweep finished")
    with style.applied():
        subtitle = Message(
            "median of the seeds, their middle half and their middle {share}", {"share": in_numbers("90%")}
        )
        panels = panels_of(table, list(runs), Message("How the loss falls"), subtitle, style, size)
        top, bottom = _loss_limits(list(runs.values()))
        ticks = _loss_ticks(bottom, top)
        for place, (axes, some) in enumerate(zip(panels.axes, runs.values(), strict=True)):
            losses = np.stack([run.losses for run in some])
            _fan(axes, np.maximum(losses, min(bottom, TINIEST_LOSS)), panels.looks[place], style)
            axes.set(xlim=(0, table.epochs), ylim=(bottom, top), yscale=_scale(bottom))
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            short_numbers(axes.xaxis)
            axes.yaxis.set_major_locator(FixedLocator(ticks))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter(in_this_language(lambda loss, _: _tick_text(loss)))
            left, bottommost = panels.is_outer(place)
            axes.tick_params(labelleft=left, labelbottom=bottommost, which="both")
        label_outside(panels.page, panels.axes, panels.columns, say("epoch"), say("loss"))
        shorten_titles(panels.page, style)
        return panels.page


def width_curves(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The losses at the end over the units of a hidden layer: of held-out samples above, of training below.

    A dotted line marks the width from which on the networks fit the samples that they train on. Raises
    ViewError if anything but the width varies, or the losses of held-out samples are not known.
    """
    found = losses_by_width(table)
    if found is None:
        raise ViewError(
            f"{table.folder}: losses by width need validation data and the axis hidden_units alone, with "
            f"{FEWEST} single numbers or more"
        )
    with style.applied():
        subtitle = Message("median and middle half; every seed a dot")
        page = page_of(table, Message("Loss by width"), subtitle, style, NATIVE, size)
        held_out, training = grid(page, 2, 1, gap=(0.42, 0), left=LEFT + 0.3, top=TOP + 0.3)
        _curve(held_out, found.units, found.held_out, style, hollow=True)
        _curve(training, found.units, found.training, style)
        held_out.set_title(say("Held out"))
        training.set_title(say("Training"))
        held_out.tick_params(labelbottom=False)
        training.set_xlabel(say("units of each hidden layer"))
        if found.fitted_from is not None:
            for axes in (held_out, training):
                axes.axvline(found.fitted_from, color=style.muted, linestyle=":", linewidth=1.5, zorder=1)
            _say_beside(page, training, found.fitted_from, style)
        return page


def _fan(axes: Axes, losses: Array, look: Look, style: Style) -> None:
    """Draw losses (n_runs, epochs); what is no number counts as infinite."""
    colour, dashes = look
    epochs = np.arange(1, losses.shape[1] + 1)
    known = np.where(np.isfinite(losses), losses, np.inf)
    for low, high, strength in QUANTILES:
        edges = np.quantile(known, (low, high), axis=0, method="nearest")
        axes.fill_between(epochs, *np.minimum(edges, 1e30), color=colour, alpha=strength, linewidth=0)
    middle = np.quantile(known, 0.5, axis=0, method="nearest")
    axes.plot(epochs, middle, color=colour, linestyle=dashes, linewidth=style.curve_width)


def _curve(axes: Axes, units: Array, losses: Sequence[Array], style: Style, hollow: bool = False) -> None:
    """Draw the losses of each width (n_seeds,): dots, their median and their middle half."""
    known = [np.maximum(of, TINIEST_LOSS) for of in losses]
    every = np.concatenate(known)
    low, middle, high = np.transpose([np.quantile(of, (0.25, 0.5, 0.75)) for of in known])
    axes.fill_between(units, low, high, color=style.loss, alpha=0.18, linewidth=0)
    axes.plot(units, middle, color=style.loss, linewidth=style.curve_width)
    axes.plot(
        np.repeat(units, [len(of) for of in known]),
        every,
        "o",
        color=style.loss,
        markerfacecolor=style.background if hollow else style.loss,
        markersize=4,
        alpha=0.75,
    )
    top, bottom = _limits_of(every[every < DIVERGED])
    axes.set(xscale="log", yscale="log", ylim=(bottom, top), ylabel=say("loss"))
    axes.yaxis.set_major_locator(FixedLocator(_loss_ticks(bottom, top)))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(in_this_language(_at_least_tiniest))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(units, _labels_apart(axes, units, style))


def _at_least_tiniest(loss: float, position: Any) -> str:
    """The label of a loss; the least one stands for all below it, too."""
    return f"{'≤' if math.isclose(loss, TINIEST_LOSS) else ''}{decade_text(loss)}"


def _labels_apart(axes: Axes, units: Array, style: Style) -> list[str]:
    """A label for each of the units that has room for it beside those before it; "" for the others."""
    places = axes.transData.transform([(each, axes.get_ylim()[0]) for each in units.tolist()])[:, 0]
    labels: list[str] = []
    end = -math.inf
    for place, each in zip(places.tolist(), units.tolist(), strict=True):
        half = width_in_inches(number(each), style.size_tick, style) * axes.figure.dpi / 2
        labels.append(number(each) if place - half > end else "")
        end = place + half * TICK_GAP if labels[-1] else end
    return labels


def _say_beside(page: Figure, axes: Axes, units: int, style: Style) -> None:
    """Say what the line at these units is, where no curve is: before it the loss is high, behind it low."""
    values = {"units": number(units), "share": in_numbers(f"{FITTED:.0%}")}
    words = say("from {units} units on, training loss below {share} of the narrowest", **values)
    left, right = axes.bbox.x0, axes.bbox.x1
    line = axes.transData.transform((units, axes.get_ylim()[0]))[0]
    behind = right - line >= line - left
    text = axes.annotate(
        words,
        (units, 1 if behind else 0),
        (7, -4) if behind else (-7, 4),
        xycoords=axes.get_xaxis_transform(),
        textcoords="offset points",
        ha="left" if behind else "right",
        va="top" if behind else "bottom",
        color=style.muted,
        fontsize=NOTE * style.size_tick,
    )
    room = max(right - line, line - left) - 10 * page.dpi / 72
    fit(text, room, NOTE * style.size_tick, FigureCanvasAgg(page).get_renderer(), sentence=True)


def _loss_limits(runs: Sequence[Sequence[SweepRun]]) -> tuple[float, float]:
    """Top and bottom of the axes: all finite losses, except for an occasional diverged run."""
    return _limits_of(np.concatenate([run.losses for some in runs for run in some]))


def _limits_of(losses: Array) -> tuple[float, float]:
    """Top and bottom for these losses, except for the highest and lowest 0.2%; below 0 where some are."""
    losses = losses[np.isfinite(losses)]
    if not len(losses):
        return 1.0, TINIEST_LOSS
    low, high = map(float, np.quantile(losses, (0.002, 0.998)))
    if low < 0:
        return high + 0.06 * (high - low or 1), low - 0.06 * (high - low or 1)
    return max(high, TINIEST_LOSS) * 1.4, max(low, TINIEST_LOSS) / 1.4


def _scale(bottom: float) -> str:
    """The scale of the axis: Poisson's losses may be below 0, and have no decades then."""
    return "linear" if bottom < 0 else "log"


def _tick_text(loss: float) -> str:
    return number(loss) if loss < 0 else decade_text(loss)


def _loss_ticks(bottom: float, top: float) -> list[float]:
    """Powers of ten if they give three ticks, else 1, 2 and 5 times them, else linear ticks."""
    for subs, enough in (((1.0,), 3), ((1.0, 2.0, 5.0), 2)) if bottom > 0 else ():
        ticks = LogLocator(subs=subs, numticks=6).tick_values(bottom, top)
        if len(inside := [float(tick) for tick in ticks if bottom <= tick <= top]) >= enough:
            return inside
    return [float(tick) for tick in MaxNLocator(4).tick_values(bottom, top) if bottom <= tick <= top]
