"""Tables of numbers alone are read at once, and are the same as when they are read cell by cell."""

from __future__ import annotations

import numpy as np
import pytest

from replay.scenario.tables.columns import columns_of
from replay.scenario.tables.grid import grid, source
from replay.scenario.tables.plain import plain_columns, plain_doubt

MOST = 10**9
PLAIN = {
    "a header": "a,b\n1,2\n3,4\n",
    "no header": "1,2\n3,4\n5,6\n",
    "numbers as names": "0,1,2\n5,6,7\n3,4,5\n",
    "an index": ",a\n0,5\n1,6\n",
    "blanks": " 1.5   2\n 3   -4e3\n",
    "quotes": '"a","b"\n"1","2"\n"3","4"\n',
    "a name on two lines": '"a\nb",c\n1,2\n3,4\n',
    "blank lines": "\na;b\n\n1;2\n\n3;4\n\n",
    "Excel's hint": "sep=;\na;b\n1;2\n3;4\n",
    "years as names": "2018,2019,2020\n1,2,3\n4,5,6\n",
    "what may be thousands": "a;b\n1.234;2\n5.678;3\n",
    "decimals beyond doubt": "a;b\n1.234;2\n5.67;3\n",
    "a name that comes again": "a,a,a (2)\n1,2,3\n4,5,6\n",
    "no line end": "a\tb\n1\t2\n3\t4",
}
OTHERS = {
    "a word": "a,b\n1,2\nx,4\n",
    "a missing cell": "a,b\n1,2\n,4\n",
    "NaN": "a,b\n1,2\nnan,4\n",
    "infinity": "a,b\n1,2\n1e999,4\n",
    "a decimal comma": "a;b\n1,5;2\n3;4\n",
    "a comment": "# made\na,b\n1,2\n3,4\n",
    "a short row": "a,b\n1,2\n3\n",
    "a comma at each end": "a,b,\n1,2,\n3,4,\n",
    "a number that float64 does not tell from the next": "a,b\n9007199254740993,2\n3,4\n",
    "a header alone": "a,b\n",
    "names in a comment": "#a,b\n1,2\n3,4\n",
    "a failed formula": "#N/A,b\n#N/A,2\n3,4\n",
    "a number with a comma above others": '"1,000";b\n1.5;2\n3;4\n',
    "R's names of rows": "a b\n1 5 6\n2 7 8\n",
    "units": "a,b\n$1,2\n$3,4\n",
    "thousands": "a b\n1\u202f234 5\n2\u202f345 6\n",
    "a blank that is none between numbers": "1 2 3\n4\u00a0567 8\n",
    "a form feed": "1 2 3\n4\f567 8\n",
    "nothing but blanks": "sep=;\n\u00a0\n",
}


@pytest.mark.parametrize("kind", PLAIN)
def test_numbers_alone_are_the_same_as_cell_by_cell(kind: str) -> None:
    table = source(PLAIN[kind])
    cells = grid(table, MOST)
    at_once, by_cell = plain_columns(table, MOST), columns_of(cells)
    assert at_once is not None
    assert plain_doubt(table) == cells.doubt
    assert [column.name for column in at_once] == [column.name for column in by_cell]
    for one, other in zip(at_once, by_cell, strict=True):
        assert one.texts().tolist() == other.texts().tolist()
        np.testing.assert_array_equal(one.numbers, other.numbers)
        assert (one.only_counts, one.is_empty, one.holds_few_words) == (
            *(other.only_counts, other.is_empty, other.holds_few_words),
        )


@pytest.mark.parametrize("kind", OTHERS)
def test_what_is_more_than_numbers_is_left_to_the_cells(kind: str) -> None:
    assert plain_columns(source(OTHERS[kind]), MOST) is None


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
def test_random_numbers_are_those_that_python_reads(separator: str) -> None:
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(50, 4)) * 10.0 ** rng.integers(-9, 9, size=(50, 4))
    text = "\n".join(separator.join(map(repr, row.tolist())) for row in numbers)
    columns = plain_columns(source(text), MOST)
    assert columns is not None
    np.testing.assert_array_equal(np.transpose([column.numbers for column in columns]), numbers)
