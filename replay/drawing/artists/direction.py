"""Names that are written from right to left, within a text of ours that is written from left to right."""

from __future__ import annotations

import re
import unicodedata

# Characters of the bidirectional algorithm, https://unicode.org/reports/tr9, which show nothing.
LEFT_TO_RIGHT = "\u200e"
ISOLATE, END = "\u2068", "\u2069"  # what is between them has a direction of its own
RIGHT_TO_LEFT = ("R", "AL")
QUOTED = re.compile("(?<=“)[^“”]+(?=”)")


def isolated(name: str) -> str:
    """A name so marked that it does not change the order of the words and numbers around it."""
    return f"{ISOLATE}{name}{END}" if _has_right_to_left(name) else name


def left_to_right(text: str) -> str:
    """A text of ours that may quote names, so marked that it stays in order."""
    if not _has_right_to_left(text):
        return text
    return LEFT_TO_RIGHT + QUOTED.sub(lambda name: isolated(name[0]), text)


def _has_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(one) in RIGHT_TO_LEFT for one in text)
