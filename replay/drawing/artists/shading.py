"""The shading of class regions: colour by class, strength by probability."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes

from replay.drawing.artists.mesh_pixels import between, nearest, outside, places
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
        across = places(wide, columns, self._limits.x, self.axes.get_xlim())
        up = places(high, rows, self._limits.y, self.axes.get_ylim())
        # Widen the few rows of the mesh first, then interpolate between whole rows.
        widened = np.ascontiguousarray(between(self._strength.T, across).T)
        index = between(widened, up).astype(np.uint16)
        likeliest = self._likeliest[:, nearest(wide, across)] * np.uint16(SHADES)
        index += likeliest[nearest(high, up)]
        packed = self._colours.reshape(-1, 4).view(np.uint32)[:, 0]  # look four bytes up as one number
        rgba = packed.take(index).view(np.uint8).reshape(rows, columns, 4)
        rgba[outside(high, up)] = 0
        rgba[:, outside(wide, across)] = 0
        return rgba


def _likeliest(probabilities: Array) -> tuple[Array, Array]:
    """The most likely class and its probability: (rows, columns) each. Loop over the few classes."""
    highest = probabilities[..., 0].copy()
    likeliest = np.zeros(highest.shape, dtype=np.uint16)
    for label in range(1, probabilities.shape[-1]):
        likeliest[probabilities[..., label] > highest] = label
        np.maximum(highest, probabilities[..., label], out=highest)
    return likeliest, highest
