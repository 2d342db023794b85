"""Artists for views of a plane: class regions with their boundary, samples, rings around errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.density import Density
from replay.drawing.artists.layer_names import size_in_inches
from replay.drawing.artists.marks import HELD_OUT, RINGED
from replay.drawing.artists.outliers import Outliers
from replay.drawing.artists.shading import Shading
from replay.drawing.artists.ticks import short_numbers
from replay.drawing.style import Style
from replay.runs.evaluation import Evaluation
from replay.types import Array
from replay.views.shared.geometry import Limits, have_one_scale, of_shape
from replay.views.shared.regions import Regions

MAX_MARKERS = 5_000  # more samples are drawn as their density
MAX_RINGS = 2_000
RINGS_ON_DENSITY = 400  # rings do not shrink like the discs, and would hide them
ROOMY = 400  # samples; around more, rings are closer,
MAX_HOLLOW = 1_000  # held-out samples that are drawn
HOLLOW, OUTLINE = 1.1, 0.3  # their size and the width of their outline, in sizes of the others
RAISED = 0.2  # above what is drawn of the others, and below what comes next
CLOSEST = 0.78  # but not below this share of their size
THINNEST, SMALLEST_RING = 0.9, 3.8  # pixels, of a ring's line and of its width, in a small picture
SPARSE = 3.0  # times the room of the rings on a density is the least that the axes have
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
            short_numbers(axis)
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


class BoundaryArtists:
    """The decision boundary: a line with a halo that keeps it visible on any background.

    `halo` is how much wider that is.
    """

    def __init__(self, axes: Axes, style: Style, halo: float = 2.2) -> None:
        looks = ((style.background, halo, 3.0), (style.boundary, 1.0, 3.1))
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

    def show(self, boundary: Sequence[Array]) -> None:
        """Draw these lines (n_points, 2) each."""
        pieces = [part for line in boundary for part in (line, GAP)]
        points = np.concatenate(pieces) if pieces else GAP
        for line in self.lines:
            line.set_data(points[:, 0], points[:, 1])


class RegionArtists:
    """Region shading, and the boundary over it."""

    def __init__(self, axes: Axes, limits: Limits, style: Style) -> None:
        self.shading = Shading(axes, limits, style)
        self._boundary = BoundaryArtists(axes, style)
        self.lines = self._boundary.lines

    def show(self, regions: Regions | None) -> None:
        """Draw these regions, or none."""
        if regions is None:
            self.shading.show(None)
        else:
            self.shading.show(regions.probabilities, regions.limits)
        self._boundary.show([] if regions is None else regions.boundary)


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
    """Samples with the colour and marker of their class; misclassified samples have a ring around them.

    The rings are discs on which these samples are drawn once more: in a crowd, too, their classes are seen.
    Many samples are drawn as a density, and of many errors a fixed choice is marked, so that the cost of a
    frame stops growing with them. See `HeldOutArtists` for samples that are `hollow`, and are `raised` above
    others or lie below them.
    """

    def __init__(
        self,
        axes: Axes,
        limits: Limits,
        labels: Array | None,
        n_samples: int,
        style: Style,
        hollow: bool = False,
        raised: float = 0.0,
    ) -> None:
        self.density: Density | None = None
        self.dots: list[Line2D] = []
        self._wrong_dots: list[Line2D] = []
        found = [0] if labels is None else [int(label) for label in np.unique(labels)]
        self._labels = np.zeros(n_samples, dtype=int) if labels is None else labels
        if n_samples > MAX_MARKERS:
            self.density = Density(axes, limits, labels, n_samples, MAX_MARKERS, style)
        else:
            self._found = found
            self._members = [slice(None) if labels is None else labels == label for label in found]
            for label in found:
                look: dict[str, Any] = {
                    "marker": style.class_marker(label),
                    "color": style.class_colour(label),
                    "markersize": style.marker,
                    "markeredgewidth": 0,
                }
                if hollow:
                    look |= hollow_look(style, label, axes)
                self.dots += axes.plot([], [], linestyle="", zorder=2 + raised, **look)
                look["markersize"] *= _closeness(n_samples)
                self._wrong_dots += axes.plot([], [], linestyle="", zorder=4.1 + raised, **look)
        self._turns = np.random.default_rng(0).permutation(n_samples)  # the order in which they get a ring
        figure = axes.get_figure(root=True)
        assert figure is not None
        look = ring(style, figure.dpi, n_samples)
        self._most_rings = MAX_RINGS
        if self.density is None:  # a disc is drawn in less time
            look |= {"markerfacecolor": style.error, "markeredgewidth": 0}
        else:
            side = look["markersize"] / 72 * figure.dpi
            room = float(axes.bbox.width * axes.bbox.height) / (SPARSE * side**2)
            self._most_rings = max(1, min(RINGS_ON_DENSITY, round(room)))
        self.rings = axes.plot([], [], linestyle="", zorder=4 + raised, label=RINGED, **look)[0]

    @property
    def moving(self) -> list[Artist]:
        """The samples."""
        return [*self.dots] if self.density is None else [self.density]

    @property
    def errors(self) -> list[Artist]:
        """The rings, and the samples in them, which are drawn on top of everything."""
        return [self.rings, *self._wrong_dots]

    def show(self, points: Array, correct: Array | None) -> None:
        """Place samples (n_samples, 2), with rings around those that are not `correct`."""
        if self.density is not None:
            self.density.show(points)
        for members, dots in zip(self._members if self.dots else [], self.dots, strict=True):
            chosen = points[members]
            dots.set_data(chosen[:, 0], chosen[:, 1])
        marked = self._turns[:0] if correct is None else self._marked(correct)
        for artist in self.errors:  # to draw nothing takes time, too
            artist.set_visible(len(marked) > 0)
        self.rings.set_data(points[marked, 0], points[marked, 1])
        for label, dots in zip(self._found if self._wrong_dots else [], self._wrong_dots, strict=True):
            own = marked[self._labels[marked] == label]
            dots.set_data(points[own, 0], points[own, 1])

    def _marked(self, correct: Array) -> Array:
        """The samples that get a ring; if too many are wrong, the same ones from frame to frame."""
        most = self._most_rings
        n_asked = 2 * most
        while True:
            asked = self._turns[:n_asked]
            wrong = asked[~correct[asked]]
            if len(wrong) >= most or n_asked >= len(self._turns):
                return wrong[:most]
            n_asked *= 4


class HeldOutArtists:
    """The held-out samples of a run: hollow, with the outline in the colour of their class.

    They lie above the others if they are fewer. Of very many a fixed choice is drawn.
    """

    def __init__(self, axes: Axes, limits: Limits, trained: Evaluation, style: Style) -> None:
        evaluation = trained.held_out
        assert evaluation is not None
        n_samples, labels = len(evaluation.inputs), evaluation.task.labels
        chosen = np.random.default_rng(0).permutation(n_samples)[:MAX_HOLLOW]
        self._chosen = np.sort(chosen)
        labels = None if labels is None else labels[self._chosen]
        n_others = len(trained.inputs)
        fewer = len(self._chosen) <= n_others or n_others > MAX_MARKERS  # a density would hide them
        raised = RAISED if fewer else -RAISED
        self.samples = SampleArtists(
            axes, limits, labels, len(self._chosen), style, hollow=True, raised=raised
        )
        self.outliers = Outliers(axes, labels, style, hollow=True)

    @property
    def moving(self) -> list[Artist]:
        """The samples, their rings and the arrows that point to those beyond the limits."""
        return [*self.samples.moving, *self.samples.errors, *self.outliers.moving]

    def show(self, points: Array, correct: Array | None, limits: Limits | None) -> None:
        """Place the samples (n_samples, 2); those beyond the `limits`, if these are given, are arrows."""
        points = points[self._chosen]
        self.samples.show(points, None if correct is None else correct[self._chosen])
        if limits is not None:
            self.outliers.show(points, limits)


def hollow_look(style: Style, label: int, axes: Axes) -> dict[str, Any]:
    """How the marker of a held-out sample differs from that of the others."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return {
        "label": HELD_OUT,
        "markerfacecolor": style.paper,
        "markeredgecolor": style.class_colour(label),
        "markersize": style.marker * HOLLOW,
        "markeredgewidth": max(style.marker * OUTLINE, THINNEST * 72 / figure.dpi),
    }


def ring(style: Style, dpi: float, n_samples: int = 0) -> dict[str, Any]:
    """How the ring around a misclassified sample looks: closer around one of many, never below a pixel."""
    closeness = _closeness(n_samples)
    pixel = 72 / dpi
    return {
        "marker": "o",
        "markerfacecolor": "none",
        "color": style.error,
        "markersize": max(style.error_marker * closeness, SMALLEST_RING * pixel),
        "markeredgewidth": max(style.error_width * closeness, THINNEST * pixel),
    }


def _closeness(n_samples: int) -> float:
    """The size of a ring around one of so many samples, as a share of that around one of few."""
    return max(CLOSEST, min(1.0, (ROOMY / max(n_samples, 1)) ** 0.1))
