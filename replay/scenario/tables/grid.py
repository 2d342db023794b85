"""The cells of a table's text: finds separator, comments and header, and keeps each row's line."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import NamedTuple

from replay.errors import DataError, first_line
from replay.scenario.tables.numbers import MISSING_NUMBERS, SHEET_ERRORS, Marks, doubt, marks_of

SURE = ("\t", ";", "|")  # in every row, they are separators: commas and blanks may stand within cells
SEPARATORS = (*SURE, ",", " ")
YEARS = range(1800, 2200)  # the names of columns, if they count up
LOOKED_AT = 200  # rows, to find the separator
TARGET_NAMES = ("label", "class", "target", "labels", "classes", "targets", "y")
UNNAMED = "Unnamed: 0"  # pandas's name of a first column without heading, in which it writes its index
EXCEL_HINT = re.compile(r"sep=(.)[ \t]*\n", re.IGNORECASE)


class Row(NamedTuple):
    """One row: the line of the file that it begins in, counted from 1, and its cells."""

    line: int
    cells: list[str]


class Grid(NamedTuple):
    """A table's names, None without a header, its rows, the marks within its numbers, and a doubt in them."""

    names: list[str] | None
    rows: list[Row]
    marks: Marks
    doubt: str | None


def grid(text: str) -> Grid:
    """The cells of a text. Raises DataError, without the path, if they make no table."""
    hint = EXCEL_HINT.match(text)
    body = text[hint.end() :] if hint else text
    before = 1 if hint else 0
    if not body.strip(' \n\t",;|'):
        raise DataError("the file is empty")
    separator = hint[1] if hint else separator_of(body)
    rows = [Row(row.line + before, row.cells) for row in _parsed(body, separator) if any(row.cells)]
    comments, rows = _without_comments(rows)
    rows = _of_one_width(_without_empty_columns(rows))
    _check_widths(rows)
    cells = [cell for row in rows for cell in row.cells]
    marks = marks_of(cells, separator)
    headed = _has_header(rows, marks)
    heads = rows[0].cells if headed else _names_in_comment(comments, rows)
    rows = rows[headed:]
    if not rows:
        raise DataError("there is a header, but no row below it")
    return Grid(None if heads is None else _unique(heads), rows, marks, doubt(cells, separator, marks))


def separator_of(text: str) -> str:
    """The separator that gives the first rows the same number of cells, or else suits most of them."""
    fits = {separator: _fit(text, separator) for separator in SEPARATORS}
    at_blanks = fits[" "].numeric if fits[" "].regular == 1 else 0  # a tab may stand among them
    sure = next((one for one in SURE if fits[one].regular == 1 and fits[one].numeric >= at_blanks), None)
    best = sure or max(SEPARATORS, key=lambda separator: sum(fits[separator]))  # the first of equals
    if not fits[best].regular:
        raise DataError(
            "there is one column, but there must be inputs and a target: separate columns with commas, "
            "semicolons, tabs or blanks"
        )
    return best


class _Fit(NamedTuple):
    """How well a separator suits: the shares of rows with the usual number of cells, and of numbers."""

    regular: float
    numeric: float


def _fit(text: str, separator: str) -> _Fit:
    try:
        rows = [row.cells for row in islice(_parsed(text, separator), LOOKED_AT) if any(row.cells)]
    except DataError:
        return _Fit(0, 0)
    rows = [cells for cells in rows if not _is_comment(cells)] or rows
    width, count = max(Counter(map(len, rows)).items(), key=itemgetter(1), default=(0, 0))
    if width < 2:
        return _Fit(0, 0)
    cells = [cell for row in rows for cell in row]
    marks = marks_of(cells, separator)
    return _Fit(count / len(rows), sum(map(marks.is_number, cells)) / len(cells))


def _parsed(text: str, separator: str) -> Iterator[Row]:
    lines = io.StringIO(text)
    source = (" ".join(line.split("\t")).strip() + "\n" for line in lines) if separator == " " else lines
    reader = csv.reader(source, delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            yield Row(line, [cell.strip() if cell.isprintable() else _printable(cell) for cell in cells])
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"line {line} cannot be read: {first_line(error)}") from error


