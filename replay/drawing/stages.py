"""The layers in motion as pictures: all stages in a strip, which moves along the training, and as a film.

The film goes through the stages at one epoch; `Composition.journey` makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import ceil

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replay.drawing.artists.stations import Stations
from replay.drawing.at_one_epoch import through_marks
from replay.drawing.composition import Composition
from replay.drawing.header import THIRD_LINE
from replay.drawing.layout import BOTTOM, LEFT, RIGHT, TITLE, Layout
from replay.drawing.panels.morph import MorphPanel, StagePanel
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import run_style
from replay.drawing.sizes import NARROWEST, Shape, shape
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.film.frames import Moving
from replay.runs.description import BEGUN
from replay.runs.evaluation import Evaluation
from replay.views.journey import Journey
from replay.views.morph import Morph, subject
from replay.views.stages import Stage, stages

MORPH, STAGES = "morph", "stages"
STRIP, FILM = Shape(12.0, 6.0, 120.0), Shape(10.8, 7.6, 120.0)
GAP = (0.52, 0.66)  # inches between rows, for titles, and between columns, for arrows
CELL, DPI = 2.7, 150.0  # inches of a cell of a sheet; printers need more than screens
FULL_SIZE, FINEST = 3.4, 0.5  # inches of a plane with full markers and lines, and the least share of them
SIGN = 0.85  # of the tick size
BESIDE = 1.2  # from this aspect on, the stations stand beside the plane
STATIONS = 1.9  # inches
WIDEST = 2.2  # a plane is so many times as wide as it is high, at most


def strip(
    evaluation: Evaluation,
    name: str,
    style: Style,
    size: tuple[int, int] | None = None,
    captions: bool = True,
) -> Composition:
    """All stages side by side. Raises ViewError as `Morph` does."""
    views = stages(evaluation)
    looks = run_style(style, [evaluation])
    with looks.applied():
        layout = Layout.of_run(evaluation, looks, shape(STRIP, size), captions=captions)
        columns, rows = divided(len(views), *layout.inches(layout.room))
        panels = _side_by_side(layout, views, columns, rows)
    return layout.composition(panels, [evaluation], row_of(name).words)


def stage_sheet(
    evaluation: Evaluation,
    style: Style,
    epoch: float,
    columns: int,
    rows: int,
    size: tuple[int, int] | None = None,
) -> Figure:
    """The stages at one epoch, in cells row by row; of more stages than cells, some. For print."""
    views = stages(evaluation)
    views = [views[place] for place in evenly(len(views), columns * rows)]
    width = max(NARROWEST, LEFT + RIGHT + columns * CELL + (columns - 1) * GAP[1])
    height = THIRD_LINE + TITLE + BOTTOM + rows * CELL + (rows - 1) * GAP[0]
    style = run_style(style, [evaluation])
    with style.applied():
        layout = Layout.of_run(evaluation, style, shape(Shape(width, height, DPI), size), captions=False)
        panels = _side_by_side(layout, views, columns, rows)
        layout.header.show(epoch)
        for panel in panels:
            panel.show(epoch)
        layout.fit(panels, [])
    return layout.figure


def _side_by_side(layout: Layout, views: Sequence[Stage], columns: int, rows: int) -> list[StagePanel]:
    """The panels of the stages, row by row, with arrows between them."""
    grid = layout.split(layout.room, rows, columns, gap=GAP)
    width, height = layout.inches(grid[0, 0])
    looks = finer(layout.style, min(width, height))
    panels = []
    for number, view in enumerate(views):
        axes = layout.figure.add_subplot(grid[number // columns, number % columns])
        panels.append(StagePanel(axes, view, looks))
        if view.sign:
            _arrow(axes, view.sign, layout.style)
    return panels


def divided(n: int, width: float, height: float) -> tuple[int, int]:
    """Columns and rows of `n` planes that are as large as possible in so many inches."""

    def side(columns: int) -> float:
        rows = ceil(n / columns)
        return min((width - (columns - 1) * GAP[1]) / columns, (height - (rows - 1) * GAP[0]) / rows)

    columns = max(range(1, n + 1), key=side)
    rows = ceil(n / columns)
    return ceil(n / rows), rows


def finer(style: Style, side: float) -> Style:
    """The style for planes of so many inches: smaller samples and thinner lines."""
    share = max(FINEST, min(1.0, side / FULL_SIZE))
    thinner = ("marker", "error_marker", "grid_width", "boundary_width")
    return replace(style, **{name: getattr(style, name) * share for name in thinner})


def _arrow(axes: Axes, sign: str, style: Style) -> None:
    """An arrow in the gap at the left of axes, with the step above it."""
    axes.annotate(
        f"{sign}\n→", (0, 0.5), (-GAP[1] / 2 * 72, 0), xycoords="axes fraction", ha="center", va="center",
        textcoords="offset points", color=style.muted, fontsize=SIGN * style.size_tick, annotation_clip=False,
    )  # fmt: skip


class StationsPanel:
    """The stations of a journey."""

    def __init__(self, axes: Axes, view: Journey, style: Style) -> None:
        self.axes = axes
        layers = [step.layer if step.kind != "divide" else "" for step in view.steps]
        before = ["", *layers[:-1]]
        heads = ["", *("" if one == last else one for last, one in zip(before, layers, strict=True))]
        self.stations = Stations(axes, [str(name) for name in view.names], heads, style)

    @property
    def moving(self) -> list[Artist]:
        """Those of the stations."""
        return self.stations.moving

    def show(self, epoch: float) -> None:
        """Show this mark."""
        self.stations.show(epoch)


def journey(
    evaluation: Evaluation,
    style: Style,
    size: tuple[int, int] | None = None,
    epoch: float | None = None,
) -> Composition:
    """What the film of `morph` shows: the stages one after the other, at one epoch, by default the last.

    Its clock counts the steps that are done.
    """
    morph = Morph(evaluation)
    asked = float(evaluation.recording.epochs[-1]) if epoch is None else epoch
    view = morph.at(morph.shown(asked))
    return through_marks(
        evaluation,
        asked,
        view.n_steps,
        lambda layout: _on_the_way(layout, view, asked),
        run_style(style, [evaluation]),
        shape(FILM, size),
        told=[(max(0.0, mark - 1 + BEGUN), words) for mark, words in enumerate(view.told)],
        subject=subject(morph, asked, row_of(MORPH).words),
    )


def _on_the_way(layout: Layout, view: Journey, asked: float) -> list[Moving]:
    """The plane and, where there is room, the stations beside it."""
    room, style = layout.room, layout.style
    width, height = layout.inches(room)
    if layout.shape.aspect < BESIDE or width - STATIONS < 0.8 * height:
        return [MorphPanel(layout.figure.add_subplot(room), view, style, asked)]
    plane = min(width - STATIONS, WIDEST * height)
    columns = layout.split(room, 1, 2, gap=(0, 0.4), widths=(plane, width - plane))
    beside = StationsPanel(layout.figure.add_subplot(columns[0, 1]), view, style)
    return [MorphPanel(layout.figure.add_subplot(columns[0, 0]), view, style, asked), beside]
