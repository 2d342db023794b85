"""The panel of a tour: samples on a plane that turns through a layer's space, and the directions of units."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.plane import GridArtists, PlaneAxes
from replay.drawing.artists.rays import Rays
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.scale_bar import ScaleBar
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.tour import TourSpace

CORNER = 0.3  # of the axes, which the rays and their numbers may take


class TourPanel(Panel):
    """Samples on a plane that turns. The rays in a corner tell where each unit points."""

    def __init__(self, axes: Axes, view: TourSpace, style: Style) -> None:
        super().__init__(axes, view, style)
        evaluation = view.evaluation
        last = float(evaluation.recording.epochs[-1])
        limits = view.limits_at(last)
        self.plane = PlaneAxes(axes, limits)
        axes.set(xticks=[], yticks=[])
        axes.set_title(say("Tour of layer “{layer}”", layer=view.layer))
        self.titles = (say("Tour of “{layer}”", layer=view.layer), say("Tour"))
        self.grid = GridArtists(axes, style)
        self.samples = RunSamples(axes, limits, evaluation, style)
        self.numbers = ClassNumbers(axes, evaluation.task.labels, 0, style, evaluation.names)
        self.finite = LastFinite(axes, evaluation, style)
        points = _over_the_run(view)
        self.scale = ScaleBar(axes, style, points)
        self.rays = Rays(axes, view.units, style, *_emptiest_corner(points, self.scale.on_right))
        self.name = axes.text(
            0.5, -0.02, "", transform=axes.transAxes, ha="center", va="top", color=style.muted,
            fontsize=style.size_tick,
        )  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """From back to front: the grid, the samples, errors, arrows, numbers, the scale and the rays."""
        over = [*self.samples.errors, *self.numbers.moving]
        around = [*self.scale.moving, *self.rays.moving, self.name, *self.finite.moving]
        return [*self.grid.lines, *self.samples.moving, *over, *around]

    def show(self, epoch: float) -> None:
        """Show the tour at `epoch`."""
        epoch = self.finite.moment(epoch)
        if self.view.follows:
            self.plane.show(self.view.limits_at(epoch))
        limits = self.plane.shown()
        frame = self.view.at(epoch)
        self.grid.show(frame.lines)
        self.samples.show(frame.places, frame.correct, frame.held_out, limits)
        self.numbers.show(frame.places, None)
        self.scale.show()
        self.rays.show(frame.plane[:, self.view.units].T / self.view.longest)
        self.name.set_text("" if frame.called is None else str(frame.called))


def _over_the_run(view: TourSpace) -> Array:
    """The samples at three moments, as shares of what is shown at each: (3, n_samples, 2)."""
    epochs = view.evaluation.recording.epochs
    frames = [view.at(float(epoch)) for epoch in epochs[[0, len(epochs) // 2, -1]]]
    ends = [np.array(frame.limits) for frame in frames]
    return np.stack(
        [
            (frame.places - end[:, 0]) / (end[:, 1] - end[:, 0])
            for frame, end in zip(frames, ends, strict=True)
        ]
    )


def _emptiest_corner(points: Array, bar_on_right: bool) -> tuple[bool, bool]:
    """Whether fewest of these shares of the axes (…, 2) are at the right, and at the top; not at the bar."""
    with np.errstate(invalid="ignore"):
        right, top = points[..., 0] > 1 - CORNER, points[..., 1] > 1 - CORNER
        left, bottom = points[..., 0] < CORNER, points[..., 1] < CORNER
    counts = {
        (True, True): (right & top).sum(),
        (False, True): (left & top).sum(),
        (not bar_on_right, False): ((left if bar_on_right else right) & bottom).sum(),
    }
    return min(counts, key=lambda corner: int(counts[corner]))
