"""Captions: sentences with their seconds in a film, as a WebVTT file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

BLANKS = re.compile(r"[^\S\u00a0\u202f]+")  # but those within numbers


class Cue(NamedTuple):
    """A sentence and when it is told: seconds from the beginning of the film."""

    start: float
    end: float
    text: str


def webvtt(cues: Sequence[Cue]) -> str:
    """The cues as a WebVTT file (W3C, "WebVTT: The Web Video Text Tracks Format")."""
    blocks = [f"{_clock(cue.start)} --> {_clock(cue.end)}\n{_escaped(cue.text)}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks])


def _clock(seconds: float) -> str:
    thousandths = round(seconds * 1000)
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def _escaped(text: str) -> str:
    """Text without markup, on one line: an empty one would end the cue, and so would an arrow."""
    line = BLANKS.sub(" ", text).strip()
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
