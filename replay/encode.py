"""Frames to a file. Knows arrays and formats, and nothing of figures or networks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from replay.errors import OutputError, first_line, unknown

Array = NDArray[Any]
Write = Callable[[Array], Any]

# crf 18 is close to lossless to the eye; faststart puts the index first, so that a page plays the film
# while it loads.
_MP4 = {
    "codec": "libx264",
    "pix_fmt_out": "yuv420p",
    "output_params": ["-crf", "18", "-preset", "veryfast", "-tune", "animation", "-movflags", "+faststart"],
}
# One palette for the whole film; no dithering, which flickers and does not compress; only the rectangle
# that changed is stored.
_PALETTE = "split[a][b];[a]palettegen=stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle"
_GIF = {"codec": "gif", "pix_fmt_out": "pal8", "output_params": ["-lavfi", _PALETTE, "-loop", "0"]}
ANIMATED: dict[str, dict[str, Any]] = {".gif": _GIF, ".mp4": _MP4}
STILL = (".png", ".svg")


def check_suffix(path: Path, suffixes: Iterable[str] = (*ANIMATED, *STILL)) -> str:
    """The suffix of `path` in lower case; raises OutputError if it is none of `suffixes`."""
    suffix = path.suffix.lower()
    if suffix not in tuple(suffixes):
        raise OutputError(f"{path}: " + unknown("format", suffix or path.name, suffixes))
    return suffix


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A path to write to, moved to `path` when the block ends well and removed when it does not."""
    partial = path.with_name(f".{path.stem}.{os.getpid()}.partial{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.touch()  # so that a folder that cannot be written to says so itself
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or first_line(error)
        raise OutputError(f"cannot write {path}: {reason}") from error


def save_animation(path: str | os.PathLike[str], frames: Iterable[Array], fps: float) -> Path:
    """Encode `frames`, each (height, width, 3) of uint8, in the format of the suffix; return the path.

    The encoder runs beside the caller, and holds only a few frames. Raises OutputError where the file
    cannot be written; an older file stays as it was then.
    """
    path = Path(path).expanduser()
    settings = ANIMATED[check_suffix(path, ANIMATED)]
    if not (np.isfinite(fps) and 0 < fps <= 1000):
        raise OutputError(f"fps must lie between 0 and 1000, not {fps:g}")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise OutputError(f"{path}: there is no frame to write")
    with whole_file(path) as partial, _encoder(partial, _even(first).shape, fps, settings) as write:
        write(_even(first))
        for frame in frames:
            write(_even(frame))
    return path


@contextmanager
def _encoder(path: Path, shape: tuple[int, ...], fps: float, settings: dict[str, Any]) -> Iterator[Write]:
    """ffmpeg as a child process that takes frames of `shape`; it has finished when the block ends."""
    from imageio_ffmpeg import write_frames  # here: only writing films needs it

    height, width = shape[:2]
    encoder = write_frames(
        str(path),
        (width, height),
        fps=fps,
        macro_block_size=1,
        quality=None,
        ffmpeg_log_level="error",
        **settings,
    )
    try:
        encoder.send(None)
        yield encoder.send
    finally:
        encoder.close()


def _even(frame: Array) -> Array:
    """Repeat the last row or column where a side is odd: yuv420p halves both sides."""
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(frame)
