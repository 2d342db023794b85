"""Words in the bands of a plane where an activation is flat: to which value it folds or presses a unit."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke

from replay.drawing.artists.free_places import FreePlaces
from replay.drawing.artists.layer_names import width_in_inches
from replay.drawing.artists.plane import shown_limits
from replay.drawing.artists.ticks import short
from replay.drawing.artists.words import Words
from replay.drawing.style import Style
from replay.evenly import evenly
from replay.language.message import say
from replay.types import Array
from replay.views.before_after import BeforeActivation, FlatPart

SMALL = 0.85  # of the tick size, words within the plane
LINE = 1.3  # the height of a line, of the size of its words
INSET = 0.1  # inches, between words and the edges of their band
FOLLOWED = 1000  # samples that words avoid
LONGEST = 0.7  # of a side of the plane, words at most


class Form(NamedTuple):
    """One way to write a name: its text, its size in inches, and whether it runs upward."""

    text: str
    size: tuple[float, float]
    upright: bool


class BandNames:
    """A name in each band that has room for it, where fewest samples and lines are."""

    def __init__(self, axes: Axes, view: BeforeActivation, style: Style) -> None:
        self._axes, self._style = axes, style
        self._limits, self._scale = shown_limits(axes), inches_a_unit(axes)
        self._free = FreePlaces(_over_the_run(view), INSET / self._scale)
        self.words: list[Words] = []
        parts = view.plane.flat_parts
        for unit in (0, 1):
            self._free.shun([self._band(1 - unit, part) for part in parts])
            for part in parts:
                self._name(unit, part)

    def _band(self, unit: int, part: FlatPart) -> tuple[Array, Array]:
        """The low and the high corner of the band of a unit."""
        ends = visible(part, self._limits[unit])
        low, high = np.array([ends, self._limits.y] if unit == 0 else [self._limits.x, ends]).T
        return low, high

    def _name(self, unit: int, part: FlatPart) -> None:
        low, high = self._band(unit, part)
        low, high = low + INSET / self._scale, high - INSET / self._scale
        whole = np.ptp(np.array(self._limits), axis=1)
        for form in self._forms(unit, part):
            size = np.array(form.size) / self._scale
            if (size <= high - low).all() and (size <= LONGEST * whole).all():
                middle = self._free.find(low, high, size) + size / 2
                look: dict[str, Any] = {"ha": "center", "va": "center", "rotation": 90 * form.upright}
                words = words_in_plane(self._axes, self._style, middle, form.text, **look)
                self.words.append(words)
                return

    def _forms(self, unit: int, part: FlatPart) -> list[Form]:
        """How the name may be written, the longest first, and upward in narrow bands of the first unit."""
        texts = _texts(unit, part)
        size = SMALL * self._style.size_tick
        sizes = [
            (
                max(width_in_inches(line, size, self._style) for line in text.split("\n")),
                LINE * size / 72 * len(text.split("\n")),
            )
            for text in texts
        ]
        level = [Form(text, each, False) for text, each in zip(texts, sizes, strict=True)]
        upright = [Form(text, each[::-1], True) for text, each in zip(texts, sizes, strict=True)]
        return level + (upright if unit == 0 else [])


def _texts(unit: int, part: FlatPart) -> list[str]:
    """What is written in a band, the longest form first."""
    about: dict[str, Any] = {"unit": unit + 1, "value": short(part.value)}
    if part.folded:
        whole, brief = say("unit {unit}: set to {value}", **about), say("set to {value}", **about)
    else:
        whole = say("unit {unit}: flat, pressed to {value}", **about)
        brief = say("pressed to {value}", **about)
    return [whole, whole.replace(": ", ":\n", 1), brief]


def _over_the_run(view: BeforeActivation) -> Array:
    """Where samples and boundary are at three moments: (n, 2)."""
    epochs = view.evaluation.recording.epochs
    frames = [view.at(float(epoch)) for epoch in epochs[[0, len(epochs) // 2, -1]]]
    followed = evenly(len(frames[0].points), FOLLOWED)
    return np.concatenate([part for one in frames for part in (one.points[followed], *one.boundary)])


def visible(part: FlatPart, limits: tuple[float, float]) -> tuple[float, float]:
    """What an axis with these limits shows of a flat part; of nothing, the first end is the larger."""
    return max(part.low, limits[0]), min(part.high, limits[1])


def inches_a_unit(axes: Axes) -> float:
    """How long 1 is on the axes."""
    left, right = axes.get_xlim()
    figure = axes.get_figure(root=True)
    assert figure is not None
    return float(axes.bbox.width / figure.dpi / (right - left))


def words_in_plane(axes: Axes, style: Style, place: Array, text: str, **look: Any) -> Words:
    """Small words with a halo at a place (2,) of the plane."""
    words = Words(
        *place.tolist(), text, transform=axes.transData, figure=axes.get_figure(root=True), color=style.ink,
        fontsize=SMALL * style.size_tick, zorder=5, clip_on=True,
        path_effects=[withStroke(linewidth=3, foreground=style.background)], **look,
    )  # fmt: skip
    axes.add_artist(words)
    return words
