"""Unit health: the shares of units that are dead or saturated, known by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.views.layer_curves import PERCENT
from replay.views.unit_health import UnitHealth

X = np.array([[-2.0], [-1.0], [1.0], [2.0]])


def run(path: Path, biases: list[tuple[list[float], list[float]]], second: str = "sigmoid") -> Replay:
    """Four ReLU units with z = x + bias, four of `second` with z = bias, one linear output."""
    layers = (dense("first", 1, 4, "relu"), dense("second", 4, 4, second), dense("output", 4, 1))
    with RunWriter(path, RunDescription(layers), X, X[:, 0]) as writer:
        for epoch, (one, two) in enumerate(biases):
            weights = [np.ones((1, 4)), one, np.zeros((4, 4)), two, np.ones((4, 1)), np.zeros(1)]
            writer.snapshot(epoch, [np.asarray(array) for array in weights])
    return Replay(path)


def test_shares_are_those_of_units_known_to_be_dead_or_saturated(tmp_path: Path) -> None:
    view = UnitHealth(
        run(
            tmp_path / "run.h5",
            [([0, 0, 0, 0], [0, 0, 0, 0]), ([-9, 0, 0, 0], [9, -9, 0, 0]), ([-2] * 4, [6] * 4)],
        ).evaluation
    )
    assert view.names == ("first", "second")
    assert view.states == ("dead", "saturated")
    assert view.shares.tolist() == [[0, 0.25, 1], [0, 0.5, 1]]
    (panel,) = view.panels
    assert panel.scale == PERCENT and panel.depths == (0.0, 0.5)
    assert [line.dashed for line in panel.lines] == [False, True]
    assert [line.curve.values.tolist() for line in panel.lines] == view.shares.tolist()


def test_layers_of_one_kind_are_solid_and_named_in_the_title(tmp_path: Path) -> None:
    (panel,) = UnitHealth(run(tmp_path / "a.h5", [([0] * 4, [0] * 4)], "relu").evaluation).panels
    assert str(panel.title) == "Dead units" and not any(line.dashed for line in panel.lines)


def test_nothing_is_said_of_a_network_that_diverged(tmp_path: Path) -> None:
    view = UnitHealth(
        run(tmp_path / "run.h5", [([-9.0] * 4, [0.0] * 4), ([np.nan] * 4, [0.0] * 4)]).evaluation
    )
    np.testing.assert_array_equal(view.shares, [[1, np.nan], [0, np.nan]])


def test_a_network_without_such_units_has_no_view(make_run) -> None:  # type: ignore[no-untyped-def]
    path = make_run(activation="elu", output_activation="linear", loss="mean_squared_error")
    with pytest.raises(ViewError, match="no layer has units that can be dead"):
        UnitHealth(Replay(path).evaluation)
