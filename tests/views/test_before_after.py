"""The plane of a layer before and after its activation, against Keras and values known by construction."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, compare, dense
from replay.errors import ViewError
from replay.network.in_keras import describe
from replay.views.before_after import ActivatedPlane, AfterActivation, BeforeActivation, before_after
from tests.conftest import MakeRun

Array = np.ndarray


def views(path: Path, layer: str | None = None) -> tuple[BeforeActivation, AfterActivation]:
    before, after = before_after(Replay(path).evaluation, layer)
    assert isinstance(before, BeforeActivation) and isinstance(after, AfterActivation)
    return before, after


def in_keras(replay: Replay, epoch: float, activation: str) -> tuple[Array, Array]:
    """What a Keras layer without an activation gives, and what Keras's activation makes of it."""
    kernel, bias = (weight[0] for weight in replay.recording.weights_at(epoch)[:2])
    layer = keras.layers.Dense(2)
    layer.build((None, 2))
    layer.set_weights([kernel, bias])
    z = layer(replay.recording.inputs)
    return np.asarray(z), np.asarray(keras.activations.get(activation)(z))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "elu", "leaky_relu", "linear"])
def test_samples_are_where_keras_has_them_before_and_after(make_run: MakeRun, activation: str) -> None:
    before, after = views(make_run(activation=activation))
    for epoch in (0.0, 3.0):
        z, a = in_keras(Replay(before.evaluation.recording.path), epoch, activation)
        np.testing.assert_allclose(before.at(epoch).points, z, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(after.at(epoch).z, z, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(after.at(epoch).space.points, a, rtol=1e-5, atol=1e-5)


def test_both_planes_have_the_same_limits_of_one_scale_that_hold_all_snapshots(make_run: MakeRun) -> None:
    before, after = views(make_run(activation="sigmoid"))
    assert before.limits == after.limits
    (left, right), (bottom, top) = before.limits
    assert right - left == pytest.approx(top - bottom)
    for epoch in range(5):
        for points in (before.at(epoch).points, after.at(epoch).space.points, np.array([[0, 0], [1, 1]])):
            assert (points >= (left, bottom)).all() and (points <= (right, top)).all()


def test_the_boundary_before_is_where_the_output_ties_after(make_run: MakeRun) -> None:
    before, after = views(make_run(activation="tanh", seed=5))
    kernel, bias = (weight[0].astype(float) for weight in before.evaluation.recording.weights_at(2)[2:])
    bent = np.concatenate(before.at(2).boundary)
    frame = after.at(2)
    assert frame.space.regions is not None
    straight = np.concatenate(frame.space.regions.boundary)
    assert np.abs(np.tanh(bent) @ kernel + bias).max() < 1e-3 * np.abs(kernel).max()
    assert np.abs(straight @ kernel + bias).max() < 1e-3 * np.abs(kernel).max()
    away = bent - bent[0]
    direction = away[np.hypot(*away.T).argmax()]
    off = np.abs(away @ np.array([-direction[1], direction[0]])) / np.hypot(*direction)
    assert off.max() > 0.05  # of z, it is no straight line


def test_the_grid_is_straight_before(make_run: MakeRun) -> None:
    before, after = views(make_run(activation="tanh", seed=5))
    lines = before.at(4).lines
    assert lines is not None
    np.testing.assert_allclose(np.diff(lines, n=2, axis=2), 0, atol=5e-6)
    bent = after.at(4).space.lines
    assert bent is not None and np.abs(np.diff(bent, n=2, axis=2)).max() > 1e-4


@pytest.mark.parametrize(
    ("activation", "expected"),
    [
        ("relu", [(0.0, True)]),
        ("sigmoid", [(0.0, False), (1.0, False)]),
        ("tanh", [(-1.0, False), (1.0, False)]),
        ("hard_tanh", [(-1.0, False), (1.0, False)]),  # exactly, but between two walls
        ("elu", [(-1.0, False)]),
        ("leaky_relu", []),
        ("linear", []),
    ],
)
def test_flat_parts_are_folded_or_pressed_to_a_value(
    make_run: MakeRun, activation: str, expected: list[tuple[float, bool]]
) -> None:
    plane = ActivatedPlane(Replay(make_run(activation=activation)).evaluation)
    assert [(part.value, part.folded) for part in plane.flat_parts] == expected
    for part in plane.flat_parts:  # the slope there, by differences
        z = np.clip([part.low, part.high], -50, 50).astype(np.float64)[:, None].repeat(2, axis=1)
        moment = plane.evaluation.at(0.0)
        slope = (plane.activated(z + 1e-4, moment) - plane.activated(z - 1e-4, moment)) / 2e-4
        inner = 0 if np.isinf(part.low) else 1
        assert abs(slope[inner, 0]) < 0.01


def test_an_activation_of_its_own_layer_is_taken_and_its_linear_layer_too(tmp_path: Path) -> None:
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(2, name="linear"), keras.layers.LeakyReLU(0.1, name="leaky"),
         keras.layers.Dense(1, "sigmoid")]
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    path = tmp_path / "run.h5"
    with RunWriter(path, describe.describe(model), x, np.arange(30) % 2) as writer:
        writer.snapshot(0, describe.weights(model))
    before, after = views(path)
    assert before.plane.layer == "leaky"
    z = np.asarray(model.get_layer("linear")(x))
    np.testing.assert_allclose(before.at(0).points, z, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(after.at(0).space.points, np.where(z < 0, 0.1 * z, z), rtol=1e-5, atol=1e-6)
    own, _ = views(path, "linear")
    assert not own.plane.bends and own.plane.layer == "linear"


def test_held_out_samples_and_regressions_are_shown(make_run: MakeRun) -> None:
    x = np.random.default_rng(1).normal(size=(12, 2)).astype(np.float32)
    before, _ = views(make_run(held_out=(x, np.arange(12) % 2)))
    found = before.at(1).held_out
    kernel, bias = (weight[0] for weight in before.evaluation.recording.weights_at(1)[:2])
    assert found is not None
    np.testing.assert_allclose(found[0], x @ kernel + bias, rtol=1e-4, atol=1e-5)
    numbers = {"output_activation": "linear", "loss": "mean_squared_error", "data": (x, x[:, 0])}
    before, after = views(make_run("numbers.h5", **numbers))
    assert before.at(1).correct is None and before.at(1).boundary == [] and after.at(1).space.regions is None


def test_runs_beside_one_another_have_one_scale(make_run: MakeRun) -> None:
    paths = [make_run(f"{name}.h5", activation=name, seed=seed) for seed, name in enumerate(("tanh", "relu"))]
    drawn = compare(paths, view="before-after")
    panels: list[Any] = [one.panel for one in drawn.panels if hasattr(one, "panel")]
    limits = {panel.view.limits for panel in panels if hasattr(panel, "view")}
    assert len(limits) == 1
    ((left, right), (bottom, top)) = limits.pop()
    for path in paths:
        (x0, x1), (y0, y1) = views(path)[0].limits
        assert left <= x0 and x1 <= right and bottom <= y0 and y1 <= top


@pytest.mark.parametrize(
    ("units", "layer", "words"),
    [
        ((2, 5, 1), None, "no hidden layer has two units"),
        ((2, 1), None, "no hidden layer has two units"),
        ((2, 5, 2, 1), "hidden_1", "'hidden_1' is none; layers that have: hidden_2"),
        ((2, 2, 1), "output", "'output' is none; layers that have: hidden"),
        ((2, 2, 1), "hiden", "did you mean hidden"),
    ],
)
def test_other_layers_are_refused_by_name(
    make_run: MakeRun, units: tuple[int, ...], layer: str | None, words: str
) -> None:
    with pytest.raises(ViewError, match=words):
        before_after(Replay(make_run(units=units)).evaluation, layer)


def test_networks_that_numpy_does_not_evaluate_are_refused(make_run: MakeRun) -> None:
    evaluation = Replay(make_run()).evaluation
    evaluation.in_numpy = False
    with pytest.raises(ViewError, match="before-after needs layers that NumPy computes"):
        before_after(evaluation)


@pytest.mark.parametrize("values", [(1.0, np.nan), (np.nan, np.nan), (1.0, 1e38), (1.0,)])
def test_weights_that_are_not_finite_and_single_snapshots_end_no_picture(
    tmp_path: Path, values: tuple[float, ...]
) -> None:
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    x = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), x, np.arange(20) % 2) as writer:
        for epoch, value in enumerate(values):
            shapes: Any = [(2, 2), (2,), (2, 1), (1,)]
            writer.snapshot(epoch, [np.full(shape, value, np.float32) for shape in shapes])
    drawn = Replay(tmp_path / "run.h5").view("before-after")
    drawn.plot(len(values) - 1)
    assert np.isfinite(np.array(drawn.panels[0].view.limits)).all()  # type: ignore[attr-defined]
