"""The panels of the layers in motion: a plane that moves from mark to mark, a stage over the epochs."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.morph import MorphArtists
from replay.drawing.artists.plane import PlaneAxes
from replay.drawing.artists.scale_bar import ScaleBar
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.journey import Journey, MorphFrame
from replay.views.stages import Stage


class MorphPanel(Panel):
    """The plane of a journey, which moves as a mark counts the steps.

    Where another epoch was `asked` for, at which the weights are not finite, it says so.
    """

    view: Journey

    def __init__(self, axes: Axes, view: Journey, style: Style, asked: float | None = None) -> None:
        super().__init__(axes, view, style)
        self._plane = PlaneAxes(axes, view.limits(0))
        self.artists = MorphArtists(axes, view.evaluation, view.limits(0), style)
        frames = [view.frame(mark) for mark in range(view.n_steps + 1)]
        self._scale = ScaleBar(axes, style, np.concatenate([_shares(frame) for frame in frames]))
        self._finite = LastFinite(axes, view.evaluation, style)
        self._finite.moment(view.epoch if asked is None else asked)
        _bare(axes)

    @property
    def moving(self) -> list[Artist]:
        """From back to front."""
        return [*self.artists.moving, *self._finite.moving, *self._scale.moving]

    def show(self, epoch: float) -> None:
        """Show this mark."""
        frame = self.view.frame(epoch, _aspect(self.axes))
        self._plane.show(frame.limits)
        self.artists.show(frame)
        self._scale.show()


class StagePanel(Panel):
    """One stage, which moves along the training."""

    view: Stage

    def __init__(self, axes: Axes, view: Stage, style: Style) -> None:
        super().__init__(axes, view, style)
        self._plane = PlaneAxes(axes, view.limits)
        name = str(view.name)
        axes.set_title(say("{layer}: {step}", layer=view.layer, step=name) if view.layer else name)
        self.titles = (view.layer if view.skips else name,)
        self.artists = MorphArtists(axes, view.evaluation, view.limits, style)
        last = view.stages.morph.last_finite
        self._scale = ScaleBar(axes, style, _shares(view.at(last)))
        self._finite = LastFinite(axes, view.evaluation, style)
        _bare(axes)

    @property
    def moving(self) -> list[Artist]:
        """From back to front."""
        return [*self.artists.moving, *self._finite.moving, *self._scale.moving]

    def show(self, epoch: float) -> None:
        """Show the stage at `epoch`."""
        frame = self.view.at(self._finite.moment(epoch), _aspect(self.axes))
        self._plane.show(frame.limits)
        self.artists.show(frame)
        self._scale.show()


def _aspect(axes: Axes) -> float:
    return float(axes.bbox.width / axes.bbox.height)


def _shares(frame: MorphFrame) -> Array:
    """Where the samples are, as shares of the picture: (n, 2)."""
    low, high = np.array(frame.limits).T
    return np.asarray((frame.points - low) / (high - low))


def _bare(axes: Axes) -> None:
    """Without ticks and spines: the axes that count are those of the units."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
