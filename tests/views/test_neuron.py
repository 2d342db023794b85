"""A neuron's parts: which a run has, and that each holds what Keras and plain loops give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, datasets
from replay.views.neuron import is_single_neuron, neuron
from replay.views.neuron_activation import NeuronActivation
from replay.views.neuron_plane import NeuronPlane
from replay.views.neuron_threshold import NeuronThreshold
from replay.views.shared.geometry import Limits
from replay.views.shared.unit import Unit
from replay.views.truth_table import TruthTable
from replay.views.view import View
from replay.views.weighted_inputs import WeightedInputs
from tests.conftest import MakeRun
from tests.helpers.units import keras_values

RNG = np.random.default_rng(0)
WIDE = RNG.normal(size=(40, 20)).astype(np.float32)
LABELS = np.arange(40) % 2
SMALL = [NeuronThreshold, NeuronActivation]


def cinema(make_run: MakeRun, **options: Any) -> Path:
    return make_run(units=(3, 1), data=datasets.cinema(5), **options)


def first(evaluation: Any, kind: type[View], *choice: Any) -> Any:
    return next(part for part in neuron(evaluation, *choice) if isinstance(part, kind))


@pytest.mark.parametrize(
    ("facts", "choice", "large"),
    [
        ({}, (), NeuronPlane),
        ({}, ("output",), NeuronPlane),
        ({"units": (2, 3, 1)}, ("output",), WeightedInputs),
        ({"units": (3, 1), "data": datasets.cinema(5)}, (), TruthTable),
        ({"units": (3, 2, 1), "data": datasets.cinema(5)}, ("hidden", 2), TruthTable),
        ({"units": (20, 1), "data": (WIDE, LABELS)}, (), WeightedInputs),
        ({"units": (20, 3, 1), "data": (WIDE.round(), LABELS)}, (), WeightedInputs),
        ({"units": (1, 2, 1), "data": (WIDE[:, :1], LABELS)}, (), WeightedInputs),
    ],
)
def test_the_large_part_suits_what_enters_the_unit(
    make_run: MakeRun, facts: dict[str, Any], choice: tuple[Any, ...], large: type[View]
) -> None:
    parts = neuron(Replay(make_run(**facts)).evaluation, *choice)
    assert [type(part) for part in parts] == [large, *SMALL]


def test_a_network_is_a_single_neuron_if_it_has_but_one_unit(make_run: MakeRun) -> None:
    kinds = {"one": (2, 1), "two": (2, 2), "hidden": (2, 1, 1)}
    found = {
        name: is_single_neuron(Replay(make_run(f"{name}.h5", units=units)).evaluation)
        for name, units in kinds.items()
    }
    assert found == {"one": True, "two": False, "hidden": False}


@pytest.mark.parametrize("choice", [("hidden", 2), ("output", 1)])
def test_the_plane_is_shaded_by_kerass_activation(make_run: MakeRun, choice: tuple[str, int]) -> None:
    import keras

    replay = Replay(make_run(seed=3))
    view = first(replay.evaluation, NeuronPlane, *choice)
    within = Limits((-0.9, 0.7), (-0.4, 0.8))
    frame = view.at(2, within)
    described = replay.recording.layer(choice[0])
    weights = dict(zip(("hidden", "output"), [(0, 1), (2, 3)], strict=True))[choice[0]]
    recorded = replay.recording.weights_at(2)
    layer = keras.layers.Dense(described.units, activation=described.activation)
    layer.build((None, 2))
    layer.set_weights([recorded[place][0] for place in weights])
    x, y = (np.linspace(*side, view.mesh_points) for side in within)
    a = np.asarray(layer(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)))[:, choice[1] - 1]
    low, high = {"tanh": (-1, 1), "sigmoid": (0, 1)}[str(described.activation)]
    np.testing.assert_allclose(frame.strength.ravel(), (a - low) / (high - low), atol=1e-5)
    np.testing.assert_allclose(frame.points, keras_values(replay, choice[0], 2)[0], atol=1e-5)


@pytest.mark.parametrize("epoch", [0, 1.5, 4])
def test_line_foot_and_distance_are_those_of_geometry(make_run: MakeRun, epoch: float) -> None:
    view = first(Replay(make_run(seed=2)).evaluation, NeuronPlane)
    frame = view.at(epoch)
    kernel, bias = frame.weights.kernel, frame.weights.bias
    np.testing.assert_allclose(frame.line @ kernel + bias, 0, atol=1e-9)
    places = frame.line[0] + np.linspace(0, 1, 100_001)[:, None] * np.diff(frame.line, axis=0)
    assert frame.weights.distance == pytest.approx(np.hypot(*places.T).min(), abs=1e-4)
    np.testing.assert_allclose(frame.foot, places[np.hypot(*places.T).argmin()], atol=1e-3)
    corners = np.array([(x, y) for x in frame.limits.x for y in frame.limits.y])
    sides = np.sign(corners @ kernel + bias)
    if len(set(sides)) == 2:  # the line crosses the plane, and ends beyond it
        for end in frame.line:
            assert not all(low < value < high for value, (low, high) in zip(end, frame.limits, strict=True))


def test_without_weights_there_is_no_line(make_run: MakeRun) -> None:
    view = first(Replay(make_run()).evaluation, NeuronPlane)
    frame = view.at(0)
    none = type(frame.weights)(np.zeros(2), 1.0)
    still = type(frame)(0, frame.limits, none, frame.points, None, frame.strength)
    assert np.isnan(still.line).all() and np.isnan(still.foot).all()


@pytest.mark.parametrize(("layer", "unit"), [("hidden", 1), ("hidden", 2), ("output", 1)])
@pytest.mark.parametrize("epoch", [0, 4])
def test_right_and_wrong_are_counted_as_by_hand(
    make_run: MakeRun, layer: str, unit: int, epoch: float
) -> None:
    held_out = datasets.parabola(8, seed=4)
    replay = Replay(make_run(seed=6, held_out=held_out))
    view = first(replay.evaluation, NeuronThreshold, layer, unit)
    frame = view.at(epoch)
    _, z, _ = keras_values(replay, layer, epoch)
    bias = replay.recording.weights_at(epoch)[1 if layer == "hidden" else 3][0, unit - 1]
    counts = {"tp": 0, "fn": 0, "fp": 0, "tn": 0}
    for value, label in zip(z[:, unit - 1], replay.recording.targets, strict=True):
        fires, mine = value - bias > -bias, label == view.unit.speaks_for
        counts[("tp" if fires else "fn") if mine else ("fp" if fires else "tn")] += 1
    sides = frame.sides
    assert sides.above.tolist() == [counts["tp"], counts["fp"]]
    assert sides.below.tolist() == [counts["fn"], counts["tn"]]
    assert sides.share_right == (counts["tp"] + counts["tn"]) / 60
    assert frame.threshold == pytest.approx(-bias)
    assert frame.above.sum(axis=1).tolist() == sides.above.tolist()
    assert frame.below.sum(axis=1).tolist() == sides.below.tolist()
    first_above = np.flatnonzero(frame.above.sum(axis=0)).min(initial=99)
    assert view.edges[first_above + 1] > frame.threshold if first_above < 99 else True
    assert frame.held_out is not None and frame.held_out.n_samples == 16


def test_the_output_alone_is_as_right_as_the_network(make_run: MakeRun) -> None:
    """At the threshold of a sigmoid its probability is one half."""
    replay = Replay(make_run(seed=6))
    view = first(replay.evaluation, NeuronThreshold, "output")
    for epoch in replay.epochs:
        expected = replay.evaluation.correct([epoch]).mean()
        assert view.at(epoch).sides.share_right == pytest.approx(expected)


def test_a_sample_on_the_threshold_is_below_it(make_run: MakeRun, tmp_path: Path) -> None:
    from replay import RunDescription, RunWriter, dense

    inputs = np.array([[0.0], [1.0], [2.0], [1.01]], np.float32)
    with RunWriter(
        tmp_path / "run.h5", RunDescription((dense("output", 1, 1, "sigmoid"),),
        loss={"name": "binary_crossentropy"}), inputs, np.array([0, 0, 1, 1]),
    ) as writer:  # fmt: skip
        writer.snapshot(0, [np.ones((1, 1), np.float32), -np.ones(1, np.float32)])
    replay = Replay(tmp_path / "run.h5")
    sides = first(replay.evaluation, NeuronThreshold).at(0).sides
    assert (sides.above.tolist(), sides.below.tolist()) == ([2, 0], [0, 2])
    assert replay.evaluation.correct().all()


def test_regressions_have_one_group_and_what_diverged_is_on_no_side(make_run: MakeRun) -> None:
    data = (WIDE[:, :2], WIDE[:, 2])
    replay = Replay(make_run(data=data, output_activation="linear", loss="mean_squared_error"))
    view = first(replay.evaluation, NeuronThreshold)
    assert view.unit.speaks_for is None
    frame = view.at(1)
    assert frame.above.shape[0] == 1 and frame.sides.above[0] + frame.sides.below[0] == 40
    view.unit._latest = (1, np.full(40, np.nan))
    sides = view.at(1).sides
    assert sides.above.sum() == sides.below.sum() == 0


def test_samples_lie_on_the_curve_and_are_counted_below_it(make_run: MakeRun) -> None:
    replay = Replay(make_run(seed=1, activation="relu"))
    view = first(replay.evaluation, NeuronActivation, "hidden", 2)
    for epoch in (0, 2.5, 4):
        frame = view.at(epoch)
        np.testing.assert_allclose(frame.a, np.maximum(frame.z, 0))
        assert frame.flat == pytest.approx((frame.z <= 0).mean())
        assert frame.counts.sum(axis=1).tolist() == [30, 30]
        inside = (frame.z > view.z_limits[0]) & (frame.z < view.z_limits[1])
        assert inside.mean() > 0.9
    assert view.curve is not None
    np.testing.assert_allclose(view.curve[:, 1], np.maximum(view.curve[:, 0], 0))
    assert view.a_limits[0] < 0 < view.a_limits[1]


def test_a_softmax_has_no_curve(make_run: MakeRun) -> None:
    data = (WIDE[:, :2], np.arange(40) % 3)
    replay = Replay(make_run(units=(2, 2, 3), data=data))
    view = first(replay.evaluation, NeuronActivation, "output", 2)
    assert view.curve is None and view.a_limits[0] < 0 < 1 < view.a_limits[1]
    assert np.isfinite(view.at(1).a).all()


def test_a_truth_table_has_a_row_for_each_answer(make_run: MakeRun) -> None:
    replay = Replay(cinema(make_run))
    table = first(replay.evaluation, TruthTable)
    assert table.rows.shape == (8, 3) and table.counts.tolist() == [5] * 8
    assert {tuple(row) for row in table.rows} == {tuple(row) for row in np.ndindex(2, 2, 2)}
    for epoch in (0, 4):
        frame = table.at(epoch)
        kernel, bias = (array[0] for array in replay.recording.weights_at(epoch))
        for row, (weather, friend, near) in enumerate(table.rows):
            terms = [weather * kernel[0, 0], friend * kernel[1, 0], near * kernel[2, 0]]
            np.testing.assert_allclose(frame.products[row], terms, atol=1e-6)
            assert frame.sums[row] == pytest.approx(sum(terms), abs=1e-6)
            assert frame.fires[row] == (sum(terms) > -bias[0])
            goes = weather or (friend and near)
            assert frame.right[row] == (frame.fires[row] == goes)
        low, high = table.limits
        assert low < frame.sums.min() and frame.sums.max() < high and low < frame.threshold < high
    assert (np.diff(table.at(4).sums) <= 1e-6).all()  # in the order of the end
    np.testing.assert_array_equal(table.yes, table.rows == 1)


def test_where_equal_answers_differ_in_class_the_share_that_is_right_is_told(make_run: MakeRun) -> None:
    inputs = np.array([[1.0, 0, 1]] * 4 + [[0, 0, 0]] * 4, np.float32)
    labels = np.array([1, 1, 1, 0, 0, 0, 0, 0])
    replay = Replay(make_run(units=(3, 1), data=(inputs, labels)))
    table = first(replay.evaluation, TruthTable)
    frame = table.at(2)
    for row, fires, right in zip(table.rows, frame.fires, frame.right, strict=True):
        share = 0.75 if row.any() else 0.0
        assert right == (share if fires else 1 - share)


def test_weighted_inputs_add_up_to_the_mean_of_z(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(20, 3, 1), data=(WIDE, LABELS)))
    for layer, unit in (("hidden", 2), ("output", 1)):
        view = first(replay.evaluation, WeightedInputs, layer, unit)
        for epoch in (0, 4):
            x, z, _ = keras_values(replay, layer, epoch)
            frame = view.at(epoch)
            mine = view.unit.speaks_for == LABELS
            for group, members in enumerate((mine, ~mine)):
                assert frame.z[group] == pytest.approx(z[members, unit - 1].mean(), abs=1e-5)
                total = frame.products[group].sum() + frame.others[group]
                assert total + frame.weights.bias == pytest.approx(frame.z[group])
                np.testing.assert_allclose(frame.means[group], x[members].mean(axis=0)[view.shown], atol=1e-5)


def test_the_inputs_that_move_z_most_are_shown(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(20, 3, 1), data=(WIDE * np.arange(1, 21), LABELS)))
    view = first(replay.evaluation, WeightedInputs, "hidden", 3)
    kernel = replay.recording.weights_at(4)[0][0, :, 2]
    size = np.abs(kernel) * (WIDE * np.arange(1, 21)).std(axis=0)
    assert view.shown.tolist() == sorted(range(20), key=lambda place: -size[place])[:8]
    assert view.n_others == 12


def test_any_moments_are_those_of_the_whole_run(make_run: MakeRun) -> None:
    """What is shown at an epoch does not depend on what was shown before."""
    path = make_run(seed=2)
    parts = neuron(Replay(path).evaluation)
    for epoch in (4, 0, 2.5):
        fresh = neuron(Replay(path).evaluation)
        for part, other in zip(parts[1:], fresh[1:], strict=True):
            np.testing.assert_array_equal(
                part.at(epoch).z if hasattr(part.at(epoch), "z") else part.at(epoch).above,
                other.at(epoch).z if hasattr(other.at(epoch), "z") else other.at(epoch).above,
            )


def test_a_run_that_diverged_keeps_finite_limits(make_run: MakeRun, tmp_path: Path) -> None:
    from replay import RunDescription, RunWriter, dense

    layers = (dense("output", 20, 1, "sigmoid"),)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), WIDE, LABELS) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [np.full((20, 1), np.nan, "f4"), np.zeros(1, "f4")])
    for part in neuron(Replay(tmp_path / "run.h5").evaluation):
        part.at(1)
        ends = part.z_limits if isinstance(part, NeuronActivation) else part.limits  # type: ignore[attr-defined]
        assert np.isfinite(ends).all() and ends[0] < ends[1]
    assert Unit(Replay(tmp_path / "run.h5").evaluation).last_finite == 0