def _without_comments(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The comments, which begin with "#", and the other rows; no comments if most rows begin so."""
    comments = [row for row in rows if _is_comment(row.cells)]
    if len(comments) * 2 > len(rows):
        return [], rows
    return comments, [row for row in rows if not _is_comment(row.cells)]


def _is_comment(cells: Sequence[str]) -> bool:
    return cells[0].startswith("#") and cells[0].casefold() not in SHEET_ERRORS


def _names_in_comment(comments: Sequence[Row], rows: Sequence[Row]) -> list[str] | None:
    """The names in the last comment above the rows, if it has a name for each column."""
    above = [row.cells for row in comments if row.line < rows[0].line]
    if not above:
        return None
    first, *others = above[-1]
    name = first.lstrip("#").strip()
    if not name and len(others) == len(rows[0].cells):  # "# a b label", as NumPy's savetxt writes it
        return others
    return [name or first, *others] if len(others) + 1 == len(rows[0].cells) else None


def _without_empty_columns(rows: list[Row]) -> list[Row]:
    """The rows without columns at their end that have neither name nor cells, as after a last comma."""
    while all(len(row.cells) > 1 and not row.cells[-1] for row in rows):
        rows = [Row(row.line, row.cells[:-1]) for row in rows]
    return rows


def _of_one_width(rows: list[Row]) -> list[Row]:
    """The rows, where all below the header have a cell more: names of the rows, as R writes, or nothing."""
    header, *others = rows
    if not others or any(len(row.cells) != len(header.cells) + 1 for row in others):
        return rows
    if not any(row.cells[-1] for row in others):
        return [header, *(Row(row.line, row.cells[:-1]) for row in others)]
    if len(header.cells) < 2 or any(map(Marks().is_number, header.cells)):
        return rows
    return [Row(header.line, ["", *header.cells]), *others]


def _check_widths(rows: Sequence[Row]) -> None:
    ((usual, _),) = Counter(len(row.cells) for row in rows).most_common(1)
    odd = next((row for row in rows if len(row.cells) != usual), None)
    if odd is not None:
        columns = "1 column" if len(odd.cells) == 1 else f"{len(odd.cells)} columns"
        raise DataError(
            f"row {odd.line} has {columns}, but most rows have {usual}: delete it if it is no data, or give "
            "it as many, and close all quotation marks"
        )


def _has_header(rows: Sequence[Row], marks: Marks) -> bool:
    """Whether the first row holds names. Numbers may be names: the columns of an array, 0, 1, 2, …."""
    first, *others = (row.cells for row in rows)
    columns = list(zip(*others, strict=True)) or [()] * len(first)
    words = [cell.casefold() not in MISSING_NUMBERS and not marks.is_number(cell) for cell in first]
    numbers = [cell for cell, word in zip(first, words, strict=True) if cell and not word]
    if not any(words):
        return _count_up(numbers, (0, *YEARS)) and len(numbers) >= (2 if not first[0] else 3)
    above_numbers = any(
        word and column and marks.numbers(column) is not None
        for word, column in zip(words, columns, strict=True)
    )
    again = any(word and cell in column for word, cell, column in zip(words, first, columns, strict=True))
    if above_numbers or any(cell.casefold() in TARGET_NAMES for cell in first):
        return True
    return not again and (not numbers or _count_up(numbers, (0, *YEARS)))


def _count_up(cells: Sequence[str], starts: Collection[int]) -> bool:
    """Whether cells are whole numbers that count up from one of the starts: names of columns."""
    start = int(cells[0]) if cells[0].isdecimal() else -1
    return start in starts and list(cells) == [str(start + n) for n in range(len(cells))]


def _unique(heads: Sequence[str]) -> list[str]:
    """Names of all columns, with numbers where they are missing or come again."""
    names: dict[str, None] = {}  # in their order
    for number, head in enumerate(heads, start=1):
        name = head or (UNNAMED if number == 1 else f"column {number}")
        names[name if name not in names else f"{name} ({number})"] = None
    return list(names)


def _printable(cell: str) -> str:
    """A cell in one line: a blank for line breaks, control characters and several blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())
