"""A complete run is kept only if it was recorded as it is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import RunDescription, RunWriter, Scenario, dense
from replay.errors import RunFileError
from replay.scenario.data import load_data
from replay.training.same_recording import check_same_recording

X, Y = np.arange(40, dtype=np.float32).reshape(20, 2), np.arange(20) % 2


def scenario(epochs: int = 4, **recording: Any) -> Scenario:
    return Scenario(name="mine", data=lambda: (X, Y), epochs=epochs, batch_size=8, recording=recording)


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(epochs: Any, n: int = 20, held: float | None = None) -> Path:
        path = tmp_path / "run.h5"
        layers = dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")
        description = RunDescription(layers, loss={"name": "binary_crossentropy"})
        weights = [np.ones((2, 2)), np.zeros(2), np.ones((2, 1)), np.zeros(1)]
        with RunWriter(path, description, X[:n], Y[:n]) as writer:
            for epoch in epochs:
                writer.snapshot(
                    epoch, weights, {"loss": 1.0} if epoch and float(epoch).is_integer() else None
                )
            if held is not None:
                writer.hold(held, weights, 1)
        return path

    return write


@pytest.mark.parametrize(
    ("epochs", "recording"),
    [
        ((0, 1, 2, 3, 4), {}),
        ((0, 3, 4), {"every_n_epochs": 3}),
        ((0, 2, 4), {"every_n_epochs": 2}),
        (tuple(np.arange(13) / 3), {"every_n_batches": 1}),  # three batches an epoch
        ((0, 1, 2, 3, 4), {"every_n_batches": 3}),
        ((0, 1, 2, 3, 4), {"samples": 500, "dtype": "float16", "layers": ["hidden", "output"]}),
    ],
)
def test_what_was_recorded_alike_passes(write: Any, epochs: Any, recording: dict[str, Any]) -> None:
    check_same_recording(write(epochs), scenario(**recording), load_data(scenario()))


def test_weights_that_are_held_after_the_training_are_no_snapshot_of_it(write: Any) -> None:
    check_same_recording(write((0, 1, 2), held=2.5), scenario(), load_data(scenario()))


@pytest.mark.parametrize(
    ("recording", "words"),
    [
        ({"every_n_epochs": 2}, "other snapshots"),
        ({"every_n_batches": 1}, "other snapshots"),
        ({"samples": 10}, "another number of samples"),
        ({"layers": ["output"]}, "other layers"),
        ({"layers": "output", "samples": 5}, "another number of samples and other layers"),
    ],
)
def test_what_was_recorded_otherwise_is_refused(write: Any, recording: dict[str, Any], words: str) -> None:
    path = write((0, 1, 2, 3, 4))
    with pytest.raises(RunFileError, match=rf"run\.h5 was recorded with {words}: .*--out.*--overwrite"):
        check_same_recording(path, scenario(**recording), load_data(scenario()))


def test_a_choice_of_samples_is_the_same_only_if_it_is_asked_for(write: Any) -> None:
    path = write((0, 1, 2, 3, 4), n=10)
    check_same_recording(path, scenario(samples=10), load_data(scenario()))
    with pytest.raises(RunFileError, match="another number of samples"):
        check_same_recording(path, scenario(), load_data(scenario()))
