"""Films through matplotlib's writers: with a codec or metadata of one's own, or as a page with buttons."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from matplotlib import rc_context
from matplotlib.animation import FFMpegWriter, HTMLWriter

from replay.files import whole_file
from replay.film.animation import Animation
from replay.film.encoder.ffmpeg import program


def save_through(animation: Animation, writer: Any, path: Path, dpi: float | None = None) -> Path:
    """Let a writer of matplotlib's take each frame."""
    drawn, timeline = animation.composition, animation.timeline
    dpi = dpi or drawn.figure.dpi
    with (
        drawn.style.applied(),  # before the next, as it begins with matplotlib's own settings
        rc_context({"animation.ffmpeg_path": program()}),
        whole_file(path) as partial,
        writer.saving(drawn.figure, partial, dpi),
    ):
        for moment in timeline.moments:
            drawn.show(moment, timeline.decimals)
            writer.grab_frame()
    return path


def ffmpeg_writer(fps: float, **options: Any) -> Any:
    """Matplotlib's ffmpeg writer with its `codec`, `bitrate`, `extra_args` and `metadata`."""
    make: Any = FFMpegWriter  # its types know whole frames a second alone
    return make(fps, **options)


def page_with_buttons(animation: Animation, fps: float) -> str:
    """The film as HTML with buttons to play and stop it."""
    make: Any = HTMLWriter
    with TemporaryDirectory() as folder:
        path = Path(folder) / "film.html"
        save_through(animation, make(fps=fps, embed_frames=True), path)
        return path.read_text(encoding="utf-8")
