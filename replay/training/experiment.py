"""Run a scenario: for each variant, build the Keras model, train it, and record the run."""

from __future__ import annotations

import math
import os
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from replay.choices import LOSS_WITH_NUMBER, MOMENTUM, NORMAL, PERCEPTRON
from replay.errors import DataError, RunFileError, ScenarioError, first_line, unknown
from replay.network.activation_names import parsed, word
from replay.network.activations import CATALOGUE
from replay.network.in_keras import describe
from replay.network.in_keras.perceptron import Perceptron, PerceptronRule, step
from replay.network.in_keras.quantile_loss import QuantileLoss
from replay.recorders.fingerprint import fingerprint as fingerprint_of
from replay.recorders.same_training import check_same_run
from replay.runs.recording import Recording
from replay.scenario.data import Data, load_data
from replay.scenario.scenario import Scenario
from replay.storage.reader import RunFile
from replay.storage.samples import checked_samples
from replay.storage.unfinished import has_begun, training_facts
from replay.storage.writing.existing import refuse_existing
from replay.training.compiled import train
from replay.training.recorder import Recorder
from replay.training.same_recording import check_same_recording

if TYPE_CHECKING:
    from replay.training.epoch_program import Programs

NOT_FOR_DENSE = {"glu", "threshold"}  # glu halves the units, threshold has arguments without defaults
PRELU, PRELU_STARTS = "prelu", 0.25  # a layer in Keras; its slopes start as in He et al. 2015
WITH_PARAMETERS: Mapping[str, Callable[..., Any]] = {
    "elu": keras.layers.ELU,
    "leaky_relu": keras.layers.LeakyReLU,
    "relu": keras.layers.ReLU,
}
OnEpoch = Callable[[str, int, int], None]


def run(
    scenario: Scenario,
    out: str | os.PathLike[str] | None = None,
    *,
    overwrite: bool = False,
    resume: bool = False,
    on_epoch: OnEpoch | None = None,
) -> list[Recording]:
    """Train and record every run of a scenario.

    Args:
        scenario: The scenario to train.
        out: The folder for the run files, {variant}.h5, by default outputs/{scenario}.
        overwrite: Replace run files that exist. False by default.
        resume: Keep runs that are complete, let incomplete ones go on after their last finished epoch, and
            begin the others. False by default.
        on_epoch: A function on_epoch(variant, epoch, epochs), called after each epoch. None by default.

    Returns:
        A `Recording` for each variant.

    Raises:
        RunFileError: A file exists and neither `overwrite` nor `resume` is set, or it holds another run.
            Nothing is trained then.
        DataError: The data cannot be trained on.
        ScenarioError: The network cannot be built or trained.

    >>> from replay import Scenario, datasets, run
    >>> scenario = Scenario(name="moons", data=datasets.moons, samples=50, epochs=2, activations=("tanh",))
    >>> (recording,) = run(scenario)
    >>> recording.path.as_posix(), recording.epochs.tolist()
    ('outputs/moons/tanh.h5', [0.0, 1.0, 2.0])
    """
    paths = scenario.run_files(Path(out).expanduser() if out is not None else scenario.folder)
    if resume and overwrite:
        raise ScenarioError("resume and overwrite exclude each other: choose one of them")
    if not resume:
        for path in paths:
            refuse_existing(path, overwrite)
    check_names(scenario)
    data = load_data(scenario)
    singles = [single for _, single in scenario.variants]
    complete = [resume and _is_complete(one, path, data) for one, path in zip(singles, paths, strict=True)]
    recordings = []
    for (name, single), path, is_complete in zip(scenario.variants, paths, complete, strict=True):
        if is_complete:
            recordings.append(Recording(path))
            continue
        model = build_model(single, single.activations[0], data.inputs.shape[1:])
        data = _fitted(single, model, data)
        callbacks: list[Any] = [recorder(single, name, path, data, overwrite, resume)]
        if on_epoch is not None:
            callbacks.append(_Progress(on_epoch, name, scenario.epochs))
        train_model(single, name, model, data, callbacks)
        recordings.append(Recording(path))
    return recordings


