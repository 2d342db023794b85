"""A quantity over a plane as a map: shades, contour lines at round levels, numbers where there is room."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize, to_rgb
from matplotlib.patheffects import withStroke

from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.ticks import short
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.shared.contours import DECADES, are_logarithmic, contour, levels
from replay.views.shared.geometry import Limits

RAMP = "BuPu"  # after C. Brewer
ON_LIGHT, ON_DARK = 0.5, 0.5  # how strongly the largest values are coloured
WIDTH, OPACITY = 0.7, 0.34  # of contour lines
SIZE = 0.75  # of the tick size, the numbers
APART, EDGE = 0.75, 0.12  # inches between numbers, and from the edge
FROM_PATHS = 0.18  # inches
MOST = 6  # numbers
TRIED = 24  # places along a line


class Heights:
    """Shades and contours of `values` (rows, columns), a mesh over `limits`; nothing of it moves.

    Low values have the background's colour; what is not finite is grey. Numbers keep away from the points
    (n, 2) of `paths`.
    """

    def __init__(
        self, axes: Axes, limits: Limits, values: Array, paths: Sequence[Array], style: Style
    ) -> None:
        self._axes, self._style = axes, style
        self._shade(limits, values)
        self.levels = levels(values)
        self.lines = {float(level): contour(limits, values, level) for level in self.levels}
        every = [line for lines in self.lines.values() for line in lines]
        axes.add_collection(
            LineCollection(every, colors=style.ink, linewidths=WIDTH, alpha=OPACITY, zorder=0.5),
            autolim=False,
        )
        self._number(np.concatenate(paths) if paths else np.zeros((0, 2)))

    def _shade(self, limits: Limits, values: Array) -> None:
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        if are_logarithmic(values):
            scale: Normalize = LogNorm(max(low, high * 10**-DECADES), high, clip=True)
        else:
            scale = Normalize(low, high if high > low else low + 1, clip=True)
        (left, right), (bottom, top) = limits
        half = (right - left) / (values.shape[1] - 1) / 2, (top - bottom) / (values.shape[0] - 1) / 2
        with np.errstate(all="ignore"):
            self.image = self._axes.imshow(
                np.ma.masked_invalid(values),
                extent=(left - half[0], right + half[0], bottom - half[1], top + half[1]),
                origin="lower",
                aspect="auto",
                interpolation="bilinear",
                cmap=ramp(self._style),
                norm=scale,
                zorder=0,
            )

    def _number(self, paths: Array) -> None:
        """Write the levels at their lines, from the middle outwards, as far as there is room."""
        taken: list[Array] = []
        order = sorted(range(len(self.levels)), key=lambda n: abs(n - len(self.levels) // 2))
        for n in order:
            level = float(self.levels[n])
            text = say("loss {value}", value=short(level)) if not taken else short(level)
            place = self._place(self.lines[level], paths, taken, text)
            if place is not None and len(taken) < MOST:
                taken.append(self._inches(place[None])[0])
                halo = [withStroke(linewidth=2.5, foreground=self._style.background)]
                self._axes.text(
                    float(place[0]), float(place[1]), text, ha="center", va="center", zorder=0.6,
                    color=self._style.muted, fontsize=SIZE * self._style.size_tick,
                    path_effects=halo, clip_on=True,
                )  # fmt: skip

    def _place(self, lines: Sequence[Array], paths: Array, taken: list[Array], text: str) -> Array | None:
        """The point of these lines that is farthest from all that is drawn; None where none has room."""
        if not lines:
            return None
        every = np.concatenate([line[np.linspace(0, len(line) - 1, TRIED).astype(int)] for line in lines])
        at = self._inches(every)
        width, height = size_in_inches(self._axes)
        size = SIZE * self._style.size_tick
        beside = np.array([width_in_inches(text, size, self._style) / 2, size / 72 / 2]) + EDGE
        inside = ((at > beside) & (at < np.array([width, height]) - beside)).all(axis=1)
        from_paths = _nearest(at, self._inches(paths)) - beside[0] / 2
        from_numbers = _nearest(at, np.array(taken).reshape(-1, 2))
        fits = inside & (from_paths > FROM_PATHS) & (from_numbers > APART)
        if not fits.any():
            return None
        room = np.where(fits, np.minimum(from_paths, from_numbers), -np.inf)
        return np.asarray(every[int(room.argmax())])

    def _inches(self, points: Array) -> Array:
        """Where points of the plane are in the axes, in inches."""
        ends = np.array([self._axes.get_xlim(), self._axes.get_ylim()])
        shares = (points - ends[:, 0]) / (ends[:, 1] - ends[:, 0])
        return np.asarray(shares * size_in_inches(self._axes))


def _nearest(points: Array, others: Array) -> Array:
    """How far each of `points` (n, 2) is from the nearest of the others (m, 2): (n,)."""
    if not len(others):
        return np.full(len(points), np.inf)
    return np.asarray(np.hypot(*np.moveaxis(points[:, None] - others, -1, 0)).min(axis=1))


def ramp(style: Style) -> Colormap:
    """Colours from the background's to those of large values; grey for what is not finite."""
    paper = np.array(to_rgb(style.background))
    dark = paper.sum() < 1.5
    strength = ON_DARK if dark else ON_LIGHT
    places = np.linspace(0, 1, 32)
    colours = matplotlib.colormaps[RAMP](0.15 + 0.65 * (1 - 0.75 * places if dark else places))[:, :3]
    mixed = paper + (colours - paper) * (strength * places**0.8)[:, None]
    return LinearSegmentedColormap.from_list("heights", mixed).with_extremes(bad=style.faint)
