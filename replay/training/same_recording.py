"""Whether a complete run was recorded as a scenario asks, so that it need not be trained again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from replay.errors import RunFileError
from replay.runs.recording import Recording
from replay.scenario.data import Data
from replay.scenario.scenario import Scenario
from replay.storage.samples import n_samples


def check_same_recording(path: Path, scenario: Scenario, data: Data) -> None:
    """Raise RunFileError if the run has other snapshots, samples or layers.

    How its weights are stored may differ, and what its data are called, which may be edited.
    """
    recording, asked = Recording(path), scenario.recording
    differences = []
    if _snapshots(recording) != _expected(recording, scenario, n_samples(data.inputs)):
        differences.append("other snapshots")
    if recording.n_samples != min(asked.get("samples") or math.inf, n_samples(data.inputs)):
        differences.append("another number of samples")
    if not _has_layers(recording, asked.get("layers")):
        differences.append("other layers")
    if differences:
        raise RunFileError(
            f"{path} was recorded with {' and '.join(differences)}: choose another folder (--out), or "
            "replace it with overwrite=True (--overwrite)"
        )


def _snapshots(recording: Recording) -> tuple[list[float], int]:
    """The whole epochs that have a snapshot, and the number of those within epochs."""
    own = [epoch for epoch in recording.epochs.tolist() if epoch not in recording.ending.held]
    whole = [epoch for epoch in own if epoch.is_integer()]
    return whole, len(own) - len(whole)


def _expected(recording: Recording, scenario: Scenario, n: int) -> tuple[list[float], int]:
    """The same as the scenario asks for it, up to the epoch at which the run ended."""
    last, every = math.floor(recording.epochs[-1]), scenario.recording.get("every_n_epochs", 1)
    batches, steps = scenario.recording.get("every_n_batches"), math.ceil(n / scenario.batch_size)
    within = (steps - 1) // batches if batches else 0
    return [*map(float, range(0, last, every)), float(last)], last * within


def _has_layers(recording: Recording, names: Sequence[str] | str | None) -> bool:
    """Whether these layers are recorded, or all of them."""
    layers = [layer for layer in recording.description.layers if layer.weights]
    asked = [names] if isinstance(names, str) else names
    return all(layer.recorded == (not asked or layer.name in asked) for layer in layers)
