"""Save a film within a maximum file size, lowering quality, width and frame rate only as needed."""

from __future__ import annotations

import math
import os
import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from replay.errors import OutputError
from replay.evenly import evenly
from replay.files import whole_file
from replay.film.animation import Animation
from replay.film.encoder.formats import FORMATS, QUALITIES, check_suffix
from replay.film.encoder.signals import temporary_folder
from replay.film.first_that_fits import first_that_fits
from replay.film.timeline import Timeline
from replay.types import Track

UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "ki": 2**10, "mi": 2**20, "gi": 2**30}


@dataclass(frozen=True)
class Concession:
    """What is given up for a smaller file.

    `quality` is a step of the formats, `scale` the part of the width that is kept; every `stride`th frame is
    kept.
    """

    quality: int = 0
    scale: float = 1.0
    stride: int = 1

    def __str__(self) -> str:
        given_up = []
        if self.quality:
            given_up.append(f"quality of colours and lines ({self.quality} of {QUALITIES - 1} steps)")
        if self.scale < 1:
            given_up.append(f"{1 - self.scale:.0%} of the width")
        if self.stride > 1:
            given_up.append(f"all but every {self.stride}{_ordinal(self.stride)} frame")
        return ", ".join(given_up) or "nothing"


# From hardly visible to painful. Each step gives about three quarters of the size before. With 15 steps,
# the binary search makes at most five films.
CONCESSIONS = (
    Concession(),
    Concession(1),
    Concession(2),
    Concession(2, 0.9),
    Concession(2, 0.8),
    Concession(2, 0.7),
    Concession(3, 0.8, 2),
    Concession(3, 0.7, 2),
    Concession(3, 0.6, 2),
    Concession(3, 0.6, 3),
    Concession(3, 0.55, 3),
    Concession(3, 0.5, 3),
    Concession(3, 0.45, 4),
    Concession(3, 0.4, 5),
    Concession(3, 0.35, 6),
)
MIN_DPI = 10.0  # the lowest that `check_dpi` allows


def parse_bytes(text: str) -> int:
    """A size such as "2MB", "500 kB" or "1.5MiB", in bytes. Raises OutputError for anything else."""
    found = re.fullmatch(r"(\d{1,15}(?:\.\d+)?)\s*([kmg]?i?)b?", text.strip().lower())
    n_bytes = float(found[1]) * UNITS.get(found[2], 0) if found is not None else 0
    if n_bytes < 1:
        raise OutputError(f"a file size must be given as 2MB, 500kB or 1.5MiB, not {text!r}")
    return int(n_bytes)


def save_within(
    animation: Animation,
    path: str | os.PathLike[str],
    most_bytes: int,
    *,
    dpi: float | None = None,
    loop: int = 0,
    jobs: int = 1,
    track: Track | None = None,
    subtitles: bool = False,
) -> Concession:
    """Write the best film of at most so many bytes, and tell what was given up for it.

    Args:
        animation: The animation to save.
        path: The file to write: .gif, .mp4, .webm or .webp. It appears whole or not at all.
        most_bytes: The size that the file may have.
        dpi: Pixels an inch, 10 to 1200, by default the figure's own.
        loop: How often a GIF or WebP is played, 0 for ever.
        jobs: How many processes draw.
        track: A function that wraps the moments while they are drawn, for a progress bar.
        subtitles: Add a track that tells what happens: .mp4 and .webm.

    Returns:
        The concession: its `quality` (0, the best, to 3), `scale` of the width (0 to 1) and `stride` (every
        n-th frame is kept). `print` tells it in words.

    Raises:
        OutputError: Even the smallest film is too large, or the file cannot be written. Nothing is written
            then.

    >>> from replay import Replay, save_within
    >>> animation = Replay("run.h5").dashboard(size=(640, 320)).animate()
    >>> print(save_within(animation, "run.mp4", 500_000))
    nothing
    """
    path = Path(path).expanduser()
    check_suffix(path, FORMATS)
    with whole_file(path) as partial, temporary_folder() as folder:

        def film(number: int) -> Path:
            made = folder / f"{number}{path.suffix}"
            if not made.exists():
                options = {"loop": loop, "jobs": jobs, "track": track, "subtitles": subtitles}
                _save(animation, made, CONCESSIONS[number], dpi, **options)
            return made

        number = first_that_fits(lambda number: film(number).stat().st_size <= most_bytes, len(CONCESSIONS))
        if number is None:
            least = film(len(CONCESSIONS) - 1).stat().st_size
            raise OutputError(
                f"{path}: cannot be made smaller than {least / 1e6:.2f} MB, without {CONCESSIONS[-1]}: allow "
                "more, or show fewer epochs"
            )
        shutil.copyfile(film(number), partial)
    return CONCESSIONS[number]


def _save(animation: Animation, path: Path, given_up: Concession, dpi: float | None, **options: Any) -> None:
    timeline = _thinned(animation.timeline, given_up.stride)
    full = dpi or animation.composition.figure.dpi
    dpi = max(full * given_up.scale, min(full, MIN_DPI))
    Animation(animation.composition, timeline).save(path, dpi=dpi, quality=given_up.quality, **options)


def _thinned(timeline: Timeline, stride: int) -> Timeline:
    """Keep one in `stride` frames, including the first and the last, with the same duration."""
    n = len(timeline.moments)
    n_kept = min(n, max(2, math.ceil(n / stride)))
    moments = tuple(timeline.moments[place] for place in evenly(n, n_kept))
    return replace(timeline, moments=moments, fps=timeline.fps * n_kept / n)


def _ordinal(number: int) -> str:
    return {2: "nd", 3: "rd"}.get(number, "th")
