"""Animation: the frames of a figure along a timeline, saved as a film or shown in a notebook."""

from __future__ import annotations

import base64
import html
import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from replay.errors import OutputError
from replay.files import whole_file
from replay.film.description import Description
from replay.film.encoder.captions import Cue, webvtt
from replay.film.encoder.encode import save_animation
from replay.film.encoder.formats import CAPTIONS, FORMATS, check_subtitles, check_suffix
from replay.film.encoder.signals import temporary_folder
from replay.film.frames import Drawable, drawn_frames
from replay.film.parallel import shared_frames
from replay.film.timeline import Timeline
from replay.types import Array, Track

PREVIEWED = 12  # frames sampled for a GIF's palette


class Animation:
    """A composition that moves along a timeline, to be saved as a film.

    Args:
        composition: The figure that moves, such as a `Composition`.
        timeline: The epoch that each frame shows, and the frames a second.

    Both are kept as attributes. `Composition.animate` makes animations. In a notebook an animation shows
    itself as a video.

    >>> from replay import Replay
    >>> animation = Replay("run.h5").dashboard(size=(640, 320)).animate(duration=0.5)
    >>> len(animation.timeline.moments)
    10
    >>> animation.save("run.mp4").name  # or .gif, .webm, .webp
    'run.mp4'
    """

    def __init__(self, composition: Drawable, timeline: Timeline) -> None:
        self.composition = composition
        self.timeline = timeline

    def frames(
        self, dpi: float | None = None, track: Track | None = None, jobs: int = 1
    ) -> Generator[Array, None, None]:
        """The frames one by one, RGBA (height, width, 4) of uint8. A frame is valid until the next.

        Args:
            dpi: Pixels an inch, 10 to 1200, by default the figure's own.
            track: A function that wraps the moments while they are drawn, for a progress bar.
            jobs: How many processes draw.

        Raises:
            OutputError: `dpi` or `jobs` are out of bounds.
        """
        moments, decimals = self.timeline.moments, self.timeline.decimals
        self.composition.begin(moments)
        return shared_frames(self.composition, moments, check_dpi(dpi), track, decimals, jobs)

    def save(
        self,
        path: str | os.PathLike[str],
        fps: float | None = None,
        dpi: float | None = None,
        *,
        loop: int = 0,
        quality: int = 0,
        jobs: int = 1,
        track: Track | None = None,
        subtitles: bool = False,
    ) -> Path:
        """Write the film in the format of the suffix; the file appears whole or not at all.

        Args:
            path: The file to write: .gif, .mp4, .webm or .webp.
            fps: Frames a second, by default the timeline's.
            dpi: Pixels an inch, 10 to 1200, by default the figure's own.
            loop: How often a GIF or WebP is played, 0 for ever.
            quality: From 0, the best, to 3, the smallest file.
            jobs: How many processes draw.
            track: A function that wraps the moments while they are drawn, for a progress bar.
            subtitles: Add a track that tells what happens, which players show on demand: .mp4 and .webm.

        Returns:
            The path.

        Raises:
            OutputError: The file cannot be written as asked.
            ViewError: No film has this `fps`.

        Each format has a place for the film's `description`. Where the timeline leaves the hold open, formats
        that loop stay on the last frame for a second.
        """
        path = Path(path).expanduser()
        kind = FORMATS[check_suffix(path, FORMATS)]
        timeline = self.timeline if fps is None else replace(self.timeline, fps=fps)
        if subtitles:
            check_subtitles(path)
        some = timeline.moments[:: max(1, len(timeline.moments) // PREVIEWED)]
        self.composition.begin(timeline.moments)
        preview = drawn_frames(self.composition, [*some, timeline.moments[-1]], check_dpi(dpi))
        # Close both even on an error: a stored traceback would keep the drawing processes alive.
        with closing(preview), closing(self.frames(dpi, track, jobs)) as frames:
            return save_animation(
                path,
                frames,
                timeline.fps,
                hold=kind.hold if timeline.hold is None else timeline.hold,
                loop=loop,
                quality=quality,
                preview=preview,
                description=self.description,
                subtitles=Animation(self.composition, timeline).narration(kind.hold) if subtitles else (),
            )

    @property
    def description(self) -> Description | None:
        """The film in words, as it ends; None where nobody knows what it is of."""
        return self.composition.description(self.timeline.moments[-1])

    def narration(self, hold: float = 0.0) -> list[Cue]:
        """What is told while it plays: (start, end, text) each, in seconds.

        The last frame stays for `hold` seconds where the timeline leaves it open.
        """
        told = self.description
        return [] if told is None else told.narration(self.timeline, hold)

    def save_captions(self, path: str | os.PathLike[str], hold: float = 0.0) -> Path:
        """Write what is told while it plays as WebVTT, which pages and players read beside the film.

        Args:
            path: The file to write (.vtt). It appears whole or not at all.
            hold: Seconds that the last frame stays, where the timeline leaves it open.

        Returns:
            The path.

        Raises:
            OutputError: The file cannot be written, or has another suffix.

        >>> from replay import Replay
        >>> Replay("run.h5").dashboard().animate().save_captions("run.vtt").name
        'run.vtt'
        """
        path = Path(path).expanduser()
        check_suffix(path, (CAPTIONS,))
        with whole_file(path) as partial:
            partial.write_text(webvtt(self.narration(hold)), encoding="utf-8")
        return path

    def _repr_html_(self) -> str:
        """The film as HTML, for notebooks."""
        with temporary_folder() as folder:
            content = self.save(folder / "film.mp4").read_bytes()
        source = f"data:video/mp4;base64,{base64.b64encode(content).decode('ascii')}"
        told = self.description
        label = "" if told is None else f' aria-label="{html.escape(told.alt)}"'
        return (
            f'<video src="{source}"{label} controls loop muted playsinline style="max-width: 100%"></video>'
        )


def check_dpi(dpi: float | None) -> float | None:
    """Return `dpi`; raises OutputError if it is not between 10 and 1200."""
    if dpi is not None and not 10 <= dpi <= 1200:
        raise OutputError(f"dpi must lie between 10 and 1200, not {dpi:g}")
    return dpi
