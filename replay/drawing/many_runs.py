"""Small multiples: many runs compared, with a plane for each and curves that are named at their ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.gridspec import SubplotSpec

from replay.drawing.artists.end_labels import SMALLEST_NAME, has_room
from replay.drawing.artists.layer_names import fit
from replay.drawing.artists.short_names import short_names
from replay.drawing.compared import (
    boundaries,
    fits,
    logged_curves,
    logged_epochs,
    quantity_of,
    spaces,
    title_of,
)
from replay.drawing.composition import Composition
from replay.drawing.identity import Look, run_looks
from replay.drawing.layout import Layout
from replay.drawing.panels.run_curves import RunCurvesPanel
from replay.drawing.shared_clock import Ended
from replay.drawing.shown import Shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.runs.names import common_names
from replay.runs.run_names import run_names, runs_title
from replay.types import Array
from replay.views.curves import Curve

NATIVE = Shape(14.4, 8.1, 100.0)
WIDE = 1.0  # from this aspect on, the curves are beside the planes, else below
PLANES = 0.6  # the share of the longer side for the planes, where there are curves
BETWEEN = 0.85  # inches between planes and curves, for numbers
ABOVE = 1.0  # inches between curves above one another
GAP = (0.3, 0.12)  # inches between rows, for names, and between columns
FULL_SIZE = 3.0  # inches, the side of a plane whose samples and lines are as large as in other pictures
FINEST = 0.45  # the least share of that size
MESH_POINTS = 80  # small planes need fewer points
NAME = 0.9  # of the tick size, the names of planes, which may shrink to SMALLEST_NAME

Curves = list[tuple[str, list[list[Curve]]]]


def small_multiples(
    evaluations: Sequence[Evaluation], style: Style, size: tuple[int, int] | None = None
) -> Composition:
    """A grid of planes, each with its run's name, and curves with the names at their ends.

    The planes are the fits of regressions, else the input planes or, where the inputs have none, the feature
    spaces. Without any, the curves fill the figure. Raises ViewError for runs that have nothing to draw.
    """
    names, looks = run_names(evaluations), run_looks(evaluations, style)
    planes = _planes(evaluations)
    curves = logged_curves(evaluations)
    if not planes and not curves:
        raise ViewError("these runs have neither a plane nor curves to draw")
    epochs = np.unique(np.concatenate([evaluation.recording.epochs for evaluation in evaluations]))
    with style.applied():
        layout = Layout(
            runs_title(evaluations),
            style,
            shape(NATIVE, size),
            n_classes=evaluations[0].task.n_classes if planes else 0,
            last_epoch=float(epochs[-1]),
            names=common_names([evaluation.names for evaluation in evaluations]),
            held_out=bool(planes) and any(evaluation.held_out is not None for evaluation in evaluations),
        )
        panels: list[Moving] = []
        of_planes, of_curves = _parted(layout, bool(planes), bool(curves))
        if of_planes is not None:
            panels += _grid(layout, of_planes, planes, evaluations, names, looks)
        if of_curves is not None:
            limits = _whole(epochs) if planes else (logged_epochs(curves)[0], _last(curves))
            panels += _named_curves(layout, of_curves, evaluations, curves, names, looks, limits)
    return layout.composition(panels, evaluations)


def _planes(evaluations: Sequence[Evaluation]) -> list[Shown | None]:
    """The plane of each run, of the same kind for all; empty where no run has one."""
    for row in (
        fits(evaluations),
        boundaries(evaluations, mesh_points=MESH_POINTS),
        spaces(evaluations, mesh_points=MESH_POINTS),
    ):
        if any(view is not None for view in row):
            return row
    return []


def _whole(epochs: Array) -> tuple[float, float]:
    return float(epochs[0]), float(max(epochs[-1], epochs[0] + 1))


def _last(curves: Curves) -> float:
    """The last epoch at which anything was logged, where the curves' names begin."""
    return max(float(line.epochs.max()) for _, runs in curves for of_run in runs for line in of_run)


