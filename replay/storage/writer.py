"""Write a run file snapshot by snapshot; reopen, resume, replace and close it safely."""

from __future__ import annotations

import logging
import math
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import h5py
import numpy as np

from replay.errors import DataError, RunFileError
from replay.network import untrusted_json
from replay.network.description import RunDescription
from replay.storage import checksums
from replay.storage.ending import NAME as ENDING
from replay.storage.ending import Ending, ending_from
from replay.storage.format import NAME_BYTES, reason
from replay.storage.reader import RunFile
from replay.storage.samples import checked_samples, parts
from replay.storage.training_state import GROUP, SLOTS, StateLayout, packed, unpacked
from replay.storage.unfinished import UnfinishedTraining, unfinished
from replay.storage.writing import disk_space, lock, reproducible
from replay.storage.writing.existing import (
    changed_meanwhile,
    has_content,
    is_empty,
    place_of,
    refuse_existing,
    remember_empty,
)
from replay.storage.writing.growing import Growing
from replay.storage.writing.new_file import as_json, cut, facts_of, lay_out, lay_out_state, stored_as
from replay.storage.writing.partial_file import partial_file
from replay.storage.writing.resumed_file import carry_over
from replay.types import Array, Samples

logger = logging.getLogger(__name__)
STORED_AS = ("float32", "float16")
COPIED_BYTES = 4_000_000  # in memory at once
LAID_OUT = 1_000_000  # most bytes of an empty run file, without samples and state


