"""Contact sheets: several moments of a training side by side in one still picture, for print."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replay.drawing.header import THIRD_LINE, epoch_words
from replay.drawing.layout import BOTTOM, LEFT, RIGHT, TITLE, Layout
from replay.drawing.picture import FEW, shown_in
from replay.drawing.registry.lookup import checked_options, loaded, row_of
from replay.drawing.registry.row import LAYER, SAMPLE, UNITS
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown
from replay.drawing.sizes import NARROWEST, Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.evenly import evenly
from replay.language.message import say
from replay.runs.evaluation import Evaluation
from replay.types import Array, Units

MAX_CELLS = 144
DPI = 150.0  # printers need more than screens
PLANE, CHART = (2.7, 2.7), (3.6, 2.2)  # inches of a cell
GAP = (0.5, 0.2)  # inches between rows and between columns
CHART_GAP = (0.95, 0.95)


def parse_sheet(text: str) -> tuple[int, int]:
    """Parse columns and rows, such as "3x4". Raises ViewError for anything else."""
    numbers = re.fullmatch(r"(\d{1,3})[x×](\d{1,3})", text.strip().lower())
    if numbers is None:
        raise ViewError(_form(repr(text)))
    columns, rows = int(numbers[1]), int(numbers[2])
    _check_cells(columns, rows)
    return columns, rows


def _check_cells(columns: int, rows: int) -> None:
    if columns < 1 or rows < 1 or columns * rows > MAX_CELLS:
        raise ViewError(_form(f"{columns}x{rows}"))


def _form(given: str) -> str:
    return f"a sheet must be COLUMNSxROWS, such as 3x4, with 1 to {MAX_CELLS} cells, not {given}"


def sheet(
    evaluation: Evaluation,
    view: str,
    style: Style,
    moments: Sequence[float],
    columns: int,
    rows: int,
    *,
    layer: str | None = None,
    size: tuple[int, int] | None = None,
    units: Units = None,
    sample: int | None = None,
) -> Figure:
    """The view at evenly chosen `moments`, row by row; for the dashboard, its large panel.

    Cells without a moment stay empty. A sheet of `morph` has its stages at the last moment. Raises ViewError
    if the view does not suit the run.
    """
    _check_cells(columns, rows)
    if row_of(view).sheet:
        checked_options(view, {LAYER: layer, UNITS: units, SAMPLE: sample})
        whole: Figure = loaded(row_of(view).sheet)(evaluation, style, moments[-1], columns, rows, size)
        return whole
    shown = shown_in(evaluation, view, layer, units, sample)
    if len(shown) > FEW:
        raise ViewError(
            f"a sheet has no room for {len(shown)} panels in each cell: use --epoch for a still of this view"
        )
    plane = row_of(view).plane
    single, gap = (PLANE, GAP) if plane else (CHART, CHART_GAP)
    cell = single[0] * len(shown), single[1]
    gap = (gap[0], CHART_GAP[1] if len(shown) > 1 else gap[1])
    width = max(NARROWEST, LEFT + RIGHT + columns * cell[0] + (columns - 1) * gap[1])
    height = THIRD_LINE + TITLE + BOTTOM + rows * cell[1] + (rows - 1) * gap[0]
    style = run_style(style, [evaluation])
    with style.applied():
        layout = Layout.of_run(
            evaluation,
            style,
            shape(Shape(width, height, DPI), size),
            legend=row_of(view).legend,
            captions=False,
            clock=False,
        )
        grid = layout.split(layout.room, rows, columns, gap=gap)
        recorded = evaluation.recording.epochs
        epochs = _snapshots(spread(moments, columns * rows), recorded)
        for number, epoch in enumerate(epochs):
            inner = layout.split(grid[number // columns, number % columns], 1, len(shown), gap=(0, 0.6))
            axes = [layout.figure.add_subplot(inner[0, place]) for place in range(len(shown))]
            _fill(axes, shown, epoch, style)
            if plane:  # all cells have the same limits
                lowest, leftmost = number + columns >= len(epochs), number % columns == 0
                for number_in_cell, one in enumerate(axes):
                    one.tick_params(labelleft=leftmost and not number_in_cell, labelbottom=lowest)
                    if not lowest:
                        one.set_xlabel("")
        layout.fit([], [])
        layout.header.explain(seen=True)
    return layout.figure


def spread(moments: Sequence[float], n: int) -> list[float]:
    """At most `n` of the moments, evenly spread, the first and the last among them."""
    places = evenly(len(moments), n)
    chosen = [moments[place] for place in places]
    return chosen if n > 1 else [moments[-1]]


def _snapshots(moments: Sequence[float], epochs: Array) -> list[float]:
    """The snapshot nearest to each moment, without repeats: sheets do not interpolate."""
    nearest = np.abs(np.subtract.outer(np.asarray(moments), epochs)).argmin(axis=1)
    return [float(epoch) for epoch in epochs[np.unique(nearest)]]


def _fill(cells: list[Axes], shown: list[Shown], epoch: float, style: Style) -> None:
    for number, (axes, one) in enumerate(zip(cells, shown, strict=True)):
        panel = one.on(axes, style)
        titles = [] if number else [say("epoch {epoch}", epoch=epoch_words(epoch))]
        if len(shown) > 1:  # the title names the class
            titles.append(axes.get_title("left"))
        axes.set_title(" · ".join(titles))
        panel.show(epoch)
