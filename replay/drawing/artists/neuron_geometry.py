"""A unit's geometry on the plane that enters it: the line z = 0, the arrow w, the way from the origin."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke
from matplotlib.text import Text

from replay.drawing.artists.formula import FixedNumbers
from replay.drawing.style import Style
from replay.types import Array
from replay.views.neuron_plane import NeuronPlaneFrame
from replay.views.shared.geometry import Limits, have_one_scale

LONGEST = 0.3  # of the plane's shorter side, for the arrow of the largest usual weights
MOST = 1.5  # times as long, for any
SHORTEST = 0.02  # below it there is no arrow: its head would not know where to point
USUAL = 0.95  # the share of snapshots whose arrows are usual
HEAD = 6.3  # of the width of the line, for the head of the arrow
HALO = 3.0  # points around words
LABEL = 0.9  # the size of words, of that of ticks
APART = 0.5  # of the size of ticks, between words and what they name
ASIDE = 0.35  # words are beside what goes further across than this
LINE = 1.4  # the height of a line of words, of their size
NEAR_END = 0.28  # of the width of the axes: words begin here, or end


class NeuronGeometry:
    """The line in the unit's colour; on it, nearest to the middle of the plane, the arrow w.

    The arrow points to where z rises and is as long as ‖w‖, on one scale for the run. A dashed line is the
    distance of the line from the origin, |b| / ‖w‖. Where the two inputs have no common scale, the arrow
    keeps its length alone, and there is no distance. `norms` and `distances` (n,) are those of the run.
    """

    def __init__(
        self, axes: Axes, limits: Limits, norms: Array, distances: Array, colour: str, style: Style
    ) -> None:
        self._axes, self._style, self._has_distance = axes, style, have_one_scale(limits)
        effects = [withStroke(linewidth=style.boundary_width * 2, foreground=style.background)]
        look: dict[str, Any] = {"linewidth": style.boundary_width, "path_effects": effects}
        (self.line,) = axes.plot([], [], color=colour, zorder=3.2, solid_capstyle="round", **look)
        self.arrow = FancyArrowPatch(
            (0, 0), (0, 0), arrowstyle="-|>", mutation_scale=HEAD * style.boundary_width, shrinkA=0,
            shrinkB=0, color=colour, zorder=3.4, **look,
        )  # fmt: skip
        axes.add_patch(self.arrow)
        look |= {"linewidth": style.boundary_width * 0.65, "color": style.ink, "zorder": 3.3}
        (self.distance,) = axes.plot([], [], linestyle=(0, (3, 2)), **look)
        (self.origin,) = axes.plot([0], [0], marker="o", markersize=style.marker, **look)
        words: dict[str, Any] = {"fontsize": LABEL * style.size_tick, "zorder": 5.5, "clip_on": True}
        words["path_effects"] = [withStroke(linewidth=HALO, foreground=style.background)]
        self.length_told = axes.text(0, 0, "", color=colour, fontweight="bold", **words)
        self.distance_told = axes.text(0, 0, "", color=style.ink, **words)
        self._usual = float(np.quantile(norms, USUAL)) or 1.0
        self._length = FixedNumbers(float(norms.max()))
        self._tip = np.zeros(2)  # of the arrow, in pixels
        self._away = FixedNumbers(max(float(np.median(distances)), *(high - low for low, high in limits)))

    @property
    def moving(self) -> list[Artist]:
        """From back to front: line, distance, arrow, words."""
        return [
            self.line, self.distance, self.origin, self.arrow, self.length_told, self.distance_told,
        ]  # fmt: skip

    def show(self, frame: NeuronPlaneFrame) -> None:
        """Draw the geometry of these weights."""
        self.line.set_data(*frame.line.T)
        self._point(frame)
        self._measure(frame)

    def _point(self, frame: NeuronPlaneFrame) -> None:
        """Let the arrow stand on the line; on the picture, at right angles to it."""
        to_pixels, norm = self._axes.transData.transform, frame.weights.norm
        middle = np.array([sum(side) / 2 for side in frame.limits])
        ends = to_pixels(frame.line)
        foot = _nearest(to_pixels(middle), ends)
        length = min(norm / self._usual, MOST) * LONGEST
        shown = length > SHORTEST and self._holds(foot)
        for artist in (self.arrow, self.length_told):
            artist.set_visible(shown)
        if not shown:
            return
        way = _across(ends[1] - ends[0])
        start = frame.nearest(middle)
        rises = to_pixels(start + frame.weights.kernel / norm) - to_pixels(start)
        way = way if way @ rises > 0 else -way
        tip = foot + way * length * min(self._axes.bbox.size)
        self.arrow.set_positions(*self._axes.transData.inverted().transform([foot, tip]))
        self._tip = tip
        self._tell(self.length_told, tip, way, f"‖w‖ = {self._length.size(norm).strip()}")

    def _measure(self, frame: NeuronPlaneFrame) -> None:
        """Draw the way from the origin to the line, where there is one scale for both inputs."""
        foot, start = frame.foot, self._axes.transData.transform(np.zeros(2))
        shown = self._has_distance and bool(np.isfinite(foot).all()) and self._holds(start)
        for artist in (self.distance, self.origin, self.distance_told):
            artist.set_visible(shown)
        if not shown:
            return
        self.distance.set_data([0, foot[0]], [0, foot[1]])
        box, stop = self._axes.bbox, self._axes.transData.transform(foot)
        middle = (start + np.clip(stop, box.min, box.max)) / 2
        away = self._away.size(frame.weights.distance).strip()
        way = _across(stop - start)
        if self.length_told.get_visible() and way @ (self._tip - middle) > 0:
            way = -way  # away from the other words
        self._tell(self.distance_told, middle, way, f"|b|/‖w‖ = {away}")
        if self.length_told.get_visible() and self._meet():
            self.distance_told.set_visible(False)

    def _meet(self) -> bool:
        """Whether both words lie on one another."""
        one, other = (words.get_window_extent() for words in (self.length_told, self.distance_told))
        return one.overlaps(other)

    def _tell(self, words: Text, place: Array, way: Array, text: str) -> None:
        """Write beside a place (in pixels), on the side of `way`, within the axes."""
        box, figure = self._axes.bbox, self._axes.get_figure(root=True)
        assert figure is not None
        gap = APART * self._style.size_tick * figure.dpi / 72
        line = LINE * LABEL * self._style.size_tick * figure.dpi / 72
        room = np.array([gap, line])  # from the sides
        place = np.clip(place + way * gap, np.array(box.min) + room, np.array(box.max) - room)
        share = (place[0] - box.x0) / box.width
        is_right = way[0] > 0 if abs(way[0]) > ASIDE else share < 0.5
        is_right = (is_right or share < NEAR_END) and share < 1 - NEAR_END
        va = "bottom" if way[1] > ASIDE else "top" if way[1] < -ASIDE else "center"
        words.set(ha="left" if is_right else "right", va=va, text=text)
        x, y = self._axes.transData.inverted().transform(place)
        words.set_position((float(x), float(y)))

    def _holds(self, place: Array) -> bool:
        """Whether the axes hold a place, in pixels; none holds NaN."""
        return bool((place >= self._axes.bbox.min).all() and (place <= self._axes.bbox.max).all())


def _nearest(point: Array, ends: Array) -> Array:
    """The point of a line, given by two of its points, that is nearest to this one."""
    along = ends[1] - ends[0]
    with np.errstate(all="ignore"):
        nearest: Array = ends[0] + along * ((point - ends[0]) @ along) / (along @ along)
    return nearest


def _across(along: Array) -> Array:
    """The direction at right angles to this one, of length 1; to the right, if it has none."""
    length = np.hypot(*along)
    return np.array([along[1], -along[0]]) / length if length > 0 else np.array([1.0, 0.0])
