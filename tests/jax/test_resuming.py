"""A training in JAX that was interrupted goes on as if it had not been: parameters, optimizer, keys."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.errors import RunFileError, ScenarioError
from tests.helpers.backends import need

need("jax")
need("flax")
import jax
import jax.numpy as jnp
import optax
from flax import nnx

import replay.jax
from replay.jax import state as states

X = np.random.default_rng(0).normal(size=(24, 2)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int64)
EPOCHS, STOPPED = 6, 3
LOSS = optax.sigmoid_binary_cross_entropy
OPTIMIZER = optax.adam(0.05)


class Stopped(Exception):
    """Ends a training."""


def beginning() -> tuple[Any, Any]:
    rng = np.random.default_rng(1)
    params = {
        "hidden": {"kernel": jnp.asarray(rng.normal(size=(2, 8)), jnp.float32), "bias": jnp.zeros(8)},
        "output": {"kernel": jnp.asarray(rng.normal(size=(8, 1)), jnp.float32), "bias": jnp.zeros(1)},
    }
    return params, (OPTIMIZER.init(params), jax.random.key(5))


def apply(params: Any, x: Any, key: Any = None) -> Any:
    x = jnp.tanh(x @ params["hidden"]["kernel"] + params["hidden"]["bias"])
    if key is not None:
        x = x * jax.random.bernoulli(key, 0.7, x.shape) / 0.7
    return x @ params["output"]["kernel"] + params["output"]["bias"]


@jax.jit
def step(params: Any, state: Any) -> tuple[Any, Any, Any]:
    optimizer_state, key = state
    key, own = jax.random.split(key)
    loss, slopes = jax.value_and_grad(lambda params: LOSS(apply(params, X, own)[:, 0], Y).mean())(params)
    updates, optimizer_state = OPTIMIZER.update(slopes, optimizer_state)
    return optax.apply_updates(params, updates), (optimizer_state, key), loss


def train(path: Path, resume: bool = False, stop: int | None = None, **options: Any) -> Any:
    params, state = beginning()
    recorder = replay.jax.Recorder(
        apply, params, X, Y, path, loss=LOSS, state=state, resume=resume, **options
    )
    params, state = recorder.restored
    with recorder:
        for epoch in range(recorder.initial_epoch, EPOCHS):
            if epoch == stop:
                raise Stopped
            params, state, loss = step(params, state)
            recorder.epoch_end(params, state=state, loss=loss)
    return params, state


def stopped(path: Path, **options: Any) -> None:
    with pytest.raises(Stopped):
        train(path, stop=STOPPED, **options)
    assert Replay(path).epochs.tolist() == [*range(STOPPED + 1)]


def assert_equal_runs(one: Path, other: Path) -> None:
    ours, theirs = Replay(one).recording, Replay(other).recording
    assert ours.complete and ours.epochs.tolist() == theirs.epochs.tolist() == [*range(EPOCHS + 1)]
    for epoch in range(EPOCHS + 1):
        for a, b in zip(ours.weights_at(epoch), theirs.weights_at(epoch), strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
    np.testing.assert_allclose(ours.history["loss"], theirs.history["loss"], atol=1e-6)


def test_a_resumed_run_equals_one_that_was_not_interrupted(tmp_path: Path) -> None:
    whole, apart = tmp_path / "whole.h5", tmp_path / "apart.h5"
    expected = train(whole)
    stopped(apart)
    got = train(apart, resume=True)
    assert_equal_runs(apart, whole)
    for a, b in zip(states.arrays_in(got), states.arrays_in(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_resuming_where_there_is_no_file_begins(tmp_path: Path) -> None:
    train(tmp_path / "a.h5", resume=True)
    train(tmp_path / "b.h5")
    assert_equal_runs(tmp_path / "a.h5", tmp_path / "b.h5")


class Net(nnx.Module):
    def __init__(self, rngs: nnx.Rngs) -> None:
        self.first = nnx.Linear(2, 8, rngs=rngs)
        self.norm = nnx.BatchNorm(8, rngs=rngs)
        self.dropout = nnx.Dropout(0.3, rngs=rngs)
        self.last = nnx.Linear(8, 1, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return self.last(self.dropout(nnx.tanh(self.norm(self.first(x)))))


@nnx.jit
def step_of_module(module: Any, optimizer: Any) -> Any:
    loss, slopes = nnx.value_and_grad(lambda module: LOSS(module(X)[:, 0], Y).mean())(module)
    optimizer.update(module, slopes)
    return loss


def train_module(path: Path, resume: bool = False, stop: int | None = None, seed: int = 0) -> Any:
    module = Net(nnx.Rngs(seed))
    optimizer = nnx.Optimizer(module, OPTIMIZER, wrt=nnx.Param)
    recorder = replay.jax.Recorder(module, X, Y, path, loss=LOSS, state=optimizer, resume=resume)
    with recorder:
        for epoch in range(recorder.initial_epoch, EPOCHS):
            if epoch == stop:
                raise Stopped
            recorder.epoch_end(loss=step_of_module(module, optimizer))
    return module, optimizer


def test_a_module_and_its_optimizer_are_set_to_where_they_were(tmp_path: Path) -> None:
    whole, apart = tmp_path / "whole.h5", tmp_path / "apart.h5"
    expected = train_module(whole)
    with pytest.raises(Stopped):
        train_module(apart, stop=STOPPED)
    got = train_module(apart, resume=True, seed=9)  # other weights and random keys to begin with
    assert_equal_runs(apart, whole)
    for a, b in zip(states.arrays_in(got), states.arrays_in(expected), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_bfloat16_parameters_go_on_exactly(tmp_path: Path) -> None:
    params = {"w": jnp.asarray([[0.1], [0.7]], jnp.bfloat16)}
    options = {"loss": "mse", "state": (3, np.float64(0.1), jax.random.PRNGKey(2))}

    def function(params: Any, x: Any) -> Any:
        return (x @ params["w"]).astype(jnp.float32)

    with pytest.raises(Stopped):  # noqa: SIM117 - the recorder must be made
        with replay.jax.Recorder(function, params, X, Y, tmp_path / "run.h5", **options) as recorder:
            grown = {"w": params["w"] * 3}
            recorder.epoch_end(grown, state=(4, np.float64(0.2), jax.random.PRNGKey(8)))
            raise Stopped
    again = replay.jax.Recorder(function, params, X, Y, tmp_path / "run.h5", resume=True, **options)
    restored, (steps, rate, key) = again.restored
    assert restored["w"].dtype == jnp.bfloat16 and (restored["w"] == grown["w"]).all()
    assert (steps, type(steps), float(rate), key.tolist()) == (4, int, 0.2, [0, 8])
    again.close()


def test_another_optimizer_or_other_data_are_refused(tmp_path: Path) -> None:
    stopped(tmp_path / "run.h5")
    params, _ = beginning()
    for state, data in ((optax.sgd(0.1).init(params), X), (beginning()[1], X + 1)):
        with pytest.raises(RunFileError, match=r"holds a training with other (variables|data)"):
            replay.jax.Recorder(
                apply, params, data, Y, tmp_path / "run.h5", loss=LOSS, state=state, resume=True
            )


def test_another_state_at_an_epochs_end_is_said_once_and_recorded_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    params, state = beginning()
    with replay.jax.Recorder(apply, params, X, Y, tmp_path / "run.h5", state=state) as recorder:
        recorder.epoch_end(params, state=state)
        recorder.epoch_end(params)
        recorder.epoch_end(params, state=state)
    (warning,) = [one.getMessage() for one in caplog.records if one.levelno >= logging.WARNING]
    assert "can no longer be resumed" in warning
    assert Replay(tmp_path / "run.h5").epochs.tolist() == [0, 1, 2, 3]


def test_without_state_nothing_is_kept_where_nobody_will_resume(tmp_path: Path) -> None:
    stopped(tmp_path / "run.h5", resumable=False)
    with pytest.raises(RunFileError, match="does not hold what resuming needs"):
        train(tmp_path / "run.h5", resume=True)
    with pytest.raises(ScenarioError, match="resume cannot be combined"):
        train(tmp_path / "run.h5", resume=True, overwrite=True)
