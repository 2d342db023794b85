"""Several runs side by side in one view: a column for each run, its panels from top to bottom."""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, Protocol, runtime_checkable

import numpy as np
from matplotlib.artist import Artist
from matplotlib.gridspec import SubplotSpec

from replay.drawing.artists.accuracy import percent_right, shares_right
from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.words import Words
from replay.drawing.composition import Composition
from replay.drawing.identity import Look, run_looks
from replay.drawing.layout import Layout
from replay.drawing.registry.lookup import row_of
from replay.drawing.registry.row import Row
from replay.drawing.run_style import run_style
from replay.drawing.shared_clock import Ended
from replay.drawing.shown import Shown, shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation
from replay.runs.names import common_names
from replay.runs.run_names import run_names, runs_title

logger = logging.getLogger(__name__)

MOST, IN_A_ROW = 8, 4  # runs, and those of one panel that stand in one row
PLANE, CHART = (4.0, 3.8), (4.4, 2.5)  # inches of a panel
GAP = (1.0, 0.85)  # inches between rows and between columns
ABOVE, BELOW = 0.06, 0.36  # inches from the top of a column up to the name of its run, down to its panels
BOLD, BESIDE = 1.25, 0.15  # how much wider bold names are, and inches between name and share
AROUND = (1.2, 2.0)  # inches that a figure needs around all panels


@runtime_checkable
class Beside(Protocol):
    """A view whose axis can cover that of the same view of other runs."""

    def beside(self, others: Sequence[Any]) -> Any:
        """The same view with that axis."""
        ...


def side_by_side(
    evaluations: Sequence[Evaluation], view: str, style: Style, size: tuple[int, int] | None = None
) -> Composition:
    """The view called `view` of each run, at the same moments. A run that ended earlier stays at its end.

    A run that does not have the view is left out, and the log says so. Raises ViewError for more than MOST
    runs, and where fewer than two have the view.
    """
    row = row_of(view)
    if row.view is None or row.at_one_epoch:
        raise ViewError(f"runs are not compared by {view}: choose another view, or none")
    if len(evaluations) > MOST:
        raise ViewError(f"a comparison by {view} takes {MOST} runs at most, not {len(evaluations)}")
    columns, evaluations = _having(view, evaluations)
    columns = _on_one_scale(columns)
    n_parts = max(map(len, columns))
    across = len(columns) if n_parts > 1 else math.ceil(len(columns) / math.ceil(len(columns) / IN_A_ROW))
    down = math.ceil(len(columns) / across)
    epochs = np.unique(np.concatenate([evaluation.recording.epochs for evaluation in evaluations]))
    style = run_style(style, evaluations)
    with style.applied():
        layout = Layout(
            runs_title(evaluations),
            style,
            shape(_native(row, across, down * n_parts), size),
            n_classes=evaluations[0].task.n_classes if row.legend else 0,
            last_epoch=float(epochs[-1]),
            names=common_names([evaluation.names for evaluation in evaluations]),
            held_out=row.legend and any(evaluation.held_out is not None for evaluation in evaluations),
        )
        names, looks = run_names(evaluations), run_looks(evaluations, style)
        grid = layout.split(layout.room, down, across, gap=GAP)
        panels: list[Moving] = []
        for number, (parts, evaluation) in enumerate(zip(columns, evaluations, strict=True)):
            cell = grid[number // across, number % across]
            own = _column(layout, cell, parts, names[number], looks[number], evaluation)
            panels += [Ended(panel, evaluation.recording.epochs) for panel in own]
    return layout.composition(panels, evaluations, row.words)


def can_be_compared(view: str, n_runs: int) -> bool:
    """Whether so many runs can be compared by this view, if they have it."""
    row = row_of(view)
    return bool(row.together) or (row.view is not None and not row.at_one_epoch and n_runs <= MOST)


def _having(view: str, evaluations: Sequence[Evaluation]) -> tuple[list[list[Shown]], Sequence[Evaluation]]:
    """The panels of each run that has the view, and these runs."""
    found: list[tuple[list[Shown], Evaluation]] = []
    lacking = []
    for evaluation in evaluations:
        try:
            found.append((shown(view, evaluation), evaluation))
        except ViewError as error:
            lacking.append(error)
    if not found:
        raise lacking[0]
    if len(found) == 1:
        alone = found[0][1].recording.path
        raise ViewError(f"{lacking[0]}; only {alone} has this view, and nothing to be compared with")
    for reason in lacking:
        logger.warning("%s; left out of the comparison", reason)
    return [panels for panels, _ in found], [evaluation for _, evaluation in found]


def _on_one_scale(columns: list[list[Shown]]) -> list[list[Shown]]:
    """The same panels, where their views can be `beside` one another with axes that cover all runs."""
    placed = list(zip_longest(*columns))
    return [[_beside(part, placed[place]) for place, part in enumerate(parts)] for parts in columns]


def _beside(part: Shown, row: Sequence[Shown | None]) -> Shown:
    """A panel with an axis that covers the others in its row, too, if it can have one."""
    if not isinstance(part.content, Beside):
        return part
    others = [other.content for other in row if other is not None and other is not part]
    alike = [other for other in others if type(other) is type(part.content)]
    return part._replace(content=part.content.beside(alike))


def _native(row: Row, across: int, down: int) -> Shape:
    width, height = PLANE if row.plane else CHART
    return Shape(
        max(AROUND[0] + across * width + (across - 1) * GAP[1], 8.0),
        AROUND[1] + BELOW + down * height + (down - 1) * GAP[0],
        120.0,
    )


def _column(
    layout: Layout, cell: SubplotSpec, parts: Sequence[Shown], name: str, look: Look, evaluation: Evaluation
) -> list[Moving]:
    """The panels of one run, under its name in its colour, and how much of it is right."""
    width, height = layout.inches(cell)
    below = layout.split(cell, 2, 1, gap=(0, 0), heights=(BELOW, height - BELOW))
    box, size = cell.get_position(layout.figure), layout.style.size_panel
    top = box.y1 + ABOVE / layout.shape.height
    layout.figure.text(
        box.x0, top, short_names([name], width, BOLD * size, layout.style)[0], ha="left", va="bottom",
        color=look.colour, fontsize=1.1 * size, fontweight="bold",
    )  # fmt: skip
    rows = layout.split(below[1, 0], len(parts), 1, gap=(GAP[0], 0))
    panels: list[Moving] = [
        part.on(layout.figure.add_subplot(rows[number, 0]), layout.style) for number, part in enumerate(parts)
    ]
    taken = width_in_inches(name, BOLD * size, layout.style) + width_in_inches(
        percent_right(0.999), size, layout.style
    )
    if evaluation.task.n_classes and evaluation.all_recorded and taken + BESIDE <= width:
        panels.append(_Right(evaluation, layout, (box.x1, top)))
    return panels


class _Right:
    """The share of a run's samples that are right, which ends at a place of the figure."""

    def __init__(self, evaluation: Evaluation, layout: Layout, place: tuple[float, float]) -> None:
        self._evaluation = evaluation
        self.words = Words(
            *place, "", figure=layout.figure, transform=layout.figure.transFigure, ha="right", va="bottom",
            color=layout.style.muted, fontsize=layout.style.size_panel,
        )  # fmt: skip
        layout.figure.add_artist(self.words)

    @property
    def moving(self) -> list[Artist]:
        """The text."""
        return [self.words]

    def show(self, epoch: float) -> None:
        """Show the share at `epoch`."""
        self.words.set_text(percent_right(shares_right(self._evaluation, epoch)[0]))