class RunWriter:
    """Writes one run file, snapshot by snapshot, for trainings without Keras: a context manager.

    Args:
        path: The file to write.
        description: The network and its training.
        inputs: The samples that views will show, (n_samples, …); of networks with several inputs, a dict of
            arrays.
        targets: Their targets, (n_samples, …); of networks with several outputs, a dict of arrays.
        validation_data: Samples and targets to keep beside the others, or None.
        overwrite: Replace a file that exists. False by default.
        dtype: "float16" halves the weights. A weight that overflows is kept in float32 from then on, and the
            log says so. None keeps each as it is described.
        compress: Make the file smaller and recording slower. False by default.
        state: The layout of what a training needs to go on, see `snapshot`. None by default.

    Attributes:
        path: The file that it writes.
        description: What the file says of the network.

    Raises:
        RunFileError: The file exists and `overwrite` is not set, another process records it, or it cannot be
            written.
        DataError: Samples or weights do not fit, or `dtype` is another.

    The run is complete when the `with` block ends without an exception. Room on the disk is taken before each
    snapshot: where there is none, the snapshots before it stay.

    >>> from replay import RunDescription, RunWriter, dense
    >>> layers = (dense("output", 2, 1, "sigmoid"),)
    >>> description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    >>> with RunWriter("mine.h5", description, X, y) as writer:
    ...     for epoch in range(3):
    ...         weights = {"output/kernel": [[epoch], [-epoch]], "output/bias": [0.1]}
    ...         writer.snapshot(epoch, weights, {"loss": 1 / (1 + epoch)})
    >>> writer.path.name
    'mine.h5'
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        description: RunDescription,
        inputs: Any,
        targets: Any,
        *,
        validation_data: tuple[Any, Any] | None = None,
        overwrite: bool = False,
        dtype: str | None = None,
        compress: bool = False,
        state: StateLayout | None = None,
    ) -> None:
        if dtype not in (None, *STORED_AS):
            raise DataError(f"weights are stored as {' or '.join(STORED_AS)}, not as {dtype!r}")
        self._begin(Path(path).expanduser(), description)
        refuse_existing(self.path, overwrite)
        samples = _kept(inputs, targets, validation_data)
        text = as_json(description.to_json())
        self._check_description(text)
        held = sum(part.nbytes for values in samples.values() for part in parts(values).values())
        expected = LAID_OUT + held + (SLOTS * state.n_bytes if state else 0)
        stored = {path: stored_as(weight.dtype, dtype) for path, weight in description.weight_paths}
        with self._written():
            self._place.parent.mkdir(parents=True, exist_ok=True)
            with lock.exclusive(self._place, self.path):
                pass  # check before the work, and again after it
            with self._replacing(expected, overwrite) as file:
                lay_out(file, description, text, samples, stored, compress)
                if state is not None:
                    lay_out_state(file, state)
            remember_empty(self._place)

    @classmethod
    def reopen(cls, path: str | os.PathLike[str]) -> RunWriter:
        """Open a run file that was closed, to append to it. It counts as incomplete until `finish`.

        Raises RunFileError where `path` is no run file, another process records it, or it cannot be written.
        """
        writer = cls._of(path)
        with writer._written():
            with lock.exclusive(writer._place, writer.path):
                pass
            writer._open(writer._place)
            writer._tell_ending(replace(writer.ending, error=None))
            writer._tell("complete", 0)
        return writer

    @classmethod
    def resume(cls, path: str | os.PathLike[str], training: UnfinishedTraining) -> RunWriter:
        """Continue a training after its last finished epoch.

        Args:
            path: The file that holds the training.
            training: What `unfinished` found in it.

        Returns:
            A writer. It writes the file anew with what it holds up to there; until then the file of a writer
            that was killed is left as it is.

        Raises:
            RunFileError: `training` is not what the file holds now, or the file cannot be written.
        """
        writer = cls._of(path)
        with writer._written():
            with lock.exclusive(writer._place, writer.path):
                pass
            seen = lock.stamp(writer._place)
            now = unfinished(writer.path)
            if now is None or (now.layout, now.state) != (training.layout, training.state):
                raise changed_meanwhile(writer.path)
            size = writer._place.stat().st_size
            with writer._replacing(size + LAID_OUT, overwrite=True, seen=seen) as file:
                carry_over(RunFile(path), training, file)
        return writer

    @classmethod
    def _of(cls, path: str | os.PathLike[str]) -> RunWriter:
        """A writer for an existing file, not open yet."""
        existing = RunFile(path)
        writer = cls.__new__(cls)
        writer._begin(existing.path, existing.description)
        return writer

    def _begin(self, path: Path, description: RunDescription) -> None:
        self.path, self._place, self.description = path, place_of(path), description
        self.thread = threading.current_thread()
        self._held: BinaryIO | None = None

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Turn errors of the system and HDF5 into RunFileError."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise RunFileError(
                f"cannot write {self.path}: {reason(error)}; what was recorded before can be read"
                if self._place.exists()
                else f"cannot write {self.path}: {reason(error)}"
            ) from error

    @contextmanager
    def _replacing(
        self, n_bytes: int, overwrite: bool, seen: tuple[int, ...] | None = None
    ) -> Iterator[h5py.File]:
        """Yield a new file of about `n_bytes`; move it to its place when the block ends.

        With `seen`, a stamp, raise RunFileError if the existing file was changed since.
        """
        with partial_file(self._place) as partial:
            _take_room(partial, "wb", n_bytes)  # before HDF5 starts to write
            with reproducible.created(partial) as file:
                _take_room(partial, "r+b", n_bytes)  # again: HDF5 truncates the file first
                yield file
            with partial.open("r+b") as whole:
                disk_space.give_back(whole.fileno())
            self._leave()
            if lock.replaces_open_files():
                self._open(partial)  # takes the lock before the file is visible to others
            with lock.exclusive(self._place, self.path):
                if seen is not None and lock.stamp(self._place) != seen:
                    raise changed_meanwhile(self.path)
                self._put(partial, overwrite)
            if not lock.replaces_open_files():
                self._open(self._place)

    def _put(self, partial: Path, overwrite: bool) -> None:
        """Move a file to its place; without `overwrite`, raise RunFileError if one appeared meanwhile."""
        if overwrite or is_empty(self._place):
            partial.replace(self._place)
            return
        try:
            os.link(partial, self._place)
        except FileExistsError:
            refuse_existing(self.path, overwrite)
        except OSError:  # a file system without hard links
            refuse_existing(self.path, overwrite)
            partial.replace(self._place)

    def _leave(self) -> None:
        """Give back unused disk space and release the lock."""
        if self._held is None:
            return
        held, self._held = self._held, None
        with lock.letting_go(held):
            disk_space.give_back(held.fileno())

    def _open(self, place: Path) -> None:
        self._file: h5py.File = lock.retry(lambda: h5py.File(place, "r+", libver="latest"))
        self._file.swmr_mode = True  # HDF5 releases its own lock here, so that others may read
        self._held = place.open("r+b", buffering=0)
        lock.hold(self._held, self, self.path)
        self._weights = [Growing(self._file[f"weights/{path}"]) for path, _ in self.description.weight_paths]
        self._declared = [np.dtype(weight.dtype) for _, weight in self.description.weight_paths]
        self._epochs = Growing(self._file["epochs"])
        history = self._file["history"]
        self._history_epochs = Growing(history["epochs"])
        self._history_values = Growing(history["values"])
        self._names = [name.decode() for name in history["names"][:]]
        told = bytes(self._file[ENDING][()]) if ENDING in self._file else b""
        self.ending = ending_from(told.decode())
        kept = self._file.get(checksums.NAME)  # not in files of format 1.2
        self._checksums = None if kept is None else Growing(kept)
        self._values_chunks = disk_space.Chunks.of(self._history_values.dataset)
        self._names_chunks = disk_space.Chunks.of(history["names"])
        rows = [*self._weights, self._epochs, self._history_epochs]
        if self._checksums is not None:
            rows.append(self._checksums)
        self._n_growing = len(rows)
        self._of_a_row = sum(disk_space.Chunks.of(growing.dataset).of_a_row for growing in rows)
        self._slots: h5py.Dataset | None = self._file[f"{GROUP}/slots"] if GROUP in self._file else None
        self._spare: int | None = None  # the slot to write next; None: find out from the slots
        self._taken = 0

    @property
    def identity(self) -> tuple[int, int] | None:
        """Which file this is, wherever its name points by now; None once it is closed."""
        return None if self._held is None else lock.identity_of(self._held.fileno())

    @property
    def is_open(self) -> bool:
        """Whether it can write: it was not closed, and no other recorder took the file over."""
        return bool(self._file)

    @property
    def n_snapshots(self) -> int:
        """How many snapshots have been written."""
        self._check_open()
        return self._epochs.n

    @property
    def last_epoch(self) -> float:
        """The epoch of the last snapshot; −inf before the first."""
        self._check_open()
        return self._epochs.last

    @property
    def last_logged_epoch(self) -> float:
        """The epoch of the last row of metrics; −inf before the first."""
        self._check_open()
        return self._history_epochs.last

    def snapshot(
        self,
        epoch: float,
        weights: Sequence[Array] | Mapping[str, Array] | None,
        logs: Mapping[str, float] | None = None,
        state: Sequence[Array] | None = None,
    ) -> None:
        """Append the weights at `epoch` and its metrics, and flush.

        Args:
            epoch: When, in epochs. Epochs must increase; fractions are allowed.
            weights: An array for each weight: a list in the description's order, or a dict by "layer/weight".
                None logs metrics only.
            logs: Metrics by name, such as "loss"; empty at the end of an epoch without any. None by default.
            state: The variables that the file's StateLayout names, as they are at the end of this epoch: what
                a training needs to go on from here. None by default.

        Raises:
            DataError: The weights do not fit the description, or the epoch does not come after the last one.
            RunFileError: The file was closed, or cannot be written.
        """
        self._check_open()
        if weights is not None:
            arrays = self._checked(weights)
            if not epoch > self.last_epoch:
                raise DataError(f"{self.path}: epoch {epoch:g} does not come after epoch {self.last_epoch:g}")
        row = None if logs is None else _as_named(logs)
        if row is not None or self.n_snapshots:
            has_content(self._place)
        with self._written():
            self._make_room(new_names=sum(name not in self._names for name in row or ()))
            saved = self._save(epoch, state)  # first: every epoch a reader sees can be resumed from
            if row is not None:
                self._log(epoch, row)
            if weights is not None:
                self._widen(arrays)
                n = self.n_snapshots  # overwrites rows of an interrupted snapshot
                stored = [
                    _as_stored(array, growing.dtype)
                    for growing, array in zip(self._weights, arrays, strict=True)
                ]
                for growing, array in zip(self._weights, stored, strict=True):
                    growing.write(n, array)
                self._check_snapshot(n, epoch, stored)
                self._epochs.count(epoch)  # last: a reader counts the snapshots here
            self._file.flush()
            self._spare = None if saved is None else 1 - saved

    def _check_snapshot(self, n: int, epoch: float, stored: Sequence[Array]) -> None:
        """Write the checksum of snapshot `n`, of its weights as a reader gets them."""
        if self._checksums is None:
            return
        # As a reader gets them: in their declared types.
        read = [array.astype(dtype, copy=False) for array, dtype in zip(stored, self._declared, strict=True)]
        found = checksums.of_snapshot(epoch, read)
        _put_checksum(self._checksums, n, checksums.SNAPSHOTS, found)

    def _check_open(self) -> None:
        if not self._file:
            raise RunFileError(
                f"{self.path} is not open for writing: it was closed, or another recorder took it over"
            )

    def _check_description(self, text: str) -> None:
        """Raise DataError if no reader would accept the description: better now than after the training."""
        try:
            RunDescription.from_json(untrusted_json.loads(text))
        except ValueError as error:
            raise DataError(f"{self.path} could not be read back: {error}") from error
        output, data = self.description.output, self.description.data
        most = max(2, output.units or 0) if output is not None and output.units else None
        if data is not None and most is not None and len(data.classes) > most:
            raise DataError(
                f"{self.path}: the description names {len(data.classes)} classes, but the network has {most}"
            )

    def _make_room(self, new_names: int) -> None:
        """Allocate disk space for the next snapshot, so that HDF5 never runs into a full disk."""
        if self._held is None:
            return
        n, n_names, n_rows = self.n_snapshots, len(self._names), self._history_epochs.n
        growth = disk_space.METADATA + self._of_a_row + self._n_growing * disk_space.index_of(max(n, n_rows))
        growth += self._values_chunks.growth(n_rows, 1, (n_names + new_names,))
        if new_names:
            growth += self._names_chunks.growth(n_names, new_names)
        size = int(self._file.id.get_filesize())
        disk_space.take(self._held.fileno(), self._taken, size + growth)
        self._taken = size

    def _save(self, epoch: float, state: Sequence[Array] | None) -> int | None:
        """Write the state to the spare slot; returns which one, None without a state."""
        if state is None or self._slots is None:
            return None
        slot = self._spare
        if slot is None:
            slot = _spare_slot(self._slots, finished=max([*self._epochs.dataset[:1], self.last_logged_epoch]))
        self._spare = None  # unknown until the snapshot is complete
        self._slots[slot] = packed(epoch, state)
        return slot

    def forget_state(self) -> None:
        """Erase the state and keep none from now on: the training can no longer be resumed."""
        self._check_open()
        if self._slots is None:
            return
        with self._written():
            self._slots[...] = np.zeros(self._slots.shape, np.uint8)
            self._file.flush()
        self._slots = None

    def _widen(self, arrays: Sequence[Array]) -> None:
        """If weights overflow their stored dtype, rewrite the file with a wider one for them."""
        pairs = zip(self.description.weight_paths, self._weights, arrays, strict=True)
        wide = {
            f"weights/{path}": weight.dtype
            for (path, weight), growing, array in pairs
            if _overflows(array, growing.dtype)
        }
        if not wide:
            return
        logger.warning("%s: %s overflow: stored in full from now on", self.path, ", ".join(wide))
        # HDF5 cannot copy unflushed changes of a file that is open in SWMR mode.
        self._file.close()
        size = self._place.stat().st_size
        with (
            self._replacing(LAID_OUT + 2 * size, overwrite=True) as file,  # float32 for float16
            h5py.File(self._place, "r", libver="latest") as narrow,
        ):
            file.attrs.update(narrow.attrs)
            narrow.visititems(lambda name, item: _copy(item, file, name, wide.get(name)))

    def _checked(self, weights: Sequence[Array] | Mapping[str, Array]) -> list[Array]:
        paths = self.description.weight_paths
        if isinstance(weights, Mapping):
            missing = [path for path, _ in paths if path not in weights]
            extra = [path for path in weights if path not in dict(paths)]
            if missing or extra:
                wrong = [f"{path} is missing" for path in missing] + [f"{path} is unknown" for path in extra]
                raise DataError(f"{self.path}: the weights do not fit the layers: {', '.join(wrong)}")
            weights = [weights[path] for path, _ in paths]
        if len(weights) != len(paths):
            raise DataError(f"{self.path}: the layers have {len(paths)} weights, the snapshot {len(weights)}")
        arrays = [np.asarray(array) for array in weights]
        for array, (path, weight) in zip(arrays, paths, strict=True):
            if array.shape != weight.shape:
                raise DataError(f"{self.path}: {path} has shape {array.shape}, declared as {weight.shape}")
        return arrays

    def _log(self, epoch: float, logs: Mapping[str, float]) -> None:
        logged = self._history_epochs
        if not epoch >= logged.last:
            raise DataError(
                f"{self.path}: epoch {epoch:g} comes before epoch {logged.last:g}, which is logged already"
            )
        for name in logs:
            if name not in self._names:
                Growing(self._file["history/names"]).write(len(self._names), cut(name))
                self._names.append(name)
        n = logged.n
        values = [float(logs.get(name, np.nan)) for name in self._names]
        self._history_values.widen(n + 1, len(self._names))
        self._history_values.put((n, 0), (1, len(values)), values)
        if self._checksums is not None:
            found = checksums.of_metrics(epoch, [cut(name) for name in self._names], values)
            _put_checksum(self._checksums, n, checksums.HISTORY, found)
        logged.count(epoch)

    def tell_batch_size(self, batch_size: int) -> None:
        """Keep a batch size, in samples, that is known only now."""
        self._check_open()
        with self._written():
            self._tell("batch_size", batch_size)

    def hold(self, epoch: float, weights: Sequence[Array], same_as: float | None) -> None:
        """Append a snapshot of the weights that the model holds after its training.

        Args:
            epoch: Where it goes, after the last epoch.
            weights: As for `snapshot`.
            same_as: The epoch that had these weights, None if none had.
        """
        self.snapshot(epoch, weights)
        with self._written():
            self._tell_ending(replace(self.ending, held={**self.ending.held, float(epoch): same_as}))

    def give_up(self, reason: str) -> None:
        """Tell the file's readers why the recording stops before the training does."""
        self._check_open()
        with self._written():
            self._tell_ending(replace(self.ending, error=reason))

    def _tell_ending(self, ending: Ending) -> None:
        if ENDING in self._file:  # files of format 1.2 have no room for it
            self._tell(ENDING, ending.to_bytes())
        self.ending = ending

    def _tell(self, name: str, value: Any) -> None:
        """Set a fact of the run as a whole, and flush."""
        self._file[name][()] = value
        if self._checksums is not None:
            self._checksums.dataset[checksums.OF_FACTS] = facts_of(self._file)
        self._file.flush()

    def finish(self) -> None:
        """Mark the run as complete."""
        self._check_open()
        has_content(self._place)
        with self._written():
            self._tell("complete", 1)

    def close(self) -> None:
        """Close the file; everything written stays readable."""
        has_content(self._place)
        self.release()

    def release(self) -> None:
        """Close the file for another recorder, without marking it as worth keeping."""
        with self._written():
            try:
                self._file.close()
            finally:
                self._leave()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        self.close()


