"""What the panels of a view show of a run, and how each comes onto axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.axes import Axes

from replay.drawing.own_views import guarded, made
from replay.drawing.registry.lookup import loaded, row_of
from replay.drawing.registry.needs import FROM_ANSWERS
from replay.drawing.registry.row import Row
from replay.drawing.style import Style
from replay.errors import ViewError
from replay.film.frames import Moving
from replay.runs.evaluation import Evaluation


class Shown(NamedTuple):
    """What one panel shows: `content` is a view of this row, or a part of it."""

    row: Row
    content: Any

    def on(self, axes: Axes, style: Style) -> Moving:
        """Draw it on axes."""
        if self.row.is_own:
            return guarded(self.row, axes, self.content, style)
        of_part = self.row.panel
        path = of_part if isinstance(of_part, str) else of_part[type(self.content).__name__]
        panel: Moving = loaded(path)(axes, self.content, style)
        return panel


def shown(name: str, evaluation: Evaluation, **options: Any) -> list[Shown]:
    """The view called `name` of this run, panel by panel. Raises ViewError where the run does not have it."""
    row = row_of(name)
    if row.is_own:
        return [Shown(row, made(row, evaluation, options))]
    if evaluation.has_answers_alone and name not in FROM_ANSWERS:
        raise ViewError(
            f"{evaluation.recording.path}: the view {name} needs a network's weights, and this run has a "
            f"model's answers alone: choose another of {', '.join(FROM_ANSWERS)}"
        )
    views = loaded(row.view)(evaluation, **row.fixed, **options)
    return [Shown(row, view) for view in (views if isinstance(views, Sequence) else [views])]
