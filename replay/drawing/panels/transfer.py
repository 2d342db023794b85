"""The panel of a transfer: the curve of f, the histogram of z below it, and that of a at its side."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import MaxNLocator

from replay.drawing.artists.direction import left_to_right
from replay.drawing.artists.layer_names import fit, layer_colours, size_in_inches, width_in_inches
from replay.drawing.artists.ticks import short
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import Message, say
from replay.language.percent import percent
from replay.types import Array
from replay.views.transfer import Transfer, TransferFrame

BAND = 0.3  # of the axes, for each histogram
GAP = 0.03  # of the axes, between a histogram and the curve
TINT = 0.5  # of the faint colour, for flat parts
CORNER = 0.85  # the size of its words, of that of ticks
LINE = 1.2  # the height of a line, of the size of its words
# What the corner says, the longest form that fits.
OF_FLAT = (Message("{share}\nin flat"), "{share}", "")
OF_MISSING = (Message("{share}\nnot finite"), "NaN", "")
MOST_TICKS, TICK_GAP = 4, 0.12  # inches between two numbers
FREE = 0.2  # of the axis of a, between words and the curve
ZEROS = 3.0  # points, the width of the bar of zeros
SMALLEST = 0.25  # of the band, for the histogram beside a bar of nearly all


class TransferPanel(Panel):
    """An activation's curve over tinted flat parts, with what the samples are before it and after it.

    Each histogram fills its band. A bar tells the exact zeros of a, which its histogram leaves out: as long
    as the band it is all values. Words in the corner tell the share of z that lies in flat parts.
    """

    def __init__(self, axes: Axes, view: Transfer, style: Style) -> None:
        super().__init__(axes, view, style)
        self._z, self._a = view.before.limits, view.after.limits
        depth = view.before.depths
        (colour,) = layer_colours(depth, style)
        axes.set_xlim(self._z[0], self._z[1] + _beside(self._z))
        axes.set_ylim(self._a[0] - _beside(self._a), self._a[1])
        self._number()
        title = say("“{layer}”: {activation}", layer=view.layer, activation=view.activation)
        axes.set_title(left_to_right(title))
        self._tint()
        seen = (view.f >= self._a[0]) & (view.f <= self._a[1])
        axes.plot(view.z[seen], view.f[seen], color=style.ink, linewidth=style.curve_width, zorder=2)
        look: dict[str, Any] = {"closed": True, "facecolor": colour, "edgecolor": "none", "zorder": 1.5}
        self.before, self.after = (Polygon(np.zeros((1, 2)), **look) for _ in range(2))
        for histogram in (self.before, self.after):
            axes.add_patch(histogram)
        (self.zeros,) = axes.plot([], [], color=colour, linewidth=ZEROS, solid_capstyle="butt", zorder=1.6)
        corner: dict[str, Any] = {"ha": "center", "va": "center", "color": style.muted}
        self.told = axes.text(
            1 - BAND / 2, BAND / 2, "", transform=axes.transAxes, fontsize=CORNER * style.size_tick, **corner
        )
        self._forms = {forms: self._fitting(forms) for forms in (OF_FLAT, OF_MISSING)}

    def _fitting(self, forms: tuple[Message | str, ...]) -> str:
        """The longest of these forms that fits into the corner."""
        width, height = (BAND * side for side in size_in_inches(self.axes))
        size = CORNER * self.style.size_tick
        for form in map(str, forms):
            lines = form.format(share=percent(1)).splitlines()
            if fit(lines, width, size, self.style) and len(lines) * LINE * size / 72 <= height:
                return form
        return ""

    def _number(self) -> None:
        """Ticks within the limits of z and of a: what lies beyond them belongs to the histograms."""
        width, height = size_in_inches(self.axes)
        line = LINE * self.style.size_tick / 72
        for axis, limits, room, across in (
            (self.axes.xaxis, self._z, width, None),
            (self.axes.yaxis, self._a, height, line),
        ):
            for most in range(MOST_TICKS, 0, -1):
                found = MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(*limits)
                places = [place for place in found if limits[0] <= place <= limits[1]]
                names = [short(place) for place in places]
                sizes = [across or width_in_inches(name, self.style.size_tick, self.style) for name in names]
                if sum(sizes) + TICK_GAP * len(sizes) <= room * (1 - BAND):
                    break
            axis.set_ticks(places, names)
        self.axes.set(xlabel="z", ylabel="a")

    def _tint(self) -> None:
        for low, high in self.view.flat_parts:
            left, right = max(low, self._z[0]), min(high, self._z[1])
            if left < right:
                bottom = self._a[0] - _beside(self._a)
                tint = Rectangle(
                    (left, bottom), right - left, self._a[1] - bottom,
                    facecolor=self.style.faint, alpha=TINT, linewidth=0, zorder=0.5,
                )  # fmt: skip
                self.axes.add_patch(tint)
                self._name_flat(left, right)

    def _name_flat(self, left: float, right: float) -> None:
        """Say in the middle of a flat part that it is one, where there is room."""
        size, (width, _) = CORNER * self.style.size_tick, size_in_inches(self.axes)
        low, high = self.axes.get_xlim()
        words = say("flat:\nf′ ≈ 0")
        if fit(words.splitlines(), (right - left) / (high - low) * width - TICK_GAP, size, self.style):
            self.axes.text(
                (left + right) / 2, self._free((left + right) / 2), words, ha="center", va="center",
                color=self.style.muted, fontsize=size, zorder=0.6,
            )  # fmt: skip

    def _free(self, z: float) -> float:
        """A height at z that is not that of the curve, in the middle if it is not there."""
        low, high = self._a
        middle = (low + high) / 2
        is_free = abs(np.interp(z, self.view.z, self.view.f) - middle) > FREE * (high - low)
        return middle if is_free else (low + middle) / 2

    @property
    def moving(self) -> list[Artist]:
        """Both histograms, the bar of zeros, and the share in flat parts."""
        return [self.before, self.after, self.zeros, self.told]

    def show(self, epoch: float) -> None:
        """Show the layer at `epoch`."""
        frame = self.view.at(epoch)
        base = self._a[0] - _beside(self._a)
        along, heights = _outline(frame.shares_before, self.view.edges_before)
        self.before.set_xy(np.column_stack([along, base + heights * _band(self._a)]))
        base, zero = self._z[1] + _beside(self._z), frame.after.zero[0]
        along, heights = _outline(frame.shares, self.view.edges)
        room = _band(self._z) * max(1 - zero, SMALLEST)
        self.after.set_xy(np.column_stack([base - heights * room, along]))
        self.zeros.set_data([base, base - zero * _band(self._z)], [0, 0])
        self.told.set_text(self._words(frame))

    def _words(self, frame: TransferFrame) -> str:
        lost = frame.before.missing[0]
        if lost:
            return self._forms[OF_MISSING].format(share=percent(lost))
        return self._forms[OF_FLAT].format(share=percent(frame.flat)) if self.view.flat_parts else ""


def _beside(limits: tuple[float, float]) -> float:
    """The room that a histogram takes beside `limits`, in their units."""
    return (limits[1] - limits[0]) * BAND / (1 - BAND)


def _band(limits: tuple[float, float]) -> float:
    """How high the highest bar of a histogram is, in units of `limits`."""
    return _beside(limits) * (1 - GAP / BAND)


def _outline(bars: Array, edges: Array) -> tuple[Array, Array]:
    """The outline of bars (n_bins,) between edges: places along the axis, and heights from 0 to 1."""
    peak = bars.max()
    if not peak > 0:
        return np.full(1, np.nan), np.full(1, np.nan)
    along = np.repeat(edges, 2)
    heights = np.concatenate([[0], np.repeat(bars / peak, 2), [0]])
    return along, heights
