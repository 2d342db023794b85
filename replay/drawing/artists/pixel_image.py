"""An image computed for exactly the pixels of its axes, faster than matplotlib's resampling."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from replay.types import Array
from replay.views.shared.geometry import Limits


class PixelImage(AxesImage):
    """Fills its axes, whose limits are fixed, with colours computed pixel by pixel.

    Matplotlib would resample a colour image, four channels in floating point, which takes longer than
    the rest of a frame.
    """

    def __init__(self, axes: Axes, limits: Limits, zorder: float) -> None:
        super().__init__(axes, extent=(*limits.x, *limits.y), origin="lower", zorder=zorder)
        self.set_data(np.zeros((2, 2)))  # matplotlib draws no image without data
        self.set_clip_path(axes.patch)
        axes.add_image(self)

    @abstractmethod
    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8, rows from the bottom up; `point` is in pixels."""

    def make_image(
        self, renderer: Any, magnification: float = 1.0, unsampled: bool = False
    ) -> tuple[Array, float, float, Any]:
        """The image that matplotlib draws, and the position of its lower left corner."""
        box = self.axes.bbox
        left, bottom = round(box.x0), round(box.y0)
        columns = max(1, round((round(box.x1) - left) * magnification))
        rows = max(1, round((round(box.y1) - bottom) * magnification))
        point = renderer.points_to_pixels(1.0) * magnification
        return self.colours(rows, columns, point), left, bottom, None
