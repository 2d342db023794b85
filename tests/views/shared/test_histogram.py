"""Histograms of probabilities and losses: every sample is counted once, the wrong ones apart."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs import evaluation
from replay.views.loss_histogram import LossHistogram
from replay.views.probability_histogram import ProbabilityHistogram
from replay.views.shared.histogram import Bins, HistogramFrame, count, highest_bars

Array = np.ndarray
MakeRun = Callable[..., Path]
MOMENTS = (0, 1, 1.5, 3.25, 4)
FOUR_SAMPLES = np.array([-2.0, -1.0, 1.0, 2.0])


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
    bins = Bins(np.array([0.0, 1.0, 2.0, 3.0]))
    values = np.array([0.0, 0.5, 1.0, 1.5, 2.9, 3.0])
    correct = np.array([True, False, True, True, False, True])
    frame = count(2.5, values, correct, bins)
    assert frame.epoch == 2.5
    assert frame.right.tolist() == [1, 2, 1]
    assert frame.wrong.tolist() == [1, 0, 1]
    assert frame.missing == 0
    assert frame.share_right == pytest.approx(4 / 6)


def test_what_lies_outside_the_edges_falls_into_the_nearest_bin() -> None:
    bins = Bins(np.array([1.0, 2.0, 3.0]))
    frame = count(0, np.array([-5.0, 9.0, 1.5]), np.array([True, False, True]), bins)
    assert frame.right.tolist() == [2, 0]
    assert frame.wrong.tolist() == [0, 1]


def test_values_that_are_not_finite_are_missing_and_not_right() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 0.5])
    frame = count(0, values, np.array([False, True, False, True]), Bins(np.array([0.0, 1.0])))
    assert frame.right.tolist() == [1]
    assert frame.wrong.tolist() == [0]
    assert frame.missing == 3
    assert frame.share_right == 0.25


def test_a_histogram_of_nothing_has_no_share() -> None:
    frame = count(0, np.empty(0), np.empty(0, dtype=bool), Bins(np.array([0.0, 1.0])))
    assert frame.share_right == 0
    assert HistogramFrame(0, np.zeros(2, int), np.zeros(2, int)).missing == 0


def test_counts_agree_with_counting_one_by_one() -> None:
    rng = np.random.default_rng(0)
    values, edges = rng.normal(size=500), np.linspace(-1.5, 1.5, 8)
    correct = rng.random(500) < 0.7
    frame = count(0, values, correct, Bins(edges))
    assert frame.right.tolist() == bins_by_hand(values[correct], edges)
    assert frame.wrong.tolist() == bins_by_hand(values[~correct], edges)


def test_the_highest_bar_of_each_row_is_that_of_its_fullest_bin() -> None:
    bins = Bins(np.array([0.0, 1.0, 2.0]))
    values = np.array(
        [[0.5, 0.5, 1.5, 9.0], [0.5, -3.0, 0.1, 1.5], [np.nan, np.inf, 1.5, np.nan], [np.nan] * 4]
    )
    assert highest_bars(values, bins).tolist() == [[2], [3], [1], [0]]
    groups = np.array([0, 2, 0, 2])
    assert highest_bars(values, bins, groups, 3).tolist() == [[1, 0, 1], [2, 0, 1], [1, 0, 0], [0, 0, 0]]
    assert highest_bars(np.empty((2, 0)), bins).tolist() == [[0], [0]]
    assert highest_bars(np.empty((0, 3)), bins).shape == (0, 1)


AXES: dict[str, tuple[Array, bool]] = {
    "from 0 to 1": (np.linspace(0, 1, 21), False),
    "thirds of an odd range": (np.linspace(-1.7, 4.1, 31), False),
    "one bin": (np.linspace(0, 1, 2), False),
    "four decades": (np.geomspace(3e-4, 2.7, 31), True),
    "sixteen decades": (np.geomspace(1e-8, 1e8, 97), True),
}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("axis", AXES)
def test_counts_equal_those_of_numpy_also_for_values_on_edges(axis: str, dtype: type) -> None:
    edges, logarithmic = AXES[axis]
    rng = np.random.default_rng(4)
    low, high = (np.log(edges[[0, -1]])) if logarithmic else edges[[0, -1]]
    spread = rng.uniform(low, high, 5000)
    on_edges = edges.astype(dtype)
    near = [on_edges, np.nextafter(on_edges, dtype(-9e9)), np.nextafter(on_edges, dtype(9e9))]
    values = np.concatenate([(np.exp(spread) if logarithmic else spread).astype(dtype), *near])
    values = values[(values >= edges[0]) & (values <= edges[-1])]
    bins = Bins(edges, logarithmic)
    np.testing.assert_array_equal(bins.counts(values)[0, :-1], np.histogram(values, edges)[0])
    one_by_one = [int(np.flatnonzero(np.histogram([value], edges)[0])[0]) for value in values[-300:]]
    assert bins.positions(values[-300:]).tolist() == one_by_one


def test_zero_lies_in_the_first_bin_of_a_logarithmic_axis_and_nan_in_none() -> None:
    bins = Bins(np.geomspace(0.01, 100, 5), logarithmic=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        values = np.array([0, -1, 0.5, 5, 50, 1e30, np.nan, np.inf, -np.inf], np.float32)
        assert bins.positions(values).tolist() == [0, 0, 1, 2, 3, 3, 4, 4, 4]


def test_counts_are_kept_apart_by_group_and_leave_the_values_alone() -> None:
    rng = np.random.default_rng(5)
    values, groups, edges = rng.random((7, 40)), rng.integers(0, 3, 40), np.linspace(0, 1, 6)
    values[2, 3] = np.nan
    before = values.copy()
    counts = Bins(edges).counts(values, groups, 3)
    np.testing.assert_array_equal(values, before)
    assert counts.shape == (3, 6)
    for group in range(3):
        own = values[:, groups == group]
        np.testing.assert_array_equal(counts[group, :-1], np.histogram(own[np.isfinite(own)], edges)[0])
        assert counts[group, -1] == np.isnan(own).sum()


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


def one_unit(
    path: Path, kernels: Sequence[float], activation: str = "sigmoid", x: Array = FOUR_SAMPLES
) -> Replay:
    """activation(w·x) of samples that are in class 1 where x > 0, one snapshot for each w."""
    loss = "binary_crossentropy" if activation == "sigmoid" else "mean_squared_error"
    description = RunDescription((dense("output", 1, 1, activation),), loss={"name": loss})
    targets = (x > 0).astype(int) if activation == "sigmoid" else x * 0.5
    with RunWriter(path, description, x[:, None], targets) as writer:
        for epoch, kernel in enumerate(kernels):
            writer.snapshot(epoch, [np.array([[kernel]]), np.zeros(1)])
    return Replay(path)


@pytest.mark.parametrize("kind", KINDS)
def test_the_axis_of_losses_runs_between_quantiles_of_all_losses(kind: str, make_run: MakeRun) -> None:
    replay = Replay(make_run(**KINDS[kind](), n_snapshots=40))
    edges = LossHistogram(replay.evaluation).edges
    low, high = np.quantile(replay.losses(), (0.005, 0.995), method="inverted_cdf")
    np.testing.assert_allclose(edges[-1], high, rtol=0.013)
    np.testing.assert_allclose(edges[0], max(low, high * 1e-4), rtol=0.013)


def test_losses_of_any_size_have_an_axis_around_them(tmp_path: Path) -> None:
    view = LossHistogram(one_unit(tmp_path / "run.h5", [1e6, 3e6, 1e7], "linear").evaluation)
    losses = view.evaluation.losses()
    assert losses.min() / 2 < view.edges[0] <= losses.min() * 1.013
    assert losses.max() / 1.013 <= view.edges[-1] < losses.max() * 2


def highest_by_hand(view: LossHistogram) -> list[int]:
    """The highest bar at each snapshot, by NumPy."""
    clipped = np.clip(view.evaluation.losses(), view.edges[0], view.edges[-1])
    return sorted(int(np.histogram(losses, view.edges)[0].max()) for losses in clipped)


@pytest.mark.parametrize(
    ("n_alike", "n_snapshots", "cut"),
    [(0, 40, 0), (1, 40, 2), (2, 40, 2), (3, 40, 0), (1, 20, 1), (2, 20, 0), (1, 19, 0)],
)
def test_the_ceiling_cuts_the_bars_of_the_few_snapshots_that_tower_over_the_others(
    n_alike: int, n_snapshots: int, cut: int, tmp_path: Path
) -> None:
    kernels = [0.0] * n_alike + list(np.linspace(0.9, 1.1, n_snapshots - n_alike))
    view = LossHistogram(one_unit(tmp_path / "run.h5", kernels, x=np.linspace(0.5, 8, 20)).evaluation)
    highest = highest_by_hand(view)
    assert view.highest == highest[-1]
    assert view.ceiling == highest[-1 - cut]
    assert sum(bar > view.ceiling for bar in highest) <= cut
    if cut:
        assert view.ceiling < view.highest / 2


def test_the_ceiling_leaves_bars_of_twice_the_usual_height_whole(tmp_path: Path) -> None:
    """Of four samples, losses are equal in pairs where the kernel is not 0: bars of 2 after one of 4."""
    view = LossHistogram(one_unit(tmp_path / "run.h5", [0.0, *np.linspace(1, 3, 39)]).evaluation)
    assert highest_by_hand(view) == [2] * 39 + [4]
    assert (view.highest, view.ceiling) == (4, 4)


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


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["binary", "multiclass"])
@pytest.mark.parametrize("block_values", [1, 400, 10**9])
def test_axes_are_those_of_all_snapshots_whatever_the_size_of_blocks(
    kind: str, block_values: int, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = Replay(make_run(**KINDS[kind](), n_snapshots=30))
    values = replay.evaluation.losses()
    losses = LossHistogram(replay.evaluation)
    of_classes = [ProbabilityHistogram(replay.evaluation, label) for label in (None, 0, 1)]
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", block_values)
    clipped = np.clip(values, losses.edges[0], losses.edges[-1])
    assert losses.highest == max(int(np.histogram(row, losses.edges)[0].max()) for row in clipped)
    for view in of_classes:
        rows = [values_by_hand(replay, view.label, epoch)[0] for epoch in replay.epochs]
        assert view.highest == max(int(np.histogram(row, view.edges)[0].max()) for row in rows)


def test_one_pass_over_the_run_serves_the_probabilities_of_all_classes(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = Replay(make_run(**KINDS["multiclass"]()))
    blocks, passes = replay.evaluation.blocks, []
    monkeypatch.setattr(replay.evaluation, "blocks", lambda of: [passes.append(1), blocks(of)][1])
    highest = [ProbabilityHistogram(replay.evaluation, label).highest for label in range(4)]
    assert len(passes) == 1
    assert ProbabilityHistogram(replay.evaluation, 2, bins=1).highest == 15  # other bins, another pass
    assert len(passes) == 2
    assert highest == [ProbabilityHistogram(replay.evaluation, label).highest for label in range(4)]


@pytest.mark.slow
@pytest.mark.parametrize("n_snapshots", [40, 400])
def test_axes_take_no_more_memory_for_more_snapshots(
    n_snapshots: int, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    replay = Replay(make_run(data=datasets.parabola(1000), n_snapshots=n_snapshots))
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 40_000)  # ten snapshots
    views = [LossHistogram(replay.evaluation), ProbabilityHistogram(replay.evaluation, 1)]
    assert replay.evaluation.inputs.shape == (2000, 2)
    tracemalloc.start()
    try:
        assert all(view.highest > 0 for view in views)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 2_500_000  # 400 snapshots of 2,000 float32 alone are 3.2 MB


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
