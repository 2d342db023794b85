"""Sparsity: the samples for which units are off, known by construction and counted in Keras's activations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, Scenario, datasets, dense, run
from replay.errors import ViewError
from replay.network.in_keras import describe
from replay.views.sparsity import SparseLayers, Sparsity, sparsity
from tests.conftest import MakeRun

X = np.array([[-2.0], [-1.0], [1.0], [2.0]], np.float32)


def units(path: Path, activation: str, biases: list[list[float]], **arguments: Any) -> Replay:
    """Units with z = x + bias, one for each bias, at each epoch; then a linear output."""
    n = len(biases[0])
    layers = (dense("first", 1, n, activation, **arguments), dense("output", n, 1))
    with RunWriter(path, RunDescription(layers), X, X[:, 0]) as writer:
        for epoch, bias in enumerate(biases):
            weights: list[Any] = [np.ones((1, n)), np.array(bias), np.ones((n, 1)), np.zeros(1)]
            writer.snapshot(epoch, [weight.astype(np.float32) for weight in weights])
    return Replay(path)


def test_the_shares_are_those_of_units_known_to_be_off(tmp_path: Path) -> None:
    replay = units(tmp_path / "run.h5", "relu", [[-9, -1.5, 0, 9], [9, 9, 9, 9]])
    view = Sparsity(replay.evaluation)
    (shares,) = view.at(0).shares
    assert shares.tolist() == [1.0, 0.75, 0.5, 0.0]
    assert view.at(1).shares[0].tolist() == [0, 0, 0, 0]
    assert SparseLayers(view).values.tolist() == [[0.5625, 0.0]]
    assert view.sizes == [4]


def test_the_share_of_zeros_is_that_of_kerass_activations(make_run: MakeRun) -> None:
    replay = Replay(make_run(units=(2, 9, 5, 1), activation="relu"))
    model = keras.Sequential([keras.Input((2,)), *(keras.layers.Dense(n, "relu") for n in (9, 5))])
    for epoch in (0, 3):
        model.set_weights([weight[0] for weight in replay.recording.weights_at(epoch)[:4]])
        outputs = keras.Model(model.inputs, [layer.output for layer in model.layers])(replay.recording.inputs)
        for shares, answer in zip(Sparsity(replay.evaluation).at(epoch).shares, outputs, strict=True):
            np.testing.assert_allclose(shares, (np.asarray(answer) == 0).mean(axis=0), atol=1e-6)


@pytest.mark.parametrize(
    ("activation", "arguments"),
    [("leaky_relu", {}), ("elu", {}), ("selu", {}), ("relu", {"negative_slope": 0.1})],
)
def test_units_of_leaky_layers_leak_and_are_never_dead(
    tmp_path: Path, activation: str, arguments: dict[str, Any]
) -> None:
    replay = units(tmp_path / "run.h5", activation, [[-9, 0]], **arguments)
    view = Sparsity(replay.evaluation)
    assert [layer.leaks for layer in view.layers] == [True]
    assert view.at(0).shares[0].tolist() == [1.0, 0.5]
    drawn = replay.view("sparsity")
    drawn.plot(0)
    panel: Any = drawn.panels[0]
    assert not panel.crosses.get_paths()
    assert "no unit is dead" in panel.words[0][0].get_text()


def test_a_dead_unit_is_crossed_out_and_counted(tmp_path: Path) -> None:
    replay = units(tmp_path / "run.h5", "relu", [[-9, 0, 1]])
    drawn = replay.view("sparsity")
    drawn.plot(0)
    panel: Any = drawn.panels[0]
    assert len(panel.crosses.get_paths()) == 2  # the two lines of one cross
    assert panel.words[0][0].get_text() == "67% of its activations are 0 · 1 of 3 units dead"


@pytest.mark.usefixtures("without_xla")
def test_prelu_is_a_layer_that_leaks(tmp_path: Path) -> None:
    scenario = Scenario(
        name="p", data=lambda: datasets.moons(10), activations=("prelu",), hidden_units=(3, 2), epochs=1
    )
    (recording,) = run(scenario, tmp_path)
    layers = recording.description.layers
    assert [layer.class_name for layer in layers] == ["Dense", "PReLU", "Dense", "PReLU", "Dense"]
    first = recording.weights_at(0)
    np.testing.assert_array_equal(first[2], np.full((1, 3), 0.25, np.float32))
    view = Sparsity(Replay(recording.path).evaluation)
    assert [(layer.name, layer.leaks) for layer in view.layers] == [
        ("hidden_1_prelu", True),
        ("hidden_2_prelu", True),
    ]


def test_channels_of_a_convolution_are_units(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(6, 5, 5, 1)).astype(np.float32)
    model = keras.Sequential(
        [keras.Input((5, 5, 1)), keras.layers.Conv2D(3, 3, activation="relu"), keras.layers.Flatten(),
         keras.layers.Dense(1, "sigmoid")]
    )  # fmt: skip
    with RunWriter(tmp_path / "run.h5", describe.describe(model), x, np.arange(6) % 2) as writer:
        writer.snapshot(0, describe.weights(model))
    (shares,) = Sparsity(Replay(tmp_path / "run.h5").evaluation).at(0).shares
    maps = np.asarray(model.layers[0](x))
    np.testing.assert_allclose(shares, (maps == 0).mean(axis=(0, 1, 2)), atol=1e-6)


def test_nothing_is_said_of_weights_that_are_not_finite(tmp_path: Path) -> None:
    replay = units(tmp_path / "run.h5", "relu", [[0, 0], [np.nan, np.nan]])
    assert np.isnan(Sparsity(replay.evaluation).at(1).shares[0]).all()
    replay.view("sparsity").plot(1)


def test_a_network_without_such_units_has_no_view(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"run\.h5: no layer of this run has units that can be off"):
        sparsity(Replay(make_run()).evaluation)


def test_wide_layers_have_a_tile_for_each_unit_within_the_axes(make_run: MakeRun) -> None:
    drawn = Replay(make_run(units=(2, 500, 40, 1), activation="relu")).view("sparsity")
    drawn.plot(2)
    panel: Any = drawn.panels[0]
    assert [len(block.corners) for block in panel.blocks] == [500, 40]
    (left, right), (bottom, top) = panel.axes.get_xlim(), panel.axes.get_ylim()
    for block in panel.blocks:
        assert (block.corners >= 0).all() and block.side > 0
        assert (block.corners[:, 0] + block.side <= right + 1e-9).all() and left == 0
        assert (block.corners[:, 1] + block.side <= max(bottom, top) + 1e-9).all()
