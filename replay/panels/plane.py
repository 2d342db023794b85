"""What the pictures of a plane share: shaded regions, the boundary, samples by class, errors marked."""

from __future__ import annotations

from typing import Any

import numpy as np
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
    """Samples as dots in the colour of their class; a cross lies on those that are misclassified."""

    def __init__(self, axes: Axes, labels: Array | None, style: Style) -> None:
        self._members = [slice(None)] if labels is None else [labels == label for label in np.unique(labels)]
        colours = (
            style.classes[:1]
            if labels is None
            else [style.class_colour(label) for label in np.unique(labels)]
        )
        self.dots = [
            axes.plot([], [], "o", color=colour, markersize=style.marker, markeredgewidth=0, zorder=2)[0]
            for colour in colours
        ]
        look: dict[str, Any] = {"markersize": style.error_marker, "markeredgewidth": style.error_width}
        self.crosses = axes.plot([], [], "x", color=style.error, zorder=4, **look)[0]

    def show(self, points: Array, correct: Array | None) -> None:
        """Place samples (n_samples, 2), with crosses on those that are not `correct`."""
        for members, dots in zip(self._members, self.dots, strict=True):
            chosen = points[members]
            dots.set_data(chosen[:, 0], chosen[:, 1])
        wrong = points[:0] if correct is None else points[~correct]
        self.crosses.set_data(wrong[:, 0], wrong[:, 1])
