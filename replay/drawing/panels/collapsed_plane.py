"""The panel of the plane of the inputs with the line of the product of the layers."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.input_names import name_inputs
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import size_in_inches, width_in_inches
from replay.drawing.artists.plane import PlaneAxes, RegionArtists
from replay.drawing.artists.run_samples import RunSamples
from replay.drawing.artists.words import Words
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.language.percent import percent
from replay.types import Array
from replay.views.linear_collapse import CollapsedPlane
from replay.views.shared.geometry import Limits

HALO = 3.0
SHARES, BOTH = 0.85, 0.85  # of ticks, the words of shares, and of the axes, that both may take
ALONG = 0.14  # of the axes, from an end of the line to its name


class CollapsedPlanePanel(Panel):
    """The regions and the boundary of the network, and the line of W alone over it, dashed and named."""

    def __init__(self, axes: Axes, view: CollapsedPlane, style: Style) -> None:
        super().__init__(axes, view, style)
        self.plane = PlaneAxes(axes, view.limits)
        self._linear = view.chain.is_linear
        if self._linear:
            axes.set_title(say("The boundary is the line of W"))
            self.titles = (say("Network and W: the same line"), say("The same line"))
        else:
            axes.set_title(say("The network bends, W alone does not"))
            self.titles = (say("The network bends"), say("Input plane"))
        name_inputs(axes, view.evaluation.names.inputs, style)
        self.regions = RegionArtists(axes, view.limits, style)
        self.samples = RunSamples(axes, view.limits, view.evaluation, style)
        colour = style.metric
        look: dict[str, Any] = {"color": colour, "linewidth": 0.8 * style.boundary_width, "zorder": 4.5}
        (self.line,) = axes.plot([], [], linestyle=(0, (3.2, 1.8)), **look)
        halo = [withStroke(linewidth=HALO, foreground=style.background)]
        look = {"path_effects": halo, "zorder": 6, "figure": axes.get_figure(root=True)}
        look |= {"fontsize": style.size_tick, "transform": axes.transData}
        self.name = Words(0, 0, "", color=colour, ha="center", va="bottom", fontweight="bold", **look)
        self._named = say("network = W") if self._linear else "W"
        look |= {"transform": axes.transAxes, "fontsize": SHARES * style.size_tick}
        self.shares = [
            Words(0.02, 0.02, "", color=style.ink, ha="left", va="bottom", **look),
            Words(0.98, 0.02, "", color=colour, ha="right", va="bottom", **look),
        ]
        for words in (self.name, *self.shares):
            axes.add_artist(words)
        self.finite = LastFinite(axes, view.evaluation, style)

    @property
    def moving(self) -> list[Artist]:
        """The moving artists, from back to front."""
        over = [*self.regions.lines, *self.samples.errors, self.line, self.name, *self.shares]
        return [self.regions.shading, *self.samples.moving, *over, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the plane at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch), self.plane.shown())
        self.regions.show(frame.regions)
        self.samples.show_inputs(frame.correct, frame.held_out, frame.regions.limits)
        gap = np.full((1, 2), np.nan)
        points = np.concatenate([part for line in frame.line for part in (line, gap)] or [gap])
        self.line.set_data(points[:, 0], points[:, 1])
        self._name(frame.line, frame.regions.limits)
        shares = percent(frame.right), percent(frame.right_alone)
        for words, text in zip(self.shares, self._told(*shares), strict=True):
            words.set_text(text)

    def _told(self, network: str, alone: str) -> tuple[str, str]:
        """What is said of how much is right, by the network and by W, as long as there is room."""
        if self._linear:
            return say("{share} right", share=network), ""
        room, size = size_in_inches(self.axes)[0], SHARES * self.style.size_tick
        long = say("network: {share} right", share=network), say("W alone: {share} right", share=alone)
        short = f"{network}", f"W: {alone}"
        has_room = sum(width_in_inches(text, size, self.style) for text in long) <= BOTH * room
        return long if has_room else short

    def _name(self, lines: list[Array], limits: Limits) -> None:
        """Name the line of W at its upper end, inside the axes."""
        inside = [line for line in lines if len(line)]
        self.name.set_visible(bool(inside))
        if not inside:
            return
        longest = max(inside, key=lambda line: float(np.ptp(line, axis=0).sum()))
        ends = longest if longest[0, 1] >= longest[-1, 1] else longest[::-1]
        width, height = size_in_inches(self.axes)
        half = width_in_inches(self._named, 1.1 * self.style.size_tick, self.style) / 2
        shares = (half / width + 0.02, 0.05 + 1.6 * self.style.size_tick / 72 / height)
        low, high = np.transpose(limits)
        pad = np.array(shares) * (high - low)
        x, y = np.clip(ends[0] + ALONG * (ends[-1] - ends[0]), low + pad, high - 2 * pad)
        self.name.set_position((float(x), float(y)))
        self.name.set_text(self._named)
