"""Read recordings of the DeepReplay package like run files, and import them into run files.

A DeepReplay file has a group for each training, with attributes (`n_epochs`, `n_layers`,
`activation_functions`), `inputs`, `targets`, `loss`, a dataset for each metric, and weights under layer0,
layer1, … It does not say what its layers are, how they are connected, or which loss was used. For chains of
dense layers this is inferred from shapes and activation functions; other networks need the model.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from replay.errors import DataError, RunFileError, unknown
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.storage.ending import Ending
from replay.storage.format import FORMAT, reason
from replay.storage.samples import checked_samples
from replay.storage.untrusted import guard
from replay.storage.writer import RunWriter
from replay.storage.writing.existing import refuse_existing
from replay.types import Array

Describe = Callable[[], RunDescription]

MARKS = ("n_epochs", "n_layers", "activation_functions")
# Activation functions of Keras 2 that have not changed since.
SAME_AS_EVER = (
    *("linear", "relu", "sigmoid", "tanh", "elu", "selu", "softplus", "softsign", "softmax"),
    "exponential",
)
RENAMED = {"lr": "learning_rate"}
BLOCK_VALUES = 1_000_000  # weights read at a time, 4 MB in float32


class _Layer(NamedTuple):
    """A layer as its group describes it; `activation` is empty if the layer has none."""

    name: str
    activation: str
    weights: tuple[WeightDescription, ...]


def deepreplay_groups(path: str | os.PathLike[str]) -> list[str]:
    """The names of the trainings that DeepReplay recorded in a file; empty for other HDF5 files.

    Raises RunFileError if the file is not a readable HDF5 file.
    """
    path = Path(path).expanduser()
    guard.existing(path.absolute(), path)
    with guard.opened(path.absolute(), str(path)) as file:
        return _groups(file)


def chosen_group(path: Path, groups: Sequence[str], group: str | None) -> str:
    """`group`, without its slashes, or the only one of `groups`.

    Raises RunFileError, which lists them, for an unknown one, and where several leave the choice open.
    """
    if group is not None and not groups:
        raise RunFileError(f"{path} is a single run: leave the group {group!r} out")
    if group is not None and group.strip("/") not in groups:
        raise RunFileError(f"{path}: {unknown('group', group, groups)}")
    if group is None and len(groups) > 1:
        raise RunFileError(
            f"{path} holds several trainings: choose one with group=… (--group), of {', '.join(groups)}"
        )
    return groups[0] if group is None else group.strip("/")


class DeepReplayFile:
    """Reads one group of a file that DeepReplay wrote; same interface as RunFile.

    Without `group`, the file must hold a single training. `describe` describes the network if the model is
    available, for layers that the group does not describe; its weights must have the recorded shapes.

    DeepReplay fills epochs that were never trained with zeros. They are left out: the epochs at the end
    where the loss and all weights are zero. Without a model, the loss function is a guess, see
    `guessed_loss`.

    Raises RunFileError, naming file and group, if the group is malformed or its network cannot be inferred.
    """

    format_version = "DeepReplay"
    validation_data: tuple[Array, Array] | None = None
    has_validation_data = False
    ending = Ending()
    damages: Sequence[str] = ()

    def __init__(
        self, path: str | os.PathLike[str], group: str | None = None, describe: Describe | None = None
    ) -> None:
        self.path = Path(path).expanduser()
        self._place = self.path.absolute()
        self._identity = guard.existing(self._place, self.path)
        with guard.opened(self._place, str(self.path)) as file:
            self.group = chosen_group(self.path, self._existing(_groups(file)), group)
        with self._recorded() as recorded:
            self._n_epochs = self._count(recorded, "n_epochs")
            layers = self._layers(recorded)
            self._weight_paths = [
                f"{layer.name}/{weight.name}" for layer in layers for weight in layer.weights
            ]
            self._columns = self._read_columns(recorded)
            batch_size = (
                self._count(recorded, "batch_size") if guard.has_attribute(recorded, "batch_size") else 0
            )
            n_snapshots = self._n_snapshots(recorded)
        #: Whether all planned epochs are there: early stopping counts as incomplete.
        self.complete = n_snapshots == self._n_epochs + 1
        self.epochs: Array = np.arange(n_snapshots, dtype=np.float64)
        inputs, targets = self._checked_samples()
        description = (
            self._rebuilt(layers, inputs.shape[1:])
            if describe is None
            else self._of_model(layers, describe())
        )
        self.description = replace(
            description,
            loss=description.loss or guessed_loss(description.output, targets),
            run=self.group,
            batch_size=batch_size or None,
        )

    # Reading

    def check_unreplaced(self) -> None:
        """Raise RunFileError if another file lies in the place of this one."""
        if guard.existing(self._place, self.path) != self._identity:
            raise RunFileError(f"{self.path} was replaced by another file: open it again")

    @contextmanager
    def _recorded(self) -> Iterator[h5py.Group]:
        self.check_unreplaced()
        with guard.opened(self._place, self._where) as file:
            yield guard.item(file, self.group)

    @property
    def _where(self) -> str:
        return f"{self.path}, group {self.group!r}"

    def _existing(self, groups: list[str]) -> list[str]:
        if not groups:
            raise RunFileError(f"{self.path} holds no training that DeepReplay recorded, so it has no groups")
        return groups

    def _count(self, recorded: h5py.Group, name: str) -> int:
        value = np.asarray(self._attribute(recorded, name))
        if value.size != 1 or value.dtype.kind not in "iu" or value.item() < 0:
            raise RunFileError(f"{self._where}: the attribute {name} must be a whole number, not {value}")
        return int(value.item())

    def _attribute(self, recorded: h5py.Group, name: str) -> Any:
        if not guard.has_attribute(recorded, name):
            raise RunFileError(f"{self._where}: the attribute {name} is missing")
        return guard.attribute(recorded, name)

    def _dataset(
        self, recorded: h5py.Group, name: str, length: int | None = None, whole: bool = True
    ) -> h5py.Dataset:
        """A dataset of numbers with `length` rows, any number of rows if None."""
        found = guard.find(recorded, name)
        if not isinstance(found, h5py.Dataset):
            raise RunFileError(f"{self._where}: the dataset {name} is missing")
        if found.dtype.kind not in guard.NUMBERS:
            raise RunFileError(f"{self._where}: {name} must be numbers, not {found.dtype}")
        if not found.shape:
            raise RunFileError(f"{self._where}: {name} must be an array, not a single number")
        dataset = guard.dataset(recorded, name, whole=whole)
        if length is not None and dataset.shape[:1] != (length,):
            raise RunFileError(
                f"{self._where}: {name} has shape {dataset.shape}, but {length} rows are expected for "
                f"{self._n_epochs} epochs"
            )
        return dataset

    def _layers(self, recorded: h5py.Group) -> list[_Layer]:
        n_layers = self._count(recorded, "n_layers")
        names = np.ravel(self._attribute(recorded, "activation_functions"))
        activations = [name.decode() if isinstance(name, bytes) else str(name) for name in names]
        if len(activations) != n_layers:
            raise RunFileError(
                f"{self._where}: activation_functions holds {len(activations)} names for {n_layers} layers"
            )
        layers = [self._layer(recorded, f"layer{n}", name) for n, name in enumerate(activations)]
        if not any(layer.weights for layer in layers):
            raise RunFileError(f"{self._where}: no layer has weights, so there is nothing to replay")
        return layers

    def _layer(self, recorded: h5py.Group, name: str, activation: str) -> _Layer:
        group = guard.find(recorded, name)
        if not isinstance(group, h5py.Group):
            raise RunFileError(f"{self._where}: the layer {name} is missing")
        paths = [f"{name}/weights{n}" for n in range(len(group))]
        datasets = [self._dataset(recorded, path, self._n_epochs + 1, whole=False) for path in paths]
        weights = [
            WeightDescription(f"weights{n}", dataset.shape[1:], dataset.dtype.name)
            for n, dataset in enumerate(datasets)
        ]
        return _Layer(name, activation, tuple(weights))

    def _read_columns(self, recorded: h5py.Group) -> list[str]:
        """The names of the loss and the metrics: all other one-dimensional datasets."""
        self._dataset(recorded, "loss", self._n_epochs)
        further = [
            name
            for name in guard.names(recorded)
            if name not in ("inputs", "targets", "loss") and _is_column(guard.item(recorded, name))
        ]
        for name in further:
            self._dataset(recorded, name, self._n_epochs)
        return ["loss", *further]

    def _n_snapshots(self, recorded: h5py.Group) -> int:
        """How many snapshots were written: at least one, up to the last that is not all zeros."""
        loss = guard.rows(guard.dataset(recorded, "loss"))
        weights = [guard.dataset(recorded, path, whole=False) for path in self._weight_paths]
        snapshot = sum(math.prod(dataset.shape[1:]) * dataset.dtype.itemsize for dataset in weights)
        guard.check_together("a snapshot of the weights", snapshot, weights)
        rows = _block_rows(dataset.shape[1:] for dataset in weights)
        for stop in range(self._n_epochs + 1, 1, -rows):
            start = max(1, stop - rows)
            written = loss[start - 1 : stop - 1] != 0  # NaN counts as written
            for dataset in weights:
                written |= (guard.rows(dataset, start, stop) != 0).reshape(stop - start, -1).any(axis=1)
            if written.any():
                return start + int(np.flatnonzero(written)[-1]) + 1
        return 1

    def _checked_samples(self) -> tuple[Array, Array]:
        try:
            return checked_samples(self.inputs, self.targets)
        except DataError as error:
            raise RunFileError(f"{self._where}: {error}") from error

    # The network

    def _rebuilt(self, layers: Sequence[_Layer], shape: tuple[int, ...]) -> RunDescription:
        """A chain of dense layers, inferred from the shapes of samples and weights."""
        flatten = _flattening(layers) if len(shape) > 1 else None
        described = []
        for layer in layers:
            if layer.weights:
                shape = self._check_dense(layer, shape)
            elif layer is flatten:
                shape = (math.prod(shape),)
            described.append(self._described(layer, shape, flattens=layer is flatten))
        return RunDescription(layers=tuple(described))

    def _check_dense(self, layer: _Layer, shape: tuple[int, ...]) -> tuple[int, ...]:
        """A dense layer's output shape; raises RunFileError if it is not dense or does not fit `shape`."""
        if not layer.activation:
            raise self._refusal(layer, "it has weights, but no activation function, so it is not dense")
        shapes = [weight.shape for weight in layer.weights]
        kernel = shapes[0]
        if len(kernel) != 2 or shapes not in ([kernel], [kernel, kernel[1:]]):
            words = " and ".join(map(str, shapes))
            raise self._refusal(layer, f"its weights, {words}, are not kernel and bias of a dense layer")
        if shape != kernel[:1]:
            raise self._refusal(layer, f"its kernel has shape {kernel}, but its input has shape {shape}")
        return kernel[1:]

    def _described(self, layer: _Layer, shape: tuple[int, ...], flattens: bool) -> LayerDescription:
        """Describe a layer with output shape `shape`.

        Layers without weights and activation count as Identity, e.g. Dropout after training.
        """
        class_name = "Dense" if layer.weights else "Activation" if layer.activation else "Identity"
        named = zip(layer.weights, ("kernel", "bias"), strict=False)
        return LayerDescription(
            name=layer.name,
            class_name="Flatten" if flattens else class_name,
            units=shape[-1],
            shape=shape,
            activation=self._checked_activation(layer),
            weights=tuple(replace(weight, name=name) for weight, name in named),
        )

    def _checked_activation(self, layer: _Layer) -> str | None:
        if not layer.activation:
            return None
        if layer.activation == "hard_sigmoid":
            raise self._refusal(layer, HARD_SIGMOID)
        if layer.activation not in SAME_AS_EVER:
            raise self._refusal(layer, f"its activation function {layer.activation!r} is not known")
        return layer.activation

    def _refusal(self, layer: _Layer, why: str) -> RunFileError:
        saved = self.path.parent / f"{self.group}_model.h5"
        return RunFileError(
            f"{self._where}: {layer.name} cannot be rebuilt from the group alone: {why}. Rebuild the model, "
            f"which DeepReplay saved in {saved}, and pass it: "
            f"Replay(path, model=model, group={self.group!r})"
        )

    def _of_model(self, layers: Sequence[_Layer], described: RunDescription) -> RunDescription:
        """The given model's description; raises RunFileError if it does not fit these weights."""
        recorded = [weight.shape for layer in layers for weight in layer.weights]
        given = [weight.shape for _, weight in described.weight_paths]
        for path, ours, theirs in zip_longest(self._weight_paths, recorded, given):
            if ours != theirs:
                raise RunFileError(
                    f"{self._where}: the model given is not the one that was recorded: "
                    f"{path or 'after the last weights'} has shape {ours}, in the model {theirs}"
                )
        for layer in layers:
            if layer.activation == "hard_sigmoid" and _has_todays_hard_sigmoid(described):
                raise RunFileError(
                    f"{self._where}: {layer.name} cannot be replayed by this model: {HARD_SIGMOID}"
                )
        return replace(described, packages={})  # they are of the given model, not of the recording

    # Data

    @property
    def inputs(self) -> Array:
        """The recorded samples: (n_samples, …), (n_samples, 1) if each is a single number."""
        with self._recorded() as recorded:
            inputs = guard.rows(self._dataset(recorded, "inputs"))
        return inputs[:, None] if inputs.ndim == 1 else inputs  # the shape Keras expects

    @property
    def targets(self) -> Array:
        """Their targets: (n_samples, …). DeepReplay flattened one-hot rows to one column: restore them."""
        with self._recorded() as recorded:
            n_samples = self._dataset(recorded, "inputs").shape[0]
            targets = guard.rows(self._dataset(recorded, "targets"))
        columns, rest = divmod(len(targets), n_samples) if n_samples else (1, 0)
        in_one_column = targets.shape[1:] == (1,) and columns > 1 and not rest
        return targets.reshape(n_samples, columns) if in_one_column else targets

    def weights(self, start: int, stop: int) -> list[Array]:
        """Every weight of the snapshots at positions start ≤ i < stop: a list of (stop − start, …)."""
        stop = min(stop, len(self.epochs))
        with self._recorded() as recorded:
            return [
                guard.rows(guard.dataset(recorded, path, whole=False), start, stop)
                for path in self._weight_paths
            ]

    def history(self) -> tuple[Array, dict[str, Array]]:
        """Epochs of the logged rows (n_rows,), and the metrics by name.

        A metric that is all NaN was not logged, because DeepReplay looked for it under another name.
        """
        rows = len(self.epochs) - 1
        with self._recorded() as recorded:
            columns = {
                name: guard.rows(guard.dataset(recorded, name), 0, rows).astype(np.float64)
                for name in self._columns
            }
        logged = {
            RENAMED.get(name, name): values
            for name, values in columns.items()
            if name == "loss" or not np.isnan(values).all()
        }
        return self.epochs[1:], logged


