"""Points of a layer over a run: how much of it has passed, in part by its epochs, in part by its motion."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.views.shared.layer_points import BY_MOTION, FASTEST, LayerPoints

Array = np.ndarray


def shifted_by(path: Path, biases: list[float], epochs: list[float] | None = None) -> LayerPoints:
    """A layer that passes on its three inputs and adds the bias of each epoch."""
    description = RunDescription(
        (dense("hidden", 3, 3, "linear"), dense("output", 3, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
    )
    inputs = np.random.default_rng(0).normal(size=(20, 3)).astype(np.float32)
    with RunWriter(path, description, inputs, np.arange(20) % 2) as writer:
        for epoch, bias in zip(epochs or range(len(biases)), biases, strict=True):
            writer.snapshot(epoch, [np.eye(3), np.full(3, bias), np.ones((3, 1)), np.zeros(1)])
    return LayerPoints(Replay(path).evaluation, "hidden", 3, lambda activations: activations)


def test_progress_goes_from_0_to_1_and_never_back(tmp_path: Path) -> None:
    points = shifted_by(tmp_path / "run.h5", [0, 5, 5, 6, 6, 6.5])
    progress = [points.progress(epoch) for epoch in np.linspace(0, 5, 60)]
    assert progress[0] == 0 and progress[-1] == pytest.approx(1) and (np.diff(progress) > 0).all()


def test_it_is_faster_where_the_samples_move_and_never_very_fast(tmp_path: Path) -> None:
    points = shifted_by(tmp_path / "run.h5", [0, 100, *[100.0] * 18])
    first, second = points.progress(1), points.progress(2) - points.progress(1)
    assert first > second > 0
    assert first <= (1 + BY_MOTION * FASTEST) / 19 and second >= (1 - BY_MOTION) / 19


@pytest.mark.parametrize("biases", [[1.0] * 4, [np.nan] * 4])
def test_what_does_not_move_or_is_not_finite_passes_with_its_epochs(
    tmp_path: Path, biases: list[float]
) -> None:
    points = shifted_by(tmp_path / "run.h5", biases, [0, 1, 2, 10])
    assert points.progress(5) == pytest.approx(0.5)


def test_a_single_snapshot_is_the_beginning(tmp_path: Path) -> None:
    assert shifted_by(tmp_path / "run.h5", [1.0]).progress(0) == 0


def test_its_ends_hold_what_each_snapshot_needs(tmp_path: Path) -> None:
    points = shifted_by(tmp_path / "run.h5", [0.0, 7.0])
    inputs = Replay(tmp_path / "run.h5").recording.inputs
    epochs, low, high = points.ends
    np.testing.assert_array_equal(epochs, [0, 1])
    np.testing.assert_allclose(low, inputs.min(axis=0) + np.array([[0.0], [7]]), rtol=1e-5)
    np.testing.assert_allclose(high, inputs.max(axis=0) + np.array([[0.0], [7]]), rtol=1e-5)
