"""The ways that samples take across a plane: thin lines with small dots, from where they were."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba_array
from matplotlib.path import Path

from replay.drawing.artists.plane import shown_limits
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import Limits

MOST = 120  # samples whose way is drawn
FAINT, WAS = 0.5, 0.4  # the opacity of a way, and of the dot where it begins
SIZES = 0.8, 0.5  # of a sample's marker, the dots at both ends
RECTANGLE = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]


class Ways:
    """A line for each of some samples, in the colour of its class; nothing is drawn within `free`."""

    def __init__(self, axes: Axes, evaluation: Evaluation, style: Style, free: Limits | None = None) -> None:
        labels = evaluation.task.labels
        self._followed = evenly(len(evaluation.inputs), MOST)
        classes = np.zeros(len(self._followed), int) if labels is None else labels[self._followed]
        colours = to_rgba_array([style.class_colour(int(label)) for label in classes])
        self.lines = LineCollection(
            [], colors=_with_opacity(colours, FAINT), linewidths=style.grid_width, zorder=0.8
        )
        self.starts, self.ends = (
            axes.scatter([], [], s=(size * style.marker) ** 2, linewidths=0, zorder=zorder)
            for size, zorder in zip(SIZES, (0.81, 0.82), strict=True)
        )
        self.starts.set_facecolor(_with_opacity(colours, WAS))
        self.ends.set_facecolor(_with_opacity(colours, 1.0))
        axes.add_collection(self.lines, autolim=False)
        if free is not None:
            for artist in self.moving:
                artist.set_clip_path(_around(shown_limits(axes), free), axes.transData)

    @property
    def moving(self) -> list[Artist]:
        """The lines, and the dots at both ends."""
        return [self.lines, self.starts, self.ends]

    def show(self, start: Array, end: Array) -> None:
        """Draw the ways of the samples from `start` to `end`, (n_samples, 2) each."""
        start, end = start[self._followed], end[self._followed]
        self.lines.set_segments(list(np.stack([start, end], axis=1)))
        self.starts.set_offsets(start)
        self.ends.set_offsets(end)


def _with_opacity(colours: Array, opacity: float) -> list[tuple[float, float, float, float]]:
    return [(red, green, blue, opacity) for red, green, blue, _ in colours.tolist()]


def _around(outer: Limits, inner: Limits) -> Path:
    """The outer rectangle without the inner one, which runs the other way round."""
    corners = np.concatenate([_ring(outer), _ring(inner)[::-1]])
    return Path(corners, RECTANGLE * 2)


def _ring(limits: Limits) -> Array:
    (left, right), (bottom, top) = limits
    return np.array([(left, bottom), (right, bottom), (right, top), (left, top), (left, bottom)])
