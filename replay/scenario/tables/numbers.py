"""Numbers as people write them: decimal points or commas, grouped thousands, currencies, missing cells."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, takewhile

import numpy as np

from replay.types import Array

# What a spreadsheet shows where a formula fails.
SHEET_ERRORS = frozenset(("#n/a", "#div/0!", "#value!", "#ref!", "#name?", "#num!", "#null!"))
MISSING_WORDS = SHEET_ERRORS | {"", "na", "n/a", "n.a.", "nan", "null", "\\n", "<na>", "?"}
MISSING_NUMBERS = MISSING_WORDS | {"none", "-", "--", "."}  # these may be words, among words
# The minus sign of word processors, the digits of Japanese keyboards.
PLAIN = str.maketrans("\u2212０１２３４５６７８９．，－＋％", "-0123456789.,-+%")
INFINITY = re.compile("[-+]?inf(inity)?", re.IGNORECASE)
UNIT = re.compile(r"[$€£¥₹₩₽%％]")
GAP = re.compile(r"(?<=[0-9])[ '’](?=[0-9]{3}(?![0-9]))")  # between thousands, in France and Switzerland
LIKE_NUMBERS = re.compile(r"[-+.,eE]*[0-9][-+0-9.,eE]*")  # one way to match: no time is lost
POINTED = re.compile(r"[+-]?[0-9]*\.[0-9]+")
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{2,3})*,[0-9]{3}(\.[0-9]*)?")  # in India, by hundreds
GROUPED_ONCE = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")  # or three decimals
GROUPED_BY_POINTS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}")


@dataclass(frozen=True)
class Marks:
    """The signs within a table's numbers: before the decimals, and between groups of thousands."""

    decimal: str = "."
    grouping: str = ""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        decimal, grouping = re.escape(self.decimal), re.escape(self.grouping)
        groups = rf"(?:{grouping}[0-9]{{2,3}})*{grouping}[0-9]{{3}}"
        whole = rf"(?:[0-9]{{1,3}}{groups}|[0-9]+)" if grouping else "[0-9]+"
        return re.compile(rf"[+-]?(?:{whole}(?:{decimal}[0-9]*)?|{decimal}[0-9]+)(?:[eE][+-]?[0-9]+)?")

    def is_number(self, cell: str) -> bool:
        """Whether a cell is a finite number."""
        return self.number(cell) is not None

    def differ_in(self, cell: str) -> bool:
        """Whether a cell has a decimal point, where the table has decimal commas."""
        return self.decimal == "," and bool(POINTED.fullmatch(plain(cell)))

    def number(self, cell: str) -> float | None:
        """The finite number in a cell; None if there is none."""
        text = plain(cell)
        if not self._pattern.fullmatch(text):
            return None
        if self.grouping:
            text = text.replace(self.grouping, "")
        number = float(text.replace(self.decimal, "."))
        return number if math.isfinite(number) else None

    def is_too_large(self, cell: str) -> bool:
        """Whether a cell is a number that no float64 holds, or infinity."""
        text = plain(cell)
        if INFINITY.fullmatch(text):
            return True
        return bool(self._pattern.fullmatch(text)) and not self.is_number(cell)

    def numbers(self, cells: Sequence[str]) -> Array | None:
        """The numbers in cells, NaN where one is missing. None if one is a word, or all are missing.

        Nor are numbers of several units any: 5% and 0.05, or $5 and 5 €.
        """
        simple = _simple_numbers(cells) if self == POINTS else None
        if simple is not None:
            return simple
        missing = np.array([cell.casefold() in MISSING_NUMBERS for cell in cells])
        present = [cell for cell, no in zip(cells, missing, strict=True) if not no]
        if len(set(map(unit, present))) != 1:
            return None
        found = list(takewhile(lambda number: number is not None, map(self.number, present)))
        if len(found) < len(present):
            return None
        values = np.full(len(cells), np.nan)
        values[~missing] = found
        return values


POINTS = Marks()


def plain(cell: str) -> str:
    """A cell without its unit, and without blanks or apostrophes between thousands."""
    if LIKE_NUMBERS.fullmatch(cell) or cell[:1].isalpha():  # most numbers and words: all else takes time
        return cell
    return GAP.sub("", _without_unit(cell.translate(PLAIN)))


def unit(cell: str) -> str:
    """The sign of a currency or of percent in a cell; empty without one."""
    found = UNIT.search(cell)
    return found[0] if found else ""


def _without_unit(text: str) -> str:
    """The text without its first or last sign: "-5" of "-$5" and of "-5 €"."""
    sign, rest = (text[:1], text[1:]) if text[:1] in ("-", "+") else ("", text)
    if UNIT.match(rest):
        return sign + rest[1:].lstrip()
    return text[:-1].rstrip() if text and UNIT.match(text[-1]) else text


def _simple_numbers(cells: Sequence[str]) -> Array | None:
    """All cells at once, many times faster, where nothing about them is special."""
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:
        return None
    return values if np.isfinite(values).all() and "_" not in "".join(cells) else None


def marks_of(cells: Collection[str], separator: str) -> Marks:
    """The marks of a table with this separator, told from all of its cells."""
    alike = [text for cell in cells if "," in cell if LIKE_NUMBERS.fullmatch(text := plain(cell))]
    if not alike:
        return POINTS
    if all(map(GROUPED.fullmatch, alike)) and (separator == "," or any(map(_has_decimal_point, cells))):
        return Marks(".", ",")
    return Marks(",", "." if any(map(GROUPED_BY_POINTS.fullmatch, alike)) else "")


def _has_decimal_point(cell: str) -> bool:
    """Whether the point in a cell can only be that of decimals."""
    text = plain(cell)
    if "," in text:
        return "." in text and bool(GROUPED.fullmatch(text))
    return bool(POINTED.fullmatch(text)) and not GROUPED_ONCE.fullmatch(text)


def doubt(cells: Iterable[str], separator: str, marks: Marks) -> str | None:
    """A note, if all decimals of a table could be thousands: 1,234 anywhere, 1.234 between semicolons."""
    if marks.grouping or (marks.decimal == "." and separator != ";"):
        return None
    marked = (cell for cell in cells if marks.decimal in cell and marks.is_number(cell))
    first = next(marked, None)
    if first is None or not all(GROUPED_ONCE.fullmatch(plain(cell)) for cell in chain([first], marked)):
        return None
    mark = "comma" if marks.decimal == "," else "point"
    return f"{first} was read with a decimal {mark}: write {first.replace(marks.decimal, '')} if you mean it"
