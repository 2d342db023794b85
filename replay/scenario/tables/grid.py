"""The cells of a table's text: finds separator, comments and header, and keeps each row's line."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from replay.errors import DataError, first_line
from replay.network.data_description import MAX_NAME
from replay.scenario.memory import check_memory
from replay.scenario.tables.numbers import MISSING_NUMBERS, POINTS, SHEET_ERRORS, Marks, doubt, marks_of

SURE = ("\t", ";", "|")  # in every row, they are separators: commas and blanks may stand within cells
SEPARATORS = (*SURE, ",", " ")
STARTS = frozenset(("0", *map(str, range(1800, 2200))))  # of names that count up: numbers or years
LOOKED_AT = 200  # rows, to find the separator
CELLS_LOOKED_AT = 100_000  # in these rows: there may be fewer of them
MAX_COLUMNS = 50_000
CELL, ROW = 80, 250  # bytes that they take as text, beside the letters
TARGET_NAMES = ("label", "class", "target", "labels", "classes", "targets", "y")
UNNAMED = "Unnamed: 0"  # pandas's name of a first column without heading, in which it writes its index
NOTHING: Mapping[int, str] = MappingProxyType({})
EXCEL_HINT = re.compile(r"sep=([\t ]|[^\w\s\x22\x27.+-])[ \t]*\n", re.IGNORECASE)


class UnreadableRowError(DataError):
    """A row cannot be read with a separator, maybe with another."""


class Row(NamedTuple):
    """One row: the line of the file that it begins in, counted from 1, and its cells, on one line each.

    `exact` has the cells that hold what cannot be seen, by their number, as the file has them.
    """

    line: int
    cells: list[str]
    exact: Mapping[int, str] = NOTHING
    begins_with_hash: bool = False

    @property
    def is_comment(self) -> bool:
        """Whether it is a comment: its line begins with "#", as the errors of a spreadsheet do."""
        return self.begins_with_hash and self.cells[0].casefold() not in SHEET_ERRORS


class Grid(NamedTuple):
    """A table's names, None without a header, its rows, the marks within its numbers, and a doubt in them.

    `n_comments` are the comments below its first row.
    """

    names: list[str] | None
    rows: list[Row]
    marks: Marks
    doubt: str | None
    n_comments: int = 0


class Source(NamedTuple):
    """The text of a table, what separates its cells, and how many lines of the file are before it."""

    text: str
    separator: str
    before: int = 0

    @property
    def n_cells(self) -> int:
        """How many cells there are at most."""
        return self.text.count(self.separator) + self.n_lines

    @property
    def n_lines(self) -> int:
        """How many lines there are at most."""
        return self.text.count("\n") + 1

    @property
    def memory(self) -> int:
        """The bytes that its cells take at most as text."""
        return len(self.text) + ROW * self.n_lines + CELL * self.n_cells


def source(text: str) -> Source:
    """The table in a text. Raises DataError, without the path, if there is none."""
    hint = EXCEL_HINT.match(text)
    body = text[hint.end() :] if hint else text
    if not body.strip(' \n\t",;|'):
        raise _empty(body)
    return Source(body, hint[1], 1) if hint else Source(body, separator_of(body))


def _empty(text: str) -> DataError:
    """The error to raise for a text without a value."""
    if not text.strip():
        return DataError("the file is empty")
    return DataError("the file holds separators or quotation marks alone: save the table again")


def grid(table: Source, most: int) -> Grid:
    """The cells of a table, if they take at most `most` bytes of memory.

    Raises DataError, without the path, if they take more, or make no table.
    """
    check_memory(table.memory, most)
    parsed = rows_of(lines_of(table.text), table.separator)
    rows = [row for row in parsed if any(row.cells)]
    if table.before:
        rows = [row._replace(line=row.line + table.before) for row in rows]
    if not rows:
        raise _empty(table.text)
    comments, rows = _without_comments(rows)
    rows = _of_one_width(_without_empty_columns(rows))
    _check_widths(rows)
    cells = [cell for row in rows for cell in row.cells]
    marks = marks_of(cells, table.separator)
    headed = has_header(rows, marks)
    heads = rows[0].cells if headed else _names_in_comment(comments, rows)
    rows = rows[headed:]
    if not rows:
        raise DataError("there is a header, but no row below it")
    note = doubt(cells, table.separator, marks)
    n_comments = sum(row.line > rows[0].line for row in comments)
    return Grid(None if heads is None else unique(heads), rows, marks, note, n_comments)


def separator_of(text: str) -> str:
    """The separator that gives the first rows the same number of cells, or else suits most of them."""
    fits = {separator: _fit(text, separator) for separator in SEPARATORS}
    at_blanks = fits[" "].numeric if fits[" "].regular == 1 else 0  # a tab may stand among them
    sure = next((one for one in SURE if fits[one].regular == 1 and fits[one].numeric >= at_blanks), None)
    best = sure or max(SEPARATORS, key=lambda separator: fits[separator].score)  # the first of equals
    if not fits[best].regular:
        refused = next((fit.refused for fit in fits.values() if fit.refused), None)
        raise refused or DataError(
            "there is one column, but there must be inputs and a target: separate columns with commas, "
            "semicolons, tabs or blanks"
        )
    return best


class _Fit(NamedTuple):
    """How well a separator suits: the shares of rows with the usual number of cells, and of numbers."""

    regular: float = 0
    numeric: float = 0
    refused: DataError | None = None

    @property
    def score(self) -> float:
        """How well it suits, from 0 to 2."""
        return self.regular + self.numeric


def _fit(text: str, separator: str) -> _Fit:
    try:
        found = [row for row in _first(rows_of(lines_of(text), separator)) if any(row.cells)]
    except UnreadableRowError as error:
        return _Fit(refused=error)
    rows = [row.cells for row in found if not row.is_comment] or [row.cells for row in found]
    width, count = max(Counter(map(len, rows)).items(), key=itemgetter(1), default=(0, 0))
    if width < 2:
        return _Fit()
    cells = [cell for row in rows for cell in row]
    marks = marks_of(cells, separator)
    return _Fit(count / len(rows), sum(map(marks.is_number, cells)) / len(cells))


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    """The first rows, fewer if these have very many cells."""
    n_cells = 0
    for row in islice(rows, LOOKED_AT):
        yield row
        n_cells += len(row.cells)
        if n_cells > CELLS_LOOKED_AT:
            return


def lines_of(text: str) -> Iterator[str]:
    """The lines of a text, each with its end, one after the other: together they would take more memory."""
    start = 0
    while start < len(text):
        end = text.find("\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


def rows_of(lines: Iterator[str], separator: str) -> Iterator[Row]:
    """The rows of a table; not more lines are taken than they need. Raises DataError where they are none."""
    taken: list[str] = []  # the lines of a row
    narrow = _narrow(lines, separator, taken)
    plain = (" ".join(line.split("\t")).strip() + "\n" for line in narrow) if separator == " " else narrow
    reader = csv.reader(plain, delimiter=separator, skipinitialspace=True)
    line = 1
    try:
        for cells in reader:
            yield _row(line, cells, taken[0])
            line = reader.line_num + 1
            taken.clear()
    except csv.Error as error:
        raise UnreadableRowError(f"line {line} {_reason(error)}") from error


def _row(line: int, cells: list[str], begin: str) -> Row:
    """The row of these cells, whose first line is `begin`."""
    if "".join(cells).isprintable():
        clean, exact = list(map(str.strip, cells)), NOTHING
    else:
        clean = [_printable(cell) for cell in cells]
        exact = {n: cell.strip() for n, cell in enumerate(cells) if not cell.strip().isprintable()}
    begins_with_hash = bool(clean) and clean[0].startswith("#") and begin.lstrip().startswith("#")
    return Row(line, clean, exact, begins_with_hash)


def _narrow(lines: Iterator[str], separator: str, taken: list[str]) -> Iterator[str]:
    """The lines, of which `taken` has those that were taken. Raises DataError for one of many columns."""
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_COLUMNS and line.count(separator) >= MAX_COLUMNS:
            raise DataError(f"line {number} has more than {MAX_COLUMNS:,} columns: leave some out")
        taken.append(line)
        yield line


def _reason(error: csv.Error) -> str:
    if "field limit" not in str(error):
        return f"cannot be read: {first_line(error)}"
    return (
        f"has a cell of more than {csv.field_size_limit():,} letters: this is no table, or a quotation mark "
        "is left open"
    )


def _without_comments(rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The comments, which begin with "#", and the other rows; no comments if most rows begin so."""
    comments = [row for row in rows if row.is_comment]
    if len(comments) * 2 > len(rows):
        return [], rows
    return comments, [row for row in rows if not row.is_comment]


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
    if any(row.cells[-1] for row in rows):
        return rows
    n_empty = min(map(_n_empty_at_end, rows))
    return [row._replace(cells=row.cells[:-n_empty]) for row in rows]


