"""Panels on one figure with one clock: makes stills (PNG, SVG, WebP) and animations."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from replay.choices import FPS, UNIFORM
from replay.drawing.style import LIGHT, Style
from replay.errors import OutputError, ViewError
from replay.files import whole_file
from replay.film.animation import Animation, check_dpi
from replay.film.encoder.formats import STILL, check_suffix
from replay.film.frames import Clock, Moving
from replay.film.timeline import Timeline
from replay.types import Array, Motion, Track


class Composition:
    """Panels and a clock on `figure`, which share the snapshots' `epochs`; ViewError where there are none.

    `motion` tells how far the picture moves between snapshots; only an adaptive pace needs it. What is not
    `forkable`, because it needs TensorFlow, which hangs in a forked process, is drawn by one process.
    """

    def __init__(
        self,
        figure: Figure,
        panels: Sequence[Moving],
        clock: Clock,
        epochs: Array,
        style: Style,
        motion: Motion | None = None,
        forkable: bool = True,
    ) -> None:
        if not len(epochs):
            raise ViewError("no snapshot lies between these epochs")
        self.figure = figure
        self.panels = list(panels)
        self.clock = clock
        self.epochs = epochs
        self.style = style
        self.motion = motion
        self.forkable = forkable

    @property
    def moving(self) -> list[Artist]:
        """The artists of all panels that change from frame to frame, in the order of drawing."""
        return [artist for part in (*self.panels, self.clock) for artist in part.moving]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch` in every panel; the clock shows this many `decimals`."""
        for panel in self.panels:
            panel.show(epoch)
        self.clock.show(epoch, decimals)

    def plot(self, epoch: float | None = None) -> Figure:
        """Show `epoch`, by default the last, and return the figure. Raises ViewError outside the run."""
        epoch = float(self.epochs[-1]) if epoch is None else float(epoch)
        first, last = float(self.epochs[0]), float(self.epochs[-1])
        if not first <= epoch <= last:
            raise ViewError(f"there is no epoch {epoch:g}: the run goes from epoch {first:g} to {last:g}")
        self.show(epoch)
        return self.figure

    def animate(
        self,
        epoch_start: float | None = None,
        epoch_end: float | None = None,
        *,
        every: int = 1,
        tween: int = 0,
        pace: str = UNIFORM,
        fps: float = FPS,
        duration: float | None = None,
        hold: float | None = None,
    ) -> Animation:
        """An animation from `epoch_start` to `epoch_end`, both included; −1 is the last one.

        See `Timeline.of` for the other arguments.
        """
        timeline = Timeline.of(
            self.epochs,
            first=epoch_start,
            last=None if epoch_end == -1 else epoch_end,
            every=every,
            tween=tween,
            pace=pace,
            fps=fps,
            duration=duration,
            hold=hold,
            motion=self.motion,
        )
        return Animation(self, timeline)

    def image(self, epoch: float | None = None, kind: str = "png", quality: int | None = None) -> bytes:
        """A still of `epoch`, by default the last, as the bytes of a PNG or WebP file."""
        content = io.BytesIO()
        with self.style.applied():
            options = {} if quality is None else {"quality": quality}
            self.plot(epoch).savefig(content, format=kind, dpi="figure", pil_kwargs=options)
        return content.getvalue()

    def _repr_png_(self) -> bytes:
        """For notebooks: the last epoch."""
        return self.image()

    def save(
        self,
        path: str | os.PathLike[str],
        *,
        epoch: float | None = None,
        fps: float = FPS,
        dpi: float | None = None,
        track: Track | None = None,
    ) -> Path:
        """Write a still of `epoch` (.png, .svg) or the whole animation, by the suffix of `path`."""
        path = Path(path).expanduser()
        if check_suffix(path) not in STILL:
            if epoch is not None:
                raise OutputError(f"{path}: one epoch is a still: use one of {', '.join(STILL)}")
            return self.animate(fps=fps).save(path, dpi=dpi, track=track)
        with self.style.applied():
            self.plot(epoch)
        return save_still(self.figure, path, self.style, dpi)


def save_still(
    figure: Figure, path: str | os.PathLike[str], style: Style = LIGHT, dpi: float | None = None
) -> Path:
    """Write `figure` as it is.

    Args:
        figure: A figure that `sheet`, `compare` or a panel's `plot` made, or any of matplotlib's.
        path: The file to write (.png, .svg); it appears whole or not at all.
        style: The style that the figure was made with.
        dpi: Pixels an inch, by default the figure's own.

    Returns the path. Raises OutputError where the file cannot be written.

    >>> from replay import Replay, save_still
    >>> save_still(Replay("run.h5").dashboard().plot(60), "epoch60.png")  # doctest: +SKIP
    """
    path = Path(path).expanduser()
    check_suffix(path, STILL)
    with style.applied(), whole_file(path) as partial:
        figure.savefig(partial, dpi=check_dpi(dpi) or "figure", metadata=_metadata(path))
    return path


def _metadata(path: Path) -> dict[str, Any]:
    """Leave out the date, so that the same run gives the same bytes."""
    return {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
