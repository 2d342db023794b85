"""Training data are converted, weighted and split as Keras does it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from keras.src.trainers.data_adapters.array_slicing import train_validation_split
from keras.src.trainers.data_adapters.data_adapter_utils import class_weight_to_sample_weights

from replay.training.training_data import TrainingData, streamed

RNG = np.random.default_rng(3)
N = 23
X = RNG.normal(size=(N, 2))
LABELS = RNG.integers(0, 4, N)


@pytest.mark.parametrize(
    "y",
    [LABELS, LABELS.astype(np.float32), LABELS[:, None], np.eye(4)[LABELS], LABELS + 0.2, LABELS > 1],
    ids=["integers", "floats", "a column", "one-hot rows", "fractions", "booleans"],
)
def test_the_weights_of_classes_are_those_of_keras(y: Any) -> None:
    class_weight = {0: 0.5, 1: 2, 3: 7.25}
    weights = TrainingData.of(X, y).weighted(class_weight).sample_weight
    np.testing.assert_array_equal(weights, class_weight_to_sample_weights(y, class_weight))
    assert weights.dtype == np.float32


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.3, 1 / 3, 0.5, 0.7, 0.95])
def test_a_split_is_where_keras_splits(fraction: float) -> None:
    data = TrainingData.of({"a": X, "b": [X, X]}, LABELS, RNG.uniform(size=N))
    first, rest = data.split(fraction)
    n = len(train_validation_split((np.arange(N),), fraction)[0][0])
    assert (first.n_samples, rest.n_samples) == (n, N - n)
    for part in ("y", "sample_weight"):
        parts = [getattr(one, part) for one in (first, rest)]
        np.testing.assert_array_equal(np.concatenate(parts), getattr(data, part))
    np.testing.assert_array_equal(np.concatenate([first.x["b"][1], rest.x["b"][1]]), data.x["b"][1])


def test_floats_have_the_precision_of_keras_and_the_structure_stays() -> None:
    data = TrainingData.of((X, [LABELS, X]), {"y": LABELS.tolist()})
    assert isinstance(data.x, tuple) and isinstance(data.x[1], list)
    assert [data.x[0].dtype, data.x[1][0].dtype, data.y["y"].dtype] == [np.float32, np.int64, np.int64]
    assert data.sample_weight is None


def test_numbers_in_an_array_of_objects_are_numbers_and_words_stay() -> None:
    mixed = np.array([[0.5, True, 2], [1.5, np.False_, np.int64(3)]], object)
    data = TrainingData.of((mixed, np.array(["a", "b"], object)))
    np.testing.assert_array_equal(data.x[0], np.array([[0.5, 1, 2], [1.5, 0, 3]], np.float32))
    assert data.x[0].dtype == np.float32
    assert data.x[1].tolist() == ["a", "b"]


def test_outputs_without_targets_or_weights_stay_so() -> None:
    data = TrainingData.of(X, [LABELS, None], [np.ones(N), None])
    assert data.y[1] is None and data.sample_weight[1] is None
    assert len(data.weights) == 1
    assert data.split(0.5)[0].y[1] is None


def test_what_numpy_can_hold_is_not_taken_for_a_stream() -> None:
    held = [
        X,
        X.tolist(),
        3,
        None,
        "text",
        (X, [X, {"a": LABELS}]),
        memoryview(LABELS),
        range(3),
        np.float64(1),
    ]
    assert [streamed(one) for one in held] == [None] * len(held)


def test_a_stream_is_found_in_any_depth() -> None:
    generator = (number for number in range(3))
    assert streamed(generator) == "generator"
    assert streamed([X, {"a": (X, generator)}]) == "generator"
