"""Run files: the one module that touches HDF5. `docs/format.md` is the contract.

A file is written beside its place, with everything that does not grow, and moved there whole; only then
does recording begin, in HDF5's single-writer, multiple-reader mode (SWMR). From there on the file can be
read at any moment, and a process that is killed loses at most the snapshot it was writing.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from replay.description import RunDescription
from replay.errors import DataError, RunFileError

Array = NDArray[Any]

FORMAT = "boundary-replay run"
FORMAT_VERSION = (1, 0)
CHUNK_BYTES = 32 * 1024  # small weights share a chunk, so that a flush writes little and a read is one
NAME_BYTES = 128


def _chunk_rows(shape: Sequence[int], itemsize: int) -> int:
    row = max(1, int(np.prod(shape, dtype=np.int64))) * itemsize
    return int(np.clip(CHUNK_BYTES // row, 1, 1024))


def _growing(group: h5py.Group, name: str, shape: tuple[int, ...], dtype: Any) -> h5py.Dataset:
    """A dataset without rows that grows along its first axis."""
    chunk = (_chunk_rows(shape, np.dtype(dtype).itemsize), *(max(1, size) for size in shape))
    return group.create_dataset(name, (0, *shape), dtype, maxshape=(None, *shape), chunks=chunk)


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


class RunWriter:
    """Writes one run file, snapshot by snapshot; use it as a context manager.

    `inputs` (n_samples, …) and `targets` (n_samples, …) are the samples that the views will show.
    Leaving the `with` block without an exception marks the run as complete.

    Raises RunFileError where the file exists and `overwrite` is not set, DataError where samples or
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
    ) -> None:
        self.path = Path(path)
        self.description = description
        refuse_existing(self.path, overwrite)
        inputs, targets = checked_samples(inputs, targets)
        partial = self.path.with_name(f".{self.path.name}.{os.getpid()}.partial")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            try:
                with h5py.File(partial, "w", libver="latest") as file:
                    self._lay_out(file, inputs, targets, validation_data)
                partial.replace(self.path)
            finally:
                partial.unlink(missing_ok=True)
            self._open()
        except OSError as error:
            raise RunFileError(f"cannot write {self.path}: {_reason(error)}") from error

    @classmethod
    def reopen(cls, path: str | os.PathLike[str]) -> RunWriter:
        """Open a run file that was closed, to append to it; it counts as incomplete until `finish`."""
        existing = RunFile(path)
        writer = cls.__new__(cls)
        writer.path, writer.description = existing.path, existing.description
        try:
            writer._open()
        except OSError as error:
            raise RunFileError(f"cannot append to {path}: {_reason(error)}") from error
        writer._file["complete"][()] = 0
        writer._file.flush()
        return writer

    def _open(self) -> None:
        self._file: h5py.File = h5py.File(self.path, "r+", libver="latest")
        self._file.swmr_mode = True
        self._weights = [self._file[f"weights/{path}"] for path, _ in self.description.weight_paths]
        self._epochs: h5py.Dataset = self._file["epochs"]
        history = self._file["history"]
        self._history_epochs: h5py.Dataset = history["epochs"]
        self._history_values: h5py.Dataset = history["values"]
        self._names = [name.decode() for name in history["names"][:]]

    def _lay_out(self, file: h5py.File, inputs: Array, targets: Array, validation: Any) -> None:
        file.attrs["format"] = FORMAT
        file.attrs["format_version"] = "{}.{}".format(*FORMAT_VERSION)
        _json_dataset(file, "description", self.description.to_json())
        file.create_dataset("complete", data=np.uint8(0))
        file.create_dataset("batch_size", data=np.int64(self.description.batch_size or 0))
        file.create_dataset("data/inputs", data=inputs)
        file.create_dataset("data/targets", data=targets)
        if validation is not None:
            names = ("data/validation_inputs", "data/validation_targets")
            for name, values in zip(names, checked_samples(*validation), strict=True):
                file.create_dataset(name, data=values)
        weights = file.create_group("weights")
        for path, weight in self.description.weight_paths:
            _growing(weights, path, weight.shape, weight.dtype)
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
    ) -> None:
        """Append the weights as they are at `epoch`, with the metrics logged for it, and flush.

        `weights` is a list in the description's order or a mapping "layer/weight" → array, or None to
        log metrics only. Epochs must increase.
        """
        if weights is not None:
            arrays = self._checked(weights)
            if not epoch > self.last_epoch:
                raise DataError(f"{self.path}: epoch {epoch:g} does not come after epoch {self.last_epoch:g}")
        if logs:
            self._log(epoch, logs)
        if weights is not None:
            for dataset, array in zip(self._weights, arrays, strict=True):
                _append(dataset, array)
            _append(self._epochs, epoch)  # last: a reader counts the snapshots here
        self._file.flush()

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
        self._file["batch_size"][()] = batch_size
        self._file.flush()

    def finish(self) -> None:
        """Mark the run as complete."""
        self._file["complete"][()] = 1
        self._file.flush()

    def close(self) -> None:
        """Close the file; what was written stays readable either way."""
        self._file.close()

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.finish()
        self.close()


