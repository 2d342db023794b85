"""Tables that hold numbers alone, read at once: many times faster and smaller than cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np

from replay.scenario.memory import check_memory
from replay.scenario.tables.columns import EXACT, Column, names_of
from replay.scenario.tables.grid import (
    SEPARATORS,
    Row,
    Source,
    has_header,
    is_comment,
    lines_of,
    rows_of,
    unique,
)
from replay.scenario.tables.numbers import POINTS, doubt, marks_of
from replay.types import Array

NUMBER = 16  # bytes: in its column, and among the inputs
QUOTE = '"'


def plain_columns(table: Source, most: int) -> list[Column] | None:
    """The columns of a table of finite numbers, if they take at most `most` bytes; None of another table."""
    if table.separator not in SEPARATORS:
        return None
    if table.separator == " " and _has_other_blanks(table.text):
        return None
    check_memory(len(table.text) + NUMBER * table.n_cells, most)
    lines = lines_of(table.text)
    first = next((row.cells for row in rows_of(lines, table.separator) if any(row.cells)), [])
    if not first or is_comment(first) or marks_of(first, table.separator) != POINTS:
        return None
    headed = has_header([Row(1, first), Row(2, ["0"] * len(first))], POINTS)  # as if numbers were below
    numbers = _numbers(lines if headed else lines_of(table.text), table.separator)
    if numbers is None or numbers.shape[1] != len(first):
        return None
    names = names_of(unique(first) if headed else None, len(first))
    return [Column(name, known=column) for name, column in zip(names, numbers.T, strict=True)]


def plain_doubt(table: Source) -> str | None:
    """The doubt in a table of numbers alone; only as many cells are looked at as it takes."""
    if "." not in table.text:
        return None
    rows = rows_of(lines_of(table.text), table.separator)
    return doubt((cell for row in rows for cell in row.cells), table.separator, POINTS)


def _has_other_blanks(text: str) -> bool:
    """Whether a text may have blanks, at which NumPy separates numbers and a table does not."""
    return not text.isascii() or "\v" in text or "\f" in text


def _numbers(lines: Iterator[str], separator: str) -> Array | None:
    """The numbers (n_rows, n_columns) in lines; None if one is missing, huge, infinite or something else."""
    delimiter = None if separator == " " else separator
    try:
        with warnings.catch_warnings(action="ignore"):  # where there is no line
            found = np.loadtxt(lines, delimiter=delimiter, comments=None, quotechar=QUOTE, ndmin=2)
    except ValueError:
        return None
    return found if len(found) and found.min() > -EXACT and found.max() < EXACT else None
