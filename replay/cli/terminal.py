"""Escapes text for the terminal: text from a file must not move the cursor, change colours or hide words."""

from __future__ import annotations

import logging


def printable(text: str) -> str:
    """Escape everything that a terminal would interpret, except line breaks."""
    return "\n".join("".join(map(_shown, line)) for line in text.split("\n"))


def on_one_line(text: str) -> str:
    """Escape everything that a terminal would interpret, including line breaks."""
    return "".join(map(_shown, text))


def in_json(text: str, encoding: str = "utf-8") -> str:
    """Write what a terminal would interpret, and what `encoding` lacks, as JSON's own escapes."""
    return "".join(c if _is_harmless(c) and _is_in(encoding, c) else json_escape(c) for c in text)


def json_escape(character: str) -> str:
    """The JSON escape of a character; a surrogate pair beyond 16 bits."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n] << 8 | units[n + 1]:04x}" for n in range(0, len(units), 2))


def warning_line(message: Warning | str, category: type[Warning], *_: object, **__: object) -> str:
    """A replacement for `warnings.formatwarning`: one line with the message, without the source location."""
    return f"{category.__name__}: {' '.join(str(message).split())}"


class PlainFormatter(logging.Formatter):
    """Formats log records as printable text."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text, escaped."""
        return printable(super().format(record))


def _shown(character: str) -> str:
    return character if _is_harmless(character) else character.encode("unicode_escape").decode()


def _is_in(encoding: str, character: str) -> bool:
    return character.isascii() or character.encode(encoding, "ignore") != b""


def _is_harmless(character: str) -> bool:
    """True for letters, signs and spaces; false for control characters and text direction marks."""
    return character.isprintable() or character == "\u00a0"
