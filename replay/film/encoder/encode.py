"""Encode frames (arrays) to a GIF, MP4, WebM or WebP file: hold, loop, quality, transparency."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path

import numpy as np

from replay.errors import OutputError
from replay.files import whole_file
from replay.film.encoder import embedded, ffmpeg, gif_palette
from replay.film.encoder.captions import Cue, webvtt
from replay.film.encoder.embedded import Words
from replay.film.encoder.formats import (
    ANIMATED,
    FORMATS,
    GIF_ERROR,
    GIF_TOLERANCE,
    QUALITIES,
    Format,
    check_alpha,
    check_subtitles,
    check_suffix,
)
from replay.film.encoder.signals import temporary_folder
from replay.types import Array

SLOWEST, FASTEST = 0.01, 1000.0  # frames a second
FASTEST_GIF = 50.0  # frames a second: browsers slow down frames shorter than 20 ms
LONGEST_HOLD = 500.0  # seconds: a GIF frame can last 655 at most
MAX_LOOPS = 65535
PREVIEWED = 12


def save_animation(
    path: str | os.PathLike[str],
    frames: Iterable[Array],
    fps: float,
    *,
    hold: float = 0.0,
    loop: int = 0,
    quality: int = 0,
    preview: Iterable[Array] | None = None,
    description: Words | None = None,
    subtitles: Sequence[Cue] = (),
) -> Path:
    """Encode `frames`, RGBA (height, width, 4) of uint8 each, in the format of the suffix; return the path.

    The last frame stays `hold` seconds longer. `loop` is how often a GIF or WebP plays, 0 for forever.
    `quality` goes from 0 (best) to 3 (smallest file). A GIF's palette comes from the frames of `preview`, by
    default from its first frames. The `description` is written into the file, and so are `subtitles`, in its
    language. Encoding runs in parallel to the caller and buffers a few frames.

    Raises OutputError if the file cannot be written; an existing file is then left unchanged.
    """
    path = Path(path).expanduser()
    suffix = check_suffix(path, ANIMATED)
    _check_times(path, suffix, fps, hold)
    if not 0 <= quality < QUALITIES:
        raise OutputError(f"quality must lie between 0 and {QUALITIES - 1}, not {quality}")
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise OutputError(f"{path}: there is no frame to write")
    kind = FORMATS[suffix]
    alpha = bool((first[..., 3] < 255).any())
    if alpha:
        check_alpha(path)
    if subtitles:
        check_subtitles(path)
    arguments = [*kind.arguments(quality, alpha), *_loop_arguments(path, kind, loop)]
    frames = chain([first], frames)
    with whole_file(path) as partial, temporary_folder() as folder:
        if suffix == ".gif":
            palette = folder / "palette.ppm"
            frames, colours = _with_colours(frames, preview, quality)
            gif_palette.write_palette(palette, colours)
            frames = gif_palette.settled(frames, colours, GIF_TOLERANCE[quality])
            delay = round(100 * (hold + 1 / fps))
            arguments = ["-i", str(palette), *arguments, "-final_delay", str(delay)]
        else:
            frames = _held(frames, round(hold * fps))
        if subtitles:
            arguments = [*_track(folder / "subtitles.vtt", subtitles, kind, description), *arguments]
        if description is not None:
            arguments += embedded.ffmpeg_arguments(description)
        _encode(partial, frames, fps, kind, arguments, path)
        if description is not None and suffix in embedded.INTO:
            embedded.INTO[suffix](partial, description)
    return path


def _track(file: Path, cues: Sequence[Cue], kind: Format, description: Words | None) -> list[str]:
    """ffmpeg's arguments for a track of subtitles, from a file that is written here."""
    file.write_text(webvtt(cues), encoding="utf-8")
    language = embedded.TRACKS.get(description.language) if description is not None else None
    return [
        *("-i", str(file), "-map", "0:v", "-map", "1:s", "-c:s", kind.subtitles),
        *("-metadata:s:s:0", f"language={language or embedded.UNKNOWN}"),
    ]


def _encode(
    partial: Path, frames: Iterable[Array], fps: float, kind: Format, arguments: list[str], path: Path
) -> None:
    frames = (_even(frame) if kind.even else frame for frame in frames)
    first = next(frames)
    height, width = first.shape[:2]
    try:
        with ffmpeg.encoder(partial, (width, height), fps, arguments) as write:
            for frame in chain([first], frames):
                write(frame)
    except OutputError as error:
        raise OutputError(f"cannot write {path}: {error}") from error


def _check_times(path: Path, suffix: str, fps: float, hold: float) -> None:
    if not SLOWEST <= fps <= FASTEST:
        raise OutputError(f"fps must lie between {SLOWEST:g} and {FASTEST:g}, not {fps:g}")
    if suffix == ".gif" and fps > FASTEST_GIF:
        raise OutputError(f"{path}: a GIF shows at most {FASTEST_GIF:g} frames a second, not {fps:g}")
    if not 0 <= hold <= LONGEST_HOLD:
        raise OutputError(f"hold must lie between 0 and {LONGEST_HOLD:g} seconds, not {hold:g}")


def _loop_arguments(path: Path, kind: Format, loop: int) -> list[str]:
    if not 0 <= loop <= MAX_LOOPS:
        raise OutputError(f"loop must be from 0 (forever) to {MAX_LOOPS}, not {loop}")
    if not kind.loops:
        if loop:
            raise OutputError(f"{path}: loop is for .gif and .webp; in this format it is up to the player")
        return []
    if path.suffix.lower() == ".gif":  # counts repeats after the first play; −1 for none
        return ["-loop", str(0 if loop == 0 else loop - 1 or -1)]
    return ["-loop", str(loop)]


def _with_colours(
    frames: Iterable[Array], preview: Iterable[Array] | None, quality: int
) -> tuple[Iterable[Array], Array]:
    """The frames and their palette. Without a preview, the first few frames are buffered for it."""
    if preview is not None:
        return frames, gif_palette.palette(preview, GIF_ERROR[quality])
    frames = iter(frames)
    held = [frame.copy() for frame in islice(frames, PREVIEWED)]
    return chain(held, frames), gif_palette.palette(held, GIF_ERROR[quality])


def _held(frames: Iterable[Array], times: int) -> Iterator[Array]:
    """The frames, with the last one repeated `times` more."""
    for frame in frames:
        yield frame
    yield from [frame] * times


def _even(frame: Array) -> Array:
    """Pad odd sides by repeating the last row or column: yuv420p halves both sides."""
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return frame
