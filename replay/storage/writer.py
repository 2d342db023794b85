"""Writing a run file."""

from __future__ import annotations

import atexit
import json
import logging
import math
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import h5py
import numpy as np
from numpy.typing import NDArray

from replay import json_text
from replay.description import RunDescription
from replay.errors import DataError, RunFileError
from replay.storage import claim, guard, room
from replay.storage.interrupted import Interrupted
from replay.storage.layout import FORMAT, FORMAT_VERSION, NAME_BYTES, identity, reason
from replay.storage.reader import RunFile
from replay.storage.samples import Samples, checked_samples, parts
from replay.storage.training_state import GROUP, SLOTS, StateLayout, packed, unpacked

Array = NDArray[Any]

logger = logging.getLogger(__name__)
STORED_AS = ("float32", "float16")
COMPRESSION: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 4, "shuffle": True}
# Images have few different values, whose bytes are better left together: shuffled, they took twice the space.
COMPRESSION_OF_SAMPLES: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 6}
COMPRESSED_FROM = 100_000  # bytes of samples
SAMPLES_CHUNK_BYTES = 1_000_000
COPIED_BYTES = 4_000_000  # held at once
LAID_OUT = 1_000_000  # bytes at most for what every file holds, beside samples and state
CHUNK_BYTES = 32 * 1024  # small weights share a chunk, so that a flush writes little and a read is one