def _is_complete(scenario: Scenario, path: Path, data: Data) -> bool:
    """Whether the run in the file is complete; raises RunFileError if it is a different run."""
    if not has_begun(path):
        return False
    run = RunFile(path)
    model = build_model(scenario, scenario.activations[0], data.inputs.shape[1:])
    data = _fitted(scenario, model, data)
    describe.build(model, data.inputs)
    pairs = [(data.inputs, data.targets), *([] if data.validation is None else [data.validation])]
    fingerprint = fingerprint_of(checked_samples(*pair) for pair in pairs)
    own = describe.describe(model)
    check_same_run(path, run.description, training_facts(path), own, fingerprint)
    if not run.complete:
        return False
    recorded = run.epochs[-1], run.description.seed, run.description.batch_size
    ended_early = scenario.patience is not None and recorded[0] <= scenario.epochs
    wanted = recorded[0] if ended_early else scenario.epochs, scenario.seed, scenario.batch_size
    if recorded != wanted:
        raise RunFileError(
            f"{path} is complete with {recorded[0]:g} epochs, seed {recorded[1]} and batch size "
            f"{recorded[2]}, not {wanted[0]} epochs, seed {wanted[1]} and batch size {wanted[2]}: choose "
            "another folder (--out), or replace it with overwrite=True (--overwrite)"
        )
    check_same_recording(path, scenario, data)
    return True


def _fitted(scenario: Scenario, model: Any, data: Data) -> Data:
    """Reshape the inputs to the shape that the model takes; raises DataError if that is impossible.

    Images may be rows of pixels, and come with or without an axis for a single channel.
    """
    shape = getattr(model, "input_shape", None)
    own = np.shape(data.inputs)[1:]
    if not isinstance(shape, tuple) or _fits(shape[1:], own or (1,)):  # Keras takes numbers as rows of one
        return data
    expected = shape[1:]
    if None in expected or len(expected) < 2 or math.prod(expected) != math.prod(own):
        raise DataError(
            f"scenario {scenario.name!r}: the data have inputs of shape {own}, but the model takes {expected}"
        )
    validation = data.validation
    if validation is not None:
        validation = validation[0].reshape(-1, *expected), validation[1]
    return data._replace(inputs=data.inputs.reshape(-1, *expected), validation=validation)


def _fits(expected: tuple[int | None, ...], own: tuple[int, ...]) -> bool:
    return len(expected) == len(own) and all(
        size in (None, one) for size, one in zip(expected, own, strict=True)
    )


def recorder(
    scenario: Scenario, name: str, path: Path, data: Data, overwrite: bool, resume: bool = False
) -> Recorder:
    """The recorder of one run, called `name`."""
    return Recorder(
        path,
        data.inputs,
        data.targets,
        validation_data=data.validation,
        overwrite=overwrite,
        resume=resume,
        scenario=scenario.name,
        run=name,
        seed=scenario.seed,
        batch_size=scenario.batch_size,
        data=data.described,
        **scenario.recording,
    )


def train_model(
    scenario: Scenario,
    name: str,
    model: Any,
    data: Data,
    callbacks: Sequence[Any],
    programs: Programs | None = None,
) -> None:
    """Train the model of one run; raises ScenarioError if Keras refuses."""
    patience: list[Any] = []
    if scenario.patience is not None:
        stopping = keras.callbacks.EarlyStopping(
            "val_loss", patience=scenario.patience, restore_best_weights=True
        )
        patience.append(stopping)
    try:
        train(
            model,
            data.inputs,
            data.targets,
            batch_size=scenario.batch_size,
            epochs=scenario.epochs,
            callbacks=[*patience, *callbacks],  # a recorder sees the weights that these restore
            validation_data=data.validation,
            seed=scenario.seed,
            programs=programs,
        )
    except ValueError as error:  # from Keras: network, loss and data do not fit together
        message = f"scenario {scenario.name!r} cannot be trained with {name}: {first_line(error)}"
        raise ScenarioError(message) from error


