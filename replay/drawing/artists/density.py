"""A density image of many samples (a scatter plot of discs), at about the same cost for any number."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits

PIECE = 2_000_000  # disc pixels added up at once


class Density(PixelImage):
    """Samples as discs; the more samples, the smaller the discs, so that their total area stays the same.

    With `joins_at` samples the discs are as large as the markers of fewer samples. A pixel's coverage adds
    up to at most one; where discs of several classes share a pixel, their colours mix by area.
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
        found = np.array([0]) if labels is None else np.unique(labels)
        self._class_of = np.zeros(n_samples, int) if labels is None else np.searchsorted(found, labels)
        colours = [to_rgb(style.class_colour(int(label))) for label in found]
        self._colours = np.array(colours, dtype=np.float32) * 255
        self._radius = style.marker / 2 * (joins_at / n_samples) ** 0.5
        self._points: Array = np.zeros((0, 2))
        self._drawn: tuple[Array | None, Limits, Array] = None, limits, np.zeros((0, 0, 4), dtype=np.uint8)

    def show(self, points: Array) -> None:
        """Place the samples: (n_samples, 2) in data coordinates."""
        self._points = points
        self.stale = True

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        limits = Limits(self.axes.get_xlim(), self.axes.get_ylim())
        points, place, image = self._drawn
        if points is not self._points or place != limits or image.shape[:2] != (rows, columns):
            image = self._mixed(rows, columns, self._radius * point, limits)
            self._drawn = self._points, limits, image  # until something moves
        return image

    def _mixed(self, rows: int, columns: int, radius: float, limits: Limits) -> Array:
        disc = _disc(radius)
        reach = len(disc) // 2
        wide, high = columns + 2 * reach, rows + 2 * reach  # with a margin, so that every disc fits
        across = np.arange(-reach, reach + 1)
        offsets, shares = (across[:, None] * wide + across)[disc > 0], disc[disc > 0]
        places, classes = self._on(rows, columns, reach, limits)
        sums = np.zeros((4, high * wide))  # each pixel's coverage, and the sums of its three colours
        size = max(1, PIECE // len(shares))
        for start in range(0, len(places), size):
            some, colours = places[start : start + size], self._colours[classes[start : start + size]]
            pixels = (offsets[:, None] + some).ravel()
            sums[0] += np.bincount(pixels, np.repeat(shares, len(some)), high * wide)
            for channel, colour in enumerate(colours.T, start=1):
                sums[channel] += np.bincount(pixels, np.outer(shares, colour).ravel(), high * wide)
        return _painted(sums).reshape(high, wide, 4)[reach : high - reach, reach : wide - reach]

    def _on(self, rows: int, columns: int, margin: int, limits: Limits) -> tuple[Array, Array]:
        """The pixel, counted with the margin, and the class of each sample that lies on the image."""
        (left, right), (bottom, top) = limits
        with np.errstate(invalid="ignore"):  # NaN samples lie nowhere
            column = (self._points[:, 0] - left) * (columns / (right - left))
            row = (self._points[:, 1] - bottom) * (rows / (top - bottom))
            inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
        places = (row[inside].astype(np.intp) + margin) * (columns + 2 * margin)
        places += column[inside].astype(np.intp) + margin
        return places, self._class_of[inside]


def _painted(sums: Array) -> Array:
    """RGBA (n_pixels, 4) of uint8 from each pixel's coverage and the sums of its three colours."""
    pixels = np.flatnonzero(sums[0])  # most pixels stay empty
    total, *colours = sums[:, pixels]
    rgba = np.zeros((sums.shape[1], 4), dtype=np.uint8)
    rgba[pixels] = np.stack([*(colour / total for colour in colours), np.minimum(total, 1) * 255], axis=1)
    return rgba


def _disc(radius: float, fineness: int = 8) -> Array:
    """How much of each pixel a disc in the middle of the central pixel covers: (n, n), n odd."""
    reach = max(0, int(np.ceil(radius - 0.5)))
    places = (np.arange((2 * reach + 1) * fineness) + 0.5) / fineness - reach - 0.5
    inside = places[:, None] ** 2 + places**2 <= radius**2
    n = 2 * reach + 1
    shares = inside.reshape(n, fineness, n, fineness).mean(axis=(1, 3))
    if not inside.any():  # the disc is smaller than the sampling grid
        shares[reach, reach] = 1
    return (shares * (np.pi * radius**2 / shares.sum())).astype(np.float32)