def _parted(
    layout: Layout, with_planes: bool, with_curves: bool
) -> tuple[SubplotSpec | None, SubplotSpec | None]:
    """The cells of the planes and of the curves."""
    if not with_planes or not with_curves:
        return (layout.room if with_planes else None), (layout.room if with_curves else None)
    shares = (PLANES, 1 - PLANES)
    if layout.shape.aspect >= WIDE:
        columns = layout.split(layout.room, 1, 2, gap=(0, BETWEEN), widths=shares)
        return columns[0, 0], columns[0, 1]
    rows = layout.split(layout.room, 2, 1, gap=(BETWEEN, 0), heights=shares)
    return rows[0, 0], rows[1, 0]


def _grid(
    layout: Layout,
    cell: SubplotSpec,
    planes: list[Shown | None],
    evaluations: Sequence[Evaluation],
    names: Sequence[str],
    looks: Sequence[Look],
) -> list[Moving]:
    """A grid of planes that are as large as possible, row by row."""
    width, height = layout.inches(cell)
    n_columns, n_rows, side = divided(len(planes), width, height)
    grid = layout.split(cell, n_rows, n_columns, gap=GAP)
    finer = _finer(layout.style, max(FINEST, min(1.0, side / FULL_SIZE)))
    room = (width - (n_columns - 1) * GAP[1]) / n_columns
    points = NAME * layout.style.size_tick
    while points > SMALLEST_NAME * layout.style.size_tick and not fit(names, room, points, layout.style):
        points -= 0.25
    short = short_names(names, room, points, layout.style)
    panels: list[Moving] = []
    for number, (view, evaluation) in enumerate(zip(planes, evaluations, strict=True)):
        axes = layout.figure.add_subplot(grid[number // n_columns, number % n_columns])
        if view is None:
            axes.set_axis_off()
        else:
            panels.append(Ended(view.on(axes, finer), evaluation.recording.epochs))
            axes.set(xticks=[], yticks=[], xlabel="", ylabel="")
        look: dict[str, Any] = {
            "color": looks[number].colour,
            "fontsize": points,
            "pad": 3.0,
            "fontweight": "normal",
        }
        axes.set_title(short[number], **look)
    return panels


def divided(n: int, width: float, height: float) -> tuple[int, int, float]:
    """Columns, rows and the shorter side in inches of `n` planes that fill a cell as large as possible."""

    def side(columns: int) -> float:
        rows = math.ceil(n / columns)
        return min((width - (columns - 1) * GAP[1]) / columns, (height - (rows - 1) * GAP[0]) / rows)

    columns = max(range(1, n + 1), key=side)
    rows = math.ceil(n / columns)
    return math.ceil(n / rows), rows, side(columns)


def _finer(style: Style, share: float) -> Style:
    """The style with smaller samples and thinner lines."""
    thinner = ("marker", "error_marker", "grid_width", "boundary_width")
    return replace(style, **{name: getattr(style, name) * share for name in thinner})


def _named_curves(
    layout: Layout,
    cell: SubplotSpec,
    evaluations: Sequence[Evaluation],
    curves: Curves,
    names: Sequence[str],
    looks: Sequence[Look],
    limits: tuple[float, float],
) -> list[Moving]:
    """As many quantities as have room for all names, the loss first."""
    width, height = layout.inches(cell)
    beside = width > 2 * height
    n = len(curves)
    if n > 1 and not has_room(height if beside else (height - ABOVE) / n, len(names), layout.style):
        n = 1
    places = layout.split(cell, 1 if beside else n, n if beside else 1, gap=(ABOVE, BETWEEN))

    titles = [title_of(name, evaluations) for name, _ in curves[:n]]
    quantities = [quantity_of(name, evaluations) for name, _ in curves[:n]]

    def on(number: int) -> Axes:
        return layout.figure.add_subplot(places[0, number] if beside else places[number, 0])

    return [
        RunCurvesPanel(on(number), title, runs, looks, limits, layout.style, names, quantity)
        for number, ((_, runs), title, quantity) in enumerate(zip(curves, titles, quantities, strict=False))
    ]
