"""The samples of a run on a plane: those trained on, those held out, and arrows to what lies beyond it."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.outliers import Outliers
from replay.drawing.artists.plane import HeldOutArtists, SampleArtists
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import Limits

HeldOut = tuple[Array, Array | None]  # points (n, 2) and which of them are right


class RunSamples:
    """All samples of a run, in the colours of their classes; in one colour for a regression."""

    def __init__(self, axes: Axes, limits: Limits, evaluation: Evaluation, style: Style) -> None:
        self._evaluation = evaluation
        labels = evaluation.task.labels
        self.trained = SampleArtists(axes, limits, labels, len(evaluation.inputs), style)
        self.outliers = Outliers(axes, labels, style)
        self.held_out = (
            None if evaluation.held_out is None else HeldOutArtists(axes, limits, evaluation, style)
        )

    @property
    def moving(self) -> list[Artist]:
        """The samples, below the boundary."""
        return [*self.trained.moving, *([] if self.held_out is None else self.held_out.moving)]

    @property
    def errors(self) -> list[Artist]:
        """What lies over the boundary: errors once more, and the arrows."""
        return [*self.trained.errors, *self.outliers.moving]

    def show(
        self, points: Array, correct: Array | None, held_out: HeldOut | None, limits: Limits | None
    ) -> None:
        """Place the samples, with arrows to those beyond the `limits`, if these are given."""
        self.trained.show(points, correct)
        if limits is not None:
            self.outliers.show(points, limits)
        if self.held_out is not None and held_out is not None:
            self.held_out.show(*held_out, limits)

    def show_inputs(self, correct: Array | None, held_out: Array | None, limits: Limits | None) -> None:
        """The same on the input plane, where the samples lie still; what is right of both."""
        others = self._evaluation.held_out
        both = None if others is None else (others.recording.inputs, held_out)
        self.show(self._evaluation.recording.inputs, correct, both, limits)
