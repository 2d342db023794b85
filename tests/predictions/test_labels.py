"""Class labels: words, numbers and truth values become class numbers in the order of scikit-learn's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import LabelEncoder

from replay.errors import DataError
from replay.predictions.labels import Classes, taken


@pytest.mark.parametrize(
    "targets",
    [["b", "a", "c", "a"], [3, 1, 7, 1], [-1, 1, 1, -1], [True, False, True], [2.5, 1.0, 2.5]],
)
def test_numbers_are_those_of_scikit_learn(targets: list[object]) -> None:
    encoder = LabelEncoder().fit(targets)
    classes = Classes.of(targets)
    np.testing.assert_array_equal(classes.labels, encoder.classes_)
    np.testing.assert_array_equal(classes.numbers(targets, "y"), encoder.transform(targets))
    assert classes.names == tuple(map(str, encoder.classes_.tolist()))


def test_class_numbers_need_no_names() -> None:
    assert Classes.of([0, 1, 2, 1]).names is None
    assert Classes.of([1, 2, 1]).names == ("1", "2")


def test_a_label_of_no_class_is_named() -> None:
    with pytest.raises(DataError, match=r"validation_data: 'd' is none of the 3 classes of y: a, b, c"):
        Classes.of(["a", "b", "c"]).numbers(["a", "d"], "validation_data")
    with pytest.raises(DataError, match="classes of y: 0, 1, 2, 3, 4, …"):
        Classes.of(range(9)).numbers([9], "y")


def test_labels_without_an_order_are_refused() -> None:
    with pytest.raises(DataError, match="make all of them words, or numbers"):
        Classes.of(np.array(["a", 1], dtype=object))


def test_categories_stay_words_in_alphabetical_order_whatever_their_codes() -> None:
    words = pd.Categorical(["low", "high", "low"], categories=["low", "high"])
    _, y, found = taken(pd.DataFrame({"a": [1, 2, 3], "b": 0}), pd.Series(words, name="level"))
    assert Classes.of(y).numbers(y, "y").tolist() == [1, 0, 1]
    assert (found.inputs, found.target, found.classes) == (("a", "b"), "level", ())


def test_a_bunch_brings_targets_and_names() -> None:
    X, y, found = taken(load_iris(), None)
    assert (X.shape, y.shape) == ((150, 4), (150,))
    assert found.classes == ("setosa", "versicolor", "virginica") and len(found.inputs) == 4
