"""The trajectory: gradients against Keras's tape, losses on and off the plane, the path up to now."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from replay import Replay, RunWriter
from replay.views.loss_surface import LossSurface
from replay.views.shared.geometry import Limits
from replay.views.trajectory import BATCH_SIZE, N_BATCHES, Trajectories, Trajectory, times
from tests.views.test_loss_surface import WAY, X, Y, write_line


def test_the_fan_is_minus_the_gradient_of_each_batch(tmp_path: Any) -> None:
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation)
    frame = view.at(1)
    assert len(view.batches) == N_BATCHES and {len(batch) for batch in view.batches} == {8}
    weights = [tf.Variable(WAY[1, :1].reshape(1, 1).astype("f4")), tf.Variable(WAY[1, 1:].astype("f4"))]
    for batch, downhill in zip(view.batches, frame.fan, strict=True):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((X[batch] @ weights[0] + weights[1] - Y[batch]) ** 2)
        found = [float(np.ravel(g)[0]) for g in tape.gradient(loss, weights)]
        np.testing.assert_allclose(-downhill, found, rtol=1e-5)


def test_batches_are_the_same_at_each_rendering_and_of_the_size_that_was_recorded(make_run: Any) -> None:
    one, again = (Trajectory(Replay(make_run(batch_size=20)).evaluation) for _ in range(2))
    np.testing.assert_array_equal(one.batches, again.batches)
    assert one.batch_size == 20 and one.knows_batch_size
    unknown = Trajectory(Replay(make_run()).evaluation)
    assert unknown.batch_size == BATCH_SIZE and not unknown.knows_batch_size
    whole = Trajectory(Replay(make_run(batch_size=1000)).evaluation)
    assert len(whole.batches) == 1 and len(whole.batches[0]) == 60


@pytest.fixture
def wandering(make_run: Any, tmp_path: Any) -> Replay:
    """A run whose weights jump about in all directions."""
    source = Replay(make_run()).recording
    rng = np.random.default_rng(0)
    with RunWriter(tmp_path / "off.h5", source.description, source.inputs, source.targets) as writer:
        for epoch in range(8):
            shapes = [weight.shape for _, weight in source.description.weight_paths]
            writer.snapshot(epoch, [rng.normal(size=shape).astype("f4") for shape in shapes])
    return Replay(tmp_path / "off.h5")


def test_losses_are_those_of_the_weights_and_of_their_projection(wandering: Replay) -> None:
    replay = wandering
    view = Trajectory(replay.evaluation)
    for epoch in (0, 2.5, 7):
        frame = view.at(epoch)
        weights = replay.recording.weights_at(epoch)
        row = np.concatenate([array.ravel() for array in weights]).astype(float)
        plane = view.surface.plane
        projected = plane.lift(plane.of(row))
        extent = np.linalg.norm(view.path.rows - view.path.rows[0], axis=1).max()
        assert frame.off == pytest.approx(np.linalg.norm(row - projected) / extent, abs=1e-6)
        assert frame.loss == pytest.approx(replay.evaluation.at(epoch).losses.mean(), rel=1e-6)
        assert frame.loss_on_plane == pytest.approx(view.surface.losses(plane.of(row)[None])[0])


def test_a_straight_path_lies_on_its_plane(make_run: Any) -> None:
    """The runs of tests drift along a line."""
    view = Trajectory(Replay(make_run(n_snapshots=6)).evaluation)
    assert view.surface.share == pytest.approx(1)
    for epoch in range(6):
        frame = view.at(epoch)
        assert frame.off < 1e-5 and not frame.is_off
        assert frame.loss == pytest.approx(frame.loss_on_plane, rel=1e-4)


def test_a_path_that_leaves_its_plane_says_so(wandering: Replay) -> None:
    view = Trajectory(wandering.evaluation)
    frames = [view.at(epoch) for epoch in range(8)]
    assert sum(frame.is_off for frame in frames) >= 4 and not frames[-1].is_off
    assert view.surface.share < 0.8


def test_the_path_ends_now(tmp_path: Any) -> None:
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation)
    np.testing.assert_allclose(view.at(0).path, WAY[:1])
    np.testing.assert_allclose(view.at(1).path, WAY[:2])
    half = view.at(1.5)
    np.testing.assert_allclose(half.path, [*WAY[:2], WAY[1:3].mean(axis=0)])
    np.testing.assert_allclose(half.step, WAY[2] - WAY[1])
    np.testing.assert_allclose(view.at(3).step, WAY[3] - WAY[2])
    assert view.at(3).off == 0 and view.at(3).loss == view.at(3).loss_on_plane


def test_a_run_that_diverged_stays_where_its_path_ends(tmp_path: Any) -> None:
    way = np.array([[0, 0], [1, 1], [4, 3], [np.nan, 0], [np.nan, 0]])
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", way)).evaluation)
    frame = view.at(4)
    assert frame.epoch == view.ends == 2 and np.isfinite(frame.loss)
    np.testing.assert_allclose(frame.path, way[:3])


def test_several_runs_are_each_what_they_are_on_the_surface_that_they_share(tmp_path: Any) -> None:
    short, long = (
        Replay(write_line(tmp_path / f"{n}.h5", way)).evaluation for n, way in enumerate((WAY[:2], WAY[::-1]))
    )
    together = Trajectories([short, long])
    one, other = together.at(3)
    np.testing.assert_allclose(one.path, WAY[:2])  # it stays at its end
    np.testing.assert_allclose(other.path, WAY[::-1])
    assert len(one.fan) == 0
    assert together.surface.limits == LossSurface([short, long]).limits


def test_arrows_are_as_much_longer_or_shorter_as_is_round_and_fits() -> None:
    limits = Limits((0, 30), (0, 40))
    for length, expected in ((0.5, 10), (5, 1), (7, 0.5), (100, 0.05), (1e9, 0.001), (1e-9, 1000), (0, 1)):
        assert times(np.array([0.6, 0.8]) * length, limits) == expected
    assert times(np.full(2, np.nan), limits) == 1


def test_there_is_no_last_step_where_a_run_begins(tmp_path: Any) -> None:
    view = Trajectory(Replay(write_line(tmp_path / "run.h5", WAY)).evaluation)
    assert view.at(0).step.tolist() == [0, 0]
