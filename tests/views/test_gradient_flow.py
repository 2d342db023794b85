"""Gradient flow: norms against finite differences of the loss, before and after clipping."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter
from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.views.gradient_flow import GradientFlow
from replay.views.layer_curves import LOGARITHMIC


def norms_by_differences(replay: Replay, epoch: float) -> list[float]:
    """The norm of each kernel's gradient: the mean loss changed one weight after the other."""
    evaluation = replay.evaluation
    weights = [array.astype(np.float64) for array in replay.recording.weights_at(epoch)]

    def loss() -> float:
        return float(evaluation.losses_of(evaluation.answers(weights)).mean())

    norms, step = [], 1e-3
    for array in weights[::2]:
        squares = 0.0
        for position in np.ndindex(array.shape):
            before = array[position]
            array[position] = before + step
            above = loss()
            array[position] = before - step
            squares += ((above - loss()) / (2 * step)) ** 2
            array[position] = before
        norms.append(np.sqrt(squares))
    return norms


def test_norms_are_those_of_finite_differences(make_run: Any) -> None:
    replay = Replay(make_run(units=(2, 3, 3, 1), n_snapshots=3))
    view = GradientFlow(replay.evaluation)
    assert view.names == ("hidden_1", "hidden_2", "output")
    expected = np.array([norms_by_differences(replay, epoch) for epoch in replay.epochs]).T
    np.testing.assert_allclose(view.before, expected, rtol=2e-2, atol=1e-4)
    assert view.after is None
    (panel,) = view.panels
    assert panel.scale == LOGARITHMIC and str(panel.title) == "Gradient norm" and len(panel.lines) == 3


@pytest.mark.parametrize("name", ["clipnorm", "global_clipnorm", "clipvalue"])
def test_clipped_norms_are_dashed_and_keep_to_the_limit(make_run: Any, name: str) -> None:
    limit = 0.02
    replay = Replay(make_run(units=(2, 3, 3, 1), n_snapshots=4, optimizer={"class": "Adam", name: limit}))
    view = GradientFlow(replay.evaluation)
    assert view.after is not None
    gradients = [replay.evaluation.at(epoch).gradients() for epoch in replay.epochs]
    for layer in range(3):
        for snapshot, arrays in enumerate(gradients):
            kernel, everything = arrays[2 * layer].ravel(), np.concatenate([a.ravel() for a in arrays])
            assert view.before[layer, snapshot] == pytest.approx(np.linalg.norm(kernel), rel=1e-5)
            expected = {
                "clipnorm": min(1, limit / np.linalg.norm(kernel)) * np.linalg.norm(kernel),
                "global_clipnorm": min(1, limit / np.linalg.norm(everything)) * np.linalg.norm(kernel),
                "clipvalue": np.linalg.norm(np.clip(kernel, -limit, limit)),
            }[name]
            assert view.after[layer, snapshot] == pytest.approx(expected, rel=1e-4)
    assert (view.after < view.before).any()
    (panel,) = view.panels
    assert [line.dashed for line in panel.lines] == [False] * 3 + [True] * 3
    assert str(panel.title) == "Gradient norm, clipped dashed"


def test_a_layer_that_no_gradient_reaches_has_a_norm_of_0(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run(activation="relu")).recording
    with RunWriter(tmp_path / "dead.h5", source.description, source.inputs, source.targets) as writer:
        kernel, bias, *rest = [array[0] for array in source.weights_at(0)]
        writer.snapshot(0, [kernel * 0, bias * 0 - 1, *rest])
        writer.snapshot(1, [kernel * np.nan, bias, *rest])
    view = GradientFlow(Replay(tmp_path / "dead.h5").evaluation)
    assert view.before[:, 0].tolist() == [0, 0]
    assert np.isnan(view.before[0, 1])


def test_a_network_without_kernels_has_no_flow(tmp_path: Any) -> None:
    description = RunDescription((LayerDescription("flat", "Flatten"),), loss={"name": "mean_squared_error"})
    with RunWriter(tmp_path / "run.h5", description, np.ones((4, 1)), np.ones(4)) as writer:
        writer.snapshot(0, [])
    with pytest.raises(ViewError, match="no layer has kernels"):
        GradientFlow(Replay(tmp_path / "run.h5").evaluation)
