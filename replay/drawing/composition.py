"""Panels on one figure with one clock: makes stills (PNG, SVG, WebP) and animations."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.artist import Artist
from matplotlib.figure import Figure

from replay.choices import ADAPTIVE, FPS, UNIFORM
from replay.drawing.fonts import lend_fonts, without_font_warnings
from replay.drawing.style import LIGHT, Style
from replay.errors import OutputError, ViewError, no_epoch
from replay.files import whole_file
from replay.film.animation import Animation, check_dpi
from replay.film.description import Description
from replay.film.encoder import embedded
from replay.film.encoder.formats import STILL, check_suffix
from replay.film.frames import Clock, Moving
from replay.film.timeline import Timeline
from replay.language.message import speaking
from replay.runs.description import Subject
from replay.types import Array, Motion, Track


class Composition:
    """Panels on one figure that share a clock: it makes stills and animations.

    Args:
        figure: The matplotlib figure that they are drawn on.
        panels: What moves, such as objects of `Panel`.
        clock: What names the epoch on the figure.
        epochs: The epochs of the snapshots, (n_snapshots,), increasing.
        style: The style that the figure was made with.
        motion: A function that tells how far the picture moves between epochs (n,): (n − 1,). Only an
            adaptive pace needs it.
        forkable: Whether several processes may draw it. What needs TensorFlow may not: it hangs in a forked
            process.
        subject: What it is of, for its description. None by default: then it has none.

    Raises:
        ViewError: There is no epoch.

    Attributes:
        journey: Where films stay at one epoch and go through the network instead, a function from an epoch to
            the composition that they show; its clock counts the steps. None where films show the training.

    The arguments are kept as attributes. `Replay.dashboard`, `Replay.view`, the `build_…` methods, `compose`
    and `compare` make compositions. In a notebook a composition shows its last epoch.

    >>> from replay import Replay
    >>> boundary = Replay("run.h5").view("decision-boundary")
    >>> boundary.save("epoch60.png", epoch=60).name
    'epoch60.png'
    >>> boundary.animate(0, 60, tween=4).timeline.duration  # seconds
    0.55
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
        subject: Subject | None = None,
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
        self.subject = subject
        self.journey: Callable[..., Composition] | None = None

    @property
    def moving(self) -> list[Artist]:
        """The artists of all panels that change from frame to frame, in the order of drawing."""
        return [artist for part in (*self.panels, self.clock) for artist in part.moving]

    def show(self, epoch: float, decimals: int | None = None) -> None:
        """Show `epoch` in every panel; the clock shows this many `decimals`."""
        with speaking(self.style.language):
            for panel in self.panels:
                panel.show(epoch)
            self.clock.show(epoch, decimals)

    def begin(self, moments: Sequence[float] | None) -> None:
        """Make clock and fonts ready for a film that shows these moments, or for a still."""
        lend_fonts(self.figure, self.style.font)
        self.clock.begin(moments)

    def check_drawn(self) -> None:
        """Raise ViewError if something has removed a panel from its figure."""
        there = [None, *self.figure.axes]
        if any(artist.get_figure() is None or artist.axes not in there for artist in self.moving):
            raise ViewError("the axes of a panel were cleared or removed: build the panel anew")

    def plot(self, epoch: float | None = None) -> Figure:
        """Show `epoch`, by default the last, and return the figure. Raises ViewError outside the run."""
        self.check_drawn()
        epoch = self._checked(epoch)
        self.begin(None)
        with without_font_warnings():  # panels may measure their words
            self.show(epoch)
        return self.figure

    def description(self, epoch: float | None = None) -> Description | None:
        """The picture in words, as it is at `epoch`, by default the last. Files have it, too.

        None where nobody knows what it is of.
        """
        if self.subject is None:
            return None
        with speaking(self.style.language):
            return self.subject.description(float(self.epochs[-1]) if epoch is None else epoch)

    def animate(
        self,
        epoch_start: float | None = None,
        epoch_end: float | None = None,
        *,
        every: int = 1,
        tween: int = 0,
        pace: str | None = None,
        fps: float = FPS,
        duration: float | None = None,
        hold: float | None = None,
        epoch: float | None = None,
    ) -> Animation:
        """An animation from `epoch_start` to `epoch_end`, both included.

        Args:
            epoch_start: The first epoch, by default that of the first snapshot.
            epoch_end: The last epoch; None and −1 stand for that of the last snapshot.
            every: Show every n-th snapshot, and always the last.
            tween: How many frames lie between two snapshots.
            pace: Which steps get the time: "adaptive", "uniform" or "log", see `Timeline.of`. By default
                adaptive where the composition knows its motion.
            fps: Frames a second, more than 0 and at most 1000.
            duration: Seconds that the film takes, without the hold. It sets the number of frames, in place of
                `tween`. Without either, an adaptive film takes eight seconds or less, and others have a frame
                for each snapshot.
            hold: Seconds that the last frame stays longer, by default 1 in formats that loop and 0 in others.
            epoch: For what goes through the network at one epoch, as the view "morph" does, this epoch; by
                default the last. Such a film takes 1.8 seconds a step, 30 at most, or `duration`.

        Returns:
            An `Animation`.

        Raises:
            ViewError: The run does not have these epochs, or the settings make no film.
        """
        self.check_drawn()
        if self.journey is not None:
            if (epoch_start, epoch_end, every, tween, pace) != (None, None, 1, 0, None):
                raise ViewError(
                    "this film stays at one epoch, which epoch chooses, and goes through the network"
                )
            return self._through(epoch, fps, duration, hold)
        if epoch is not None:
            raise ViewError("one epoch is a still: a film goes from epoch_start to epoch_end")
        timeline = Timeline.of(
            self.epochs,
            first=epoch_start,
            last=None if epoch_end == -1 else epoch_end,
            every=every,
            tween=tween,
            pace=pace or (UNIFORM if self.motion is None else ADAPTIVE),
            fps=fps,
            duration=duration,
            hold=hold,
            motion=self.motion,
            stops=self.clock.stops,
        )
        return Animation(self, timeline)

    def _through(
        self, epoch: float | None, fps: float, duration: float | None, hold: float | None
    ) -> Animation:
        assert self.journey is not None
        chosen = self._checked(epoch)
        shown = self.journey(epoch=chosen)
        n_steps = len(shown.epochs) - 1
        return Animation(shown, Timeline.through(n_steps, fps=fps, duration=duration, hold=hold))

    def _checked(self, epoch: float | None) -> float:
        """An epoch that the run has, by default the last; raises ViewError for others."""
        first, last = float(self.epochs[0]), float(self.epochs[-1])
        epoch = last if epoch is None else float(epoch)
        if not first <= epoch <= last:
            raise ViewError(no_epoch(epoch, first, last))
        return epoch

    def image(self, epoch: float | None = None, kind: str = "png", quality: int | None = None) -> bytes:
        """A still as bytes.

        Args:
            epoch: The epoch to show, by default the last.
            kind: "png" or "webp".
            quality: 0 to 100, for WebP.

        Returns:
            The content of a PNG or WebP file.
        """
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
        """Write a still or the whole animation, as the suffix says.

        Args:
            path: The file to write: .png and .svg are stills; .gif, .mp4, .webm and .webp move.
            epoch: The epoch of a still or of a film that stays at one, by default the last.
            fps: Frames a second of an animation.
            dpi: Pixels an inch, 10 to 1200, by default the figure's own.
            track: A function that wraps the moments while they are drawn, for a progress bar.

        Returns:
            The path.

        Raises:
            OutputError: The file cannot be written, or an epoch is given for a film.
            ViewError: The run does not have this epoch.
        """
        path = Path(path).expanduser()
        if check_suffix(path) not in STILL:
            if epoch is not None and self.journey is None:
                raise OutputError(f"{path}: one epoch is a still: use one of {', '.join(STILL)}")
            return self.animate(fps=fps, epoch=epoch).save(path, dpi=dpi, track=track)
        with self.style.applied():
            self.plot(epoch)
        return save_still(self.figure, path, self.style, dpi, description=self.description(epoch))


