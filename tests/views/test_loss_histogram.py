"""The bins of losses: of equal ratio, or of equal width where losses are below 0, as Poisson's are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunWriter
from replay.drawing.panels.loss_histogram import LossHistogramPanel
from replay.network.description import RunDescription, dense
from replay.views.loss_histogram import LossHistogram


def written(path: Path, loss: str, targets: Any, rates: tuple[float, ...] = (1.0, 5.0)) -> Replay:
    """A run whose network answers `rate` to every sample, a snapshot for each."""
    description = RunDescription(layers=(dense("output", 1, 1),), loss={"name": loss})
    inputs = np.zeros((len(targets), 1), np.float32)
    with RunWriter(path, description, inputs, np.asarray(targets, np.float32)) as writer:
        for epoch, rate in enumerate(rates):
            writer.snapshot(epoch, [np.zeros((1, 1), np.float32), np.full(1, rate, np.float32)])
    return Replay(path)


COUNTS = np.random.default_rng(0).poisson(5, 200)


def test_losses_below_zero_have_bins_of_equal_width(tmp_path: Path) -> None:
    run = written(tmp_path / "run.h5", "poisson", COUNTS)
    view = LossHistogram(run.evaluation)
    assert not view.logarithmic and view.edges[0] < 0 < view.edges[-1]
    np.testing.assert_allclose(np.diff(view.edges), np.diff(view.edges)[0])
    losses = run.losses()[1].astype(float)
    np.testing.assert_allclose(losses, 5 - COUNTS * np.log(5), rtol=1e-5)
    expected, _ = np.histogram(np.clip(losses, view.edges[0], view.edges[-1]), view.edges)
    np.testing.assert_array_equal(view.at(1).right, expected)


@pytest.mark.parametrize(
    ("loss", "targets"), [("poisson", np.zeros(30)), ("mean_squared_error", COUNTS)], ids=["above", "squared"]
)
def test_others_have_bins_of_equal_ratio(tmp_path: Path, loss: str, targets: Any) -> None:
    view = LossHistogram(written(tmp_path / "run.h5", loss, targets).evaluation)
    assert view.logarithmic
    ratios = view.edges[1:] / view.edges[:-1]
    np.testing.assert_allclose(ratios, ratios[0])


def test_the_axis_is_that_of_the_bins(tmp_path: Path) -> None:
    for loss, scale in (("poisson", "linear"), ("mean_squared_error", "log")):
        run = written(tmp_path / f"{loss}.h5", loss, COUNTS)
        panel = run.view("losses").panels[0]
        assert isinstance(panel, LossHistogramPanel)
        assert panel.axes.get_xscale() == scale


def test_a_run_that_diverged_has_a_histogram(tmp_path: Path) -> None:
    run = written(tmp_path / "run.h5", "poisson", COUNTS, (1.0, np.nan))
    assert LossHistogram(run.evaluation).at(1).missing == len(COUNTS)
    run.view("losses").plot(1)
