"""The formats of films, and how ffmpeg is asked for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from replay.errors import OutputError, unknown

QUALITIES = 4  # steps from the best, 0, downwards


@dataclass(frozen=True)
class Format:
    """A kind of film.

    `arguments(quality, alpha)` are ffmpeg's; `even` films need sides of even length; `alpha` ones can be
    transparent; `loops` ones say themselves how often they are played.
    """

    arguments: Callable[[int, bool], list[str]]
    even: bool = False
    alpha: bool = False
    loops: bool = False

    @property
    def hold(self) -> float:
        """Seconds on the last frame unless asked otherwise: what loops would jump to the start at once."""
        return 1.0 if self.loops else 0.0


# Players read a film that does not say what its colours mean by one standard or the other, as they guess.
COLOURS = (
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv,setparams=color_primaries=bt709:color_trc=bt709",
)


def _mp4(quality: int, alpha: bool) -> list[str]:
    # crf 18 is close to lossless to the eye; faststart puts the index first, so that a page plays the film
    # while it loads.
    return [
        *("-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", str((18, 21, 24, 28)[quality])),
        *("-preset", "veryfast", "-tune", "animation", "-movflags", "+faststart"),
        *COLOURS,
    ]


def _webm(quality: int, alpha: bool) -> list[str]:
    # VP9's realtime settings take a sixth of the time of its good ones, for half as much again in size.
    return [
        *("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p" if alpha else "yuv420p", "-b:v", "0"),
        *("-crf", str((28, 33, 39, 46)[quality]), "-deadline", "realtime", "-cpu-used", "8"),
        *("-row-mt", "1", "-auto-alt-ref", "0"),  # with alternate references it loses transparency
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
GIF_TOLERANCE = (8, 9, 10, 12)  # how much a pixel may change without being drawn anew
FORMATS = {
    ".gif": Format(_gif, loops=True),
    ".mp4": Format(_mp4, even=True),
    ".webm": Format(_webm, even=True, alpha=True),
    ".webp": Format(_webp, alpha=True, loops=True),
}
ANIMATED = tuple(FORMATS)
STILL = (".png", ".svg")
PAGE = ".html"


def check_suffix(path: Path, suffixes: Iterable[str] = (*ANIMATED, *STILL)) -> str:
    """The suffix of `path` in lower case; raises OutputError if it is none of `suffixes`."""
    suffix = path.suffix.lower()
    if suffix not in tuple(suffixes):
        raise OutputError(f"{path}: " + unknown("format", suffix or path.name, suffixes))
    return suffix


def check_alpha(path: Path) -> None:
    """Raise OutputError if a film at `path` cannot be transparent."""
    if not FORMATS[check_suffix(path, FORMATS)].alpha:
        able = ", ".join(suffix for suffix, kind in FORMATS.items() if kind.alpha)
        raise OutputError(f"{path}: this format has no half transparent pixels: use {able}, .png or .svg")
