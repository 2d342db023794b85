"""Read a run file: description, samples, weights, history; complete or still being written (SWMR)."""

from __future__ import annotations

import logging
import math
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from replay.errors import DataError, RunFileError
from replay.network import untrusted_json
from replay.network.description import RunDescription
from replay.storage import checksums
from replay.storage.ending import NAME as ENDING
from replay.storage.ending import Ending, ending_from
from replay.storage.format import FORMAT, FORMAT_VERSION
from replay.storage.samples import check_finite, parts
from replay.storage.untrusted import guard
from replay.types import Array, Samples

logger = logging.getLogger(__name__)
MAX_PARTS = 1000  # inputs or outputs of one network
PARTS_BYTES = 256_000_000  # of all parts together; one-hot rows get that large, and compress well
ATTEMPTS, PAUSE = 4, 0.01  # seconds: a writer sets facts and their checksum one after the other
CHECKED_ROWS = 1000
CHECKED_VALUES = 250_000  # weights in memory at once, while their checksums are computed
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
            self._checked = guard.find(file, checksums.NAME) is not None  # not in files of format 1.2
            text = guard.text(file, "description")
            self._check(file, "description", checksums.of_text(text.encode()))
            description = RunDescription.from_json(untrusted_json.loads(text))
            stored = guard.scalar(file, "batch_size") if guard.is_there(file, "batch_size") else 0
            if stored < 0:
                raise ValueError(f"batch_size must not be {stored}")
            self.description = replace(description, batch_size=stored or description.batch_size)
            #: What is damaged, a sentence for each part.
            self.damages: list[str] = []
            self._history_told = False
            #: The weights of a small run, which the checksums have read already.
            self._held: list[Array] | None = None
            self._check_facts(file)
            weights = self._datasets(file)
            self._rows = self._sound_rows(file, self._read_epochs(file, weights), weights)

    def check_unreplaced(self) -> None:
        """Raise RunFileError if another file lies in the place of this one."""
        if guard.existing(self._place, self.path) != self._identity:
            raise RunFileError(f"{self.path} was replaced by another file: open it again")

    @contextmanager
    def _opened(self) -> Iterator[h5py.File]:
        self.check_unreplaced()
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

    def _read_epochs(self, file: h5py.File, weights: list[h5py.Dataset]) -> Array:
        epochs = guard.rows(guard.dataset(file, "epochs", "f", ndim=1))
        for (path, weight), dataset in zip(self.description.weight_paths, weights, strict=True):
            shape = dataset.shape
            if shape[1:] != weight.shape:
                raise RunFileError(f"{self.path} is damaged: weights/{path} has shape {shape}")
            epochs = epochs[: shape[0]]
        if not len(epochs):
            raise RunFileError(f"{self.path} holds no snapshot: its training stopped before the first one")
        guard.check_together("a snapshot of the weights", self._snapshot_bytes(weights), weights)
        _check_epochs("epochs", epochs, strictly=True)
        return epochs

    def _check(self, file: h5py.File, name: str, computed: int) -> None:
        """Raise RunFileError if a part without which nothing can be shown differs from its checksum."""
        if not self._checked:
            return
        if int(guard.attribute(guard.item(file, checksums.NAME), name)) != computed:
            raise RunFileError(
                f"{self.path} is damaged: its {name} changed after it was written: use a copy, or record it "
                "again"
            )

    def _check_facts(self, file: h5py.File) -> None:
        """Tell where the facts of the run as a whole differ from their checksum; a writer may be at it."""
        for attempt in range(ATTEMPTS):
            if attempt:
                self._look_again(file)
            if not self._checked or self._facts_are_sound(file):
                return
        self.damages.append("what it says of its end and its batch size is damaged")
        logger.warning("%s: %s", self.path, self.damages[-1])

    def _look_again(self, file: h5py.File) -> None:
        time.sleep(PAUSE)
        for name in ("complete", "batch_size", ENDING, checksums.NAME):
            guard.item(file, name).id.refresh()

    def _facts_are_sound(self, file: h5py.File) -> bool:
        complete, batch_size = (guard.scalar(file, name) for name in ("complete", "batch_size"))
        ending = guard.text(file, ENDING).encode()
        stored = _stored_checksums(file)[checksums.OF_FACTS]
        return int(stored) == checksums.of_facts(complete, batch_size, ending)

    def _sound_rows(self, file: h5py.File, epochs: Array, weights: list[h5py.Dataset]) -> Array:
        """The rows of the snapshots that are as they were written; sets `epochs`, and tells the others."""
        rows = np.arange(len(epochs))
        if self._checked:
            stored = _stored_checksums(file)[checksums.FIRST :, checksums.SNAPSHOTS]
            rows = rows[: len(stored)]
            computed = self._computed(weights, epochs[rows])
            sound = [stored[start:stop] == found for start, stop, found in computed]
            rows = rows[np.concatenate(sound)] if sound else rows
            self._tell_damaged("snapshot", epochs[: len(stored)], rows)
        self.epochs = epochs[rows]
        if not len(rows):
            raise RunFileError(f"{self.path} is damaged: no snapshot is as it was written")
        return rows

    def _computed(self, weights: list[h5py.Dataset], epochs: Array) -> Iterator[tuple[int, int, Array]]:
        """The checksums of all snapshots, a block at a time: start, stop, (n,)."""
        n_values = sum(math.prod(dataset.shape[1:]) for dataset in weights)
        size = max(1, CHECKED_VALUES // max(CHECKED_VALUES // CHECKED_ROWS, n_values))
        for start in range(0, len(epochs), size):
            stop = min(start + size, len(epochs))
            rows = self._read(weights, start, stop)
            if stop - start == len(epochs):
                self._held = rows
            yield start, stop, checksums.of_snapshots(epochs[start:stop], rows)

    def _tell_damaged(self, what: str, epochs: Array, sound: Array) -> None:
        bad = np.delete(epochs, sound)
        if not len(bad):
            return
        several = f"the {what}s of {len(bad)} epochs, first {bad[0]:g}, are"
        told = f"the {what} of epoch {bad[0]:g} is" if len(bad) == 1 else several
        self.damages.append(f"{told} damaged and left out")
        logger.warning("%s: %s", self.path, self.damages[-1])

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
            return ending_from(guard.text(file, ENDING)) if guard.find(file, ENDING) else Ending()

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
            self._check(file, name, checksums.of_samples(found))
        try:
            for part, values in parts(found).items():
                check_finite(f"data/{name} {part}".rstrip(), values)
        except DataError as error:
            raise RunFileError(f"{self.path}: {error}") from error
        return found

    def weights(self, start: int, stop: int) -> list[Array]:
        """Every weight of the snapshots at positions start ≤ i < stop: a list of (stop − start, …)."""
        rows = self._rows[start:stop]
        if self._held is not None:
            self.check_unreplaced()
            return [array[rows] for array in self._held]
        with self._opened() as file:
            first, last = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
            found = self._read(self._datasets(file), first, last)
        return found if last - first == len(rows) else [array[rows - first] for array in found]

    def _datasets(self, file: h5py.File) -> list[h5py.Dataset]:
        paths = self.description.weight_paths
        return [guard.dataset(file, f"weights/{path}", whole=False) for path, _ in paths]

    def _read(self, weights: Sequence[h5py.Dataset], start: int, stop: int) -> list[Array]:
        """The weights in these rows, in their declared types."""
        return [
            guard.rows(dataset, start, stop).astype(weight.dtype, copy=False)
            for dataset, (_, weight) in zip(weights, self.description.weight_paths, strict=True)
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
            epochs = epochs[:rows]
            _check_epochs("history/epochs", epochs, strictly=False)
            if not self._checked:
                return epochs, columns
            stored = _stored_checksums(file)[checksums.FIRST :, checksums.HISTORY]
        computed = checksums.of_history(epochs, list(names), values[:rows])[: len(stored)]
        sound = np.flatnonzero(stored[: len(computed)] == computed)
        if not self._history_told:
            self._tell_damaged("row of metrics", epochs[: len(stored)], sound)
            self._history_told = True
        return epochs[sound], {name: column[sound] for name, column in columns.items()}


def _stored_checksums(file: h5py.File) -> Array:
    rows = guard.rows(guard.dataset(file, checksums.NAME, "u", ndim=2))
    if len(rows) < checksums.FIRST or rows.shape[1] != 2:
        raise ValueError(f"{checksums.NAME} has shape {rows.shape}: it must have a row and two columns")
    return rows


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
