"""Results table of several runs, as rows, Markdown or CSV: last metrics and best validation accuracy."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from replay.network.data_description import visible
from replay.runs.logged_of import rows_of
from replay.runs.names import UNNAMED, Names
from replay.runs.recording import Recording
from replay.types import Array

Row = Mapping[str, Any]
FIRST = ("accuracy", "acc", "loss")  # column order; other metrics follow in the order of logging
ACCURACIES = ("accuracy", "acc")
NOT_OUTCOMES = ("learning_rate",)
VALIDATION, BEST, EPOCH = "val_", "best_", "_epoch"
WEIGHTS_OF = "weights_of_epoch"
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&!$])")
FORMULAS = ("=", "+", "-", "@")  # which begin one in a spreadsheet
NOTHING = "–"  # cell of a metric that a run did not log


def run_rows(recordings: Sequence[Recording], names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """A row for each run: column → value, with the same columns in each, None where nothing was logged.

    The columns are "run", "epochs" (the last recorded one), the last logged accuracy, loss and other metrics
    under their names, those of validation with the prefix "val_"; and "best_val_accuracy" with
    "best_val_accuracy_epoch", the first epoch that reached it. Where a model was left with the weights of an
    earlier epoch, "weights_of_epoch" says of each run which one that is, and the values are those logged
    then; None where that is not known. Columns that are empty for all runs are left out. A loss that became
    NaN is NaN. `names` are the runs' names, by default their titles.
    """
    called = [recording.title for recording in recordings] if names is None else names
    ends = [float(recording.epochs[-1]) for recording in recordings]
    held = [recording.ending.held for recording in recordings]
    whose = [of.get(end, end) for of, end in zip(held, ends, strict=True)]
    rows = [
        {
            "run": name,
            "epochs": _whole(end),
            **({WEIGHTS_OF: None if of is None else _whole(of)} if whose != ends else {}),
            **_outcome(recording),
        }
        for name, recording, end, of in zip(called, recordings, ends, whose, strict=True)
    ]
    columns = _in_order({column: None for row in rows for column in row})
    return [{column: row.get(column) for column in columns} for row in rows]


def as_markdown(rows: Sequence[Row], names: Names = UNNAMED) -> str:
    """The rows as a GitHub Markdown table, with markup in names escaped; empty text without rows.

    `names` are those of the classes, of which there may be metrics.
    """
    if not rows:
        return ""
    columns = list(rows[0])
    lines = [[_title(column, names, columns) for column in columns], [":--", *["--:"] * (len(columns) - 1)]]
    lines += [[_cell(column, row[column]) for column in columns] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def as_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV with a header, numbers at full precision, empty cells where nothing was logged."""
    if not rows:
        return ""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_as_text, rows[0]))
    writer.writerows(
        [_as_text(value) if isinstance(value, str) else value for value in row.values()] for row in rows
    )
    return text.getvalue()


def _as_text(name: str) -> str:
    """A name that a spreadsheet takes as text, not as a formula, without what a terminal obeys."""
    name = "\n".join(map(visible, name.split("\n")))
    return f"'{name}" if name.lstrip().startswith(FORMULAS) else name


def _outcome(recording: Recording) -> dict[str, float | None]:
    """The last logged value of each metric, and the best validation accuracy."""
    history = {
        name: values
        for name, values in recording.history.items()
        if name not in NOT_OUTCOMES and not np.isnan(values).all()
    }
    found: dict[str, float | None] = {}
    rows = rows_of(recording, float(recording.epochs[-1]))
    for validation in (False, True):
        of_these = {name: history[name] for name in history if name.startswith(VALIDATION) == validation}
        found |= _last({name: values[rows] for name, values in of_these.items()})
    for name in (f"{VALIDATION}{accuracy}" for accuracy in ACCURACIES):
        if name in history:
            best = int(np.nanargmax(history[name]))
            found[f"{BEST}{name}"] = float(history[name][best])
            found[f"{BEST}{name}{EPOCH}"] = _whole(recording.history_epochs[best])
    return found


def _last(history: Mapping[str, Array]) -> dict[str, float | None]:
    """The last logged value of each metric; if the loss became NaN, the last row, NaN included."""
    history = {name: values for name, values in history.items() if not np.isnan(values).all()}
    rows = np.flatnonzero([not np.isnan(row).all() for row in zip(*history.values(), strict=True)])
    diverged = any(
        name in ("loss", f"{VALIDATION}loss") and np.isnan(values[rows[-1]])
        for name, values in history.items()
    )
    return {
        name: float(values[rows[-1]] if diverged else values[~np.isnan(values)][-1])
        for name, values in history.items()
    }


def _in_order(columns: Mapping[str, None]) -> list[str]:
    """Order: run and epochs, training, validation, best; in each the accuracy first, then the loss."""

    def rank(column: str) -> tuple[int, int]:
        if column in ("run", "epochs", WEIGHTS_OF):
            return 0, 0
        part = 3 if column.startswith(BEST) else 2 if column.startswith(VALIDATION) else 1
        name = column.removeprefix(VALIDATION)
        return part, FIRST.index(name) if name in FIRST else len(FIRST)

    return sorted(columns, key=rank)


def _title(column: str, names: Names, columns: Sequence[str]) -> str:
    if column.startswith(BEST) and column.endswith(EPOCH):
        return "at epoch"
    metric = column.removeprefix(BEST).removeprefix(VALIDATION)
    before = column.removesuffix(metric).replace(VALIDATION, "validation ").replace("_", " ")
    return _escaped(f"{before}{names.metric(metric, columns)}")


def _cell(column: str, value: Any) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return _escaped(value)
    if column == "epochs" or column.endswith(EPOCH):
        return f"{value:g}"
    if any(name in column for name in ACCURACIES):
        return f"{value:.4f}"
    return f"{value:.4g}"


def _whole(epoch: float) -> float:
    """An epoch as an int if it is whole."""
    return int(epoch) if float(epoch).is_integer() else float(epoch)


def _escaped(text: str) -> str:
    """Escape text for Markdown, on one line."""
    return MARKUP.sub(r"\\\1", visible(" ".join(text.split())))
