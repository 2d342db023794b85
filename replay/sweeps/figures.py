"""The figures of a sweep: solved shares, epochs to solve, losses, and decision boundaries by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.text import Text
from matplotlib.ticker import FixedLocator, LogLocator, MaxNLocator, NullLocator

from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.letters import letters
from replay.drawing.artists.shading import Shading
from replay.drawing.artists.ticks import decade_text, number, short_numbers
from replay.drawing.artists.words import fit
from replay.drawing.fonts import with_fonts
from replay.drawing.identity import Look, looks
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import LIGHT, Style
from replay.errors import ViewError, unknown
from replay.language.message import Message, in_numbers, in_this_language, say
from replay.network.in_numpy.forward import Network
from replay.runs.task import ByClass
from replay.runs.traits import NAME
from replay.sweeps.folder import SweepStore
from replay.sweeps.held_fixed import notes
from replay.sweeps.result import SweepRun
from replay.sweeps.table import SweepTable
from replay.sweeps.tuning import tuned
from replay.sweeps.verdict import Verdict, percent, verdicts
from replay.sweeps.widths import DIVERGED, FEWEST, FITTED, losses_by_width
from replay.types import Array
from replay.views.shared.geometry import finite_range, limits_around
from replay.views.shared.regions import Regions

NATIVE = Shape(12.0, 6.4, 120.0)
LEFT, RIGHT, BOTTOM = 0.75, 0.35, 1.12  # inches around the axes; at the bottom are two notes
NOTES = (0.36, 0.14)  # inches from the bottom, the baselines of the notes
TITLE_BASELINE, SUBTITLE_BASELINE, TOP = 0.48, 0.82, 1.1  # inches from the top; TOP is that of the axes
MARGIN = 0.25  # inches between names and axes
NOTE = 0.8  # of the tick size, the notes below the figures
NAMES_SHARE = 0.35  # the largest share of the width for names
ROW, PLANE_ROW, PANEL_ROW = 0.32, 0.75, 1.75  # the least height of a row in each kind of figure, in inches
SQUEEZED = 0.6  # of these heights, if a size is given
LINE = 1.35  # line height, as a multiple of the font size
PANELS_ACROSS = 5  # loss panels in a row, if there are many
LOWEST = 3.0  # inches
TALLEST = 8000.0  # pixels
CUTS = (0.5, 0.7, 0.3, 0.85, 0.15, 1.0, 0.0)  # where to cut names: the share of kept letters before the cut
SQUASHING = ("sigmoid", "hard_sigmoid", "softmax")  # output activations that give probabilities
QUANTILES = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3))  # loss bands: from, to, opacity
TINIEST_LOSS = 1e-6
TICK_GAP = 1.5  # from a tick to the next label, in halves of its own label
BOUNDARIES = 8  # runs of a combination whose boundaries are shown
MESH = 60  # points per side of a plane
BOX = 0.34  # the height of a box or bar, as a share of a row
PANEL_ASPECT = 1.3  # of a loss panel
GAP = 0.09  # inches between planes


def solved_shares(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The share of seeds with which each combination solves it, with Wilson's 95% interval."""
    found = _verdicts(table)
    own = _looks(table, [verdict.name for verdict in found], style)
    return _shares(table, Message("How many seeds solve it"), _of_seeds(found), found, own, style, size)


