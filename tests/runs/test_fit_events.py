"""When a regression fits within the noise, underfits or extrapolates, of networks whose course is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.runs.milestones import milestones

NOISE = 0.2
RNG = np.random.default_rng(7)  # whose noise is well told
X = RNG.uniform(-1, 1, (80, 1)).astype(np.float32)
Y = (2 * X + NOISE * RNG.normal(size=X.shape)).astype(np.float32)


def told(
    path: Path, slopes: Sequence[float], held_out: float = 0.9, held_out_at: float = 1.0, y: np.ndarray = Y
) -> dict[str, float]:
    """The milestones of y = slope · x, by snapshot; held-out samples go from −`held_out` to `held_out`.

    Their targets are `held_out_at` times what the line 2x gives, beyond the data.
    """
    inputs = np.linspace(-held_out, held_out, 20, dtype=np.float32)[:, None]
    targets = np.where(np.abs(inputs) > 1, held_out_at * 2 * inputs, 2 * inputs).astype(np.float32)
    description = RunDescription((dense("output", 1, 1, "linear"),), loss={"name": "mean_squared_error"})
    with RunWriter(path, description, X, y, validation_data=(inputs, targets), overwrite=True) as writer:
        for epoch, slope in enumerate(slopes):
            losses = [float(np.mean((slope * a - b) ** 2)) for a, b in ((X, y), (inputs, targets))]
            row = dict(zip(("loss", "val_loss"), losses, strict=True))
            writer.snapshot(epoch, [np.array([[slope]], "f4"), np.zeros(1, "f4")], row if epoch else None)
    return {each.kind: each.epoch for each in milestones(Replay(path).evaluation)}


def test_it_fits_within_the_noise_once_the_mean_square_is_below_its_variance(tmp_path: Path) -> None:
    slopes = np.linspace(0, 2, 21)
    found = told(tmp_path / "run.h5", slopes)
    squares = np.array([np.mean((slope * X - Y) ** 2) for slope in slopes])
    # The variance of the noise, ± 40 %: as the estimate may be off.
    assert squares[int(found["fits_within_noise"])] < 1.4 * NOISE**2
    assert squares[int(found["fits_within_noise"]) - 1] > 0.6 * NOISE**2
    assert "underfits" not in found


def test_a_fit_that_leaves_the_noise_again_does_not_count(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", [0, 1, 2, 2, 2, 1, 1, 1])
    assert "fits_within_noise" not in found


def test_it_underfits_since_it_stands_still_far_from_all_samples(tmp_path: Path) -> None:
    found = told(tmp_path / "run.h5", [0, 0.25, 0.5, *[0.8] * 12])
    assert found["underfits"] == 3
    assert "underfits" not in told(tmp_path / "better.h5", [0, 0.25, 0.5, *[1.9] * 12])
    assert "underfits" not in told(tmp_path / "moving.h5", [0, 0.2, 0.4, 0.6, 0.8])


def test_without_a_known_noise_little_of_the_variance_is_underfitting(tmp_path: Path) -> None:
    exact = 2 * X
    assert "underfits" in told(tmp_path / "run.h5", [0, *[0.4] * 12], y=exact)  # R² = 1 − 0.8² = 0.36
    assert "underfits" not in told(tmp_path / "half.h5", [0, *[0.7] * 12], y=exact)  # R² = 0.58


@pytest.mark.parametrize("held_out", [0.9, 3.0], ids=["within the data", "beyond"])
def test_a_held_out_loss_that_rises_beyond_the_data_alone_is_extrapolation(
    held_out: float, tmp_path: Path
) -> None:
    slopes = 2 - 2 * np.exp(-np.arange(40) / 5)  # towards the line, which the samples beyond do not follow
    found = told(tmp_path / "run.h5", slopes, held_out, held_out_at=0.3)
    assert ("extrapolates" in found) == (held_out > 1)
    assert "overfitting" not in found


def test_classes_have_none_of_them(make_run: object) -> None:
    assert callable(make_run)
    kinds = {each.kind for each in milestones(Replay(make_run()).evaluation)}
    assert not kinds & {"fits_within_noise", "underfits", "extrapolates"}
