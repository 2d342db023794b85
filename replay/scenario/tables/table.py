"""Reads a table: which columns are targets and inputs, as arrays, and what the user should know of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from replay.choices import CLASSES, DROP
from replay.errors import DataError, shown
from replay.scenario.data_options import DataOptions
from replay.scenario.memory import check_memory
from replay.scenario.raw_data import RawData
from replay.scenario.tables.columns import Column, as_inputs, columns_of, quoted
from replay.scenario.tables.grid import CELL, Source, grid, source
from replay.scenario.tables.plain import plain_columns, plain_doubt
from replay.scenario.tables.roles import Roles, roles_of
from replay.scenario.tables.text import WINDOWS, read_text
from replay.scenario.targets import look_like_classes
from replay.types import Array

SHOWN = 3  # columns that an error names
NOT_UTF8 = f"the text is not UTF-8, so it was read as {WINDOWS}: save it as UTF-8 if words look wrong"


class Table(NamedTuple):
    """The columns of a table, what the user should know, and the bytes of memory that its texts take."""

    columns: list[Column]
    notes: list[str]
    memory: int


def read_table(path: Path, options: DataOptions, as_classes: bool = True) -> RawData:
    """The data of a table. Numbers that are taken as classes, if `as_classes`, are words where these differ.

    Raises OSError if it cannot be opened, and DataError, without the path, if it holds no data. The message
    names the row where it can.
    """
    text, encoding = read_text(path, options.max_data)
    table = _read(source(text), options.max_data)
    roles, notes = _without_missing(roles_of(table.columns, options), options)
    notes += [NOT_UTF8] if encoding == WINDOWS else []
    notes += table.notes
    notes += _of_a_guess(roles) if options.task is None else []
    names, inputs = _inputs(roles.inputs, options.max_data, table.memory)
    targets = _targets(roles.targets, options, as_classes)
    return RawData(
        (inputs, targets),
        target=",".join(column.name for column in roles.targets),
        inputs=tuple(names),
        left_out=tuple(column.name for column in roles.left_out),
        classes=tuple(column.name for column in roles.targets) if len(roles.targets) > 1 else (),
        notes=tuple(notes),
    )


def _read(table: Source, most: int) -> Table:
    plain = plain_columns(table, most)
    if plain is not None:
        doubt = plain_doubt(table)
        return Table(plain, [doubt] if doubt else [], 0)
    cells = grid(table, most)
    notes = [cells.doubt] if cells.doubt else []
    notes += [_of_comments(cells.n_comments)] if cells.n_comments else []
    return Table(columns_of(cells), notes, table.memory)


def _of_comments(n: int) -> str:
    lines = "1 line below the first row begins" if n == 1 else f"{n} lines below the first row begin"
    return f"{lines} with # and {'is' if n == 1 else 'are'} left out: put quotation marks around # in data"


def _without_missing(roles: Roles, options: DataOptions) -> tuple[Roles, list[str]]:
    """The roles without rows that lack a cell, if the options say so, and a note of how many these were."""
    used = [*roles.targets, *roles.inputs]
    for column in used:
        if column.is_empty:
            raise DataError(f"{column.title} holds nothing: choose others")
    missing = np.any([column.missing for column in used], axis=0)
    if not missing.any():
        return roles, []
    if options.missing != DROP:
        raise DataError(_first_missing(roles, missing))
    if missing.all():
        raise DataError("every row lacks a cell: leave out columns with --ignore")
    kept = roles._replace(
        targets=[column.rows(~missing) for column in roles.targets],
        inputs=[column.rows(~missing) for column in roles.inputs],
    )
    return kept, [f"{missing.sum()} of {len(missing)} rows have missing cells and are left out"]


def _first_missing(roles: Roles, missing: Array) -> str:
    used = [*roles.targets, *roles.inputs]
    row = int(np.flatnonzero(missing)[0])
    column = next(column for column in used if column.missing[row])
    cell = f" ({shown(column.cells[row])})" if column.cells[row] else ""
    of_all = f"{missing.sum()} of {len(missing)} rows lack a cell{_most_missing(used)}"
    other = f", or a column with --ignore {quoted(column.name)}" if column in roles.inputs else ""
    other = ", or choose another target with --target NAME" if roles.guessed and not other else other
    return (
        f"row {column.lines[row]} has no value{cell} in {column.title}; {of_all}: fill them in, or leave the "
        f"rows out with --missing drop{other}"
    )


def _most_missing(used: Sequence[Column]) -> str:
    """The columns that lack most cells, if several do."""
    counts = Counter({column.name: int(column.missing.sum()) for column in used if column.missing.any()})
    most = ", ".join(f"{name} ({n})" for name, n in counts.most_common(SHOWN))
    return f", most in {most}" if len(counts) > 1 else ""


def _of_a_guess(roles: Roles) -> list[str]:
    """A note on how to choose the target, if another column could well be it."""
    (target, *_) = roles.targets
    if not roles.guessed:
        return []
    if target.numbers is None:
        of_words = sum(column.holds_few_words for column in [target, *roles.inputs])
        return [_taken(target, f"the last of {of_words} columns of words")] if of_words > 1 else []
    together = _one_hot_with(target, roles.inputs)
    if together:
        names = ",".join(column.name for column in together)
        return [f"{names} are one-hot columns: --target {quoted(names)} takes them as classes"]
    if look_like_classes(target.numbers):
        return []
    return [_taken(target, f"a number with {len(np.unique(target.numbers))} values")]


def _taken(target: Column, why: str) -> str:
    return f"{target.title} was taken as the target, {why}: choose another with --target NAME"


def _one_hot_with(target: Column, inputs: Sequence[Column]) -> list[Column]:
    """The target and inputs before it that make one-hot rows together; empty if none do."""
    together, total = [target], target.numbers
    for column in reversed(inputs):
        if column.numbers is None or not np.isin(column.numbers, (0, 1)).all():
            break
        together.insert(0, column)
        total = column.numbers + total
        if (total == 1).all():
            return together
    return []


def _inputs(columns: Sequence[Column], most: int, used: int) -> tuple[list[str], Array]:
    """The names of inputs, and their values (n_rows, n_names), in `most` bytes of which so many are used."""
    encoded: list[tuple[list[str], Array]] = []
    for column in columns:
        encoded.append(as_inputs(column))
        used += 2 * encoded[-1][1].nbytes
        check_memory(used, most)
    if all(len(values) > 1 and (values == values[0]).all() for _, values in encoded):
        raise DataError("all rows have the same inputs: there is nothing to learn")
    return [name for names, _ in encoded for name in names], np.hstack([values for _, values in encoded])


def _targets(columns: Sequence[Column], options: DataOptions, as_classes: bool) -> Array:
    """Numbers or words (n_rows,), of several columns numbers (n_rows, n_columns)."""
    for column in columns:
        column.check_one_kind()
    if len(columns) == 1:
        (column,) = columns
        if column.numbers is None or column.loses_digits or _has_own_labels(column, options, as_classes):
            return column.texts()
        return column.numbers.copy()  # the table need not stay in memory
    words = next((column for column in columns if column.numbers is None), None)
    if words is not None:
        raise DataError(
            f"of several targets, all must be numbers, but {words.title} holds words: name it alone"
        )
    return np.column_stack([column.numbers for column in columns if column.numbers is not None])


def _has_own_labels(column: Column, options: DataOptions, as_classes: bool) -> bool:
    """Whether numbers are taken as classes, and written so that their words say more: 01234 and 1234."""
    asked_for = options.task == CLASSES
    if column.numbers is None or not (asked_for or (options.task is None and as_classes)):
        return False
    if not asked_for and not look_like_classes(column.numbers):
        return False
    check_memory(CELL * len(column.numbers), options.max_data)
    return column.differs_from_its_numbers(strictly=asked_for)
