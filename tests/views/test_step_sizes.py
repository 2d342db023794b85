"""Step sizes: SGD's is its learning rate, Adagrad's is what Keras divides it by, weight by weight."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from replay import Recorder, Replay, RunWriter
from replay.errors import ViewError
from replay.views.step_sizes import StepSizes

X = np.linspace(0, 2, 20, dtype="f4")[:, None]
Y = 3 * X - 1


def trained(path: Any, optimizer: Any, units: tuple[int, ...] = (1,)) -> Replay:
    """A linear network, trained for three epochs of one step with all samples."""
    layers = [keras.layers.Dense(n, kernel_initializer=keras.initializers.Constant(0.3)) for n in units]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile(optimizer, "mse")
    model.fit(X, Y, batch_size=20, epochs=3, verbose=0, callbacks=[Recorder(path, X, Y, batch_size=20)])
    return Replay(path)


def test_sgd_has_its_learning_rate_for_each_weight(tmp_path: Any) -> None:
    view = StepSizes(trained(tmp_path / "sgd.h5", keras.optimizers.SGD(0.07)).evaluation)
    assert view.are_few
    np.testing.assert_allclose(view.sizes, np.full((2, 3), 0.07), rtol=1e-4)
    (panel,) = view.panels
    assert [str(name) for name in panel.names] == ["weight of x", "bias"]
    assert [line.curve.epochs.tolist() for line in panel.lines] == [[1, 2, 3]] * 2


def test_adagrad_has_one_for_each_weight_that_shrinks(tmp_path: Any) -> None:
    replay = trained(tmp_path / "adagrad.h5", keras.optimizers.Adagrad(0.5, epsilon=1e-7))
    sizes = StepSizes(replay.evaluation).sizes
    gradients = [
        np.concatenate([one.ravel() for one in replay.evaluation.at(float(epoch)).gradients()])
        for epoch in (0, 1, 2)
    ]
    total = np.full(2, 0.1)  # Keras's initial accumulator
    way = np.zeros(2)
    for step, gradient in enumerate(gradients):
        total += gradient**2
        way += np.abs(0.5 * gradient / np.sqrt(total + 1e-7))
        np.testing.assert_allclose(sizes[:, step], way / np.abs(gradients[: step + 1]).sum(axis=0), rtol=1e-4)
    assert (np.diff(sizes) < 0).all() and sizes[0, 0] != pytest.approx(sizes[1, 0], rel=0.01)


def test_many_weights_have_a_median_a_layer(tmp_path: Any) -> None:
    view = StepSizes(trained(tmp_path / "wide.h5", keras.optimizers.SGD(0.01), (6, 1)).evaluation)
    assert not view.are_few and view.sizes.shape == (2, 3)
    np.testing.assert_allclose(view.sizes, 0.01, rtol=1e-3)


def test_several_steps_between_snapshots_share_the_way(make_run: Any) -> None:
    one, four = (StepSizes(Replay(make_run(batch_size=size)).evaluation).sizes for size in (60, 15))
    np.testing.assert_allclose(one, 4 * four)


def test_without_a_step_there_is_none(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run()).recording
    weights = [array[0] for array in source.weights_at(0)]
    with RunWriter(tmp_path / "still.h5", source.description, source.inputs, source.targets) as writer:
        writer.snapshot(0, weights)
        writer.snapshot(1, [weight * np.nan for weight in weights])
    with pytest.raises(ViewError, match="no step sizes"):
        _ = StepSizes(Replay(tmp_path / "still.h5").evaluation).panels
    with pytest.raises(ViewError, match="two snapshots"):
        StepSizes(Replay(make_run("one.h5", n_snapshots=1)).evaluation)
