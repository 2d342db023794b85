"""The columns of a table: their cells, and whether these are numbers, words, yes and no, or only a count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from replay.errors import DataError, shown
from replay.network.data_description import visible
from replay.scenario.tables.grid import UNNAMED, Grid
from replay.scenario.tables.numbers import MISSING_NUMBERS, MISSING_WORDS, POINTS, Marks, unit
from replay.types import Array

INDEX_NAMES = ("id", "index", "idx", "#", "nr", "nr.", "no", "no.", "row", "rowid", "rownames", "obs")
NO_YES = (("false", "true"), ("no", "yes"))
EXACT = 2.0**53  # up to here, float64 tells all whole numbers apart
CANONICAL = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?(e[-+][0-9]{2,3})?", re.IGNORECASE)
MAX_WORDS = 20  # in a column that becomes inputs
MAX_LETTERS = 50_000_000  # in an array, where every text takes as much as the longest
WITH_POINTS = "numbers with decimal points"


@dataclass(frozen=True, eq=False)
class Column:
    """One column: its name, its cells, the line of each in the file, and the marks in the table's numbers.

    `exact` has the cells that hold what cannot be seen, by their row, as the file has them. Of a table of
    numbers alone, only these are `known`, and no cells, but `written` gives them.
    """

    name: str
    cells: Sequence[str] = ()
    lines: Sequence[int] = ()
    marks: Marks = POINTS
    known: Array | None = None
    exact: Mapping[int, str] = field(default_factory=dict)
    written: Callable[[], Iterator[str]] | None = None

    @property
    def title(self) -> str:
        """What messages call it."""
        return self.name if self.name.startswith("column ") else f"column {self.name}"

    @cached_property
    def numbers(self) -> Array | None:
        """Its numbers (n_rows,), NaN where one is missing; None if it holds words, or nothing."""
        return self.marks.numbers(self.cells) if self.known is None else self.known

    @cached_property
    def missing(self) -> Array:
        """Which cells are missing (n_rows,)."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        known_as = MISSING_NUMBERS if self.is_empty else MISSING_WORDS
        return np.array([cell.casefold() in known_as for cell in self.cells])

    @cached_property
    def is_empty(self) -> bool:
        """Whether every cell is missing."""
        return self.known is None and all(cell.casefold() in MISSING_NUMBERS for cell in self.cells)

    @cached_property
    def words(self) -> list[str]:
        """Its different words, in alphabetical order."""
        return sorted({cell for cell, no in zip(self._as_written(), self.missing, strict=True) if not no})

    @property
    def loses_digits(self) -> bool:
        """Whether numbers that differ in the table, such as ids of 19 digits, are the same as float64."""
        numbers = self.numbers
        if numbers is None or not self.cells or np.abs(numbers).max() < EXACT:
            return False
        return len(set(self.cells)) > len(np.unique(numbers)) and all(map(str.isdecimal, self.cells))

    def differs_from_its_numbers(self, strictly: bool) -> bool:
        """Whether a cell is written unlike a number: 01, +1 or 1e0.

        If `strictly`, also whether a number is written in two ways: 1 and 1.0.
        """
        words = set(self._as_written())
        if not all(map(is_canonical, words)):
            return True
        return strictly and len(words) > len(set(map(float, words)))

    def texts(self) -> Array:
        """Its cells (n_rows,) as text. Raises DataError if one is so long that all take much memory."""
        cells = list(self._as_written())
        longest = max(cells, key=len)
        if len(longest) * len(cells) > MAX_LETTERS:
            raise DataError(
                f"{self.title} holds a text of {len(longest):,} letters, {shown(longest)}: leave it out with "
                f"--ignore {quoted(self.name)}"
            )
        return np.array(cells)

    def _as_written(self) -> Iterator[str]:
        """Its cells as the file has them."""
        if self.written is not None:
            return self.written()
        if not self.exact:
            return iter(self.cells)
        return (self.exact.get(n, cell) for n, cell in enumerate(self.cells))

    @property
    def holds_few_words(self) -> bool:
        """Whether it holds words that come again: the names of classes rather than of samples."""
        return self.numbers is None and not self.is_empty and self.are_few(MAX_WORDS)

    def are_few(self, most: int) -> bool:
        """Whether its words are at most `most`, and at most half as many as its rows."""
        return len(self.words) <= min(most, max(2, len(self.cells) // 2))

    @property
    def says_nothing(self) -> bool:
        """Whether it is empty, or tells the rows apart and nothing else: an index, the number of the row."""
        return self.is_empty or self.only_counts

    @property
    def only_counts(self) -> bool:
        """Whether it tells the rows apart and nothing else: an index, or the number of the row."""
        if self.name == UNNAMED:
            return True
        numbers = self.numbers
        if numbers is None or len(numbers) < 2:
            return False
        if self.name.casefold() in INDEX_NAMES and np.array_equal(numbers, np.round(numbers)):
            return len(np.unique(numbers)) == len(numbers)
        first, second = numbers[:2]  # which tell it of most columns, without all the others
        begins = first in (0, 1) and second == first + 1 and len(numbers) > 2
        return bool(begins and (np.diff(numbers) == 1).all())

    def check_one_kind(self) -> None:
        """Raise DataError if its cells are of several kinds, naming the first cell of the fewer."""
        if self.numbers is not None or self.is_empty:
            return
        here = [n for n, no in enumerate(self.missing) if not no]
        kinds = [self._kind(self.cells[n]) for n in here]
        counts = Counter(kinds)
        usual = max(counts, key=lambda kind: (counts[kind], kind != "words"))
        if len(counts) > 1:
            odd = here[next(n for n, kind in enumerate(kinds) if kind != usual)]
            why = f"where others have {usual}"
            if self.marks.is_too_large(self.cells[odd]):
                why = "a number that is too large"
            raise DataError(
                f"{self._cell(odd)}, {why}: correct the cell, delete the row, or leave the column out "
                f"with --ignore {quoted(self.name)}"
            )
        if usual == WITH_POINTS:
            raise DataError(
                f"{self._cell(here[0])}, but numbers in other columns have decimal commas: write all alike"
            )

    def _cell(self, n: int) -> str:
        return f"row {self.lines[n]} holds {shown(self.cells[n])} in {self.title}"

    def _kind(self, cell: str) -> str:
        if self.marks.is_number(cell):
            return f"numbers with {unit(cell)}" if unit(cell) else "numbers"
        return WITH_POINTS if self.marks.differ_in(cell) else "words"

    def rows(self, chosen: Array) -> Column:
        """The column with the chosen rows alone."""
        places = np.flatnonzero(chosen).tolist()
        exact = {new: self.exact[old] for new, old in enumerate(places) if old in self.exact}
        cells, lines = [self.cells[n] for n in places], [self.lines[n] for n in places]
        return Column(self.name, cells, lines, self.marks, exact=exact)


def columns_of(table: Grid) -> list[Column]:
    """The columns of a table; without a header they are called "column 1", "column 2", …."""
    lines = [row.line for row in table.rows]
    cells = list(zip(*(row.cells for row in table.rows), strict=True))
    names = names_of(table.names, len(cells))
    exact: list[dict[int, str]] = [{} for _ in names]
    odd_rows = ((n, row.exact) for n, row in enumerate(table.rows) if row.exact)
    for n, odd_cells in odd_rows:
        for place, cell in odd_cells.items():
            exact[place][n] = cell
    return [
        Column(name, some, lines, table.marks, exact=odd)
        for name, some, odd in zip(names, cells, exact, strict=True)
    ]


def names_of(heads: list[str] | None, n: int) -> list[str]:
    """The names of `n` columns: their heads or, without a header, "column 1", "column 2", …."""
    return heads or [f"column {number}" for number in range(1, n + 1)]


def as_inputs(column: Column) -> tuple[list[str], Array]:
    """The names of a column's inputs, and their values (n_rows, n_names) float64.

    A number is one input, and so are yes and no, or true and false. Of words, each becomes an input, which is
    1 where the column holds it. Raises DataError if there are too many words.
    """
    column.check_one_kind()
    if column.numbers is not None:
        return [column.name], column.numbers[:, None]
    words = column.words
    folded = sorted({word.casefold() for word in words})
    if tuple(folded) in NO_YES:
        return [column.name], np.array([[float(cell.casefold() == folded[1])] for cell in column.cells])
    if not column.are_few(MAX_WORDS):
        raise DataError(
            f"{column.title} holds {len(words)} different words, such as {shown(words[0])}: leave it out "
            f"with --ignore {quoted(column.name)}, or give it numbers"
        )
    names = [f"{column.name}={visible(word)}" for word in words]
    return names, (column.texts()[:, None] == words).astype(np.float64)


def is_canonical(word: str) -> bool:
    """Whether a word is how programs write a number: 1, -1.50 or 1.0e+39, but not 01, +1, 1e0 or 1,000."""
    return CANONICAL.fullmatch(word) is not None


def quoted(name: str) -> str:
    """A name as it is typed on a command line."""
    return f'"{name}"' if " " in name else name
