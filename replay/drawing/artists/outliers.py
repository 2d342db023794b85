"""Arrows at the edge of a plane, where samples lie beyond it."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array

from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits

SIZE = 0.9  # of the size of a tick's number, in points
GRAIN = 4.0  # arrows closer than this, in pixels, are one
MARKERS = ("<", ">", "v", "^")  # beyond the left, the right, the bottom, the top


class Outliers:
    """Triangles that point to the samples outside the axes, in the colours of their classes.

    Each lies at the edge that its sample is farthest beyond. Samples that are not finite have none. `hollow`
    ones point to held-out samples.
    """

    def __init__(self, axes: Axes, labels: Array | None, style: Style, hollow: bool = False) -> None:
        self._axes = axes
        found = [0] if labels is None else np.unique(labels).tolist()
        self._colours = to_rgba_array([style.class_colour(label) for label in found])
        self._class_of = None if labels is None else np.searchsorted(found, labels)
        self._size = SIZE * style.size_tick
        self._hollow = hollow
        self.arrows = [
            axes.scatter(
                [], [], s=self._size**2, marker=marker, transform=axes.transAxes, zorder=3.5,
                facecolors=style.paper, edgecolors=style.background, linewidths=1.2 if hollow else 0.6,
                clip_on=False,
            )
            for marker in MARKERS
        ]  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The arrows of the four edges."""
        return [*self.arrows]

    def show(self, points: Array, limits: Limits) -> None:
        """Mark those of the samples (n_samples, 2) that lie beyond the limits."""
        low, high = np.array(limits).T
        if (points >= low).all() and (points <= high).all():
            for arrows in self.arrows:
                arrows.set_visible(False)
            return
        with np.errstate(all="ignore"):
            places = (points - low) / (high - low)
            beyond = np.column_stack([-places[:, 0], places[:, 0] - 1, -places[:, 1], places[:, 1] - 1])
            outside = np.flatnonzero((beyond.max(axis=1) > 0) & np.isfinite(places).all(axis=1))
        side = beyond[outside].argmax(axis=1)
        inset = self._inset
        places = np.clip(places[outside], inset, 1 - inset)
        classes = np.zeros(len(outside), int) if self._class_of is None else self._class_of[outside]
        for number, arrows in enumerate(self.arrows):
            kept = self._apart(places, classes, side == number)
            arrows.set_visible(len(kept) > 0)
            arrows.set_offsets(places[kept])
            (arrows.set_edgecolor if self._hollow else arrows.set_facecolor)(self._colours[classes[kept]])

    @property
    def _inset(self) -> Array:
        """Half the size of an arrow, as a share of the width and of the height."""
        figure = self._axes.get_figure(root=True)
        assert figure is not None
        return self._size / 2 * figure.dpi / 72 / np.array(self._axes.bbox.size)

    def _apart(self, places: Array, classes: Array, at_edge: Array) -> Array:
        """One of each class's arrows that would lie on one another."""
        which = np.flatnonzero(at_edge)
        pixels = np.round(places[which] * np.array(self._axes.bbox.size) / GRAIN)
        _, first = np.unique(np.column_stack([pixels, classes[which]]), axis=0, return_index=True)
        return which[np.sort(first)]
