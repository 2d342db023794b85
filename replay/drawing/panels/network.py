"""The panel of the network's diagram: pictures of its units, and the weights between them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.diagram_places import Places
from replay.drawing.artists.edges import OF_NODE, WIDEST, Edges, key
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.layer_names import few, fit, shortened, size_in_inches, width_in_inches
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
from replay.drawing.artists.short_names import is_legible, names_or_numbers
from replay.drawing.artists.ticks import short
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.runs.task import REGRESSION
from replay.types import Array
from replay.views.network import CHANGES, GRADIENTS, Network
from replay.views.shared.unit_pictures import DENSITY, IMAGE, PLANE

SMALL = 0.82  # of the tick size
LINE = 1.25  # of its font size, a line of words
NOTICE = 1.7  # lines at the top that a notice takes
MOST_NAME = 0.2  # of the width, names at the sides
POWERS = {GRADIENTS: 0.5, CHANGES: 0.5}  # these differ by orders of magnitude
NAME, BEYOND = 0.85, 0.25  # inches: the least for a layer's name; how far it may leave the axes
KEY, SHORTEST_KEY = 60.0, 14.0  # points, the length of half a key; of one that makes room for its word


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
        self.nodes = Nodes(axes, self.places, self._paints(), self._unit_colours, view.limit, power, style)
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
        if regions is not None:
            points = np.concatenate(
                [
                    boundary_within(regions.boundary, regions.limits, middle, size)
                    for middle, size in self._last_nodes()
                ]
            )
            for line in self.boundary:
                line.set_data(points[:, 0], points[:, 1])

    # Places

    def _places(self) -> Places:
        """Room for names at the sides, and for those of the layers below."""
        line = LINE * self._small / 72
        lines = 4 if any(column.steps for column in self.view.columns) else 3  # of names, a gap, and the key
        left = max([0.0, *(self._wide(name) for name in self._input_names)]) + 0.12
        right = max([0.0, *(self._wide(name) for name in self._output_names)]) + 0.08
        bottom = min(0.4, (lines - 0.4) * line / self._height)
        diverges = self.view.evaluation.recording.diverged_at is not None  # a notice tells at the top
        top = max(0.7, 1 - NOTICE * line / self._height) if diverges else 1.0
        box = (left / self._width, bottom, 1 - right / self._width, top)
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

    def _last_nodes(self) -> Iterator[tuple[Array, Array]]:
        """The middle and the size of each node of the output, in shares of the axes."""
        column = len(self.view.columns) - 1
        side = self.places.side_of(column) / 72
        size = np.array([side / inches for inches in size_in_inches(self.axes)])
        for middle in self.places.of(column)[: len(self.view.columns[-1].shown)]:
            yield middle, size

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

    @property
    def _unit_colours(self) -> dict[int, list[str]]:
        """The colours of the first layer's units, as their lines have in the input plane; none of many."""
        if self.view.kind != PLANE or len(self.view.columns) < 3 or self.view.columns[1].rest:
            return {}
        return {1: [self.style.unit_colour(int(unit)) for unit in self.view.columns[1].shown]}

    def _boundary_lines(self) -> list[Any]:
        """The boundary in the nodes of the output, with a halo; thinner where there are several."""
        view, style = self.view, self.style
        if not view.has_regions:
            return []
        width = 1.0 if view.columns[-1].n == 1 else 0.45
        looks = ((style.background, 1.8 * width, 3.0), (style.boundary, 0.8 * width, 3.1))
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
        """A wedge at the bottom: how wide which value is."""
        ends = _rounded(self.view.limit)
        words = _quantity(self.view.quantity)
        long = min(KEY, 0.2 * self._width * 72)
        left = f"{words}  −{ends}"
        room = 72 * (self._width / 2 - width_in_inches(left, self._small, self.style) - 0.1)
        if room < SHORTEST_KEY:
            left = f"−{ends}"
        elif room < long:
            long = room
        y = 0.5 * LINE * self._small / 72 / self._height
        key(self.axes, (0.5, y), long, self.edges, (left, f"+{ends}"), self._small, self.style)

    # Words

    def _wide(self, name: str) -> float:
        return width_in_inches(name, self._small, self.style) + 0.08

    @property
    def _input_names(self) -> list[str]:
        if self.view.kind == IMAGE:
            return []
        column, names = self.view.columns[0], self.view.evaluation.names.inputs
        numbers = [f"x{_lowered(place + 1)}" for place in column.shown]
        wanted = [names[place] for place in column.shown] if names else numbers
        return names_or_numbers(wanted, numbers, MOST_NAME * self._width, self._small, self.style)

    @property
    def _output_names(self) -> list[str]:
        column, task = self.view.columns[-1], self.view.evaluation.task
        if column.n == 1 or task.n_classes != column.n:
            return []
        wanted = [self.view.evaluation.names.number(label) for label in column.shown]
        numbers = [str(label) for label in column.shown]
        return names_or_numbers(wanted, numbers, MOST_NAME * self._width, self._small, self.style)

    def _name_nodes(self) -> None:
        view, last = self.view, len(self.view.columns) - 1
        for place, column in enumerate(view.columns):
            middles, side = self.places.of(place), self.places.side_of(place) / 72
            step = abs(middles[0, 1] - middles[1, 1]) * self._height if len(middles) > 1 else self._height
            size = min(self._small, 72 * (step - side) / LINE)
            names, beside, align = _numbers(column), 0.0, "center"
            colours = self._unit_colours.get(place, [self.style.muted] * len(column.shown))
            if place == 0:
                names, beside, align = self._input_names, -(side / 2 + 0.1), "right"
            elif place == last:
                names, beside, align = self._output_names, side / 2 + 0.06, "left"
            for name, colour, (x, y) in zip(names, colours, middles, strict=False):
                if align == "center":
                    if size >= 0.55 * self._small:
                        up = y + (side / 2 + 0.02) / self._height
                        self._write(x, up, name, size, "center", "bottom", colour)
                elif step * 72 >= LINE * self._small:
                    self._write(x + beside / self._width, y, name, self._small, align, "center")
            if column.rest and not (place == 0 and view.kind == IMAGE):
                x, y = middles[-1]
                self._write(x, y, f"+{column.rest}", self._small, "center", "center")

    def _name_columns(self) -> None:
        """The names of the layers with what becomes of their units; of many columns, those with room."""
        chosen, room = self._named_columns()
        line = LINE * self._small / 72 / self._height
        for place in chosen:
            for number, text in enumerate(self._words_of(place)):
                told = shortened(text, room, self._small, self.style)
                if not is_legible(told, text):
                    told = "" if number or not place else str(place)
                x = self._inside(self.places.across(place), told)
                y = self.places.box[1] - line * (number + 0.1)
                colour = self.style.muted if number else self.style.ink
                self._write(x, y, told, self._small, "center", "top", colour)

    def _named_columns(self) -> tuple[list[int], float]:
        """The columns that are named, as many as have room for their names, and that room in inches."""
        n = len(self.view.columns)
        for most in range(n, 1, -1):
            chosen = few(n, most)
            across = np.array([self.places.across(place) for place in chosen])
            room = float(np.diff(across).min()) * self._width * 0.94
            words = [text for place in chosen for text in self._words_of(place)]
            if most <= self._width / NAME or fit(words, room, self._small, self.style):
                break
        return chosen, room

    def _words_of(self, place: int) -> tuple[str, str]:
        column = self.view.columns[place]
        return column.name or say("inputs"), " · ".join(column.steps)

    def _inside(self, x: float, text: str) -> float:
        """A place for the middle of a text, moved so that it hardly leaves the axes."""
        half = width_in_inches(text, self._small, self.style) / 2 / self._width
        slack = BEYOND / self._width
        return float(np.clip(x, half - slack, 1 - half + slack)) if half < 0.5 else 0.5

    def _write(
        self, x: float, y: float, text: str, size: float, across: str, up: str, colour: str = ""
    ) -> None:
        self.axes.text(
            x, y, text, transform=self.axes.transAxes, ha=across, va=up, fontsize=size, clip_on=False,
            color=colour or self.style.muted, zorder=3,
        )  # fmt: skip


def _titles(view: Network) -> tuple[str, ...]:
    if view.quantity == GRADIENTS:
        return say("Network with the gradient of the loss"), say("Network, gradients"), say("Gradients")
    if view.quantity == CHANGES:
        return say("Network with the change since the last snapshot"), say("Network, changes"), say("Changes")
    return (say("Network"),)


def _quantity(quantity: str) -> str:
    if quantity == GRADIENTS:
        return say("gradient")
    return say("change") if quantity == CHANGES else say("weight")


def _numbers(column: Any) -> list[str]:
    return [str(unit + 1) for unit in column.shown] if column.n > 1 else []


def _lowered(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _rounded(value: float) -> str:
    return short(float(f"{value:.2g}"))
