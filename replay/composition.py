"""Several panels on one figure, with one clock: stills and animations."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from replay.encode import STILL, check_suffix, save_animation, whole_file
from replay.errors import OutputError, ViewError
from replay.style import Style

Array = NDArray[Any]
Track = Callable[[Sequence[float]], Iterable[float]]
FPS = 20.0


class Moving(Protocol):
    """A panel, or anything else on a figure that follows the clock."""

    @property
    def moving(self) -> list[Artist]:
        """The artists that change, from back to front."""
        ...

    def show(self, epoch: float) -> None:
        """Give them the content of `epoch`."""
        ...


class Composition:
    """Panels on `figure`, which share the snapshots' `epochs`; ViewError where there are none."""

    def __init__(self, figure: Figure, panels: Sequence[Moving], epochs: Array, style: Style) -> None:
        if not len(epochs):
            raise ViewError("no snapshot lies between these epochs")
        self.figure = figure
        self.panels = list(panels)
        self.epochs = epochs
        self.style = style

    def plot(self, epoch: float | None = None) -> Figure:
        """Show `epoch`, by default the last, and return the figure. Raises ViewError outside the run."""
        epoch = float(self.epochs[-1]) if epoch is None else float(epoch)
        self._check(epoch)
        for panel in self.panels:
            panel.show(epoch)
        return self.figure

    def animate(self, epoch_start: float | None = None, epoch_end: float | None = None) -> Animation:
        """All snapshots from `epoch_start` to `epoch_end`, both included, as an animation."""
        first = float(self.epochs[0]) if epoch_start is None else float(epoch_start)
        last = float(self.epochs[-1]) if epoch_end in (None, -1) else float(epoch_end or 0)
        for epoch in (first, last):
            self._check(epoch)
        chosen = self.epochs[(self.epochs >= first) & (self.epochs <= last)]
        if not len(chosen):
            raise ViewError(f"no snapshot lies between epochs {first:g} and {last:g}")
        return Animation(self, [float(epoch) for epoch in chosen])

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        epoch: float | None = None,
        fps: float = FPS,
        dpi: float | None = None,
        track: Track | None = None,
    ) -> Path:
        """Write a still of `epoch` (.png, .svg) or the whole animation (.gif, .mp4), as the suffix says."""
        path = Path(path).expanduser()
        if check_suffix(path) not in STILL:
            if epoch is not None:
                raise OutputError(f"{path}: an epoch alone makes a still: use one of {', '.join(STILL)}")
            return self.animate().save(path, fps=fps, dpi=dpi, track=track)
        with self.style.applied(), whole_file(path) as partial:
            self.plot(epoch).savefig(partial, dpi=_checked_dpi(dpi) or "figure", metadata=_metadata(path))
        return path

    def _check(self, epoch: float) -> None:
        first, last = float(self.epochs[0]), float(self.epochs[-1])
        if not first <= epoch <= last:
            raise ViewError(f"there is no epoch {epoch:g}: the run goes from epoch {first:g} to {last:g}")


class Animation:
    """A composition and the moments that its frames show: one frame for each of `moments`."""

    def __init__(self, composition: Composition, moments: Sequence[float]) -> None:
        self.composition = composition
        self.moments = list(moments)

    def frames(self, dpi: float | None = None, track: Track | None = None) -> Iterator[Array]:
        """Each frame as RGB (height, width, 3) of uint8. What stands still is drawn once.

        A frame is valid until the next one is asked for.
        """
        figure = self.composition.figure
        panels = self.composition.panels
        moving = [artist for panel in panels for artist in panel.moving]
        with (
            self.composition.style.applied(),
            _agg_canvas(figure, _checked_dpi(dpi)) as canvas,
            _animated(moving),
        ):
            canvas.draw()
            background = canvas.copy_from_bbox(figure.bbox)
            for moment in track(self.moments) if track else self.moments:
                canvas.restore_region(background)
                for panel in panels:
                    panel.show(moment)
                    for artist in panel.moving:
                        figure.draw_artist(artist)
                yield np.asarray(canvas.buffer_rgba())[..., :3]

    def save(
        self,
        path: str | os.PathLike[str],
        fps: float = FPS,
        dpi: float | None = None,
        track: Track | None = None,
    ) -> Path:
        """Write the animation (.gif, .mp4); the file appears whole or not at all.

        `track` wraps the moments while they are drawn, for a progress bar.
        """
        return save_animation(path, self.frames(dpi, track), fps)


def _checked_dpi(dpi: float | None) -> float | None:
    if dpi is not None and not 10 <= dpi <= 1200:
        raise OutputError(f"dpi must lie between 10 and 1200, not {dpi:g}")
    return dpi


def _metadata(path: Path) -> dict[str, Any]:
    """No date in a picture: the same run gives the same bytes."""
    return {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}


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
