"""Running a scenario: for each activation, build the network, train it, and record the run."""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from replay.activations import CATALOGUE
from replay.errors import DataError, ScenarioError, first_line, unknown
from replay.losses import check_targets
from replay.recorder import Recorder
from replay.recording import Recording
from replay.scenario import Scenario
from replay.storage import checked_samples, refuse_existing
from replay.training import train

NOT_FOR_DENSE = {"glu", "threshold"}  # one halves the units, the other has arguments without defaults
OnEpoch = Callable[[str, int, int], None]


def run(
    scenario: Scenario,
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    on_epoch: OnEpoch | None = None,
) -> list[Recording]:
    """Train and record every run of `scenario`; return the recordings.

    Writes `out`/{activation}.h5, by default below outputs/{scenario}. `on_epoch(activation, epoch, epochs)`
    is called after each epoch.

    Raises RunFileError where one of the files exists and `overwrite` is not set, before any training;
    DataError for data that cannot be trained on; ScenarioError for a network that cannot be built.
    """
    paths = scenario.run_files(Path(out).expanduser() if out is not None else scenario.folder)
    for path in paths:
        refuse_existing(path, overwrite)
    if scenario.build_model is None:
        _check_names(scenario)
    inputs, targets = _data(scenario, scenario.data)
    validation = None if scenario.validation_data is None else _data(scenario, scenario.validation_data)
    recordings = []
    for activation, path in zip(scenario.activations, paths, strict=True):
        model = build_model(scenario, activation, inputs.shape[1:])
        recorder = Recorder(
            path,
            inputs,
            targets,
            validation_data=validation,
            overwrite=overwrite,
            scenario=scenario.name,
            run=activation,
            seed=scenario.seed,
            batch_size=scenario.batch_size,
        )
        callbacks: list[Any] = [recorder]
        if on_epoch is not None:
            callbacks.append(_Progress(on_epoch, activation, scenario.epochs))
        try:
            train(
                model,
                inputs,
                targets,
                batch_size=scenario.batch_size,
                epochs=scenario.epochs,
                callbacks=callbacks,
                validation_data=validation,
                seed=scenario.seed,
            )
        except ValueError as error:  # Keras says so of networks, losses and data that do not fit
            message = f"scenario {scenario.name!r} cannot be trained with {activation}: {first_line(error)}"
            raise ScenarioError(message) from error
        recordings.append(Recording(path))
    return recordings


def _data(scenario: Scenario, source: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    try:
        data = source()
    except Exception as error:
        raise ScenarioError(f"scenario {scenario.name!r}: data fails: {first_line(error)}") from error
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ScenarioError(f"scenario {scenario.name!r}: data must return two arrays, inputs and targets")
    try:
        inputs, targets = checked_samples(*data)
        if scenario.build_model is None:
            check_targets({"name": scenario.loss}, targets, scenario.output_units)
    except DataError as error:
        raise DataError(f"scenario {scenario.name!r}: {error}") from error
    return inputs, targets


def build_model(scenario: Scenario, activation: str, input_shape: Sequence[int]) -> Any:
    """The compiled Keras model of one run, with the initial weights of the scenario's seed."""
    if scenario.build_model is not None:
        with _global_random_state_kept():
            keras.utils.set_random_seed(scenario.seed)
            try:
                model = scenario.build_model(activation)
            except Exception as error:
                message = f"scenario {scenario.name!r}: build_model fails: {first_line(error)}"
                raise ScenarioError(message) from error
        if not getattr(model, "compiled", False):
            raise ScenarioError(f"scenario {scenario.name!r}: build_model must return a compiled Keras model")
        return model
    depth = len(scenario.hidden_units)
    seeds = iter(np.random.SeedSequence(scenario.seed).generate_state(depth + 1).tolist())
    layers: list[Any] = [keras.Input(tuple(input_shape))]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten())
    for number, units in enumerate(scenario.hidden_units, start=1):
        layers.append(
            keras.layers.Dense(
                units,
                activation=activation,
                kernel_initializer=_initializer(scenario.kernel_initializer, next(seeds)),
                name="hidden" if depth == 1 else f"hidden_{number}",
            )
        )
    layers.append(
        keras.layers.Dense(
            scenario.output_units,
            activation=scenario.output_activation,
            kernel_initializer=_initializer(scenario.output_kernel_initializer, next(seeds)),
            name="output",
        )
    )
    model = keras.Sequential(layers, name=f"{scenario.name}_{activation}".replace("-", "_"))
    model.compile(optimizer=_optimizer(scenario), loss=scenario.loss, metrics=list(scenario.metrics))
    return model


def _check_names(scenario: Scenario) -> None:
    """Raise ScenarioError, before anything is trained, for a name that Keras does not know."""
    for activation in (*scenario.activations, scenario.output_activation):
        if activation in NOT_FOR_DENSE or not _known(keras.activations.get, activation):
            raise ScenarioError(unknown("activation", activation, set(CATALOGUE) - NOT_FOR_DENSE))
    finders: list[tuple[str, Callable[[str], Any], tuple[str, ...]]] = [
        ("kernel initializer", keras.initializers.get, (scenario.kernel_initializer,)),
        ("kernel initializer", keras.initializers.get, (scenario.output_kernel_initializer,)),
        ("optimizer", keras.optimizers.get, (scenario.optimizer,)),
        ("loss", keras.losses.get, (scenario.loss,)),
        (
            "metric",
            keras.metrics.get,
            tuple(name for name in scenario.metrics if name not in ("acc", "accuracy")),
        ),
    ]
    for kind, find, names in finders:
        for name in names:
            if not _known(find, name):
                raise ScenarioError(
                    f"scenario {scenario.name!r}: unknown {kind} {name!r}: use one of Keras's names"
                )


def _known(find: Callable[[str], Any], name: str) -> bool:
    try:
        with _global_random_state_kept():
            find(name)
    except ValueError:
        return False
    return True


def _initializer(name: str, seed: int) -> Any:
    with _global_random_state_kept():  # without a seed, Keras draws one from Python's generator
        initializer = keras.initializers.get(name)
    config = initializer.get_config()
    return type(initializer).from_config(config | {"seed": seed} if "seed" in config else config)


def _optimizer(scenario: Scenario) -> Any:
    optimizer = keras.optimizers.get(scenario.optimizer)
    return type(optimizer).from_config(optimizer.get_config() | {"learning_rate": scenario.learning_rate})


@contextmanager
def _global_random_state_kept() -> Iterator[None]:
    """Give Python's and NumPy's global generators back as they were."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - it is this state that must not change
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


class _Progress(keras.callbacks.Callback):
    def __init__(self, on_epoch: OnEpoch, activation: str, epochs: int) -> None:
        super().__init__()
        self._tell = on_epoch
        self._activation, self._epochs = activation, epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._tell(self._activation, epoch + 1, self._epochs)
