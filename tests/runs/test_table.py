"""The table of several runs says what was logged, in Markdown and in CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import RunDescription, RunWriter, datasets, dense
from replay.runs.recording import Recording
from replay.runs.table import as_csv, as_markdown, run_rows

NAN = float("nan")
WEIGHTS = [np.eye(2), np.zeros(2), np.ones((2, 1)), np.zeros(1)]


def logged(
    path: Path, *rows: dict[str, float], run: str = "", held: dict[float, float | None] | None = None
) -> Recording:
    """A run with a row of logs at each epoch from 1 on, and of weights `held` after it, whose they are."""
    layers = dense("hidden", 2, 2), dense("output", 2, 1, "sigmoid")
    description = RunDescription(layers, loss={"name": "binary_crossentropy"}, run=run)
    with RunWriter(path, description, *datasets.parabola(10)) as writer:
        for epoch, row in enumerate(({}, *rows)):
            writer.snapshot(epoch, WEIGHTS, row or None)
        for at, of in (held or {}).items():
            writer.hold(at, WEIGHTS, of)
    return Recording(path)


def epoch(loss: float, accuracy: float, val_loss: float, val_accuracy: float) -> dict[str, float]:
    return {"loss": loss, "accuracy": accuracy, "val_loss": val_loss, "val_accuracy": val_accuracy}


@pytest.fixture
def three(tmp_path: Path) -> list[Recording]:
    return [
        logged(tmp_path / "a.h5", epoch(2, 0.5, 3, 0.25), epoch(1, 0.75, 2, 0.625), epoch(0.5, 1, 4, 0.5)),
        logged(tmp_path / "b.h5", {"loss": 0.125, "accuracy": 0.875}, run="plain"),
        logged(tmp_path / "c.h5", {"learning_rate": 0.1}),
    ]


def test_names_of_strangers_are_text_in_every_table(tmp_path: Path) -> None:
    recordings = [
        logged(tmp_path / f"{n}.h5", {"loss": 1.0, "=1+1": 2.0}, run=name)
        for n, name in enumerate(("=cmd|calc!A1", "\x1b[31mred\x9b2J", " @x", "-1", "plain"))
    ]
    header, *rows = csv.reader(io.StringIO(text := as_csv(run_rows(recordings))))
    assert header == ["run", "epochs", "loss", "'=1+1"]
    assert [row[0] for row in rows] == ["'=cmd|calc!A1", "\\x1b[31mred\\x9b2J", "' @x", "'-1", "plain"]
    assert [row[2] for row in rows] == ["1.0"] * 5
    for table in (text, as_markdown(run_rows(recordings))):
        assert table.replace("\n", "").isprintable()


def test_a_row_holds_what_was_logged_last_and_the_best(three: list[Recording]) -> None:
    first, second, third = run_rows(three)
    assert first == {
        "run": "a",
        "epochs": 3,
        "accuracy": 1.0,
        "loss": 0.5,
        "val_accuracy": 0.5,
        "val_loss": 4.0,
        "best_val_accuracy": 0.625,
        "best_val_accuracy_epoch": 2,
    }
    empty = dict.fromkeys(first)
    assert second == empty | {"run": "plain", "epochs": 1, "accuracy": 0.875, "loss": 0.125}
    assert third == empty | {"run": "c", "epochs": 1}
    assert list(first) == list(second) == list(third)


def test_values_are_those_of_the_weights_that_a_run_was_left_with(tmp_path: Path) -> None:
    rows = [epoch(2, 0.5, 3, 0.25), epoch(1, 0.75, 2, 0.625), epoch(0.5, 1, 4, 0.5)]
    restored = logged(tmp_path / "restored.h5", *rows, held={3.5: 2})
    averaged = logged(tmp_path / "averaged.h5", *rows, held={3.5: None})
    of_second, of_none, of_last = run_rows([restored, averaged, logged(tmp_path / "plain.h5", *rows)])
    best = {"best_val_accuracy": 0.625, "best_val_accuracy_epoch": 2}
    assert of_second == {"run": "restored", "epochs": 3.5, "weights_of_epoch": 2, **best} | rows[1]
    assert of_none == dict.fromkeys(of_second) | {"run": "averaged", "epochs": 3.5, **best}
    assert of_last == {"run": "plain", "epochs": 3, "weights_of_epoch": 3, **best} | rows[2]
    assert as_markdown([of_second, of_none]).splitlines() == [
        "| run | epochs | weights of epoch | accuracy | loss | validation accuracy | validation loss "
        "| best validation accuracy | at epoch |",
        "| :-- | --: | --: | --: | --: | --: | --: | --: | --: |",
        "| restored | 3.5 | 2 | 0.7500 | 1 | 0.6250 | 2 | 0.6250 | 2 |",
        "| averaged | 3.5 | – | – | – | – | – | 0.6250 | 2 |",
    ]


def test_without_validation_there_are_no_columns_for_it(three: list[Recording]) -> None:
    (row,) = run_rows(three[1:2], ["relu"])
    assert list(row.items()) == [("run", "relu"), ("epochs", 1), ("accuracy", 0.875), ("loss", 0.125)]


def test_of_several_best_epochs_the_first_counts(tmp_path: Path) -> None:
    (row,) = run_rows([logged(tmp_path / "a.h5", *(epoch(1, 0.5, 1, value) for value in (0.1, 0.9, 0.9)))])
    assert (row["best_val_accuracy"], row["best_val_accuracy_epoch"]) == (0.9, 2)


def test_other_metrics_follow_and_learning_rates_do_not(tmp_path: Path) -> None:
    run = logged(
        tmp_path / "a.h5", {"loss": 2, "mae": 0.5, "learning_rate": 0.1, "val_loss": 3, "val_mae": 4}
    )
    (row,) = run_rows([run])
    assert list(row) == ["run", "epochs", "loss", "mae", "val_loss", "val_mae"]
    assert list(row.values())[2:] == [2, 0.5, 3, 4]


def test_a_loss_that_became_nan_is_not_passed_over(tmp_path: Path) -> None:
    rows = [{"loss": 1.0, "accuracy": 0.5, "mae": 1.0}, {"loss": NAN, "accuracy": 0.25, "mae": NAN}]
    (row,) = run_rows([logged(tmp_path / "a.h5", *rows)])
    assert row["accuracy"] == 0.25
    assert np.isnan(row["loss"]) and np.isnan(row["mae"])
    assert "| nan |" in as_markdown([row])
    (read,) = csv.DictReader(io.StringIO(as_csv([row])))
    assert read["loss"] == "nan"


def test_a_metric_that_is_logged_now_and_then_keeps_its_last_value(tmp_path: Path) -> None:
    run = logged(tmp_path / "a.h5", {"loss": 2, "auc": 0.75}, {"loss": 1})
    assert run_rows([run])[0]["auc"] == 0.75


def test_csv_gives_back_names_and_numbers_in_full(three: list[Recording]) -> None:
    names = ['a "quoted", name', "two\nlines", "plain"]
    rows = run_rows(three, names)
    rows[0]["loss"] = 1 / 3
    read = list(csv.DictReader(io.StringIO(as_csv(rows))))
    assert [row["run"] for row in read] == names
    assert float(read[0]["loss"]) == 1 / 3
    assert read[1]["val_loss"] == ""
    assert [int(row["epochs"]) for row in read] == [3, 1, 1]


def test_markdown_has_a_line_for_each_run_and_rounds(three: list[Recording]) -> None:
    head, rule, first, second, _ = as_markdown(run_rows(three)).splitlines()
    words = ["run", "epochs", "accuracy", "loss", "validation accuracy", "validation loss"]
    assert head == f"| {' | '.join([*words, 'best validation accuracy', 'at epoch'])} |"
    assert rule.split(" | ") == ["| :--", *["--:"] * 6, "--: |"]
    assert first == "| a | 3 | 1.0000 | 0.5 | 0.5000 | 4 | 0.6250 | 2 |"
    assert second == "| plain | 1 | 0.8750 | 0.125 | – | – | – | – |"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a|b", r"a\|b"),
        ("*bold* _x_ `code`", r"\*bold\* \_x\_ \`code\`"),
        ("[link](<b>)", r"\[link\](\<b\>)"),
        ("back\\slash\nline", r"back\\slash line"),
    ],
)
def test_markup_in_names_is_escaped(name: str, written: str, three: list[Recording]) -> None:
    last = as_markdown(run_rows(three[1:2], [name])).splitlines()[-1]
    assert last.startswith(f"| {written} | 1 |")


@pytest.mark.parametrize("write", [as_markdown, as_csv])
def test_no_runs_make_no_text(write: Any) -> None:
    assert write(run_rows([])) == ""
