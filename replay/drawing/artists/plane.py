"""Artists for views of a plane: class regions with their boundary, scatter of samples, error crosses."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.density import Density
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.shading import Shading
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits, have_one_scale, of_shape
from replay.views.shared.regions import Regions

MAX_MARKERS = 5_000  # more samples are drawn as their density
MAX_CROSSES = 2_000
CROSSES_ON_DENSITY = 400  # crosses do not shrink like the discs, and would hide them
MOST_TICKS, INCHES_A_TICK = 4, 0.45
GAP = np.full((1, 2), np.nan)  # separates lines within an array of points


class PlaneAxes:
    """Axes of a plane: one scale for both, and few ticks.

    The shorter side of the limits is widened to fill the axes, also after somebody else has changed their
    shape. With limits that are meant `exactly`, the axes shrink instead. Sides without a common unit keep
    their own scales. Limits that somebody else sets stay.
    """

    def __init__(self, axes: Axes, limits: Limits, exactly: bool = False) -> None:
        self._axes, self._exactly = axes, exactly
        if exactly and have_one_scale(limits):
            axes.set_aspect("equal", adjustable="box")
        for axis, inches in zip((axes.xaxis, axes.yaxis), size_in_inches(axes), strict=True):
            most = max(1, min(MOST_TICKS, int(inches / INCHES_A_TICK)))
            axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10], min_n_ticks=1))
        self.show(limits)

    def show(self, limits: Limits) -> None:
        """Show these limits."""
        self._wanted, self._aspect = limits, self._aspect_now
        if have_one_scale(limits) and not self._exactly:
            limits = of_shape(limits, self._aspect)
        self._axes.set(xlim=limits.x, ylim=limits.y)
        self._set = shown_limits(self._axes)

    def shown(self) -> Limits:
        """What the axes show now, whoever has set it."""
        limits = shown_limits(self._axes)
        if limits != self._set or self._aspect == self._aspect_now:
            return limits
        self.show(self._wanted)
        return self._set

    @property
    def _aspect_now(self) -> float:
        return float(self._axes.bbox.width / self._axes.bbox.height)


def shown_limits(axes: Axes) -> Limits:
    """What the axes show now, whoever has set it."""
    (left, right), (bottom, top) = sorted(axes.get_xlim()), sorted(axes.get_ylim())
    return Limits((left, right), (bottom, top))


class RegionArtists:
    """Region shading, and the boundary as a line with a halo that keeps it visible on any background."""

    def __init__(self, axes: Axes, limits: Limits, style: Style) -> None:
        self.shading = Shading(axes, limits, style)
        looks = ((style.background, 2.2, 3.0), (style.boundary, 1.0, 3.1))
        self.lines = [
            axes.plot(
                [],
                [],
                color=colour,
                linewidth=style.boundary_width * width,
                zorder=zorder,
                solid_capstyle="round",
                solid_joinstyle="round",
            )[0]
            for colour, width, zorder in looks
        ]

    def show(self, regions: Regions | None) -> None:
        """Draw these regions, or none."""
        if regions is None:
            self.shading.show(None)
        else:
            self.shading.show(regions.probabilities, regions.limits)
        pieces = [] if regions is None else [part for line in regions.boundary for part in (line, GAP)]
        points = np.concatenate(pieces) if pieces else GAP
        for line in self.lines:
            line.set_data(points[:, 0], points[:, 1])


class GridArtists:
    """The lines of a grid, which a layer bends."""

    def __init__(self, axes: Axes, style: Style) -> None:
        self.lines: list[Line2D] = [
            axes.plot([], [], color=colour, linewidth=style.grid_width, zorder=1)[0]
            for colour in (style.grid_x, style.grid_y)
        ]

    def show(self, lines: Array | None) -> None:
        """Draw lines (2, n_lines, n_points, 2), first those of constant x, or leave them as they are."""
        if lines is not None:
            for line, family in zip(self.lines, lines, strict=True):
                line.set_data(*_one_after_another(family))


def _one_after_another(family: Array) -> tuple[Array, Array]:
    """Join lines (n_lines, n_points, 2) to the x and y of a single line, separated by NaN."""
    broken = np.pad(family, ((0, 0), (0, 1), (0, 0)), constant_values=np.nan).reshape(-1, 2)
    return broken[:, 0], broken[:, 1]


class SampleArtists:
    """Samples with the colour and marker of their class; misclassified samples get a cross.

    Many samples are drawn as a density, and of many errors a fixed choice is marked, so that the cost of a
    frame stops growing with them.
    """

    def __init__(
        self, axes: Axes, limits: Limits, labels: Array | None, n_samples: int, style: Style
    ) -> None:
        self.density: Density | None = None
        self.dots = []
        if n_samples > MAX_MARKERS:
            self.density = Density(axes, limits, labels, n_samples, MAX_MARKERS, style)
        else:
            found = [0] if labels is None else [int(label) for label in np.unique(labels)]
            self._members = [slice(None) if labels is None else labels == label for label in found]
            for label in found:
                look: dict[str, Any] = {
                    "marker": style.class_marker(label),
                    "color": style.class_colour(label),
                    "markersize": style.marker,
                }
                self.dots += axes.plot([], [], linestyle="", markeredgewidth=0, zorder=2, **look)
        self._most_crosses = MAX_CROSSES if self.density is None else CROSSES_ON_DENSITY
        self._turns = np.random.default_rng(0).permutation(n_samples)  # the order in which they get a cross
        self.crosses = axes.plot(
            [], [], "x", color=style.error, zorder=4,
            markersize=style.error_marker, markeredgewidth=style.error_width,
        )[0]  # fmt: skip

    @property
    def moving(self) -> list[Artist]:
        """The samples without the crosses, which are drawn on top of everything."""
        return [*self.dots] if self.density is None else [self.density]

    def show(self, points: Array, correct: Array | None) -> None:
        """Place samples (n_samples, 2), with crosses on those that are not `correct`."""
        if self.density is not None:
            self.density.show(points)
        for members, dots in zip(self._members if self.dots else [], self.dots, strict=True):
            chosen = points[members]
            dots.set_data(chosen[:, 0], chosen[:, 1])
        wrong = points[:0] if correct is None else points[self._marked(correct)]
        self.crosses.set_data(wrong[:, 0], wrong[:, 1])

    def _marked(self, correct: Array) -> Array:
        """The samples that get a cross; if too many are wrong, the same ones from frame to frame."""
        most = self._most_crosses
        n_asked = 2 * most
        while True:
            asked = self._turns[:n_asked]
            wrong = asked[~correct[asked]]
            if len(wrong) >= most or n_asked >= len(self._turns):
                return wrong[:most]
            n_asked *= 4
