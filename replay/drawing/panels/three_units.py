"""The panel of three units in space: a box with samples, a bent sheet and a plane, from an eye that turns."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.box import BoxArtists, CutArtists
from replay.drawing.artists.class_numbers import ClassNumbers
from replay.drawing.artists.in_depth import SLOTS, Depth, LinesInDepth, SamplesInDepth, SheetArtists
from replay.drawing.artists.last_finite import LastFinite
from replay.drawing.artists.plane import MAX_HOLLOW, MAX_MARKERS, PlaneAxes
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.feature_space import unit_name
from replay.views.shared.geometry import Limits
from replay.views.space import Space

LEFT, BELOW, RIGHT, ABOVE = 3.6, 2.9, 1.2, 0.3  # sizes of a tick's number, around the box
TIE = 0.4  # of the width of a boundary, the lines of a surface
MOST_DROPS = 60  # samples that are joined with the floor beneath them
SHADOW, SHADOW_SIZE = 0.16, 0.55  # how much ink a shadow has, and how large it is beside its sample


class ThreeUnitsPanel(Panel):
    """Samples as three units see them, in space."""

    def __init__(self, axes: Axes, view: Space, style: Style) -> None:
        super().__init__(axes, view, style)
        axes.set_title(say("Space of layer “{layer}”", layer=view.layer))
        self.titles = (say("Space of “{layer}”", layer=view.layer), say("Space"))
        limits = _limits(axes, view, style)
        self.plane = PlaneAxes(axes, limits)
        axes.set(xticks=[], yticks=[])
        for spine in axes.spines.values():
            spine.set_visible(False)
        evaluation = view.evaluation
        self.box = BoxArtists(axes, _names(view), style)
        depth = Depth(style, view.has_plane)
        self.sheet = SheetArtists(axes, style, depth, max(1, view.n_classes))
        self.ties = LinesInDepth(axes, depth, style.muted, TIE * style.boundary_width)
        labels, n_samples = evaluation.task.labels, len(evaluation.inputs)
        self.samples = SamplesInDepth(axes, limits, labels, n_samples, style, depth)
        self.held_out, self._held_out = self._hollow(limits, depth)
        self.cut = CutArtists(axes, style)
        self._has_shadows, self._has_drops = n_samples <= MAX_MARKERS, n_samples <= MOST_DROPS
        (self.shadows,) = axes.plot(
            [], [], linestyle="", marker="o", color=style.ink, alpha=SHADOW, markeredgewidth=0,
            markersize=SHADOW_SIZE * style.marker, zorder=0.8,
        )  # fmt: skip
        (self.drops,) = axes.plot([], [], color=style.ink, alpha=SHADOW, linewidth=0.8, zorder=0.9)
        self.numbers = ClassNumbers(axes, labels, 0, style, evaluation.names)
        self.finite = LastFinite(axes, evaluation, style)

    def _hollow(self, limits: Limits, depth: Depth) -> tuple[SamplesInDepth | None, Array]:
        """The held-out samples, and which of very many are drawn."""
        evaluation = self.view.evaluation.held_out
        if evaluation is None:
            return None, np.zeros(0, int)
        n_samples, labels = len(evaluation.inputs), evaluation.task.labels
        chosen = np.sort(np.random.default_rng(0).permutation(n_samples)[:MAX_HOLLOW])
        labels = None if labels is None else labels[chosen]
        return SamplesInDepth(self.axes, limits, labels, len(chosen), self.style, depth, hollow=True), chosen

    @property
    def moving(self) -> list[Artist]:
        """From back to front: the box, what is behind the plane by depth, the plane, what is before it."""
        in_depth: list[Artist] = []
        for slot in range(SLOTS):
            if slot == SLOTS // 2:
                in_depth += self.cut.moving
            in_depth += [*self.sheet.moving_in(slot), self.ties.lines[slot], *self.samples.moving_in(slot)]
            in_depth += [] if self.held_out is None else self.held_out.moving_in(slot)
        on_top = [
            self.cut.outline,
            *self.samples.errors,
            *([] if self.held_out is None else self.held_out.errors),
        ]
        on_top += [*self.box.words, *self.numbers.moving, *self.finite.moving]
        return [*self.box.moving, self.shadows, self.drops, *in_depth, *on_top]

    def show(self, epoch: float) -> None:
        """Show the space at `epoch`."""
        frame = self.view.at(self.finite.moment(epoch))
        self.plane.shown()
        self.box.show(frame.box, frame.eye)
        self.cut.show(frame.cut, frame.eye)
        if frame.sheet is not None:
            self.sheet.show(frame.sheet)
        self.ties.show(frame.ties)
        self.samples.show(frame.samples, frame.correct)
        if self.held_out is not None:
            seen, correct = frame.held_out
            chosen = self._held_out
            self.held_out.show(seen.of(chosen), None if correct is None else correct[chosen])
        self._show_shadows(frame.samples.places, frame.shadows)
        self.numbers.show(frame.samples.places, None)

    def _show_shadows(self, places: Array, shadows: Array) -> None:
        if self._has_shadows:
            self.shadows.set_data(shadows[:, 0], shadows[:, 1])
        if self._has_drops:
            drops = np.stack([places, shadows, np.full_like(places, np.nan)], axis=1).reshape(-1, 2)
            self.drops.set_data(drops[:, 0], drops[:, 1])


def _names(view: Space) -> list[tuple[str, ...]]:
    """What the axes are called, the longest forms first."""
    layer, units = view.evaluation.recording.layer(view.layer), [unit + 1 for unit in view.units]
    return [
        tuple(unit_name(layer, unit) for unit in units),
        tuple(say("unit {unit}", unit=unit) for unit in units),
        tuple(str(unit) for unit in units),
    ]


def _limits(axes: Axes, view: Space, style: Style) -> Limits:
    """What the axes show, so that the box fits them at all moments, with its numbers and names."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    low, high = view.extent
    inches = np.array(axes.bbox.size) / figure.dpi
    around = style.size_tick / 72 * np.array([[LEFT, BELOW], [RIGHT, ABOVE]])
    room = np.maximum(inches - around.sum(axis=0), inches / 3)
    scale = float(((high - low) / room).max())  # units an inch
    middle = (low + high) / 2 + scale * (around[1] - around[0]) / 2
    half = scale * inches / 2
    (left, bottom), (right, top) = middle - half, middle + half
    return Limits((float(left), float(right)), (float(bottom), float(top)))
