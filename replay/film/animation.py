"""Animation: the frames of a figure along a timeline, saved as a film or shown in a notebook."""

from __future__ import annotations

import base64
import os
import tempfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from replay.errors import OutputError
from replay.film.encoder.encode import save_animation
from replay.film.encoder.formats import FORMATS, check_suffix
from replay.film.frames import Drawable, drawn_frames
from replay.film.parallel import shared_frames
from replay.film.timeline import Timeline
from replay.types import Array, Track

PREVIEWED = 12  # frames sampled for a GIF's palette


class Animation:
    """A composition that moves along a timeline."""

    def __init__(self, composition: Drawable, timeline: Timeline) -> None:
        self.composition = composition
        self.timeline = timeline

    def frames(
        self, dpi: float | None = None, track: Track | None = None, jobs: int = 1
    ) -> Generator[Array, None, None]:
        """The frames, RGBA (height, width, 4) of uint8. A frame is valid until the next one.

        `jobs` processes draw them; `track` wraps the moments, for a progress bar.
        """
        moments, decimals = self.timeline.moments, self.timeline.decimals
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
    ) -> Path:
        """Write the animation in the format of the suffix; the file is written whole or not at all.

        `fps` overrides the timeline's. If the timeline sets no hold, formats that loop hold the last frame
        for a second. See `save_animation` for `loop` and `quality`, and `frames` for the others.
        """
        path = Path(path).expanduser()
        kind = FORMATS[check_suffix(path, FORMATS)]
        timeline = self.timeline if fps is None else replace(self.timeline, fps=fps)
        some = timeline.moments[:: max(1, len(timeline.moments) // PREVIEWED)]
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
            )

    def _repr_html_(self) -> str:
        """The film as HTML, for notebooks."""
        with tempfile.TemporaryDirectory() as folder:
            content = self.save(Path(folder) / "film.mp4").read_bytes()
        source = f"data:video/mp4;base64,{base64.b64encode(content).decode('ascii')}"
        return f'<video src="{source}" controls loop muted playsinline style="max-width: 100%"></video>'


def check_dpi(dpi: float | None) -> float | None:
    """Return `dpi`; raises OutputError if it is not between 10 and 1200."""
    if dpi is not None and not 10 <= dpi <= 1200:
        raise OutputError(f"dpi must lie between 10 and 1200, not {dpi:g}")
    return dpi
