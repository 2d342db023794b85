"""Discs behind samples, as large as the share of the gradient that comes from each."""

from __future__ import annotations

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba_array

from replay.drawing.style import Style
from replay.types import Array

MOST = 120  # discs
EVEN = 1.5  # of a marker's size, the disc of a sample with an even share
LARGEST = 11.0  # of a marker's size
OPACITY = 0.42


class Pushes:
    """The samples with the largest shares, in the colours of their classes: the area is the share."""

    def __init__(self, axes: Axes, labels: Array | None, n_samples: int, style: Style) -> None:
        labels = np.zeros(n_samples, int) if labels is None else labels
        self._colours = to_rgba_array([style.class_colour(int(label)) for label in labels], OPACITY)
        self._even = (EVEN * style.marker) ** 2
        self._largest = (LARGEST * style.marker) ** 2
        self.discs = axes.scatter([], [], s=[], linewidths=0, zorder=1.8)

    @property
    def moving(self) -> list[Artist]:
        """The discs."""
        return [self.discs]

    def show(self, points: Array, shares: Array) -> None:
        """Draw the discs of samples (n_samples, 2) with these shares (n_samples,), which add up to 1."""
        known = np.nan_to_num(shares)
        first = np.argsort(-known, kind="stable")[:MOST]
        first = first[known[first] * len(shares) > 1]  # smaller ones than even would lie under the samples
        self.discs.set_offsets(points[first])
        self.discs.set_sizes(np.minimum(self._even * known[first] * len(shares), self._largest))
        self.discs.set(facecolors=self._colours[first])
