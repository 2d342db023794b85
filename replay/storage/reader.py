"""Read a run file: description, samples, weights, history; complete or still being written (SWMR)."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from replay.errors import DataError, RunFileError
from replay.network import untrusted_json
from replay.network.description import RunDescription
from replay.storage.ending import NAME as ENDING
from replay.storage.ending import Ending, ending_from
from replay.storage.format import FORMAT, FORMAT_VERSION
from replay.storage.samples import check_finite, parts
from replay.storage.untrusted import guard
from replay.types import Array, Samples

MAX_PARTS = 1000  # inputs or outputs of one network
PARTS_BYTES = 256_000_000  # of all parts together; one-hot rows get that large, and compress well
LARGEST_EPOCH = 1e15  # of either sign: no training has more, and no axis can show more


class RunFile:
    """Reads one run file, also while it is being written.

    Data are loaded on demand, and the file is open only during a read, so the same process can go on
    recording. Safe for untrusted files: see `replay.storage.untrusted.guard`.

    Raises RunFileError, naming the file, if this version cannot read it as a run file.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._place = self.path.absolute()  # still valid after the process changes its folder
        self._identity = guard.existing(self._place, self.path)
        with self._opened() as file:
            self.format_version = self._check_format(file)
            description = RunDescription.from_json(untrusted_json.loads(guard.text(file, "description")))
            stored = guard.scalar(file, "batch_size") if guard.is_there(file, "batch_size") else 0
            if stored < 0:
                raise ValueError(f"batch_size must not be {stored}")
            self.description = replace(description, batch_size=stored or description.batch_size)
            self.epochs = self._read_epochs(file)

    @contextmanager
    def _opened(self) -> Iterator[h5py.File]:
        if guard.existing(self._place, self.path) != self._identity:
            raise RunFileError(f"{self.path} was replaced by another file: open it again")
        with guard.opened(self._place, str(self.path)) as file:
            yield file

    def _check_format(self, file: h5py.File) -> str:
        if not guard.has_attribute(file, "format") or guard.attribute(file, "format") != FORMAT:
            raise RunFileError(f"{self.path} is an HDF5 file, but not a run file: it lacks {FORMAT!r}")
        version = str(guard.attribute(file, "format_version"))
        major = int(version.split(".")[0])
        if major > FORMAT_VERSION[0]:
            raise RunFileError(
                f"{self.path} has format {version}, newer than this version reads "
                f"({FORMAT_VERSION[0]}.x): upgrade boundary-replay"
            )
        return version

    def _read_epochs(self, file: h5py.File) -> Array:
        epochs = guard.rows(guard.dataset(file, "epochs", "f", ndim=1))
        found = []
        for path, weight in self.description.weight_paths:
            dataset = guard.dataset(file, f"weights/{path}", whole=False)
            if dataset.shape[1:] != weight.shape:
                raise RunFileError(f"{self.path} is damaged: weights/{path} has shape {dataset.shape}")
            epochs = epochs[: dataset.shape[0]]
            found.append(dataset)
        if not len(epochs):
            raise RunFileError(f"{self.path} holds no snapshot: its training stopped before the first one")
        guard.check_together("a snapshot of the weights", self._snapshot_bytes(found), found)
        _check_epochs("epochs", epochs, strictly=True)
        return epochs

    def _snapshot_bytes(self, found: list[h5py.Dataset]) -> int:
        """Memory for all weights of one snapshot, by their stored or declared type, whichever is larger."""
        return sum(
            math.prod(weight.shape) * max(dataset.dtype.itemsize, np.dtype(weight.dtype).itemsize)
            for dataset, (_, weight) in zip(found, self.description.weight_paths, strict=True)
        )

    @property
    def complete(self) -> bool:
        """Whether the training finished."""
        with self._opened() as file:
            return bool(guard.scalar(file, "complete"))

    @property
    def ending(self) -> Ending:
        """How the recording ended; nothing is told of it while it goes on."""
        with self._opened() as file:
            return ending_from(guard.text(file, ENDING)) if guard.is_there(file, ENDING) else Ending()

    @property
    def inputs(self) -> Samples:
        """The recorded samples: (n_samples, …), or a dict if there are several inputs."""
        return self._data("inputs")

    @property
    def targets(self) -> Samples:
        """Their targets: (n_samples, …), or a dict if there are several outputs."""
        return self._data("targets")

    @property
    def validation_data(self) -> tuple[Samples, Samples] | None:
        """Validation samples and targets; None if they were not recorded."""
        with self._opened() as file:
            if not guard.is_there(guard.item(file, "data"), "validation_inputs"):
                return None
        return self._data("validation_inputs"), self._data("validation_targets")

    def _data(self, name: str) -> Samples:
        """Samples or targets, after checking that both have equally many rows."""
        with self._opened() as file:
            lengths = {len(part) for of in _belonging(name) for part in _parts(file, f"data/{of}").values()}
            if len(lengths) != 1 or 0 in lengths:
                raise ValueError(f"{' and '.join(_belonging(name))} have {sorted(lengths)} rows")
            found = _samples(file, f"data/{name}")
        try:
            for part, values in parts(found).items():
                check_finite(f"data/{name} {part}".rstrip(), values)
        except DataError as error:
            raise RunFileError(f"{self.path}: {error}") from error
        return found

    def weights(self, start: int, stop: int) -> list[Array]:
        """Every weight of the snapshots at positions start ≤ i < stop: a list of (stop − start, …)."""
        with self._opened() as file:
            return [
                guard.rows(guard.dataset(file, f"weights/{path}", whole=False), start, stop).astype(
                    weight.dtype, copy=False
                )
                for path, weight in self.description.weight_paths
            ]

    def history(self) -> tuple[Array, dict[str, Array]]:
        """Epochs of the logged rows (n_rows,), and the metrics by name, NaN where not logged."""
        with self._opened() as file:
            names = guard.rows(guard.dataset(file, "history/names", "S", ndim=1))
            values = guard.rows(guard.dataset(file, "history/values", "f", ndim=2))
            epochs = guard.rows(guard.dataset(file, "history/epochs", "f", ndim=1))
            rows = min(len(epochs), len(values))  # a killed writer may leave a partial row
            columns = {
                name.decode(): values[:rows, column] for column, name in enumerate(names[: values.shape[1]])
            }
            _check_epochs("history/epochs", epochs[:rows], strictly=False)
        return epochs[:rows], columns


