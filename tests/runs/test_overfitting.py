"""Overfitting: curves that turn, that only waver, and that go together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.runs.loss_curve import LossCurve
from replay.runs.overfitting import overfitting_since

N = 60
EPOCHS = np.arange(1.0, N + 1)
FALLING = np.exp(-EPOCHS / 20)
TURNS_AT = 20
TURNING = 0.4 + 0.01 * np.abs(EPOCHS - TURNS_AT)


def since(training: np.ndarray, validation: np.ndarray) -> float | None:
    return overfitting_since(
        LossCurve(EPOCHS[: len(training)], training), LossCurve(EPOCHS[: len(validation)], validation)
    )


def test_it_begins_where_the_validation_loss_is_lowest() -> None:
    assert since(FALLING, TURNING) == TURNS_AT


@pytest.mark.parametrize("seed", range(20))
def test_noise_moves_it_a_little(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(size=N) * 0.02
    found = since(FALLING, TURNING + noise)
    assert found is not None and abs(found - TURNS_AT) <= 6


@pytest.mark.parametrize("seed", range(200))
def test_noise_alone_is_none(seed: int) -> None:
    rng = np.random.default_rng(seed)
    for level in (0.4 + 0 * FALLING, 0.4 + 0.3 * FALLING):
        assert since(FALLING, level + 0.05 * rng.normal(size=N)) is None


@pytest.mark.parametrize(
    ("training", "validation"),
    [
        (FALLING, FALLING + 0.1),
        (np.ones(N), TURNING),
        (1 / FALLING, TURNING),
        (FALLING, 0.4 + 0.0004 * np.abs(EPOCHS - TURNS_AT)),
        (FALLING, 0.4 + 0.01 * np.abs(EPOCHS - (N - 3))),
        (FALLING, np.where((EPOCHS > 20) & (EPOCHS < 50), 0.8, 0.4)),
    ],
    ids=["both fall", "training stands", "training rises", "by 4 %", "at the very end", "and comes back"],
)
def test_other_curves_have_none(training: np.ndarray, validation: np.ndarray) -> None:
    assert since(training, validation) is None


def test_a_few_epochs_after_the_turn_are_enough_and_fewer_are_not() -> None:
    found = [since(FALLING[:n], TURNING[:n]) for n in (TURNS_AT + 4, TURNS_AT + 9)]
    assert found == [None, TURNS_AT]
    assert since(FALLING[:1], TURNING[:1]) is None
    assert since(FALLING[:0], TURNING[:0]) is None


def test_a_run_tells_it_and_not_after_it_diverged(tmp_path: Path) -> None:
    def record(name: str, validation: np.ndarray) -> list[tuple[float, str]]:
        description = RunDescription((dense("output", 1, 1),), loss={"name": "mean_squared_error"})
        with RunWriter(tmp_path / name, description, np.eye(2)[:, :1], np.zeros(2)) as writer:
            for epoch, loss, val_loss in zip(EPOCHS, FALLING, validation, strict=True):
                logs = {"loss": loss, "val_loss": val_loss}
                writer.snapshot(epoch, [np.ones((1, 1)), np.zeros(1)], logs)
        return [
            (one.epoch, one.text) for one in Replay(tmp_path / name).milestones() if one.kind == "overfitting"
        ]

    assert record("turns.h5", TURNING) == [
        (TURNS_AT, "held-out loss rises while training loss falls: the network overfits")
    ]
    assert record("falls.h5", FALLING) == []
    assert record("gap.h5", np.where(EPOCHS % 7 == 0, np.nan, TURNING)) != []