def tuned_shares(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The same for each optimizer at its best learning rate, of the seeds that did not choose it.

    Raises ViewError if the sweep does not vary both the optimizer and the learning rate.
    """
    found = tuned(table)
    if not found:
        raise ViewError(f"{table.folder}: tuning needs both axes, optimizer and learning_rate")
    own = looks([{**_traits(one.axes), NAME: one.name} for one in found], style)
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
        native = _native(len(found), ROW)
        page = _page(table, title, subtitle, style, native, size)
        axes, points = _rows(page, [verdict.name for verdict in found], style, right=1.75)
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
        page = _page(table, Message("When they solve it"), subtitle, style, _native(len(found), ROW), size)
        axes, points = _rows(page, [verdict.name for verdict in found], style, right=1.35)
        own = _looks(table, [verdict.name for verdict in found], style)
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
        axes.set(xlim=(0, table.epochs), xlabel=say("epoch from which every sample is right"))
        short_numbers(axes.xaxis)
        for line in axes.lines:
            line.set_clip_on(False)
        return page


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
        native = _native(-(-len(runs) // PANELS_ACROSS), PANEL_ROW)
        page = _page(table, Message("How the loss falls"), subtitle, style, native, size)
        columns, rows = _divided(len(runs), page)
        axes = _grid(page, rows, columns, gap=(0.62, 0.3), left=LEFT + 0.3, top=TOP + 0.3)
        top, bottom = _loss_limits(list(runs.values()))
        ticks = _loss_ticks(bottom, top)
        own = _looks(table, list(runs), style)
        for number, (name, some) in enumerate(runs.items()):
            losses = np.stack([run.losses for run in some])
            _fan(axes[number], losses, own[number], style)
            axes[number].set_title(name)
            axes[number].set(xlim=(0, table.epochs), ylim=(bottom, top), yscale="log")
            axes[number].xaxis.set_major_locator(MaxNLocator(4, integer=True))
            short_numbers(axes[number].xaxis)
            axes[number].yaxis.set_major_locator(FixedLocator(ticks))
            axes[number].yaxis.set_minor_locator(NullLocator())
            axes[number].yaxis.set_major_formatter(in_this_language(lambda loss, _: decade_text(loss)))
            axes[number].tick_params(
                labelleft=number % columns == 0, labelbottom=number + columns >= len(runs), which="both"
            )
        _label_outside(page, axes[: len(runs)], columns, say("epoch"), say("loss"))
        _shorten_titles(page, style)
        return page


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
        page = _page(table, Message("Loss by width"), subtitle, style, NATIVE, size)
        held_out, training = _grid(page, 2, 1, gap=(0.42, 0), left=LEFT + 0.3, top=TOP + 0.3)
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


def boundaries(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The final decision boundaries of some seeds, a row per combination.

    Raises ViewError if inputs are not 2-D, or no final weights were kept.
    """
    data = SweepStore(table.folder).data()
    if data is None:
        raise ViewError(f"{table.folder}: boundaries need inputs of 2 dimensions")
    ended = table.ended()
    runs = {
        name: {run.seed: run for run in some if run.weights}
        for name, some in ended.items()
        if any(run.weights for run in some)
    }
    if not runs:
        raise ViewError(f"{table.folder}: no final weights were kept, as the networks are too large")
    if not all(_gives_probabilities(run) for some in runs.values() for run in some.values()):
        raise ViewError(
            f"{table.folder}: boundaries need a network whose outputs are probabilities of classes"
        )
    seeds = sorted({seed for some in runs.values() for seed in some})[:BOUNDARIES]
    with style.applied():
        subtitle = Message("the plane at the end, by seed; framed: some samples are wrong")
        page = _page(
            table, Message("What they made of it"), subtitle, style, _native(len(runs), PLANE_ROW), size
        )
        height = (page.get_size_inches()[1] - TOP - BOTTOM) / len(runs)
        names, points, left = _fitted_names(page, list(runs), height, style)
        axes = _grid(
            page, len(runs), len(seeds), gap=(GAP, GAP), left=left, bottom=BOTTOM - 0.4, top=TOP + 0.12
        )
        for row, some in enumerate(runs.values()):
            for column, seed in enumerate(seeds):
                place = axes[row * len(seeds) + column]
                if seed in some:
                    _plane(place, some[seed], *data, style)
                    continue
                place.set(xticks=[], yticks=[])
                for spine in place.spines.values():
                    spine.set_visible(False)
            axes[row * len(seeds)].set_ylabel(
                names[row],
                rotation=0,
                ha="right",
                va="center",
                color=style.ink,
                labelpad=10,
                fontsize=points,
            )
        _title_seeds(page, axes[: len(seeds)], seeds, style)
        return page


FIGURES = {
    "solved": solved_shares,
    "tuned": tuned_shares,
    "epochs": solved_epochs,
    "losses": loss_fans,
    "widths": width_curves,
    "boundaries": boundaries,
}


def sweep_figure(
    table: SweepTable, name: str, style: Style = LIGHT, size: tuple[int, int] | None = None
) -> Figure:
    """Draw one of the figures of a sweep.

    Args:
        table: The runs.
        name: "solved" (the share of the seeds that solve it), "tuned" (the same at each optimizer's best
            learning rate), "epochs" (when they do), "losses" (over the epochs), "widths" (the losses at the
            end, by the units of a hidden layer) or "boundaries" (the planes at the end). `sweep_figures`
            tells which ones the sweep has.
        style: Colours and sizes, by default `theme("light")`.
        size: Width and height in pixels, by default 1440×720, higher for many combinations.

    Returns:
        A matplotlib figure, for `save_still`.

    Raises:
        ViewError: The name is unknown, or the sweep has no data for the figure.
        DataError: The task has no classes, so that no run solves it.
        OutputError: No picture has this size.

    >>> from replay import SweepTable, save_still, sweep_figure
    >>> figure = sweep_figure(SweepTable.open("sweep"), "solved")
    >>> save_still(figure, "solved.png").name
    'solved.png'
    """
    if name not in FIGURES:
        raise ViewError(unknown("figure of a sweep", name, FIGURES))
    fonts = with_fonts(style.font, [table.scenario, *table.combinations])
    return FIGURES[name](table, replace(style, font=fonts), size)


def sweep_figures(table: SweepTable) -> list[str]:
    """Tell which figures a sweep has the data for.

    Args:
        table: The runs.

    Returns:
        Their names, for `sweep_figure`.

    >>> from replay import SweepTable, sweep_figures
    >>> sweep_figures(SweepTable.open("sweep"))
    ['solved', 'epochs', 'losses', 'boundaries']
    """
    runs = [run for some in table.ended().values() for run in some]
    solvable = bool(runs) and all(run.solved is not None for run in runs)
    kept = [run for run in runs if run.weights]
    drawable = bool(kept) and all(map(_gives_probabilities, kept))
    in_plane = drawable and SweepStore(table.folder).data() is not None
    tunable = solvable and bool(tuned(table))
    fit_for = {
        "solved": solvable,
        "tuned": tunable,
        "epochs": solvable,
        "losses": bool(runs),
        "widths": losses_by_width(table) is not None,
        "boundaries": in_plane,
    }
    return [name for name in FIGURES if fit_for[name]]


# The content


def _looks(table: SweepTable, names: Sequence[str], style: Style) -> list[Look]:
    """The looks of these combinations: those that their runs have in every other picture."""
    return looks([{**_traits(table.combinations[name]), NAME: name} for name in names], style)


def _traits(axes: Mapping[str, Any]) -> dict[str, str]:
    return {axis: _in_words(value) for axis, value in axes.items()}


def _in_words(value: Any) -> str:
    """A value of an axis, as the traits of runs have it."""
    if isinstance(value, list | tuple):
        return "x".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _gives_probabilities(run: SweepRun) -> bool:
    """Whether the network's outputs are probabilities of classes.

    A linear output may be a logit or any number: the loss, which would tell, is not kept.
    """
    return run.solved is not None and run.layers[-1].activation in SQUASHING


def _verdicts(table: SweepTable) -> list[Verdict]:
    found = verdicts(table.by_combination(), table.epochs)
    if not found:
        raise ViewError(f"{table.folder}: no run of this sweep finished")
    return found


def _of_seeds(found: Sequence[Verdict]) -> Message:
    counts = sorted({verdict.n_runs for verdict in found})
    values = {"seeds": counts[0], "most": counts[-1], "epochs": found[0].epochs}
    if len(counts) == 1:
        return Message("{seeds} seeds each, {epochs} epochs", values)
    return Message("{seeds} to {most} seeds each, {epochs} epochs", values)


def _scattered(n: int) -> Array:
    """Heights within a row that keep points apart, without randomness: multiples of the golden ratio."""
    return ((np.arange(n) * 0.618034) % 1 - 0.5) * BOX * 1.7


def _fan(axes: Axes, losses: Array, look: Look, style: Style) -> None:
    """Draw losses (n_runs, epochs)."""
    colour, dashes = look
    epochs = np.arange(1, losses.shape[1] + 1)
    known = np.maximum(np.where(np.isfinite(losses), losses, np.inf), TINIEST_LOSS)
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
    """Top and bottom for these losses, except for the highest and lowest 0.2%."""
    losses = np.maximum(losses[np.isfinite(losses)], TINIEST_LOSS)
    if not len(losses):
        return 1.0, TINIEST_LOSS
    low, high = np.quantile(losses, (0.002, 0.998))
    return float(high * 1.4), float(low / 1.4)


def _loss_ticks(bottom: float, top: float) -> list[float]:
    """Powers of ten if they give three ticks, else 1, 2 and 5 times them, else linear ticks."""
    for subs, enough in (((1.0,), 3), ((1.0, 2.0, 5.0), 2)):
        ticks = LogLocator(subs=subs, numticks=6).tick_values(bottom, top)
        if len(inside := [float(tick) for tick in ticks if bottom <= tick <= top]) >= enough:
            return inside
    return [float(tick) for tick in MaxNLocator(4).tick_values(bottom, top) if bottom <= tick <= top]


def _plane(axes: Axes, run: SweepRun, inputs: Array, targets: Array, style: Style) -> None:
    limits = limits_around(*finite_range(inputs))
    network = Network(run.layers)
    weights = [array[None] for array in run.weights]

    def answers_of(points: Array) -> ByClass:
        outputs = network.evaluate(points, weights)[0]
        by_class = np.column_stack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs
        return ByClass(by_class, by_class)

    regions = Regions.over(limits, MESH, answers_of)
    shading = Shading(axes, limits, style)
    axes.add_artist(shading)
    shading.show(regions.probabilities)
    labels = targets.reshape(len(targets), -1)
    labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0].astype(int)
    for label in np.unique(labels):
        axes.plot(*inputs[labels == label].T, ",", color=style.class_colour(int(label)), zorder=2)
    for line in regions.boundary:
        axes.plot(*line.T, color=style.boundary, linewidth=style.boundary_width * 0.6, zorder=3)
    axes.set(xlim=limits.x, ylim=limits.y, xticks=[], yticks=[])
    for spine in axes.spines.values():
        spine.set(visible=True, color=style.faint if run.solved else style.error)
        spine.set_linewidth(1.0 if run.solved else 2.0)


