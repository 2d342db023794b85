"""Histograms of probabilities and losses: every sample is counted once, the wrong ones apart."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense, evaluation
from replay.errors import ViewError
from replay.views.histogram import HistogramFrame, count, highest
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram

Array = np.ndarray
MakeRun = Callable[..., Path]
MOMENTS = (0, 1, 1.5, 3.25, 4)


def wave() -> tuple[Array, Array]:
    inputs = datasets.xor(20)[0]
    return inputs, np.sin(inputs.sum(axis=1)).astype(np.float32)


KINDS: dict[str, Callable[[], dict[str, Any]]] = {
    "binary": lambda: {"seed": 1},
    "multiclass": lambda: {"units": (2, 2, 4), "data": datasets.blobs(15)},
    "regression": lambda: {"output_activation": "linear", "loss": "mean_squared_error", "data": wave()},
}


def bins_by_hand(values: Array, edges: Array) -> list[int]:
    """Counts of values by bin: closed below, open above, the last bin closed; outsiders in the end bins."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        position = int(np.searchsorted(edges, value, side="right")) - 1
        counts[min(max(position, 0), len(counts) - 1)] += 1
    return counts


# ---------------------------------------------------------------- plain


def test_values_are_counted_by_bin_with_the_wrong_ones_apart() -> None:
    edges = np.array([0.0, 1.0, 2.0, 4.0])
    values = np.array([0.0, 0.5, 1.0, 1.5, 3.9, 4.0])
    correct = np.array([True, False, True, True, False, True])
    frame = count(2.5, values, correct, edges)
    assert frame.epoch == 2.5
    assert frame.right.tolist() == [1, 2, 1]
    assert frame.wrong.tolist() == [1, 0, 1]
    assert frame.missing == 0
    assert frame.share_right == pytest.approx(4 / 6)


def test_what_lies_outside_the_edges_falls_into_the_nearest_bin() -> None:
    frame = count(0, np.array([-5.0, 9.0, 1.5]), np.array([True, False, True]), np.array([1.0, 2.0, 3.0]))
    assert frame.right.tolist() == [2, 0]
    assert frame.wrong.tolist() == [0, 1]


def test_values_that_are_not_finite_are_missing_and_not_right() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.5])
    frame = count(0, values, np.array([False, True, False, True]), np.array([0.0, 1.0]))
    assert frame.right.tolist() == [1]
    assert frame.wrong.tolist() == [0]
    assert frame.missing == 3
    assert frame.share_right == 0.25


def test_a_histogram_of_nothing_has_no_share() -> None:
    frame = count(0, np.empty(0), np.empty(0, dtype=bool), np.array([0.0, 1.0]))
    assert frame.share_right == 0
    assert HistogramFrame(0, np.zeros(2, int), np.zeros(2, int)).missing == 0


def test_counts_agree_with_counting_one_by_one() -> None:
    rng = np.random.default_rng(0)
    values, edges = rng.normal(size=500), np.linspace(-1.5, 1.5, 8)
    correct = rng.random(500) < 0.7
    frame = count(0, values, correct, edges)
    assert frame.right.tolist() == bins_by_hand(values[correct], edges)
    assert frame.wrong.tolist() == bins_by_hand(values[~correct], edges)


def test_the_highest_bar_is_that_of_the_fullest_bin_of_any_row() -> None:
    edges = np.array([0.0, 1.0, 2.0])
    assert highest(np.array([[0.5, 0.5, 1.5, 9.0], [0.5, -3.0, 0.1, 1.5]]), edges) == 3
    assert highest(np.array([[np.nan, np.inf, 1.5]]), edges) == 1
    assert highest(np.full((2, 3), np.nan), edges) == 0
    assert highest(np.empty((0, 3)), edges) == 0
    assert highest(np.empty((2, 0)), edges) == 0


# ---------------------------------------------------------------- probabilities


def values_by_hand(replay: Replay, label: int | None, epoch: float) -> tuple[Array, Array]:
    """What a histogram counts, from the moment's probabilities: values, and which are right."""
    moment, y = replay.evaluation.at(epoch), replay.recording.targets
    p = moment.probabilities
    if p.ndim == 1:
        right = (p > 0.5) == (y == 1)
        values = p if label is not None else np.where(y == 1, p, 1 - p)
    else:
        right = p.argmax(axis=1) == y
        values = p[np.arange(len(y)), y]
    members = np.ones(len(y), dtype=bool) if label is None else y == label
    return values[members], right[members]


PROBABILITIES = [
    ("binary", None),
    ("binary", 0),
    ("binary", 1),
    ("multiclass", None),
    ("multiclass", 0),
    ("multiclass", 3),
]


