"""What a step does: where samples go, how hard they push, how long arrows are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.network import Network
from replay.views.shared.geometry import Limits
from replay.views.step import FAR, TIMES, Step, half_of, magnified, shares_of, steps


@pytest.mark.parametrize(
    ("epoch", "before", "after"), [(0, 0, 2), (1, 0, 2), (2, 0, 2), (2.5, 2, 3), (3, 2, 3)]
)
def test_samples_go_from_one_snapshot_to_the_next(
    make_run: Any, epoch: float, before: float, after: float
) -> None:
    replay = Replay(make_run(epochs=np.array([0, 2, 3]), n_snapshots=3))
    frame = Step(replay.evaluation).at(epoch)
    assert (frame.before, frame.after) == (before, after)
    start, end = replay.activations("hidden", epochs=[before, after])
    np.testing.assert_array_equal(frame.start, start)
    np.testing.assert_array_equal(frame.end, end)
    now = replay.evaluation.at(epoch).activations("hidden")
    np.testing.assert_array_equal(frame.space.points, now)


def test_shares_are_of_the_gradients_where_the_step_begins(make_run: Any) -> None:
    replay = Replay(make_run())
    frame = Step(replay.evaluation).at(2.5)
    inputs, targets = replay.recording.inputs, replay.recording.targets
    weights, loss = replay.recording.weights_at(2), replay.recording.description.loss
    norms = []
    for row in range(len(inputs)):
        one = slice(row, row + 1)
        each = replay.evaluation.network.gradients(inputs[one], targets[one], weights, loss)
        norms.append(np.sqrt(sum((part**2).sum() for part in each)))
    np.testing.assert_allclose(frame.shares, np.array(norms) / sum(norms), rtol=1e-4)
    assert frame.shares.sum() == pytest.approx(1)


def test_going_back_and_forth_gives_the_same_frames(make_run: Any) -> None:
    view = Step(Replay(make_run()).evaluation)
    first = {epoch: view.at(epoch) for epoch in (0.5, 1.5, 3.5)}
    for epoch in (3.5, 0.5, 1.5, 0.5):
        again = view.at(epoch)
        np.testing.assert_array_equal(again.shares, first[epoch].shares)
        np.testing.assert_array_equal(again.end, first[epoch].end)


def test_half_of_the_gradient_is_made_by_the_fewest_samples() -> None:
    assert half_of(np.array([0.1, 0.5, 0.2, 0.2])) == 1
    assert half_of(np.array([0.3, 0.1, 0.3, 0.3])) == 2
    assert half_of(np.full(10, 0.1)) == 5
    assert half_of(np.array([np.nan, 1.0])) == 1
    np.testing.assert_allclose(shares_of(np.array([1.0, 3])), [0.25, 0.75])
    np.testing.assert_allclose(shares_of(np.zeros(4)), np.full(4, 0.25))
    np.testing.assert_allclose(shares_of(np.array([np.nan, 2.0, np.inf])), [np.nan, 1, np.nan])


def test_arrows_are_magnified_until_they_can_be_seen() -> None:
    limits, start = Limits((0, 3), (0, 4)), np.zeros((20, 2))  # the diagonal is 5
    for length, times in (
        (FAR * 5, 1),
        (FAR * 5 / 2, 2),
        (FAR * 5 / 19, 10),
        (2.0, 1),
        (0.0, 1),
        (1e-9, 1000),
    ):
        assert magnified(start, start + np.array([length, 0]), limits) == times and times in TIMES
    assert magnified(start, np.full((20, 2), np.nan), limits) == 1


def test_it_comes_with_the_network_and_its_changes(make_run: Any) -> None:
    space, network = steps(Replay(make_run(units=(2, 3, 2, 1))).evaluation, "hidden_1", (1, 3))
    assert isinstance(space, Step) and space.space.layer == "hidden_1"
    assert isinstance(network, Network) and network.quantity == "changes"


def test_keras_gives_the_same_norms_one_by_one(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of networks that NumPy does not cover: a batch of one sample has its own gradient."""
    replay = Replay(make_run(data=datasets.parabola(5)))
    weights = replay.recording.weights_at(1)
    expected = replay.evaluation.gradient_norms(weights)
    network = replay.evaluation.network

    class Other:
        gradients = staticmethod(network.gradients)

    other = Evaluation(replay.recording)
    other.network = Other()  # type: ignore[assignment]
    np.testing.assert_allclose(other.gradient_norms(weights), expected, rtol=1e-4)


def test_one_snapshot_is_no_step_and_diverged_weights_have_no_shares(make_run: Any, tmp_path: Path) -> None:
    frame = Step(Replay(make_run(n_snapshots=1)).evaluation).at(0)
    np.testing.assert_array_equal(frame.start, frame.end)
    x, y = datasets.parabola(10)
    layers = (dense("hidden", 2, 2, "relu"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "nan.h5", description, x, y) as writer:
        for epoch, value in enumerate((1.0, np.nan)):
            shapes = [weight.shape for _, weight in description.weight_paths]
            writer.snapshot(epoch, [np.full(shape, value, np.float32) for shape in shapes])
    view = Step(Replay(tmp_path / "nan.h5").evaluation)
    assert view.at(1).times == 1 and np.isfinite(view.at(1).shares).all()


def test_what_the_run_cannot_have_is_refused(make_run: Any) -> None:
    with pytest.raises(ViewError, match="no hidden layer has 2 units"):
        Step(Replay(make_run(units=(2, 1, 1))).evaluation)
    with pytest.raises(ViewError, match="mine"):
        Step(Replay(make_run(loss="mine")).evaluation)
