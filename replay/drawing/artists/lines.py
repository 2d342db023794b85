"""A text in lines: parted at spaces, between letters of East Asia, and within words longer than a line."""

from __future__ import annotations

import unicodedata
from textwrap import wrap

from replay.drawing.artists.letters import letters

OPENING, CLOSING = ("Ps", "Pi"), ("Pe", "Pf", "Po")


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of so many letters; a wide one, as of Chinese, takes two columns.

    No line begins with what closes a clause or ends with what opens one.
    """
    if len(letters(text)) == len(text) == _columns(text):
        return wrap(text, columns)
    lines: list[str] = [""]
    for piece in _pieces(text, columns):
        if lines[-1] and _columns(lines[-1] + piece.rstrip()) > columns:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += piece
    return [*lines[:-1], lines[-1].rstrip()]


def _pieces(text: str, columns: int) -> list[str]:
    """What stands on one line together: words with the space after them, and letters that are words."""
    pieces: list[str] = []
    for letter in letters(text):
        if pieces and _stay_together(pieces[-1], letter, columns):
            pieces[-1] += letter
        else:
            pieces.append(letter)
    return pieces


def _stay_together(piece: str, letter: str, columns: int) -> bool:
    if letter.isspace():
        return True
    if piece[-1].isspace() or _columns(piece + letter) > columns:
        return False
    if unicodedata.category(letter[0]) in CLOSING or unicodedata.category(piece[-1]) in OPENING:
        return True
    return not _is_wide(letter[0]) and not _is_wide(piece[-1])


def _columns(text: str) -> int:
    return sum(1 + _is_wide(letter[0]) for letter in letters(text))


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"
