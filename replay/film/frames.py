"""Frames of a figure: what stands still is drawn once, and over it, for each frame, what moves."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replay.types import Array, Track


class Moving(Protocol):
    """A panel on a figure."""

    @property
    def moving(self) -> list[Artist]:
        """The artists that change, from back to front."""
        ...

    def show(self, epoch: float) -> None:
        """Give them the content of `epoch`."""
        ...


class Clock(Protocol):
    """What names the moment on a figure."""

    @property
    def moving(self) -> list[Artist]:
        """The artists that change."""
        ...

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Name `epoch` with so many decimals, by default as many as it needs."""
        ...


class Look(Protocol):
    """How a figure looks, as a style of matplotlib's."""

    def applied(self) -> AbstractContextManager[None]:
        """Have it for the length of a block."""
        ...


class Drawable(Protocol):
    """A figure with a clock, of which some artists change from frame to frame."""

    figure: Figure

    @property
    def epochs(self) -> Array:
        """The epochs that it can show: (n,), increasing."""
        ...

    @property
    def moving(self) -> list[Artist]:
        """The artists that change, in the order of drawing."""
        ...

    @property
    def style(self) -> Look:
        """How it looks."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether a forked process can draw it."""
        ...

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Give the artists the content of `epoch`; the clock counts with so many decimals."""
        ...


def drawn_frames(
    drawable: Drawable,
    moments: Sequence[float],
    dpi: float | None = None,
    track: Track | None = None,
    decimals: int | None = None,
) -> Generator[Array, None, None]:
    """Each moment as RGBA (height, width, 4) of uint8. A frame is valid until the next one is asked for.

    `decimals` are the digits of the epoch counter, by default as many as each moment needs.
    """
    figure = drawable.figure
    moving = _as_drawn(figure, drawable.moving)
    with drawable.style.applied(), _agg_canvas(figure, dpi) as canvas, _animated(moving):
        canvas.draw()
        background = canvas.copy_from_bbox(figure.bbox)
        pixels = np.asarray(canvas.buffer_rgba())
        for moment in track(moments) if track else moments:
            canvas.restore_region(background)
            drawable.show(moment, decimals)
            for artist in moving:
                figure.draw_artist(artist)
            yield pixels


def _as_drawn(figure: Figure, moving: Sequence[Artist]) -> list[Artist]:
    """`moving` and the lines along their axes, which they may cover, in the order of a whole drawing."""
    ordered = []
    for axes in figure.axes:
        own = [artist for artist in moving if artist.axes is axes]
        if own:
            spines = [spine for spine in axes.spines.values() if spine.get_visible()]
            ordered += sorted([*own, *spines], key=Artist.get_zorder)
    return [*ordered, *(artist for artist in moving if artist.axes is None)]


@contextmanager
def _agg_canvas(figure: Figure, dpi: float | None) -> Iterator[FigureCanvasAgg]:
    """Give `figure` a canvas that keeps pixels, and put everything back afterwards."""
    canvas, old_dpi = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi or old_dpi
        yield FigureCanvasAgg(figure)
    finally:
        figure.dpi = old_dpi
        figure.set_canvas(canvas)


@contextmanager
def _animated(artists: list[Artist]) -> Iterator[None]:
    """Keep `artists` out of ordinary drawing, for the length of the block: stills need them again."""
    for artist in artists:
        artist.set_animated(True)
    try:
        yield
    finally:
        for artist in artists:
            artist.set_animated(False)
