"""The description of an experiment: what holds together is kept, what does not is refused."""

from __future__ import annotations

import os
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris

from replay import DataOptions, Scenario, load_scenario
from replay.errors import DataError, ScenarioError
from replay.network.data_description import DataDescription
from replay.scenario.data import load_data


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
    with pytest.raises(ScenarioError, match=rf"'mine': {field} must be a tuple, such as \('tanh',\)"):
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


# What varies


def names(**changes: Any) -> list[str]:
    return [name for name, _ in scenario(**changes).variants]


def test_without_axes_there_is_a_run_for_each_activation() -> None:
    assert names() == ["sigmoid", "tanh", "relu"]
    assert names(activations=("tanh",)) == ["tanh"]
    (_, single), *_ = scenario(seed=4).variants
    assert (single.activations, single.seed, single.vary) == (("sigmoid",), 4, {})


def test_runs_are_called_by_what_varies() -> None:
    assert names(activations=("relu",), vary={"optimizer": ("sgd", "adam")}) == ["sgd", "adam"]
    assert names(activations=("relu", "elu"), vary={"optimizer": ("adam",)}) == ["relu-adam", "elu-adam"]
    axes = {
        "seed": (3,),
        "depth": (2,),
        "hidden_units": (8,),
        "kernel_initializer": ("normal_0.01",),
        "output_kernel_initializer": ("zeros",),
        "learning_rate": (0.01, 1e-5, 1),
        "batch_size": (16,),
    }
    rest = "batch16-normal_0.01-output_zeros-units8-depth2-seed3"
    found = names(activations=("relu",), vary=axes, hidden_units=(2,), views=("curves",))
    assert found == [f"lr{rate}-{rest}" for rate in ("0.01", "1e-05", "1")]


def test_every_combination_is_a_variant_with_its_values() -> None:
    chosen = scenario(
        activations=("tanh", "relu"),
        hidden_units=(5, 5),
        vary={"batch_size": [4, 8], "hidden_units": (3, (4, 2)), "optimizer": ("momentum",)},
        learning_rates={"momentum": 0.3},
    )
    singles = [single for _, single in chosen.variants]
    assert [(single.activations[0], single.batch_size, single.hidden_units) for single in singles] == [
        (activation, batch, units)
        for activation in ("tanh", "relu")
        for batch in (4, 8)
        for units in ((3, 3), (4, 2))
    ]
    assert {(single.optimizer, single.learning_rate) for single in singles} == {("momentum", 0.3)}
    assert len(set(names(vary=chosen.vary))) == 12
    assert chosen.run_files(Path())[0].name == "tanh-momentum-batch4-units3.h5"


def test_an_axis_of_learning_rates_goes_before_those_of_the_optimizers() -> None:
    chosen = scenario(vary={"optimizer": ("sgd",), "learning_rate": (0.1,)}, learning_rates={"sgd": 0.5})
    assert {single.learning_rate for _, single in chosen.variants} == {0.1}


def test_depth_repeats_a_layer() -> None:
    chosen = scenario(hidden_units=(7,), vary={"depth": (1, 3)}, activations=("tanh",))
    assert [single.hidden_units for _, single in chosen.variants] == [(7,), (7, 7, 7)]
    with pytest.raises(ScenarioError, match="depth repeats a hidden layer, but the layers differ: 8x2"):
        scenario(hidden_units=(8, 2), vary={"depth": (1, 3)})


