"""A mosaic: many small images of one shape in a grid, scaled to the pixels of the axes."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.style import Style
from replay.types import Array
from replay.views.shared.geometry import Limits

GAP = 3.0  # points between images


class Tiling(NamedTuple):
    """`columns` and `rows` of cells, each with an image above a `strip` of this many points for words.

    `magnified` is the side of an image's pixel in points.
    """

    columns: int
    rows: int
    strip: float
    magnified: float


def tiling(
    axes: Axes, n: int, shape: tuple[int, ...], strip: float = 0.0, least_width: float = 0.0
) -> Tiling:
    """The tiling of `axes` that makes `n` images of `shape` (h, w, …) as large as possible.

    Cells are at least `least_width` points wide, if the axes are.
    """
    assert axes.figure is not None
    width, height = (float(side) * 72 / axes.figure.dpi for side in axes.bbox.size)
    most = max(1, min(n, int(width // least_width))) if least_width > 0 else n
    tilings = []
    for columns in range(1, most + 1):
        rows = math.ceil(n / columns)
        magnified = _magnified(width / columns, height / rows, shape, strip)
        tilings.append(Tiling(columns, rows, strip, magnified))
    return max(tilings, key=lambda one: one.magnified)


def _magnified(width: float, height: float, shape: tuple[int, ...], strip: float, gap: float = GAP) -> float:
    """The side of an image's pixel if the image fills a cell of this size, in the same unit."""
    return min((width - gap) / shape[1], (height - gap - strip) / shape[0])


class Mosaic(PixelImage):
    """Images in the cells of a `tiling`, from left to right and from top to bottom.

    In data coordinates a cell is a unit square; the first has its corners at (0, rows) and (1, rows − 1).
    Images with one value per pixel, from 0 to 1, get their colours from `ramp` (256, 4) of uint8; three
    values are red, green and blue. Each pixel of the picture is the mean of the image area it covers; NaN
    pixels stay empty. Each image has a thin frame.
    """

    def __init__(
        self, axes: Axes, tiles: Tiling, shape: tuple[int, ...], ramp: Array, style: Style, zorder: float = 1
    ) -> None:
        limits = Limits((0, tiles.columns), (0, tiles.rows))
        super().__init__(axes, limits, zorder)
        axes.set_xlim(limits.x)
        axes.set_ylim(limits.y)
        axes.set_xticks([])
        axes.set_yticks([])
        for spine in axes.spines.values():
            spine.set_visible(False)
        self._tiles = tiles
        self._shape = shape
        self._ramp = _packed(ramp)
        self._frame = _packed((np.array([*to_rgb(style.faint), 1]) * 255).round().astype(np.uint8))
        self._images: Array = np.zeros((0, *shape), dtype=np.float32)
        self._cells: Array = np.zeros(0, dtype=int)

    def show(self, images: Array, cells: Array | None = None) -> None:
        """Show `images` (n, h, w) or (n, h, w, 3) in these `cells` (n,), by default in order."""
        self._images = images
        self._cells = np.arange(len(images)) if cells is None else cells
        self.stale = True

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up."""
        tiles = self._tiles
        width, height = columns / tiles.columns, rows / tiles.rows
        magnified = _magnified(width, height, self._shape, tiles.strip * point, GAP * point)
        high, wide = (max(1, round(side * magnified)) for side in self._shape[:2])
        pixels = self._coloured(high, wide)
        out = np.zeros((rows, columns), dtype=np.uint32)
        for image, cell in zip(pixels, self._cells, strict=True):
            row, column = divmod(int(cell), tiles.columns)
            top = round((row + 0.5) * height - (high + tiles.strip * point) / 2)
            left = round((column + 0.5) * width - wide / 2)
            _put(out, top, left, image, self._frame)
        return out[::-1].copy().view(np.uint8).reshape(rows, columns, 4)

    def _coloured(self, high: int, wide: int) -> Array:
        """The images at this size in pixels: packed RGBA (n, high, wide) of uint32."""
        known = ~np.isnan(self._images)
        values: Array = np.where(known, self._images, 0).clip(0, 1).astype(np.float32)
        steps = (_resized(values, high, wide) * 255 + 0.5).astype(np.uint8)
        if steps.ndim == 4:
            shown = _packed(np.concatenate([steps, np.full_like(steps[..., :1], 255)], axis=-1))
        else:
            shown = self._ramp.take(steps)
        if not known.all():
            covered = known if known.ndim == 3 else known.min(axis=-1)
            shown[_resized(covered.astype(np.float32), high, wide) < 0.999] = 0
        return shown


def _packed(rgba: Array) -> Array:
    """Pack four bytes into one number, which NumPy copies faster: (…, 4) of uint8 to (…) of uint32."""
    return np.ascontiguousarray(rgba).view(np.uint32)[..., 0]


def _put(out: Array, top: int, left: int, image: Array, frame: Array) -> None:
    """Copy `image` to its place, with a frame of one pixel; clip it if the picture is too small."""
    high, wide = image.shape[:2]
    out[max(0, top - 1) : top + high + 1, max(0, left - 1) : left + wide + 1] = frame
    target = out[max(0, top) : top + high, max(0, left) : left + wide]
    target[:] = image[
        max(0, -top) : max(0, -top) + target.shape[0], max(0, -left) : max(0, -left) + target.shape[1]
    ]


def _resized(images: Array, high: int, wide: int) -> Array:
    """Resize images (n, h, w, …) to (n, high, wide, …): each new pixel is the mean of the area it covers."""
    down, across = _shares(images.shape[1], high), _shares(images.shape[2], wide)
    if images.ndim == 4:
        return np.moveaxis(down @ np.moveaxis(images, -1, 1) @ across.T, 1, -1)
    return down @ images @ across.T


def _shares(n_old: int, n_new: int) -> Array:
    """The weights of the old pixels in each new one, along one side: (n_new, n_old), rows add up to 1."""
    edges = np.arange(n_new + 1) * (n_old / n_new)
    old = np.arange(n_old)
    overlap = np.minimum(edges[1:, None], old + 1) - np.maximum(edges[:-1, None], old)
    return (np.maximum(overlap, 0) * (n_new / n_old)).astype(np.float32)