def _cut(name: str) -> bytes:
    """A name in at most NAME_BYTES of UTF-8, without half a character at the end."""
    return name.encode()[:NAME_BYTES].decode(errors="ignore").encode()


def refuse_existing(path: Path, overwrite: bool) -> None:
    """Raise RunFileError if `path` exists and must not be replaced."""
    if path.exists() and not overwrite:
        raise RunFileError(
            f"{path} exists: choose another name, or replace it with overwrite=True (--overwrite)"
        )


def checked_samples(inputs: Any, targets: Any) -> tuple[Array, Array]:
    """Inputs and targets as arrays of finite numbers and one length; raises DataError where they are not."""
    inputs, targets = np.asarray(inputs), np.asarray(targets)
    if inputs.ndim == 0 or targets.ndim == 0 or len(inputs) != len(targets):
        raise DataError(
            f"inputs of shape {inputs.shape} and targets of shape {targets.shape} do not belong together: "
            "they need one target for each sample"
        )
    if len(inputs) == 0:
        raise DataError("there are no samples: inputs and targets are empty")
    for name, values in (("inputs", inputs), ("targets", targets)):
        if values.dtype.kind not in "biuf":
            raise DataError(f"{name} must be numbers, not {values.dtype}")
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            rows = np.flatnonzero(~np.isfinite(values.reshape(len(values), -1)).all(axis=1))
            raise DataError(
                f"{name} hold NaN or infinity in {len(rows)} of {len(values)} samples, the first at row "
                f"{rows[0]}: remove or fill them"
            )
    return inputs, targets


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error).splitlines()[0]