def test_axes_can_be_added_to_a_scenario() -> None:
    chosen = scenario(vary={"batch_size": (4, 8)}).with_axes({"activation": ("elu",), "batch_size": (2,)})
    assert (chosen.activations, chosen.vary) == (("elu",), {"batch_size": (2,)})


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ({"speed": (1,)}, "unknown axis 'speed'.*there are: activation, optimizer, learning_rate"),
        ({"activation": ("tanh",)}, "list the activations in activations"),
        ({"optimizer": ("adum",)}, "unknown optimizer 'adum'.*there are: sgd, momentum"),
        ({"kernel_initializer": ("he",)}, "unknown initializer 'he'.*normal_0.01 for a normal"),
        ({"learning_rate": (0,)}, "learning_rate must be a number above 0, not 0"),
        ({"learning_rate": (float("nan"),)}, "learning_rate must be a number above 0"),
        ({"batch_size": (0,)}, "batch_size must be a whole number of 1 or more, not 0"),
        ({"batch_size": (True,)}, "batch_size must be a whole number"),
        ({"hidden_units": ((3, 0),)}, "hidden_units must be a whole number of 1 or more, not 0"),
        ({"seed": (-1,)}, "seed must be a whole number of 0 or more"),
        ({"batch_size": ()}, "axis 'batch_size' has no values"),
        ({"batch_size": 16}, "axis 'batch_size' must have a tuple of values"),
        ({"optimizer": "adam"}, "axis 'optimizer' must have a tuple of values, such as .'adam',."),
        ({"batch_size": (4, 4)}, "axis 'batch_size' has a value twice: batch4, batch4"),
    ],
)
def test_what_cannot_vary_is_refused(vary: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=f"'mine': {message}"):
        scenario(vary=vary)


def test_runs_may_be_named_by_what_they_do() -> None:
    remedies = {"plain": {}, "decay": {"weight_decay": 0.1}, "two-layers": {"hidden_units": (4, 4)}}
    named = scenario(activations=("tanh",), runs=remedies)
    assert [name for name, _ in named.variants] == ["plain", "decay", "two-layers"]
    singles = dict(named.variants)
    assert [singles[name].weight_decay for name in remedies] == [0, 0.1, 0]
    assert singles["two-layers"].hidden_units == (4, 4)
    assert all(not single.runs and single.activations == ("tanh",) for single in singles.values())
    both = scenario(activations=("tanh", "relu"), runs={"plain": {}, "small": {"batch_size": 4}})
    assert [name for name, _ in both.variants] == ["tanh-plain", "tanh-small", "relu-plain", "relu-small"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"runs": {"a": {}}, "vary": {"batch_size": (4,)}}, "give either runs or vary"),
        ({"runs": {"a/b": {}}}, "the name of a run has letters, digits and dashes, not 'a/b'"),
        ({"runs": {"a": {"droput": 0.5}}}, "unknown change 'droput'.*dropout"),
        ({"runs": {"a": {"dropout": 1.0}}}, "dropout must be 0 or more and below 1"),
        ({"dropout": -0.1}, "dropout must be 0 or more and below 1"),
        ({"weight_decay": float("inf")}, "weight_decay 0 or more"),
        ({"patience": 0, "validation_data": data}, "patience must be 1 or more, not 0"),
        ({"patience": 5}, "patience watches the loss of validation data, and there are none"),
        ({"dropout": 0.5, "build_model": lambda activation: None}, "build_model makes the network"),
        ({"clipnorm": 1.0, "build_model": lambda activation: None}, "build_model makes the network"),
        ({"clipnorm": 1.0, "clipvalue": 1.0}, "one of clipnorm, global_clipnorm, clipvalue may be given"),
        ({"clipvalue": 0.0}, "may be given, as a number above 0"),
        ({"runs": {"a": {"global_clipnorm": float("nan")}}}, "may be given, as a number above 0"),
    ],
)
def test_runs_and_remedies_that_cannot_be_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=f"'mine': .*{message}"):
        scenario(**changes)


def test_a_model_of_ones_own_has_its_own_network_and_optimizer() -> None:
    chosen = scenario(build_model=lambda activation: None, vary={"batch_size": (4, 8), "seed": (1,)})
    assert len(chosen.variants) == 6
    with pytest.raises(ScenarioError, match="build_model makes the network, so optimizer cannot vary"):
        scenario(build_model=lambda activation: None, vary={"optimizer": ("adam",)})


