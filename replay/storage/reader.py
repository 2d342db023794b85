"""Reading a run file, whole or still being written."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
from numpy.typing import NDArray

from replay.description import RunDescription
from replay.errors import RunFileError
from replay.storage.layout import FORMAT, FORMAT_VERSION, identity, reason
from replay.storage.samples import Samples

Array = NDArray[Any]


class RunFile:
    """Reads one run file, also while it is being written.

    Nothing is loaded before it is asked for, and the file is open only while something is read: so the
    same process can record on.

    Raises RunFileError, naming the file, where it is not a run file that this version can read.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).expanduser()
        self._place = self.path.absolute()  # stays where it is when the process changes its folder
        self._identity = existing(self._place, self.path)
        with self._opened() as file:
            self.format_version = self._check_format(file)
            description = RunDescription.from_json(_read_json(file, "description"))
            told = int(file["batch_size"][()]) if "batch_size" in file else 0
            self.description = replace(description, batch_size=told or description.batch_size)
            self.epochs = self._read_epochs(file)

    @contextmanager
    def _opened(self) -> Iterator[h5py.File]:
        if existing(self._place, self.path) != self._identity:
            raise RunFileError(f"{self.path} was replaced by another file: open it again")
        try:
            # SWMR for files that a writer has open, or left open when it was killed. Other files are better
            # opened without: HDF5 then checks that they are whole.
            with h5py.File(self._place, "r", libver="latest", swmr=open_for_writing(self._place)) as file:
                yield file
        except (KeyError, TypeError, ValueError, AttributeError, OSError, RuntimeError) as error:
            raise RunFileError(f"{self.path} is damaged: {reason(error)}") from error

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
    def inputs(self) -> Samples:
        """The recorded samples: (n_samples, …), or a dict of several inputs."""
        with self._opened() as file:
            return _samples(file["data/inputs"])

    @property
    def targets(self) -> Samples:
        """Their targets: (n_samples, …), or a dict of those of several outputs."""
        with self._opened() as file:
            return _samples(file["data/targets"])

    @property
    def validation_data(self) -> tuple[Samples, Samples] | None:
        """Validation samples and targets where they were recorded."""
        with self._opened() as file:
            data = file["data"]
            if "validation_inputs" not in data:
                return None
            return _samples(data["validation_inputs"]), _samples(data["validation_targets"])

    def weights(self, start: int, stop: int) -> list[Array]:
        """Every weight of the snapshots at positions start ≤ i < stop: a list of (stop − start, …)."""
        with self._opened() as file:
            return [
                file[f"weights/{path}"][start:stop].astype(weight.dtype, copy=False)
                for path, weight in self.description.weight_paths
            ]

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


def _samples(item: h5py.Group | h5py.Dataset) -> Samples:
    if isinstance(item, h5py.Dataset):
        return item[()]
    by_number = sorted(item.values(), key=lambda part: int(part.name.rsplit("/", 1)[-1]))
    return {str(part.attrs["name"]): part[()] for part in by_number}


def _read_json(file: h5py.File, name: str) -> Any:
    return json.loads(bytes(file[name][()]).decode())


def existing(place: Path, name: Path) -> tuple[int, int]:
    """The identity of a file that exists and has content; errors call it by `name`."""
    if not place.exists():
        raise RunFileError(f"{name} does not exist: check the path, or record one with 'replay run'")
    if place.is_dir():
        raise RunFileError(f"{name} is a folder: name a run file in it")
    if place.stat().st_size == 0:
        raise RunFileError(f"{name} is empty: record it again")
    return identity(place)


def open_for_writing(path: Path) -> bool:
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
