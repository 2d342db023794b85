"""States of units: dead and saturated ones, in dense layers and in feature maps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.network.description import LayerDescription
from replay.runs import layer_values
from replay.runs.unit_states import unit_states

NAN = float("nan")


def maps(path: Path, biases: list[list[float]], activation: str = "relu", **arguments: Any) -> Replay:
    """Runs of a layer of three channels on 4 samples of two positions: z is ±1 plus a bias a channel."""
    config = {"activation_arguments": arguments} if arguments else {}
    weights = dense("map", 1, 3).weights
    mapping = LayerDescription("map", "Dense", 3, activation, config, weights, shape=(2, 3))
    description = RunDescription((mapping, LayerDescription("flat", "Flatten"), dense("output", 6, 1)))
    inputs = np.tile([[[1.0], [-1.0]]], (4, 1, 1))
    with RunWriter(path, description, inputs, np.array([0, 1, 0, 1])) as writer:
        for epoch, bias in enumerate(biases):
            writer.snapshot(epoch, [np.ones((1, 3)), np.array(bias), np.ones((6, 1)), np.zeros(1)])
    return Replay(path)


def holds(replay: Replay) -> list[list[bool]]:
    (states,) = unit_states(replay.evaluation, feature_maps=True)
    assert states.layer == "map"
    return states.holds.tolist()


def test_a_channel_is_dead_where_no_position_of_any_sample_wakes_it(tmp_path: Path) -> None:
    replay = maps(tmp_path / "run.h5", [[0.0, -1.0, -0.9], [-2.0, NAN, -float("inf")]])
    assert holds(replay) == [[False, True, False], [True, False, True]]


def test_feature_maps_count_only_where_they_are_wanted(tmp_path: Path) -> None:
    assert unit_states(maps(tmp_path / "run.h5", [[-9.0] * 3]).evaluation) == []


@pytest.mark.parametrize(
    ("activation", "bound"), [("sigmoid", 5.0), ("tanh", 3.0), ("hard_sigmoid", 3.0), ("hard_tanh", 1.0)]
)
def test_a_channel_is_saturated_where_more_than_half_of_its_positions_are(
    activation: str, bound: float, tmp_path: Path
) -> None:
    """Biases for which none, just one, and both of z = bias ± 1 lie beyond the bound."""
    biases = [0.0, bound, -bound - 1.01]
    replay = maps(tmp_path / "run.h5", [biases], activation)
    assert holds(replay) == [[False, False, True]]


@pytest.mark.parametrize("activation", ["elu", "selu", "gelu", "leaky_relu", "silu", "linear"])
def test_units_that_give_something_below_0_have_no_state(activation: str, tmp_path: Path) -> None:
    assert unit_states(maps(tmp_path / "run.h5", [[-9.0] * 3], activation).evaluation, True) == []


def test_pieces_of_samples_give_the_same_states(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for activation in ("relu", "tanh"):
        evaluation = Replay(make_run(units=(2, 9, 5, 1), activation=activation, n_snapshots=9)).evaluation
        whole = unit_states(evaluation)
        z = evaluation.activations("hidden_2", before_activation=True)
        expected = (z <= 0).all(axis=1) if activation == "relu" else (np.abs(z) > 3).mean(axis=1) > 0.5
        np.testing.assert_array_equal(whole[1].holds, expected)
        assert any(states.holds.any() for states in whole)
        monkeypatch.setattr(layer_values, "PIECE_VALUES", 63)
        for states, pieced in zip(whole, unit_states(evaluation), strict=True):
            np.testing.assert_array_equal(states.holds, pieced.holds)
        monkeypatch.undo()
