"""Draw the frames of a figure with blitting: the background once, the moving artists for each frame."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from replay.film.description import Description
from replay.types import Array, Track


class Moving(Protocol):
    """A panel on a figure."""

    @property
    def moving(self) -> list[Artist]:
        """The artists that change, from back to front."""
        ...

    def show(self, epoch: float) -> None:
        """Update the artists to `epoch`."""
        ...


class Clock(Protocol):
    """The epoch counter on a figure."""

    @property
    def moving(self) -> list[Artist]:
        """The artists that change."""
        ...

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch` with this many decimals, by default as many as it needs."""
        ...

    def begin(self, moments: Sequence[float] | None) -> None:
        """Make ready for a film that shows these moments, or for a still."""
        ...

    @property
    def stops(self) -> Sequence[float]:
        """The epochs at which a film stays for a moment."""
        ...


class Look(Protocol):
    """A figure's matplotlib style."""

    def applied(self) -> AbstractContextManager[None]:
        """Apply the style within a block."""
        ...


class Drawable(Protocol):
    """A figure with a clock and artists that change from frame to frame."""

    figure: Figure

    @property
    def epochs(self) -> Array:
        """The epochs that it can show: (n,), increasing."""
        ...

    @property
    def moving(self) -> list[Artist]:
        """The artists that change, in drawing order."""
        ...

    @property
    def style(self) -> Look:
        """The figure's style."""
        ...

    @property
    def forkable(self) -> bool:
        """Whether a forked process can draw it."""
        ...

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Update the artists to `epoch`; the clock shows this many decimals."""
        ...

    def begin(self, moments: Sequence[float] | None) -> None:
        """Make ready for a film that shows these moments, or for a still."""
        ...

    def description(self, epoch: float | None = None) -> Description | None:
        """The picture in words, as it is at `epoch`; None where nobody knows them."""
        ...


def drawn_frames(
    drawable: Drawable,
    moments: Sequence[float],
    dpi: float | None = None,
    track: Track | None = None,
    decimals: int | None = None,
) -> Generator[Array, None, None]:
    """Each moment as RGBA (height, width, 4) of uint8. A frame is valid until the next one.

    `decimals` sets the decimals of the epoch counter, by default as many as each moment needs.
    """
    figure = drawable.figure
    moving = _as_drawn(figure, drawable.moving)
    with drawable.style.applied(), _agg_canvas(figure, dpi) as canvas, _animated(moving):
        canvas.draw()
        before = _limits(figure)
        for first in moments[:1]:
            drawable.show(first, decimals)
        if _limits(figure) != before:  # axes settle when they are first shown, and with them their ticks
            canvas.draw()
        background = canvas.copy_from_bbox(figure.bbox)
        pixels = np.asarray(canvas.buffer_rgba())
        for moment in track(moments) if track else moments:
            canvas.restore_region(background)
            drawable.show(moment, decimals)
            for artist in moving:
                figure.draw_artist(artist)
            yield pixels


def _limits(figure: Figure) -> list[tuple[float, ...]]:
    return [axes.viewLim.bounds for axes in figure.axes]


def _as_drawn(figure: Figure, moving: Sequence[Artist]) -> list[Artist]:
    """`moving` and the spines of their axes, which they may cover, in matplotlib's drawing order."""
    ordered = []
    for axes in figure.axes:
        own = [artist for artist in moving if artist.axes is axes]
        if own:
            spines = [spine for spine in axes.spines.values() if spine.get_visible() and axes.axison]
            ordered += sorted([*own, *spines], key=Artist.get_zorder)
    return [*ordered, *(artist for artist in moving if artist.axes is None)]


@contextmanager
def _agg_canvas(figure: Figure, dpi: float | None) -> Iterator[FigureCanvasAgg]:
    """Give `figure` an Agg canvas within the block, and restore the old canvas and dpi afterwards."""
    canvas, old_dpi = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi or old_dpi
        yield FigureCanvasAgg(figure)
    finally:
        figure.dpi = old_dpi
        figure.set_canvas(canvas)


@contextmanager
def _animated(artists: list[Artist]) -> Iterator[None]:
    """Exclude `artists` from normal drawing within the block."""
    for artist in artists:
        artist.set_animated(True)
    try:
        yield
    finally:
        for artist in artists:
            artist.set_animated(False)
