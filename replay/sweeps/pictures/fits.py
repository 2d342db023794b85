"""The curves that the seeds of a regression end with: median and bands over the input, with the samples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.ticks import short_numbers
from replay.drawing.identity import Look
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import Message, in_numbers, say
from replay.network.in_numpy.forward import Network
from replay.sweeps.folder import SweepStore
from replay.sweeps.pictures.page import (
    QUANTILES,
    label_outside,
    panels_of,
    shorten_titles,
)
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.types import Array

POINTS = 241  # of each curve
MARGIN = 0.04  # of the range of inputs, beyond them
ROOM = 0.12  # of the range of targets, above and below
FEWEST_FOR_BANDS = 4  # seeds; of fewer, the curves alone are drawn


class Samples(NamedTuple):
    """Inputs and targets, (n,) each."""

    inputs: Array
    targets: Array


def fits(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The fitted curves of all seeds, a panel for each combination: median, bands, the samples on top.

    Where the held-out samples reach beyond those of the training, so do the curves, over a shaded ground.
    Raises ViewError unless inputs and targets are single numbers and final weights were kept.
    """
    trained = training_samples(table)
    if trained is None:
        raise ViewError(f"{table.folder}: fits need a regression whose inputs and targets are single numbers")
    runs = _with_weights(table)
    if not runs:
        raise ViewError(f"{table.folder}: no final weights were kept, as the networks are too large")
    held_out = _single_numbers(SweepStore(table.folder).held_out())
    everything = [trained] if held_out is None else [trained, held_out]
    x = _places(np.concatenate([samples.inputs for samples in everything]))
    with style.applied():
        panels = panels_of(
            table, list(runs), Message("What they fit"), _subtitle(held_out is not None), style, size
        )
        curves = {name: _curves(some, x) for name, some in runs.items()}
        limits = _limits(everything, list(curves.values()), _within(x, trained))
        for place, (name, some) in enumerate(runs.items()):
            each = panels.axes[place]
            _band(each, x, curves[name], panels.looks[place], style)
            _samples(each, trained, held_out, style)
            each.set(xlim=(x[0], x[-1]), ylim=limits)
            _tell_quality(each, some, style)
            _ticks(each, *panels.is_outer(place))
        label_outside(panels.page, panels.axes, panels.columns, say("input"), say("output"))
        shorten_titles(panels.page, style)
        return panels.page


def _subtitle(held_out: bool) -> Message:
    """What the marks are."""
    share = {"share": in_numbers("90%")}
    return (
        Message(
            "median of the seeds, their middle half and {share}; hollow: held out; shaded: no training data",
            share,
        )
        if held_out
        else Message("median of the seeds, their middle half and {share}; dots are the samples", share)
    )


def training_samples(table: SweepTable) -> Samples | None:
    """The samples of a sweep whose inputs and targets are single numbers; None for any other."""
    ended = [run for some in table.ended().values() for run in some]
    if any(run.accuracy is not None for run in ended):  # classes
        return None
    return _single_numbers(SweepStore(table.folder).data())


def _single_numbers(data: tuple[Array, Array] | None) -> Samples | None:
    if data is None or any(array[0].size != 1 for array in data):
        return None
    return Samples(*(array.reshape(-1).astype(np.float64) for array in data))


def _with_weights(table: SweepTable) -> dict[str, list[SweepRun]]:
    """The runs that have their final weights, of each combination that has some."""
    runs = {name: [run for run in some if run.weights] for name, some in table.ended().items()}
    return {name: some for name, some in runs.items() if some}


def _places(inputs: Array) -> Array:
    """Where the curves are computed."""
    low, high = float(inputs.min()), float(inputs.max())
    beyond = MARGIN * ((high - low) or 1.0)
    return np.linspace(low - beyond, high + beyond, POINTS)


def _curves(runs: Sequence[SweepRun], x: Array) -> Array:
    """What the networks answer at `x`: (n_runs, n), those that are finite everywhere."""
    points = x[:, None].astype(np.float32)

    def answers_of(run: SweepRun) -> Array:
        return Network(run.layers).evaluate(points, [array[None] for array in run.weights]).reshape(len(x))

    with np.errstate(all="ignore"):
        curves = np.stack([answers_of(run) for run in runs]).astype(np.float64)
    return curves[np.isfinite(curves).all(axis=1)]


def _within(x: Array, trained: Samples) -> Array:
    """Which places lie between the inputs of the training."""
    return (x >= trained.inputs.min()) & (x <= trained.inputs.max())


def _limits(everything: Sequence[Samples], curves: Sequence[Array], within: Array) -> tuple[float, float]:
    """Bottom and top of all panels: the samples, and the bands where there are training data."""
    targets = np.concatenate([samples.targets for samples in everything])
    low, high = float(targets.min()), float(targets.max())
    reach = (high - low) or abs(high) or 1.0
    for some in curves:
        if len(some):
            bands = np.quantile(some[:, within], (0.05, 0.95), axis=0)
            low, high = min(low, float(bands.min())), max(high, float(bands.max()))
    low, high = max(low, float(targets.min()) - reach), min(high, float(targets.max()) + reach)
    return low - ROOM * reach, high + ROOM * reach


def _band(axes: Axes, x: Array, curves: Array, look: Look, style: Style) -> None:
    """Draw curves (n_runs, n): the median, bands of quantiles, and each seed as a thin line."""
    colour, dashes = look
    if not len(curves):
        axes.text(
            0.5, 0.5, say("no seed gives finite numbers"), transform=axes.transAxes, ha="center",
            color=style.muted,
        )  # fmt: skip
        return
    if len(curves) >= FEWEST_FOR_BANDS:
        for low, high, strength in QUANTILES:
            edges = np.quantile(curves, (low, high), axis=0)
            axes.fill_between(x, *edges, color=colour, alpha=strength, linewidth=0, zorder=2)
    axes.plot(x, curves.T, color=colour, linewidth=0.6, alpha=0.45, zorder=2.5)
    middle = np.quantile(curves, 0.5, axis=0)
    axes.plot(x, middle, color=colour, linestyle=dashes, linewidth=style.curve_width, zorder=4, gid="median")


def _samples(axes: Axes, trained: Samples, held_out: Samples | None, style: Style) -> None:
    """Draw the samples, those held out hollow, and shade what lies beyond the training's inputs."""
    look: dict[str, Any] = {"marker": "o", "linestyle": "", "markersize": style.marker}
    look |= {"zorder": 3, "alpha": 0.75}
    if held_out is not None:
        axes.plot(*held_out, color=style.muted, markerfacecolor="none", gid="held out", **look)
    axes.plot(*trained, color=style.ink, markeredgewidth=0, gid="training", **look)
    ends = (-np.inf, float(trained.inputs.min())), (float(trained.inputs.max()), np.inf)
    for start, end in ends:
        low, high = np.nan_to_num([start, end], neginf=-1e12, posinf=1e12)
        axes.axvspan(low, high, color=style.muted, alpha=0.1, linewidth=0, zorder=0)


def _tell_quality(axes: Axes, runs: Sequence[SweepRun], style: Style) -> None:
    """Say the median R² of the seeds beside the title."""
    known = [run.r2 for run in runs if run.r2 is not None]
    if known:
        axes.set_title(
            say("R² {r2:.2f}", r2=float(np.median(known))),
            loc="right", fontsize=style.size_tick, color=style.muted, fontweight="normal",
        )  # fmt: skip


def _ticks(axes: Axes, left: bool, bottom: bool) -> None:
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 5, 10]))
        short_numbers(axis)
    axes.tick_params(labelleft=left, labelbottom=bottom)
