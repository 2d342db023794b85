"""The output layer follows the data: a unit for each class or number, with the loss for it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Scenario, load_scenario
from replay.scenario.suited_output import for_classes, for_numbers

SIGMOID = {"output_units": 1, "output_activation": "sigmoid", "loss": "binary_crossentropy"}
LINEAR = {"output_units": 1, "output_activation": "linear", "loss": "mean_squared_error"}
SOFTMAX = {"output_activation": "softmax", "loss": "sparse_categorical_crossentropy"}


def scenario(**output: Any) -> Scenario:
    return Scenario(name="mine", data=lambda: (np.zeros((4, 2)), np.arange(4)), **output)


@pytest.mark.parametrize(
    ("before", "n_classes", "after"),
    [
        (SIGMOID, 2, SIGMOID),
        (SIGMOID, 3, {**SOFTMAX, "output_units": 3}),
        ({**SOFTMAX, "output_units": 10}, 10, {**SOFTMAX, "output_units": 10}),
        ({**SOFTMAX, "output_units": 10}, 3, {**SOFTMAX, "output_units": 3}),
        ({**SOFTMAX, "output_units": 10}, 2, {**SOFTMAX, "output_units": 2}),
        ({**SIGMOID, "loss": "binary_focal_crossentropy"}, 2, {"loss": "binary_focal_crossentropy"}),
        (
            {**SOFTMAX, "output_units": 3, "loss": "categorical_crossentropy"},
            3,
            {**SOFTMAX, "output_units": 3},
        ),
        (LINEAR, 2, {**SIGMOID, "metrics": ("accuracy",)}),
        ({**LINEAR, "metrics": ("mae",)}, 4, {**SOFTMAX, "output_units": 4, "metrics": ("accuracy",)}),
    ],
)
def test_classes(before: dict[str, Any], n_classes: int, after: dict[str, Any]) -> None:
    own = scenario(**before)
    changed = own.with_changes(**for_classes(own, n_classes))
    assert {name: getattr(changed, name) for name in after} == after


@pytest.mark.parametrize(
    ("before", "n_numbers", "after"),
    [
        (SIGMOID, 1, {**LINEAR, "metrics": ("mean_absolute_error",)}),
        ({**SOFTMAX, "output_units": 10}, 2, {**LINEAR, "output_units": 2}),
        ({**LINEAR, "loss": "huber", "metrics": ("mse",)}, 1, {"loss": "huber", "metrics": ("mse",)}),
        (LINEAR, 3, {**LINEAR, "output_units": 3}),
    ],
)
def test_numbers(before: dict[str, Any], n_numbers: int, after: dict[str, Any]) -> None:
    own = scenario(**before)
    changed = own.with_changes(**for_numbers(own, n_numbers))
    assert {name: getattr(changed, name) for name in after} == after


@pytest.mark.parametrize("name", ["parabola", "blobs", "digits", "mnist-dense", "mnist-cnn", "initializers"])
def test_every_built_in_scenario_follows_a_table_of_three_classes(name: str, tmp_path: Any) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("a,b,label\n" + "".join(f"{n},{n % 7},{'xyz'[n % 3]}\n" for n in range(30)))
    fitted = load_scenario(name).with_data_file(path)
    assert fitted.output_units == 3
    assert fitted.data_description is not None
    assert fitted.data_description.classes == ("x", "y", "z")