def _as_named(logs: Mapping[str, float]) -> dict[str, float]:
    """Metrics by the names that the file gives them; where two are cut alike, the later has a number."""
    named: dict[str, float] = {}
    for name, value in logs.items():
        short, number = cut(name).decode(), 1
        while short in named:
            number += 1
            end = f" ({number})"
            short = cut(name, NAME_BYTES - len(end)).decode() + end
        named[short] = value
    return named


def _as_stored(array: Array, dtype: Any) -> Array:
    with np.errstate(over="ignore"):  # `_widen` has made room for what is finite
        return array.astype(dtype, copy=False)


def _overflows(array: Array, dtype: Any) -> bool:
    """Whether finite values would become infinite as `dtype`."""
    if dtype.kind != "f" or array.dtype.kind != "f" or array.dtype.itemsize <= dtype.itemsize:
        return False
    with np.errstate(over="ignore"):
        return bool((np.isinf(array.astype(dtype)) & np.isfinite(array)).any())


def _copy(item: h5py.Group | h5py.Dataset, file: h5py.File, name: str, dtype: str | None) -> None:
    """Copy a group or dataset into `file`; with `dtype`, convert the dataset."""
    if isinstance(item, h5py.Group):
        reproducible.group(file, name).attrs.update(item.attrs)
        return
    if dtype is None:
        item.file.copy(item, file, name)
        return
    _copy_rows(item, file, name, dtype)


