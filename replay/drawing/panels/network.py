"""The panel of the network's diagram: pictures of its units, and the weights between them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.diagram_places import Places
from replay.drawing.artists.edges import OF_NODE, WIDEST, Edges, key
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import few, shortened, size_in_inches, width_in_inches
from replay.drawing.artists.nodes import (
    Bars,
    ClassRegions,
    ClassShare,
    Grey,
    Nodes,
    Paint,
    Signed,
    boundary_within,
)
from replay.drawing.artists.short_names import short_names
from replay.drawing.artists.ticks import short
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.task import REGRESSION
from replay.views.network import CHANGES, GRADIENTS, Network
from replay.views.shared.unit_pictures import DENSITY, IMAGE, PLANE

SMALL = 0.82  # of the tick size
LINE = 1.25  # of its font size, a line of words
MOST_NAME = 0.2  # of the width, names at the sides
POWERS = {GRADIENTS: 0.5, CHANGES: 0.5}  # these differ by orders of magnitude
BELOW = 12.0  # points from the axes down to the key


class NetworkPanel(Panel):
    """Columns of units with edges between them: blue below 0, red above, as wide as the quantity is large."""

    def __init__(self, axes: Axes, view: Network, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set(xlim=(0, 1), ylim=(0, 1), xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        self.titles = _titles(view)
        axes.set_title(self.titles[0])
        self._small = SMALL * style.size_tick
        self._width, self._height = size_in_inches(axes)
        self.places = self._places()
        power = POWERS.get(view.quantity, 1.0)
        widest = min(WIDEST, max(1.0, OF_NODE * self.places.side))
        starts, ends = self._ends()
        self.edges = Edges(axes, starts, ends, view.limit, widest, power, style)
        self.nodes = Nodes(axes, self.places, self._paints(), view.limit, power, style)
        self.boundary = self._boundary_lines()
        self.finite = LastFinite(axes, view.evaluation, style)
        if view.kind == IMAGE:
            self._draw_plain_edges()
        self._name_nodes()
        self._name_columns()
        self._draw_key()

    @property
    def moving(self) -> list[Artist]:
        """The edges, the nodes over them, and the boundary in the last node."""
        return [self.edges, self.nodes, *self.boundary, *self.finite.moving]

    def show(self, epoch: float) -> None:
        """Show the network at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.edges.show(np.concatenate([np.zeros(0), *(each.ravel() for each in frame.edges)]))
        pictures = list(frame.pictures)
        regions, last = frame.regions, self.view.columns[-1]
        if regions is not None:
            probabilities = regions.probabilities
            alone = last.n == 1
            shown = np.moveaxis(probabilities, -1, 0)
            pictures[-1] = probabilities[None] if alone else shown[last.shown]
        self.nodes.show(pictures, frame.biases, frame.dead, frame.saturated)
        if regions is not None and self.boundary:
            points = boundary_within(regions.boundary, regions.limits, *self._last_node())
            for line in self.boundary:
                line.set_data(points[:, 0], points[:, 1])

    # Places

    def _places(self) -> Places:
        """Room for names at the sides, and for those of the layers below."""
        line = LINE * self._small / 72
        lines = 2 if any(column.steps for column in self.view.columns) else 1
        left = max([0.0, *(self._wide(name) for name in self._input_names)]) + 0.12
        right = max([0.0, *(self._wide(name) for name in self._output_names)]) + 0.08
        bottom = min(0.4, lines * line / self._height)
        box = (left / self._width, bottom, 1 - right / self._width, 1.0)
        return Places(self.axes, [self._slots(place) for place in range(len(self.view.columns))], box)

    def _slots(self, place: int) -> int:
        """How many places a column has: one more for units that are not drawn."""
        column = self.view.columns[place]
        if place == 0 and self.view.kind == IMAGE:
            return 1
        return len(column.shown) + (column.rest > 0)

    def _ends(self) -> tuple[Any, Any]:
        starts, ends = [np.zeros((0, 2))], [np.zeros((0, 2))]
        columns = self.view.columns
        for place, (left, right) in enumerate(pairwise(columns)):
            one = self.places.of(place)[: len(left.shown)]
            other = self.places.of(place + 1)[: len(right.shown)]
            starts.append(np.repeat(one, len(other), axis=0))
            ends.append(np.tile(other, (len(one), 1)))
        return np.concatenate(starts), np.concatenate(ends)

    def _last_node(self) -> tuple[Any, Any]:
        """The middle and the size of the last node, in shares of the axes."""
        column = len(self.view.columns) - 1
        side = self.places.side_of(column) / 72
        width, height = size_in_inches(self.axes)
        return self.places.of(column)[0], np.array([side / width, side / height])

    # What is drawn

    def _paints(self) -> list[Paint]:
        view, style = self.view, self.style
        if view.kind == DENSITY:
            task = view.evaluation.task
            return [Bars(style, task.kind != REGRESSION)] * len(view.columns)
        if view.kind == IMAGE:
            kernels = Signed(view.kernel_limit, style, from_top=True, smooth=False)
            deeper = Signed(1.0, style, from_top=True, smooth=False)
            return [Grey(), kernels, *[deeper] * (len(view.columns) - 2)]
        paints: list[Paint] = [Signed(max(map(abs, ends)), style) for ends in view.ranges]
        if view.has_regions:
            last = view.columns[-1]
            paints[-1] = ClassRegions(style) if last.n == 1 else ClassShare(last.shown.tolist(), style)
        return paints

    def _boundary_lines(self) -> list[Any]:
        """The boundary in the last node, with a halo; none where there are several outputs."""
        view, style = self.view, self.style
        if view.kind != PLANE or not view.has_regions or view.columns[-1].n != 1:
            return []
        looks = ((style.background, 1.8, 3.0), (style.boundary, 0.8, 3.1))
        return [
            self.axes.plot(
                [], [], color=colour, linewidth=style.boundary_width * width, zorder=zorder,
                transform=self.axes.transAxes, solid_capstyle="butt",
            )[0]
            for colour, width, zorder in looks
        ]  # fmt: skip

    def _draw_plain_edges(self) -> None:
        """From an image of all inputs to each unit: their weights are its picture."""
        start, ends = self.places.of(0)[0], self.places.of(1)[: len(self.view.columns[1].shown)]
        for end in ends:
            self.axes.plot(
                *np.transpose([start, end]), color=self.style.faint, linewidth=0.8, zorder=1,
                transform=self.axes.transAxes,
            )  # fmt: skip

    def _draw_key(self) -> None:
        """A wedge below: how wide which value is."""
        axes, style = self.axes, self.style
        y = -BELOW / 72 / self._height
        ends = _rounded(self.view.limit)
        key(axes, 0.5, y, self.edges, (f"−{ends}", f"+{ends}"), style)
        axes.set_xlabel(_quantity(self.view.quantity), labelpad=BELOW + 7, fontsize=self._small)

    # Words

    def _wide(self, name: str) -> float:
        return width_in_inches(name, self._small, self.style) + 0.08

    @property
    def _input_names(self) -> list[str]:
        if self.view.kind == IMAGE:
            return []
        column, names = self.view.columns[0], self.view.evaluation.names.inputs
        wanted = [names[place] if names else f"x{_lowered(place + 1)}" for place in column.shown]
        return short_names(wanted, MOST_NAME * self._width, self._small, self.style)

    @property
    def _output_names(self) -> list[str]:
        column, task = self.view.columns[-1], self.view.evaluation.task
        if column.n == 1 or task.n_classes != column.n:
            return []
        wanted = [self.view.evaluation.names.number(label) for label in column.shown]
        return short_names(wanted, MOST_NAME * self._width, self._small, self.style)

    def _name_nodes(self) -> None:
        view, last = self.view, len(self.view.columns) - 1
        for place, column in enumerate(view.columns):
            middles, side = self.places.of(place), self.places.side_of(place) / 72
            step = abs(middles[0, 1] - middles[1, 1]) * self._height if len(middles) > 1 else self._height
            size = min(self._small, 72 * (step - side) / LINE)
            names, beside, align = _numbers(column), 0.0, "center"
            if place == 0:
                names, beside, align = self._input_names, -(side / 2 + 0.1), "right"
            elif place == last:
                names, beside, align = self._output_names, side / 2 + 0.06, "left"
            for name, (x, y) in zip(names, middles, strict=False):
                if align == "center":
                    if size >= 0.55 * self._small:
                        self._write(x, y + (side / 2 + 0.02) / self._height, name, size, "center", "bottom")
                elif step * 72 >= 0.8 * self._small:
                    self._write(x + beside / self._width, y, name, self._small, align, "center")
            if column.rest and not (place == 0 and view.kind == IMAGE):
                x, y = middles[-1]
                self._write(x, y, f"+{column.rest}", self._small, "center", "center")

    def _name_columns(self) -> None:
        """The names of the layers with what becomes of their units; of many columns, those with room."""
        columns = self.view.columns
        room = self._width / len(columns) * 1.05
        chosen = range(len(columns)) if room >= 0.42 else few(len(columns), max(2, int(self._width / 0.6)))
        room = max(room, self._width / max(len(chosen), 1) * 0.95)
        _, bottom, _, _ = self.places.box
        line = LINE * self._small / 72 / self._height
        for place in chosen:
            column = columns[place]
            x = self.places.across(place)
            name = shortened(column.name or say("inputs"), room, self._small, self.style)
            self._write(self._inside(x, name), bottom - line * 0.1, name, self._small, "center", "top", True)
            steps = " · ".join(column.steps)
            if steps:
                steps = shortened(steps, room, self._small, self.style)
                self._write(self._inside(x, steps), bottom - line * 1.1, steps, self._small, "center", "top")

    def _inside(self, x: float, text: str) -> float:
        """A place for the middle of a text, moved so that it hardly leaves the axes."""
        half = width_in_inches(text, self._small, self.style) / 2 / self._width
        slack = 0.05 / self._width
        return float(np.clip(x, half - slack, 1 - half + slack)) if half < 0.5 else 0.5

    def _write(
        self, x: float, y: float, text: str, size: float, across: str, up: str, strong: bool = False
    ) -> None:
        self.axes.text(
            x, y, text, transform=self.axes.transAxes, ha=across, va=up, fontsize=size, clip_on=False,
            color=self.style.ink if strong else self.style.muted, zorder=3,
        )  # fmt: skip


def _titles(view: Network) -> tuple[str, ...]:
    if view.quantity == GRADIENTS:
        return say("Network with the gradient of the loss"), say("Network, gradients"), say("Gradients")
    if view.quantity == CHANGES:
        return say("Network with the change since the last snapshot"), say("Network, changes"), say("Changes")
    return (say("Network"),)


def _quantity(quantity: str) -> str:
    if quantity == GRADIENTS:
        return say("gradient of each weight and bias")
    if quantity == CHANGES:
        return say("change of each weight and bias")
    return say("weights and biases")


def _numbers(column: Any) -> list[str]:
    return [str(unit + 1) for unit in column.shown] if column.n > 1 else []


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _rounded(value: float) -> str:
    return short(float(f"{value:.2g}"))
