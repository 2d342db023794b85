"""Trains one network with many seeds, building and compiling it once."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from replay.errors import ScenarioError, first_line
from replay.network.any_network import AnyNetwork
from replay.network.description import RunDescription
from replay.network.in_keras import describe
from replay.network.in_keras.network import KerasNetwork
from replay.network.in_numpy import forward
from replay.runs.lasting import for_good
from replay.runs.regression import FITS, quality
from replay.runs.task import REGRESSION, Task
from replay.scenario.data import Data
from replay.scenario.scenario import Scenario
from replay.sweeps.result import SweepRun, run_stem
from replay.training.compiled import stops
from replay.training.experiment import build_model, check_names, recorder, reseed, train_model
from replay.training.training_data import TrainingData
from replay.types import Array

if TYPE_CHECKING:
    from replay.training.epoch_program import Programs

BLOCK_VALUES = 500_000  # activations held at once: 2 MB in float32, which fit the processor's caches
WEIGHTS_KEPT = 10_000  # keep a run's final weights up to this many, 40 kB


class Trainer:
    """The network of one combination: a scenario with one activation, in which nothing varies.

    Raises ScenarioError if it cannot be built or trained.
    """

    def __init__(self, name: str, scenario: Scenario, data: Data) -> None:
        self._name, self._scenario, self._data = name, scenario, data
        self._model: Any = None
        self._programs: Programs | None = None
        self._fresh: list[tuple[Any, Array]] = []  # the optimizer's variables and their initial values
        check_names(scenario)
        # Dropout and averages have a state with which a network that is used again would not begin anew.
        fresh = scenario.build_model is not None or scenario.dropout > 0 or scenario.batch_normalization
        if not fresh and keras.backend.backend() == "tensorflow":
            self._compile()

    def _compile(self) -> None:
        from replay.training.epoch_program import COMPILE_ERRORS, compiled  # here: it loads TensorFlow

        scenario, data = self._scenario, self._data
        model = self._built(scenario)
        size, pace = scenario.batch_size, scenario.recording.get("every_n_batches")
        samples = TrainingData.of(data.inputs, data.targets)
        validation = None if data.validation is None else TrainingData.of(*data.validation)
        stopping = stops(pace, samples.n_samples, size)
        try:
            self._programs = compiled(model, samples, size, validation, stopping=stopping)
        except COMPILE_ERRORS as error:
            raise ScenarioError(
                f"scenario {scenario.name!r} cannot be trained with {self._name}: {first_line(error)}"
            ) from error
        self._model = model
        self._fresh = [(variable, variable.numpy()) for variable in model.optimizer.variables]

    def run(self, seed: int, path: Path | None = None) -> SweepRun:
        """Train with `seed`, as `experiment.run` would, and record to `path` if given."""
        began = time.perf_counter()
        scenario = self._scenario.with_changes(seed=seed)
        model = self._at_start(scenario)
        watch = _Watch(model, self._data)
        callbacks: list[Any] = [watch]
        if path is not None:
            callbacks.append(recorder(scenario, run_stem(self._name, seed), path, self._data, overwrite=True))
        # Validating after each epoch takes long. Only the run files depend on it, and when patience ends.
        validates = path is not None or scenario.patience is not None
        data, programs = self._data, self._programs
        if not validates:
            data = data._replace(validation=None)
            programs = programs and programs._replace(test=None)
        train_model(scenario, self._name, model, data, callbacks, programs)
        held_out_loss = self._held_out_loss(model)
        return replace(
            watch.result(self._name, seed),
            held_out_loss=held_out_loss,
            seconds=time.perf_counter() - began,
        )

    def _held_out_loss(self, model: Any) -> float | None:
        """The loss of the validation data with the weights that the model has now."""
        if self._data.validation is None:
            return None
        if self._programs is not None and self._programs.test is not None:
            logs = self._programs.test(np.arange(self._programs.test.n_samples))
        else:
            size = self._scenario.batch_size
            logs = model.evaluate(*self._data.validation, batch_size=size, verbose=0, return_dict=True)
        return float(logs["loss"])

    def _at_start(self, scenario: Scenario) -> Any:
        """A model with the initial weights of the scenario's seed, and a fresh optimizer."""
        if self._model is None:
            return self._built(scenario)
        reseed(self._model, scenario)
        for variable, value in self._fresh:
            variable.assign(value)
        return self._model

    def _built(self, scenario: Scenario) -> Any:
        return build_model(scenario, scenario.activations[0], np.shape(self._data.inputs)[1:])


