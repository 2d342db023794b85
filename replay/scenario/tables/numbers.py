"""Numbers as people write them: decimal points or commas, grouped thousands, missing cells."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from replay.types import Array

MISSING_WORDS = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "<na>", "?"))
MISSING_NUMBERS = MISSING_WORDS | {"none", "-", "--", "."}  # these may be words, among words
# Minus signs and blanks that word processors and spreadsheets put into numbers.
PLAIN = str.maketrans({"\u2212": "-", "\u00a0": None, "\u202f": None})
LIKE_NUMBERS = re.compile(r"[-+.,eE]*[0-9][-+0-9.,eE]*")  # one way to match: no time is lost
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
GROUPED_BY_POINTS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}")


@dataclass(frozen=True)
class Marks:
    """The signs within a table's numbers: before the decimals, and between groups of thousands."""

    decimal: str = "."
    grouping: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        decimal, grouping = re.escape(self.decimal), re.escape(self.grouping)
        whole = rf"(?:[0-9]{{1,3}}(?:{grouping}[0-9]{{3}})+|[0-9]+)" if grouping else "[0-9]+"
        return re.compile(rf"[+-]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]+)?")

    def is_number(self, cell: str) -> bool:
        """Whether a cell is a finite number."""
        return bool(self._pattern.fullmatch(cell.translate(PLAIN))) and math.isfinite(self.number(cell))

    def number(self, cell: str) -> float:
        """The number in a cell that holds one."""
        plain = cell.translate(PLAIN)
        if self.grouping:
            plain = plain.replace(self.grouping, "")
        return float(plain.replace(self.decimal, "."))

    def numbers(self, cells: Sequence[str]) -> Array | None:
        """The numbers in cells, NaN where one is missing. None if one is a word, or all are missing."""
        plain = _plain_numbers(cells) if self == POINTS else None
        if plain is not None:
            return plain
        missing = np.array([cell.casefold() in MISSING_NUMBERS for cell in cells])
        present = [cell for cell, no in zip(cells, missing, strict=True) if not no]
        if not present or not all(map(self.is_number, present)):
            return None
        values = np.full(len(cells), np.nan)
        values[~missing] = list(map(self.number, present))
        return values


POINTS = Marks()


def _plain_numbers(cells: Sequence[str]) -> Array | None:
    """All cells at once, many times faster, where nothing about them is special."""
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        return None
    return values if np.isfinite(values).all() and "_" not in "".join(cells) else None


def marks_of(cells: Iterable[str], separator: str) -> Marks:
    """The marks of a table with this separator, told from all of its cells."""
    alike = [cell for cell in cells if "," in cell and LIKE_NUMBERS.fullmatch(cell)]
    if not alike:
        return POINTS
    if all(map(GROUPED.fullmatch, alike)) and (separator == "," or any("." in cell for cell in alike)):
        return Marks(".", ",")
    return Marks(",", "." if any(map(GROUPED_BY_POINTS.fullmatch, alike)) else "")
