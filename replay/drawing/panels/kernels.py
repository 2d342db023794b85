"""The panel of the first layer's kernels: images with a diverging colour bar."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from replay.drawing.artists.mosaic import Mosaic, tiling
from replay.drawing.artists.pixel_image import PixelImage
from replay.drawing.artists.signed import signed_colours
from replay.drawing.artists.ticks import short
from replay.drawing.panels.panel import Panel
from replay.drawing.style import Style
from replay.language.message import say
from replay.types import Array
from replay.views.kernels import Kernels
from replay.views.shared.geometry import Limits

BAR = 6.0  # the height of the colour bar in points
BELOW = 8.0  # points from the axes down to the bar


class KernelsPanel(Panel):
    """Each kernel as an image: negative weights are blue, positive red, and 0 has the background's colour.

    The colour bar below shows the weights; larger ones have the colours of its ends. Kernels for colour
    images are in colour themselves, with grey for 0.
    """

    def __init__(self, axes: Axes, view: Kernels, style: Style) -> None:
        super().__init__(axes, view, style)
        coloured = len(view.image_shape) == 3
        ramp = _greys() if coloured else signed_colours(style)
        tiles = tiling(axes, view.n, view.image_shape)
        self.mosaic = Mosaic(axes, tiles, view.image_shape, ramp, style)
        axes.set_title(say("Kernels of “{layer}”", layer=view.layer))
        axes.set_xlabel(_choice(view), labelpad=BELOW + BAR + 4)
        self._draw_scale(axes, ramp)

    @property
    def moving(self) -> list[Artist]:
        """The images."""
        return [self.mosaic]

    def show(self, epoch: float) -> None:
        """Show the kernels at `epoch`."""
        with np.errstate(all="ignore"):
            self.mosaic.show(0.5 + self.view.at(epoch).images / (2 * self.view.limit))

    def _draw_scale(self, axes: Axes, ramp: Array) -> None:
        """Draw the colour bar from −limit to limit, with numbers at its ends."""
        assert axes.figure is not None
        point = axes.figure.dpi / 72 / axes.bbox.height
        bar = axes.inset_axes((0.3, -(BELOW + BAR) * point, 0.4, BAR * point))
        bar.set_xticks([])
        bar.set_yticks([])
        bar.set_xlim(0, 1)
        bar.set_ylim(0, 1)
        Ramp(bar, ramp)
        look: dict[str, Any] = {"transform": axes.transAxes, "va": "center", "color": self.style.muted}
        middle = -(BELOW + BAR / 2) * point
        axes.text(0.28, middle, f"−{_short(self.view.limit)}", ha="right", **look)
        axes.text(0.72, middle, f"+{_short(self.view.limit)}", ha="left", **look)


class Ramp(PixelImage):
    """The colours of a ramp (256, 4), from left to right."""

    def __init__(self, axes: Axes, ramp: Array) -> None:
        super().__init__(axes, Limits((0, 1), (0, 1)), zorder=1)
        self._ramp = ramp

    def colours(self, rows: int, columns: int, point: float) -> Array:
        """RGBA (rows, columns, 4) of uint8."""
        steps = np.round(np.linspace(0, len(self._ramp) - 1, columns)).astype(int)
        return np.broadcast_to(self._ramp[steps], (rows, columns, 4)).copy()


def _greys() -> Array:
    return np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4) | np.array([0, 0, 0, 255], np.uint8)


def _choice(view: Kernels) -> str:
    """Which kernels and channel are shown, if not all."""
    values = {"n": view.n, "all": view.n_units, "channels": view.first_channel_of}
    if view.first_channel_of is None:
        return "" if view.n == view.n_units else say("first {n} of {all}", **values)
    if view.n == view.n_units:
        return say("channel 1 of {channels}", **values)
    return say("first {n} of {all}, channel 1 of {channels}", **values)


def _short(value: float) -> str:
    return short(float(f"{value:.2g}"))
