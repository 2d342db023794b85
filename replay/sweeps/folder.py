"""The folder of a sweep: its settings, its data, and one file for each finished run.

A run's file appears under its name only when it is complete, so that no finished run is lost and no partial
file is read, whenever the process ends. While a run trains, a file marks it as begun.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError
from replay.files import whole_file
from replay.sweeps.result import SweepRun, run_stem

SETTINGS, FINISHED, RUNS, DATA = "settings.json", "finished", "runs", "data.npz"
# Made from the runs, replaceable:
MADE = ("data", "table", "solved", "tuned", "epochs", "losses", "widths", "boundaries", "fits")
HELD_OUT = ("held_out_inputs", "held_out_targets")
BEGUN = ".begun"
TITLE = "title"  # of the data, in the settings


class SweepStore:
    """The files of the sweep in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def settings(self) -> dict[str, Any] | None:
        """The sweep's settings, None if the folder holds no sweep. Raises RunFileError if damaged."""
        path = self.folder / SETTINGS
        if not path.exists():
            return None
        try:
            return json.loads(path.read_text())
        except (OSError, ValueError) as error:
            raise RunFileError(f"{path} cannot be read: it does not hold a sweep's settings") from error

    def begin(self, settings: Mapping[str, Any], overwrite: bool) -> None:
        """Begin a sweep, or go on with the one that has the same settings.

        Raises RunFileError if the folder holds a sweep with other settings; `overwrite` removes it instead.
        """
        there, wanted = self.settings, _of_runs(_plain(settings))
        if there is not None and _of_runs(there) != wanted:
            if not overwrite:
                raise RunFileError(
                    f"{self.folder} holds a sweep with other settings "
                    f"({differences(_of_runs(there), wanted)}): choose another folder, or overwrite it"
                )
            self._clear()
        self._make(self.folder / FINISHED)
        with whole_file(self.folder / SETTINGS, RunFileError) as partial:
            partial.write_text(json.dumps(settings, indent=1, ensure_ascii=False) + "\n")

    def keep_data(self, inputs: Any, targets: Any, held_out: tuple[Any, Any] | None = None) -> None:
        """Store the samples, for the figures."""
        arrays = {"inputs": inputs, "targets": targets}
        if held_out is not None:
            arrays |= dict(zip(HELD_OUT, held_out, strict=True))
        with whole_file(self.folder / DATA, RunFileError) as partial, partial.open("wb") as file:
            np.savez(file, **arrays)

    def data(self) -> tuple[Any, Any] | None:
        """The stored inputs (n_samples, …) and targets (n_samples, …), or None."""
        return self._samples(("inputs", "targets"))

    def held_out(self) -> tuple[Any, Any] | None:
        """The same of the validation data."""
        return self._samples(HELD_OUT)

    def _samples(self, names: tuple[str, str]) -> tuple[Any, Any] | None:
        path = self.folder / DATA
        if not path.exists():
            return None
        try:
            with np.load(path, allow_pickle=False) as file:
                found = [file[name] for name in names if name in file]
        except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise RunFileError(f"{path} cannot be read: it does not hold a sweep's samples") from error
        return (found[0], found[1]) if len(found) == len(names) else None

    def has(self, settings: Mapping[str, Any]) -> bool:
        """Whether this is the sweep with these settings: a worker elsewhere may not see the folder."""
        there = self.settings
        return there is not None and _of_runs(there) == _of_runs(_plain(settings))

    def run_file(self, name: str, seed: int) -> Path:
        """The path of a run's recording."""
        return self.folder / RUNS / f"{run_stem(name, seed)}.h5"

    def add(self, run: SweepRun) -> None:
        """Store a finished or failed run."""
        with whole_file(self._path(run.name, run.seed), RunFileError) as partial:
            run.save(partial)

    def add_recording(self, run: SweepRun, content: bytes) -> None:
        """Store the run file that a remote worker sent."""
        path = self.run_file(run.name, run.seed)
        self._make(path.parent)
        with whole_file(path, RunFileError) as partial:
            partial.write_bytes(content)

    def run(self, name: str, seed: int) -> SweepRun | None:
        """A stored run, or None."""
        path = self._path(name, seed)
        return SweepRun.load(path) if path.exists() else None

    def runs(self) -> list[SweepRun]:
        """All stored runs, by file name."""
        return [SweepRun.load(path) for path in sorted((self.folder / FINISHED).glob("[!.]*.npz"))]

    @contextmanager
    def begun(self, name: str, seed: int) -> Iterator[None]:
        """Mark a run as begun within the block; if the process is killed, the mark stays."""
        mark = self._path(name, seed).with_suffix(BEGUN)
        mark.touch()
        yield
        mark.unlink(missing_ok=True)

    def was_begun(self, name: str, seed: int) -> bool:
        """Whether a process began the run and did not finish it."""
        return self._path(name, seed).with_suffix(BEGUN).exists()

    def forget_begun(self) -> None:
        """Remove the marks of a sweep that was stopped, and the run files that it did not finish."""
        for mark in (self.folder / FINISHED).glob(f"*{BEGUN}"):
            if not mark.with_suffix(".npz").exists():
                (self.folder / RUNS / f"{mark.stem}.h5").unlink(missing_ok=True)
                for partial in (self.folder / RUNS).glob(f".{escape(mark.stem)}.h5.*"):
                    partial.unlink(missing_ok=True)  # of a process that was killed while it made the file
            mark.unlink(missing_ok=True)

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
    """The differences between two settings, in words; only the names of fingerprints."""
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


def _of_runs(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the runs depend on: all but the title."""
    return {name: value for name, value in settings.items() if name != TITLE}


def _plain(settings: Mapping[str, Any]) -> Any:
    """Settings as a file returns them."""
    return json.loads(json.dumps(settings))
