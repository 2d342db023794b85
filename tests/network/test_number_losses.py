"""Losses for numbers and their derivatives, against Keras's own and against what they are made for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from replay import QuantileLoss, Recorder, Replay
from replay.errors import DataError, ScenarioError, ViewError
from replay.network.in_keras.describe import describe
from replay.network.losses import check_targets, derivatives, is_known, losses
from replay.network.number_losses import NUMBER_LOSSES

Array = np.ndarray
KL = keras.losses
N_SAMPLES = 40


def pinball(q: float) -> Callable[[Any, Any], Any]:
    """The quantile loss as textbooks write it, by cases."""

    def loss(t: Any, y: Any) -> Any:
        return tf.reduce_mean(tf.where(t >= y, q * (t - y), (1 - q) * (y - t)), axis=-1)

    return loss


CASES: dict[str, tuple[dict[str, Any], Callable[[Any, Any], Any]]] = {
    "squared": ({"name": "mean_squared_error"}, KL.mean_squared_error),
    "half squared": ({"name": "half_squared_error"}, lambda t, y: KL.mean_squared_error(t, y) / 2),
    "absolute": ({"name": "mean_absolute_error"}, KL.mean_absolute_error),
    "huber": ({"name": "huber"}, KL.huber),
    "huber, delta 0.3": ({"name": "huber", "delta": 0.3}, lambda t, y: KL.huber(t, y, delta=0.3)),
    "log-cosh": ({"name": "log_cosh"}, KL.log_cosh),
    "poisson": ({"name": "poisson"}, KL.poisson),
    "quantile 0.9": ({"name": "quantile", "q": 0.9}, pinball(0.9)),
    "quantile 0.25": ({"name": "quantile", "q": 0.25}, pinball(0.25)),
    "percentage": ({"name": "mean_absolute_percentage_error"}, KL.mean_absolute_percentage_error),
    "logarithmic": ({"name": "mean_squared_logarithmic_error"}, KL.mean_squared_logarithmic_error),
}
every = pytest.mark.parametrize("case", CASES)


def samples(case: str, columns: int) -> tuple[Array, Array]:
    """Targets (n_samples, columns) and outputs (1, n_samples, columns); some of them equal."""
    rng = np.random.default_rng(3)
    targets = rng.uniform(0.2, 3, (N_SAMPLES, columns)).astype(np.float32)
    outputs = targets + rng.normal(0, 1, targets.shape).astype(np.float32)
    outputs[0] = targets[0]
    return targets, (np.abs(outputs) + np.float32(0.1) if case == "poisson" else outputs)[None]


@every
@pytest.mark.parametrize("columns", [1, 3])
def test_each_samples_loss_is_kerass(case: str, columns: int) -> None:
    loss, of_keras = CASES[case]
    targets, outputs = samples(case, columns)
    got = losses(loss, targets, outputs, None)
    expected = np.asarray(of_keras(tf.constant(targets), tf.constant(outputs[0])))
    np.testing.assert_allclose(got[0], expected, rtol=1e-6, atol=1e-6)
    assert got.dtype == np.float32


@every
@pytest.mark.parametrize("columns", [1, 3])
def test_derivatives_are_those_of_a_gradient_tape_also_at_kinks(case: str, columns: int) -> None:
    loss, of_keras = CASES[case]
    targets, outputs = samples(case, columns)
    y = tf.constant(outputs[0])
    with tf.GradientTape() as tape:
        tape.watch(y)
        total = tf.reduce_sum(of_keras(tf.constant(targets), y))
    got = derivatives(loss, targets, outputs, None)
    np.testing.assert_allclose(got[0], np.asarray(tape.gradient(total, y)), rtol=1e-6, atol=1e-6)
    assert got.dtype == np.float32


@every
def test_what_is_no_number_costs_what_is_no_number_and_no_other_sample_anything(case: str) -> None:
    loss, _ = CASES[case]
    targets, outputs = samples(case, 2)
    broken = outputs.copy()
    broken[0, 3, 1] = np.nan
    for of in (losses, derivatives):
        got, whole = of(loss, targets, broken, None)[0], of(loss, targets, outputs, None)[0]
        assert np.isnan(got[3]).any()
        np.testing.assert_array_equal(np.delete(got, 3, axis=0), np.delete(whole, 3, axis=0))


def test_log_cosh_of_a_diverged_output_is_its_distance() -> None:
    got = losses({"name": "log_cosh"}, np.zeros(2), np.array([[[1e30], [-1e4]]], np.float32), None)
    np.testing.assert_allclose(got, [[1e30, 1e4 - np.log(2)]], rtol=1e-6)


def test_huber_is_the_squared_error_within_delta_and_the_absolute_beyond() -> None:
    outputs = np.array([[[0.5], [-1.0], [3.0]]])
    got = losses({"name": "huber", "delta": 2}, np.zeros(3), outputs, None)
    np.testing.assert_allclose(got, [[0.125, 0.5, 2 * 3 - 2]])


@pytest.mark.parametrize("q", [0.1, 0.5, 0.9])
def test_the_quantile_loss_is_least_at_the_quantile(q: float) -> None:
    targets = np.random.default_rng(0).normal(size=2001)
    answers = np.linspace(-3, 3, 601)
    outputs = np.broadcast_to(answers[:, None, None], (601, 2001, 1))
    cost = losses({"name": "quantile", "q": q}, targets, outputs, None).mean(axis=1)
    assert answers[cost.argmin()] == pytest.approx(np.quantile(targets, q), abs=0.011)


# What a file or a user may give


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        ({"name": "huber", "delta": 0}, "its delta must be a number above 0, not 0"),
        ({"name": "huber", "delta": float("nan")}, "its delta"),
        ({"name": "quantile"}, "its q must be a number above 0 and below 1, not None"),
        ({"name": "quantile", "q": 1.0}, "its q"),
        ({"name": "quantile", "q": True}, "its q"),
    ],
)
def test_a_loss_with_impossible_arguments_is_not_known(loss: dict[str, Any], message: str) -> None:
    assert not is_known(loss)
    with pytest.raises(ViewError, match=message):
        losses(loss, np.zeros(2), np.zeros((1, 2, 1)), None)


def test_counts_below_zero_are_refused_for_the_poisson_loss_alone() -> None:
    with pytest.raises(DataError, match=r"0 or more for poisson.*least is -2: .*such as mse"):
        check_targets({"name": "poisson"}, np.array([3, -2.0]), 1)
    for name in {*NUMBER_LOSSES} - {"poisson", "poisson_of_log"}:
        check_targets({"name": name}, np.array([3, -2.0]), 1)
    check_targets({"name": "poisson"}, np.array([3, 0]), 1)


@pytest.mark.parametrize("q", [0, 1, -0.5, True, "0.9", float("nan")])
def test_a_quantile_that_is_no_share_is_refused(q: Any) -> None:
    with pytest.raises(ScenarioError, match="above 0 and below 1"):
        QuantileLoss(q)


def test_no_target_may_be_no_number(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="targets"):
        Recorder(tmp_path / "run.h5", np.zeros((2, 1)), np.array([0.5, np.nan]))


# Recorded


def compiled(loss: Any, output: str = "softplus") -> Any:
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, output, name="output")])
    model.compile("sgd", loss)
    return model


def custom_huber(t: Any, y: Any) -> Any:
    """A loss of somebody's own, which calls itself as Keras's does."""
    return KL.huber(t, y)


custom_huber.__name__ = custom_huber.__qualname__ = "huber"


class Pinball(QuantileLoss):
    """A subclass, which may compute anything."""


DESCRIBED: list[tuple[Any, dict[str, Any]]] = [
    ("mae", {"name": "mean_absolute_error"}),
    ("huber", {"name": "huber"}),
    (KL.Huber(), {"name": "huber"}),
    (KL.Huber(delta=0.3), {"name": "huber", "delta": 0.3}),
    ("log_cosh", {"name": "log_cosh"}),
    (KL.LogCosh(), {"name": "log_cosh"}),
    (KL.Poisson(), {"name": "poisson"}),
    (QuantileLoss(0.9), {"name": "quantile", "q": 0.9}),
    ("msle", {"name": "mean_squared_logarithmic_error"}),
    (custom_huber, {"name": f"{__name__}.huber"}),
    (Pinball(0.9), {"name": f"{__name__}.Pinball"}),
]


@pytest.mark.parametrize(("loss", "expected"), DESCRIBED)
def test_a_loss_is_described_with_its_arguments_if_it_is_the_very_one(loss: Any, expected: Any) -> None:
    assert describe(compiled(loss)).loss == expected


def test_a_quantile_loss_with_another_call_is_not_the_quantile_loss() -> None:
    loss = QuantileLoss(0.9)
    loss.call = lambda t, y: 0 * y  # type: ignore[method-assign]
    assert describe(compiled(loss)).loss == {"name": "replay.network.in_keras.quantile_loss.QuantileLoss"}


def test_keras_saves_and_loads_the_quantile_loss(tmp_path: Path) -> None:
    model = compiled(QuantileLoss(0.75))
    model.save(tmp_path / "model.keras")
    loaded: Any = keras.models.load_model(tmp_path / "model.keras")
    assert loaded.loss.q == 0.75


@pytest.mark.parametrize("loss", [KL.Huber(0.3), QuantileLoss(0.9), "poisson", "log_cosh", "mae"])
def test_a_recorded_runs_loss_is_what_evaluate_says(loss: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(30, 2)).astype(np.float32)
    targets = rng.uniform(0, 4, (30, 2)).astype(np.float32)
    model = compiled(loss)
    recorder = Recorder(tmp_path / "run.h5", inputs, targets)
    model.fit(inputs, targets, epochs=1, verbose=0, callbacks=[recorder])
    expected = model.evaluate(inputs, targets, batch_size=30, verbose=0)
    assert Replay(tmp_path / "run.h5").losses()[-1].mean() == pytest.approx(expected, rel=1e-5)


def test_the_quantile_loss_takes_targets_without_a_column() -> None:
    t, y = np.array([1.0, 2, 3], np.float32), np.array([[0.0], [2], [5]], np.float32)
    whole = QuantileLoss(0.9, reduction="sum")
    assert float(whole(t, y)) == pytest.approx(0.9 + 0 + 0.2)