def save_still(
    figure: Figure,
    path: str | os.PathLike[str],
    style: Style = LIGHT,
    dpi: float | None = None,
    *,
    description: Description | None = None,
) -> Path:
    """Write a figure as a still.

    Args:
        figure: A figure that `sheet`, `sweep_figure` or `Composition.plot` returned, or any of matplotlib's.
        path: The file to write (.png, .svg). It appears whole or not at all.
        style: The style that the figure was made with, by default `theme("light")`.
        dpi: Pixels an inch, 10 to 1200, by default the figure's own.
        description: The picture in words, to be written into the file. `Composition.description` and
            `describe` return them. None by default.

    Returns:
        The path.

    Raises:
        OutputError: The file cannot be written, or its format is unknown.

    >>> from replay import Replay, save_still
    >>> dashboard = Replay("run.h5").dashboard()
    >>> save_still(dashboard.plot(60), "epoch60.svg", description=dashboard.description(60)).name
    'epoch60.svg'
    """
    path = Path(path).expanduser()
    suffix = check_suffix(path, STILL)
    with style.applied(), whole_file(path) as partial:
        # Neither date nor program, so that the same run gives the same bytes.
        metadata: dict[str, Any] = {"Date": None} if suffix == ".svg" else {"Software": None}
        if suffix == ".png" and description is not None:
            metadata |= embedded.fields(description)
        figure.savefig(partial, dpi=check_dpi(dpi) or "figure", metadata=metadata)
        if suffix == ".svg" and description is not None:
            embedded.into_svg(partial, description)
    return path
