"""A heat map: numbers over a plane in colours, from dark for the lowest to bright for the highest."""

from __future__ import annotations

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.mesh_pixels import between, outside, places
from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits

RAMP = "viridis"  # ordered, and even, to people with any kind of colour vision
SHADES = 256


class HeatMap(PixelImage):
    """Numbers on a mesh, in colours of `values` (low, high); numbers beyond them have the end's colour.

    What is not finite is transparent, and so is what lies beyond the mesh.
    """

    def __init__(self, axes: Axes, limits: Limits, values: tuple[float, float]) -> None:
        super().__init__(axes, limits, zorder=0)
        self._limits, self._range = limits, values
        self._mesh: Array = np.full((2, 2), np.nan)
        self._colours = heat_colours()

    def show(self, mesh: Array, limits: Limits) -> None:
        """Show numbers (rows, columns) over `limits`, rows from the bottom up."""
        self._mesh, self._limits = mesh, limits
        self.stale = True

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        high, wide = self._mesh.shape
        across = places(wide, columns, self._limits.x, self.axes.get_xlim())
        up = places(high, rows, self._limits.y, self.axes.get_ylim())
        with np.errstate(all="ignore"):
            share = shares(self._mesh, self._range).astype(np.float32)
            pixels = between(np.ascontiguousarray(between(share.T, across).T), up)
        known = np.isfinite(pixels)
        rgba = self._colours[(np.where(known, pixels, 0) * (SHADES - 1) + 0.5).astype(np.intp)]
        rgba[~known] = 0
        rgba[outside(high, up)] = 0
        rgba[:, outside(wide, across)] = 0
        return rgba


def bright_and_dark(style: Style) -> tuple[str, str]:
    """Of the colours of paper and ink the brighter one, for lines on a map, and the other, for halos."""
    dark, bright = sorted((style.background, style.ink), key=lambda colour: sum(to_rgb(colour)))
    return bright, dark


def shares(numbers: Array, values: tuple[float, float]) -> Array:
    """Numbers as shares of the way from the lower end to the upper one, from 0 to 1; NaN stays."""
    low, high = values
    return np.clip((numbers - low) / ((high - low) or 1.0), 0, 1)


def heat_colours() -> Array:
    """The colours of a heat map: RGBA (SHADES, 4) of uint8."""
    return np.asarray(matplotlib.colormaps[RAMP](np.linspace(0, 1, SHADES), bytes=True))


def heat_of(numbers: Array, values: tuple[float, float]) -> Array:
    """The colour of each number (n,): RGBA (n, 4) from 0 to 1."""
    return heat_colours()[(shares(numbers, values) * (SHADES - 1) + 0.5).astype(int)] / 255
