"""Sixty tables of the kinds that people have: each is read right, or refused with one line and a remedy.

The numbers are known by construction: every table that is read holds the same 60 points.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from replay.errors import DataError
from replay.scenario.data_files import DataFile, read
from replay.scenario.data_options import DataOptions

N = 60
RNG = np.random.default_rng(0)
A, B = np.round(RNG.normal(size=(2, N)), 2).tolist()
TWO = (np.array(A) > 0).astype(int).tolist()
THREE = (np.arange(N) % 3).tolist()
SPECIES = ("setosa", "versicolor", "virginica")
WORDS = [SPECIES[n] for n in THREE]
COUNT = list(range(1, N + 1))
PRICES = (700 + 10 * (np.arange(N) * 7 % 23)).tolist()


def table(
    heads: Sequence[str], *columns: Sequence[object], sep: str = ",", decimal: str = ".", end: str = "\n"
) -> str:
    """The text of a table, without a header if `heads` are empty."""
    rows = [[str(cell) for cell in row] for row in zip(*columns, strict=True)]
    cells = [[re.sub(r"(?<=\d)\.(?=\d)", decimal, cell) for cell in row] for row in rows]
    return "".join(sep.join(row) + end for row in ([list(heads)] if heads else []) + cells)


def quoted(heads: Sequence[str], *columns: Sequence[object], decimal: str = ".") -> str:
    return "\n".join(f'"{line}"' for line in table(heads, *columns, sep='","', decimal=decimal).splitlines())


@dataclass
class Case:
    """A table, what it is right to take it for, and its inputs and targets."""

    content: str | bytes
    classes: str = "0, 1"  # empty for a regression
    target: str = "label"
    inputs: str = "a, b"
    left_out: str = ""
    X: Sequence[Sequence[float]] = (A, B)  # by column
    y: Sequence[float] = field(default_factory=lambda: TWO)
    suffix: str = ".csv"
    options: DataOptions = field(default_factory=DataOptions)
    note: str = ""


POINTS = ("a", "b", "label")
UNNAMED = {"target": "column 3", "inputs": "column 1, column 2"}
OF_SPECIES = {"classes": ", ".join(SPECIES), "y": THREE}
GROUP = ("x", "y", "group")
RIGHT = {
    "commas": Case(table(POINTS, A, B, TWO)),
    "semicolons": Case(table(POINTS, A, B, TWO, sep=";")),
    "tabs": Case(table(POINTS, A, B, TWO, sep="\t"), suffix=".tsv"),
    "bars": Case(table(POINTS, A, B, TWO, sep="|"), suffix=".data"),
    "blanks": Case(table((), A, B, TWO, sep=" "), **UNNAMED, suffix=".txt"),
    "columns of one width": Case(
        "".join(f"{a:10.2f}  {b:10.2f}  {y}\n" for a, b, y in zip(A, B, TWO, strict=True)),
        **UNNAMED,
        suffix=".txt",
    ),
    "a blank after each comma": Case(table(POINTS, A, B, TWO, sep=", ")),
    "semicolons and decimal commas": Case(table(POINTS, A, B, TWO, sep=";", decimal=",")),
    "tabs and decimal commas": Case(table(POINTS, A, B, TWO, sep="\t", decimal=",")),
    "blanks and decimal commas": Case(table((), A, B, TWO, sep=" ", decimal=","), **UNNAMED),
    "one input with decimal commas and no header": Case(
        table((), A, TWO, sep=";", decimal=","), target="column 2", inputs="column 1", X=(A,)
    ),
    "words between decimal commas": Case(
        table(("Größe", "Art"), A, WORDS, sep=";", decimal=",").encode("cp1252"),
        **OF_SPECIES,
        target="Art",
        inputs="Größe",
        X=(A,),
        note="read as cp1252",
    ),
    "quoted decimal commas between commas": Case(quoted(POINTS, A, B, TWO, decimal=",")),
    "quotes": Case(quoted(POINTS, A, B, WORDS), **OF_SPECIES),
    "grouped thousands": Case(
        table(("a", "b", "label"), [f'"{n:,}"' for n in range(1000, 61_000, 1000)], B, TWO),
        X=(list(range(1000, 61_000, 1000)), B),
        note="differ",
    ),
    "thousands grouped by points": Case(
        table(("a", "label"), [f"{n}.000,5" for n in COUNT], TWO, sep=";"),
        inputs="a",
        X=([n * 1000 + 0.5 for n in COUNT],),
        note="go up to 60,000",
    ),
    "thousands grouped by commas between semicolons": Case(
        table(POINTS, [f"{n},250" for n in COUNT], B, TWO, sep=";"),
        X=([n * 1000 + 250 for n in COUNT], B),
        note="differ",
    ),
    "lakhs": Case(
        table(POINTS, [f"1,{n:02},000.50" for n in COUNT], B, TWO, sep=";"),
        X=([100_000.5 + n * 1000 for n in COUNT], B),
        note="differ",
    ),
    "what may be thousands": Case(
        table(("a", "label"), [f"{n},250" for n in COUNT], TWO, sep=";"),
        inputs="a",
        X=([n + 0.25 for n in COUNT],),
        note="1,250 was read with a decimal comma: write 1250 if you mean it",
    ),
    "what may be thousands, with points": Case(
        table(("a", "label"), [f"{n}.250" for n in COUNT], TWO, sep=";"),
        inputs="a",
        X=([n + 0.25 for n in COUNT],),
        note="1.250 was read with a decimal point: write 1250 if you mean it",
    ),
    "three decimals below 1": Case(
        table(("a", "label"), [f"0,{n + 100}" for n in COUNT], TWO, sep=";"),
        inputs="a",
        X=([(n + 100) / 1000 for n in COUNT],),
    ),
    "euros, with blanks between thousands": Case(
        table(POINTS, [f"{n}\u202f{100 + n},50 €" for n in COUNT], B, TWO, sep=";", decimal=","),
        X=([n * 1000 + 100.5 + n for n in COUNT], B),
        note="differ",
    ),
    "dollars and percent": Case(
        table(POINTS, [f'"-${n},000.50"' for n in COUNT], [f"{n} %" for n in PRICES], TWO),
        X=([-n * 1000 - 0.5 for n in COUNT], PRICES),
        note="go up to",
    ),
    "Swiss apostrophes": Case(
        table(POINTS, [f"{n}'000.5" for n in COUNT], B, TWO, sep=";"),
        X=([n * 1000 + 0.5 for n in COUNT], B),
        note="differ",
    ),
    "Japanese digits": Case(table(POINTS, ["１２．５", "－３"] * 30, B, TWO), X=([12.5, -3] * 30, B)),
    "minus signs of a word processor": Case(table(POINTS, [str(a).replace("-", "−") for a in A], B, TWO)),
    "powers of ten": Case(table((), *([f"{v:e}" for v in row] for row in (A, B, TWO))), **UNNAMED),
    "Windows' line ends": Case(table(POINTS, A, B, TWO, end="\r\n")),
    "an old Mac's line ends": Case(table(POINTS, A, B, TWO, end="\r")),
    "UTF-8 with a mark": Case(table(POINTS, A, B, WORDS).encode("utf-8-sig"), **OF_SPECIES),
    "UTF-16": Case(table(POINTS, A, B, TWO).encode("utf-16")),
    "UTF-16 without a mark": Case(table(POINTS, A, B, TWO).encode("utf-16-le")),
    "UTF-16, the other way": Case(table(POINTS, A, B, TWO).encode("utf-16-be")),
    "cp1252": Case(
        table(POINTS, A, B, ["groß", "klein"] * 30).encode("cp1252"),
        classes="groß, klein",
        y=[0, 1] * 30,
        note="save it as UTF-8 if words look wrong",
    ),
    "Excel's hint": Case("sep=;\n" + table(POINTS, A, B, TWO, sep=";", decimal=",")),
    "Excel's empty rows": Case(table(POINTS, A, B, TWO) + ",,\n,,\n"),
    "a comma at each end": Case(table(POINTS, A, B, TWO, end=",\n")),
    "a comma at each end but the header's": Case(table(POINTS, A, B, TWO, end=",\n").replace(",\n", "\n", 1)),
    "a named column of nothing": Case(
        table(("a", "b", "label", "Unnamed: 32"), A, B, TWO, [""] * N), left_out="Unnamed: 32"
    ),
    "comments": Case(
        "# made by hand, in 2020, by two of us\n" + table(POINTS, A, B, TWO) + "# the end\n",
        note="1 line below the first row begins with # and is left out",
    ),
    "names in a comment": Case("# a b label\n" + table((), A, B, TWO, sep=" "), suffix=".txt"),
    "a column called #": Case(table(("#", *POINTS), COUNT, A, B, TWO), left_out="#"),
    "pandas's index": Case(table(("", *POINTS), range(N), A, B, TWO), left_out="Unnamed: 0"),
    "R's names of rows": Case(
        '"a" "b" "label"\n' + table((), [f'"{n}"' for n in COUNT], A, B, TWO, sep=" "),
        left_out="Unnamed: 0",
        suffix=".txt",
    ),
    "pandas's index, saved twice": Case(
        table(("Unnamed: 0", *POINTS), range(N), A, B, TWO), left_out="Unnamed: 0"
    ),
    "pandas's index, shuffled": Case(
        table(("", *POINTS), RNG.permutation(N), A, B, TWO), left_out="Unnamed: 0"
    ),
    "pandas's numbers of columns": Case(
        table(("", "0", "1", "2"), range(N), A, B, TWO), target="2", inputs="0, 1", left_out="Unnamed: 0"
    ),
    "numbers of columns without index": Case(
        table(("0", "1", "2"), A, B, TWO), target="2", inputs="0, 1"
    ),
    "years above words and numbers": Case(
        table(("kind", "2019", "2020"), WORDS, A, B), **OF_SPECIES, target="kind", inputs="2019, 2020"
    ),
    "years alone": Case(
        table(("2018", "2019", "2020"), A, B, B), target="2020", inputs="2018, 2019", classes="", y=B,
        note="a number with",
    ),
    "a tab among blanks": Case(
        "".join(f'{a}   {b}  {y}\t"car {n}"\n' for n, (a, b, y) in enumerate(zip(A, B, TWO, strict=True))),
        **UNNAMED,
        left_out="column 4",
        options=DataOptions(target="3", ignore="4"),
    ),
    "Id": Case(
        table(("Id", "a", "b", "Species"), COUNT, A, B, WORDS), **OF_SPECIES, target="Species", left_out="Id"
    ),
    "an id at random": Case(table(("id", *POINTS), RNG.permutation(10**6)[:N], A, B, TWO), left_out="id"),
    "a count that is the only input": Case(
        table(("x", "y"), COUNT, A), target="y", inputs="x", classes="", X=(COUNT,), y=A
    ),
    "x, y, group": Case(table(GROUP, A, B, TWO), target="group", inputs="x, y"),
    "x, y, cluster of whole numbers": Case(
        table(("x", "y", "cluster"), THREE, PRICES, TWO),
        target="cluster",
        inputs="x, y",
        X=(THREE, PRICES),
        note="differ",
    ),
    "y before x": Case(table(("y", "x"), B, A), target="y", inputs="x", classes="", X=(A,), y=B),
    "y first": Case(table(("y", "a", "b"), TWO, A, B), target="y"),
    "labels 0 and 8": Case(table(POINTS, A, B, [8 * n for n in TWO]), classes="0, 8"),
    "labels 0, 2 and 5": Case(table(POINTS, A, B, [(0, 2, 5)[n] for n in THREE]), classes="0, 2, 5", y=THREE),
    "labels -1 and 1": Case(table(POINTS, A, B, [2 * n - 1 for n in TWO]), classes="-1, 1"),
    "labels of NumPy": Case(table(POINTS, A, B, [f"{n:.6e}" for n in TWO])),
    "zip codes": Case(
        table(POINTS, A, B, [("01234", "1234", "99999")[n] for n in THREE]),
        classes="01234, 1234, 99999",
        y=THREE,
    ),
    "zip codes among words": Case(
        table(("a", "kind", "label"), A, WORDS, [("01", "1", "2")[n] for n in THREE]),
        classes="01, 1, 2",
        inputs="a, kind=setosa, kind=versicolor, kind=virginica",
        X=(A, *([float(n == m) for n in THREE] for m in range(3))),
        y=THREE,
    ),
    "telephone codes": Case(table(POINTS, A, B, [("+49", "49")[n] for n in TWO]), classes="+49, 49"),
    "powers and numbers": Case(table(POINTS, A, B, [("1", "1e0")[n] for n in TWO]), classes="1, 1e0"),
    "thousands and numbers": Case(
        table(POINTS, A, B, [('"1,000"', "1000")[n] for n in TWO]), classes="1,000, 1000"
    ),
    "leading zeros in quotes": Case(
        table(POINTS, A, B, [('"01"', '"1"')[n] for n in TWO]), classes="01, 1"
    ),
    "leading zeros between the inputs": Case(
        table(("a", "label", "b"), A, [("01", "1")[n] for n in TWO], B), classes="01, 1"
    ),
    "leading zeros between blanks": Case(
        table(("a", "label", "b"), A, [("01", "1")[n] for n in TWO], B, sep="  "), classes="01, 1"
    ),
    "decimals beside whole numbers": Case(table(POINTS, A, B, [("1", "1.0", "2")[n] for n in THREE]),
        classes="1, 2", y=[(0, 0, 1)[n] for n in THREE],
    ),
    "decimals that are classes of their own": Case(
        table(POINTS, A, B, [("1", "1.0", "2")[n] for n in THREE]),
        classes="1, 1.0, 2", y=THREE, options=DataOptions(task="classes"),
    ),
    "leading zeros of numbers": Case(
        table(POINTS, A, B, [("01", "1", "2")[n] for n in THREE]),
        classes="", y=[(1, 1, 2)[n] for n in THREE], options=DataOptions(task="regression"),
    ),
    "classes that look alike": Case(
        table(POINTS, A, B, [("cat", "cat\u200b")[n] for n in TWO]),
        classes="cat, cat\\u200b",
        note="the classes 'cat' and 'cat\\u200b' look alike",
    ),
    "classes on two lines or one": Case(
        table(POINTS, A, B, [('"a\nb"', "a b")[n] for n in TWO]),
        classes="a b, a b",
        note="the classes 'a\\nb' and 'a b' look alike",
    ),
    "inputs that look alike": Case(
        table(("a", "kind", "label"), A, ["x", "x\u200b"] * 30, TWO),
        inputs="a, kind=x, kind=x\\u200b", X=(A, [1, 0] * 30, [0, 1] * 30),
    ),
    "signs of number in quotation marks": Case(
        table(("label", "a", "b"), [('"#1"', "b", "c")[n] for n in THREE], A, B),
        classes="#1, b, c",
        y=THREE,
    ),
    "labels 0.0 and 1.0": Case(table(POINTS, A, B, [float(n) for n in TWO])),
    "stars from 1 to 5": Case(
        table(("a", "b", "stars"), A, B, [1 + n % 5 for n in range(N)]),
        target="stars",
        classes="1, 2, 3, 4, 5",
        y=[n % 5 for n in range(N)],
    ),
    "labels that count": Case(
        table(("label", "a", "b"), COUNT, A, B), classes="", y=COUNT
    ),
    "a class in two lines": Case(
        table(POINTS, A, B, ['"one\ntwo"', "three"] * 30), classes="one two, three", y=[0, 1] * 30
    ),
    "true and false": Case(
        table(POINTS, A, B, [str(n > 0) for n in TWO]), classes="False, True"
    ),
    "words without a header": Case(table((), A, B, WORDS), **UNNAMED, **OF_SPECIES, suffix=".data"),
    "the only words in the second column": Case(
        table(("id", "diagnosis", "a", "b"), range(8400, 8400 + N), [("B", "M")[n] for n in TWO], A, B),
        target="diagnosis",
        classes="B, M",
        left_out="id",
    ),
    "words and yes as inputs": Case(
        table(("colour", "old", "label"), ["red", "blue"] * 30, ["yes", "no", "yes"] * 20, TWO),
        inputs="colour=blue, colour=red, old",
        X=([0, 1] * 30, [1, 0] * 30, [1, 0, 1] * 20),
    ),
    "yes in capitals and small letters": Case(
        table(("old", "b", "label"), ["yes", "NO", "Yes", "no"] * 15, B, TWO),
        inputs="old, b",
        X=([1, 0, 1, 0] * 15, B),
    ),
    "several columns of words": Case(
        table(("kind", "a", "sex"), WORDS, A, ["f", "m"] * 30),
        target="sex",
        classes="f, m",
        inputs="kind=setosa, kind=versicolor, kind=virginica, a",
        X=([n == 0 for n in THREE], [n == 1 for n in THREE], [n == 2 for n in THREE], A),
        y=[0, 1] * 30,
        note="column sex was taken as the target, the last of 2 columns of words: choose",
    ),
    "words alone": Case(
        table(("class", "cap"), ["e", "p"] * 30, ["x", "s", "f"] * 20),
        target="class",
        classes="e, p",
        inputs="cap=f, cap=s, cap=x",
        X=([0, 0, 1] * 20, [0, 1, 0] * 20, [1, 0, 0] * 20),
        y=[0, 1] * 30,
    ),
    "a column twice": Case(table(("a", "a", "label"), A, B, TWO), inputs="a, a (2)"),
    "a column without a name": Case(table(("a", "", "label"), A, B, TWO), inputs="a, column 2"),
    "fractions": Case(
        table(("a", "b", "price"), A, B, B), target="price", classes="", y=B, note="a number with"
    ),
    "whole numbers that are no classes": Case(
        table(("a", "b", "price"), A, B, PRICES),
        target="price",
        classes="",
        y=PRICES,
        note="price was taken as the target, a number with 23 values: choose another with",
    ),
    "one-hot columns": Case(
        table(("a", "b", "red", "blue"), A, B, TWO, [1 - n for n in TWO]),
        target="blue",
        inputs="a, b, red",
        X=(A, B, TWO),
        y=[1 - n for n in TWO],
        note="red,blue are one-hot columns: --target red,blue takes them as classes",
    ),
    "--target of one-hot columns": Case(
        table(("a", "b", "red", "blue"), A, B, TWO, [1 - n for n in TWO]),
        target="red,blue",
        classes="red, blue",
        y=[1 - n for n in TWO],
        options=DataOptions(target="red,blue"),
    ),
    "--target first": Case(
        table(("Wine", "a", "Proline"), [n + 1 for n in THREE], A, PRICES),
        target="Wine",
        classes="1, 2, 3",
        inputs="a, Proline",
        X=(A, PRICES),
        y=THREE,
        options=DataOptions(target="Wine"),
        note="a and Proline differ 1,000-fold in size: --scale standard",
    ),
    "--target by its place": Case(
        table((), A, B, WORDS), **UNNAMED, **OF_SPECIES, options=DataOptions(target="3")
    ),
    "--inputs": Case(
        table(POINTS, A, B, TWO), inputs="b", X=(B,), left_out="a", options=DataOptions(inputs=("b",))
    ),
    "--ignore with a comma in the name": Case(
        table(('"a, left"', "b", "label"), A, B, TWO),
        inputs="b",
        X=(B,),
        left_out="a, left",
        options=DataOptions(ignore="a, left"),
    ),
    "--task regression": Case(
        table(POINTS, A, B, THREE), classes="", y=THREE, options=DataOptions(task="regression")
    ),
    "--task classes": Case(
        table(POINTS, A, B, [(0.5, 1, 1.5)[n] for n in THREE]),
        classes="0.5, 1, 1.5",
        y=THREE,
        options=DataOptions(task="classes"),
    ),
    "--missing drop": Case(
        table(POINTS, A, B, TWO) + "?,1,0\n1,NA,1\n1,2,\n",
        options=DataOptions(missing="drop"),
        note="3 of 63 rows have missing cells and are left out",
    ),
}  # fmt: skip
WRONG: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "the file is empty"),
    "blank lines": ("\n \n", "the file is empty"),
    "a header alone": ("a,b,label\n", "there is a header, but no row"),
    "one column": ("1\n2\n3\n", "there is one column, but there must be inputs and a target"),
    "one sample": ("a,label\n1,0\n", "there is one sample, but there must be two or more"),
    "one class": (table(POINTS, A, B, [1] * N), "every target is 1: there must be two classes or more"),
    "a short row": (
        "a,b,label\n1,2,0\n\n3,1\n",
        "row 4 has 2 columns, but most rows have 3: delete it if it is no data, or give it as many",
    ),
    "an open quotation mark": (
        'a,b,label\n1,"2,0\n3,4,1\n',
        "row 2 has 2 columns, but most rows have 3: .*close all quotation marks",
    ),
    "a missing cell": (
        "# points\na,b,label\n1,2,0\n3,NA,1\n,2,1\n",
        r"row 4 has no value \('NA'\) in column b; 2 of 3 rows lack a cell, most in a \(1\), b \(1\): .*"
        "--missing drop, or a column with --ignore b",
    ),
    "a missing label": ("a,label\n1,0\n2,\n3,1\n", "row 3 has no value in column label.*--missing drop$"),
    "nothing but empty columns": ("a,b,label\n,,0\n,,1\n", "column a holds nothing: choose others"),
    "a failed formula in the first column": (
        "a,label\n1,0\n#DIV/0!,1\n3,1\n",
        "row 3 has no value \\('#DIV/0!'\\) in column a",
    ),
    "units below the names": ("a,b,label\ncm,mm,0\n1,2,0\n3,4,1\n", "row 2 holds 'cm'.*delete the row"),
    "a title above the names": (
        "Of 2020\na,label\n1,0\n3,1\n",
        "row 1 has 1 column,.*delete it if it is no data",
    ),
    "two units in a column": (
        "a,label\n5%,0\n6%,1\n0.05,1\n",
        "row 4 holds '0.05' in column a, where others have numbers with %: correct the cell",
    ),
    "decimal points beside decimal commas": (
        "a;b;label\n1,5;1.112;0\n2,25;2.113;1\n",
        "row 2 holds '1.112' in column b, but numbers in other columns have decimal commas",
    ),
    "a number that is too large": ("a,label\n1,0\n1e300,1\n3,1\n", r"1e\+300 in the inputs is too large"),
    "a target that is too large": ("a,b\n1,1e300\n2,2e300\n3,4.5\n", r"1e\+300 in the targets is too large"),
    "the same inputs everywhere": ("a,label\n1,0\n1,1\n1,1\n", "all rows have the same inputs"),
    "a page of the web": ("<!DOCTYPE html>\n<p>a,b</p>\n", "this is HTML or XML: save its table as CSV"),
    "JSON": ('{"a": 1, "b": 2}\n{"a": 2, "b": 3}\n', "this is JSON: save it as CSV"),
    "Weka's format": ("% iris\n\n@RELATION iris\n@ATTRIBUTE a REAL\n@DATA\n1,2\n", "ARFF.*save it as CSV"),
    "LIBSVM's format": ("+1 1:0.5 2:1\n-1 1:3 3:1\n", "LIBSVM's format: save it as CSV"),
    "a pointer of Git LFS": ("version https://git-lfs.github.com/spec/v1\noid 1\n", "git lfs pull"),
    "a word among numbers": (
        "a,label\n1,0\nx,1\n3,1\n",
        "row 3 holds 'x' in column a, where .* numbers: .*--ignore a",
    ),
    "a number among words": ("a,label\n1,x\n2,y\n3,0\n", "row 4 holds '0' in column label, where .* words"),
    "infinity": ("a,label\n1,0\ninf,1\n3,1\n", "row 3 holds 'inf' in column a"),
    "an underscore in a number": ("a,label\n1,0\n1_0,1\n3,1\n", "row 3 holds '1_0' in column a"),
    "names of people": (
        table(("name of it", "a", "label"), [f"Mr {n}" for n in COUNT], A, TWO),
        'column name of it holds 60 different words, such as .Mr 1.: leave it out with --ignore "name of it"',
    ),
    "names as the target": (
        table(("a", "label"), A, [f"Mr {n}" for n in COUNT]),
        "the target has 60 different values in 60 rows, too many for classes",
    ),
    "a workbook": (b"PK\x03\x04", "an Excel workbook or a zip archive: save the sheet as CSV"),
    "a packed file": (b"\x1f\x8b\x08", "is compressed: unpack it first"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "no table of text: save it as CSV in UTF-8"),
    "half a letter": (b"\xff\xfe\x00", "no table of text"),
}


def written(folder: Path, content: str | bytes, suffix: str = ".csv") -> Path:
    path = folder / f"mine{suffix}"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def told(found: DataFile) -> tuple[str, str, str, str]:
    kept = found.description
    return kept.target, ", ".join(kept.classes), ", ".join(kept.inputs), ", ".join(kept.left_out)


def test_the_kinds_of_tables_are_sixty_or_more() -> None:
    assert len(RIGHT) + len(WRONG) >= 60


@pytest.mark.parametrize("name", RIGHT)
def test_a_table_is_taken_for_what_it_is(tmp_path: Path, name: str) -> None:
    case = RIGHT[name]
    path = written(tmp_path, case.content, case.suffix)
    found = read(path, case.options)
    assert told(found) == (case.target, case.classes, case.inputs, case.left_out)
    assert found.train[0].dtype == np.float32
    np.testing.assert_allclose(found.train[0], np.transpose(case.X), rtol=1e-6)
    np.testing.assert_allclose(found.train[1], case.y, rtol=1e-6)
    assert bool(found.notes) == bool(case.note)
    assert all(case.note in note for note in found.notes)


@pytest.mark.parametrize("name", WRONG)
def test_a_table_that_cannot_be_trained_on_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    content, message = WRONG[name]
    path = written(tmp_path, content)
    with pytest.raises(DataError, match=message) as refused:
        read(path)
    assert str(refused.value).startswith(f"{path}")
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (DataOptions(target="spezies"), "--target: unknown column 'spezies': did you mean species.$"),
        (DataOptions(target=""), "--target names no column"),
        (DataOptions(inputs=(" , ",)), "--inputs names no column"),
        (DataOptions(target="9"), "unknown column '9'"),
        (DataOptions(target="a", inputs="a,b"), "column a is named as the target and as something else"),
        (DataOptions(inputs="a", ignore="a"), "column a is both in --inputs and in --ignore"),
        (DataOptions(ignore="a,b"), "no column beside the target species"),
        (DataOptions(ignore="a,b,species"), "no column is left for the target"),
        (DataOptions(task="regression"), "the targets are words, such as 'setosa'"),
        (DataOptions(target="a,species"), "all must be numbers, but column species holds words"),
        (DataOptions(target="a,b", task="classes"), "no one-hot rows"),
        (DataOptions(target="a", task="classes"), "different values in 60 rows.*--task regression"),
    ],
)
def test_options_that_do_not_suit_the_table_are_refused(
    tmp_path: Path, options: DataOptions, message: str
) -> None:
    path = written(tmp_path, table(("a", "b", "species"), A, B, WORDS))
    with pytest.raises(DataError, match=message):
        read(path, options)


def test_several_targets_make_a_regression_of_several_numbers(tmp_path: Path) -> None:
    path = written(tmp_path, table(("a", "u", "v"), A, B, PRICES))
    found = read(path, DataOptions(target=("u", "v")))
    assert told(found) == ("u,v", "", "a", "")
    np.testing.assert_allclose(found.train[1], np.column_stack([B, PRICES]), rtol=1e-6)


def test_control_characters_in_names_become_blanks(tmp_path: Path) -> None:
    path = written(tmp_path, table(('"a\u202eb\nc"', "label"), A, TWO))
    assert read(path).description.inputs == ("a b c",)
