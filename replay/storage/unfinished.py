"""A training that did not come to its end, as its run file tells it."""

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
    """What is needed to go on: the network that was trained, and its state after the last finished epoch."""

    description: RunDescription
    layout: StateLayout
    state: SavedState

    @property
    def epoch(self) -> float:
        """The last finished epoch."""
        return self.state.epoch


def unfinished(path: Path) -> UnfinishedTraining | None:
    """The training that an incomplete run holds; None where there is no file, or one without a snapshot.

    Raises RunFileError where the run is complete, or its file holds no state.
    """
    if not has_begun(path):
        return None
    layout, states = _states(path, path.absolute())  # first: what is written meanwhile is not missed then
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
            f"{path} does not hold what resuming needs (see resumable): record it again with overwrite=True "
            "(--overwrite)"
        )
    return UnfinishedTraining(run.description, layout, max(usable, key=lambda state: state.epoch))


def has_begun(path: Path) -> bool:
    """Whether there is a file at `path`, with a snapshot."""
    place = path.absolute()
    return place.exists() and _begun(path, place)


def training_facts(path: Path) -> Mapping[str, Any]:
    """What the training told of itself, as far as the file holds what resuming needs."""
    layout, _ = _states(path, path.absolute())
    return {} if layout is None else layout.training


def _begun(path: Path, place: Path) -> bool:
    guard.existing(place, path)
    with guard.opened(place, str(path)) as file:
        return len(guard.dataset(file, "epochs", "f", ndim=1)) > 0


def _states(path: Path, place: Path) -> tuple[StateLayout | None, list[SavedState]]:
    """The layout, and every slot that is whole."""
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
