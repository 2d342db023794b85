"""Table of film formats (GIF, MP4, WebM, WebP): ffmpeg arguments, transparency, looping."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from replay.errors import OutputError, unknown

QUALITIES = 4  # steps: 0 is the best, 3 the smallest file


@dataclass(frozen=True)
class Format:
    """A film format.

    `arguments(quality, alpha)` are ffmpeg's arguments; `even`: both sides must be even; `alpha`: it can be
    transparent; `loops`: the file says how often it plays. `subtitles`: the codec of a track of them, "" if
    there can be none.
    """

    arguments: Callable[[int, bool], list[str]]
    even: bool = False
    alpha: bool = False
    loops: bool = False
    subtitles: str = ""

    @property
    def hold(self) -> float:
        """Default seconds on the last frame: a looping film would otherwise restart at once."""
        return 1.0 if self.loops else 0.0


# Tag the colour space: without tags, players guess it differently.
COLOURS = (
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709",
)


def _mp4(quality: int, alpha: bool) -> list[str]:
    # crf 18 looks almost lossless; faststart puts the index first, so that a web page can play the film while
    # it loads.
    return [
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", str((18, 21, 24, 28)[quality])),
        *("-preset", "veryfast", "-tune", "animation", "-movflags", "+faststart"),
        *COLOURS,
    ]


def _webm(quality: int, alpha: bool) -> list[str]:
    # VP9's realtime settings are six times as fast as "good", for files half as large again.
    return [
        *("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p" if alpha else "yuv420p", "-b:v", "0"),
        *("-crf", str((28, 33, 39, 46)[quality]), "-deadline", "realtime", "-cpu-used", "8"),
        *("-row-mt", "1", "-auto-alt-ref", "0"),  # alternate reference frames lose transparency
        *COLOURS,
    ]


def _webp(quality: int, alpha: bool) -> list[str]:
    return [
        *("-c:v", "libwebp_anim", "-pix_fmt", "yuva420p" if alpha else "yuv420p", "-preset", "drawing"),
        *("-quality", str((80, 60, 40, 20)[quality]), "-compression_level", "2"),
    ]


def _gif(quality: int, alpha: bool) -> list[str]:
    return ["-lavfi", "paletteuse=dither=none:diff_mode=rectangle"]


GIF_ERROR = (0.7, 0.85, 1.05, 1.3)  # by quality: see `gif.palette`
GIF_TOLERANCE = (8, 9, 10, 12)  # by quality: how much a pixel may change without a redraw
FORMATS = {
    ".gif": Format(_gif, loops=True),
    ".mp4": Format(_mp4, even=True, subtitles="mov_text"),
    ".webm": Format(_webm, even=True, alpha=True, subtitles="copy"),
    ".webp": Format(_webp, alpha=True, loops=True),
}
ANIMATED = tuple(FORMATS)
STILL = (".png", ".svg")
PAGE = ".html"
CAPTIONS = ".vtt"


# Suffixes of films, stills and documents that are not written, and what is in their place.
ALIKE = (
    ((".avi", ".mov", ".mkv", ".m4v", ".mpg", ".mpeg", ".wmv", ".flv", ".ogv"), (".mp4", ".webm")),
    ((".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pdf", ".eps", ".ps"), (".png", ".svg")),
)


def check_suffix(path: Path, suffixes: Iterable[str] = (*ANIMATED, *STILL)) -> str:
    """The suffix of `path` in lower case; raises OutputError if it is none of `suffixes`."""
    suffix = path.suffix.lower()
    if suffix not in tuple(suffixes):
        raise OutputError(f"{path}: {unknown_format(suffix or path.name, suffixes)}")
    return suffix


def unknown_format(suffix: str, known: Iterable[str]) -> str:
    """Message for an unknown suffix: suggests those of the same kind, else what is spelled alike."""
    for others, able in ALIKE:
        found = [each for each in able if each in tuple(known)]
        if suffix in others and found:
            return f"unknown format {suffix!r}: use {' or '.join(found)}"
    return unknown("format", suffix, known)


def check_alpha(path: Path) -> None:
    """Raise OutputError if a film at `path` cannot be transparent."""
    if not FORMATS[check_suffix(path, FORMATS)].alpha:
        able = ", ".join(suffix for suffix, kind in FORMATS.items() if kind.alpha)
        raise OutputError(f"{path}: this format has no semi-transparent pixels: use {able}, .png or .svg")


def check_subtitles(path: Path) -> None:
    """Raise OutputError if a film at `path` cannot have a track of subtitles."""
    if not FORMATS[check_suffix(path, FORMATS)].subtitles:
        able = ", ".join(suffix for suffix, kind in FORMATS.items() if kind.subtitles)
        raise OutputError(
            f"{path}: this format has no subtitles: use {able}, or a file beside the film, --captions-file "
            "FILE.vtt"
        )
