"""Load what is needed to resume an interrupted training from its run file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from replay.errors import RunFileError
from replay.network.description import RunDescription
from replay.storage.reader import RunFile
from replay.storage.training_state import GROUP, SavedState, StateLayout, layout_from_json, unpacked
from replay.storage.untrusted import guard


@dataclass(frozen=True)
class UnfinishedTraining:
    """The trained network and its state after the last finished epoch, to resume from."""

    description: RunDescription
    layout: StateLayout
    state: SavedState

    @property
    def epoch(self) -> float:
        """The last finished epoch."""
        return self.state.epoch


def unfinished(path: Path) -> UnfinishedTraining | None:
    """The training to resume from an incomplete run; None if there is no file, or it has no snapshot.

    Raises RunFileError if the run is complete, or its file holds no state.
    """
    if not has_begun(path):
        return None
    layout, states = _states(path, path.absolute())  # before the history, which then covers every state read
    run = RunFile(path)
    if run.complete:
        raise RunFileError(
            f"{path} is complete, so there is nothing to resume: choose another name, or replace it with "
            "overwrite=True (--overwrite)"
        )
    logged, _ = run.history()
    finished = float(max([run.epochs[0], *logged[-1:]]))
    usable = [state for state in states if 0 <= state.epoch <= finished and state.epoch.is_integer()]
    if layout is None or not usable:
        raise RunFileError(
            f"{path} does not hold what resuming needs: record it again with overwrite=True (--overwrite)"
        )
    return UnfinishedTraining(run.description, layout, max(usable, key=lambda state: state.epoch))


def has_begun(path: Path) -> bool:
    """Whether there is a file at `path` that holds a snapshot."""
    place = path.absolute()
    return place.exists() and _begun(path, place)


def training_facts(path: Path) -> Mapping[str, Any]:
    """The facts stored about the training; empty if the file holds nothing to resume from."""
    layout, _ = _states(path, path.absolute())
    return {} if layout is None else layout.training


def _begun(path: Path, place: Path) -> bool:
    guard.existing(place, path)
    with guard.opened(place, str(path)) as file:
        return len(guard.dataset(file, "epochs", "f", ndim=1)) > 0


def _states(path: Path, place: Path) -> tuple[StateLayout | None, list[SavedState]]:
    """The layout and every valid slot."""
    with guard.opened(place, str(path)) as file:
        if not guard.is_there(file, GROUP):
            return None, []
        texts = [guard.text(file, f"{GROUP}/{name}").encode() for name in ("variables", "training")]
        layout = layout_from_json(*texts)
        slots = guard.dataset(file, f"{GROUP}/slots", "u", ndim=2)
        if slots.dtype != np.uint8 or slots.shape[1] != layout.n_bytes:
            raise ValueError(f"{GROUP}/slots has shape {slots.shape}, not (2, {layout.n_bytes})")
        found = [unpacked(slot) for slot in guard.rows(slots)]
    return layout, [state for state in found if state is not None]
