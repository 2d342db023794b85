"""How many seeds solve it, with an interval, and when: the figures "solved", "tuned" and "epochs"."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from replay.drawing.artists.ticks import short_numbers
from replay.drawing.identity import Look, looks
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.runs.regression import FITS
from replay.runs.traits import NAME
from replay.sweeps.pictures.page import looks_of, native_shape, page_of, rows_of, traits_of
from replay.sweeps.table import SweepTable
from replay.sweeps.tuning import tuned
from replay.sweeps.verdict import Verdict, percent, verdicts
from replay.types import Array

ROW = 0.32  # the least height of a row, in inches
BOX = 0.34  # the height of a box or bar, as a share of a row


def solved_shares(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The share of seeds with which each combination solves it, with Wilson's 95% interval."""
    found = _verdicts(table)
    own = looks_of(table, [verdict.name for verdict in found], style)
    fitted = _is_regression(found)
    title = Message("How many seeds fit it") if fitted else Message("How many seeds solve it")
    return _shares(table, title, _of_seeds(found), found, own, style, size)


def tuned_shares(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The same for each optimizer at its best learning rate, of the seeds that did not choose it.

    Raises ViewError if the sweep does not vary both the optimizer and the learning rate.
    """
    found = tuned(table)
    if not found:
        raise ViewError(f"{table.folder}: tuning needs both axes, optimizer and learning_rate")
    own = looks([{**traits_of(one.axes), NAME: one.name} for one in found], style)
    told = found[0]
    values = {"rates": told.n_rates, "choosing": told.n_choosing}
    subtitle = (
        Message(
            "the best of {rates} learning rates, chosen by {choosing} seeds and told by the others", values
        )
        if told.held_out
        else Message(
            "the best of {rates} learning rates, told by the seeds that chose it: that is optimistic", values
        )
    )
    verdicts = [one.verdict for one in found]
    return _shares(table, Message("At its best learning rate"), subtitle, verdicts, own, style, size)


def _shares(
    table: SweepTable,
    title: Message,
    subtitle: Message,
    found: Sequence[Verdict],
    own: Sequence[Look],
    style: Style,
    size: tuple[int, int] | None,
) -> Figure:
    """A row for each verdict: the share that solves it, with its interval."""
    with style.applied():
        native = native_shape(len(found), ROW)
        page = page_of(table, title, subtitle, style, native, size)
        axes, points = rows_of(page, [verdict.name for verdict in found], style, right=1.75)
        for row, (verdict, (colour, dashes)) in enumerate(zip(found, own, strict=True)):
            axes.barh(row, verdict.share, BOX, color=colour, alpha=0.3, linewidth=0)
            axes.plot(
                verdict.interval,
                [row, row],
                color=colour,
                linestyle=dashes,
                linewidth=style.curve_width,
                zorder=3,
            )
            axes.plot([verdict.share], [row], "o", color=colour, markersize=7, zorder=4)
            share = in_numbers(percent(verdict.n_solved, verdict.n_runs))
            label = f"{share}  ({verdict.n_solved}/{verdict.n_runs})"
            axes.annotate(
                label,
                (1, row),
                (10, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                fontsize=points,
            )
        interval = say("share of the seeds, with a {share} interval", share=in_numbers("95%"))
        if _is_regression(found):
            interval = say(
                "share of the seeds with an R² of {r2} or more, with a {share} interval",
                r2=FITS,
                share=in_numbers("95%"),
            )
        axes.set(xlim=(0, 1), xlabel=interval)
        axes.xaxis.set_major_formatter(in_this_language(lambda share, _: in_numbers(f"{share:.0%}")))
        for line in axes.lines:
            line.set_clip_on(False)
        return page


def solved_epochs(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The epochs at which each combination solves it: a point per seed, with median and quartiles."""
    found = _verdicts(table)
    runs = table.ended()
    with style.applied():
        subtitle = Message("median and middle half; every seed a dot")
        title = Message("When they fit it") if _is_regression(found) else Message("When they solve it")
        page = page_of(table, title, subtitle, style, native_shape(len(found), ROW), size)
        axes, points = rows_of(page, [verdict.name for verdict in found], style, right=1.35)
        own = looks_of(table, [verdict.name for verdict in found], style)
        for row, (verdict, (colour, _)) in enumerate(zip(found, own, strict=True)):
            when = np.array([run.solved_at for run in runs[verdict.name] if run.solved_at is not None])
            if len(when):
                low, middle, high = np.quantile(when, (0.25, 0.5, 0.75))
                axes.barh(row, high - low, BOX, left=low, color=colour, alpha=0.3, linewidth=0)
                axes.plot(
                    [middle] * 2, [row - BOX / 2, row + BOX / 2], color=style.ink, linewidth=3, zorder=4
                )
                axes.plot(when, row + _scattered(len(when)), "o", color=colour, markersize=3.6, alpha=0.75)
            missing = verdict.n_runs - verdict.n_solved
            axes.annotate(
                say("{number} never", number=missing) if missing else "",
                (1, row),
                (10, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                fontsize=points,
                color=style.muted,
            )
        from_when = (
            say("epoch from which R² is {r2} or more", r2=FITS)
            if _is_regression(found)
            else say("epoch from which every sample is right")
        )
        axes.set(xlim=(0, table.epochs), xlabel=from_when)
        short_numbers(axes.xaxis)
        for line in axes.lines:
            line.set_clip_on(False)
        return page


def _verdicts(table: SweepTable) -> list[Verdict]:
    found = verdicts(table.by_combination(), table.epochs)
    if not found:
        raise ViewError(f"{table.folder}: no run of this sweep finished")
    return found


def _is_regression(found: Sequence[Verdict]) -> bool:
    return any(verdict.r2 is not None for verdict in found)


def _of_seeds(found: Sequence[Verdict]) -> Message:
    counts = sorted({verdict.n_runs for verdict in found})
    values = {"seeds": counts[0], "most": counts[-1], "epochs": found[0].epochs}
    if len(counts) == 1:
        return Message("{seeds} seeds each, {epochs} epochs", values)
    return Message("{seeds} to {most} seeds each, {epochs} epochs", values)


def _scattered(n: int) -> Array:
    """Heights within a row that keep points apart, without randomness: multiples of the golden ratio."""
    return ((np.arange(n) * 0.618034) % 1 - 0.5) * BOX * 1.7
