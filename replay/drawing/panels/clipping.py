"""The panel of clipping: two components of the gradient as an arrow, before and after, and the limit."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Circle, FancyArrowPatch, Patch, Rectangle
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import shortened, size_in_inches, width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import short, short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.clipping import BY_VALUE, Clipping, ClippingFrame

SIZE = 0.9  # of the tick size
WIDE, WIDEST = 1.9, 4.0  # of the limit, half of the plane's sides at least and at most
HEAD: dict[str, Any] = {"arrowstyle": "-|>,head_length=0.7,head_width=0.35", "mutation_scale": 11}
EDGE = 0.97  # of half a side, up to where an arrow ends within the axes
OUTSIDE = 1.5  # of half a side, where a longer one ends, so that its head is not seen
# Of the arrow that is seen, where its name may be, and how far beside it, of half a side.
PLACES, GAP = (0.72, 0.62, 0.82, 0.52, 0.92, 0.42, 0.32), 0.03
POINTS = np.linspace(0, 1, 41)  # along an arrow, which a name must not cover
WIDEST_NAME = 0.4  # of the axes
BOLD = 1.12  # how much wider bold letters are

CORNERS = np.array([[x, y] for x in (-1, 0, 1) for y in (-1, 0, 1)])  # of a text, its sides and its middle


class ClippingPanel(Panel):
    """A box for clipping by value, a circle for clipping by norm; the gradient before dashed, after solid.

    Axes do not change: where the gradient is much longer, its arrow leaves them.
    """

    view: Clipping

    def __init__(self, axes: Axes, view: Clipping, style: Style) -> None:
        super().__init__(axes, view, style)
        whole, *self.titles = self._titles()
        axes.set_title(whole)
        self._half = view.limit * self._reach()
        axes.set(xlim=(-self._half, self._half), ylim=(-self._half, self._half))
        axes.set_aspect("equal", adjustable="box")
        for axis, name, inches in zip(
            (axes.xaxis, axes.yaxis), view.names, size_in_inches(axes), strict=True
        ):
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            short_numbers(axis)
            label_where_room(axis, shortened(f"∂L/∂({name})", inches, style.size_tick, style), style)
        axes.axhline(0, color=style.faint, linewidth=1, zorder=0)
        axes.axvline(0, color=style.faint, linewidth=1, zorder=0)
        axes.add_patch(self._limit())
        self.before = self._arrow(style.muted, 1.8, linestyle=(0, (3, 2)))
        self.after = self._arrow(style.metric, 3.0)
        self.names = [self._name(colour) for colour in (style.muted, style.metric)]
        self.finite = LastFinite(axes, view.evaluation, style)

    # What stands still

    def _titles(self) -> list[str]:
        """What the panel is called: at length first, and with whether it is what the run does."""
        view, limit = self.view, short(self.view.limit)
        by = say("By value") if view.kind == BY_VALUE else say("By norm")
        own = say("{way} (this run)", way=by) if view.is_own else by
        if view.kind == BY_VALUE:
            return [say("{way}: each component within ±{limit}", way=own, limit=limit), own, by]
        n = view.n_together
        return [say("{way}: all {n} together at most {limit} long", way=own, n=n, limit=limit), own, by]

    def _reach(self) -> float:
        """Half of a side, in limits: so that the arrow of half of the snapshots fits, within reason."""
        evaluation = self.view.evaluation
        epochs = evaluation.recording.epochs[evaluation.surveyed]
        sizes = np.array([np.abs(self.view.at(float(epoch)).before).max() for epoch in epochs])
        finite = sizes[np.isfinite(sizes)]
        usual = float(np.median(finite)) / self.view.limit if len(finite) else 1.0
        return float(np.clip(1.15 * usual, WIDE, WIDEST))

    def _limit(self) -> Patch:
        """The box or the circle that no gradient leaves."""
        limit, colour = self.view.limit, self.style.metric
        look: dict[str, Any] = {"facecolor": colour, "alpha": 0.12, "edgecolor": colour, "linewidth": 1.5}
        if self.view.kind == BY_VALUE:
            return Rectangle((-limit, -limit), 2 * limit, 2 * limit, zorder=0.5, **look)
        return Circle((0, 0), limit, zorder=0.5, **look)

    def _arrow(self, colour: str, width: float, **look: Any) -> FancyArrowPatch:
        arrow = FancyArrowPatch(
            (0, 0), (0, 0), color=colour, linewidth=width, shrinkA=0, shrinkB=0, zorder=3, **HEAD, **look
        )
        self.axes.add_patch(arrow)
        return arrow

    def _name(self, colour: str) -> Words:
        words = Words(
            0, 0, "", transform=self.axes.transData, color=colour, fontsize=SIZE * self.style.size_tick,
            ha="center", va="center", zorder=4, fontweight="bold",
            path_effects=[withStroke(linewidth=3, foreground=self.style.background)],
        )  # fmt: skip
        self.axes.add_artist(words)
        return words

    # What moves

    @property
    def moving(self) -> list[Artist]:
        """The arrows, then words."""
        return [self.before, self.after, *self.names, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the gradient of `epoch`, before and after."""
        frame = self.view.at(self.finite.moment(epoch))
        known = bool(np.isfinite(frame.before).all() and np.isfinite(frame.after).all())
        before, after = (self._within(each if known else np.zeros(2)) for each in (frame.before, frame.after))
        for arrow, end in ((self.before, before), (self.after, after)):
            arrow.set_positions((0, 0), tuple(end))
            arrow.set_visible(known and bool(np.hypot(*end) > 0.01 * self._half))
        self.before.set_visible(self.before.get_visible() and frame.clipped)
        self._name_arrows(frame, before, after)

    def _within(self, end: Array) -> Array:
        """The end of an arrow; one that leaves the axes ends outside, in the same direction."""
        return self._cut(end, OUTSIDE)

    def _cut(self, end: Array, share: float) -> Array:
        """The end of an arrow that may reach so far, of half a side, if it leaves the axes."""
        farthest = float(np.abs(end).max())
        return end if farthest <= EDGE * self._half else end * (share * self._half / farthest)

    def _name_arrows(self, frame: ClippingFrame, before: Array, after: Array) -> None:
        """Words beside the middle of the outer part of each arrow, on the side that is free."""
        lengths = [short(float(f"{norm:.2g}")) for norm in (frame.norm, frame.after_norm)]
        if frame.clipped:
            forms = (
                [say("before: {norm} long", norm=lengths[0]), say("before")],
                [say("after: {norm}", norm=lengths[1]), say("after")],
            )
        else:
            forms = [], [say("not clipped: {norm}", norm=lengths[0]), say("not clipped")]
        texts = [next((form for form in each if self._has_room(form)), "") for each in forms]
        seen = self._cut(before, 1.0), self._cut(after, 1.0)
        across = np.array([-before[1], before[0]]) / (float(np.hypot(*before)) or 1.0)
        side = 1.0 if float(across @ after) <= 1e-9 * self._half else -1.0
        drawn = [
            end for arrow, end in zip((self.before, self.after), seen, strict=True) if arrow.get_visible()
        ]
        covered = np.vstack([np.zeros((1, 2)), *(POINTS[:, None] * end for end in drawn)])
        for words, text, end, away in zip(self.names, texts, seen, (side, -side), strict=True):
            place = self._beside(end, away, text, covered)
            words.set_text(text)
            words.set_position((float(place[0]), float(place[1])))
            extent = self._extent(text)
            covered = np.vstack([covered, place + extent * CORNERS]) if text else covered

    def _beside(self, end: Array, side: float, text: str, covered: Array) -> Array:
        """The middle of a text beside an arrow within the axes: the first place that covers nothing."""
        extent = self._extent(text)
        along = end / (float(np.hypot(*end)) or 1.0)
        inside = (EDGE * self._half - extent).clip(min=0)
        found = []
        for way in (side, -side):
            across = way * np.array([-along[1], along[0]])
            away = (float(np.abs(across) @ extent) + GAP * self._half) * across
            found += [np.clip(share * end + away, -inside, inside) for share in PLACES]
        around = extent + 0.7 * GAP * self._half
        return next((place for place in found if not _covers(place, around, covered)), found[0])

    def _extent(self, text: str) -> Array:
        """Half of a text's width and height, in the plane: both sides are as long as the shorter."""
        size = SIZE * self.style.size_tick
        inches = np.array([BOLD * width_in_inches(text, size, self.style), size / 72])
        return np.asarray(inches / min(size_in_inches(self.axes)) * self._half)

    def _has_room(self, text: str) -> bool:
        return bool((self._extent(text) < WIDEST_NAME * self._half).all())


def _covers(place: Array, extent: Array, points: Array) -> bool:
    """Whether a text covers one of the points (n, 2)."""
    return bool((np.abs(points - place) <= extent).all(axis=1).any())
