"""What the views show of held-out samples, counted anew with NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from replay import Replay, datasets
from replay.views.confusion_matrix import confusion_matrices
from replay.views.decision_boundary import DecisionBoundary
from replay.views.feature_space import FeatureSpace
from replay.views.loss_histogram import LossHistogram
from replay.views.most_wrong import most_wrongs
from replay.views.probability_histogram import ProbabilityHistogram
from tests.conftest import MakeRun

X, Y = datasets.moons(40, noise=0.4, seed=2)


@pytest.fixture
def replay(make_run: MakeRun) -> Replay:
    return Replay(make_run(held_out=(X, Y)))


@pytest.mark.parametrize("epoch", [0, 2.5, 4])
def test_planes_have_them_where_the_layer_puts_them(replay: Replay, epoch: float) -> None:
    moment = replay.evaluation.at(epoch)
    right = (moment.evaluate(X)[:, 0] > 0.5) == Y
    np.testing.assert_array_equal(DecisionBoundary(replay.evaluation).at(epoch).held_out, right)
    seen = FeatureSpace(replay.evaluation).at(epoch).held_out
    assert seen is not None
    np.testing.assert_allclose(seen[0], moment.evaluate(X, "hidden"), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(seen[1], right)


def test_limits_hold_them_but_for_strays(make_run: MakeRun) -> None:
    stray = np.where(np.arange(len(X))[:, None] == 3, 1e5, X)
    for inputs, reaches in ((X + np.array([5, 0]), True), (stray, False)):
        view = DecisionBoundary(Replay(make_run(held_out=(inputs, Y))).evaluation)
        low, high = view.limits.x
        inside = (inputs[:, 0] > low) & (inputs[:, 0] < high)
        assert inside.all() == reaches and inside.sum() >= len(X) - 1


def test_a_space_without_walls_holds_them(make_run: MakeRun) -> None:
    path = make_run(activation="relu", held_out=(5 * X, Y))
    view = FeatureSpace(Replay(path).evaluation, fixed=False)
    frame = view.at(3)
    assert frame.held_out is not None
    (left, right), (bottom, top) = frame.limits
    reach = np.concatenate([frame.points, frame.held_out[0]])
    assert left < reach[:, 0].min() and reach[:, 0].max() < right
    assert bottom < reach[:, 1].min() and reach[:, 1].max() < top


@pytest.mark.parametrize("label", [0, 1, None])
def test_probabilities_are_counted_in_the_same_bins(replay: Replay, label: int | None) -> None:
    view = ProbabilityHistogram(replay.evaluation, label)
    frame = view.at(3).held_out
    p = replay.evaluation.at(3).evaluate(X)[:, 0]
    chosen = p[label == Y] if label is not None else np.where(Y == 1, p, 1 - p)
    assert frame is not None
    np.testing.assert_array_equal(frame.right + frame.wrong, np.histogram(chosen, view.edges)[0])
    labels = Y if label is None else Y[label == Y]
    assert frame.wrong.sum() == ((p > 0.5) != Y)[np.isin(Y, labels)].sum()


def test_the_highest_share_is_that_of_any_class_at_any_snapshot(replay: Replay) -> None:
    view = ProbabilityHistogram(replay.evaluation, 1)
    assert view.held_out is not None and replay.held_out is not None
    for one, numbers in ((view, replay), (view.held_out, replay.held_out)):
        p, labels = numbers.probabilities(), numbers.recording.task.class_labels
        shares = [
            np.histogram(row[labels == label], view.edges)[0] / (labels == label).sum()
            for row in p
            for label in (0, 1)
        ]
        assert one.highest_share == pytest.approx(np.max(shares))


def test_losses_share_bins_that_hold_both(replay: Replay) -> None:
    view = LossHistogram(replay.evaluation)
    assert view.held_out is not None and replay.held_out is not None
    np.testing.assert_array_equal(view.held_out.edges, view.edges)
    both = np.concatenate([replay.losses().ravel(), replay.held_out.losses().ravel()])
    assert ((both >= view.edges[0]) & (both <= view.edges[-1])).mean() > 0.98
    frame = view.at(3)
    assert frame.held_out is not None
    for counts, numbers in ((frame, replay), (frame.held_out, replay.held_out)):
        inside = np.clip(numbers.losses([3])[0], view.edges[0], view.edges[-1])
        np.testing.assert_array_equal(counts.right + counts.wrong, np.histogram(inside, view.edges)[0])


def test_without_held_out_samples_the_bins_are_as_before(make_run: MakeRun, replay: Replay) -> None:
    edges = LossHistogram(replay.evaluation.alone).edges
    np.testing.assert_array_equal(edges, LossHistogram(Replay(make_run("other.h5")).evaluation).edges)
    assert LossHistogram(replay.evaluation.alone).at(2).held_out is None


def test_there_is_a_matrix_of_either(replay: Replay) -> None:
    trained, held_out = confusion_matrices(replay.evaluation)
    assert (trained.of, held_out.of) == ("training", "held out")
    taken = replay.evaluation.at(4).evaluate(X)[:, 0] > 0.5
    expected = [[(taken[label == Y] == answer).sum() for answer in (0, 1)] for label in (0, 1)]
    np.testing.assert_array_equal(held_out.at(4).counts, expected)
    assert trained.at(4).counts.sum() == 60
    assert [one.of for one in confusion_matrices(replay.evaluation.alone)] == [""]


def test_the_most_wrong_of_either_are_those_with_the_highest_losses(make_run: MakeRun) -> None:
    rng = np.random.default_rng(0)
    images, held_out = rng.uniform(size=(40, 16)), rng.uniform(size=(30, 16))
    path = make_run(
        units=(16, 2, 3), data=(images, np.arange(40) % 3), held_out=(held_out, np.arange(30) % 3)
    )
    replay = Replay(path)
    assert replay.held_out is not None
    for view, numbers in zip(most_wrongs(replay.evaluation), (replay, replay.held_out), strict=True):
        losses = numbers.losses([2])[0]
        np.testing.assert_array_equal(view.at(2).indices, np.argsort(-losses, kind="stable")[:16])
