"""Shares with an interval, in words that claim no more than the seeds show."""

from __future__ import annotations

from typing import Any

import pytest
from scipy.stats import binomtest

from replay.errors import DataError
from replay.sweeps.result import SweepRun
from replay.sweeps.verdict import percent, verdicts, wilson


def runs(*solved_at: float | None, errors: int = 0) -> list[SweepRun]:
    ended: list[Any] = [
        SweepRun(name="tanh", seed=seed, solved=at is not None, solved_at=at)
        for seed, at in enumerate(solved_at)
    ]
    return ended + [SweepRun(name="tanh", seed=100 + n, error="it failed") for n in range(errors)]


def said(*solved_at: float | None, errors: int = 0) -> str:
    return str(verdicts({"tanh": runs(*solved_at, errors=errors)}, 150)[0])


@pytest.mark.parametrize(("k", "n"), [(0, 1), (1, 1), (0, 60), (60, 60), (59, 60), (1, 3), (500, 1000)])
@pytest.mark.parametrize("confidence", [0.95, 0.5])
def test_the_interval_is_wilsons(k: int, n: int, confidence: float) -> None:
    expected = binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert wilson(k, n, confidence) == pytest.approx(tuple(expected), abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(0, 0), (2, 1), (-1, 3)])
def test_what_is_no_share_is_refused(k: int, n: int) -> None:
    with pytest.raises(DataError, match="is not a share"):
        wilson(k, n)


def test_a_verdict_says_share_interval_and_median() -> None:
    assert said(*[20.0] * 59, None) == (
        "tanh solves it in 98% of 60 seeds [91–100%], at a median of epoch 20"
    )


def test_none_and_all_are_said_as_such() -> None:
    assert said(*[None] * 60) == "tanh solves it with none of 60 seeds [0–6%] within 150 epochs"
    assert said(10, 20, 30) == "tanh solves it with all 3 seeds [44–100%], at a median of epoch 20"
    assert said(None) == "tanh does not solve it with the one seed tried [0–79%] within 150 epochs"


def test_runs_that_failed_do_not_count_and_are_told() -> None:
    assert said(10, None, errors=2) == (
        "tanh solves it in 50% of 2 seeds [9–91%], at a median of epoch 10; 2 runs failed and do not count"
    )
    assert verdicts({"tanh": runs(errors=3)}, 150) == []


def test_a_task_without_classes_has_no_verdict() -> None:
    with pytest.raises(DataError, match="no classes"):
        verdicts({"tanh": [SweepRun(name="tanh", seed=0)]}, 150)


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [(0, 9, "0%"), (9, 9, "100%"), (999, 1000, "more than 99%"), (1, 1000, "less than 1%"), (1, 3, "33%")],
)
def test_no_and_all_percent_are_said_of_none_and_all_alone(part: int, whole: int, words: str) -> None:
    assert percent(part, whole) == words


def test_a_regression_is_fitted_and_its_r2_is_told() -> None:
    some = [
        SweepRun(name="tanh", seed=seed, solved=at is not None, solved_at=at, r2=r2)
        for seed, (at, r2) in enumerate([(12.0, 0.95), (20.0, 0.97), (None, 0.5)])
    ]
    (verdict,) = verdicts({"tanh": some}, 150)
    assert str(verdict) == (
        "tanh fits it in 67% of 3 seeds [21–94%], at a median of epoch 16; R² 0.95 at the end"
    )
    assert verdict.r2 == 0.95
    (verdict,) = verdicts({"tanh": some[2:]}, 150)
    assert str(verdict).startswith("tanh does not fit it with the one seed tried")