class _Watch(keras.callbacks.Callback):
    """A callback that tracks the loss after each epoch, and the accuracy or, of a regression, R²."""

    def __init__(self, model: Any, data: Data) -> None:
        super().__init__()
        describe.build(model, data.inputs)
        self._description = describe.describe(model)
        self._in_numpy = forward.covers(self._description)
        self._network = _network(self._description, model, self._in_numpy)
        self._inputs = data.inputs.astype(np.float32) if self._in_numpy else data.inputs
        self._targets = data.targets
        self._task = Task.of(self._description, data.targets)
        self._variables = describe.variables(model)
        widest = max((layer.units or 1 for layer in self._description.layers), default=1)
        self._block = max(1, BLOCK_VALUES // (len(data.inputs) * widest))
        self._pending: list[list[Array]] = []
        self._shares: list[Array] = []
        self._losses: list[float] = []

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        if epoch == 0:
            self._take()

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        self._losses.append(float((logs or {}).get("loss", np.nan)))
        self._take()

    def _take(self) -> None:
        self._pending.append([variable.numpy() for variable in self._variables])
        if len(self._pending) >= self._block:
            self._judge()

    def _judge(self) -> None:
        """Evaluate the pending snapshots, and keep only the last one."""
        if self._pending:
            weights = [np.stack(arrays) for arrays in zip(*self._pending, strict=True)]
            self._shares.append(self._quality(self._network.evaluate(self._inputs, weights)))
        self._last, self._pending = self._pending[-1], []

    def _quality(self, outputs: Array) -> Array:
        """The share of samples that are right, or R²: (n_snapshots,)."""
        if self._task.kind == REGRESSION:
            return quality(self._targets, outputs).r2
        return self._task.correct(self._task.probabilities(outputs)).mean(axis=1)

    def result(self, name: str, seed: int) -> SweepRun:
        """The result to keep, without what is known only after the training."""
        if self._pending:
            self._judge()
        shares = np.concatenate(self._shares)
        few = sum(array.size for array in self._last) <= WEIGHTS_KEPT and self._in_numpy
        return SweepRun(
            name=name,
            seed=seed,
            **(_fitted(shares) if self._task.kind == REGRESSION else _classified(shares)),
            loss=self._losses[-1],
            losses=np.array(self._losses, np.float32),
            weights=tuple(self._last) if few else (),
            layers=self._description.layers if few else (),
        )


def _classified(shares: Array) -> dict[str, Any]:
    """What is known of a run by the shares of right samples at each snapshot."""
    at = for_good(shares == 1, np.arange(len(shares)))
    return {"solved": bool(shares[-1] == 1), "solved_at": at, "accuracy": float(shares[-1])}


def _fitted(r2: Array) -> dict[str, Any]:
    """What is known of a run by its R² at each snapshot; nothing where it is undefined from the beginning."""
    if np.isnan(r2[0]):
        return {}
    last = float(r2[-1]) if np.isfinite(r2[-1]) else None  # it may have diverged
    at = for_good(r2 >= FITS, np.arange(len(r2)))
    return {"solved": at is not None, "solved_at": at, "r2": last}


def _network(description: RunDescription, model: Any, in_numpy: bool) -> AnyNetwork:
    if in_numpy:
        return forward.Network(description.layers)
    return KerasNetwork(description, model, Path(str(model.name)))