class RunWriter:
    """Writes one run file, snapshot by snapshot; use it as a context manager.

    `inputs` (n_samples, …) and `targets` (n_samples, …) are the samples that the views will show; of models
    with several inputs or outputs, they are dicts of arrays. `dtype` "float16" halves the weights: a weight
    that overflows is kept in float32 from then on, and the log says so. `compress` makes the file smaller and
    recording slower. `state` lays out what a training needs to go on, see `snapshot`.
    Leaving the `with` block without an exception marks the run as complete.

    Room on the disk is taken before each snapshot: where there is none, the snapshots before it stay.

    Raises RunFileError where the file exists and `overwrite` is not set, where another process records it, or
    where it cannot be written; DataError where samples or
    weights do not fit.
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
        inputs, targets = checked_samples(inputs, targets, several=True)
        self._compression = COMPRESSION if compress else {}
        held = sum(part.nbytes for samples in (inputs, targets) for part in parts(samples).values())
        expected = LAID_OUT + held + (SLOTS * state.n_bytes if state else 0)
        with self._written():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with claim.sole(self._place, self.path):
                pass  # asked before the work, and again after it
            with self._replacing(expected, overwrite) as file:
                self._lay_out(file, inputs, targets, validation_data, dtype)
                if state is not None:
                    _lay_out_state(file, state)
            _STILLBORN[self._place] = identity(self._place)

    @classmethod
    def reopen(cls, path: str | os.PathLike[str]) -> RunWriter:
        """Open a run file that was closed, to append to it; it counts as incomplete until `finish`."""
        writer = cls._of(path)
        with writer._written():
            with claim.sole(writer._place, writer.path):
                pass
            writer._open(writer._place)
            writer._file["complete"][()] = 0
            writer._file.flush()
        return writer

    @classmethod
    def resume(cls, path: str | os.PathLike[str], training: Interrupted) -> RunWriter:
        """Go on with a training after its last finished epoch.

        The file is written anew with what it holds up to there: one whose writer was killed is left as it is
        until then.
        """
        writer = cls._of(path)
        with writer._written():
            with claim.sole(writer._place, writer.path):
                pass
            size = writer._place.stat().st_size
            with (
                writer._replacing(size + LAID_OUT, True) as file,
                guard.opened(writer._place, str(path)) as old,
            ):
                _carry_over(old, file, training.epoch)
        return writer

    @classmethod
    def _of(cls, path: str | os.PathLike[str]) -> RunWriter:
        """A writer of a file that exists, which is not open yet."""
        existing = RunFile(path)
        writer = cls.__new__(cls)
        writer._begin(existing.path, existing.description)
        writer._compression = {}
        return writer

    def _begin(self, path: Path, description: RunDescription) -> None:
        self.path, self._place, self.description = path, path.absolute(), description
        self.thread = threading.current_thread()
        self._held: BinaryIO | None = None

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Errors of the system and of HDF5 in words of our own."""
        try:
            yield
        except (OSError, RuntimeError) as error:
            raise RunFileError(
                f"cannot write {self.path}: {reason(error)}; what was recorded before can be read"
                if self._place.exists()
                else f"cannot write {self.path}: {reason(error)}"
            ) from error

    @contextmanager
    def _replacing(self, n_bytes: int, overwrite: bool) -> Iterator[h5py.File]:
        """A new file of about so many bytes, which comes to its place when it is whole."""
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.{threading.get_ident()}.partial")
        try:
            with partial.open("wb") as empty:  # HDF5 must not begin where there is no room
                room.take(empty.fileno(), 0, n_bytes)
            with h5py.File(partial, "w", libver="latest") as file:
                yield file
            self._leave()
            if claim.replaces_open_files():
                self._open(partial)  # and so hold it, before anybody else can see it
            with claim.sole(self._place, self.path):
                self._put(partial, overwrite)
            if not claim.replaces_open_files():
                self._open(self._place)
        finally:
            partial.unlink(missing_ok=True)

    def _put(self, partial: Path, overwrite: bool) -> None:
        """Move a file to its place; without `overwrite`, only if nobody else put one there meanwhile."""
        if overwrite or _is_stillborn(self._place):
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
        """Give back the room that was not used, and the right to write."""
        if self._held is None:
            return
        held, self._held = self._held, None
        with claim.letting_go(held):
            room.give_back(held.fileno())

    def _open(self, place: Path) -> None:
        self._file: h5py.File = h5py.File(place, "r+", libver="latest")
        self._file.swmr_mode = True  # HDF5 gives back its own lock here, so that others may read
        self._held = place.open("r+b", buffering=0)
        claim.hold(self._held, self, self.path)
        self._weights = [self._file[f"weights/{path}"] for path, _ in self.description.weight_paths]
        self._epochs: h5py.Dataset = self._file["epochs"]
        history = self._file["history"]
        self._history_epochs: h5py.Dataset = history["epochs"]
        self._history_values: h5py.Dataset = history["values"]
        self._names = [name.decode() for name in history["names"][:]]
        self._growing = [*self._weights, self._epochs, *history.values()]
        self._slots: h5py.Dataset | None = self._file[f"{GROUP}/slots"] if GROUP in self._file else None
        self._next_slot = 0 if self._slots is None else _older(self._slots)
        self._taken = 0

    def _lay_out(
        self,
        file: h5py.File,
        inputs: Samples,
        targets: Samples,
        validation: tuple[Any, Any] | None,
        dtype: str | None,
    ) -> None:
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = "{}.{}".format(*FORMAT_VERSION)
        _json_dataset(file, "description", self.description.to_json())
        self._check_description(bytes(file["description"][()]).decode())
        file.create_dataset("complete", data=np.uint8(0))
        file.create_dataset("batch_size", data=np.int64(self.description.batch_size or 0))
        kept = {"inputs": inputs, "targets": targets}
        if validation is not None:
            checked = checked_samples(validation[0], validation[1], several=True)
            kept |= zip(("validation_inputs", "validation_targets"), checked, strict=True)
        for name, samples in kept.items():
            _keep_samples(file, f"data/{name}", samples)
        weights = file.create_group("weights")
        for path, weight in self.description.weight_paths:
            stored = _narrower(weight.dtype, dtype)
            _growing(weights, path, weight.shape, stored, **self._compression)
        _growing(file, "epochs", (), np.float64)
        history = file.create_group("history")
        _growing(history, "epochs", (), np.float64)
        _growing(history, "names", (), f"S{NAME_BYTES}")
        history.create_dataset(
            "values", (0, 0), np.float64, maxshape=(None, None), chunks=(64, 8), fillvalue=np.nan
        )

    @property
    def n_snapshots(self) -> int:
        """How many snapshots have been written."""
        return int(self._epochs.shape[0])

    @property
    def last_epoch(self) -> float:
        """The epoch of the last snapshot, −inf before the first."""
        return float(self._epochs[-1]) if self.n_snapshots else -np.inf

    @property
    def last_logged_epoch(self) -> float:
        """The epoch of the last row of metrics, −inf before the first."""
        epochs = self._history_epochs
        return float(epochs[-1]) if epochs.shape[0] else -np.inf

    def snapshot(
        self,
        epoch: float,
        weights: Sequence[Array] | Mapping[str, Array] | None,
        logs: Mapping[str, float] | None = None,
        state: Sequence[Array] | None = None,
    ) -> None:
        """Append the weights as they are at `epoch`, with the metrics logged for it, and flush.

        `weights` is a list in the description's order or a mapping "layer/weight" → array, or None to
        log metrics only. Epochs must increase. `state` are the variables that the file's StateLayout names,
        as they are at the end of this epoch: what a training needs to go on from here.
        """
        self._check_open()
        if weights is not None:
            arrays = self._checked(weights)
            if not epoch > self.last_epoch:
                raise DataError(f"{self.path}: epoch {epoch:g} does not come after epoch {self.last_epoch:g}")
        if logs or self.n_snapshots:
            _STILLBORN.pop(self._place, None)
        with self._written():
            self._make_room()
            if state is not None and self._slots is not None:
                self._save(epoch, state)  # first: an epoch that a reader sees can be gone on from
            if logs:
                self._log(epoch, logs)
            if weights is not None:
                self._widen(arrays)
                for dataset, array in zip(self._weights, arrays, strict=True):
                    _append(dataset, array)
                _append(self._epochs, epoch)  # last: a reader counts the snapshots here
            self._file.flush()

    def _check_open(self) -> None:
        if not self._file:
            raise RunFileError(
                f"{self.path} is no longer recorded here: it was closed, or another recorder went on with it"
            )

    def _check_description(self, text: str) -> None:
        """Raise DataError where no reader would take the description: better now than after the training."""
        try:
            RunDescription.from_json(json_text.loads(text))
        except ValueError as error:
            raise DataError(f"{self.path} could not be read again: {error}") from error

    def _make_room(self) -> None:
        """Take the room that a snapshot may need at most, so that HDF5 never meets a full disk."""
        if self._held is not None:
            size = int(self._file.id.get_filesize())
            room.take(self._held.fileno(), self._taken, size + room.growth(self._growing))
            self._taken = size

    def _save(self, epoch: float, state: Sequence[Array]) -> None:
        self._slots[self._next_slot] = packed(epoch, state)  # type: ignore[index]
        self._next_slot = 1 - self._next_slot

    def forget_state(self) -> None:
        """Keep no state any more: a training that goes on differently cannot be resumed from here."""
        self._check_open()
        if self._slots is None:
            return
        with self._written():
            self._slots[...] = np.zeros(self._slots.shape, np.uint8)
            self._file.flush()
        self._slots = None

    def _widen(self, arrays: Sequence[Array]) -> None:
        """Make room for weights that overflow what they are stored as: the file is written anew with them."""
        pairs = zip(self.description.weight_paths, self._weights, arrays, strict=True)
        wide = {
            f"weights/{path}": weight.dtype
            for (path, weight), dataset, array in pairs
            if _overflows(array, dataset.dtype)
        }
        if not wide:
            return
        logger.warning("%s: %s overflow, and are kept in full from now on", self.path, ", ".join(wide))
        # Of a file that is open in SWMR mode, HDF5 cannot copy what its cache holds changed.
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
        if len(logged) and not epoch >= logged[-1]:
            raise DataError(
                f"{self.path}: epoch {epoch:g} comes before epoch {logged[-1]:g}, which was logged"
            )
        for name in logs:
            if name not in self._names:
                self._names.append(name)
                _append(self._file["history/names"], _cut(name))
        values = self._history_values
        values.resize((values.shape[0] + 1, len(self._names)))
        values[-1] = [float(logs.get(name, np.nan)) for name in self._names]
        _append(self._history_epochs, epoch)

    def tell_batch_size(self, batch_size: int) -> None:
        """Keep a batch size that is known only now."""
        self._check_open()
        with self._written():
            self._file["batch_size"][()] = batch_size
            self._file.flush()

    def finish(self) -> None:
        """Mark the run as complete."""
        self._check_open()
        _STILLBORN.pop(self._place, None)
        with self._written():
            self._file["complete"][()] = 1
            self._file.flush()

    def close(self) -> None:
        """Close the file; what was written stays, and stays readable."""
        _STILLBORN.pop(self._place, None)
        self.release()

    def release(self) -> None:
        """Close the file for another recorder, which may find nothing in it that is worth keeping."""
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


