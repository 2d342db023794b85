"""Data frames, series and bunches bring their names with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris

from replay.errors import DataError
from replay.network.data_description import DataDescription
from replay.scenario.found_names import coded, named

FRAME = pd.DataFrame({"bill": [1.0, 2.0, 3.0], "flipper": [4.0, 5.0, 6.0]})
SPECIES = pd.Series(["b", "a", "c"], name="species")


def test_columns_are_the_names_of_inputs_and_a_series_that_of_the_target() -> None:
    found = named(FRAME, pd.Series([0, 1, 0], name="sick"))
    assert found.data == DataDescription("sick", inputs=("bill", "flipper"))
    assert found.inputs is FRAME


def test_categories_are_classes_in_the_order_of_their_codes() -> None:
    ordered = SPECIES.astype(pd.CategoricalDtype(["c", "b", "a"]))
    found = named(FRAME, ordered)
    assert found.data == DataDescription("species", ("c", "b", "a"), ("bill", "flipper"))
    assert found.targets.tolist() == [1, 2, 0]
    assert coded(pd.Categorical(["b", "a"])).tolist() == [1, 0]


def test_categories_that_are_numbers_are_class_numbers_already() -> None:
    numbers = pd.Series([2, 0, 2]).astype("category")
    assert named(FRAME, numbers).targets is numbers
    assert named(FRAME, numbers).data.classes == ()


def test_a_target_without_a_category_is_refused() -> None:
    with pytest.raises(DataError, match="1 of 3 targets have no category"):
        named(FRAME, pd.Series(["a", None, "b"], dtype="category"))


def test_one_hot_columns_are_classes() -> None:
    assert named(FRAME, pd.get_dummies(SPECIES)).data.classes == ("a", "b", "c")
    several = pd.DataFrame({"x": [1.5, 2, 3], "y": [1, 1, 1]})
    assert named(FRAME, several).data == DataDescription("x, y", inputs=("bill", "flipper"))


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        (np.zeros((3, 2)), np.zeros(3)),
        ([[1, 2], [3, 4]], [0, 1]),
        (pd.DataFrame(np.zeros((3, 2))), pd.Series([0, 1, 0])),
        ({"a": np.zeros(3), "b": np.zeros(3)}, np.zeros(3)),
        (np.zeros((3, 2)), None),
    ],
)
def test_what_has_no_names_has_none(inputs: Any, targets: Any) -> None:
    found = named(inputs, targets)
    assert found.data.says_nothing and found.inputs is inputs and found.targets is targets


def test_columns_of_several_levels_have_one_name_each() -> None:
    columns = pd.MultiIndex.from_product([["petal"], ["length", "width"]])
    frame = pd.DataFrame(np.zeros((2, 2)), columns=columns)
    assert named(frame, [0, 1]).data.inputs == ("petal length", "petal width")


@pytest.mark.parametrize("as_frame", [False, True])
def test_a_bunch_says_all(as_frame: bool) -> None:
    found = named(load_iris(as_frame=as_frame), None)
    assert found.data.classes == ("setosa", "versicolor", "virginica")
    assert found.data.inputs[2:] == ("petal length (cm)", "petal width (cm)")
    assert found.data.title == "Iris plants dataset"
    assert np.shape(found.inputs) == (150, 4) and np.shape(found.targets) == (150,)


def test_other_bunches() -> None:
    assert named(load_breast_cancer(), None).data.classes == ("malignant", "benign")
    digits = named(load_digits(), None).data
    assert digits.classes == tuple(map(str, range(10))) and len(digits.inputs) == 64
    diabetes = named(load_diabetes(), None).data
    assert diabetes.classes == () and diabetes.inputs[:2] == ("age", "sex")
    numbers = {"data": np.zeros((2, 1)), "target": np.array([1.5, 2]), "target_names": ["price"]}
    assert named(numbers, None).data == DataDescription("price")
