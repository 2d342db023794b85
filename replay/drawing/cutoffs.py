"""The film of the view `threshold`: at one epoch, the cut-off moves from 0 to 1."""

from __future__ import annotations

import numpy as np

from replay.drawing.composition import Composition
from replay.drawing.layout import Layout
from replay.drawing.registry import row_of
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.stages import StageClock, Told
from replay.drawing.style import Style
from replay.runs.description import BEGUN
from replay.runs.evaluation import Evaluation
from replay.views.threshold import STEPS, TOLD, described, threshold

FILM = Shape(12.0, 6.0, 120.0)
GAP = (1.02, 0.85)  # inches between panels
SLIM = 1.1  # up to this aspect, they stand above one another


def film(
    evaluation: Evaluation,
    style: Style,
    size: tuple[int, int] | None = None,
    epoch: float | None = None,
) -> Composition:
    """The histogram and the curves at one epoch, by default the last; the clock counts marks of the cut-off.

    Raises ViewError as `Threshold` does.
    """
    row = row_of("threshold")
    chosen = float(evaluation.recording.epochs[-1]) if epoch is None else epoch
    views = threshold(evaluation, chosen)
    style = run_style(style, [evaluation])
    with style.applied():
        told = [Told(mark + BEGUN, str(words)) for mark, words in enumerate(TOLD)]
        layout = Layout(
            evaluation.recording.title,
            style,
            shape(FILM, size),
            n_classes=evaluation.task.n_classes,
            last_epoch=chosen,
            milestones=told,
            names=evaluation.names,
        )
        rows, columns = (1, 2) if layout.shape.aspect > SLIM else (2, 1)
        grid = layout.split(layout.room, rows, columns, gap=GAP)
        panels = [
            Shown(row, view).on(layout.figure.add_subplot(grid[number // columns, number % columns]), style)
            for number, view in enumerate(views)
        ]
    layout.fit(panels, [0.0, float(STEPS)])
    return Composition(
        layout.figure,
        panels,
        StageClock(layout.header, chosen),
        np.arange(STEPS + 1, dtype=float),
        style,
        forkable=evaluation.at_hand,
        subject=described(evaluation, chosen, row.words),
    )
