"""The panel of sparsity: a tile for each unit, by layer and in order, as full as it is on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.colors import to_rgba

from replay.drawing.artists.last_finite import LastFinite, rows_for_notice
from replay.drawing.artists.layer_names import layer_colours, size_in_inches, width_in_inches
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.language.message import Message, in_numbers, say
from replay.language.percent import percent
from replay.runs.layer_values import depths
from replay.types import Array
from replay.views.sparsity import OffLayer, Sparsity

HEAD = 0.34  # inches above a layer's tiles, for what is said of it
BETWEEN = 0.14  # inches between layers
WIDEST = 0.85  # inches, a tile
INSIDE = 0.1  # of a tile, around it
MOST = 12  # layers; of more, some
SIZE = 0.95  # of words, of that of ticks
OFF = (
    Message("{share} of its activations are 0 · {number} of {units} units dead"),
    Message("{share} are 0 · {number} of {units} dead"),
    Message("{share} off, {number} dead"),
)
LEAKS = (
    Message("{share} of z below 0: they leak, no unit is dead"),
    Message("{share} leak, none dead"),
)


@dataclass(frozen=True)
class Block:
    """The tiles of a layer: the lower left corner (units, 2) and the `side` of each."""

    corners: Array
    side: float


class SparsityPanel(Panel):
    """A tile for each unit: what is filled is the share of samples for which it is on, from the bottom up.

    A dead unit, off for all samples, is crossed out. Units that leak are filled in the same way, faintly
    where they leak. Beside each layer's name stands its share of zeros.
    """

    def __init__(self, axes: Axes, view: Sparsity, style: Style) -> None:
        super().__init__(axes, view, style)
        leaks = [layer.leaks for layer in view.layers]
        title = say("For how many samples each unit is on")
        axes.set_title(title)
        self.titles = (say("How often each unit is on"), say("Units on"))
        axes.set_axis_off()
        self._width, height = size_in_inches(axes)
        notice = height * (1 - 1 / (1 + rows_for_notice(axes, view.evaluation, 1.0)))
        axes.set(xlim=(0, self._width), ylim=(height, 0))
        self.shown = evenly(len(view.layers), MOST).tolist()
        layers = [view.layers[number] for number in self.shown]
        colours = layer_colours(depths(view.evaluation.recording, [layer.name for layer in layers]), style)
        sizes = [view.sizes[number] for number in self.shown]
        rooms = self._rooms(sizes, height - notice)
        names = short_names(
            [layer.name for layer in layers], 0.4 * self._width, SIZE * style.size_tick, style
        )
        self.blocks: list[Block] = []
        self.words: list[tuple[Words, Message]] = []
        y = notice
        for layer, n, room, name, colour in zip(layers, sizes, rooms, names, colours, strict=True):
            self._head(y, name, colour, layer)
            self.blocks.append(_block(n, self._width, y + HEAD, room))
            y += HEAD + room + BETWEEN
        self._colours = colours
        self._leaks = [leaks[number] for number in self.shown]
        self.frames = PolyCollection([], facecolors="none", linewidths=0.9, zorder=3)
        self.fills = PolyCollection([], linewidths=0, zorder=2)
        self.crosses = PolyCollection([], facecolors="none", edgecolors=style.error, linewidths=1.6, zorder=4)
        for artist in (self.fills, self.frames, self.crosses):
            axes.add_collection(artist, autolim=False)
        self.finite = LastFinite(axes, view.evaluation, style)

    def _rooms(self, sizes: list[int], height: float) -> list[float]:
        """The height for the tiles of each layer, in inches: as all of them have at the same size, if so."""
        free = max(height - len(sizes) * HEAD - (len(sizes) - 1) * BETWEEN, 0.1 * len(sizes))
        side = WIDEST
        while side > 0.01 and sum(_rows(n, self._width, side) * side for n in sizes) > free:
            side *= 0.95
        return [_rows(n, self._width, side) * side for n in sizes]

    def _head(self, y: float, name: str, colour: str, layer: OffLayer) -> None:
        """The name of a layer, and the room beside it for what is said of it."""
        size = SIZE * self.style.size_tick
        self.axes.text(
            0, y + HEAD * 0.82, name, color=colour, fontsize=size, fontweight="bold", va="baseline"
        )
        words = Words(
            self._width, y + HEAD * 0.82, "", figure=self.axes.get_figure(root=True), ha="right",
            va="baseline", transform=self.axes.transData, color=self.style.ink, fontsize=size,
        )  # fmt: skip
        self.axes.add_artist(words)
        room = self._width - 1.12 * width_in_inches(f"{name}  ", size, self.style)
        values = {"share": "100%", "number": "888", "units": "888"}
        forms = LEAKS if layer.leaks else OFF
        fitting = (
            form for form in forms
            if width_in_inches(str(replace(form, values=values)), size, self.style) <= room
        )  # fmt: skip
        self.words.append((words, next(fitting, Message("{share}"))))

    @property
    def moving(self) -> list[Artist]:
        """The tiles, and what is said of each layer."""
        words = [words for words, _ in self.words]
        return [self.fills, self.frames, self.crosses, *words, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the units at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        fills: list[Array] = []
        faces: list[Any] = []
        frames: list[Array] = []
        edges: list[Any] = []
        crosses: list[Array] = []
        for place, (block, colour) in enumerate(zip(self.blocks, self._colours, strict=True)):
            off, leaks = frame.shares[self.shown[place]], self._leaks[place]
            self._say(place, off)
            for corner, share in zip(block.corners, off, strict=True):
                dead = share == 1 and not leaks
                frames.append(_square(corner, block.side, 0, 1))
                edges.append(self.style.error if dead else self.style.muted)
                if leaks:
                    fills.append(_square(corner, block.side, 0, 1))
                    faces.append(to_rgba(colour, 0.22))
                if np.isfinite(share) and share < 1:
                    fills.append(_square(corner, block.side, 0, 1 - float(share)))
                    faces.append(to_rgba(colour, 0.85))
                if dead:
                    crosses += _cross(corner, block.side)
        self.fills.set_verts(fills)
        self.fills.set_facecolor(faces)
        self.frames.set_verts(frames)
        self.frames.set_edgecolor(edges)
        self.crosses.set_verts(crosses, closed=False)

    def _say(self, place: int, off: Array) -> None:
        words, form = self.words[place]
        share = float(off.mean())
        told = {
            "share": percent(share) if np.isfinite(share) else "NaN",
            "number": in_numbers(f"{int((off == 1).sum()):,}"),
            "units": in_numbers(f"{len(off):,}"),
        }
        words.set_text(str(replace(form, values=told)))


def _rows(n: int, width: float, side: float) -> int:
    return math.ceil(n / max(1, int(width / side)))


def _block(n: int, width: float, top: float, room: float) -> Block:
    """Tiles of one size from left to right, row by row, as large as the room lets them be."""
    side = WIDEST
    while side > 0.005 and _rows(n, width, side) * side > room + 1e-9:
        side *= 0.98
    columns = max(1, int(width / side))
    place = np.arange(n)
    corners = np.column_stack([place % columns * side, top + place // columns * side])
    return Block(corners, side)


def _square(corner: Array, side: float, low: float, high: float) -> Array:
    """Part of a tile, from one share of its height to another, counted from its bottom."""
    inset = INSIDE * side
    left, right = corner[0] + inset, corner[0] + side - inset
    bottom, height = corner[1] + side - inset, side - 2 * inset
    lower, upper = bottom - low * height, bottom - high * height
    return np.array([(left, lower), (right, lower), (right, upper), (left, upper)])


def _cross(corner: Array, side: float) -> list[Array]:
    """The two diagonals of a tile."""
    a, b, c, d = _square(corner, side, 0, 1)
    return [np.array([a, c]), np.array([b, d])]
