"""What is drawn in the order of its depth: samples, a bent sheet and lines, smaller and in a haze if far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.path import Path

from replay.drawing.artists.plane import SampleArtists, hollow_look
from replay.drawing.style import SHADES, Style
from replay.types import Array
from replay.views.space import TILES, Seen, Sheet

SLOTS = (
    12  # depths in which things are drawn, from back to front; half of them behind a plane, if there is one
)
HAZE = 0.55  # how much of the background the farthest colour has
SMALLEST, LARGEST = 0.75, 1.25  # of the size of a marker, the farthest and the nearest
SHEET = 0.62  # its opacity
DARKEST = 0.16  # how much ink a tile has on which no light falls
THIN = 0.8  # of the width of a grid on a plane
_CLOSED = [Path.MOVETO, *[Path.LINETO] * 3, Path.CLOSEPOLY]  # around a tile


TILE, LINE, DOTS = range(3)  # within a slot, from back to front; then hollow samples
KINDS = 4
BETWEEN = 2 - 0.5 / KINDS / SLOTS  # the zorder of what divides the slots


def order(slot: int, kind: int) -> float:
    """The zorder of a kind of thing in a slot: from 1 to 3, by slot and then by kind."""
    return 1 + 2 * (slot + kind / KINDS) / SLOTS


class Depth:
    """In which slot things are drawn, and how what is in a slot looks."""

    def __init__(self, style: Style, divided: bool) -> None:
        self._style, self.divided = style, divided
        self.near = (
            (np.arange(SLOTS) % (SLOTS // 2) + 0.5) / (SLOTS // 2)
            if divided
            else (np.arange(SLOTS) + 0.5) / SLOTS
        )

    def slots(self, seen: Seen) -> Array:
        """The slot of each point."""
        n = SLOTS // 2 if self.divided else SLOTS
        near = np.nan_to_num(seen.near)
        slots = np.minimum((near * n).astype(int), n - 1)
        return slots if seen.in_front is None or not self.divided else slots + n * seen.in_front

    def size(self, slot: int) -> float:
        """How large things are in a slot, as a multiple of their usual size."""
        return SMALLEST + (LARGEST - SMALLEST) * float(self.near[slot])

    def haze(self, colour: Any, slot: int) -> tuple[float, ...]:
        """A colour as it is seen in a slot: RGBA."""
        rgba = np.array(to_rgba(colour))
        share = HAZE * (1 - self.near[slot])
        if self._style.transparent:
            rgba[3] *= 1 - share
        else:
            rgba[:3] += share * (np.array(to_rgba(self._style.background)[:3]) - rgba[:3])
        return tuple(rgba.tolist())


class SamplesInDepth:
    """Samples with the colour and marker of their class, and rings around those that are wrong.

    Very many are drawn as a density, which has no depth.
    """

    def __init__(
        self,
        axes: Axes,
        limits: Any,
        labels: Array | None,
        n_samples: int,
        style: Style,
        depth: Depth,
        hollow: bool = False,
    ) -> None:
        self._depth = depth
        self.flat = SampleArtists(axes, limits, labels, n_samples, style, hollow=hollow)
        self.dots: list[list[Line2D]] = [[] for _ in range(SLOTS)]
        if self.flat.density is not None:
            return
        for dots in self.flat.dots:  # in their place there is a marker for each slot
            dots.remove()
        self.flat.dots.clear()
        self._labels = np.zeros(n_samples, dtype=int) if labels is None else labels
        found = np.unique(self._labels)
        looks = [(style.class_marker(label), style.class_colour(label)) for label in found]
        kinds = list(dict.fromkeys(looks))
        self._n_kinds = len(kinds)
        self._kind_of = np.array([kinds.index(look) for look in looks])[np.searchsorted(found, self._labels)]
        for slot in range(SLOTS):
            size = style.marker * depth.size(slot)
            for (marker, colour), label in zip(
                kinds, (found[looks.index(kind)] for kind in kinds), strict=True
            ):
                look: dict[str, Any] = {
                    "marker": marker,
                    "color": depth.haze(colour, slot),
                    "markeredgewidth": 0,
                }
                if hollow:
                    look |= hollow_look(style, int(label), axes) | {
                        "markeredgecolor": depth.haze(colour, slot)
                    }
                look["markersize"] = size
                self.dots[slot] += axes.plot([], [], linestyle="", zorder=order(slot, DOTS + hollow), **look)

    def moving_in(self, slot: int) -> list[Artist]:
        """The samples of a slot; a density is in the first in front of everything behind."""
        if self.flat.density is not None:
            return [self.flat.density] if slot == SLOTS // 2 else []
        return [*self.dots[slot]]

    @property
    def errors(self) -> list[Artist]:
        """The rings, and the samples in them."""
        return self.flat.errors

    def show(self, seen: Seen, correct: Array | None) -> None:
        """Place the samples, with rings around those that are not `correct`."""
        self.flat.show(seen.places, correct)
        if self.flat.density is not None:
            return
        order, starts = _sorted(
            self._depth.slots(seen) * self._n_kinds + self._kind_of, SLOTS * self._n_kinds
        )
        places = seen.places[order]
        for number, dots in enumerate(dots for of_slot in self.dots for dots in of_slot):
            own = places[starts[number] : starts[number + 1]]
            dots.set_visible(len(own) > 0)
            dots.set_data(own[:, 0], own[:, 1])


class SheetArtists:
    """A bent sheet: tiles in the colours of the network's answers, the lines of a grid, and the boundary."""

    def __init__(self, axes: Axes, style: Style, depth: Depth, n_classes: int) -> None:
        self._depth, self._style = depth, style
        self._shades = style.shades(n_classes).astype(float) / 255
        self._ink = np.array(to_rgba(style.ink)[:3])
        self.tiles = [
            PathCollection([], zorder=order(slot, TILE), linewidths=0, antialiaseds=False)
            for slot in range(SLOTS)
        ]
        for tiles in self.tiles:
            axes.add_collection(tiles, autolim=False)
        self._corners = np.zeros((TILES * TILES, 5, 2))  # of paths that are made once, in order of depth
        self._paths = [Path(corners, _CLOSED, readonly=False) for corners in self._corners]
        self.lines = [
            LinesInDepth(axes, depth, colour, THIN * style.grid_width)
            for colour in (style.grid_x, style.grid_y)
        ]
        self.boundary = LinesInDepth(axes, depth, style.boundary, style.boundary_width)

    def moving_in(self, slot: int) -> list[Artist]:
        """The tiles and lines of a slot."""
        return [self.tiles[slot], *(line.lines[slot] for line in (*self.lines, self.boundary))]

    def show(self, sheet: Sheet) -> None:
        """Show the sheet."""
        places = sheet.tiles.places
        corners = np.stack([places[:-1, :-1], places[:-1, 1:], places[1:, 1:], places[1:, :-1]], axis=2)
        colours = self._colours(sheet).reshape(-1, 4)
        order, starts = _sorted(self._depth.slots(_middles(sheet.tiles)).ravel(), SLOTS)
        self._corners[:, :4] = corners.reshape(-1, 4, 2)[order]
        for slot, tiles in enumerate(self.tiles):
            own = slice(starts[slot], starts[slot + 1])
            tiles.set_visible(own.start < own.stop)
            tiles.set_paths(self._paths[own])
            tiles.set_facecolor(cast(Any, colours[order[own]]))
        for family, lines in enumerate(self.lines):
            lines.show([sheet.lines.of(family)])
        self.boundary.show(sheet.boundary)

    def _colours(self, sheet: Sheet) -> Array:
        """RGBA of each tile: its class, as strong as the answer is sure, darker where less light falls."""
        if sheet.answers is None:
            rgba = np.broadcast_to(to_rgba(self._style.background), (*sheet.bright.shape, 4)).copy()
        else:
            n_classes = sheet.answers.shape[-1]
            sure = np.nan_to_num((sheet.answers.max(axis=-1) - 1 / n_classes) / (1 - 1 / n_classes))
            rgba = self._shades[
                sheet.answers.argmax(axis=-1), np.round(np.clip(sure, 0, 1) * (SHADES - 1)).astype(int)
            ].copy()
        rgba[..., :3] += (DARKEST * (1 - sheet.bright))[..., None] * (self._ink - rgba[..., :3])
        rgba[..., 3] *= SHEET
        return rgba


