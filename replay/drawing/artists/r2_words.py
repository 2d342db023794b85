"""R² in words at the end of a title's line: of the training samples, and of those held out."""

from __future__ import annotations

import math

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.words import beside_title
from replay.drawing.style import Style
from replay.language.message import in_numbers, say
from replay.runs.evaluation import Evaluation
from replay.runs.regression import r2_at

FAR_BELOW = -10.0
GAP = 0.6  # between the title and these words, as a multiple of their size


class R2Words:
    """R², of all targets or of one `column`, in the longest form that has room beside the title."""

    def __init__(self, axes: Axes, evaluation: Evaluation, style: Style, column: int | None = None) -> None:
        self._axes, self._evaluation, self._style, self._column = axes, evaluation, style, column
        self.words = beside_title(axes, style)
        axes.add_artist(self.words)

    @property
    def moving(self) -> list[Artist]:
        """The words."""
        return [self.words]

    def show(self, epoch: float) -> None:
        """Say R² at `epoch`."""
        other = self._evaluation.held_out
        held_out = None if other is None else r2_at(other, epoch, self._column)
        forms = r2_forms(r2_at(self._evaluation, epoch, self._column), held_out)
        room, size = self._room, self._style.size_tick
        self.words.set_text(
            next((form for form in forms if width_in_inches(form, size, self._style) <= room), "")
        )

    @property
    def _room(self) -> float:
        """Inches between the title and the right end of the axes."""
        title = self._axes._left_title  # type: ignore[attr-defined]  # matplotlib has no public name for it
        figure = self._axes.get_figure(root=True)
        assert figure is not None
        end = title.get_window_extent().x1 if title.get_text() else self._axes.bbox.x0
        return float((self._axes.bbox.x1 - end) / figure.dpi - GAP * self._style.size_tick / 72)


def r2_forms(trained: float, held_out: float | None) -> list[str]:
    """R² in words, from the longest form to the shortest; `held_out` is None without such samples."""
    if not math.isfinite(trained):
        return [say("R² is undefined: the targets are constant"), say("R² undefined")]
    if held_out is None or not math.isfinite(held_out):
        return [say("R² {trained}", trained=_number(trained))]
    values = {"trained": _number(trained), "held_out": _number(held_out)}
    return [
        say("R² {trained} · held out {held_out}", **values),
        say("R² {trained} ○{held_out}", **values),
        say("R² {trained}", **values),
    ]


def _number(value: float) -> str:
    """An R² with two decimals, rounded down: only what is right is 1. Far below 0 it matters to nobody."""
    if value < FAR_BELOW:
        return say("below −10")
    return in_numbers(f"{math.floor(value * 100) / 100:.2f}".replace("-", "−"))
