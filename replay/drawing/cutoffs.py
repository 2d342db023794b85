"""The film of the view `threshold`: at one epoch, the cut-off moves from 0 to 1."""

from __future__ import annotations

from replay.drawing.at_one_epoch import through_marks
from replay.drawing.composition import Composition
from replay.drawing.layout import Layout
from replay.drawing.registry.lookup import row_of
from replay.drawing.run_style import run_style
from replay.drawing.shown import Shown
from replay.drawing.sizes import Shape, shape
from replay.drawing.style import Style
from replay.film.frames import Moving
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
    chosen = float(evaluation.recording.epochs[-1]) if epoch is None else epoch
    row, views = row_of("threshold"), threshold(evaluation, chosen)

    def panels_on(layout: Layout) -> list[Moving]:
        rows, columns = (1, 2) if layout.shape.aspect > SLIM else (2, 1)
        grid = layout.split(layout.room, rows, columns, gap=GAP)
        axes = [layout.figure.add_subplot(grid[number // columns, number % columns]) for number in (0, 1)]
        return [Shown(row, view).on(one, layout.style) for view, one in zip(views, axes, strict=True)]

    return through_marks(
        evaluation,
        chosen,
        STEPS,
        panels_on,
        run_style(style, [evaluation]),
        shape(FILM, size),
        told=[(mark + BEGUN, words) for mark, words in enumerate(TOLD)],
        subject=described(evaluation, chosen, row.words),
    )
