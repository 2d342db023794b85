"""How close a regression is, against Keras's own metrics, and what makes a run one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.data_description import DataDescription
from replay.runs.regression import check, column_names, qualities, quality, r2_at, value_limits
from tests.conftest import MakeRun
from tests.helpers.regressions import REGRESSION, numbers, of_numbers

RNG = np.random.default_rng(0)
X = RNG.uniform(-1, 1, (30, 2)).astype(np.float32)


@pytest.mark.parametrize("n_columns", [1, 3])
@pytest.mark.parametrize("of_held_out", [False, True])
def test_r2_and_mean_errors_are_those_of_keras(n_columns: int, of_held_out: bool, make_run: MakeRun) -> None:
    held_out = (X[:9] * 1.5, numbers(X[:9], n_columns))
    facts = {"units": (2, 5, n_columns), "data": (X, numbers(X, n_columns)), "held_out": held_out}
    replay = Replay(make_run(**facts, **REGRESSION))
    evaluation = replay.evaluation.held_out if of_held_out else replay.evaluation
    assert evaluation is not None
    found, targets = qualities(evaluation), evaluation.recording.targets
    for position, epoch in enumerate(replay.epochs):
        answers = keras_answers(replay, float(epoch), evaluation.inputs)
        for metric, value in (
            (keras.metrics.R2Score(), found.r2[position]),
            (keras.metrics.MeanAbsoluteError(), found.absolute[position]),
            (keras.metrics.MeanSquaredError(), found.squared[position]),
            (keras.metrics.RootMeanSquaredError(), found.root[position]),
        ):
            metric.update_state(targets, answers)
            assert value == pytest.approx(float(metric.result()), rel=1e-5, abs=1e-5)
        assert r2_at(evaluation, float(epoch)) == pytest.approx(found.r2[position])


def keras_answers(replay: Replay, epoch: float, inputs: np.ndarray) -> np.ndarray:
    weights = [array[0] for array in replay.recording.weights_at(epoch)]
    model = keras.Sequential(
        [keras.Input(inputs.shape[1:])]
        + [
            keras.layers.Dense(layer.units, activation=layer.activation)
            for layer in replay.recording.description.layers
        ]
    )
    model.set_weights(weights)
    return np.asarray(model(inputs))


def test_constant_targets_have_no_r2_and_a_constant_column_does_not_count() -> None:
    targets, answers = np.array([[1.0, 0], [1, 1], [1, 2]]), np.array([[[0.0, 0], [1, 1], [2, 1]]])
    assert np.isnan(quality(targets[:, :1], answers[..., :1]).r2[0])
    assert quality(targets, answers).r2[0] == pytest.approx(1 - 1 / 2)  # Σ(y − ŷ)² = 1, Σ(y − ȳ)² = 2


def test_answers_that_are_not_finite_are_not_close_at_all() -> None:
    with np.errstate(all="raise"):
        found = quality(np.arange(3.0), np.array([[0.0, np.inf, 1], [np.nan, 0, 0], [0, 1, 2]]))
    assert np.isneginf(found.r2[0]) and np.isnan(found.r2[1]) and found.r2[2] == 1
    assert np.isinf(found.squared[0]) and found.absolute[2] == 0


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({}, "this run tells classes apart: show the decision-boundary or the confusion-matrix"),
        (
            {"units": (2, 3, 2), "data": (X, numbers(X)), **REGRESSION},
            "its network gives 2 numbers for 1 targets of a sample, which cannot be compared",
        ),
    ],
    ids=["classes", "another number of answers"],
)
def test_what_is_no_regression_is_refused_in_one_line(facts: Any, message: str, make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=message) as raised:
        check(Replay(make_run(**facts)).evaluation, "the fit")
    assert "\n" not in str(raised.value)


def test_columns_are_called_by_the_names_of_the_run_or_by_their_numbers(make_run: MakeRun) -> None:
    for target, n_columns, expected in (
        ("", 1, [""]),
        ("price", 1, ["price"]),
        ("price, in EUR", 1, ["price, in EUR"]),
        ("red, blue", 2, ["red", "blue"]),
        ("red", 2, ["output 1", "output 2"]),
        ("red,", 2, ["output 1", "output 2"]),
    ):
        data = X, numbers(X, n_columns)
        described = DataDescription(target)
        path = make_run(units=(2, 3, n_columns), data=data, described=described, **REGRESSION)
        assert column_names(Replay(path).evaluation) == expected


def test_limits_hold_the_targets_and_answers_as_far_again_at_most(make_run: MakeRun) -> None:
    replay = Replay(make_run(**of_numbers(1)))
    low, high = value_limits(replay.evaluation)
    targets = np.concatenate([replay.recording.targets, replay.recording.held_out.targets])  # type: ignore[union-attr]
    assert low <= targets.min() and high >= targets.max()
    answers = replay.evaluation.activations()
    usual = np.quantile(answers.max(axis=(1, 2)), 0.95)
    wanted = min(max(targets.max(), usual), targets.max() + np.ptp(targets))
    assert high == pytest.approx(max(wanted, answers[-1].max()))


def test_limits_hold_the_answers_of_the_end_however_far_the_start_was(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 1, 1, "linear"),), loss={"name": "mean_squared_error"})
    x = np.linspace(0, 1, 5, dtype=np.float32)[:, None]
    for slopes, expected in (((1e6, -1e6, 3.0), 3), ((1.0, 1.0, 1e6), 11), ((1e6, 1.0, 1.0), 2)):
        with RunWriter(tmp_path / "run.h5", description, x, x, overwrite=True) as writer:
            for epoch, slope in enumerate(slopes):
                writer.snapshot(epoch, [np.array([[slope]], "f4"), np.zeros(1, "f4")])
        assert value_limits(Replay(tmp_path / "run.h5").evaluation)[1] == pytest.approx(expected)