class LinesInDepth:
    """Lines in space, each piece in its slot."""

    def __init__(self, axes: Axes, depth: Depth, colour: str, width: float) -> None:
        self._depth = depth
        self.lines = [
            axes.plot(
                [], [], color=depth.haze(colour, slot), linewidth=width * depth.size(slot),
                zorder=order(slot, LINE), solid_capstyle="round", solid_joinstyle="round",
            )[0]
            for slot in range(SLOTS)
        ]  # fmt: skip

    def show(self, seen: Sequence[Seen]) -> None:
        """Show these lines, of points (…, n_points) each."""
        pieces = [_pieces(one) for one in seen]
        ends = np.concatenate([one.places for one in pieces]) if pieces else np.zeros((0, 2, 2))
        slots = np.concatenate([self._depth.slots(_first(one)) for one in pieces]) if pieces else np.zeros(0)
        order, starts = _sorted(slots, SLOTS)
        points, first = _joined(ends[order])
        for slot, line in enumerate(self.lines):
            own = points[first[starts[slot]] : first[starts[slot + 1]]]
            line.set_visible(len(own) > 0)
            line.set_data(own[:, 0], own[:, 1])


def _pieces(line: Seen) -> Seen:
    """The pieces between neighbouring points of lines (…, n_points): (n_pieces, 2) of each."""
    places = np.stack([line.places[..., :-1, :], line.places[..., 1:, :]], axis=-2).reshape(-1, 2, 2)
    near = np.stack([line.near[..., :-1], line.near[..., 1:]], axis=-1).reshape(-1, 2)
    if line.in_front is None:
        return Seen(places, near, None)
    front = np.stack([line.in_front[..., :-1], line.in_front[..., 1:]], axis=-1).reshape(-1, 2)
    return Seen(places, near, front)


