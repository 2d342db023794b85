"""The folder of a sweep: its settings, and each run that is finished, in a file of its own.

A run's file appears under its name when it is whole, so that nothing finished is lost and nothing half
written is read, whenever the process ends. While a run trains, a file marks it as begun.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError
from replay.files import whole_file
from replay.sweeps.result import SweepRun, run_stem

SETTINGS, FINISHED, RUNS, DATA = "settings.json", "finished", "runs", "data.npz"
MADE = ("data", "table", "solved", "epochs", "losses", "boundaries")  # of the runs, to be made again
BEGUN = ".begun"


class SweepStore:
    """The files of the sweep in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def settings(self) -> dict[str, Any] | None:
        """What the sweep was made with, None where the folder holds none. Raises RunFileError if damaged."""
        path = self.folder / SETTINGS
        if not path.exists():
            return None
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise RunFileError(f"{path} cannot be read: it does not hold a sweep's settings") from error

    def begin(self, settings: Mapping[str, Any], overwrite: bool) -> None:
        """Begin a sweep, or go on with the one that has the same settings.

        Raises RunFileError where the folder holds one with others, which `overwrite` removes.
        """
        there = self.settings
        if there is not None and there != _plain(settings):
            if not overwrite:
                raise RunFileError(
                    f"{self.folder} holds a sweep with other settings "
                    f"({differences(there, _plain(settings))}): choose another folder, or overwrite it"
                )
            self._clear()
        self._make(self.folder / FINISHED)
        with whole_file(self.folder / SETTINGS, RunFileError) as partial:
            partial.write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n")

    def keep_data(self, inputs: Any, targets: Any) -> None:
        """Keep the samples, for pictures."""
        with whole_file(self.folder / DATA, RunFileError) as partial, partial.open("wb") as file:
            np.savez(file, inputs=inputs, targets=targets)

    def data(self) -> tuple[Any, Any] | None:
        """Inputs (n_samples, …) and targets (n_samples, …) where they were kept."""
        path = self.folder / DATA
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                return file["inputs"], file["targets"]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise RunFileError(f"{path} cannot be read: it does not hold a sweep's samples") from error

    def has(self, settings: Mapping[str, Any]) -> bool:
        """Whether this is the sweep with these settings: a worker elsewhere may not see the folder."""
        return self.settings == _plain(settings)

    def run_file(self, name: str, seed: int) -> Path:
        """Where the recording of a run goes."""
        return self.folder / RUNS / f"{run_stem(name, seed)}.h5"

    def add(self, run: SweepRun) -> None:
        """Keep a run that is finished, or failed."""
        with whole_file(self._path(run.name, run.seed), RunFileError) as partial:
            run.save(partial)

    def add_recording(self, run: SweepRun, content: bytes) -> None:
        """Keep the run file that a worker elsewhere has sent."""
        path = self.run_file(run.name, run.seed)
        self._make(path.parent)
        with whole_file(path, RunFileError) as partial:
            partial.write_bytes(content)

    def run(self, name: str, seed: int) -> SweepRun | None:
        """A run that was kept."""
        path = self._path(name, seed)
        return SweepRun.load(path) if path.exists() else None

    def runs(self) -> list[SweepRun]:
        """Every run that was kept, by name of file."""
        return [SweepRun.load(path) for path in sorted((self.folder / FINISHED).glob("[!.]*.npz"))]

    @contextmanager
    def begun(self, name: str, seed: int) -> Iterator[None]:
        """Mark a run as begun within the block; what kills the process leaves the mark."""
        mark = self._path(name, seed).with_suffix(BEGUN)
        mark.touch()
        yield
        mark.unlink(missing_ok=True)

    def was_begun(self, name: str, seed: int) -> bool:
        """Whether a process began the run and never came to its end."""
        return self._path(name, seed).with_suffix(BEGUN).exists()

    def forget_begun(self) -> None:
        """Remove the marks that an earlier sweep left."""
        for mark in (self.folder / FINISHED).glob(f"*{BEGUN}"):
            mark.unlink()

    def _path(self, name: str, seed: int) -> Path:
        return self.folder / FINISHED / f"{run_stem(name, seed)}.npz"

    def _clear(self) -> None:
        for run in (self.folder / FINISHED).glob("*.npz"):
            (self.folder / RUNS / f"{run.stem}.h5").unlink(missing_ok=True)
            run.unlink()
        self.forget_begun()
        for made in MADE:
            for file in self.folder.glob(f"{made}.*"):
                file.unlink()
        (self.folder / SETTINGS).unlink()

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunFileError(f"cannot write to {folder}: {error.strerror or error}") from error


def differences(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """What differs between two settings, in words; fingerprints by their names alone."""
    names = [name for name in {**there, **wanted} if there.get(name) != wanted.get(name)]
    return "; ".join(
        name
        if name.endswith("fingerprint")
        else f"{name}: {json.dumps(there.get(name))}, not {json.dumps(wanted.get(name))}"
        for name in names
    )


def fingerprint(*arrays: Any) -> str:
    """A digest of arrays with their shapes and types."""
    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()[:16]


def _plain(settings: Mapping[str, Any]) -> Any:
    """Settings as they come back from a file."""
    return json.loads(json.dumps(settings))
