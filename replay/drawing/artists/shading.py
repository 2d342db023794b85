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

    It interpolates one number per point, the strength, and then looks up the colour.
    """

    def __init__(self, axes: Axes, limits: Limits, style: Style) -> None:
        super().__init__(axes, limits, zorder=0)
        self._style = style
        self._colours = np.zeros((0, SHADES, 4), dtype=np.uint8)
        self.set_visible(False)

    def show(self, probabilities: Array | None) -> None:
        """Shade by probabilities (rows, columns, n_classes), rows from the bottom up, or not at all."""
        self.set_visible(probabilities is not None)
        if probabilities is None:
            return
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
        # Widen the few rows of the mesh first, then interpolate between whole rows.
        wide = np.ascontiguousarray(_between(self._strength.T, columns).T)
        index = _between(wide, rows).astype(np.uint16)
        likeliest = self._likeliest[:, _nearest(self._likeliest.shape[1], columns)] * np.uint16(SHADES)
        index += likeliest[_nearest(len(likeliest), rows)]
        packed = self._colours.reshape(-1, 4).view(np.uint32)[:, 0]  # look four bytes up as one number
        return packed.take(index).view(np.uint8).reshape(rows, columns, 4)


def _likeliest(probabilities: Array) -> tuple[Array, Array]:
    """The most likely class and its probability: (rows, columns) each. Loop over the few classes."""
    highest = probabilities[..., 0].copy()
    likeliest = np.zeros(highest.shape, dtype=np.uint16)
    for label in range(1, probabilities.shape[-1]):
        likeliest[probabilities[..., label] > highest] = label
        np.maximum(highest, probabilities[..., label], out=highest)
    return likeliest, highest


def _places(n_mesh: int, n_pixels: int) -> Array:
    """The pixel centres in mesh coordinates; the mesh's first and last points are on the image's edges."""
    return (np.arange(n_pixels) + 0.5) * ((n_mesh - 1) / n_pixels)


def _nearest(n_mesh: int, n_pixels: int) -> Array:
    return np.round(_places(n_mesh, n_pixels)).astype(int)


def _between(values: Array, n_pixels: int) -> Array:
    """Interpolate `values` (n_mesh, m) linearly along the first axis: (n_pixels, m)."""
    places = _places(len(values), n_pixels)
    below = np.minimum(places.astype(int), len(values) - 2)
    share = (places - below).astype(np.float32)[:, None]
    lower = values[below]
    return lower + (values[below + 1] - lower) * share