def _joined(pieces: Array) -> tuple[Array, Array]:
    """Pieces (n, 2, 2) as one line with gaps, without any where one begins at the end of the last.

    Its points, and the index of the first of each piece, and of the end: (n + 1,).
    """
    begins = np.ones(len(pieces), bool)
    begins[1:] = (pieces[1:, 0] != pieces[:-1, 1]).any(axis=1)
    points = np.pad(pieces, ((0, 0), (1, 0), (0, 0)), constant_values=np.nan)
    kept = np.stack([begins, begins, np.ones_like(begins)], axis=1)
    return points[kept], np.concatenate([[0], np.cumsum(kept.sum(axis=1))])


def _first(pieces: Seen) -> Seen:
    """Where pieces begin."""
    return pieces.of((slice(None), 0))


def _middles(corners: Seen) -> Seen:
    """The middles of tiles."""
    near = (corners.near[:-1, :-1] + corners.near[1:, 1:]) / 2
    return Seen(
        corners.places[:-1, :-1], near, None if corners.in_front is None else corners.in_front[:-1, :-1]
    )


def _sorted(keys: Array, n_keys: int) -> tuple[Array, Array]:
    """The order of these keys, and where each of 0 to n_keys starts in it: (n,) and (n_keys + 1,)."""
    order = np.argsort(keys, kind="stable")
    return order, np.searchsorted(keys[order], np.arange(n_keys + 1))
