"""Rewrite a run file for resuming, cut back to its last finished epoch.

The file is untrusted: copy only what the format defines, through the safe reader.
"""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np

from replay.network.description import RunDescription
from replay.storage import checksums
from replay.storage.ending import NAME as ENDING
from replay.storage.ending import Ending
from replay.storage.reader import RunFile
from replay.storage.training_state import GROUP, packed
from replay.storage.unfinished import UnfinishedTraining
from replay.storage.untrusted import guard
from replay.storage.writing.new_file import cut, facts_of, lay_out, lay_out_state, stored_as
from replay.types import Array, Samples

COPIED_BYTES = 4_000_000  # in memory at once


def carry_over(run: RunFile, training: UnfinishedTraining, file: h5py.File) -> None:
    """Fill an empty file with what `run` held at the end of `training.epoch`."""
    text, stored, compress = _as_stored(run)
    lay_out(file, run.description, text, _samples(run), stored, compress)
    _carry_snapshots(run, file, int(np.searchsorted(run.epochs, training.epoch, "right")))
    _carry_history(run, file, training.epoch)
    lay_out_state(file, training.layout)
    held = {at: of for at, of in run.ending.held.items() if at in run.epochs[run.epochs <= training.epoch]}
    file[ENDING][()] = Ending(held=held).to_bytes()
    file[checksums.NAME][checksums.OF_FACTS] = facts_of(file)
    file[f"{GROUP}/slots"][0] = packed(training.epoch, training.state.arrays(training.layout))


def _as_stored(run: RunFile) -> tuple[str, dict[str, str], bool]:
    """The description's JSON text, the stored dtype of each weight, and whether weights are compressed."""
    with guard.opened(run.path.absolute(), str(run.path)) as file:
        paths = run.description.weight_paths
        weights = [guard.dataset(file, f"weights/{path}", whole=False) for path, _ in paths]
        stored = {
            path: stored_as(weight.dtype, dataset.dtype.name if dataset.dtype.kind == "f" else None)
            for (path, weight), dataset in zip(paths, weights, strict=True)
        }
        return guard.text(file, "description"), stored, any(dataset.compression for dataset in weights)


def _samples(run: RunFile) -> dict[str, Samples]:
    kept = {"inputs": run.inputs, "targets": run.targets}
    if run.validation_data is not None:
        kept |= zip(("validation_inputs", "validation_targets"), run.validation_data, strict=True)
    return kept


def _carry_snapshots(run: RunFile, file: h5py.File, n_snapshots: int) -> None:
    paths = [path for path, _ in run.description.weight_paths]
    step = max(1, COPIED_BYTES // max(1, _row_bytes(run.description)))
    for start in range(0, n_snapshots, step):
        stop = min(start + step, n_snapshots)
        weights = run.weights(start, stop)
        for path, values in zip(paths, weights, strict=True):
            _add(file[f"weights/{path}"], values)
        found = checksums.of_snapshots(run.epochs[start:stop], weights)
        _put_checksums(file, checksums.SNAPSHOTS, start, found)
    _add(file["epochs"], run.epochs[:n_snapshots])


def _row_bytes(description: RunDescription) -> int:
    sizes = (np.dtype(one.dtype).itemsize * np.prod(one.shape) for _, one in description.weight_paths)
    return int(sum(sizes))


def _carry_history(run: RunFile, file: h5py.File, epoch: float) -> None:
    epochs, columns = run.history()
    n_rows = int(np.searchsorted(epochs, epoch, "right"))
    history = file["history"]
    _add(history["epochs"], epochs[:n_rows])
    _add(history["names"], np.array([cut(name) for name in columns], history["names"].dtype))
    history["values"].resize((n_rows, len(columns)))
    if not n_rows or not columns:
        return
    values = np.stack([values[:n_rows] for values in columns.values()], axis=1)
    history["values"][...] = values
    names = [cut(name) for name in columns]
    _put_checksums(file, checksums.HISTORY, 0, checksums.of_history(epochs[:n_rows], names, values))


def _put_checksums(file: h5py.File, column: int, start: int, found: Array) -> None:
    rows, first = file[checksums.NAME], checksums.FIRST + start
    rows.resize(checksums.n_rows(first + len(found), len(rows)), axis=0)
    rows[first : first + len(found), column] = found


def _add(dataset: h5py.Dataset, rows: Any) -> None:
    """Append rows (n, …) to a growing dataset."""
    before = len(dataset)
    dataset.resize(before + len(rows), axis=0)
    if len(rows):
        dataset[before:] = rows