HARD_SIGMOID = (
    "Keras 2's hard_sigmoid, 0.2·z + 0.5 clipped to [0, 1], differs from today's; "
    "replace it in the model by a function of your own"
)


def _groups(file: h5py.File) -> list[str]:
    """The groups with at least two of MARKS; a group that lacks one gets an error that says so."""
    if guard.has_attribute(file, "format") and guard.attribute(file, "format") == FORMAT:
        return []
    return [
        path
        for path, group in guard.groups(file)
        if sum(guard.has_attribute(group, mark) for mark in MARKS) >= 2
    ]


def _is_column(item: h5py.Group | h5py.Dataset) -> bool:
    return isinstance(item, h5py.Dataset) and item.ndim == 1


def _flattening(layers: Sequence[_Layer]) -> _Layer | None:
    """The layer taken for Flatten: the last one without weights or activation before the first kernel."""
    first = next(n for n, layer in enumerate(layers) if layer.weights)
    return next((layer for layer in reversed(layers[:first]) if not layer.activation), None)


def _has_todays_hard_sigmoid(description: RunDescription) -> bool:
    return any(layer.activation == "hard_sigmoid" for layer in description.layers)


def _block_rows(shapes: Iterable[Sequence[int]]) -> int:
    """How many snapshots of weights of these shapes to read at a time."""
    return max(1, BLOCK_VALUES // max(1, sum(math.prod(shape) for shape in shapes)))


def guessed_loss(output: LayerDescription | None, targets: Array) -> dict[str, Any] | None:
    """Guess the loss from the output layer and targets (n_samples, …); None if the output is not known.

    A sigmoid with targets of 0 and 1 means binary cross-entropy, a softmax with class numbers or rows of its
    width a categorical one, everything else mean squared error. DeepReplay does not record the loss function.
    """
    if output is None:
        return None
    units = output.units or 0
    one_each = targets.ndim == 1 or targets.shape[1:] == (1,)
    if output.activation == "sigmoid" and np.isin(targets, (0, 1)).all():
        return {"name": "binary_crossentropy"}
    if output.activation == "softmax" and units > 1:
        if one_each and np.isin(targets, range(units)).all():
            return {"name": "sparse_categorical_crossentropy"}
        if targets.shape[1:] == (units,):
            return {"name": "categorical_crossentropy"}
    return {"name": "mean_squared_error"}


def import_run(
    path: str | os.PathLike[str],
    group: str | None = None,
    out: str | os.PathLike[str] | None = None,
    overwrite: bool = False,
) -> Path:
    """Convert a group that DeepReplay recorded into a run file; returns its path.

    By default the run file lies next to the source and is named after it and the group: old.h5 gives
    old-part1.h5. It is written whole or not at all. Raises RunFileError if the group cannot be read or
    replayed without its model, or if the run file exists and `overwrite` is not set.
    """
    if Path(path).expanduser().is_dir():
        raise RunFileError(f"{path} is a folder: import takes a file that DeepReplay wrote")
    source = DeepReplayFile(path, group)
    name = f"{source.path.stem}-{source.group.replace('/', '-')}.h5"
    target = Path(out).expanduser() if out is not None else source.path.with_name(name)
    refuse_existing(target, overwrite)
    if target.exists() and target.samefile(source.path):
        raise RunFileError(f"{target} is the file to import from: choose another name for the run file")
    partial = target.with_name(f".{target.name}.{os.getpid()}.import")
    try:
        _copy(source, partial)
        refuse_existing(target, overwrite)  # it may have been written meanwhile
        partial.replace(target)
    except OSError as error:
        raise RunFileError(f"cannot write {target}: {reason(error)}") from error
    finally:
        partial.unlink(missing_ok=True)
    return target


def _copy(source: DeepReplayFile, path: Path) -> None:
    """Write `source` as a run file, a block of snapshots at a time."""
    epochs, history = source.history()
    rows = [None, *({name: values[n] for name, values in history.items()} for n in range(len(epochs)))]
    size = _block_rows(weight.shape for _, weight in source.description.weight_paths)
    writer = RunWriter(path, source.description, source.inputs, source.targets, overwrite=True)
    try:
        for start in range(0, len(source.epochs), size):
            snapshots = zip(*source.weights(start, start + size), strict=True)
            for position, weights in enumerate(snapshots, start):
                writer.snapshot(float(source.epochs[position]), weights, rows[position])
        if source.complete:
            writer.finish()
    finally:
        writer.close()
