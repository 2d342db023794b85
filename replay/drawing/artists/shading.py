"""The shading of class regions: colour by class, strength by probability."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.style import SHADES, Style
from replay.types import Array
from replay.views.shared.geometry import Limits


class Shading(PixelImage):
    """Each class's colour over its region, as strong as its lead over even odds.

    It interpolates one number per point, the strength, and then looks up the colour. Where the axes reach
    beyond the mesh, it is transparent.
    """

    def __init__(self, axes: Axes, limits: Limits, style: Style) -> None:
        super().__init__(axes, limits, zorder=0)
        self._limits = limits
        self._style = style
        self._colours = np.zeros((0, SHADES, 4), dtype=np.uint8)
        self.set_visible(False)

    def show(self, probabilities: Array | None, limits: Limits | None = None) -> None:
        """Shade by probabilities (rows, columns, n_classes), rows from the bottom up, or not at all.

        The mesh lies over `limits`, by default the last ones.
        """
        self.set_visible(probabilities is not None)
        if probabilities is None:
            return
        self._limits = limits or self._limits
        n_classes = probabilities.shape[-1]
        if len(self._colours) != n_classes:
            self._colours = self._style.shades(n_classes)
        self._likeliest, highest = _likeliest(probabilities)
        even = 1 / max(n_classes, 2)
        lead = np.nan_to_num((highest - even) * (1 / (1 - even)))
        self._strength = (np.clip(lead, 0, 1) * (SHADES - 1) + 0.5).astype(np.float32)
        self.stale = True

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        high, wide = self._strength.shape
        across = _places(wide, columns, self._limits.x, self.axes.get_xlim())
        up = _places(high, rows, self._limits.y, self.axes.get_ylim())
        # Widen the few rows of the mesh first, then interpolate between whole rows.
        widened = np.ascontiguousarray(_between(self._strength.T, across).T)
        index = _between(widened, up).astype(np.uint16)
        likeliest = self._likeliest[:, _nearest(wide, across)] * np.uint16(SHADES)
        index += likeliest[_nearest(high, up)]
        packed = self._colours.reshape(-1, 4).view(np.uint32)[:, 0]  # look four bytes up as one number
        rgba = packed.take(index).view(np.uint8).reshape(rows, columns, 4)
        rgba[_outside(high, up)] = 0
        rgba[:, _outside(wide, across)] = 0
        return rgba


def _likeliest(probabilities: Array) -> tuple[Array, Array]:
    """The most likely class and its probability: (rows, columns) each. Loop over the few classes."""
    highest = probabilities[..., 0].copy()
    likeliest = np.zeros(highest.shape, dtype=np.uint16)
    for label in range(1, probabilities.shape[-1]):
        likeliest[probabilities[..., label] > highest] = label
        np.maximum(highest, probabilities[..., label], out=highest)
    return likeliest, highest


def _places(n_mesh: int, n_pixels: int, mesh: tuple[float, float], shown: tuple[float, float]) -> Array:
    """The pixel centres of an axis from `shown[0]` to `shown[1]` in coordinates of a mesh over `mesh`."""
    first, last = ((edge - mesh[0]) / (mesh[1] - mesh[0]) for edge in shown)
    return (np.arange(n_pixels) + 0.5) * ((n_mesh - 1) * (last - first) / n_pixels) + (n_mesh - 1) * first


def _outside(n_mesh: int, places: Array) -> Array:
    return (places < 0) | (places > n_mesh - 1)


def _nearest(n_mesh: int, places: Array) -> Array:
    return np.clip(np.round(places), 0, n_mesh - 1).astype(int)


def _between(values: Array, places: Array) -> Array:
    """Interpolate `values` (n_mesh, m) linearly along the first axis: (n_pixels, m)."""
    inside = np.clip(places, 0, len(values) - 1)
    below = np.minimum(inside.astype(int), len(values) - 2)
    share = (inside - below).astype(np.float32)[:, None]
    lower = values[below]
    return lower + (values[below + 1] - lower) * share
