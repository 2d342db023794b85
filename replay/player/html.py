"""Writes the page as one HTML file: fills title, data and still into page.html, built from player/src."""

from __future__ import annotations

import base64
import html
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from replay.film.description import Description
from replay.language.message import Message, spoken

MARKERS = ("LANGUAGE", "TITLE", "DESCRIPTION", "DATA", "STILL", "APOLOGY")
SENTENCE = Message(
    "This page replays the training of a neural network. It needs JavaScript, which is switched off here: "
    "the picture shows one moment of it."
)
APOLOGY = Message("This page cannot be shown here. A newer browser may help.")


@dataclass(frozen=True)
class Still:
    """A WebP of `size` (width, height) in pixels, for readers without JavaScript; `words` is its alt text."""

    content: bytes
    size: tuple[int, int]
    words: str


def write_page(title: str, data: str, still: Still | None, told: Description | None = None) -> str:
    """The HTML of the page with this `title` and `data`, which is from `script_text`.

    What it says without JavaScript is in the language that is spoken now, and `told` in words.
    """
    parts = {
        "LANGUAGE": spoken(),
        "TITLE": _text(title),
        "DESCRIPTION": "" if told is None else _text(told.alt),
        "DATA": data,
        "APOLOGY": _text(str(APOLOGY)),
        "STILL": "" if still is None else _image(still, "" if told is None else told.text),
    }
    # Replace all in one pass: the inserted text may contain what looks like a marker.
    return re.sub(f"%%({'|'.join(MARKERS)})%%", lambda marker: parts[marker[1]], page_template())


@cache
def page_template() -> str:
    """The built page, with a marker for each part to fill in."""
    return Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def _text(text: str) -> str:
    """Escape text for an element or an attribute, and replace characters that HTML forbids."""
    allowed = re.sub("[\x00-\x1f\x7f-\x9f]", " ", text).encode("utf-8", "replace").decode("utf-8")
    return html.escape(allowed)


def _image(still: Still, text: str) -> str:
    content = base64.b64encode(still.content).decode("ascii")
    width, height = still.size
    paragraphs = "".join(f"<p>{_text(each)}</p>" for each in (str(SENTENCE), text) if each)
    return (
        f'<img src="data:image/webp;base64,{content}" alt="{_text(still.words)}" '
        f'width="{width}" height="{height}">{paragraphs}'
    )