def build_model(scenario: Scenario, activation: str, input_shape: Sequence[int]) -> Any:
    """The compiled Keras model of one run, with the initial weights of the scenario's seed."""
    if scenario.build_model is not None:
        with _global_random_state_kept():
            keras.utils.set_random_seed(scenario.seed)
            asked = {"output_units": scenario.output_units} if scenario.build_model_takes_units else {}
            try:
                model = scenario.build_model(activation, **asked)
            except Exception as error:
                message = f"scenario {scenario.name!r}: build_model fails: {first_line(error)}"
                raise ScenarioError(message) from error
        if not getattr(model, "compiled", False):
            raise ScenarioError(f"scenario {scenario.name!r}: build_model must return a compiled Keras model")
        return model
    initializers = _initializers(scenario)
    layers: list[Any] = [keras.Input(tuple(input_shape))]
    if len(input_shape) > 1:
        layers.append(keras.layers.Flatten())
    for number, units in enumerate(scenario.hidden_units, start=1):
        name = "hidden" if len(scenario.hidden_units) == 1 else f"hidden_{number}"
        layers += _hidden(name, units, activation, next(initializers), scenario.batch_normalization)
        if scenario.dropout:
            layers.append(
                keras.layers.Dropout(scenario.dropout, seed=scenario.seed + number, name=f"dropout_{number}")
            )
    layers.append(
        keras.layers.Dense(
            scenario.output_units,
            activation=_activation_named(scenario.output_activation),
            kernel_initializer=next(initializers),
            name="output",
        )
    )
    kind = Perceptron if scenario.optimizer == PERCEPTRON else keras.Sequential
    model = kind(layers, name=f"{scenario.name}_{word(activation)}".replace("-", "_"))
    loss = _loss_named(scenario.loss)
    model.compile(optimizer=_optimizer(scenario), loss=loss, metrics=list(scenario.metrics))
    return model


def _hidden(name: str, units: int, activation: str, initializer: Any, normalised: bool) -> list[Any]:
    """A dense hidden layer. What bends it is a layer of its own if that has weights or it is `normalised`."""
    if activation == PRELU:
        start = keras.initializers.Constant(PRELU_STARTS)
        bends = [keras.layers.PReLU(alpha_initializer=start, name=f"{name}_prelu")]
    elif normalised:
        bends = [keras.layers.Activation(_activation_named(activation), name=f"{name}_{word(activation)}")]
    else:
        bends = []
    function = None if bends else _activation_named(activation)
    dense = keras.layers.Dense(units, activation=function, kernel_initializer=initializer, name=name)
    between = [keras.layers.BatchNormalization(name=f"{name}_normalized")] if normalised else []
    return [dense, *between, *bends]


def reseed(model: Any, scenario: Scenario) -> None:
    """Reset a model of `build_model` to the initial weights of the scenario's seed.

    Not for scenarios with their own `build_model`.
    """
    dense = (layer for layer in model.layers if isinstance(layer, keras.layers.Dense))
    for layer, initializer in zip(dense, _initializers(scenario), strict=True):
        layer.kernel.assign(initializer(layer.kernel.shape, dtype=layer.kernel.dtype))
        layer.bias.assign(keras.ops.zeros_like(layer.bias))
    for layer in (layer for layer in model.layers if isinstance(layer, keras.layers.PReLU)):
        layer.alpha.assign(keras.ops.full_like(layer.alpha, PRELU_STARTS))


