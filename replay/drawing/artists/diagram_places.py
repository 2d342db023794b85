"""Where the nodes of a network's diagram stand on axes, whatever their size, and how large they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from replay.types import Array

WIDTH = 0.46  # of the distance of two columns, the most that a node takes
HEIGHT = 0.78  # of the distance of two nodes in a column
APART = 1.6  # sides of a node between the middles of two, the most
LARGEST = 110.0  # points
MARGIN = 0.03  # of the height, above the highest and below the lowest node


@dataclass(frozen=True)
class Places:
    """The nodes of columns with so many `counts` of places, within a box of axes.

    `box` is (left, bottom, right, top) in shares of the axes.
    """

    axes: Axes
    counts: Sequence[int]
    box: tuple[float, float, float, float]

    @property
    def _size(self) -> tuple[float, float]:
        """The width and height of the box in points."""
        figure = self.axes.get_figure(root=True)
        assert figure is not None
        left, bottom, right, top = self.box
        box = self.axes.bbox
        point = figure.dpi / 72
        return float(box.width / point * (right - left)), float(box.height / point * (top - bottom))

    @property
    def side(self) -> float:
        """The side of the smallest nodes in points."""
        return min(self.side_of(column) for column in range(len(self.counts)))

    def side_of(self, column: int) -> float:
        """The side of the nodes of a column in points: as large as the column leaves them."""
        width, height = self._size
        across = width / (len(self.counts) - 1 + WIDTH) * WIDTH
        return max(
            2.0, min(across, height * (1 - 2 * MARGIN) / max(self.counts[column], 1) * HEIGHT, LARGEST)
        )

    def across(self, column: int) -> float:
        """The middle of a column, in shares of the axes."""
        left, _, right, _ = self.box
        width = self._size[0]
        first, last = (self.side_of(one) / 2 / width for one in (0, len(self.counts) - 1))
        share = first + (1 - first - last) * column / (len(self.counts) - 1)
        return left + share * (right - left)

    def of(self, column: int) -> Array:
        """The middles of the places of a column, from the top down, in shares of the axes: (n, 2)."""
        _, bottom, _, top = self.box
        count, height = self.counts[column], self._size[1]
        step = (
            min(height * (1 - 2 * MARGIN) / max(count, 1), APART * self.side_of(column))
            / height
            * (top - bottom)
        )
        up = (bottom + top) / 2 + step * ((count - 1) / 2 - np.arange(count))
        return np.column_stack([np.full(count, self.across(column)), up])
