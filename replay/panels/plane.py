"""What the pictures of a plane share: shaded regions, the boundary, samples by class, errors marked."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from replay.grid import Limits
from replay.style import Style
from replay.views.regions import Regions

Array = NDArray[Any]


def prepare(axes: Axes, limits: Limits) -> None:
    """Set limits that stand still, and few ticks."""
    axes.set_xlim(limits.x)
    axes.set_ylim(limits.y)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))


class RegionArtists:
    """Soft shading, and the boundary as a line with a halo that keeps it visible on any ground."""

    def __init__(self, axes: Axes, limits: Limits, style: Style) -> None:
        self._style = style
        blank = np.ones((2, 2, 3), dtype=np.float32)
        self.image = axes.imshow(
            blank,
            extent=(*limits.x, *limits.y),
            origin="lower",
            aspect="auto",
            interpolation="bilinear",
            zorder=0,
        )
        self.image.set_visible(False)
        halo = LineCollection([], colors=style.background, linewidths=style.boundary_width * 2.2, zorder=3)
        line = LineCollection([], colors=style.boundary, linewidths=style.boundary_width, zorder=3.1)
        self.lines = [halo, line]
        for lines in self.lines:
            lines.set_capstyle("round")
            axes.add_collection(lines, autolim=False)
        axes.set_xlim(limits.x)
        axes.set_ylim(limits.y)

    def show(self, regions: Regions | None) -> None:
        """Draw these regions, or none."""
        self.image.set_visible(regions is not None)
        if regions is not None:
            self.image.set_data(self._style.shade(regions.probabilities))
        for lines in self.lines:
            lines.set_segments([] if regions is None else regions.boundary)


class SampleArtists:
    """Samples in the colour of their class, misclassified ones as crosses."""

    def __init__(self, axes: Axes, labels: Array | None, style: Style) -> None:
        self._labels = labels
        classes = [] if labels is None else [int(label) for label in np.unique(labels)]
        self._classes = classes
        self.right = [
            axes.plot(
                [], [], "o", color=style.class_colour(label), markersize=style.marker, markeredgewidth=0,
                zorder=2, label=f"class {label}",
            )[0]
            for label in classes
        ]  # fmt: skip
        if labels is None:
            self.right = axes.plot(
                [], [], "o", color=style.classes[0], markersize=style.marker, markeredgewidth=0
            )
        self.wrong = axes.plot(
            [], [], "X", color=style.error, markersize=style.error_marker, markeredgecolor=style.background,
            markeredgewidth=0.7, zorder=4, label="misclassified",
        )[0]  # fmt: skip

    def show(self, points: Array, correct: Array | None) -> None:
        """Place samples (n_samples, 2); those not `correct` become crosses."""
        if self._labels is None or correct is None:
            self.right[0].set_data(points[:, 0], points[:, 1])
            return
        for label, line in zip(self._classes, self.right, strict=True):
            chosen = points[(self._labels == label) & correct]
            line.set_data(chosen[:, 0], chosen[:, 1])
        wrong = points[~correct]
        self.wrong.set_data(wrong[:, 0], wrong[:, 1])

    @property
    def moving(self) -> list[Artist]:
        """Every artist, from back to front."""
        return [*self.right, self.wrong]