# The page


def _native(rows: int, height: float) -> Shape:
    """NATIVE, or taller if `rows` of this `height` in inches do not fit."""
    inches = max(NATIVE.height, TOP + BOTTOM + rows * height)
    return Shape(NATIVE.width, inches, min(NATIVE.dpi, TALLEST / inches))


def _page(
    table: SweepTable,
    title: Message,
    subtitle: Message,
    style: Style,
    native: Shape,
    size: tuple[int, int] | None,
) -> Figure:
    wanted = shape(native, size)
    needed = (
        TOP + BOTTOM + (native.height - TOP - BOTTOM) * SQUEEZED if native.height > NATIVE.height else 3.0
    )
    if wanted.height < needed:  # make everything smaller
        times = needed / wanted.height
        wanted = Shape(wanted.width * times, wanted.height * times, wanted.dpi / times)
    page = Figure(figsize=wanted.inches, dpi=wanted.dpi)
    renderer = FigureCanvasAgg(page).get_renderer()
    room = (wanted.width - LEFT - RIGHT) * wanted.dpi
    lines: tuple[tuple[str, float, float, dict[str, Any]], ...] = (
        (f"{table.title} · {title}", TITLE_BASELINE, style.size_title, {"fontweight": "bold"}),
        (str(subtitle), SUBTITLE_BASELINE, style.size_caption, {"color": style.muted}),
    )
    for text, baseline, points, look in lines:
        words = page.text(
            MARGIN / wanted.width, 1 - baseline / wanted.height, text, fontsize=points, va="baseline", **look
        )
        fit(words, room, points, renderer, sentence=True)
    for note, baseline in zip(notes(table), NOTES, strict=False):
        place = MARGIN / wanted.width, baseline / wanted.height
        points = NOTE * style.size_tick
        words = page.text(*place, note, va="baseline", fontsize=points, color=style.muted)
        fit(words, (wanted.width - 2 * MARGIN) * wanted.dpi, points, renderer, sentence=True)
    return page