def test_a_scenario_trains_on_some_of_its_data_of_every_class_its_share() -> None:
    inputs, targets = np.arange(200.0).reshape(100, 2), np.repeat([0, 1], [80, 20])
    chosen = scenario(data=lambda: (inputs, targets), samples=10, seed=4)
    data = load_data(chosen)
    assert data.targets.tolist() == [0] * 8 + [1] * 2
    np.testing.assert_array_equal(load_data(chosen).inputs, data.inputs)
    assert not np.array_equal(load_data(chosen.with_changes(seed=5)).inputs, data.inputs)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"samples": 0}, "samples must be 1 or more, not 0"),
        ({"tween": -1}, "tween must be 0 or more"),
        ({"recording": {"dtypes": "float16"}}, "unknown recording 'dtypes'.*did you mean dtype"),
    ],
)
def test_what_cannot_be_recorded_is_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ScenarioError, match=f"'mine': {message}"):
        scenario(**changes)


def test_a_file_replaces_training_and_validation_data(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.ones((6, 2)), y=np.arange(6) % 2)
    chosen = scenario(validation_data=lambda: (np.zeros((3, 2)), np.zeros(3))).with_data_file(path)
    data = load_data(chosen)
    assert (data.inputs == 1).all() and data.validation is None
    assert chosen.output_units == 1
    np.savez(
        path, x_train=np.ones((6, 2)), y_train=np.arange(6) % 3, x_test=np.ones((3, 2)), y_test=np.arange(3)
    )
    os.utime(path, ns=(1, 1))
    chosen = scenario().with_data_file(path)
    data = load_data(chosen)
    assert data.validation is not None and len(data.validation[0]) == 3
    assert (chosen.output_units, chosen.output_activation) == (3, "softmax")
    assert chosen.loss == "sparse_categorical_crossentropy"


def test_a_regression_on_a_file_stays_one(tmp_path: Path) -> None:
    path, prices = tmp_path / "mine.npz", np.arange(10, 50, 10).repeat(3)
    np.savez(path, x=np.ones((12, 2)), y=prices)
    chosen = scenario(loss="mean_squared_error", output_activation="linear").with_data_file(path)
    assert (chosen.output_units, chosen.output_activation) == (1, "linear")
    np.testing.assert_array_equal(load_data(chosen).targets, prices)


def test_numbers_that_are_no_classes_make_a_regression(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.ones((12, 2)), y=np.arange(12) * 1000)
    chosen = scenario().with_data_file(path)
    assert (chosen.output_units, chosen.output_activation) == (1, "linear")
    assert (chosen.loss, chosen.metrics) == ("mean_squared_error", ("mean_absolute_error",))
    np.testing.assert_array_equal(load_data(chosen).targets, np.arange(12) * 1000)


def test_what_a_user_should_know_of_the_data_is_logged_each_time(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("age,income,label\n" + "".join(f"{20 + n},{n}0000,{n % 2}\n" for n in range(9)))
    for _ in range(2):
        chosen = scenario().with_data_file(str(path))
    assert str(chosen.data_description) == "target: label (2 classes: 0, 1); inputs: age, income"
    assert len(caplog.messages) == 2 and "--scale standard" in caplog.messages[0]
    caplog.clear()
    scaled = load_data(scenario().with_data_file(path, DataOptions(scale="standard"))).inputs
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-6)
    assert not caplog.messages


@pytest.mark.parametrize(
    ("loss", "targets"),
    [("binary_crossentropy", [3, 5, 5, 3]), ("sparse_categorical_crossentropy", [0, 1, 1, 0])],
)
def test_a_network_of_unknown_loss_gets_numbers_as_they_are(
    tmp_path: Path, loss: str, targets: list[int]
) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.eye(4), y=[3, 5, 5, 3])
    chosen = scenario(loss=loss, build_model=lambda activation: None).with_data_file(path)
    assert load_data(chosen).targets.tolist() == targets
    assert chosen.output_units == 1


def test_a_builder_of_models_that_takes_output_units_follows_the_data(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.eye(6), y=np.arange(6) % 3)
    build = {
        "loss": "sparse_categorical_crossentropy",
        "build_model": lambda activation, output_units=9: None,
    }
    assert scenario(output_units=9, **build).with_data_file(path).output_units == 3