class RunFile:
    """Reads one run file, also while it is being written.

    Nothing is loaded before it is asked for, and the file is open only while something is read: so the
    same process can record on.

    Raises RunFileError, naming the file, where it is not a run file that this version can read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._identity = _identity(self.path)
        with self._opened() as file:
            self.format_version = self._check_format(file)
            description = RunDescription.from_json(_read_json(file, "description"))
            told = int(file["batch_size"][()]) if "batch_size" in file else 0
            self.description = replace(description, batch_size=told or description.batch_size)
            self.epochs = self._read_epochs(file)

    @contextmanager
    def _opened(self) -> Iterator[h5py.File]:
        if _identity(self.path) != self._identity:
            raise RunFileError(f"{self.path} was replaced by another file: open it again")
        try:
            # SWMR for files that a writer has open, or left open when it was killed. Other files are better
            # opened without: HDF5 then checks that they are whole.
            with h5py.File(self.path, "r", libver="latest", swmr=_open_for_writing(self.path)) as file:
                yield file
        except (KeyError, TypeError, ValueError, AttributeError, OSError, RuntimeError) as error:
            raise RunFileError(f"{self.path} is damaged: {_reason(error)}") from error

    def _check_format(self, file: h5py.File) -> str:
        if file.attrs.get("format") != FORMAT:
            raise RunFileError(f"{self.path} is an HDF5 file, but no run file: nothing in it says {FORMAT!r}")
        version = str(file.attrs["format_version"])
        major = int(version.split(".")[0])
        if major > FORMAT_VERSION[0]:
            raise RunFileError(
                f"{self.path} has format {version}, newer than this version reads "
                f"({FORMAT_VERSION[0]}.x): upgrade boundary-replay"
            )
        return version

    def _read_epochs(self, file: h5py.File) -> Array:
        epochs = file["epochs"][:]
        for path, weight in self.description.weight_paths:
            dataset = file[f"weights/{path}"]
            if dataset.shape[1:] != weight.shape:
                raise RunFileError(f"{self.path} is damaged: weights/{path} has shape {dataset.shape}")
            epochs = epochs[: dataset.shape[0]]
        if not len(epochs):
            raise RunFileError(f"{self.path} holds no snapshot: the training ended before it began")
        return epochs

    @property
    def complete(self) -> bool:
        """Whether the training came to its end."""
        with self._opened() as file:
            return bool(file["complete"][()])

    @property
    def inputs(self) -> Array:
        """The recorded samples: (n_samples, …)."""
        with self._opened() as file:
            return file["data/inputs"][()]

    @property
    def targets(self) -> Array:
        """Their targets: (n_samples, …)."""
        with self._opened() as file:
            return file["data/targets"][()]

    @property
    def validation_data(self) -> tuple[Array, Array] | None:
        """Validation samples and targets where they were recorded."""
        with self._opened() as file:
            data = file["data"]
            if "validation_inputs" not in data:
                return None
            return data["validation_inputs"][()], data["validation_targets"][()]

    def weights(self, start: int, stop: int) -> list[Array]:
        """Every weight of the snapshots at positions start ≤ i < stop: a list of (stop − start, …)."""
        with self._opened() as file:
            return [file[f"weights/{path}"][start:stop] for path, _ in self.description.weight_paths]

    def history(self) -> tuple[Array, dict[str, Array]]:
        """Epochs of the logged rows (n_rows,), and the logged values by name, NaN where not logged."""
        with self._opened() as file:
            group = file["history"]
            names, values, epochs = group["names"][:], group["values"][:], group["epochs"][:]
        rows = min(len(epochs), len(values))  # a killed writer may have begun a row
        columns = {
            name.decode(): values[:rows, column] for column, name in enumerate(names[: values.shape[1]])
        }
        return epochs[:rows], columns


def _read_json(file: h5py.File, name: str) -> Any:
    return json.loads(bytes(file[name][()]).decode())


def _identity(path: Path) -> tuple[int, int]:
    """Device and inode of a file that exists and has content."""
    if not path.exists():
        raise RunFileError(f"{path} does not exist: check the path, or record one with 'replay run'")
    if path.is_dir():
        raise RunFileError(f"{path} is a folder: name a run file in it")
    status = path.stat()
    if status.st_size == 0:
        raise RunFileError(f"{path} is empty: record it again")
    return status.st_dev, status.st_ino


def _open_for_writing(path: Path) -> bool:
    """Whether a writer has the file open, or had it open when it was killed.

    Read from the superblock (HDF5 File Format Specification 3.0, section II.A, versions 2 and 3), which also
    tells how long the file must be: HDF5 checks that only outside SWMR mode, and hangs where it is not so.
    """
    with path.open("rb") as file:
        block = file.read(36)
    if block[:8] != b"\x89HDF\r\n\x1a\n":
        raise RunFileError(f"{path} is not an HDF5 file, and so no run file")
    if len(block) < 36 or (block[8] >= 2 and int.from_bytes(block[28:36], "little") > path.stat().st_size):
        raise RunFileError(f"{path} is damaged: it was cut short")
    return block[8] >= 2 and bool(block[11] & 1)
