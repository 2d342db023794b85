"""Text on its way to a terminal: what a file says must not move the cursor, change colours or hide words."""

from __future__ import annotations

import logging


def printable(text: str) -> str:
    """The text with everything that a terminal would obey, but for line breaks, written as an escape."""
    return "\n".join("".join(map(_shown, line)) for line in text.split("\n"))


def on_one_line(text: str) -> str:
    """The same, with line breaks written as escapes, too."""
    return "".join(map(_shown, text))


def in_json(text: str) -> str:
    """JSON with everything that a terminal would obey written as JSON's own escapes."""
    return "".join(c if _is_harmless(c) else json_escape(c) for c in text)


def json_escape(character: str) -> str:
    """A character as JSON escapes it, in halves where it lies beyond 16 bits."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n] << 8 | units[n + 1]:04x}" for n in range(0, len(units), 2))


def warning_line(message: Warning | str, category: type[Warning], *_: object, **__: object) -> str:
    """A warning in one line, in place of `warnings.formatwarning`: what it says, not where it was raised."""
    return f"{category.__name__}: {' '.join(str(message).split())}"


class PlainFormatter(logging.Formatter):
    """Log records as printable text."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text."""
        return printable(super().format(record))


def _shown(character: str) -> str:
    return character if _is_harmless(character) else character.encode("unicode_escape").decode()


def _is_harmless(character: str) -> bool:
    """Letters, signs and spaces; neither control characters nor those that turn the direction of writing."""
    return character.isprintable() or character == "\u00a0"
