"""Scenarios in Python files: those built in hold together, and what is wrong with a user's own is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import Scenario
from replay.drawing.registry.table import TABLE as VIEWS
from replay.errors import ScenarioError
from replay.network.activations import CATALOGUE
from replay.scenario import built_in

BUILT_IN = built_in.built_in()
IMPORTS = (
    "import numpy as np\nfrom replay import Scenario\n\ndata = lambda: (np.zeros((2, 2)), np.array([0, 1]))\n"
)


def write(folder: Path, text: str) -> str:
    (folder / "mine.py").write_text(text)
    return str(folder / "mine.py")


def test_the_built_in_scenarios_are_found() -> None:
    assert {"parabola", "xor", "moons", "circles", "spiral", "blobs"} <= set(BUILT_IN)
    assert sorted(BUILT_IN) == BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_scenario_has_the_name_of_its_file_and_known_parts(name: str) -> None:
    scenario = built_in.load_scenario(name)
    assert scenario.name == name
    assert scenario.description
    assert set(scenario.activations) <= {*CATALOGUE, "prelu"}
    assert set(scenario.views) <= set(VIEWS)


@pytest.mark.usefixtures("mnist_at_hand")
@pytest.mark.parametrize("name", BUILT_IN)
def test_the_data_of_a_built_in_scenario_are_finite_and_suit_its_loss(name: str) -> None:
    scenario = built_in.load_scenario(name)
    inputs, targets = scenario.data()
    fewest = 16 if name == "noisy-polynomial" else 50  # few on purpose: it is to be overfitted
    assert len(inputs) == len(targets) >= fewest
    assert inputs.dtype == np.float32
    assert np.isfinite(inputs).all()
    n_units = scenario.output_units
    if scenario.output_activation == "step":
        assert (np.unique(targets).tolist(), n_units) == ([0, 1], 1)
        return
    if scenario.loss == "mean_squared_error":  # numbers, not classes
        assert targets.shape == (len(inputs), n_units) and np.isfinite(targets).all()
        assert scenario.output_activation in ("linear", "exponential")
        return
    suited = {
        "binary_crossentropy": ([0, 1], 1, "sigmoid"),
        "sparse_categorical_crossentropy": (list(range(n_units)), n_units, "softmax"),
    }
    labels, units, activation = suited[scenario.loss]
    assert np.unique(targets).tolist() == labels
    assert targets.dtype.kind == "i"
    assert (n_units, scenario.output_activation) == (units, activation)


@pytest.mark.usefixtures("mnist_at_hand")
@pytest.mark.parametrize("name", BUILT_IN)
def test_the_data_of_a_built_in_scenario_are_the_same_each_time(name: str) -> None:
    first, second = built_in.load_scenario(name).data(), built_in.load_scenario(name).data()
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_file_of_ones_own_is_loaded(tmp_path: Path) -> None:
    file = write(tmp_path, IMPORTS + 'scenario = Scenario(name="mine", data=data, epochs=7)\n')
    loaded = built_in.load_scenario(file)
    assert (loaded.name, loaded.epochs) == ("mine", 7)
    np.testing.assert_array_equal(loaded.data()[1], [0, 1])


def test_the_only_scenario_of_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = write(tmp_path, IMPORTS + 'anything = Scenario(name="mine", data=data)\n')
    assert built_in.load_scenario(file).name == "mine"


def test_of_several_scenarios_the_one_called_scenario_is_taken(tmp_path: Path) -> None:
    lines = 'base = Scenario(name="base", data=data)\nscenario = base.with_changes(name="mine")\n'
    assert built_in.load_scenario(write(tmp_path, IMPORTS + lines)).name == "mine"


@pytest.mark.parametrize(
    "lines",
    ["", 'a = Scenario(name="a", data=data)\nb = Scenario(name="b", data=data)\n', "scenario = 3\n"],
    ids=["none", "two without the name", "no scenario of that name"],
)
def test_a_file_without_one_scenario_says_what_it_must_define(tmp_path: Path, lines: str) -> None:
    message = r"mine\.py must define one scenario, such as: scenario = Scenario"
    with pytest.raises(ScenarioError, match=message):
        built_in.load_scenario(write(tmp_path, IMPORTS + lines))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("scenario = (\n", "SyntaxError"),
        ("import no_such_module_anywhere\n", "ModuleNotFoundError.*no_such_module_anywhere"),
        ("1 / 0\n", "ZeroDivisionError"),
        (IMPORTS + 'scenario = Scenario(name="mine", data=data, epochs=0)\n', "epochs must be 1 or more"),
        (IMPORTS + 'scenario = Scenario(name="mine", data=data, epoch=5)\n', "TypeError.*epoch"),
    ],
    ids=["syntax", "import", "exception", "invalid scenario", "unknown field"],
)
def test_a_broken_file_is_named_with_what_broke(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=rf"mine\.py fails: .*{message}"):
        built_in.load_scenario(write(tmp_path, text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"nowhere\.py does not exist"):
        built_in.load_scenario(str(tmp_path / "nowhere.py"))


def test_an_unknown_name_is_refused_with_the_nearest_names_and_the_way_to_a_file() -> None:
    with pytest.raises(ScenarioError, match=r"unknown scenario 'parabolla': did you mean parabola.*\.py"):
        built_in.load_scenario("parabolla")


def test_two_files_of_the_same_name_do_not_get_in_each_others_way(tmp_path: Path) -> None:
    loaded: list[Scenario] = []
    for number in (1, 2):
        (tmp_path / str(number)).mkdir()
        text = (
            f'from replay import Scenario\n\ndef data():\n    return [{number}]\n\n'
            f'scenario = Scenario(name="mine", data=data)\n'
        )  # fmt: skip
        loaded.append(built_in.load_scenario(write(tmp_path / str(number), text)))
    assert [scenario.data() for scenario in loaded] == [[1], [2]]


def test_data_in_place_of_a_scenario_are_refused_with_the_command_that_takes_them(tmp_path: Path) -> None:
    table = tmp_path / "iris.csv"
    table.write_text("a,label\n1,0\n2,1\n")
    with pytest.raises(ScenarioError, match=f"'replay run moons --data {table}'"):
        built_in.load_scenario(str(table))