def _rows(page: Figure, names: Sequence[str], style: Style, right: float) -> tuple[Axes, float]:
    """Axes with a row for each name, the first on top, and `right` inches beside them.

    Also returns the font size that fits a row.
    """
    height = (page.get_size_inches()[1] - TOP - BOTTOM) / len(names)
    short, points, left = _fitted_names(page, names, height, style)
    (axes,) = _grid(page, 1, 1, gap=(0, 0), left=left, right=right)
    axes.set_yticks(range(len(names)), short, color=style.ink, fontsize=points)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=style.faint, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes, points


def _fitted_names(
    page: Figure, names: Sequence[str], height: float, style: Style
) -> tuple[list[str], float, float]:
    """Names for rows of `height` inches, their font size, and the inches left of the axes.

    Names that are too long are cut so that they stay different from one another.
    """
    renderer = FigureCanvasAgg(page).get_renderer()
    largest = min(style.size_tick, height * 72 / LINE)
    pixels = (NAMES_SHARE * page.get_size_inches()[0] - MARGIN) * page.dpi
    texts = [page.text(0, 0, name, fontsize=largest) for name in names]
    _shorten(texts, pixels, largest, renderer)
    short = [text.get_text() for text in texts]
    points = min(float(text.get_fontsize()) for text in texts)
    widest = max(text.get_window_extent(renderer).width for text in texts) / page.dpi
    for text in texts:
        text.remove()
    return short, points, max(0.5, widest) + MARGIN + 0.15


