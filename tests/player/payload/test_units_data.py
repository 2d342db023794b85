"""What a page carries of the lines of units, and which runs have any."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.player.payload.units_data import units_data


def run(path: Path, units: tuple[int, ...], activation: str, bias: float = 0.0) -> Replay:
    """Two snapshots of a network with random weights, the second with twice as large ones."""
    rng = np.random.default_rng(1)
    functions = [*[activation] * (len(units) - 2), "softmax"]
    layers = tuple(
        dense(f"layer {number}", *pair, function)
        for number, (pair, function) in enumerate(zip(itertools.pairwise(units), functions, strict=True))
    )
    description = RunDescription(layers=layers, loss={"name": "sparse_categorical_crossentropy"})
    inputs = rng.normal(size=(40, units[0])).astype(np.float32)
    weights = [rng.normal(size=weight.shape) for _, weight in description.weight_paths]
    with RunWriter(path, description, inputs, rng.integers(0, units[-1], 40)) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [(epoch + 1) * each + bias for each in weights])
    return Replay(path)


def data_of(replay: Replay) -> dict[str, Any]:
    found = units_data(replay.evaluation)
    assert found is not None
    return found


def test_of_a_piecewise_linear_network_all_is_carried(tmp_path: Path) -> None:
    replay = run(tmp_path / "run.h5", (2, 5, 4, 3), "relu")
    data = data_of(replay)
    assert data["layers"] == ["layer 0", "layer 1"]
    assert (data["shown"], data["flat"]) == ([0, 1, 2, 3, 4], [])
    kernel = replay.recording.weights_at(1)[0][0]
    assert data["longest"] == pytest.approx(np.hypot(*kernel).max())
    assert len(data["score"]["weights"]) == 3 and data["score"]["steep"] > 0


def test_a_network_that_curves_has_flat_parts_and_no_linear_regions(tmp_path: Path) -> None:
    data = data_of(run(tmp_path / "run.h5", (2, 4, 2), "tanh"))
    assert data["score"] is None
    low, high = data["flat"]
    assert 1 - np.tanh(high) ** 2 == pytest.approx(0.01) and low == -high


def test_of_very_many_units_the_page_shows_some(tmp_path: Path) -> None:
    data = data_of(run(tmp_path / "run.h5", (2, 100, 2), "tanh"))
    assert len(data["shown"]) == 64


@pytest.mark.parametrize("units", [(3, 4, 2), (2, 2)])
def test_runs_without_a_plane_or_hidden_units_have_none(tmp_path: Path, units: tuple[int, ...]) -> None:
    assert units_data(run(tmp_path / "run.h5", units, "relu").evaluation) is None


def test_a_network_that_is_not_finite_has_numbers_all_the_same(tmp_path: Path) -> None:
    data = data_of(run(tmp_path / "run.h5", (2, 4, 2), "relu", bias=np.nan))
    assert np.isfinite([data["longest"], data["score"]["steep"], *data["score"]["weights"]]).all()
