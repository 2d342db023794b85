"""One unit: Keras's own z and a, its geometry, the class that it speaks for, and what has no such unit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Recorder, Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.description import LayerDescription
from replay.views.shared.unit import Unit, Weights
from tests.conftest import MakeRun
from tests.helpers.units import keras_values

X = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)
LABELS = np.arange(40) % 2


@pytest.mark.parametrize(
    ("layer", "unit"), [("hidden_1", 1), ("hidden_1", 4), ("hidden_2", 2), ("output", 1)]
)
@pytest.mark.parametrize("epoch", [0, 3])
def test_z_and_a_are_those_of_keras(make_run: MakeRun, layer: str, unit: int, epoch: float) -> None:
    replay = Replay(make_run(units=(3, 4, 2, 1), data=(X, LABELS)))
    one = Unit(replay.evaluation, layer, unit)
    x, z, a = keras_values(replay, layer, epoch)
    np.testing.assert_allclose(one.inputs_at(replay.evaluation.at(epoch)), x, atol=1e-5)
    np.testing.assert_allclose(one.z(epoch), z[:, unit - 1], atol=1e-5)
    np.testing.assert_allclose(one.a(epoch), a[:, unit - 1], atol=1e-5)


def test_a_softmax_has_the_activation_that_keras_gives(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(3, 4, 3), data=(X, np.arange(40) % 3)))
    unit = Unit(replay.evaluation, "output", 3)
    assert unit.f is None and unit.speaks_for == 2
    np.testing.assert_allclose(unit.a(2), keras_values(replay, "output", 2)[2][:, 2], atol=1e-5)


def test_a_graph_has_z_though_nobody_knows_what_enters(tmp_path: Path) -> None:
    start = keras.Input((3,))
    left = keras.layers.Dense(2, "tanh", name="left")(start)
    right = keras.layers.Dense(2, "relu", name="right")(start)
    out = keras.layers.Dense(1, "sigmoid", name="out")(keras.layers.Maximum()([left, right]))
    model = keras.Model(start, out)
    model.compile("sgd", "binary_crossentropy")
    model.fit(X, LABELS, epochs=1, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", X, LABELS)])
    evaluation = Replay(tmp_path / "run.h5").evaluation
    assert not evaluation.in_numpy
    unit = Unit(evaluation, "right", 2)
    kernel, bias = model.get_layer("right").get_weights()
    z = (X @ kernel + bias)[:, 1]
    assert not unit.has_inputs
    np.testing.assert_allclose(unit.z(1), z, atol=1e-5)
    np.testing.assert_allclose(unit.a(1), np.maximum(z, 0), atol=1e-5)
    low, high = unit.over_run.sum_limits
    assert low < min((z - bias[1]).min(), -bias[1]) and high > max((z - bias[1]).max(), -bias[1])


def test_an_activation_in_a_layer_of_its_own_is_the_units(tmp_path: Path) -> None:
    layers = (
        dense("hidden", 3, 2),
        LayerDescription("bent", "ReLU", units=2, shape=(2,), activation="relu"),
        dense("output", 2, 1, "sigmoid"),
    )
    rng = np.random.default_rng(1)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), X, LABELS) as writer:
        weights = [rng.normal(size=shape).astype("f4") for shape in ((3, 2), (2,), (2, 1), (1,))]
        writer.snapshot(0, weights)
    unit = Unit(Replay(tmp_path / "run.h5").evaluation, units=2)
    assert (unit.layer, unit.activation) == ("hidden", "relu")
    z = X @ weights[0][:, 1] + weights[1][1]
    np.testing.assert_allclose(unit.a(0), np.maximum(z, 0), atol=1e-5)


@pytest.mark.parametrize("weights", [([3.0, 4.0], 2.0), ([0.5, -1.0], -0.25)])
def test_threshold_norm_and_distance(weights: Any) -> None:
    kernel, bias = np.array(weights[0]), weights[1]
    one = Weights(kernel, bias)
    assert one.threshold == -bias
    across = np.array([-kernel[1], kernel[0]])
    some = -bias / (kernel @ kernel) * kernel + 0.3 * across  # a point of the line
    assert kernel @ some + bias == pytest.approx(0)
    points = some + np.linspace(-5, 5, 200_001)[:, None] * across
    assert one.distance == pytest.approx(np.hypot(*points.T).min(), abs=1e-6)
    assert one.norm == pytest.approx(np.hypot(*kernel))
    assert Weights(np.zeros(2), 1.0).distance == np.inf


def test_it_speaks_for_the_class_that_it_is_above_0_for(tmp_path: Path) -> None:
    labels = np.repeat([0, 1, 2], 10)
    inputs = np.eye(3, dtype=np.float32)[labels]
    layers = (dense("hidden", 3, 3, "relu"), dense("output", 3, 3, "softmax"))
    kernel = np.array([[-1, 1, -1], [1, -1, -1], [-1, 1, 1]], np.float32)  # columns are units
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), inputs, labels) as writer:
        weights = [kernel, np.zeros(3, np.float32), np.eye(3, dtype=np.float32), np.zeros(3, np.float32)]
        writer.snapshot(0, [np.zeros_like(each) for each in weights])
        writer.snapshot(1, weights)
    evaluation = Replay(tmp_path / "run.h5").evaluation
    assert [Unit(evaluation, "hidden", unit).speaks_for for unit in (1, 3)] == [1, 2]
    assert Unit(evaluation, "hidden", 2).speaks_for in (0, 2)  # both, and never class 1


def test_the_first_unit_of_the_first_hidden_layer_is_shown_unless_another_is_chosen(make_run: Any) -> None:
    for units, layer in (((2, 3, 4, 1), "hidden_1"), ((2, 1), "output")):
        unit = Unit(Replay(make_run(units=units, name=f"{layer}.h5")).evaluation)
        assert (unit.layer, unit.number, unit.letter) == (layer, 1, "x")
    deeper = Unit(Replay(make_run(units=(2, 3, 4, 1))).evaluation, "hidden_2", np.int64(4))
    assert (deeper.number, deeper.letter, deeper.source) == (4, "a", "hidden_1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": 3}, "layer 'hidden' has no unit 3: its units are 1 to 2"),
        ({"units": 0}, "has no unit 0"),
        ({"units": (1, 2)}, r"a neuron is one unit, such as --units 2 \(units=2\), not \(1, 2\)"),
        ({"units": "pca"}, "one unit, .*not pca"),
        ({"layer": "hiden"}, "unknown layer 'hiden': did you mean hidden"),
    ],
)
def test_what_is_no_unit_is_refused(make_run: MakeRun, options: Any, message: str) -> None:
    evaluation = Replay(make_run()).evaluation
    with pytest.raises(ViewError, match=message):
        Unit(evaluation, **options)


def test_a_convolution_has_no_such_unit(tmp_path: Path) -> None:
    images = np.random.default_rng(0).uniform(size=(6, 4, 4, 1)).astype(np.float32)
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Conv2D(2, 3, name="conv"),
            keras.layers.Flatten(),
            keras.layers.Dense(1, "sigmoid", name="answer"),
        ]
    )
    model.compile("sgd", "binary_crossentropy")
    labels = np.arange(6) % 2
    model.fit(images, labels, verbose=0, callbacks=[Recorder(tmp_path / "run.h5", images, labels)])
    evaluation = Replay(tmp_path / "run.h5").evaluation
    with pytest.raises(
        ViewError, match="'conv' is of the kind Conv2D; choose one of the Dense layers: answer"
    ):
        Unit(evaluation, "conv")
    unit = Unit(evaluation)
    assert (unit.layer, unit.n_inputs, unit.has_inputs) == ("answer", 8, True)
    inner = keras.Sequential(model.layers[:-1])(images).numpy()
    kernel, bias = model.get_layer("answer").get_weights()
    np.testing.assert_allclose(unit.z(1), (inner @ kernel + bias)[:, 0], atol=1e-5)


def test_weights_that_were_not_recorded_are_named(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid", name="answer")])
    model.add(keras.layers.Dense(1, "sigmoid", name="last"))
    model.compile("sgd", "binary_crossentropy")
    recorder = Recorder(tmp_path / "run.h5", X, LABELS, layers=["last"])
    model.fit(X, LABELS, verbose=0, callbacks=[recorder])
    with pytest.raises(ViewError, match="weights of layer 'answer' were not recorded"):
        Unit(Replay(tmp_path / "run.h5").evaluation, "answer")


def test_limits_come_from_finite_snapshots_alone(tmp_path: Path) -> None:
    layers = (dense("output", 3, 1, "sigmoid"),)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), X, LABELS) as writer:
        for epoch, scale in enumerate((1.0, 2.0, np.nan, np.inf)):
            writer.snapshot(epoch, [np.full((3, 1), scale, "f4"), np.array([scale], "f4")])
    unit = Unit(Replay(tmp_path / "run.h5").evaluation)
    assert unit.last_finite == 1
    assert len(unit.over_run.biases) == 2
    sums = 2 * X.sum(axis=1)
    low, high = unit.over_run.sum_limits
    assert low < sums.min() and high > sums.max() and high - low < 1.2 * (sums.max() - sums.min())
    assert not np.isfinite(unit.z(2)).any()
