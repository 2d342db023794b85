"""The text of a table: finds its encoding, and refuses what is no text."""

from __future__ import annotations

import codecs
import io
import re
from pathlib import Path

from replay.errors import DataError, first_line

BOMS = (  # UTF-32's begins with UTF-16's
    *((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig")),
    *((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")),
)
UNICODE = "utf-8"
WINDOWS = "cp1252"  # what Excel writes in western countries
NO_TEXT = (
    (b"PK", "this is an Excel workbook or a zip archive: save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "this is an Excel workbook: save the sheet as CSV"),
    (b"\x1f\x8b", "this is compressed: unpack it first"),
)
OF_OTHER_KINDS = (
    (r"\s*<(!doctype|html|head|body|table|\?xml)\b", "this is HTML or XML: save its table as CSV"),
    (r"\s*(\{|\[\s*[\[{])", "this is JSON: save it as CSV"),
    (r"(\s*%.*\n|\s*\n)*\s*@relation\b", "this is an ARFF file of Weka: save it as CSV"),
    (r"version https://git-lfs", "this only points to the data: fetch them with git lfs pull"),
    (r"[-+]?[0-9.]+( +[0-9]+:\S+)+ *\n", "this is LIBSVM's format: save it as CSV, a column for each input"),
)
NO_TABLE = "this is no table of text: save it as CSV in UTF-8"
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file, with "\\n" between its lines, and its encoding.

    Raises DataError, without the path, if it cannot be read or is no text.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"the file cannot be read: {error.strerror or first_line(error)}") from error
    for start, remedy in NO_TEXT:
        if data.startswith(start):
            raise DataError(remedy)
    encoding = _encoding(data)
    try:
        text = io.IncrementalNewlineDecoder(None, translate=True).decode(data.decode(encoding), final=True)
    except UnicodeDecodeError as error:
        raise DataError(NO_TABLE) from error
    if CONTROL.search(text):
        raise DataError(NO_TABLE)
    for pattern, remedy in OF_OTHER_KINDS:
        if re.match(pattern, text, re.IGNORECASE):
            raise DataError(remedy)
    return text, encoding


def _encoding(data: bytes) -> str:
    for mark, name in BOMS:
        if data.startswith(mark):
            return name
    start = data[:2000]
    for first, name in ((1, "utf-16-le"), (0, "utf-16-be")):  # Latin letters: every second byte is 0
        if start[first::2].count(0) > 0.6 * len(start) / 2:
            return name
    try:
        data.decode(UNICODE)
    except UnicodeDecodeError:
        return WINDOWS
    return UNICODE
