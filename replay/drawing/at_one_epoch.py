"""Films that stay at one epoch and go from mark to mark, as through the stages of the layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist

from replay.drawing.composition import Composition
from replay.drawing.header import Header, epoch_words
from replay.drawing.layout import Layout
from replay.drawing.sizes import Shape
from replay.drawing.style import Style
from replay.film.frames import Moving
from replay.language.message import Message
from replay.runs.description import Subject
from replay.runs.evaluation import Evaluation


@dataclass(frozen=True)
class Told:
    """What the header tells while a step is done."""

    epoch: float
    caption: str
    until: float | None = None
    importance: tuple[int, int] = (0, 0)


class MarkClock:
    """The header of such a film: it counts marks, and names the one epoch that all are of."""

    def __init__(self, header: Header, epoch: float) -> None:
        self._header, self._words = header, epoch_words(epoch)

    @property
    def moving(self) -> list[Artist]:
        """Those of the header."""
        return self._header.moving

    @property
    def stops(self) -> Sequence[float]:
        """None: a film through marks rests at each."""
        return ()

    def begin(self, moments: Sequence[float] | None) -> None:
        """Make ready for a film that shows these marks, or for a still."""
        self._header.begin(moments)

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show this mark."""
        self._header.show(epoch)
        self._header.epoch.set_text(self._words)


def through_marks(
    evaluation: Evaluation,
    epoch: float,
    n_steps: int,
    panels_on: Callable[[Layout], Sequence[Moving]],
    style: Style,
    shape: Shape,
    *,
    told: Sequence[tuple[float, Message]],
    subject: Subject,
) -> Composition:
    """The film of a run at `epoch` that goes from mark 0 to mark `n_steps`.

    `panels_on` makes its panels on a layout; their moments are marks. The header says what is `told`,
    each from its mark on.
    """
    with style.applied():
        layout = Layout(
            evaluation.recording.title,
            style,
            shape,
            n_classes=evaluation.task.n_classes,
            last_epoch=epoch,
            milestones=[Told(mark, str(words)) for mark, words in told],
            names=evaluation.names,
            held_out=evaluation.held_out is not None,
        )
        panels = panels_on(layout)
    marks = np.arange(n_steps + 1, dtype=float)
    layout.fit(panels, [0.0, float(marks[-1])])
    clock = MarkClock(layout.header, epoch)
    return Composition(
        layout.figure, panels, clock, marks, style, forkable=evaluation.at_hand, subject=subject
    )
