"""The panels of a plane before its activation, with the flat parts, and after it, within the walls."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from replay.drawing.artists.band_names import (
    FOLLOWED,
    INSET,
    LINE,
    SMALL,
    BandNames,
    inches_a_unit,
    visible,
    words_in_plane,
)
from replay.drawing.artists.enlarged import Enlarged, enlarged
from replay.drawing.artists.free_places import FreePlaces
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.plane import BoundaryArtists, GridArtists, PlaneAxes, RegionArtists, shown_limits
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.ticks import short
from replay.drawing.artists.ways import Ways
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.language.message import say
from replay.types import Array
from replay.views.before_after import ActivatedPlane, AfterActivation, BeforeActivation
from replay.views.shared.geometry import Limits

TINT = 0.5  # of the faint colour, for flat parts
MARGIN = 0.34  # inches, around the enlarged square
WIDEST = 0.8  # of the plane, words about its lines
BESIDE = 0.05  # inches, between a wall and its number
LEFT = 0.35  # the opacity of the grid as it was
FAR = 1e6  # where a wall without an end is cut off
DASHES = (0, (4, 3))


class BeforeActivationPanel(Panel):
    """Samples and grid as z, over bands where the activation is flat, and the decision boundary."""

    view: BeforeActivation

    def __init__(self, axes: Axes, view: BeforeActivation, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = _plane(axes, view, style)
        axes.set_title(say("Before {activation}: z", activation=view.plane.activation))
        self.titles = (say("Before: z"), "z")
        _tint(axes, view.plane, style)
        self.grid = GridArtists(axes, style)
        self.boundary = BoundaryArtists(axes, style)
        self.samples = RunSamples(axes, view.limits, view.evaluation, style)
        self.names = BandNames(axes, view, style)
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """From back to front: grid, samples, boundary, errors, the names of bands."""
        return [
            *self.grid.lines,
            *self.samples.moving,
            *self.boundary.lines,
            *self.samples.errors,
            *self.names.words,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the plane at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch), self.plane.shown())
        self.grid.show(frame.lines)
        self.boundary.show(frame.boundary)
        self.samples.show(frame.points, frame.correct, frame.held_out, frame.limits)


class AfterActivationPanel(Panel):
    """The same samples and grid as f(z), on the same scale, with the way that samples have moved.

    The walls of the range are dashed. A range that is small on this scale is shown enlarged as well.
    """

    view: AfterActivation

    def __init__(self, axes: Axes, view: AfterActivation, style: Style) -> None:
        super().__init__(axes, view, style)
        plane = view.plane
        self.plane = _plane(axes, view, style)
        axes.set_title(say("After {activation}: f(z)", activation=plane.activation))
        self.titles = (say("After: f(z)"), "f(z)")
        self._inch = 1 / inches_a_unit(axes)
        self.copy = enlarged(shown_limits(axes), *plane.walls, MARGIN * self._inch)
        shown = view.limits if self.copy is None else self.copy.limits
        self.ways = Ways(axes, view.evaluation, style, None if self.copy is None else self.copy.limits)
        self.regions = RegionArtists(axes, shown, style)
        self.left = self._left_behind()
        self.grid = GridArtists(axes, style)
        self.samples = RunSamples(axes, shown, view.evaluation, style)
        self.words: list[Words] = []
        self.walls = self._walls(plane.walls)
        self._explain()
        self.finite = LastFinite(axes, view.evaluation, style)
        if not plane.bends:
            whole = say("linear: f(z) = z, so nothing moves")
            self.finite.tell(whole, say("nothing moves"), "f(z) = z")

    # What stands still

    def _left_behind(self) -> GridArtists | None:
        """The grid as it was, faint; none where an enlarged square needs the room."""
        if self.copy is not None:
            return None
        grid = GridArtists(self.axes, self.style)
        for line in grid.lines:
            line.set(alpha=LEFT, zorder=0.7)
        return grid

    def _walls(self, walls: tuple[float, float]) -> list[Line2D]:
        """The sides of what the activation reaches: dashed lines, and those of an enlarged square."""
        sides = _sides(*walls)
        look: dict[str, Any] = {"color": self.style.ink, "linewidth": 1.2, "linestyle": DASHES}
        if np.isfinite(walls).all():
            self._number_walls(walls)
        if self.copy is None:
            return self._lines(sides, **look)
        thin = {"color": self.style.muted, "linewidth": 0.8}
        self._name_copy(self.copy)
        return [
            *self._lines(self.copy.rays, **thin),
            *self._lines(sides, **thin),
            *self._lines(self.copy.of(sides), **look),
        ]

    def _lines(self, sides: Array, **look: Any) -> list[Line2D]:
        """Lines (n, 2, 2), which leave the limits of the axes as they are."""
        return [self.axes.plot(*side.T, scalex=False, scaley=False, zorder=1.5, **look)[0] for side in sides]

    def _number_walls(self, walls: tuple[float, float]) -> None:
        """The ends of the range, below and left of the square, or of its copy."""
        away = BESIDE * self._inch
        for end, across, up in ((walls[0], "left", "bottom"), (walls[1], "right", "top")):
            for place, step, look in (
                ((end, walls[0]), (0, -away), {"ha": across, "va": "top"}),
                ((walls[0], end), (-away, 0), {"ha": "right", "va": up}),
            ):
                at = np.array(place, float) if self.copy is None else self.copy.of(np.array(place))
                self._write(at + step, short(end), **look)

    def _name_copy(self, copy: Enlarged) -> None:
        (left, right), (_, top) = copy.limits
        times = short(float(f"{copy.factor:.2g}"))
        room, size = (right - left) / self._inch, SMALL * self.style.size_tick
        forms = (
            say("the square, {times} times as large", times=times),
            say("{times} times as large", times=times),
            f"×{times}",
        )
        text = next((form for form in forms if width_in_inches(form, size, self.style) <= room), "")
        place = np.array([(left + right) / 2, top + BESIDE * self._inch])
        self._write(place, text, ha="center", va="bottom")

    def _explain(self) -> None:
        """Say what the thin lines are, where they leave room."""
        size = SMALL * self.style.size_tick
        text = say("thin lines: from z to f(z)")
        box = np.array([width_in_inches(text, size, self.style), LINE * size / 72]) * self._inch
        low, high = np.array(shown_limits(self.axes)).T + np.array([[1], [-1]]) * INSET * self._inch
        if not self.view.plane.bends or (box > WIDEST * (high - low)).any():
            return
        free = FreePlaces(self._taken(), MARGIN * self._inch)
        if self.copy is not None:
            corner, end = np.array(self.copy.limits).T
            around = MARGIN * self._inch
            free.fill(corner - around, end + around)
        middle = free.find(low, high, box) + box / 2
        self._write(middle, text, ha="center", va="center")

    def _write(self, place: Array, text: str, **look: Any) -> None:
        self.words.append(words_in_plane(self.axes, self.style, place, text, **look))

    def _taken(self) -> Array:
        """Where walls stand, and where samples and their ways are at three moments: (n, 2)."""
        epochs = self.view.evaluation.recording.epochs
        frames = [self.view.at(float(epoch)) for epoch in epochs[[0, len(epochs) // 2, -1]]]
        followed = evenly(len(frames[0].z), FOLLOWED)
        ways = [(frame.z[followed], frame.space.points[followed]) for frame in frames]
        seen = np.array(shown_limits(self.axes)).T
        walls = [np.clip(wall.get_xydata(), *seen)[:, None] for wall in self.walls]
        return np.concatenate(
            [start + share * (end - start) for start, end in ways for share in np.linspace(0, 1, 9)]
            + [start + share * (end - start) for start, end in walls for share in np.linspace(0, 1, 99)]
        )

    # What moves

    @property
    def moving(self) -> list[Artist]:
        """From back to front: regions, the grid as it was, ways, grid, walls, samples, boundary, errors."""
        return [
            self.regions.shading,
            *([] if self.left is None else self.left.lines),
            *self.ways.moving,
            *self.grid.lines,
            *self.walls,
            *self.samples.moving,
            *self.regions.lines,
            *self.samples.errors,
            *self.words,
            *self.finite.moving,
        ]

    def show(self, epoch: float) -> None:
        """Show the plane at `epoch`."""
        shown = self.plane.shown()
        frame = self.view.at(self.finite.moment(epoch), within(shown, self.view.plane.walls))
        space, copy = frame.space, self.copy
        self.ways.show(frame.z, space.points)
        if self.left is not None:
            self.left.show(frame.lines)
        if copy is not None:
            space = copy.frame(space)
        self.regions.show(space.regions)
        self.grid.show(space.lines)
        limits = shown if copy is None else None  # the walls hold all samples
        self.samples.show(space.points, space.correct, space.held_out, limits)


def _plane(axes: Axes, view: BeforeActivation | AfterActivation, style: Style) -> PlaneAxes:
    plane = PlaneAxes(axes, view.limits)
    for number, axis in enumerate((axes.xaxis, axes.yaxis)):
        label_where_room(axis, say("unit {unit}", unit=number + 1), style)
    for line in (axes.axhline, axes.axvline):
        line(0, color=style.faint, linewidth=1, zorder=-1)
    return plane


def _tint(axes: Axes, plane: ActivatedPlane, style: Style) -> None:
    """Bands over the flat parts; darker where both units are flat."""
    limits = shown_limits(axes)
    look: dict[str, Any] = {"facecolor": style.faint, "alpha": TINT, "linewidth": 0, "zorder": 0.2}
    for part in plane.flat_parts:
        for unit in (0, 1):
            low, high = visible(part, limits[unit])
            if low < high:
                (left, right), (bottom, top) = (
                    [(low, high), limits.y] if unit == 0 else [limits.x, (low, high)]
                )
                axes.add_patch(Rectangle((left, bottom), right - left, top - bottom, **look))


def within(limits: Limits, walls: tuple[float, float]) -> Limits:
    """The part of the limits that lies within the walls; all of it where they are elsewhere."""
    low, high = np.maximum(np.array(limits)[:, 0], walls[0]), np.minimum(np.array(limits)[:, 1], walls[1])
    if (low >= high).any():
        return limits
    return Limits(*((float(a), float(b)) for a, b in zip(low, high, strict=True)))


def _sides(low: float, high: float) -> Array:
    """The sides (n, 2, 2) of the square from `low` to `high`, without those that are infinitely far."""
    far = np.clip([low, high], -FAR, FAR)
    sides = []
    for end in (low, high):
        if np.isfinite(end):
            ends = np.full(2, end)
            sides += [np.column_stack([ends, far]), np.column_stack([far, ends])]
    return np.array(sides).reshape(-1, 2, 2)
