"""The description of an experiment: what holds together is kept, what does not is refused."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest

from replay import Scenario
from replay.errors import ScenarioError


def data() -> tuple[Any, Any]:
    return np.zeros((4, 2)), np.array([0, 1, 0, 1])


def scenario(**changes: Any) -> Scenario:
    return Scenario(**{"name": "mine", "data": data, **changes})


def test_a_scenario_needs_only_a_name_and_data() -> None:
    mine = Scenario(name="mine", data=data)
    assert mine.hidden_units == (2,)
    assert mine.validation_data is None
    assert mine.build_model is None


@pytest.mark.parametrize("name", ["", "a/b", "a\\b", ".", "..", ".hidden", "../up"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(ScenarioError, match="name becomes a folder"):
        scenario(name=name)


@pytest.mark.parametrize("name", ["parabola", "two-moons", "größe 2", "v1.0"])
def test_a_name_that_is_a_folder_is_kept(name: str) -> None:
    assert scenario(name=name).name == name


@pytest.mark.parametrize("field", ["activations", "metrics", "views"])
def test_one_string_in_place_of_a_tuple_is_refused_and_the_tuple_shown(field: str) -> None:
    with pytest.raises(ScenarioError, match=rf"'mine': {field} must be a tuple, as in \('tanh',\)"):
        scenario(**{field: "tanh"})


@pytest.mark.parametrize("field", ["epochs", "batch_size", "output_units"])
@pytest.mark.parametrize("value", [0, -1])
def test_counts_below_one_are_refused(field: str, value: int) -> None:
    with pytest.raises(ScenarioError, match=f"'mine': {field} must be 1 or more, not {value}"):
        scenario(**{field: value})


@pytest.mark.parametrize("units", [(0,), (3, -1), (2, 0, 2)])
def test_a_hidden_layer_without_units_is_refused(units: tuple[int, ...]) -> None:
    with pytest.raises(ScenarioError, match="'mine': every hidden layer needs 1 unit or more"):
        scenario(hidden_units=units)


def test_a_network_may_have_no_hidden_layer() -> None:
    assert scenario(hidden_units=()).hidden_units == ()


def test_at_least_one_activation_is_needed() -> None:
    with pytest.raises(ScenarioError, match="'mine': name at least one activation"):
        scenario(activations=())


@pytest.mark.parametrize("given", [data(), None, "data.csv"], ids=["arrays", "nothing", "a string"])
def test_data_that_are_no_function_are_refused(given: Any) -> None:
    with pytest.raises(ScenarioError, match="'mine': data must be a function"):
        scenario(data=given)


def test_lists_become_tuples() -> None:
    mine = scenario(
        activations=["tanh", "relu"], hidden_units=[3, 2], metrics=["accuracy"], views=["dashboard"]
    )
    assert (mine.activations, mine.hidden_units) == (("tanh", "relu"), (3, 2))
    assert (mine.metrics, mine.views) == (("accuracy",), ("dashboard",))


def test_a_scenario_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        scenario().epochs = 3  # type: ignore[misc]


def test_with_changes_gives_another_scenario_and_leaves_this_one() -> None:
    mine = scenario(epochs=10, seed=4, activations=("tanh",))
    other = mine.with_changes(epochs=20, activations=["relu"])
    assert (other.epochs, other.activations) == (20, ("relu",))
    assert (other.name, other.seed, other.data) == ("mine", 4, data)
    assert (mine.epochs, mine.activations) == (10, ("tanh",))


def test_changes_that_are_none_leave_the_value_as_it_is() -> None:
    mine = scenario(epochs=10, seed=4)
    assert mine.with_changes(epochs=None, seed=None, activations=None) == mine
    assert mine.with_changes(epochs=None, seed=0) == scenario(epochs=10, seed=0)


def test_changes_are_checked_like_the_scenario_itself() -> None:
    with pytest.raises(ScenarioError, match="epochs must be 1 or more"):
        scenario().with_changes(epochs=0)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="epoch"):
        scenario().with_changes(epoch=3)
