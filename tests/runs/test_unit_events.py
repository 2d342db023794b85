"""What becomes of units: networks whose lines, twins and deaths are written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from replay import LayerDescription, Milestone, Replay, RunDescription, RunWriter, dense
from replay.runs.unit_lines import _corners

Array = np.ndarray
GRID = np.stack(np.meshgrid(np.linspace(-1, 1, 5), np.linspace(-1, 1, 5)), axis=-1).reshape(-1, 2)
NAN = float("nan")


def record(
    path: Path,
    moments: Sequence[Sequence[tuple[float, float, float]]],
    activation: str = "tanh",
    inputs: Array = GRID,
    after: Sequence[LayerDescription] = (),
) -> list[Milestone]:
    """A layer whose units have these two weights and a bias at each moment, and a linear output."""
    units = len(moments[0])
    layers = (dense("hidden", 2, units, activation), *after, dense("output", units, 1))
    with RunWriter(path, RunDescription(layers), inputs, inputs[:, 0]) as writer:
        for epoch, moment in enumerate(moments):
            rows = np.array(moment, float)
            writer.snapshot(epoch, [rows[:, :2].T, rows[:, 2], np.ones((units, 1)), np.zeros(1)])
    return Replay(path).milestones()


def of_kind(found: list[Milestone], kind: str) -> list[tuple[float, str]]:
    return [(one.epoch, one.text) for one in found if one.kind == kind]


# Lines

FAR, ACROSS = (1.0, 0.0, 3.0), (1.0, 0.0, 0.25)  # the line x = −3, and x = −0.25
LINE = "the line of unit 1 of “hidden” crosses the data"


def test_a_line_that_gets_between_the_samples_is_told(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [[FAR], [FAR], [ACROSS], [ACROSS]])
    assert of_kind(found, "unit_line_enters") == [(2, LINE)]


@pytest.mark.parametrize(
    ("moments", "epochs"),
    [
        ([ACROSS, ACROSS], []),
        ([FAR, ACROSS, FAR], []),
        ([FAR, ACROSS, FAR, ACROSS], [3]),
        ([ACROSS, FAR, ACROSS], [2]),
        ([FAR, FAR], []),
        ([FAR, (1.0, 0.0, 1.0)], []),  # touches the samples at x = −1
        ([FAR, (NAN, 0.0, 0.0)], []),
    ],
)
def test_a_line_is_told_once_it_stays(
    moments: list[tuple[float, float, float]], epochs: list[int], tmp_path: Path
) -> None:
    found = record(tmp_path / "run.h5", [[moment] for moment in moments])
    assert [epoch for epoch, _ in of_kind(found, "unit_line_enters")] == epochs


def test_of_many_lines_the_first_three_are_told(tmp_path: Path) -> None:
    moments = [[ACROSS if epoch > 3 - unit else FAR for unit in range(4)] for epoch in range(5)]
    found = of_kind(record(tmp_path / "run.h5", moments), "unit_line_enters")
    assert [(epoch, text.split()[4]) for epoch, text in found] == [(1, "4"), (2, "3"), (3, "2")]


def test_of_a_wide_layer_no_line_is_told(tmp_path: Path) -> None:
    moments = [[ACROSS if epoch else FAR for _ in range(5)] for epoch in range(3)]
    assert of_kind(record(tmp_path / "run.h5", moments), "unit_line_enters") == []


def test_lines_are_those_of_hidden_units_over_two_inputs(tmp_path: Path) -> None:
    description = RunDescription((dense("output", 2, 1, "sigmoid"),), loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, GRID, (GRID[:, 0] > -0.25).astype(int)) as writer:
        for epoch, (*row, bias) in enumerate([FAR, ACROSS]):
            writer.snapshot(epoch, [np.array([row]).T, np.array([bias])])
    assert of_kind(Replay(tmp_path / "run.h5").milestones(), "unit_line_enters") == []


@pytest.mark.parametrize("n", [1, 2, 3, 400])
def test_the_corners_reach_as_far_as_all_points_in_any_direction(n: int) -> None:
    points = np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)
    corners = _corners(np.vstack([points, points[:1]]))
    assert {*map(tuple, corners)} <= {*map(tuple, points)} and len(corners) <= 2 * n
    for angle in np.linspace(0, 6.28, 50):
        away = [np.cos(angle), np.sin(angle)]
        assert (corners @ away).max() == pytest.approx((points @ away).max())
    assert n < 400 or len(corners) < 40


# Twins

LEFT, UP, DOWN = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, -1.0, 0.0)
TWINS = "units 1 and 2 of “hidden” carry the same signal"


def test_units_that_become_the_same_are_told(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [[LEFT, UP], [LEFT, UP], [UP, UP], [UP, UP]])
    assert of_kind(found, "twin_units") == [(2, TWINS)]


def test_scale_and_sign_do_not_count(tmp_path: Path) -> None:
    assert of_kind(record(tmp_path / "sign.h5", [[LEFT, UP], [DOWN, UP]]), "twin_units") == [(1, TWINS)]
    scaled = record(tmp_path / "scale.h5", [[LEFT, UP], [UP, (0.0, 7.0, 0.0)]], "relu")
    assert of_kind(scaled, "twin_units") == [(1, TWINS)]


@pytest.mark.parametrize(
    "moments",
    [
        [[UP, UP], [UP, UP]],  # from the start
        [[LEFT, UP], [UP, UP], [LEFT, UP]],
        [[LEFT, UP], [(0.1, 1.0, 0.0), UP]],  # r = 0.995
        [[LEFT, UP], [(0.0, 0.0, 1.0), (0.0, 0.0, 1.0)]],  # neither varies
        [[LEFT, UP], [(NAN, 0.0, 0.0), (NAN, 0.0, 0.0)]],
    ],
)
def test_others_are_no_twins(moments: list[list[tuple[float, float, float]]], tmp_path: Path) -> None:
    assert of_kind(record(tmp_path / "run.h5", moments), "twin_units") == []


def test_a_few_samples_make_no_twins(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [[LEFT, UP], [UP, UP]], inputs=GRID[:9])
    assert of_kind(found, "twin_units") == []


def test_of_many_pairs_the_first_three_are_told(tmp_path: Path) -> None:
    moments = [[(np.cos(n), np.sin(n), 0.0) for n in range(4)], [UP] * 4]
    found = of_kind(record(tmp_path / "run.h5", moments), "twin_units")
    assert [text[:13] for _, text in found] == ["units 1 and 2", "units 1 and 3", "units 1 and 4"]


# Layers that die

DEAD = (0.0, 0.0, -1.0)


def test_a_layer_that_is_dead_gives_one_answer_for_all(tmp_path: Path) -> None:
    found = record(tmp_path / "run.h5", [[LEFT, UP], [DEAD, UP], [DEAD, DEAD]], "relu")
    assert of_kind(found, "collapsed") == [(2, "“hidden” is dead, so every sample gets the same answer")]
    outputs = Replay(tmp_path / "run.h5").activations("output")
    assert (np.ptp(outputs, axis=1).ravel() == 0).tolist() == [False, False, True]


def test_a_layer_with_one_unit_alive_has_not_collapsed(tmp_path: Path) -> None:
    assert of_kind(record(tmp_path / "run.h5", [[LEFT, UP], [DEAD, UP]], "relu"), "collapsed") == []
    revived = record(tmp_path / "back.h5", [[LEFT, UP], [DEAD, DEAD], [DEAD, UP]], "relu")
    assert of_kind(revived, "collapsed") == []


def test_only_the_first_layer_that_dies_is_told(tmp_path: Path) -> None:
    layers = (dense("first", 2, 1, "relu"), dense("second", 1, 1, "relu"), dense("output", 1, 1))
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), GRID, GRID[:, 0]) as writer:
        for epoch, (first, second) in enumerate([(0.0, 0.0), (0.0, -9.0), (-9.0, -9.0)]):
            one = np.ones((1, 1))
            bias = np.zeros(1)
            writer.snapshot(epoch, [np.ones((2, 1)), bias + first, one, bias + second, one, bias])
    collapsed = of_kind(Replay(tmp_path / "run.h5").milestones(), "collapsed")
    assert [(epoch, text[:8]) for epoch, text in collapsed] == [(1, "“second”")]
