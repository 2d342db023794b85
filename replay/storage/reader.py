"""Read a run file: description, samples, weights, history; complete or still being written (SWMR)."""

from __future__ import annotations

import logging
import math
import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np

from replay.errors import DataError, RunFileError, shown
from replay.network import untrusted_json
from replay.network.description import RunDescription
from replay.network.untrusted_json import LARGEST_AXIS
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
VERSION = re.compile("[0-9]{1,9}[.][0-9]{1,9}")
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
            self._checked = self._has_checksums(file)
            description = self._read_description(file)
            #: What is damaged, a sentence for each part.
            self.damages: list[str] = []
            self._history_told = False
            #: The weights of a small run, which the checksums have read already.
            self._held: list[Array] | None = None
            batch_size = self._read_batch_size(file) or description.batch_size
            self.description = replace(description, batch_size=batch_size)
            weights = self._datasets(file)
            self._rows = self._sound_rows(file, self._read_epochs(file, weights), weights)
        for told in self.damages:  # now: a file that is refused has one line
            logger.warning("%s: %s", self.path, told)

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
        if not guard.has_attribute(file, "format") or str(guard.attribute(file, "format")) != FORMAT:
            raise RunFileError(f"{self.path} is an HDF5 file, but not a run file: it lacks {FORMAT!r}")
        version = guard.attribute(file, "format_version")
        if not isinstance(version, str) or not VERSION.fullmatch(version):
            raise ValueError(f"format_version must be like 1.4, not {shown(str(version))}")
        if _numbers(version)[0] > FORMAT_VERSION[0]:
            raise RunFileError(
                f"{self.path} has format {version}, newer than this version reads "
                f"({FORMAT_VERSION[0]}.x): upgrade boundary-replay"
            )
        return version

    def _has_checksums(self, file: h5py.File) -> bool:
        """Whether there are checksums; raises ValueError if the file's version says that there must be."""
        found = guard.find(file, checksums.NAME) is not None
        if not found and _numbers(self.format_version) >= checksums.SINCE:
            raise ValueError(f"{checksums.NAME} is missing: use a copy, or record it again")
        return found

    def _read_description(self, file: h5py.File) -> RunDescription:
        content = guard.bytes_of(file, "description")
        self._check(file, "description", checksums.of_text(content))
        return RunDescription.from_json(untrusted_json.loads(guard.decoded(content, "description")))

    def _read_epochs(self, file: h5py.File, weights: list[h5py.Dataset]) -> Array:
        """The epochs of all snapshots that every weight has."""
        epochs = guard.rows(guard.dataset(file, "epochs", "f", ndim=1))
        there = len(epochs)
        for (path, weight), dataset in zip(self.description.weight_paths, weights, strict=True):
            shape = dataset.shape
            if shape[1:] != weight.shape:
                raise RunFileError(f"{self.path} is damaged: weights/{path} has shape {shape}")
            there = min(there, shape[0])
        if not len(epochs):
            raise RunFileError(f"{self.path} holds no snapshot: its training stopped before the first one")
        if not file.swmr_mode:  # else a writer may be between the two
            self._tell_damaged("snapshot", "snapshots", epochs, np.arange(there))
        if not there:
            raise RunFileError(f"{self.path} is damaged: its snapshots have no weights")
        guard.check_together("a snapshot of the weights", self._snapshot_bytes(weights), weights)
        return epochs[:there]

    def _check(self, file: h5py.File, name: str, computed: int) -> None:
        """Raise RunFileError if a part without which nothing can be shown differs from its checksum."""
        if not self._checked:
            return
        if guard.whole_attribute(guard.item(file, checksums.NAME), name) != computed:
            raise RunFileError(
                f"{self.path} is damaged: its {name} changed after it was written: use a copy, or record it "
                "again"
            )

    def _read_batch_size(self, file: h5py.File) -> int:
        """The batch size that became known after training began, 0 for unknown.

        Tells where the facts of the run as a whole differ from their checksum; a writer may be at it.
        """
        for attempt in range(ATTEMPTS):
            if attempt:
                _look_again(file, "complete", "batch_size", ENDING, checksums.NAME)
            complete, batch_size, ending = _facts(file)
            if not self._checked or _stored_facts(file) == checksums.of_facts(complete, batch_size, ending):
                if complete > 1:
                    raise ValueError(f"complete must be 0 or 1, not {complete}")
                return batch_size
        self.damages.append("what it says of its end and its batch size is damaged")
        return batch_size

    def _sound_rows(self, file: h5py.File, epochs: Array, weights: list[h5py.Dataset]) -> Array:
        """The rows of the snapshots that are as they were written; sets `epochs`, and tells the others."""
        rows = np.arange(len(epochs))
        if self._checked:
            stored = _stored_rows(file, checksums.SNAPSHOTS, len(epochs))
            rows = _alike(stored, np.concatenate([*self._computed(weights, epochs)]))
        if not len(rows):
            raise RunFileError(f"{self.path} is damaged: no snapshot is as it was written")
        self._tell_damaged("snapshot", "snapshots", epochs, rows)
        self.epochs = epochs[rows]
        _check_epochs("epochs", self.epochs, strictly=True)
        return rows

    def _computed(self, weights: list[h5py.Dataset], epochs: Array) -> Iterator[Array]:
        """The checksums of all snapshots, a block (n,) at a time."""
        n_values = sum(math.prod(dataset.shape[1:]) for dataset in weights)
        size = max(1, CHECKED_VALUES // max(CHECKED_VALUES // CHECKED_ROWS, n_values))
        for start in range(0, len(epochs), size):
            stop = min(start + size, len(epochs))
            rows = self._read(weights, start, stop)
            if stop - start == len(epochs):
                self._held = rows
            yield checksums.of_snapshots(epochs[start:stop], rows)

    def _tell_damaged(self, one: str, many: str, epochs: Array, sound: Array) -> None:
        bad = np.delete(epochs, sound)
        if not len(bad):
            return
        several = f"the {many} of {len(bad)} epochs, first {bad[0]:g}, are"
        told = f"the {one} of epoch {bad[0]:g} is" if len(bad) == 1 else several
        self.damages.append(f"{told} damaged and left out")

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
            if not guard.find(file, ENDING):
                return Ending()
            ending = ending_from(guard.text(file, ENDING))
            if ending.error is not None and guard.scalar(file, "complete"):
                raise ValueError(f"{ENDING}.error must be null, as the run is complete")
            epochs = guard.rows(guard.dataset(file, "epochs", "f", ndim=1))  # they may be more by now
        return self._with_known(ending, epochs)

    def _with_known(self, ending: Ending, epochs: Array) -> Ending:
        """The ending with what it says of these epochs; raises RunFileError where it names others."""
        known = {at: of for at, of in ending.held.items() if at in epochs}
        if len(known) < len(ending.held) and not self.damages:  # else the epoch may be what is damaged
            (at, *_) = ending.held.keys() - known.keys()
            raise RunFileError(
                f"{self.path} is damaged: {ENDING}.held names epoch {at:g}, which has no snapshot"
            )
        return replace(ending, held=known)

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
        if not self.has_validation_data:
            return None
        return self._data("validation_inputs"), self._data("validation_targets")

    @property
    def has_validation_data(self) -> bool:
        """Whether validation samples and targets were recorded."""
        with self._opened() as file:
            return self._has_validation_data(file)

    def _has_validation_data(self, file: h5py.File) -> bool:
        """Whether there are any; raises ValueError if a checksum says that they are missing."""
        found = guard.is_there(guard.item(file, "data"), "validation_inputs")
        if (
            not found
            and self._checked
            and guard.has_attribute(guard.item(file, checksums.NAME), "validation_inputs")
        ):
            raise ValueError("data/validation_inputs is missing, but it has a checksum")
        return found

    def _data(self, name: str) -> Samples:
        """Samples or targets, after checking that both have equally many rows."""
        with self._opened() as file:
            lengths = {len(part) for of in _belonging(name) for part in _parts(file, f"data/{of}").values()}
            if len(lengths) != 1 or 0 in lengths:
                raise ValueError(f"{' and '.join(_belonging(name))} have {sorted(lengths)} rows")
            found = _samples(file, f"data/{name}")
            self._check(file, name, checksums.of_samples(found))
            self._check_subset(name, *lengths)
        try:
            for part, values in parts(found).items():
                check_finite(f"data/{name} {part}".rstrip(), values)
        except DataError as error:
            raise RunFileError(f"{self.path}: {error}") from error
        return found

    def _check_subset(self, name: str, n: int) -> None:
        """Raise ValueError if there are more samples than these were chosen from."""
        given = (self.description.subset or {}).get("of", n)
        if name in ("inputs", "targets") and n > given:
            raise ValueError(
                f"description.subset.of must be {n} or more, as there are {n} samples, not {given}"
            )

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
            n_rows = min(len(epochs), len(values))
            if file.swmr_mode:  # a killed writer may leave a partial row
                epochs = epochs[:n_rows]
            sound = np.arange(n_rows)
            if self._checked:
                stored = _stored_rows(file, checksums.HISTORY, n_rows)
                sound = _alike(stored, checksums.of_history(epochs[:n_rows], list(names), values[:n_rows]))
            _check_epochs("history/epochs", epochs[sound], strictly=False)
            columns = _columns(names, values[sound])
        self._tell_damaged_history(epochs, sound)
        return epochs[sound], columns

    def _tell_damaged_history(self, epochs: Array, sound: Array) -> None:
        """Tell which rows are damaged, once."""
        known = len(self.damages)
        if not self._history_told:
            self._tell_damaged("row of metrics", "rows of metrics", epochs, sound)
            self._history_told = True
        for told in self.damages[known:]:
            logger.warning("%s: %s", self.path, told)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _facts(file: h5py.File) -> tuple[int, int, bytes]:
    """Whether the run is complete, its batch size, and how it ended."""
    complete = guard.scalar(file, "complete", most=255)
    there = guard.is_there(file, "batch_size")
    batch_size = guard.scalar(file, "batch_size", most=LARGEST_AXIS) if there else 0
    return complete, batch_size, guard.bytes_of(file, ENDING) if guard.find(file, ENDING) else b""


def _stored_facts(file: h5py.File) -> int:
    return int(_stored_checksums(file)[checksums.OF_FACTS])


def _look_again(file: h5py.File, *names: str) -> None:
    """Give a writer some time, and read these anew."""
    time.sleep(PAUSE)
    for found in filter(None, (guard.find(file, name) for name in names)):
        found.id.refresh()


def _stored_rows(file: h5py.File, column: int, n: int) -> Array:
    """The checksums of n snapshots or rows of metrics; fewer if there are not as many.

    They are read after what they are of, as a writer sets them before. It may be about to make room for them.
    """
    for _ in range(ATTEMPTS if file.swmr_mode else 0):
        if len(guard.item(file, checksums.NAME)) >= checksums.FIRST + n:
            break
        _look_again(file, checksums.NAME)
    return _stored_checksums(file)[checksums.FIRST : checksums.FIRST + n, column]


def _alike(stored: Array, computed: Array) -> Array:
    """The rows whose stored checksum is the computed one; a checksum that is missing is a wrong one."""
    return np.flatnonzero(stored == computed[: len(stored)])


def _columns(names: Array, values: Array) -> dict[str, Array]:
    """The metrics by name, from values (n_rows, n_names)."""
    columns: dict[str, Array] = {}
    for name, column in zip(names, values.T, strict=False):
        try:
            known = name.decode()
        except UnicodeDecodeError as error:
            if np.isnan(column).all():  # the name is damaged, and so is each row that has it
                continue
            raise ValueError(f"history/names holds {shown(str(name))}, which is no UTF-8") from error
        if known in columns:
            raise ValueError(f"history/names holds {shown(known)} twice")
        columns[known] = column
    return columns


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
