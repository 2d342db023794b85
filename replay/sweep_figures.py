"""The pictures of a sweep: one page with shares, epochs, losses, and the boundaries of single runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray

from replay.errors import ViewError, unknown
from replay.forward import Network
from replay.grid import finite_range, limits_around
from replay.panels.shading import Shading
from replay.panels.words import fit
from replay.sizes import Shape, shape
from replay.style import Style
from replay.sweep_run import SweepRun
from replay.sweep_store import SweepStore
from replay.sweep_table import SweepTable
from replay.verdict import Verdict, percent, verdicts
from replay.views.regions import Regions

Array = NDArray[Any]

NATIVE = Shape(12.0, 6.0, 120.0)
LEFT, RIGHT, BOTTOM = 0.75, 0.35, 0.65  # inches around the axes
TITLE_BASELINE, SUBTITLE_BASELINE, TOP = 0.48, 0.82, 1.1  # inches from the top, the last that of the axes
LETTER = 0.66  # width of a letter on average, as a multiple of its size
MARGIN = 0.25  # inches between names and axes
QUANTILES = ((0.05, 0.95, 0.16), (0.25, 0.75, 0.3))  # of the losses: from, to, and how strong the band is
TINIEST_LOSS = 1e-6
BOUNDARIES = 8  # runs of a combination whose boundaries are shown
MESH = 60  # points along each side of a plane
BOX = 0.34  # height of a box or bar, as a share of a row
PANEL_ASPECT = 1.3  # of a panel of losses
GAP = 0.09  # inches between planes


def solved_shares(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The share of the seeds with which each combination solves it, with Wilson's 95% interval."""
    found = _verdicts(table)
    with style.applied():
        page = _page(table, "How many seeds solve it", _of_seeds(found), style, size)
        axes = _rows(page, [verdict.name for verdict in found], style, right=1.75)
        for row, verdict in enumerate(found):
            colour = style.class_colour(row)
            axes.barh(row, verdict.share, BOX, color=colour, alpha=0.3, linewidth=0)
            axes.plot(verdict.interval, [row, row], color=colour, linewidth=style.curve_width, zorder=3)
            axes.plot([verdict.share], [row], "o", color=colour, markersize=7, zorder=4)
            said = f"{percent(verdict.n_solved, verdict.n_runs)}  ({verdict.n_solved}/{verdict.n_runs})"
            axes.annotate(
                said,
                (1, row),
                (10, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
            )
        axes.set(xlim=(0, 1), xlabel="share of the seeds, with a 95% interval")
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        for line in axes.lines:
            line.set_clip_on(False)
        return page


def solved_epochs(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """At which epoch each combination solves it: every seed a point, with the median and the quartiles."""
    found = _verdicts(table)
    runs = table.ended()
    with style.applied():
        page = _page(table, "When they solve it", "median and middle half; every seed a dot", style, size)
        axes = _rows(page, [verdict.name for verdict in found], style, right=1.35)
        for row, verdict in enumerate(found):
            when = np.array([run.solved_at for run in runs[verdict.name] if run.solved_at is not None])
            colour = style.class_colour(row)
            if len(when):
                low, middle, high = np.quantile(when, (0.25, 0.5, 0.75))
                axes.barh(row, high - low, BOX, left=low, color=colour, alpha=0.3, linewidth=0)
                axes.plot(
                    [middle] * 2, [row - BOX / 2, row + BOX / 2], color=style.ink, linewidth=3, zorder=4
                )
                axes.plot(when, row + _scattered(len(when)), "o", color=colour, markersize=3.6, alpha=0.75)
            missing = verdict.n_runs - verdict.n_solved
            axes.annotate(
                f"{missing} never" if missing else "",
                (1, row),
                (10, 0),
                xycoords=axes.get_yaxis_transform(),
                textcoords="offset points",
                va="center",
                color=style.muted,
            )
        axes.set(xlim=(0, table.epochs), xlabel="epoch from which every sample is right")
        for line in axes.lines:
            line.set_clip_on(False)
        return page


def loss_fans(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The losses of all seeds over the epochs: the median, and where the middle half and 90% of them lie.

    Raises ViewError where no run came to an end.
    """
    runs = {name: some for name, some in table.ended().items() if some}
    if not runs:
        raise ViewError(f"{table.folder}: no run of this sweep came to an end")
    with style.applied():
        said = "median of the seeds, their middle half and their middle 90%"
        page = _page(table, "How the loss falls", said, style, size)
        columns, rows = _divided(len(runs), page)
        axes = _grid(page, rows, columns, gap=(0.62, 0.3), left=LEFT + 0.3, top=TOP + 0.3)
        top, bottom = _loss_limits(list(runs.values()))
        for number, (name, some) in enumerate(runs.items()):
            losses = np.stack([run.losses for run in some])
            _fan(axes[number], losses, style.class_colour(number), style)
            axes[number].set_title(name)
            axes[number].set(xlim=(0, table.epochs), ylim=(bottom, top), yscale="log")
            axes[number].xaxis.set_major_locator(MaxNLocator(4, integer=True))
            axes[number].yaxis.set_major_formatter(lambda loss, _: f"{loss:g}")
            axes[number].tick_params(
                labelleft=number % columns == 0, labelbottom=number + columns >= len(runs), which="both"
            )
            axes[number].minorticks_off()
        _label_outside(page, axes[: len(runs)], columns, "epoch", "loss")
        _shorten_titles(page, style)
        return page


def boundaries(table: SweepTable, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """What the networks of some seeds made of the plane at the end, a row for each combination.

    Raises ViewError where inputs are no points of a plane, or no final weights were kept.
    """
    data = SweepStore(table.folder).data()
    if data is None:
        raise ViewError(f"{table.folder}: boundaries can be drawn where the inputs have two coordinates")
    runs = {
        name: some[:BOUNDARIES]
        for name, all_runs in table.ended().items()
        if (some := [run for run in all_runs if run.weights])
    }
    if not runs:
        raise ViewError(f"{table.folder}: no final weights were kept, as the networks are too large")
    with style.applied():
        said = "the plane at the end, by seed; framed: some samples are wrong"
        page = _page(table, "What they made of it", said, style, size)
        columns = max(map(len, runs.values()))
        names = list(runs)
        left = _width_of(names, style) + MARGIN
        axes = _grid(page, len(runs), columns, gap=(GAP, GAP), left=left, bottom=0.25, top=TOP + 0.12)
        for row, (name, some) in enumerate(runs.items()):
            for column in range(columns):
                place = axes[row * columns + column]
                if column >= len(some):
                    place.set_axis_off()
                    continue
                _plane(place, some[column], *data, style)
                if row == 0:
                    place.set_title(
                        f"seed {some[column].seed}", fontsize=style.size_tick, loc="center", pad=5
                    )
            axes[row * columns].set_ylabel(
                name, rotation=0, ha="right", va="center", color=style.ink, labelpad=10
            )
        return page


FIGURES = {
    "solved": solved_shares,
    "epochs": solved_epochs,
    "losses": loss_fans,
    "boundaries": boundaries,
}


def figure(table: SweepTable, name: str, style: Style, size: tuple[int, int] | None = None) -> Figure:
    """The figure called `name`, of `size` in pixels. Raises ViewError for an unknown name, or no data for it.

    `FIGURES` has the names.
    """
    if name not in FIGURES:
        raise ViewError(unknown("figure of a sweep", name, FIGURES))
    return FIGURES[name](table, style, size)


def suited(table: SweepTable) -> list[str]:
    """The figures that this sweep has what it takes for."""
    runs = [run for some in table.ended().values() for run in some]
    solvable = bool(runs) and all(run.solved is not None for run in runs)
    in_plane = any(run.weights for run in runs) and SweepStore(table.folder).data() is not None
    fit_for = {"solved": solvable, "epochs": solvable, "losses": bool(runs), "boundaries": in_plane}
    return [name for name in FIGURES if fit_for[name]]


# What is drawn


def _verdicts(table: SweepTable) -> list[Verdict]:
    found = verdicts(table.by_combination(), table.epochs)
    if not found:
        raise ViewError(f"{table.folder}: no run of this sweep came to an end")
    return found


def _of_seeds(found: Sequence[Verdict]) -> str:
    counts = sorted({verdict.n_runs for verdict in found})
    seeds = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    return f"{seeds} seeds each, {found[0].epochs} epochs"


def _scattered(n: int) -> Array:
    """Heights within a row that keep points apart, the same each time: the golden ratio's multiples."""
    return ((np.arange(n) * 0.618034) % 1 - 0.5) * BOX * 1.7


def _fan(axes: Axes, losses: Array, colour: str, style: Style) -> None:
    """Draw losses (n_runs, epochs)."""
    epochs = np.arange(1, losses.shape[1] + 1)
    known = np.maximum(np.where(np.isfinite(losses), losses, np.inf), TINIEST_LOSS)
    for low, high, strength in QUANTILES:
        edges = np.quantile(known, (low, high), axis=0, method="nearest")
        axes.fill_between(epochs, *np.minimum(edges, 1e30), color=colour, alpha=strength, linewidth=0)
    middle = np.quantile(known, 0.5, axis=0, method="nearest")
    axes.plot(epochs, middle, color=colour, linewidth=style.curve_width)


def _loss_limits(runs: Sequence[Sequence[SweepRun]]) -> tuple[float, float]:
    """Top and bottom of the axes: all that is finite, but for the odd run that diverged."""
    losses = np.concatenate([run.losses for some in runs for run in some])
    losses = np.maximum(losses[np.isfinite(losses)], TINIEST_LOSS)
    if not len(losses):
        return 1.0, TINIEST_LOSS
    low, high = np.quantile(losses, (0.002, 0.998))
    return float(high * 1.4), float(low / 1.4)


def _plane(axes: Axes, run: SweepRun, inputs: Array, targets: Array, style: Style) -> None:
    limits = limits_around(*finite_range(inputs))
    network = Network(run.layers)
    weights = [array[None] for array in run.weights]

    def by_class(points: Array) -> Array:
        outputs = network.evaluate(points, weights)[0]
        return np.column_stack([1 - outputs, outputs]) if outputs.shape[1] == 1 else outputs

    regions = Regions.over(limits, MESH, by_class)
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


def _page(table: SweepTable, title: str, subtitle: str, style: Style, size: tuple[int, int] | None) -> Figure:
    wanted = shape(NATIVE, size)
    page = Figure(figsize=wanted.inches, dpi=wanted.dpi)
    renderer = FigureCanvasAgg(page).get_renderer()
    room = (wanted.width - LEFT - RIGHT) * wanted.dpi
    lines: tuple[tuple[str, float, float, dict[str, Any]], ...] = (
        (f"{table.scenario} · {title}", TITLE_BASELINE, style.size_title, {"fontweight": "bold"}),
        (subtitle, SUBTITLE_BASELINE, style.size_caption, {"color": style.muted}),
    )
    for text, baseline, points, look in lines:
        words = page.text(
            MARGIN / wanted.width, 1 - baseline / wanted.height, text, fontsize=points, va="baseline", **look
        )
        fit(words, room, points, renderer)
    return page


def _rows(page: Figure, names: Sequence[str], style: Style, right: float) -> Axes:
    """One set of axes with a row for each name, the first on top, and so many inches right of it."""
    (axes,) = _grid(page, 1, 1, gap=(0, 0), left=_width_of(names, style) + MARGIN, right=right)
    axes.set_yticks(range(len(names)), names, color=style.ink)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x", color=style.faint, linewidth=0.8)
    axes.set_axisbelow(True)
    return axes


def _width_of(names: Sequence[str], style: Style) -> float:
    """Inches that the longest name takes, about."""
    return max(0.5, max(map(len, names)) * LETTER * style.size_tick / 72) + 0.1


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
    """Axes row by row, with so many inches around and between them."""
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
    """Columns and rows for `n` panels, a little wider than high, with few empty cells."""
    width, height = page.get_size_inches()

    def cost(columns: int) -> float:
        rows = -(-n // columns)
        return abs(math.log(width / columns / (height / rows) / PANEL_ASPECT)) + (rows * columns - n) / n

    columns = min(range(1, n + 1), key=cost)
    return columns, -(-n // columns)


def _label_outside(page: Figure, axes: Sequence[Axes], columns: int, x: str, y: str) -> None:
    for number, each in enumerate(axes):
        if number + columns >= len(axes):
            each.set_xlabel(x)
        if number % columns == 0:
            each.set_ylabel(y)
    for unused in page.axes[len(axes) :]:
        unused.set_axis_off()


def _shorten_titles(page: Figure, style: Style) -> None:
    renderer = FigureCanvasAgg(page).get_renderer()
    for axes in page.axes:
        title = axes._left_title  # type: ignore[attr-defined]  # there is no public way to it
        fit(title, axes.bbox.width, style.size_panel, renderer)
