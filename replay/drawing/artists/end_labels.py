"""Names at the ends of curves: beside the axes' last value, moved apart, with thin leaders to the curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes

from replay.drawing.artists.layer_names import few, fit, size_in_inches, widest
from replay.drawing.artists.short_names import short_names
from replay.drawing.style import Style
from replay.types import Array

LEADER = 0.16  # inches between the last epoch and the names
NAMES = 0.4  # the largest share of the axes' width for names
LINE = 1.2  # the height of a name's line, as a multiple of the font size
SMALLEST_NAME = 0.7  # of the tick size


class End(NamedTuple):
    """The end of a curve: its `name`, `colour` and `dashes`, and its `height` as a share of the axes.

    Without `leader` no line leads from the curve to the name.
    """

    name: str
    colour: str
    height: float
    dashes: Any = "-"
    leader: bool = True


def has_room(inches: float, n: int, style: Style) -> bool:
    """Whether so many names can stand above one another in axes of this height."""
    return n * LINE * SMALLEST_NAME * style.size_tick / 72 <= inches


def name_ends(axes: Axes, ends: Sequence[End], limits: tuple[float, float], style: Style) -> None:
    """Name curves at their ends without overlaps, and widen the epoch axis beyond `limits` for the names.

    The names stand in the order of the curves' ends. Of too many, only some are named.
    """
    width, height = size_in_inches(axes)
    smallest = SMALLEST_NAME * style.size_tick
    size = min(style.size_tick, max(smallest, 72 * height / (LINE * len(ends))))
    named = few(len(ends), int(72 * height / (LINE * size))) if len(ends) > 1 else [0]
    room = NAMES * width - LEADER
    while size > smallest and not fit([ends[n].name for n in named], room, size, style):
        size = max(smallest, size - 0.5)
    words = dict(zip(named, short_names([ends[n].name for n in named], room, size, style), strict=True))
    share = (LEADER + widest(list(words.values()), size, style)) / width
    first, last = limits
    end = last + (last - first) * share / (1 - share)
    axes.set_xlim(first, end)
    heights = _heights(ends, words, size / 72 / height)
    along = last + (end - last) * LEADER / (share * width)
    x = [(epoch - first) / (end - first) for epoch in (last, along)]
    for number, at in heights.items():
        one = ends[number]
        if one.leader:
            axes.plot(
                x,
                [one.height, at],
                linewidth=0.8,
                alpha=0.6,
                transform=axes.transAxes,
                color=one.colour,
                linestyle=one.dashes,
            )
        axes.text(
            x[1] + 0.01,
            at,
            words[number],
            transform=axes.transAxes,
            va="center_baseline",
            fontsize=size,
            color=one.colour,
        )


def _heights(ends: Sequence[End], words: Mapping[int, str], letter: float) -> dict[int, float]:
    """Where each name stands, as a share of the axes' height; `letter` is the font size as such a share."""
    order = sorted(words, key=lambda number: (ends[number].height, -number))
    line = LINE * letter
    heights = spread([ends[number].height for number in order], line, line / 2, 1 - line / 2)
    return dict(zip(order, heights, strict=True))


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> Array:
    """Heights between `low` and `high`, at least `gap` apart, as close as possible to `wanted`.

    `wanted` increases. Pools neighbours that are too close (isotonic regression: Ayer et al. 1955).
    """
    pools: list[list[float]] = []  # each: the sum of its heights without the gaps, and their count
    for number, height in enumerate(wanted):
        pools.append([height - number * gap, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1] = [pools[-1][0] + total, pools[-1][1] + count]
    level = np.concatenate([np.full(int(count), total / count) for total, count in pools])
    return np.clip(level, low, high - (len(level) - 1) * gap) + np.arange(len(level)) * gap