def _copy_rows(item: h5py.Dataset, file: h5py.File, name: str, dtype: Any) -> None:
    """Copy a growing dataset as `dtype`, some rows at a time."""
    n_rows = len(item)
    copied = file.create_dataset(
        name, (n_rows, *item.shape[1:]), dtype, maxshape=item.maxshape, chunks=item.chunks,
        compression=item.compression, compression_opts=item.compression_opts, shuffle=item.shuffle,
        fillvalue=item.fillvalue,
    )  # fmt: skip
    row = max(1, math.prod(item.shape[1:])) * np.dtype(dtype).itemsize
    step = max(1, COPIED_BYTES // row)
    for start in range(0, n_rows, step):
        stop = min(start + step, n_rows)
        copied[start:stop] = item[start:stop]


def _spare_slot(slots: h5py.Dataset, finished: float) -> int:
    """The slot to write next: not the one with the newest finished epoch."""
    states = [unpacked(slot) for slot in slots[:]]
    epochs = [-math.inf if one is None or one.epoch > finished else one.epoch for one in states]
    return epochs.index(min(epochs))


def _put_checksum(growing: Growing, n: int, column: int, checksum: int) -> None:
    row = checksums.FIRST + n
    if row >= growing.n:
        growing.resize(checksums.n_rows(row + 1, growing.n))
    growing.put((row, column), (1, 1), checksum)


def _take_room(path: Path, mode: str, n_bytes: int) -> None:
    with path.open(mode) as file:
        disk_space.take(file.fileno(), 0, n_bytes)


def _kept(inputs: Any, targets: Any, validation: tuple[Any, Any] | None) -> dict[str, Samples]:
    """The samples to store, by dataset name; raises DataError if they do not fit."""
    kept = dict(zip(("inputs", "targets"), checked_samples(inputs, targets, several=True), strict=True))
    if validation is not None:
        checked = checked_samples(validation[0], validation[1], several=True)
        kept |= zip(("validation_inputs", "validation_targets"), checked, strict=True)
    return kept