def test_targets_of_several_axes_need_a_network_that_is_built_for_them(tmp_path: Path) -> None:
    path = tmp_path / "mine.npz"
    np.savez(path, x=np.zeros((6, 2)), y=np.random.default_rng(0).normal(size=(6, 3, 3)))
    with pytest.raises(DataError, match=r"mine.npz: each target has shape \(3, 3\).*reshape"):
        load_scenario("moons").with_data_file(path)


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("iris.csv", "iris-moons"),
        ("moons.csv", "moons"),
        (".hidden.csv", "hidden-moons"),
        ("x" * 99 + ".csv", "x" * 60 + "-moons"),
    ],
)
def test_other_data_come_before_the_scenarios_name(tmp_path: Path, file: str, name: str) -> None:
    (tmp_path / file).write_text("a,b,label\n1,2,0\n2,1,1\n3,3,0\n0,1,1\n")
    assert scenario(name="moons").with_data_file(tmp_path / file).name == name


# Names


def test_names_that_are_given_are_kept_in_the_description_of_the_data() -> None:
    mine = scenario(class_names=("a", "b"), feature_names=("x", "y"), title="Mine", target_name="kind")
    assert mine.data_description == DataDescription("kind", ("a", "b"), ("x", "y"), title="Mine")
    assert mine.with_changes(epochs=3).data_description == mine.data_description
    assert mine.with_changes(title="Other").data_description == DataDescription(
        "kind", ("a", "b"), ("x", "y"), title="Other"
    )
    assert scenario().data_description is None


def test_data_of_a_file_are_titled_after_it_and_not_after_the_scenario(tmp_path: Path) -> None:
    path = tmp_path / "penguins.v2.csv"
    path.write_text("bill,flipper,species\n" + "1,2,Adelie\n2,1,Gentoo\n" * 4)
    fitted = scenario(title="Mine", class_names=("a", "b")).with_data_file(path)
    assert fitted.data_description == DataDescription(
        "species", ("Adelie", "Gentoo"), ("bill", "flipper"), title="penguins.v2"
    )
    assert fitted.name == "penguins.v2-mine"
    with pytest.raises(DataError, match=r"--class-names\) has 3 names, but there are 2 classes"):
        fitted.with_changes(class_names=("a", "b", "c"))


def test_data_functions_may_return_a_bunch_and_what_is_given_wins() -> None:
    three = {"output_units": 3, "output_activation": "softmax", "loss": "sparse_categorical_crossentropy"}
    loaded = load_data(scenario(data=load_iris, title="Irises", validation_data=load_iris, **three))
    assert loaded.described is not None and loaded.validation is not None
    assert loaded.described.title == "Irises"
    assert loaded.described.classes == ("setosa", "versicolor", "virginica")
    assert loaded.inputs.shape == loaded.validation[0].shape == (150, 4)
    assert load_data(scenario()).described is None


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"class_names": ("a", "b", "c")}, "class_names .* has 3 names, but the run has 2 classes"),
        ({"feature_names": ("a", "b", "c")}, "feature_names .* has 3 names, but each sample has 2 values"),
    ],
)
def test_other_names_than_there_are_classes_or_inputs_are_refused(
    names: dict[str, Any], message: str
) -> None:
    with pytest.raises(DataError, match=f"scenario 'mine': {message}"):
        load_data(scenario(**names))


@pytest.mark.parametrize(
    ("rows", "views"),
    [
        ("a,b,kind\n1,2,x\n3,4,y\n5,7,x\n2,2,y\n", ("dashboard", "why")),
        ("a,b,c,kind\n1,2,1,x\n3,4,5,y\n5,7,2,x\n2,2,9,y\n", ("dashboard",)),
        ("a,b,size\n1,2,1.25\n3,4,5.5\n5,7,2.75\n2,2,9.125\n", ("dashboard",)),
    ],
    ids=["points of a plane", "three inputs", "a regression"],
)
def test_data_without_a_plane_of_classes_have_no_view_of_why(
    tmp_path: Path, rows: str, views: tuple[str, ...]
) -> None:
    path = tmp_path / "data.csv"
    path.write_text(rows)
    assert load_scenario("moons").views == ("dashboard", "why")
    assert load_scenario("moons").with_data_file(path).views == views