def _shorten(texts: Sequence[Text], pixels: float, largest: float, renderer: Any) -> None:
    """Make texts fit: cut them where they stay different from one another, or else in the middle."""
    names = [text.get_text() for text in texts]
    for share in (*CUTS, CUTS[0]):
        for text, name in zip(texts, names, strict=True):
            text.set(text=name, fontsize=largest)
            _cut(text, pixels, largest, share, renderer)
        if len({text.get_text() for text in texts}) == len(set(names)):
            break


def _cut(text: Text, pixels: float, largest: float, share: float, renderer: Any) -> None:
    """Make `text` fit as `fit` does, but keep its end, too: `share` of the kept letters is before the cut."""
    whole = text.get_text()
    fit(text, pixels, largest, renderer)
    each, kept = letters(whole), len(letters(text.get_text()))
    while text.get_text() != whole and kept > 0:
        first = round(kept * share)
        text.set_text(f"{''.join(each[:first])}…{''.join(each[len(each) - (kept - first) :])}")
        if text.get_window_extent(renderer).width <= pixels:
            break
        kept -= 1


def _title_seeds(page: Figure, axes: Sequence[Axes], seeds: Sequence[int], style: Style) -> None:
    """Title the columns "seed 0", "seed 1", or with just the numbers if columns are narrow."""
    renderer = FigureCanvasAgg(page).get_renderer()
    look: dict[str, Any] = {"fontsize": style.size_tick, "loc": "center", "pad": 5}
    titles = [
        each.set_title(say("seed {seed}", seed=seed), **look) for each, seed in zip(axes, seeds, strict=True)
    ]
    room = axes[0].bbox.width
    if all(title.get_window_extent(renderer).width < 0.9 * room for title in titles):
        return
    for title, seed in zip(titles, seeds, strict=True):
        title.set_text(str(seed))
        fit(title, room, style.size_tick, renderer)
    axes[0].annotate(
        say("seed"),
        (0, 1),
        (-10, 5),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontsize=style.size_tick,
    )


def _grid(
    page: Figure,
    rows: int,
    columns: int,
    *,
    gap: tuple[float, float],
    left: float = LEFT,
    right: float = RIGHT,
    bottom: float = BOTTOM,
    top: float = TOP,
) -> list[Axes]:
    """Axes row by row, with margins and gaps in inches."""
    width, height = page.get_size_inches()
    across, down = (width - left - right) / columns, (height - top - bottom) / rows
    layout = GridSpec(
        rows,
        columns,
        page,
        left=left / width,
        right=1 - right / width,
        bottom=bottom / height,
        top=1 - top / height,
        wspace=gap[1] / (across - gap[1] * (columns - 1) / columns),
        hspace=gap[0] / (down - gap[0] * (rows - 1) / rows),
    )
    return [page.add_subplot(layout[row, column]) for row in range(rows) for column in range(columns)]


def _divided(n: int, page: Figure) -> tuple[int, int]:
    """Columns and rows for `n` panels, slightly wider than tall, with few empty cells."""
    width, height = page.get_size_inches()

    def cost(columns: int) -> float:
        rows = -(-n // columns)
        return abs(math.log(width / columns / (height / rows) / PANEL_ASPECT)) + (rows * columns - n) / n

    columns = min(range(1, n + 1), key=cost)
    return columns, -(-n // columns)


def _label_outside(page: Figure, axes: Sequence[Axes], columns: int, x: str, y: str) -> None:
    for place, each in enumerate(axes):
        if place + columns >= len(axes):
            each.set_xlabel(x)
        if place % columns == 0:
            each.set_ylabel(y)
    for unused in page.axes[len(axes) :]:
        unused.set_axis_off()


def _shorten_titles(page: Figure, style: Style) -> None:
    renderer = FigureCanvasAgg(page).get_renderer()
    used = [axes for axes in page.axes if axes.get_title(loc="left")]
    titles = [axes._left_title for axes in used]  # type: ignore[attr-defined]  # there is no public name
    _shorten(titles, used[0].bbox.width, style.size_panel, renderer)
