"""Mean and variance of activations: against NumPy on all of them at once, and on Keras's own outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Replay, RunWriter
from replay.errors import ViewError
from replay.runs import layer_values
from replay.views.layer_curves import LOGARITHMIC
from replay.views.normalisation import Moments, Normalisation


@pytest.mark.parametrize("piece", [7, 10**7])
def test_moments_are_those_of_all_activations_at_once(
    make_run: Any, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_values, "PIECE_VALUES", piece)
    replay = Replay(make_run(units=(2, 5, 4, 1), activation="selu"))
    view = Normalisation(replay.evaluation)
    assert view.names == ("hidden_1", "hidden_2")
    for layer, moments in zip(view.names, view.moments, strict=True):
        activations = replay.activations(layer).astype(np.float64)
        np.testing.assert_allclose(moments[:, 0], activations.mean(axis=(1, 2)), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(moments[:, 1], activations.var(axis=(1, 2)), rtol=1e-5, atol=1e-6)
    mean, variance = view.panels
    assert (mean.target, variance.target, variance.scale) == (0, 1, LOGARITHMIC)
    np.testing.assert_array_equal([line.curve.values for line in variance.lines], view.moments[..., 1])


def test_values_in_pieces_have_the_moments_of_all() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(1e4, 1.0, 1000)  # a large mean, which a sum of squares would drown in
    moments = Moments()
    for piece in np.split(values, [1, 10, 600]):
        moments.add(piece)
    assert moments.mean == pytest.approx(values.mean(), rel=1e-12)
    assert moments.variance == pytest.approx(values.var(), rel=1e-9)
    for worst in (np.inf, np.nan):
        moments.add(np.array([1.0, worst]))
        assert np.isnan(moments.mean) and np.isnan(moments.variance)


def test_a_network_without_hidden_layers_has_no_view(make_run: Any) -> None:
    with pytest.raises(ViewError, match="only the output layer has activations"):
        Normalisation(Replay(make_run(units=(2, 1))).evaluation)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.slow
def test_convolutions_have_the_moments_of_keras(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import keras
    from keras import layers as kl

    from replay.network.in_keras import describe
    from replay.runs.unit_states import unit_states

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            *(keras.Input((8, 8, 1)), kl.Conv2D(3, 3, activation="relu", name="conv")),
            *(kl.MaxPooling2D(2), kl.Dropout(0.5), kl.Flatten()),
            *(kl.Dense(4, activation="tanh", name="dense"), kl.Dense(2, activation="softmax", name="output")),
        ]
    )
    weights = describe.weights(model)
    weights[1][0] = -99.0  # a dead channel
    model.set_weights(weights)
    inputs = np.random.default_rng(0).normal(size=(10, 8, 8, 1)).astype(np.float32)
    with RunWriter(tmp_path / "run.h5", describe.describe(model), inputs, np.arange(10) % 2) as writer:
        writer.snapshot(0, weights)
    monkeypatch.setattr(layer_values, "PIECE_VALUES", 400)  # three samples at a time
    evaluation = Replay(tmp_path / "run.h5").evaluation
    view = Normalisation(evaluation)
    assert view.names == ("conv", "dense")
    for name, moments in zip(view.names, view.moments[:, 0], strict=True):
        layer = keras.Model(model.inputs, model.get_layer(name).output)
        answers = layer.predict(inputs, verbose=0)
        np.testing.assert_allclose(moments, [answers.mean(), answers.var()], rtol=1e-4, atol=1e-6)
    conv, dense = unit_states(evaluation, feature_maps=True)
    assert conv.holds.tolist() == [[True, False, False]]
    assert (dense.layer, dense.holds.any()) == ("dense", False)
