"""Many samples as one image: where they lie, and how densely, at about the same cost for any number."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from numpy.typing import NDArray

from replay.grid import Limits
from replay.panels.pixel_image import PixelImage
from replay.style import Style

Array = NDArray[Any]


class Density(PixelImage):
    """Samples as discs that shrink as samples become more, so that together they keep their area.

    With `joins_at` samples the discs are as large as the markers that fewer samples get. What they cover of
    a pixel adds up to one; where discs of several classes share a pixel, their colours mix by area.
    """

    def __init__(
        self,
        axes: Axes,
        limits: Limits,
        labels: Array | None,
        n_samples: int,
        joins_at: int,
        style: Style,
    ) -> None:
        super().__init__(axes, limits, zorder=2)
        self._limits = limits
        found = np.array([0]) if labels is None else np.unique(labels)
        self._class_of = None if len(found) == 1 else np.searchsorted(found, np.asarray(labels))
        colours = [to_rgb(style.class_colour(int(label))) for label in found]
        self._colours = np.array(colours, dtype=np.float32) * 255
        self._radius = style.marker / 2 * (joins_at / n_samples) ** 0.5
        self._points: Array = np.zeros((0, 2))
        self._drawn: tuple[Array | None, Array] = None, np.zeros((0, 0, 4), dtype=np.uint8)

    def show(self, points: Array) -> None:
        """Place the samples: (n_samples, 2) in data coordinates."""
        self._points = points
        self.stale = True

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        points, image = self._drawn
        if points is not self._points or image.shape[:2] != (rows, columns):  # samples may stand still
            image = self._mixed(rows, columns, self._radius * point)
            self._drawn = self._points, image
        return image

    def _mixed(self, rows: int, columns: int, radius: float) -> Array:
        covered = np.array([_spread(count, radius).ravel() for count in self._counts(rows, columns)])
        total = covered.sum(axis=0)
        pixels = np.flatnonzero(total)  # the others stay as they are, which are most of them
        covered, total = covered[:, pixels], total[pixels]
        rgba = np.zeros((rows * columns, 4), dtype=np.uint8)
        rgba[pixels, :3] = (covered / total).T @ self._colours
        rgba[pixels, 3] = np.minimum(total, 1) * 255
        return rgba.reshape(rows, columns, 4)

    def _counts(self, rows: int, columns: int) -> Array:
        """How many samples of each class lie in each pixel: (n_classes, rows, columns), float32."""
        (left, right), (bottom, top) = self._limits
        with np.errstate(invalid="ignore"):  # a sample that is NaN lies nowhere
            column = (self._points[:, 0] - left) * (columns / (right - left))
            row = (self._points[:, 1] - bottom) * (rows / (top - bottom))
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        everywhere = bool(inside.all())
        column, row = (column, row) if everywhere else (column[inside], row[inside])
        place = row.astype(np.intp)
        place *= columns
        place += column.astype(np.intp)
        if self._class_of is not None:
            place += (self._class_of if everywhere else self._class_of[inside]) * (rows * columns)
        n_classes = len(self._colours)
        counts = np.bincount(place, minlength=n_classes * rows * columns)
        return counts.astype(np.float32).reshape(n_classes, rows, columns)


def _spread(count: Array, radius: float) -> Array:
    """Spread each sample of `count` (rows, columns) over the pixels that a disc of `radius` covers."""
    disc = _disc(radius)
    reach = len(disc) // 2
    rows, columns = count.shape
    covered = np.zeros_like(count)
    for (dy, dx), share in np.ndenumerate(disc):
        if share > 0:
            y, x = dy - reach, dx - reach
            target = covered[max(0, y) : rows + min(0, y), max(0, x) : columns + min(0, x)]
            target += share * count[max(0, -y) : rows - max(0, y), max(0, -x) : columns - max(0, x)]
    return covered


def _disc(radius: float, fineness: int = 8) -> Array:
    """The share of each pixel that a disc in the middle of the central one covers: (n, n), n odd."""
    reach = max(0, int(np.ceil(radius - 0.5)))
    places = (np.arange((2 * reach + 1) * fineness) + 0.5) / fineness - reach - 0.5
    inside = places[:, None] ** 2 + places**2 <= radius**2
    n = 2 * reach + 1
    shares = inside.reshape(n, fineness, n, fineness).mean(axis=(1, 3))
    return (shares * (np.pi * radius**2 / max(shares.sum(), 1e-9))).astype(np.float32)