@pytest.mark.parametrize(("kind", "label"), PROBABILITIES)
def test_probabilities_are_counted_as_by_hand_at_any_moment(
    kind: str, label: int | None, make_run: MakeRun
) -> None:
    replay = Replay(make_run(**KINDS[kind]()))
    view = ProbabilityHistogram(replay.evaluation, label, bins=8)
    np.testing.assert_allclose(view.edges, np.arange(9) / 8)
    wrong = 0
    for epoch in MOMENTS:
        frame = view.at(epoch)
        values, right = values_by_hand(replay, label, epoch)
        assert frame.epoch == epoch
        assert frame.right.tolist() == bins_by_hand(values[right], view.edges)
        assert frame.wrong.tolist() == bins_by_hand(values[~right], view.edges)
        assert frame.right.sum() + frame.wrong.sum() + frame.missing == len(values)
        assert frame.share_right == pytest.approx(right.mean())
        wrong += int(frame.wrong.sum())
    assert wrong > 0


@pytest.mark.parametrize(("kind", "label"), PROBABILITIES)
def test_the_axis_of_probabilities_reaches_the_highest_bar_of_all_snapshots(
    kind: str, label: int | None, make_run: MakeRun
) -> None:
    replay = Replay(make_run(**KINDS[kind]()))
    view = ProbabilityHistogram(replay.evaluation, label)
    frames = [view.at(epoch) for epoch in replay.epochs]
    assert view.highest == max(int((frame.right + frame.wrong).max()) for frame in frames)


def test_the_classes_together_are_all_samples(make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS["multiclass"]()))
    each = [ProbabilityHistogram(replay.evaluation, label).at(2.5) for label in range(4)]
    together = ProbabilityHistogram(replay.evaluation, None).at(2.5)
    assert sum(frame.right for frame in each).tolist() == together.right.tolist()
    assert sum(frame.wrong for frame in each).tolist() == together.wrong.tolist()


def test_wrong_samples_of_a_class_lie_beyond_one_half(make_run: MakeRun) -> None:
    replay = Replay(make_run(seed=1))
    negatives = ProbabilityHistogram(replay.evaluation, 0).at(2)
    positives = ProbabilityHistogram(replay.evaluation, 1).at(2)
    assert negatives.right[10:].sum() == 0
    assert negatives.wrong[:10].sum() == 0
    assert positives.right[:10].sum() == 0
    assert positives.wrong[10:].sum() == 0
    assert min(negatives.wrong.sum(), positives.wrong.sum(), negatives.right.sum(), positives.right.sum()) > 0


def test_a_class_without_samples_has_an_empty_histogram(make_run: MakeRun) -> None:
    inputs = datasets.parabola(10)[0]
    replay = Replay(make_run(data=(inputs, np.ones(20, dtype=np.int64))))
    view = ProbabilityHistogram(replay.evaluation, 0)
    frame = view.at(1.5)
    assert (frame.right.sum(), frame.wrong.sum(), frame.missing, frame.share_right) == (0, 0, 0, 0)
    assert view.highest == 0


@pytest.mark.parametrize(("kind", "label"), [("binary", 2), ("binary", -1), ("multiclass", 4)])
def test_a_class_that_there_is_not_is_refused(kind: str, label: int, make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=rf"no class {label}.*classes 0 to {1 if kind == 'binary' else 3}"):
        ProbabilityHistogram(Replay(make_run(**KINDS[kind]())).evaluation, label)


@pytest.mark.parametrize("label", [None, 0, 1])
def test_a_regression_has_no_probabilities_to_count(label: int | None, make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS["regression"]()))
    with pytest.raises(ViewError, match="regression"):
        ProbabilityHistogram(replay.evaluation, label)


# ---------------------------------------------------------------- losses


@pytest.mark.parametrize("kind", KINDS)
def test_losses_are_counted_as_by_hand_at_any_moment(kind: str, make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS[kind]()))
    view = LossHistogram(replay.evaluation, bins=9)
    for epoch in MOMENTS:
        moment, frame = replay.evaluation.at(epoch), view.at(epoch)
        right = np.ones(len(moment.losses), bool) if kind == "regression" else moment.correct
        assert frame.epoch == epoch
        assert frame.right.tolist() == bins_by_hand(moment.losses[right], view.edges)
        assert frame.wrong.tolist() == bins_by_hand(moment.losses[~right], view.edges)
        assert frame.right.sum() + frame.wrong.sum() == len(replay.recording.targets)


