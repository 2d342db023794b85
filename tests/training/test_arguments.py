"""What cannot go together in `train` is refused in one line that says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from replay import train
from replay.errors import DataError

X = np.random.default_rng(7).normal(size=(20, 3)).astype(np.float32)
Y = (X[:, 0] > 0).astype(np.int64)
WEIGHTS = np.ones(20)


def dataset() -> Any:
    return tf.data.Dataset.from_tensor_slices((X, Y[:, None])).batch(8)


def batches() -> Iterator[Any]:
    yield X, Y


class Once(keras.utils.PyDataset):
    def __len__(self) -> int:
        return 1

    def __getitem__(self, number: int) -> Any:
        return X, Y


TWO = {"a": Y, "b": Y}
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "targets beside a Dataset": ({"x": dataset(), "y": Y}, "x is a BatchDataset.*leave out y$"),
    "weights beside a PyDataset": ({"x": Once(), "sample_weight": WEIGHTS}, "leave out sample_weight$"),
    "a split of a generator": (
        {"x": batches(), "y": Y, "validation_split": 0.2}, "generator.*leave out y and validation_split$",
    ),
    "class weights of a generator": ({"x": batches(), "class_weight": {0: 1}}, "leave out class_weight$"),
    "a seed of a Dataset": ({"x": dataset(), "seed": 1}, "own order: leave out seed and order"),
    "an order of a Dataset": (
        {"x": dataset(), "order": lambda epoch: np.arange(20)}, "leave out seed and order",
    ),
    "two kinds of weights": (
        {"x": X, "y": Y, "class_weight": {0: 1}, "sample_weight": WEIGHTS}, "exclude each other",
    ),
    "class weights of two outputs": ({"x": X, "y": TWO, "class_weight": {0: 1}}, "targets of one output"),
    "class weights without targets": ({"x": X, "class_weight": {0: 1}}, "targets of one output"),
    "class weights of steps": ({"x": X, "y": X[:, :, None], "class_weight": {0: 1}}, "one class for each"),
    "a list of class weights": ({"x": X, "y": Y, "class_weight": [1, 2]}, "by its number"),
    "weights of named classes": ({"x": X, "y": Y, "class_weight": {"a": 2}}, "by its number"),
    "weights of fewer samples": ({"x": X, "y": Y, "sample_weight": WEIGHTS[1:]}, "same length"),
    "weights of other outputs": (
        {"x": X, "y": TWO, "sample_weight": {"a": WEIGHTS, "c": WEIGHTS}}, "one for each output",
    ),
    "a whole split": ({"x": X, "y": Y, "validation_split": 1}, "between 0 and 1, not 1"),
    "a negative split": ({"x": X, "y": Y, "validation_split": -0.2}, "between 0 and 1, not -0.2"),
    "a split that leaves nothing": ({"x": X[:1], "y": Y[:1], "validation_split": 0.5}, "none for training"),
    "a split that takes nothing": ({"x": X, "y": Y, "validation_split": 1e-20}, "none for validation"),
    "validation without targets": ({"x": X, "y": Y, "validation_data": X}, r"\(x, y, sample_weight\)"),
    "validation with too much": ({"x": X, "y": Y, "validation_data": (X, Y, WEIGHTS, 1)}, r"\(x, y\)"),
    "validation of two lengths": ({"x": X, "y": Y, "validation_data": (X, Y[1:])}, "same length"),
    "batches of nothing": ({"x": X, "y": Y, "batch_size": 0}, "batch_size must be .* 1 or more, not 0"),
    "half a batch": ({"x": X, "y": Y, "batch_size": 2.5}, "whole number, 1 or more, not 2.5"),
    "shuffling by epoch": ({"x": X, "y": Y, "shuffle": "epoch"}, "True, False or 'batch', not 'epoch'"),
    "validation after half an epoch": ({"x": X, "y": Y, "validation_freq": 0.5}, "whole number"),
    "validation batches of nothing": (
        {"x": X, "y": Y, "validation_batch_size": -1}, "validation_batch_size must be a whole",
    ),
    "validation after every 0th epoch": ({"x": X, "y": Y, "validation_freq": 0}, "1 or more, not 0"),
    "a number for samples": ({"x": X, "y": 3}, "same length"),
    "rows of different lengths": ({"x": [[1.0, 2.0], [1.0]], "y": [0, 1]}, "row 0, but 1 in row 1"),
    "half an epoch": ({"x": X, "y": Y, "epochs": 2.5}, "epochs must be a whole number, not 2.5"),
    "a word for epochs": ({"x": X, "y": Y, "epochs": "2"}, "epochs must be a whole number, not '2'"),
    "words as targets": ({"x": X, "y": ["a", "b"] * 10}, "targets must be numbers, not words such as 'a'"),
    "words in a column": (
        {"x": pd.DataFrame({"a": ["u"] * 20, "b": 1.0}), "y": Y}, "must be numbers, not words such as 'u'",
    ),
    "dates": (
        {"x": pd.DataFrame({"a": pd.date_range("2020", periods=20), "b": 1.0}), "y": Y},
        "inputs must be numbers, not Timestamp such as 2020-01-01 00:00:00: count days",
    ),
    "no inputs": ({"x": None, "y": Y}, "x is None"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_together_is_refused(case: str) -> None:
    arguments, message = REFUSED[case]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy")
    with pytest.raises(DataError, match=message) as caught:
        train(model, **arguments)
    assert "\n" not in str(caught.value)
    assert not model.optimizer.built or int(model.optimizer.iterations) == 0