def _n_empty_at_end(row: Row) -> int:
    return next(number for number, cell in enumerate(reversed(row.cells)) if cell)


def _of_one_width(rows: list[Row]) -> list[Row]:
    """The rows, where all below the header have a cell more: names of the rows, as R writes, or nothing."""
    header, *others = rows
    if not others or any(len(row.cells) != len(header.cells) + 1 for row in others):
        return rows
    if not any(row.cells[-1] for row in others):
        return [header, *(row._replace(cells=row.cells[:-1]) for row in others)]
    if len(header.cells) < 2 or any(map(POINTS.is_number, header.cells)):
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


def has_header(rows: Sequence[Row], marks: Marks) -> bool:
    """Whether the first row holds names. Numbers may be names: the columns of an array, 0, 1, 2, …."""
    first, *others = (row.cells for row in rows)
    columns = list(zip(*others, strict=True)) or [()] * len(first)
    words = [cell.casefold() not in MISSING_NUMBERS and not marks.is_number(cell) for cell in first]
    numbers = [cell for cell, word in zip(first, words, strict=True) if cell and not word]
    if not any(words):
        return _count_up(numbers) and len(numbers) >= (2 if not first[0] else 3)
    above_numbers = any(
        word and column and marks.numbers(column) is not None
        for word, column in zip(words, columns, strict=True)
    )
    again = any(word and cell in column for word, cell, column in zip(words, first, columns, strict=True))
    if above_numbers or any(cell.casefold() in TARGET_NAMES for cell in first):
        return True
    return not again and (not numbers or _count_up(numbers))


def _count_up(cells: Sequence[str]) -> bool:
    """Whether cells are whole numbers that count up from 0 or from a year: names of columns."""
    return cells[0] in STARTS and list(cells) == [str(int(cells[0]) + n) for n in range(len(cells))]


def unique(heads: Sequence[str]) -> list[str]:
    """Names of all columns, with numbers where they are missing or come again."""
    names: dict[str, None] = {}  # in their order
    for number, head in enumerate(heads, start=1):
        name = head[:MAX_NAME].strip() or (UNNAMED if number == 1 else f"column {number}")
        while name in names:
            name = f"{name} ({number})"
        names[name] = None
    return list(names)


def _printable(cell: str) -> str:
    """A cell in one line: a blank for line breaks, control characters and several blanks."""
    if cell.isprintable():
        return cell.strip()
    return " ".join("".join(c if c.isprintable() else " " for c in cell).split())