def _belonging(name: str) -> tuple[str, str]:
    """The names of the inputs and targets that `name` is one of."""
    prefix = "validation_" if name.startswith("validation_") else ""
    return f"{prefix}inputs", f"{prefix}targets"


def _check_epochs(key: str, epochs: Array, strictly: bool) -> None:
    if not (np.abs(epochs) <= LARGEST_EPOCH).all():  # NaN fails as well
        raise ValueError(f"{key} must be finite numbers of at most {LARGEST_EPOCH:g}")
    steps = np.diff(epochs)
    if (steps < 0).any() or (strictly and (steps == 0).any()):
        raise ValueError(f"{key} must be finite numbers that increase")


def _parts(file: h5py.File, path: str) -> dict[str, h5py.Dataset]:
    """The dataset of a single array of samples under the name "", or those of several parts by name."""
    if isinstance(guard.item(file, path), h5py.Dataset):
        return {"": _with_rows(file, path)}
    names = guard.names(guard.item(file, path))
    if not 0 < len(names) <= MAX_PARTS or not all(name.isdecimal() for name in names):
        raise ValueError(f"{path} must hold the datasets 0, 1, …")
    found = [_with_rows(file, f"{path}/{name}") for name in sorted(names, key=int)]
    guard.check_together(path, sum(part.nbytes for part in found), found, PARTS_BYTES)
    return {str(guard.attribute(part, "name")): part for part in found}


def _with_rows(file: h5py.File, path: str) -> h5py.Dataset:
    dataset = guard.dataset(file, path)
    if not dataset.ndim:
        raise ValueError(f"{path} must have a row for each sample")
    return dataset


def _samples(file: h5py.File, path: str) -> Samples:
    read = {name: guard.rows(part) for name, part in _parts(file, path).items()}
    return read[""] if isinstance(guard.item(file, path), h5py.Dataset) else read
