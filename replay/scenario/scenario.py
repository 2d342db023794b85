"""The Scenario class: the description of an experiment, and the single runs it varies into."""

from __future__ import annotations

import logging
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import InitVar, dataclass, field, fields, replace
from functools import partial
from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any

from replay.choices import PERCEPTRON, RECORDING
from replay.drawing.registry.row import WHY
from replay.drawing.registry.table import TABLE
from replay.errors import DataError, ScenarioError, unknown
from replay.network.activation_names import word
from replay.network.data_description import DataDescription
from replay.network.description import CLIPS
from replay.scenario import data_files
from replay.scenario.data_files import DataFile
from replay.scenario.data_options import AS_FOUND, DataOptions
from replay.scenario.hyperparameters import AXES, OF_ONES_OWN, checked_axes
from replay.scenario.suited_output import SEVERAL_CLASSES, for_classes, for_numbers, predicts_numbers

logger = logging.getLogger(__name__)
RUN_NAME = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")  # it becomes a file's
# What one of `runs` may change.
OF_RUNS = (
    *("hidden_units", "kernel_initializer", "output_kernel_initializer", "optimizer", "learning_rate"),
    *("activation", "batch_normalization", "dropout", "weight_decay", "patience", "batch_size", "seed"),
    *CLIPS,
)
LONGEST_STEM = 60  # characters of a data file's name in a scenario's
Data = Callable[[], Any]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """An experiment: what to train, on what, and how to show it. One run is made for each of `variants`.

    Args:
        name: The name, which becomes a folder.
        data: A function that returns inputs (n_samples, …) and targets (n_samples, …), or one of
            scikit-learn's bunches, as `load_iris` does.
        description: A line that says what it is, empty by default.
        validation_data: A function that returns the same for validation, or None.
        activations: Names of Keras's, "step" or "prelu", one for each run, of all hidden layers. PReLU is a
            layer of its own after each. Networks made here take parameters of three: "elu:0.2",
            "leaky_relu:0.01", "relu:max_value=6".
        hidden_units: The sizes of the dense hidden layers, which are named "hidden" or "hidden_1",
            "hidden_2", ….
        output_units: The size of the dense output layer.
        output_activation: Its activation.
        kernel_initializer: A name of Keras's, or as "normal_0.01" a normal distribution with that standard
            deviation.
        output_kernel_initializer: The same for the output layer.
        loss: A name of Keras's; or as "quantile_0.9" the loss of a quantile, as "huber_2" Huber's with this
            delta.
        metrics: Names of Keras's.
        optimizer: A name of Keras's, "momentum" for SGD with a momentum of 0.9, or "perceptron" for
            Rosenblatt's rule, which trains one layer of step units, a sample at a time.
        learning_rate: Above 0.
        batch_normalization: Normalise what enters each hidden layer's activation (Ioffe & Szegedy 2015).
        dropout: The share of each hidden layer's activations that are dropped at every step, from 0 to below
            1.
        weight_decay: The share of the weights that the optimizer takes off at every step, times the learning
            rate (decoupled weight decay); 0 or more.
        clipvalue: Cut each component of the gradient at plus and minus this, before every step. None by
            default.
        clipnorm: Scale the gradient of each weight array so that its norm is at most this.
        global_clipnorm: Scale the gradient of all weights together so that its norm is at most this. One of
            these three at most.
        patience: End a run after so many epochs without a lower loss of the validation data, and restore the
            weights of its lowest. None by default.
        batch_size: Samples a step.
        epochs: How many epochs each run takes.
        seed: Starts the initial weights and the shuffling. The data have a seed of their own.
        views: The names of the views that `replay run` renders.
        compared_by: The view by which `replay run` compares the runs, by default planes and curves.
        samples: Train on so many of the data, every class with its share, chosen with the seed. All by
            default.
        tween: How many frames `replay run` puts between two snapshots, where epochs are few.
        recording: How runs are recorded: arguments of `Recorder`, such as {"every_n_epochs": 5}. The allowed
            ones are in `replay.choices.RECORDING`.
        build_model: A function that takes the name of an activation and returns a compiled Keras model, in
            place of the dense network. If it has an argument `output_units`, it gets that of the scenario.
            None by default.
        vary: Hyper-parameters with the values that each shall have, as in {"batch_size": (16, 64)}. The runs
            are all combinations of them with the activations. `replay.scenario.hyperparameters.AXES` has the
            names.
        runs: Named changes of these fields, in place of `vary`, as in {"plain": {}, "dropout": {"dropout":
            0.5}}: each is a run of its own, of this name. "activation" stands for `activations`.
        learning_rates: The learning rates of the optimizers that need another than `learning_rate`, by name.
        data_description: What the data were taken for, or None. `with_data_file` fills it in.
        class_names: The name of each class, by its number.
        feature_names: The name of each input.
        title: What pictures call the data, in place of the scenario.
        target_name: What the targets are.

    Raises:
        ScenarioError: The values do not hold together, or a name is unknown.
        DataError: The names of classes or inputs are empty or alike.

    All are kept as attributes, the four names in `data_description`. Names that are not given are taken from
    the data: columns of a data frame, the name of a series, its categories, and what a bunch says.

    >>> from replay import Scenario, datasets
    >>> scenario = Scenario(
    ...     name="two-moons", data=datasets.moons, activations=("tanh", "relu"), vary={"batch_size": (16, 64)}
    ... )
    >>> [name for name, _ in scenario.variants]
    ['tanh-batch16', 'tanh-batch64', 'relu-batch16', 'relu-batch64']
    """

    name: str
    data: Data
    description: str = ""
    validation_data: Data | None = None
    activations: tuple[str, ...] = ("sigmoid", "tanh", "relu")
    hidden_units: tuple[int, ...] = (2,)
    output_units: int = 1
    output_activation: str = "sigmoid"
    kernel_initializer: str = "glorot_normal"
    output_kernel_initializer: str = "random_normal"
    loss: str = "binary_crossentropy"
    metrics: tuple[str, ...] = ("accuracy",)
    optimizer: str = "sgd"
    learning_rate: float = 0.05
    batch_normalization: bool = False
    dropout: float = 0.0
    weight_decay: float = 0.0
    clipvalue: float | None = None
    clipnorm: float | None = None
    global_clipnorm: float | None = None
    patience: int | None = None
    batch_size: int = 16
    epochs: int = 150
    seed: int = 0
    views: tuple[str, ...] = ("dashboard",)
    compared_by: str | None = None
    samples: int | None = None
    tween: int = 0
    recording: Mapping[str, Any] = field(default_factory=dict, hash=False)
    build_model: Callable[..., Any] | None = None
    vary: Mapping[str, tuple[Any, ...]] = field(default_factory=dict, hash=False)
    runs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, hash=False)
    learning_rates: Mapping[str, float] = field(default_factory=dict, hash=False)
    data_description: DataDescription | None = None
    class_names: InitVar[Iterable[object] | None] = None
    feature_names: InitVar[Iterable[object] | None] = None
    title: InitVar[str | None] = None
    target_name: InitVar[str | None] = None

    def __post_init__(
        self,
        class_names: Iterable[object] | None,
        feature_names: Iterable[object] | None,
        title: str | None,
        target_name: str | None,
    ) -> None:
        self._check()
        described = (self.data_description or DataDescription()).with_names(
            class_names, feature_names, title, target_name
        )
        object.__setattr__(self, "data_description", None if described.says_nothing else described)

    def _check(self) -> None:
        """Raise ScenarioError where the values do not hold together."""
        if not self.name or any(character in self.name for character in "/\\") or self.name.startswith("."):
            raise ScenarioError(f"a scenario's name becomes a folder: {self.name!r} is no valid folder name")
        for name in ("activations", "hidden_units", "metrics", "views"):
            value = getattr(self, name)
            if isinstance(value, str):
                raise ScenarioError(f"scenario {self.name!r}: {name} must be a tuple, such as ({value!r},)")
            object.__setattr__(self, name, tuple(value))
        if len(set(self.activations)) < len(self.activations):
            raise ScenarioError(f"scenario {self.name!r}: an activation is named twice: {self.activations}")
        for view in (*self.views, *([] if self.compared_by is None else [self.compared_by])):
            if view not in TABLE:
                raise ScenarioError(f"scenario {self.name!r}: {unknown('view', view, TABLE)}")
        if (
            "feature-space" in self.views
            and self.build_model is None
            and max(self.hidden_units, default=0) < 2
        ):
            raise ScenarioError(
                f"scenario {self.name!r}: the view feature-space needs a hidden layer of 2 units or more"
            )
        for name in self.recording:
            if name not in RECORDING:
                raise ScenarioError(f"scenario {self.name!r}: {unknown('recording', name, RECORDING)}")
        if self.samples is not None and self.samples < 1:
            raise ScenarioError(f"scenario {self.name!r}: samples must be 1 or more, not {self.samples}")
        if self.tween < 0:
            raise ScenarioError(f"scenario {self.name!r}: tween must be 0 or more, not {self.tween}")
        if self.seed < 0 or not self.learning_rate > 0:
            raise ScenarioError(f"scenario {self.name!r}: seed must be 0 or more, learning_rate above 0")
        if not callable(self.data):
            raise ScenarioError(
                f"scenario {self.name!r}: data must be a function that returns (inputs, targets)"
            )
        if not self.activations:
            raise ScenarioError(f"scenario {self.name!r}: name at least one activation")
        for name in ("epochs", "batch_size", "output_units"):
            if getattr(self, name) < 1:
                raise ScenarioError(
                    f"scenario {self.name!r}: {name} must be 1 or more, not {getattr(self, name)}"
                )
        if any(units < 1 for units in self.hidden_units):
            raise ScenarioError(f"scenario {self.name!r}: every hidden layer needs 1 unit or more")
        self._check_regularisation()
        self._check_perceptron()
        self._check_axes()
        self._check_runs()

    def _check_regularisation(self) -> None:
        """Raise ScenarioError for a dropout, a weight decay, a clipping or a patience that cannot be."""
        if not 0 <= self.dropout < 1 or not 0 <= self.weight_decay < math.inf:
            raise ScenarioError(
                f"scenario {self.name!r}: dropout must be 0 or more and below 1, weight_decay 0 or more"
            )
        if self.patience is not None and self.patience < 1:
            raise ScenarioError(f"scenario {self.name!r}: patience must be 1 or more, not {self.patience}")
        if self.patience is not None and self.validation_data is None:
            raise ScenarioError(
                f"scenario {self.name!r}: patience watches the loss of validation data, and there are none: "
                "give some, or leave it out"
            )
        made_there = self.batch_normalization or self.dropout or self.weight_decay or self.clips
        if self.build_model is not None and made_there:
            raise ScenarioError(
                f"scenario {self.name!r}: build_model makes the network and its optimizer: give them their "
                "batch normalization, dropout, weight decay and clipping there"
            )
        if len(self.clips) > 1 or not all(0 < limit < math.inf for limit in self.clips.values()):
            raise ScenarioError(
                f"scenario {self.name!r}: one of {', '.join(CLIPS)} may be given, as a number above 0"
            )

    def _check_perceptron(self) -> None:
        """Raise ScenarioError for a network that the perceptron rule cannot train."""
        if self.optimizer != PERCEPTRON:
            return
        fits = not self.hidden_units and self.output_activation == "step" and self.build_model is None
        if not fits or self.batch_size != 1 or self.weight_decay:
            raise ScenarioError(
                f"scenario {self.name!r}: the perceptron rule trains one layer of step units, a sample at a "
                "time: give hidden_units=(), output_activation='step', batch_size=1, no weight decay and no "
                "build_model"
            )

    def _check_runs(self) -> None:
        """Raise ScenarioError for runs that have no good name or change what they cannot."""
        if self.runs and self.vary:
            raise ScenarioError(f"scenario {self.name!r}: give either runs or vary")
        for name, changes in self.runs.items():
            if not RUN_NAME.fullmatch(name):
                raise ScenarioError(
                    f"scenario {self.name!r}: the name of a run has letters, digits and dashes, not {name!r}"
                )
            for changed in changes:
                if changed not in OF_RUNS:
                    raise ScenarioError(f"scenario {self.name!r}: {unknown('change', changed, OF_RUNS)}")
        _ = self.variants if self.runs else None  # making them checks them

    def _check_axes(self) -> None:
        """Raise ScenarioError for axes that cannot vary; making each variant checks it."""
        try:
            axes = checked_axes(self.vary)
            rates = {name: AXES["learning_rate"].check(rate) for name, rate in self.learning_rates.items()}
        except ScenarioError as error:
            raise ScenarioError(f"scenario {self.name!r}: {error}") from error
        if "activation" in axes:
            raise ScenarioError(f"scenario {self.name!r}: list the activations in activations, not in vary")
        fixed = [name for name in axes if name not in OF_ONES_OWN]
        if self.build_model is not None and fixed:
            raise ScenarioError(
                f"scenario {self.name!r}: build_model makes the network, so {fixed[0]} cannot vary, only "
                f"{', '.join(OF_ONES_OWN)}"
            )
        object.__setattr__(self, "vary", axes)
        object.__setattr__(self, "learning_rates", rates)
        names = [name for name, _ in self.variants] if axes else []  # making them checks them
        if len(set(names)) < len(names):
            raise ScenarioError(f"scenario {self.name!r}: two runs would have the same name: {names}")

    @property
    def clips(self) -> dict[str, float]:
        """The limit of the gradient, as an argument of Keras's optimizers; empty without one."""
        limits = {name: getattr(self, name) for name in CLIPS}
        return {name: limit for name, limit in limits.items() if limit is not None}

    @property
    def folder(self) -> Path:
        """The folder of its runs unless told otherwise: outputs/NAME."""
        return Path("outputs") / self.name

    @property
    def variants(self) -> list[tuple[str, Scenario]]:
        """The name and the scenario of every single run: each has one activation, and nothing varies.

        A run's name says what varies: "relu", "adam", "relu-adam", "relu-lr0.01-batch16"; of `runs` it is
        theirs, after the activation where there are several.
        """
        if self.runs:
            return [
                (
                    name if len(self.activations) == 1 else f"{word(activation)}-{name}",
                    self.with_changes(runs={}, **_with_activation(activation, changes)),
                )
                for activation, (name, changes) in product(self.activations, self.runs.items())
            ]
        axes = [axis for axis in AXES.values() if axis.name in self.vary]
        found = []
        for activation, *values in product(self.activations, *(self.vary[axis.name] for axis in axes)):
            single = self.with_changes(
                activations=(activation,),
                learning_rate=self.learning_rates.get(self.optimizer),
                vary={},
            )
            for axis, value in zip(axes, values, strict=True):
                single = single.with_changes(**axis.change(single, value))
            words = [axis.word(value) for axis, value in zip(axes, values, strict=True)]
            if len(self.activations) > 1 or not words:
                words.insert(0, word(activation))
            found.append(("-".join(words), single.with_changes(learning_rates={})))
        return found

    def run_files(self, folder: Path) -> list[Path]:
        """The run file of each variant, as it is called in `folder`."""
        return [folder / f"{name}.h5" for name, _ in self.variants]

    def with_axes(self, axes: Mapping[str, Any]) -> Scenario:
        """The same scenario with these axes added; they replace its own of the same name.

        `axes` are as `vary`, and "activation" stands for `activations`. Raises ScenarioError where a name or
        value is unknown.

        >>> from replay import load_scenario
        >>> wide = load_scenario("xor").with_axes({"activation": ("tanh",), "hidden_units": (4, 8)})
        >>> [name for name, _ in wide.variants]
        ['units4', 'units8']
        """
        further = dict(axes)
        activations = further.pop("activation", None)
        return self.with_changes(activations=activations, vary={**self.vary, **further})

    def with_data_file(self, path: str | os.PathLike[str], options: DataOptions = AS_FOUND) -> Scenario:
        """The same scenario on the data of a file, which give it name, title, output layer, loss and metrics.

        `docs/scenarios.md` tells which files are read, and how. What the data were taken for is then in
        `data_description`; what a user should know besides is logged as a warning. Of a network of
        `build_model`, only `output_units` follow, and only if it takes them.

        Args:
            path: A table, an .npz file, or a folder of IDX files.
            options: The target, the inputs, the scaling and more; by default told from the file.

        Returns:
            The scenario. Without test data in the file, nothing is validated.

        Raises:
            DataError: The file cannot be read, or what it holds cannot be trained on.
        """
        source = (Path(path), options, self._takes_classes)
        found = data_files.read_once(*source)
        self._check_targets(path, found)
        for note in found.notes:
            logger.warning("%s: %s", path, note)
        changed = replace(
            self,
            name=self._named_after(source[0]),
            data=partial(data_files.training_data, *source),
            validation_data=None if found.test is None else partial(data_files.test_data, *source),
            data_description=replace(found.description, title=_stem(source[0])),
            views=self.views if _has_plane_of_classes(found) else tuple(v for v in self.views if v != WHY),
        )
        return changed.with_changes(**self._suited_to(found))

    def _check_targets(self, path: str | os.PathLike[str], found: DataFile) -> None:
        """Raise DataError for targets that only a network of `build_model` may answer with."""
        shape = found.train[1].shape
        if self.build_model is None and len(shape) > 2:
            raise DataError(
                f"{path}: each target has shape {shape[1:]}, but the network answers with a row of numbers: "
                "save y with y.reshape(len(y), -1)"
            )

    def _named_after(self, path: Path) -> str:
        """The data's name before the scenario's, so that no picture calls these data moons: "iris-moons"."""
        stem = _stem(path)[:LONGEST_STEM]
        return self.name if self.name.startswith(stem) else f"{stem}-{self.name}"

    @property
    def _takes_classes(self) -> bool:
        """Whether numbers that look like classes are classes. `build_model` may make any loss."""
        if self.build_model is None:
            return not predicts_numbers(self)
        return self.loss == SEVERAL_CLASSES

    def _suited_to(self, found: DataFile) -> dict[str, Any]:
        if self.build_model is not None:
            return self._units_for(len(found.description.classes))
        if found.description.classes:
            return for_classes(self, len(found.description.classes))
        targets = found.train[1]
        return for_numbers(self, 1 if targets.ndim == 1 else targets.shape[1])

    def _units_for(self, n_classes: int) -> dict[str, Any]:
        return {"output_units": n_classes} if n_classes and self.build_model_takes_units else {}

    @property
    def build_model_takes_units(self) -> bool:
        """Whether `build_model` has an argument `output_units`, by which its network follows the data."""
        return self.build_model is not None and "output_units" in signature(self.build_model).parameters

    def with_changes(self, **changes: Any) -> Scenario:
        """The same scenario with other values of its fields; those that are None are left as they are.

        Raises ScenarioError where they do not hold together.
        """
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        values.update({name: value for name, value in changes.items() if value is not None})
        return Scenario(**values)


def _with_activation(activation: str, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of a run as fields: it has this activation unless it names its own."""
    fields_of = {name: value for name, value in changes.items() if name != "activation"}
    return {"activations": (changes.get("activation", activation),), **fields_of}


def _has_plane_of_classes(found: DataFile) -> bool:
    """Whether the data are points of a plane with classes."""
    return found.train[0].shape[1:] == (2,) and bool(found.description.classes)


def _stem(path: Path) -> str:
    """What a file or folder of data is called, without what it is."""
    return path.expanduser().absolute().stem.lstrip(".")
