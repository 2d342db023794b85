"""The panel of layer distributions: a violin per layer, or dots for few values, from input to output."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Polygon
from matplotlib.ticker import FixedLocator, MaxNLocator

from replay.drawing.artists.layer_names import few, fit, layer_colours, shortened, size_in_inches
from replay.drawing.artists.optional_labels import label_where_room
from replay.drawing.artists.ticks import decade_text, short_numbers
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, in_this_language
from replay.language.percent import percent
from replay.types import Array
from replay.views.layer_distributions import (
    ACTIVATIONS,
    GRADIENTS,
    PRE_ACTIVATIONS,
    WEIGHTS,
    LayerDistributions,
    LayerDistributionsFrame,
)

TITLES = {
    WEIGHTS: Message("Weights by layer"),
    PRE_ACTIVATIONS: Message("Pre-activations by layer"),
    ACTIVATIONS: Message("Activations by layer"),
    GRADIENTS: Message("Gradient sizes by layer"),
}
LABELS = {
    WEIGHTS: Message("weight"),
    PRE_ACTIVATIONS: Message("pre-activation"),
    ACTIVATIONS: Message("activation"),
    GRADIENTS: Message("size of the gradient"),
}
HALF = 0.43  # half of a violin's width; layers are 1 apart
LANE = 0.09  # extra room below a logarithmic axis for exact zeros, as a share of it
WORDS = 0.24  # inches above the values for what is said of a layer
GAP = 0.12  # inches between names side by side
SLANT = 32.0  # degrees, for names that do not fit side by side
ROOM_BELOW = 0.55  # inches for names below the axes
SMALLEST_NAME = 0.75  # of the tick size
SEEN = 0.002  # smaller shares have no bar
DOT = 20  # square points
DOTTED = 0.3  # half of the width of a layer's dots
# What is said of a layer, the longest form that fits.
OF_ZEROS = (Message("{share} zero"), "{share}", "")
OF_MISSING = (Message("{share} not finite"), Message("not finite"), "NaN", "–")


class LayerDistributionsPanel(Panel):
    """One violin per layer, all equally wide, with the median and the quartiles; few values are dots.

    The length of horizontal bars shows shares of a layer's values: at 0 the exact zeros, which the violin
    leaves out, and at each end of the axis the values beyond it. A bar of full width is all values. Words
    above tell the zeros, and what is not finite. Thin lines are the ends of an activation's range.
    """

    def __init__(self, axes: Axes, view: LayerDistributions, style: Style) -> None:
        super().__init__(axes, view, style)
        self._places = np.arange(len(view.names), dtype=float)
        low, high = view.limits
        self._low = low - LANE * (high - low) if view.logarithmic else low
        axes.set_xlim(-0.6, len(view.names) - 0.4)
        inches = size_in_inches(axes)[1]
        self._top = high + (high - self._low) * WORDS / max(inches - WORDS, WORDS)
        axes.set_ylim(self._low, self._top)
        self._number()
        size = self._name_layers()
        axes.set_title(str(TITLES[view.quantity]))
        label_where_room(axes.yaxis, str(LABELS[view.quantity]), style)
        if not view.logarithmic:
            axes.axhline(0, color=style.faint, linewidth=1.0, zorder=0.5)
        self._draw_ends()

        colours = layer_colours(view.depths, style)
        self.violins = []
        for colour in colours:
            violin = Polygon(np.zeros((1, 2)), closed=True, facecolor=colour, edgecolor=colour, linewidth=0.8)
            axes.add_patch(violin)
            self.violins.append(violin)
        self.shares = LineCollection([], linewidths=3.6, zorder=2, capstyle="butt")
        axes.add_collection(self.shares, autolim=False)
        self._colours = colours
        (self.outline,) = axes.plot([], [], color=style.background, linewidth=5.2, zorder=3)
        (self.quartiles,) = axes.plot([], [], color=style.ink, linewidth=2.6, zorder=3)
        for line in (self.outline, self.quartiles):
            line.set_solid_capstyle("butt")
        (self.medians,) = axes.plot([], [], "o", color=style.background, markersize=6, zorder=3)
        self.medians.set(markeredgecolor=style.ink, markeredgewidth=1.6, clip_on=False)
        self.dots = axes.scatter([], [], s=DOT, zorder=2, linewidths=0, clip_on=False)
        look: dict[str, Any] = {"ha": "center", "va": "top", "fontsize": size, "zorder": 3}
        self.words = [Words(place, self._top, "", **look) for place in self._places]
        for words in self.words:
            axes.add_artist(words)
        room = size_in_inches(axes)[0] / (len(self._places) + 0.2) - GAP / 2
        self._forms = {forms: self._fitting(forms, room, size) for forms in (OF_ZEROS, OF_MISSING)}

    def _fitting(self, forms: tuple[Message | str, ...], room: float, size: float) -> str:
        """The longest of these forms that fits into `room` inches."""
        for form in map(str, forms):
            if fit([form.format(share=percent(1))], room, size, self.style):
                return form
        return ""

    def _draw_ends(self) -> None:
        """Draw the ends of the layers' ranges that lie on the axis."""
        low, high = self.view.limits
        segments = [
            [(place - HALF, end), (place + HALF, end)]
            for place, ends in zip(self._places, self.view.ranges, strict=True)
            for end in ends
            if low <= end <= high and end != 0
        ]
        walls = LineCollection(segments, colors=self.style.muted, linewidths=0.8, zorder=0.6)
        self.axes.add_collection(walls, autolim=False)

    def _number(self) -> None:
        """Set the ticks: powers of ten and 0 on a logarithmic axis."""
        axis, (low, high) = self.axes.yaxis, self.view.limits
        if not self.view.logarithmic:
            axis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            short_numbers(axis)
            return
        axis.set_major_locator(FixedLocator([self._low, *decades(low, high, 4)]))
        axis.set_major_formatter(
            in_this_language(lambda value, _: "0" if value == self._low else decade_text(10.0**value))
        )

    def _name_layers(self) -> float:
        """Name the layers below their violins: side by side or, if too wide, slanted and shortened.

        Of very many layers only some are named, to avoid overlaps. Returns the font size in points.
        """
        axes, style = self.axes, self.style
        size, smallest = style.size_tick, SMALLEST_NAME * style.size_tick
        room = size_in_inches(axes)[0] / (len(self._places) + 0.2) - GAP
        names = list(self.view.names)
        while size > smallest and not fit(names, room, size, style):
            size -= 0.5
        look: dict[str, Any] = {"fontsize": size}
        named = list(range(len(names)))
        if not fit(names, room, size, style):
            slant = math.radians(SLANT)
            longest = (ROOM_BELOW - (8 + size * math.cos(slant)) / 72) / math.sin(slant)
            named = few(len(names), int(size_in_inches(axes)[0] * 72 * math.sin(slant) / size))
            names = [shortened(names[number], longest, size, style) for number in named]
            look |= {"rotation": SLANT, "rotation_mode": "anchor", "ha": "right", "va": "center"}
        axes.set_xticks(self._places[named], names, **look)
        axes.tick_params(axis="x", length=0, pad=8)  # medians at the bottom of the axis extend below it
        return size

    @property
    def moving(self) -> list[Artist]:
        """Violins, shares, dots, quartiles and medians, and what is said of zeros and missing values."""
        drawn = [*self.violins, self.shares, self.dots, self.outline, self.quartiles, self.medians]
        return [*drawn, *self.words]

    def show(self, epoch: float) -> None:
        """Draw the distributions at `epoch`."""
        frame = self.view.at(epoch)
        parts = zip(self.violins, self._places, frame.density, self.view.edges, strict=True)
        for violin, place, density, edges in parts:
            violin.set_xy(_outline(place, density, edges))
        self._show_shares(frame)
        self._show_dots(frame)
        self._show_quartiles(frame)
        for words, told, colour in zip(self.words, *self._told(frame), strict=True):
            words.set(text=told, color=colour)

    def _told(self, frame: LayerDistributionsFrame) -> tuple[list[str], list[str]]:
        """What is said of each layer, and in which colour."""
        told, colours = [], []
        for zero, missing, dots in zip(frame.zero, frame.missing, frame.dots, strict=True):
            forms, share = (OF_MISSING, missing) if missing else (OF_ZEROS, 0 if len(dots) else zero)
            told.append(self._forms[forms].format(share=percent(share)) if share else "")
            colours.append(self.style.error if missing else self.style.muted)
        return told, colours

    def _show_dots(self, frame: LayerDistributionsFrame) -> None:
        """Each value keeps its column, so that it is seen to rise and fall."""
        low, high = self._low, self.view.limits[1]
        places = [
            place + (DOTTED * np.linspace(-1, 1, len(dots)) if len(dots) > 1 else np.zeros(len(dots)))
            for place, dots in zip(self._places, frame.dots, strict=True)
        ]
        heights = np.clip(np.concatenate(frame.dots), low, high)
        self.dots.set_offsets(np.column_stack([np.concatenate(places), heights]))
        self.dots.set_facecolor(np.repeat(self._colours, [len(dots) for dots in frame.dots]).tolist())

    def _show_shares(self, frame: LayerDistributionsFrame) -> None:
        low, high = self.view.limits
        zero = self._low if self.view.logarithmic else 0.0
        segments, colours = [], []
        for at, shares in ((zero, frame.zero), (low, frame.below), (high, frame.above)):
            for place, share, colour, dots in zip(
                self._places, shares, self._colours, frame.dots, strict=True
            ):
                if share > SEEN and not len(dots):
                    segments.append([(place - HALF * share, at), (place + HALF * share, at)])
                    colours.append(colour)
        self.shares.set(segments=segments, colors=colours)

    def _show_quartiles(self, frame: LayerDistributionsFrame) -> None:
        low, high = self._low, self.view.limits[1]
        # Quartiles beyond the axis are drawn at its end, like the bars of the values beyond it.
        dotted = np.array([len(dots) > 0 for dots in frame.dots])
        quartiles = np.where(dotted[:, None], np.nan, np.clip(frame.quartiles, low, high))
        gaps = np.full(len(self._places), np.nan)
        x = np.column_stack([self._places, self._places, gaps]).ravel()
        y = np.column_stack([quartiles[:, 0], quartiles[:, 2], gaps]).ravel()
        for line in (self.outline, self.quartiles):
            line.set_data(x, y)
        self.medians.set_data(self._places, quartiles[:, 1])


def decades(low: float, high: float, most: int) -> list[int]:
    """About so many whole powers of ten between `low` and `high`."""
    step = max(1, math.ceil((high - low) / most))
    return [power for power in range(math.ceil(low), math.floor(high) + 1) if power % step == 0]


def _outline(place: float, density: Array, edges: Array) -> Array:
    """A violin around `place`; it ends where its density does, flat at the end of a range."""
    peak = density.max()
    if not peak > 0:
        return np.full((1, 2), np.nan)
    half = HALF * density / peak
    seen = np.flatnonzero(half > 0.004)
    first, last = seen[0], seen[-1]
    half, edges = half[first : last + 1], edges[first : last + 2]
    heights = np.concatenate([edges[:1], (edges[1:] + edges[:-1]) / 2, edges[-1:]])
    widths = np.pad(half, 1, mode="edge")
    right, left = (np.column_stack([place + sign * widths, heights]) for sign in (1, -1))
    return np.concatenate([right, left[::-1]])
