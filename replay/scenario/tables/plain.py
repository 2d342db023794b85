"""Tables that hold numbers alone, read at once: many times faster and smaller than cell by cell."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import partial
from itertools import islice

import numpy as np

from replay.scenario.memory import check_memory
from replay.scenario.tables.columns import EXACT, Column, names_of
from replay.scenario.tables.grid import (
    SEPARATORS,
    Row,
    Source,
    has_header,
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
    row = next((row for row in rows_of(lines, table.separator) if any(row.cells)), None)
    if row is None or row.is_comment or marks_of(row.cells, table.separator) != POINTS:
        return None
    first = row.cells
    headed = has_header([Row(1, first), Row(2, ["0"] * len(first))], POINTS)  # as if numbers were below
    numbers = _numbers(lines if headed else lines_of(table.text), table.separator)
    if numbers is None or numbers.shape[1] != len(first):
        return None
    names = names_of(unique(first) if headed else None, len(first))
    return [
        Column(name, known=column, written=partial(_written, table, n, len(first), headed))
        for n, (name, column) in enumerate(zip(names, numbers.T, strict=True))
    ]


def _written(table: Source, place: int, n_columns: int, headed: bool) -> Iterator[str]:
    """The cells of the column at this place, as the file has them."""
    if QUOTE in table.text:
        rows = (row.cells for row in rows_of(lines_of(table.text), table.separator) if any(row.cells))
        return (cells[place] for cells in islice(rows, headed, None))
    separator = None if table.separator == " " else table.separator
    lines = (line for line in lines_of(table.text) if line.strip())
    return (_cut_out(line, separator, place, n_columns) for line in islice(lines, headed, None))


def _cut_out(line: str, separator: str | None, place: int, n_columns: int) -> str:
    """One cell of a line; not more of the line is cut than that takes."""
    if place == n_columns - 1:
        return line.rsplit(separator, 1)[-1].strip()
    return line.split(separator, place + 1)[place].strip()


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
