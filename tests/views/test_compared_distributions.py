"""Distributions of several runs: one axis, which holds what any layer has in any run."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.views.compared_distributions import compared_distributions
from replay.views.layer_distributions import QUANTITIES, LayerDistributions

RNG = np.random.default_rng(0)
DATA = RNG.normal(size=(80, 3)).astype(np.float32), np.arange(80) % 2


def made(make_run: Any, *activations: str, units: tuple[int, ...] = (3, 20, 30, 1)) -> list[Evaluation]:
    return [
        Evaluation(
            Recording(make_run(f"{n}.h5", units=units, activation=name, data=DATA, seed=n, n_snapshots=3))
        )
        for n, name in enumerate(activations)
    ]


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_one_axis_is_shared_by_all_runs_and_layers(make_run: Any, quantity: str) -> None:
    runs = made(make_run, "tanh", "relu")
    views = compared_distributions(runs, quantity)
    assert [view.names for view in views] == [("hidden_1", "hidden_2")] * 2
    alone = [LayerDistributions(run, quantity, include_inputs=False).limits for run in runs]
    low, high = zip(*alone, strict=True)
    for view in views:
        np.testing.assert_allclose(view.axes, [(min(low), max(high))] * 2)


def test_no_density_reaches_beyond_the_range_of_its_own_activation(make_run: Any) -> None:
    tanh, relu = compared_distributions(made(make_run, "tanh", "relu"), "activations")
    assert (tanh.edges[:, 0] >= -1).all() and (tanh.edges[:, -1] <= 1).all()
    assert (relu.edges[:, 0] == 0).all() and (relu.edges[:, -1] == relu.axes[:, 1]).all()
    for view in (tanh, relu):
        frame = view.at(1.0)
        widths = np.diff(view.edges, axis=1)
        beyond = frame.above + frame.below
        np.testing.assert_allclose((frame.density * widths).sum(axis=1) + frame.zero + beyond, 1, atol=0.02)


def test_runs_of_other_layers_are_refused(make_run: Any) -> None:
    runs = [*made(make_run, "tanh")]
    other = Evaluation(Recording(make_run("other.h5", units=(3, 20, 1), data=DATA)))
    with pytest.raises(
        ViewError, match=r"other.h5 cannot be compared layer by layer .* the layers hidden, not"
    ):
        compared_distributions([*runs, other], "activations")