# Files of this process that hold nothing but weights from before training, by place, with their identity:
# where `fit` failed at once, they are in the way of the next attempt. What another process put in their place
# since, or is writing, is not ours to take for dead.
_STILLBORN: dict[Path, tuple[int, int]] = {}


def _is_stillborn(path: Path) -> bool:
    return path.exists() and _STILLBORN.get(path) == identity(path)


@atexit.register
def _remove_stillborn() -> None:
    for path in _STILLBORN:
        if _is_stillborn(path):
            path.unlink()


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise RunFileError if `path` exists and must not be replaced."""
    path = path.expanduser()
    if path.is_dir():
        raise RunFileError(f"{path} is a folder: name a file in it, as in {path / 'run.h5'}")
    if path.exists() and not overwrite and not _is_stillborn(path.absolute()):
        raise RunFileError(
            f"{path} exists: choose another name, go on with it if it was interrupted (resume=True, "
            "--resume), or replace it with overwrite=True (--overwrite)"
        )


def _chunk_rows(shape: Sequence[int], itemsize: int) -> int:
    row = max(1, int(np.prod(shape, dtype=np.int64))) * itemsize
    return int(np.clip(CHUNK_BYTES // row, 1, 1024))


def _growing(
    group: h5py.Group, name: str, shape: tuple[int, ...], dtype: Any, **compression: Any
) -> h5py.Dataset:
    """A dataset without rows that grows along its first axis."""
    chunk = (_chunk_rows(shape, np.dtype(dtype).itemsize), *(max(1, size) for size in shape))
    return group.create_dataset(
        name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunk, **compression
    )


def _keep_samples(file: h5py.File, name: str, samples: Samples) -> None:
    """One array as a dataset, several as a group of them; compressed where that saves something."""
    if isinstance(samples, dict):
        for number, (part, values) in enumerate(samples.items()):
            _keep_samples(file, f"{name}/{number}", values)
            file[f"{name}/{number}"].attrs["name"] = part
        return
    if samples.nbytes <= COMPRESSED_FROM:
        file.create_dataset(name, data=samples)
        return
    rows = min(len(samples), max(1, SAMPLES_CHUNK_BYTES * len(samples) // samples.nbytes))
    kept = file.create_dataset(
        name, data=samples, chunks=(rows, *samples.shape[1:]), **COMPRESSION_OF_SAMPLES
    )
    if not guard.is_believed(kept):  # so much smaller that a reader would take it for a bomb
        del file[name]
        file.create_dataset(name, data=samples)


def _narrower(declared: str, dtype: str | None) -> str:
    """The type that a weight is stored as: `dtype` where it is a narrower kind of the same float."""
    own = np.dtype(declared)
    narrows = dtype is not None and own.kind == "f" and own.itemsize > np.dtype(dtype).itemsize
    return dtype if narrows and dtype is not None else declared


def _overflows(array: Array, dtype: Any) -> bool:
    """Whether finite values would become infinite."""
    if dtype.kind != "f" or array.dtype.kind != "f" or array.dtype.itemsize <= dtype.itemsize:
        return False
    with np.errstate(over="ignore"):
        return bool((np.isinf(array.astype(dtype)) & np.isfinite(array)).any())


def _copy(item: h5py.Group | h5py.Dataset, file: h5py.File, name: str, dtype: str | None) -> None:
    """Copy a dataset into `file` as it is or, with `dtype`, row by row as that."""
    if isinstance(item, h5py.Group):
        return
    if dtype is None:
        item.file.copy(item, file, name)
        return
    _copy_rows(item, file, name, dtype, len(item))


def _carry_over(old: h5py.File, file: h5py.File, epoch: float) -> None:
    """Copy a run as it was at the end of `epoch`."""
    names: list[str] = []
    old.visit(names.append)
    kept = {
        of: int(np.searchsorted(guard.rows(guard.dataset(old, of)), epoch, "right"))
        for of in ("epochs", "history/epochs")
    }
    file.attrs.update({name: old.attrs[name] for name in ("format", "format_version")})
    for name in names:
        item = guard.item(old, name)
        if isinstance(item, h5py.Group):
            continue
        by = (
            "history/epochs"
            if name == "history/values"
            else "epochs"
            if name.startswith("weights/")
            else name
        )
        if by in kept:
            _copy_rows(item, file, name, item.dtype, kept[by])
        else:
            old.copy(item, file, name)


def _copy_rows(item: h5py.Dataset, file: h5py.File, name: str, dtype: Any, n_rows: int) -> None:
    """Copy the first rows of a dataset that grows, some of them at a time."""
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


def _lay_out_state(file: h5py.File, state: StateLayout) -> None:
    _json_dataset(file, f"{GROUP}/variables", list(state.variables))
    _json_dataset(file, f"{GROUP}/training", state.training)
    file.create_dataset(f"{GROUP}/slots", data=np.zeros((SLOTS, state.n_bytes), np.uint8))


def _older(slots: h5py.Dataset) -> int:
    """The slot to write to: one that is not whole, or that of the earlier epoch."""
    states = [unpacked(slot) for slot in slots[:]]
    epochs = [-math.inf if state is None else state.epoch for state in states]
    return epochs.index(min(epochs))


def _append(dataset: h5py.Dataset, row: Any) -> None:
    dataset.resize(dataset.shape[0] + 1, axis=0)
    dataset[-1] = row


def _json_dataset(group: h5py.Group, name: str, value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    group.create_dataset(name, data=np.bytes_(text.encode()))


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as JSON knows them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a description cannot hold {type(value).__name__}")


def _cut(name: str) -> bytes:
    """A name in at most NAME_BYTES of UTF-8, without half a character at the end."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore").encode()
