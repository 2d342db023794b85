"""The page's neurons have the limits, the classes and the ranges of the films'."""

from __future__ import annotations

import numpy as np
import pytest

from replay import Replay
from replay.player.payload.neurons_data import neurons_data
from replay.views.neuron_plane import NeuronPlane
from replay.views.shared.unit import Unit
from tests.conftest import MakeRun

ALL = {"hidden": [0, 1], "output": [0]}


@pytest.mark.parametrize("activation", ["tanh", "relu", "softplus"])
def test_each_unit_is_as_the_films_have_it(make_run: MakeRun, activation: str) -> None:
    evaluation = Replay(make_run(activation=activation)).evaluation
    found = neurons_data(evaluation, ALL, {"hidden"})
    assert [(layer["layer"], layer["source"]) for layer in found] == [("hidden", None), ("output", "hidden")]
    assert [layer["letter"] for layer in found] == ["x", "a"]
    for layer in found:
        for data in layer["units"]:
            unit = Unit(evaluation, layer["layer"], data["number"])
            np.testing.assert_allclose(data["sum_limits"], unit.over_run.sum_limits, rtol=1e-5)
            np.testing.assert_allclose(data["ends"], NeuronPlane(unit).ends, rtol=1e-5)
            assert data["speaks_for"] == unit.speaks_for
            assert data["norm"] == pytest.approx(np.quantile(unit.over_run.norms, 0.95), rel=1e-5)


def test_layers_of_other_inputs_and_planes_that_are_not_shown_have_none(make_run: MakeRun) -> None:
    evaluation = Replay(make_run(units=(2, 3, 2, 1))).evaluation
    shown = {"hidden_1": [0, 2], "hidden_2": [0, 1], "output": [0]}
    found = neurons_data(evaluation, shown, {"hidden_1"})
    assert [(layer["layer"], [unit["number"] for unit in layer["units"]]) for layer in found] == [
        ("hidden_1", [1, 3])
    ]


def test_a_regression_speaks_for_no_class(make_run: MakeRun) -> None:
    run = make_run(loss="mean_squared_error", output_activation="linear")
    found = neurons_data(Replay(run).evaluation, ALL, {"hidden"})
    assert {unit["speaks_for"] for layer in found for unit in layer["units"]} == {None}
