"""Messages as the command line spells them: its options in place of Python's arguments."""

from __future__ import annotations

import re

VALUE = r"(?:True|False|None|'[^']*'|\w+)"
OPTION = r"--[a-z0-9-]+"
SPELLINGS = (
    (re.compile(rf"\b\w+={VALUE} \(({OPTION})\)"), r"\1"),  # overwrite=True (--overwrite)
    (re.compile(rf"({OPTION}) \(\w+={VALUE}\)"), r"\1"),  # --no-held-out (held_out=False)
    (re.compile(rf"\(\w+(?:={VALUE})?, ({OPTION})\)"), r"(\1)"),  # (samples, --keep-samples)
)


def with_options(message: str) -> str:
    """A message that names arguments beside their options, without the arguments.

    >>> with_options("replace it with overwrite=True (--overwrite)")
    'replace it with --overwrite'
    """
    for spelled, option in SPELLINGS:
        message = spelled.sub(option, message)
    return message
