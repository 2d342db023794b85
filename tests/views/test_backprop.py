"""Backpropagation as a chain: against TensorFlow's tape, and its product is exact."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from replay import Replay, RunWriter
from replay.errors import ViewError
from replay.views.backprop import Backprop


def sizes_of_keras(replay: Replay, epoch: float) -> tuple[list[float], list[float]]:
    """The means of |∂L/∂a| and |∂L/∂z| of each layer, L the loss of a sample, from the output on."""
    weights = [array[0] for array in replay.recording.weights_at(epoch)]
    layers = replay.recording.description.layers
    x, labels = tf.constant(replay.recording.inputs.astype("f4")), replay.recording.targets
    with tf.GradientTape() as tape:
        tape.watch(x)
        kept: list[Any] = []
        a = x
        for number, layer in enumerate(layers):
            z = a @ weights[2 * number] + weights[2 * number + 1]
            a = keras.activations.get(layer.activation)(z)
            kept += [z, a]
        if layers[-1].units == 1:
            losses = tf.nn.sigmoid_cross_entropy_with_logits(labels[:, None].astype("f4"), kept[-2])
        else:
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, kept[-2])
        total = tf.reduce_sum(losses)
    found = tape.gradient(total, kept, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    means = [float(tf.reduce_mean(tf.abs(gradient))) for gradient in found]
    return means[1::2][::-1], means[::2][::-1]


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "linear"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_sizes_are_those_of_tensorflows_tape(make_run: Any, activation: str, n_classes: int) -> None:
    x = np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    units = (2, 4, 3, 5, 1 if n_classes == 2 else n_classes)
    replay = Replay(make_run(units=units, activation=activation, data=(x, np.arange(40) % n_classes)))
    view = Backprop(replay.evaluation)
    assert view.names == ("output", "hidden_3", "hidden_2", "hidden_1")
    frame = view.at(3)
    of_a, of_z = sizes_of_keras(replay, 3)
    np.testing.assert_allclose(frame.of_z, of_z, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(frame.of_a[1:], of_a[1:], rtol=1e-5, atol=1e-7)
    assert np.isnan(frame.of_a[0])  # a loss of logits has no gradient of the output


def test_the_product_of_the_factors_is_exact(make_run: Any) -> None:
    frame = Backprop(Replay(make_run(units=(2, 4, 3, 1), activation="sigmoid")).evaluation).at(2.5)
    assert np.isnan(frame.by_weights[0]) and np.isnan(frame.by_activation[0])
    running = frame.of_z[0] * np.cumprod(frame.by_weights[1:] * frame.by_activation[1:])
    np.testing.assert_allclose(running, frame.of_z[1:], rtol=1e-12)
    assert frame.whole == pytest.approx(frame.of_z[-1] / frame.of_z[0], rel=1e-12)
    assert (frame.by_activation[1:] <= 0.25).all()  # no sigmoid is steeper


def test_the_limits_hold_all_snapshots(make_run: Any) -> None:
    view = Backprop(Replay(make_run(units=(2, 4, 3, 1), activation="tanh")).evaluation)
    frames = [view.at(epoch) for epoch in range(5)]
    every = np.concatenate([[*frame.of_z, *frame.of_a[1:]] for frame in frames])
    np.testing.assert_allclose(view.limits, [every.min(), every.max()], rtol=1e-6)


def test_a_network_that_no_gradient_passes_has_zeros(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run(activation="relu")).recording
    with RunWriter(tmp_path / "dead.h5", source.description, source.inputs, source.targets) as writer:
        kernel, bias, *rest = [array[0] for array in source.weights_at(0)]
        writer.snapshot(0, [kernel * 0, bias * 0 - 1, *rest])
        writer.snapshot(1, [kernel * np.nan, bias, *rest])
    view = Backprop(Replay(tmp_path / "dead.h5").evaluation)
    assert view.at(0).of_z[1] == 0 and view.at(0).whole == 0
    assert np.isnan(view.at(1).of_z).any()
    assert 0 < view.limits[0] <= view.limits[1] < np.inf


def test_a_loss_that_is_not_known_is_refused(make_run: Any) -> None:
    with pytest.raises(ViewError, match="the loss 'mine'"):
        Backprop(Replay(make_run(loss="mine")).evaluation)
