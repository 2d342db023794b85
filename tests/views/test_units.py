"""Units in the input plane: lines, states and kinks, against geometry and the network itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.views.decision_boundary import DecisionBoundary
from replay.views.shared.geometry import Limits
from replay.views.shared.unit_lines import MAX_LINES, MESH, lines_of_units
from replay.views.units import Units

Array = np.ndarray
MakeRun = Callable[..., Path]


def written(path: Path, weights: list[Array], activation: str = "relu", data: Any = None) -> Replay:
    """A run of one snapshot of a dense network with these weights, and a sigmoid for its output."""
    sizes = [len(weights[0]), *(len(bias) for bias in weights[1::2])]
    names = [*(f"hidden_{n}" for n in range(1, len(sizes) - 1)), "output"]
    functions = [activation] * (len(names) - 1) + ["sigmoid"]
    layers = tuple(dense(*each) for each in zip(names, sizes, sizes[1:], functions, strict=False))
    inputs, targets = datasets.parabola(30) if data is None else data
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    writer = RunWriter(path, description, inputs, targets)
    writer.snapshot(0, [np.asarray(each, np.float32) for each in weights])
    writer.finish()
    writer.close()
    return Replay(path)


def test_the_line_of_a_unit_is_where_its_z_is_zero(make_run: MakeRun) -> None:
    view = Units(Replay(make_run(units=(2, 4, 1))).evaluation)
    for epoch in (0, 1.5, 4):
        kernel, bias = (each[0].astype(float) for each in view.evaluation.at(epoch).weights[:2])
        (left, right), (bottom, top) = view.limits
        for line in view.at(epoch).lines.first:
            w, b = kernel[:, line.unit], bias[line.unit]
            np.testing.assert_allclose(line.normal, w / np.hypot(*w), atol=1e-12)
            corners = np.array([(left, bottom), (left, top), (right, bottom), (right, top)]) @ w + b
            assert (line.ends is None) == bool((corners > 0).all() or (corners < 0).all())
            if line.ends is not None:
                np.testing.assert_allclose(line.ends @ w + b, 0, atol=1e-12)
                sides = [(x in (left, right)) or (y in (bottom, top)) for x, y in line.ends]
                assert all(sides)  # from edge to edge


def test_the_strength_is_the_share_of_the_longest_weights_of_the_run(make_run: MakeRun) -> None:
    view = Units(Replay(make_run(units=(2, 3, 1))).evaluation)
    recorded = view.evaluation.recording
    lengths = {float(epoch): np.hypot(*recorded.weights_at(float(epoch))[0][0]) for epoch in recorded.epochs}
    longest = max(length.max() for length in lengths.values())
    for epoch, length in lengths.items():
        found = [line.strength for line in view.at(epoch).lines.first]
        np.testing.assert_allclose(found, length / longest, rtol=1e-5)


def test_parallels_are_where_the_activation_turns_flat(make_run: MakeRun) -> None:
    for activation, level in (("tanh", np.arctanh(np.sqrt(0.99))), ("relu", None)):
        view = Units(Replay(make_run(units=(2, 2, 1), activation=activation)).evaluation)
        kernel, bias = (each[0].astype(float) for each in view.evaluation.at(2).weights[:2])
        wide = Limits((-50.0, 50.0), (-50.0, 50.0))
        for line in view.at(2, wide).lines.first:
            z = line.flat @ kernel[:, line.unit] + bias[line.unit]
            if level is None:
                assert not len(line.flat)
            else:
                np.testing.assert_allclose(np.sort(z[:, 0]), [-level, level], atol=1e-6)


def test_a_unit_that_answers_zero_to_all_samples_is_dead(tmp_path: Path) -> None:
    kernel = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    replay = written(tmp_path / "run.h5", [kernel, [0, -50, 0], np.ones((3, 1)), [0]])
    assert [line.dead for line in Units(replay.evaluation).at(0).lines.first] == [False, True, True]


def test_a_unit_that_was_taken_away_is_as_good_as_dead(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 3, 2, 1))).without({"hidden_1": 2})
    assert [line.dead for line in Units(replay.evaluation).at(2).lines.first] == [False, True, False]


def test_units_with_one_signal_are_twins(tmp_path: Path) -> None:
    kernel = np.array([[1.0, 0.5, 2.0, -1.0], [0.0, 1.0, 0.0, 0.0]])
    for activation, third in (("relu", None), ("linear", 0)):
        path = tmp_path / f"{activation}.h5"
        replay = written(path, [kernel, [0, 0, 0, 0], np.ones((4, 1)), [0]], activation)
        found = [line.twin for line in Units(replay.evaluation).at(0).lines.first]
        # A ReLU that looks the other way carries another signal; a linear unit carries the same, negated.
        assert found == [None, None, 0, third]


def test_only_the_most_important_of_very_many_lines_are_shown(make_run: MakeRun) -> None:
    view = Units(Replay(make_run(units=(2, 100, 1), activation="relu", n_snapshots=2)).evaluation)
    frame = view.at(1)
    assert len(frame.lines.first) == MAX_LINES
    lengths = np.hypot(*view.evaluation.at(1).weights[0][0])
    shown = [line.unit for line in frame.lines.first]
    assert set(shown) == set(np.argsort(-lengths)[:MAX_LINES])
    assert shown == sorted(shown)


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_lines_of_deeper_units_are_where_their_z_is_zero(make_run: MakeRun, activation: str) -> None:
    view = Units(Replay(make_run(units=(2, 4, 3, 1), activation=activation, seed=3)).evaluation)
    frame = view.at(2)
    assert [(line.layer, line.unit) for line in frame.lines.deeper] == [("hidden_2", n) for n in range(3)]
    weights = [each[0].astype(float) for each in view.evaluation.at(2).weights]
    f = {"relu": lambda z: np.maximum(z, 0), "tanh": np.tanh}[activation]
    pixel = np.ptp(view.limits.x) / 720
    for line in frame.lines.deeper:
        points = line.segments.mean(axis=1)
        z = f(points @ weights[0] + weights[1]) @ weights[2] + weights[3]
        nearby = [
            f((points + step) @ weights[0] + weights[1]) @ weights[2] + weights[3]
            for step in ((1e-6, 0), (0, 1e-6))
        ]
        slope = np.hypot(*[(each - z)[:, line.unit] / 1e-6 for each in nearby])
        assert (np.abs(z[:, line.unit]) <= slope * pixel / 2 + 1e-9).all()
    assert MESH > 100


def test_the_boundary_of_a_relu_network_is_exact_and_kinks_on_lines(make_run: MakeRun) -> None:
    evaluation = Replay(make_run(units=(2, 6, 1), activation="relu", seed=1)).evaluation
    frame = DecisionBoundary(evaluation, mesh_points=20).at(2)  # a coarse mesh does not matter
    weights = [each[0].astype(float) for each in evaluation.at(2).weights]

    def z_of(points: Array) -> Array:
        return np.maximum(points @ weights[0] + weights[1], 0) @ weights[2] + weights[3]

    assert frame.units is not None
    assert frame.regions.boundary is frame.units.boundary
    np.testing.assert_allclose(z_of(np.concatenate(frame.regions.boundary)), 0, atol=1e-9)
    kinks = frame.units.kinks
    assert kinks is not None
    assert len(kinks)
    nearest = np.abs(kinks @ weights[0] + weights[1]).min(axis=1)
    np.testing.assert_allclose(nearest, 0, atol=1e-9)


def test_more_than_sixteen_units_have_no_lines_on_the_boundary(make_run: MakeRun) -> None:
    for n, has_lines in ((16, True), (17, False)):
        evaluation = Replay(make_run(units=(2, n, 1), n_snapshots=1)).evaluation
        frame = DecisionBoundary(evaluation, mesh_points=10).at(0)
        assert (frame.units is not None) == has_lines
        assert len(Units(evaluation, mesh_points=10).at(0).lines.first) == n


def test_lines_do_not_depend_on_the_snapshots_shown_before(make_run: MakeRun) -> None:
    path = make_run(units=(2, 3, 2, 1), activation="relu")
    alone = Units(Replay(path).evaluation).at(3.5)
    view = Units(Replay(path).evaluation)
    for epoch in (0, 4, 1.5):
        view.at(epoch)
    again = view.at(3.5)
    for one, other in zip(alone.lines.first, again.lines.first, strict=True):
        np.testing.assert_array_equal(one.ends, other.ends)
    np.testing.assert_array_equal(alone.lines.kinks, again.lines.kinks)


def test_a_regression_has_lines_but_no_regions(tmp_path: Path) -> None:
    path, random = tmp_path / "run.h5", np.random.default_rng(0)
    description = RunDescription(
        layers=(dense("hidden", 2, 3, "relu"), dense("output", 3, 1)), loss={"name": "mean_squared_error"}
    )
    inputs = random.normal(size=(20, 2))
    writer = RunWriter(path, description, inputs, inputs.sum(axis=1))
    shapes = [weight.shape for _, weight in description.weight_paths]
    writer.snapshot(0, [random.normal(size=shape).astype(np.float32) for shape in shapes])
    writer.close()
    frame = Units(Replay(path).evaluation).at(0)
    assert frame.plane is None
    assert len(frame.lines.first) == 3
    assert frame.lines.boundary is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"units": (3, 2, 1), "data": (np.zeros((4, 3)), np.array([0, 1, 0, 1]))}, "inputs of 2 dimensions"),
        ({"units": (2, 1)}, "need a hidden layer"),
        ({"units": (2, 3, 1), "activation": "softmax"}, "need a hidden layer"),
    ],
)
def test_a_run_without_lines_says_what_it_needs(
    make_run: MakeRun, changes: dict[str, Any], message: str
) -> None:
    evaluation = Replay(make_run(**changes)).evaluation
    assert lines_of_units(evaluation) is None
    with pytest.raises(ViewError, match=message):
        Units(evaluation)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_have_no_lines(tmp_path: Path, value: float) -> None:
    kernel = np.array([[1.0, value], [0.0, 1.0]])
    replay = written(tmp_path / "run.h5", [kernel, [0, 0], np.ones((2, 1)), [0]])
    first = Units(replay.evaluation).at(0).lines.first
    assert first[1].ends is None
    assert 0 <= first[1].strength <= 1


def test_constant_inputs_have_a_plane_with_lines(tmp_path: Path) -> None:
    data = np.zeros((12, 2)), np.tile([0, 1], 6)
    kernel = np.array([[1.0, 0.5], [0.0, 1.0]])
    replay = written(tmp_path / "run.h5", [kernel, [0.1, 0], np.ones((2, 1)), [0]], data=data)
    first = Units(replay.evaluation).at(0).lines.first
    assert all(line.ends is not None and line.twin is None for line in first)
