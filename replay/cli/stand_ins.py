"""Stand-ins for characters that the encoding of the output lacks, such as → in ASCII, cp1252 or latin-1."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterable
from typing import Any

NAME = "replay.stand_ins"
RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᶻ", "0123456789+-z", strict=True))
SIGNS = {
    "→": "->", "·": "-", "–": "-", "—": "-", "−": "-", "×": "x", "“": '"', "”": '"', "‘": "'", "’": "'",
    "≤": "<=", "≥": ">=", "≈": "~", "±": "+-", "∞": "inf", "√": "sqrt", "∂": "d", "′": "'", "…": "...",
    "α": "a", "ε": "eps", "λ": "l", "π": "pi", "σ": "s", "χ": "chi", "Φ": "Phi", "Σ": "sum",
    "₁": "1", "₂": "2", "₃": "3", "ᵢ": "i", "ⱼ": "j", **RAISED,
}  # fmt: skip
A_POWER = re.compile(f"[{''.join(RAISED)}]+")


def use(streams: Iterable[Any]) -> None:
    """Make these text streams write stand-ins where they would raise UnicodeEncodeError."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):  # a closed stream is None
            stream.reconfigure(encoding=None if _takes_stand_ins(stream.encoding) else "ascii", errors=NAME)


def _takes_stand_ins(encoding: str) -> bool:
    """Whether text can be written in this encoding: that of domain names, idna, takes single words alone."""
    try:
        return bool("é →\n".encode(encoding, NAME))
    except (UnicodeError, LookupError):
        return False


def in_ascii(text: str) -> str:
    """Text with a sign or letter that looks alike, or else the character's escape, so that names differ."""
    return "".join(map(_stand_in, A_POWER.sub(r"^\g<0>", text)))


def _stand_in(character: str) -> str:
    return SIGNS.get(character) or character.encode("ascii", "backslashreplace").decode()


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """An error handler, as Python calls it: what to write instead, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return in_ascii(error.object[error.start : error.end]), error.end


codecs.register_error(NAME, _replaced)