@pytest.mark.parametrize("kind", KINDS)
def test_the_axis_of_losses_stands_still_and_holds_all_but_the_outermost(
    kind: str, make_run: MakeRun
) -> None:
    replay = Replay(make_run(**KINDS[kind]()))
    view = LossHistogram(replay.evaluation, bins=12)
    edges = view.edges
    assert edges.shape == (13,)
    np.testing.assert_allclose(edges[1:] / edges[:-1], (edges[-1] / edges[0]) ** (1 / 12), rtol=1e-6)
    losses = replay.losses()
    assert (losses > edges[-1]).mean() < 0.01
    assert ((losses < edges[0]) & (losses > edges[-1] * 1e-4)).mean() < 0.01
    view.at(0)
    np.testing.assert_array_equal(view.edges, edges)


@pytest.mark.parametrize("kind", KINDS)
def test_the_axis_of_losses_reaches_the_highest_bar_of_all_snapshots(kind: str, make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS[kind]()))
    view = LossHistogram(replay.evaluation)
    frames = [view.at(epoch) for epoch in replay.epochs]
    assert view.highest == max(int((frame.right + frame.wrong).max()) for frame in frames)


def one_unit(path: Path, kernels: list[float], activation: str = "sigmoid") -> Replay:
    """activation(w·x) of four samples, one snapshot for each w."""
    loss = "binary_crossentropy" if activation == "sigmoid" else "mean_squared_error"
    description = RunDescription((dense("output", 1, 1, activation),), loss={"name": loss})
    x, y = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
    with RunWriter(path, description, x, y if activation == "sigmoid" else x[:, 0] * 0.5) as writer:
        for epoch, kernel in enumerate(kernels):
            writer.snapshot(epoch, [np.array([[kernel]]), np.zeros(1)])
    return Replay(path)


def test_losses_that_are_all_alike_get_an_axis_around_them(tmp_path: Path) -> None:
    view = LossHistogram(one_unit(tmp_path / "run.h5", [0.0, 0.0]).evaluation)
    assert view.edges[0] < np.log(2) < view.edges[-1]
    assert view.at(0.5).right.sum() + view.at(0.5).wrong.sum() == 4
    assert view.highest == 4


def test_losses_of_zero_are_counted_in_the_first_bin(tmp_path: Path) -> None:
    view = LossHistogram(one_unit(tmp_path / "run.h5", [0.5, 3.0], "linear").evaluation)
    assert (view.edges > 0).all()
    assert np.isfinite(view.edges).all()
    exact, far = view.at(0), view.at(1)
    assert exact.right.tolist() == [4] + [0] * 29
    assert far.right[0] == 0
    assert far.right.sum() == 4


# ---------------------------------------------------------------- all of them


def test_weights_that_are_nan_make_samples_missing_and_never_right(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay = one_unit(tmp_path / "run.h5", [1.0, float("nan")])
        views = [LossHistogram(replay.evaluation), ProbabilityHistogram(replay.evaluation, None)]
        for view in views:
            for epoch in (0.5, 1):
                frame = view.at(epoch)
                assert (frame.right.sum(), frame.wrong.sum(), frame.missing) == (0, 0, 4)
                assert frame.share_right == 0
            assert view.at(0).missing == 0
            assert view.highest >= 1


def test_a_run_that_is_nan_from_the_start_has_axes_all_the_same(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay = one_unit(tmp_path / "run.h5", [float("nan")] * 2)
        losses, shares = LossHistogram(replay.evaluation), ProbabilityHistogram(replay.evaluation, 1)
        assert (np.diff(losses.edges) > 0).all()
        assert losses.highest == shares.highest == 0
        assert (losses.at(0.5).missing, shares.at(0.5).missing) == (4, 2)


@pytest.mark.parametrize("kind", ["binary", "multiclass"])
def test_blocks_of_any_size_and_moments_in_any_order_give_the_same(
    kind: str, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run(**KINDS[kind]())

    def look(epochs: tuple[float, ...]) -> tuple[list[Any], dict[tuple[int, float], list[list[int]]]]:
        replay = Replay(path)
        views = [LossHistogram(replay.evaluation), ProbabilityHistogram(replay.evaluation, 1)]
        frames = {
            (number, epoch): [view.at(epoch).right.tolist(), view.at(epoch).wrong.tolist()]
            for epoch in epochs
            for number, view in enumerate(views)
        }
        return [[view.highest for view in views], *(view.edges.tolist() for view in views)], frames

    axes, frames = look(MOMENTS)
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 1)
    other_axes, other_frames = look(MOMENTS[::-1])
    assert other_frames == frames
    assert other_axes[0] == axes[0]
    np.testing.assert_allclose(other_axes[1], axes[1], rtol=1e-5)
