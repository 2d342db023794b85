"""Confusion matrices: every sample once, by true and predicted class, as scikit-learn counts them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs.task import BINARY, MULTICLASS, Task
from replay.views.confusion_matrix import NO_ANSWER, ConfusionMatrix, predictions

Array = np.ndarray
MakeRun = Callable[..., Path]


def four_classes(make_run: MakeRun, **look: Any) -> Replay:
    return Replay(make_run(units=(2, 3, 4), data=datasets.blobs(30), seed=1, **look))


def outputs_by_hand(replay: Replay, epoch: float) -> Array:
    """The outputs before their activation, from the weights alone: (n_samples, units)."""
    kernel, bias, out_kernel, out_bias = (w[0] for w in replay.recording.weights_at(epoch))
    return np.tanh(replay.recording.inputs @ kernel + bias) @ out_kernel + out_bias


@pytest.mark.parametrize("epoch", [0, 2, 2.75, 4])
def test_many_classes_are_counted_as_scikit_learn_counts_them(make_run: MakeRun, epoch: float) -> None:
    replay = four_classes(make_run)
    frame = ConfusionMatrix(replay.evaluation).at(epoch)
    predicted = outputs_by_hand(replay, epoch).argmax(axis=1)
    expected = confusion_matrix(replay.recording.targets, predicted, labels=range(4))
    np.testing.assert_array_equal(frame.counts, expected)
    assert frame.epoch == epoch and frame.missing == 0
    assert frame.share_right == np.mean(predicted == replay.recording.targets)


@pytest.mark.parametrize("epoch", [0, 1.5, 4])
def test_two_classes_are_counted_as_scikit_learn_counts_them(make_run: MakeRun, epoch: float) -> None:
    replay = Replay(make_run(seed=3))
    frame = ConfusionMatrix(replay.evaluation).at(epoch)
    predicted = (outputs_by_hand(replay, epoch)[:, 0] > 0).astype(int)
    np.testing.assert_array_equal(frame.counts, confusion_matrix(replay.recording.targets, predicted))


def test_a_class_without_samples_has_a_row_of_zeros(make_run: MakeRun) -> None:
    inputs, labels = datasets.blobs(30)
    replay = Replay(make_run(units=(2, 3, 6), data=(inputs, labels)))
    view = ConfusionMatrix(replay.evaluation)
    assert view.at(0).counts.shape == (6, 6)
    assert view.class_sizes.tolist() == [*np.bincount(labels), 0, 0]
    np.testing.assert_array_equal(view.at(3).counts.sum(axis=1), view.class_sizes)


def test_all_snapshots_come_as_one_array(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("replay.runs.evaluation.BLOCK_VALUES", 1000)  # so that there are several blocks
    replay = four_classes(make_run)
    view = ConfusionMatrix(replay.evaluation)
    matrices = view.over()
    assert matrices.shape == (5, 4, 4)
    for matrix, epoch in zip(matrices, replay.epochs, strict=True):
        np.testing.assert_array_equal(matrix, view.at(epoch).counts)
    np.testing.assert_array_equal(view.over([3, 1]), matrices[[3, 1]])
    assert view.over([]).shape == (0, 4, 4)
    with pytest.raises(ViewError, match=r"no snapshot of epoch 1\.5"):
        view.over([1.5])


@pytest.mark.parametrize("units", [(2, 2, 1), (2, 3, 4)])
def test_samples_without_an_answer_are_missing(tmp_path: Path, units: tuple[int, ...]) -> None:
    inputs, labels = datasets.blobs(30)
    labels = labels % max(units[-1], 2)
    layers = (
        dense("hidden", 2, units[1], "relu"),
        dense("output", units[1], units[2], "sigmoid" if units[2] == 1 else "softmax"),
    )
    loss = {"name": "binary_crossentropy" if units[2] == 1 else "sparse_categorical_crossentropy"}
    description = RunDescription(layers=layers, loss=loss)
    path = tmp_path / "nan.h5"
    with RunWriter(path, description, inputs, labels) as writer:
        for epoch, value in enumerate((0.5, np.nan, np.inf)):
            writer.snapshot(epoch, [np.full(w.shape, value, np.float32) for _, w in description.weight_paths])
    view = ConfusionMatrix(Replay(path).evaluation)
    assert view.at(0).missing == 0 and view.at(0).share_right > 0
    frame = view.at(1)
    assert frame.missing == len(labels) and not frame.counts.any() and frame.share_right == 0
    assert not view.over()[1].any()
    assert view.at(1.5).missing == len(labels)
    total = view.at(2).counts.sum() + view.at(2).missing
    assert total == len(labels)


def test_predictions_are_right_exactly_where_the_task_says_so() -> None:
    rng = np.random.default_rng(0)
    p = rng.random((3, 50, 4))
    p[rng.random((3, 50)) < 0.2, 1] = np.nan
    task = Task(MULTICLASS, 4, rng.integers(0, 4, 50))
    np.testing.assert_array_equal(predictions(task, p) == task.labels, task.correct(p))
    assert (predictions(task, p) == NO_ANSWER).sum() == np.isnan(p).any(axis=-1).sum() > 0
    p = np.array([0.0, 0.5, 0.51, 1.0, np.nan])
    task = Task(BINARY, 2, np.array([0, 1, 1, 1, 0]))
    assert predictions(task, p).tolist() == [0, 0, 1, 1, NO_ANSWER]
    assert (predictions(task, p) == task.labels).tolist() == task.correct(p).tolist()


def test_a_regression_has_no_classes(make_run: MakeRun) -> None:
    inputs = datasets.xor(20)[0]
    run = make_run(output_activation="linear", loss="mean_squared_error", data=(inputs, inputs.sum(axis=1)))
    with pytest.raises(ViewError, match="regression"):
        ConfusionMatrix(Replay(run).evaluation)
