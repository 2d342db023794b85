"""Distributions of several runs on one figure: layers across, runs down, one axis for all."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import fit, width_in_inches
from replay.drawing.artists.short_names import short_names
from replay.drawing.composition import Composition
from replay.drawing.identity import run_looks
from replay.drawing.layout import Layout
from replay.drawing.panels.compared_distributions import BESIDE, DistributionRow
from replay.drawing.panels.layer_distributions import TITLES
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import readable
from replay.drawing.shared_clock import Ended
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.runs.run_names import run_names, runs_title
from replay.views.compared_distributions import compared_distributions

ROW, LEAST = 0.62, 5.6  # inches, the height of a row and of a figure
WIDTH, DPI = 14.4, 100.0
GAP = (0.05, 0.22)  # inches between rows and between columns
NAMES = 0.22  # the largest share of the width for the names of the runs
SMALLEST = 0.6  # of the tick size, the names of runs


def distributions_of_runs(
    evaluations: Sequence[Evaluation], quantity: str, style: Style, size: tuple[int, int] | None = None
) -> Composition:
    """A grid of the distributions of `quantity`: a row for each run, a column for each layer.

    Raises ViewError for runs that do not have the same layers.
    """
    views = compared_distributions(evaluations, quantity)
    style = readable(style, evaluations)
    names, looks = run_names(evaluations), run_looks(evaluations, style)
    epochs = np.unique(np.concatenate([evaluation.recording.epochs for evaluation in evaluations]))
    native = Shape(WIDTH, max(LEAST, 2.0 + ROW * len(views)), DPI)
    with style.applied():
        layout = Layout(
            f"{runs_title(evaluations)} · {str(TITLES[quantity]).lower()}",
            style,
            shape(native, size),
            n_classes=0,
            last_epoch=float(epochs[-1]),
        )
        width, height = layout.inches(layout.room)
        points = min(style.size_tick, max(SMALLEST * style.size_tick, height / len(views) * 72 / 1.2))
        while points > SMALLEST * style.size_tick and not fit(names, NAMES * width, points, style):
            points -= 0.25
        short = short_names(names, NAMES * width, points, style)
        room = max(width_in_inches(name, points, style) for name in short) + BESIDE
        n = len(views[0].names)
        cells = (width - room - n * GAP[1]) / n
        grid = layout.split(layout.room, len(views), n + 1, gap=GAP, widths=(room, *[cells] * n))
        panels: list[Moving] = []
        for number, (view, look) in enumerate(zip(views, looks, strict=True)):
            row = [layout.figure.add_subplot(grid[number, column + 1]) for column in range(n)]
            lowest = number == len(views) - 1
            panels.append(
                Ended(DistributionRow(row, view, look, style, lowest), view.evaluation.recording.epochs)
            )
            _name_row(row[0], short[number], look.colour, points)
            if number == 0:
                _name_layers(row, view.names, cells, style)
    return layout.composition(panels, evaluations, row_of(quantity).words)


def _name_row(axes: Axes, name: str, colour: str, points: float) -> None:
    """Name a run left of its first cell, at the height of its baseline."""
    axes.annotate(
        name,
        (0, 0.35),
        (-BESIDE * 72, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="center",
        color=colour,
        fontsize=points,
        annotation_clip=False,
    )


def _name_layers(row: Sequence[Axes], names: Sequence[str], inches: float, style: Style) -> None:
    """Name the layers above the first row."""
    short = short_names(names, inches, style.size_tick, style)
    for axes, name in zip(row, short, strict=True):
        axes.set_title(name, fontsize=style.size_tick)
