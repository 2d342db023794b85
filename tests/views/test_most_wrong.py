"""The most wrong samples: those of the highest losses, shown as the images that were recorded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.views.most_wrong import MostWrong, highest
from replay.views.shared.images import image_shape, value_range

Array = np.ndarray
MakeRun = Callable[..., Path]


def digits(make_run: MakeRun, **look: Any) -> Replay:
    inputs, labels = load_digits(return_X_y=True)
    data = (inputs[:200].astype(np.float32) / 16, labels[:200])
    return Replay(make_run(**{"units": (64, 3, 10), "data": data, "n_snapshots": 8, **look}))


@pytest.mark.parametrize("epoch", [0, 3, 3.4, 7])
def test_they_are_the_samples_with_the_highest_losses(make_run: MakeRun, epoch: float) -> None:
    replay = digits(make_run)
    frame = MostWrong(replay.evaluation, 12).at(epoch)
    losses = replay.evaluation.at(epoch).losses
    expected = np.argsort(losses)[::-1][:12]
    np.testing.assert_array_equal(np.sort(frame.indices), np.sort(expected))
    np.testing.assert_array_equal(frame.losses, losses[expected])
    np.testing.assert_array_equal(frame.losses, losses[frame.indices])
    labels = replay.recording.targets[frame.indices]
    np.testing.assert_array_equal(frame.labels, labels)
    if epoch in replay.epochs:
        p = replay.probabilities(epochs=[epoch])[0][frame.indices]
        np.testing.assert_array_equal(frame.predicted, p.argmax(axis=1))
        np.testing.assert_array_equal(frame.probability, p.max(axis=1))
        np.testing.assert_array_equal(frame.wrong, p.argmax(axis=1) != labels)


def test_their_images_are_the_inputs(make_run: MakeRun) -> None:
    replay = digits(make_run)
    frame = MostWrong(replay.evaluation, 5).at(2)
    pixels = load_digits().images[frame.indices]  # from 0 to 16
    np.testing.assert_allclose(frame.images, pixels / 16, atol=1e-6)


def test_without_a_known_loss_the_least_sure_of_the_truth_are_the_worst(make_run: MakeRun) -> None:
    replay = digits(make_run, loss="kl_divergence")
    view = MostWrong(replay.evaluation, 6)
    assert not view.by_loss
    p = replay.probabilities(epochs=[4])[0]
    of_truth = p[np.arange(len(p)), replay.recording.targets]
    frame = view.at(4)
    np.testing.assert_allclose(frame.losses, 1 - np.sort(of_truth)[:6])
    np.testing.assert_array_equal(frame.losses, 1 - of_truth[frame.indices])


def test_two_classes_are_told_with_the_probability_of_the_one_predicted(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).random((40, 4, 4)).astype(np.float32).reshape(40, 16)
    replay = Replay(make_run(units=(16, 2, 1), data=(inputs, np.arange(40) % 2)))
    frame = MostWrong(replay.evaluation, 40).at(1)
    p = replay.probabilities(epochs=[1])[0][frame.indices]
    np.testing.assert_allclose(frame.probability, np.maximum(p, 1 - p), rtol=1e-6)
    np.testing.assert_array_equal(frame.predicted, p > 0.5)


def test_a_sample_that_remains_among_the_worst_keeps_its_cell(make_run: MakeRun) -> None:
    replay = digits(make_run)
    view = MostWrong(replay.evaluation, 16)
    kept = 0
    moments = np.arange(0, 7.01, 0.25)
    frames = [view.at(epoch) for epoch in moments]
    assert frames[0].cells.tolist() == list(range(16))  # in order, the worst first
    for epoch, frame in zip(moments, frames, strict=True):
        assert sorted(frame.cells) == list(range(16))
        before = view.at(np.floor(epoch) if epoch % 1 else max(0, epoch - 1))
        cell_of = dict(zip(before.indices.tolist(), before.cells.tolist(), strict=True))
        for sample, cell in zip(frame.indices.tolist(), frame.cells.tolist(), strict=True):
            assert cell_of.get(sample, cell) == cell
            kept += sample in cell_of
    assert kept > 100


def test_a_frame_depends_on_its_epoch_alone(make_run: MakeRun) -> None:
    replay = digits(make_run)
    view = MostWrong(replay.evaluation)
    forwards = [view.at(epoch).cells.tolist() for epoch in (0, 2.5, 3, 7)]
    other = MostWrong(digits(make_run).evaluation)
    assert [other.at(epoch).cells.tolist() for epoch in (7, 3, 2.5, 0)] == forwards[::-1]


def test_a_loss_that_is_nan_is_the_highest_and_of_equal_ones_the_earlier_comes_first() -> None:
    losses = np.array([1.0, np.nan, 3.0, np.inf, 3.0, -np.inf])
    assert highest(losses, 4).tolist() == [1, 3, 2, 4]
    assert highest(losses, 9).tolist() == [1, 3, 2, 4, 0, 5]


def test_a_run_that_diverged_is_shown_like_any_other(tmp_path: Path) -> None:
    description = RunDescription(
        layers=(dense("output", 16, 3, "softmax"),), loss={"name": "sparse_categorical_crossentropy"}
    )
    inputs = np.random.default_rng(0).random((10, 16)).astype(np.float32)
    with RunWriter(tmp_path / "nan.h5", description, inputs, np.arange(10) % 3) as writer:
        for epoch, value in enumerate((0.1, np.nan, np.inf, 3e38)):
            writer.snapshot(epoch, [np.full((16, 3), value, np.float32), np.zeros(3, np.float32)])
    view = MostWrong(Replay(tmp_path / "nan.h5").evaluation, 4)
    assert view.at(0).predicted.tolist() == [0] * 4
    for epoch in (1, 1.5, 2, 3):
        frame = view.at(epoch)
        assert len(frame.indices) == 4 and sorted(frame.cells) == [0, 1, 2, 3]
    assert view.at(1).predicted.tolist() == [-1] * 4


def test_fewer_samples_than_asked_for_are_all_shown(make_run: MakeRun) -> None:
    inputs = np.random.default_rng(0).random((5, 16)).astype(np.float32)
    view = MostWrong(Replay(make_run(units=(16, 2, 3), data=(inputs, np.arange(5) % 3))).evaluation, 16)
    assert sorted(view.at(1).indices) == list(range(5))


def test_what_cannot_be_shown_is_refused(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match=r"inputs of shape \(2,\) are not images.*\(h, w\)"):
        MostWrong(Replay(make_run()).evaluation)
    inputs = np.zeros((6, 16), np.float32)
    run = make_run(
        units=(16, 2, 1), output_activation="linear", loss="mean_squared_error", data=(inputs, inputs[:, 0])
    )
    with pytest.raises(ViewError, match="regression"):
        MostWrong(Replay(run).evaluation)
    with pytest.raises(ViewError, match="at least one sample"):
        MostWrong(Replay(make_run(data=datasets.parabola(5))).evaluation, 0)


@pytest.mark.parametrize(
    ("sample", "image"),
    [
        ((28, 28), (28, 28)),
        ((28, 20, 1), (28, 20)),
        ((32, 32, 3), (32, 32, 3)),
        ((784,), (28, 28)),
        ((64,), (8, 8)),
        ((16,), (4, 4)),
    ],
)
def test_images_are_known_by_their_shape(sample: tuple[int, ...], image: tuple[int, ...]) -> None:
    assert image_shape(sample) == image


@pytest.mark.parametrize("sample", [(9,), (17,), (), (8, 8, 2), (1, 64), (3, 8, 8), (2, 8, 8, 3)])
def test_other_shapes_are_no_images(sample: tuple[int, ...]) -> None:
    with pytest.raises(ViewError, match="are not images"):
        image_shape(sample)


@pytest.mark.parametrize(
    ("values", "low", "high"),
    [
        (np.array([0, 255], np.uint8), 0, 255),
        (np.array([-2.5, 0, 3]), -2.5, 3),
        (np.array([np.nan, 1, -np.inf, 4]), 1, 4),
        (np.array([7.0, 7.0]), 7, 8),
        (np.array([np.nan, np.inf]), 0, 1),
        (np.array([False, True]), 0, 1),
    ],
)
def test_the_range_of_values_is_that_of_all_finite_inputs(values: Array, low: float, high: float) -> None:
    assert value_range(values) == (low, high)
