"""The text of a table: finds its encoding, and refuses what is no text."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from replay.errors import DataError
from replay.scenario.memory import check_memory
from replay.scenario.regular_file import InPieces, opened

BOMS = (  # UTF-32's begins with UTF-16's
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
LOOKED_AT = 2000  # bytes
LETTERS_LOOKED_AT = 100_000
UNICODE = "utf-8"
WINDOWS = "cp1252"  # what Excel writes in western countries
NO_TEXT = (
    (b"PK", "this is an Excel workbook or a zip archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "this is an Excel workbook: save the sheet as CSV"),
    (b"\x1f\x8b", "this is compressed: unpack it first"),
)
# Its first line may be longer than what is looked at.
LIBSVM = r"[-+]?[0-9.]+(?: +[0-9]+:\S+)++(?: *\n| *[0-9]*:?\Z)"
# Each has one way to match, so that no text takes much time.
OF_OTHER_KINDS = (
    (r"\s*<(!doctype|html|head|body|table|\?xml)\b", "this is HTML or XML: save its table as CSV"),
    (r"\s*(\{|\[\s*[\[{])", "this is JSON: save it as CSV"),
    (r"(?:[^\S\n]*(?:%.*)?\n)*+[^\S\n]*@relation\b", "this is an ARFF file of Weka: save it as CSV"),
    (r"version https://git-lfs", "this only points to the data: fetch them with git lfs pull"),
    (LIBSVM, "this is LIBSVM's format: save it as CSV, a column for each input"),
)
NO_TABLE = "this is no table of text: save it as CSV in UTF-8"
WIDE = re.compile(r"[^\x00-\xff]")
ABOVE_16_BITS = re.compile(r"[\U00010000-\U0010ffff]")
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_text(path: Path, most: int) -> tuple[str, str]:
    """The text of a file, with "\\n" between its lines, and its encoding, within `most` bytes of memory.

    Raises OSError if it cannot be opened, and DataError, without the path, if it is no text or too large.
    """
    with opened(path, most) as file:
        start = file.read(LOOKED_AT)
        for bytes_, remedy in NO_TEXT:
            if start.startswith(bytes_):
                raise DataError(remedy)
        for encoding in _encodings(start):
            file.seek(0)
            try:
                text = _decoded(file, encoding, most)
            except UnicodeError:
                continue
            _check_kind(text[:LETTERS_LOOKED_AT])
            return text, encoding
    raise DataError(NO_TABLE)


def _check_kind(start: str) -> None:
    for pattern, remedy in OF_OTHER_KINDS:
        if re.match(pattern, start, re.IGNORECASE):
            raise DataError(remedy)


def _encodings(start: bytes) -> tuple[str, ...]:
    """The encodings to try, told from the first bytes."""
    for mark, name in BOMS:
        if start.startswith(mark):
            return (name,)
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):  # Latin letters: every second byte is 0
        if start[first::2].count(0) > 0.6 * len(start) / 2:
            return (name,)
    return UNICODE, WINDOWS


def _decoded(file: InPieces, encoding: str, most: int) -> str:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    parts: list[str] = []
    n_letters = widest = 0
    for data in file.pieces():
        part = decoder.decode(data)
        if CONTROL.search(part):
            raise DataError(NO_TABLE)
        parts.append(part)
        n_letters, widest = n_letters + len(part), max(widest, _bytes_each(part))
        check_memory(n_letters * widest, most)
    return "".join([*parts, decoder.decode(b"", final=True)])


def _bytes_each(text: str) -> int:
    """The memory that a letter of a text takes: 1, 2 or 4 bytes, as the widest needs it."""
    if text.isascii() or not WIDE.search(text):
        return 1
    return 4 if ABOVE_16_BITS.search(text) else 2
