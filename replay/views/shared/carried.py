"""Points carried through the steps of a network: where they stand in the picture at each mark."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from replay.types import Array
from replay.views.shared.geometry import finite_range
from replay.views.shared.layer_steps import Step
from replay.views.shared.lenses import flat

MAX_VALUES = 8_000_000  # activations held at once, 64 MB in float64
BAND = 0.22  # the height of the line of one unit, as a share of its length


class Carried:
    """Points (n, 2) of the input plane that go through `steps`; the layers have `widest` units at most.

    At a whole mark, so many steps are done; between two marks, points are on their way. One unit is seen as a
    line: points keep the height that they had before, pressed into a band.
    """

    def __init__(self, points: Array, steps: Sequence[Step], widest: int) -> None:
        self._points, self._steps = points.astype(np.float64), steps
        self._size = max(1, MAX_VALUES // widest)

    def at(self, mark: float) -> Array:
        """Where the points stand in the picture: (n, 2)."""
        before = min(int(mark), len(self._steps))
        share, (seen, kept) = mark - before, self._stands
        if share == 0:
            return seen[before]
        path = self._steps[before].path
        if path is not None:
            return path(kept[before], share)
        with np.errstate(all="ignore"):  # the network may have diverged
            return seen[before] * (1 - share) + seen[before + 1] * share

    @cached_property
    def _stands(self) -> tuple[list[Array], dict[int, Array]]:
        """Where the points stand at each whole mark, and the activations before steps that have a path."""
        starts = range(0, len(self._points), self._size)
        blocks = [self._gone(self._points[start : start + self._size]) for start in starts]
        seen = [np.concatenate(of_mark) for of_mark in zip(*(block[0] for block in blocks), strict=True)]
        kept = {step: np.concatenate([block[1][step] for block in blocks]) for step in blocks[0][1]}
        for mark, step in enumerate(self._steps, 1):
            if step.lens is None:
                seen[mark][:, 1] = _in_band(seen[mark][:, 0], seen[mark - 1][:, 1])
        return seen, kept

    def _gone(self, values: Array) -> tuple[list[Array], dict[int, Array]]:
        seen, kept = [flat(values)], {}
        for number, step in enumerate(self._steps):
            if step.path is not None:
                kept[number] = values
            values = step.move(values)
            lens = step.lens
            seen.append(np.repeat(values[:, :1], 2, axis=1) if lens is None else np.asarray(lens(values)))
        return seen, kept


def _in_band(places: Array, heights: Array) -> Array:
    """These heights (n,) in a band along a line on which points have these places (n,)."""
    low, high = finite_range(np.column_stack([places, heights]))
    length, width = high - low
    if not (np.isfinite(length) and np.isfinite(width)) or width <= 0:
        return np.where(np.isfinite(heights), 0.0, heights)
    middle = (high[1] + low[1]) / 2
    return (heights - middle) * (BAND * (length or 1.0) / width)