def _initializers(scenario: Scenario) -> Iterator[Any]:
    """The kernel initializer of each layer, each with its own seed."""
    names = [*[scenario.kernel_initializer] * len(scenario.hidden_units), scenario.output_kernel_initializer]
    seeds = np.random.SeedSequence(scenario.seed).generate_state(len(names)).tolist()
    return (_initializer(name, seed) for name, seed in zip(names, seeds, strict=True))


def check_names(scenario: Scenario) -> None:
    """Raise ScenarioError, before any training, for a name that Keras does not know."""
    if scenario.build_model is not None:
        return
    named = [activation for _, single in scenario.variants for activation in single.activations]
    hidden = [activation for activation in dict.fromkeys(named) if activation != PRELU]
    for activation in (*hidden, scenario.output_activation):
        if activation in NOT_FOR_DENSE or not _known(_activation_named, activation):
            raise ScenarioError(unknown("activation", activation, set(CATALOGUE) - NOT_FOR_DENSE))
    singles = [single for _, single in scenario.variants]
    finders: list[tuple[str, Callable[[str], Any], set[str]]] = [
        ("kernel initializer", _initializer_named, {single.kernel_initializer for single in singles}),
        ("kernel initializer", _initializer_named, {single.output_kernel_initializer for single in singles}),
        ("optimizer", _optimizer_named, {single.optimizer for single in singles}),
        ("loss", _loss_named, {scenario.loss}),
        ("metric", keras.metrics.get, set(scenario.metrics) - {"acc", "accuracy"}),
    ]
    for kind, find, names in finders:
        for name in sorted(names):
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
        initializer = _initializer_named(name)
    config = initializer.get_config()
    return type(initializer).from_config(config | {"seed": seed} if "seed" in config else config)


def _initializer_named(name: str) -> Any:
    normal = NORMAL.fullmatch(name)
    return (
        keras.initializers.RandomNormal(stddev=float(normal[1])) if normal else keras.initializers.get(name)
    )


def _optimizer(scenario: Scenario) -> Any:
    optimizer = _optimizer_named(scenario.optimizer)
    changes: dict[str, Any] = {"learning_rate": scenario.learning_rate, **scenario.clips}
    if scenario.weight_decay:
        changes["weight_decay"] = scenario.weight_decay
    return type(optimizer).from_config(optimizer.get_config() | changes)


def _optimizer_named(name: str) -> Any:
    if name == PERCEPTRON:
        return PerceptronRule()
    return keras.optimizers.SGD(momentum=0.9) if name == MOMENTUM else keras.optimizers.get(name)


def _activation_named(text: str) -> Any:
    """The activation called so; with parameters, the layer of Keras's that has them: a function has none."""
    name, given = parsed(text)
    if not given:
        return step if name == "step" else keras.activations.get(name)
    if name not in WITH_PARAMETERS:
        able = ", ".join(WITH_PARAMETERS)
        raise ScenarioError(f"activation {text!r}: networks take the parameters of {able}, not of {name}")
    return WITH_PARAMETERS[name](**given)


def _loss_named(name: str) -> Any:
    """The loss called so; raises ValueError for an unknown name, ScenarioError for an impossible number."""
    with_number = LOSS_WITH_NUMBER.fullmatch(name)
    if with_number is None:
        return keras.losses.get(name)
    kind, number = with_number[1], float(with_number[2])
    if kind == "huber" and not number > 0:
        raise ScenarioError(f"the delta of Huber's loss must be above 0, not {number:g}")
    return QuantileLoss(number) if kind == "quantile" else keras.losses.Huber(number)


@contextmanager
def _global_random_state_kept() -> Iterator[None]:
    """Restore the state of Python's and NumPy's global random generators after the block."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002 - this state must not change
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


class _Progress(keras.callbacks.Callback):
    def __init__(self, on_epoch: OnEpoch, name: str, epochs: int) -> None:
        super().__init__()
        self._tell = on_epoch
        self._name, self._epochs = name, epochs

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._tell(self._name, epoch + 1, self._epochs)
