"""Classes and inputs are called by their names, and by numbers where there are none."""

from __future__ import annotations

import numpy as np
import pytest

from replay import Recording, Replay
from replay.network.data_description import DataDescription
from replay.runs.names import Names, common_names
from replay.runs.run_names import runs_title
from replay.runs.task import BINARY, MULTICLASS, REGRESSION, Task
from tests.conftest import MakeRun

NAMES = ("Adelie", "Chinstrap", "Gentoo")
PENGUINS = DataDescription("species", NAMES, ("bill", "flipper"), title="penguins")
BINARY_TASK, THREE = Task(BINARY, 2, np.zeros(1, int)), Task(MULTICLASS, 3, np.zeros(1, int))


def test_a_class_with_a_name_is_called_by_it_everywhere() -> None:
    names = Names.of(PENGUINS, THREE, (2,))
    assert (names.number(2), names.word(2), names.title(2)) == ("Gentoo", "Gentoo", "Gentoo")
    assert names.inputs == ("bill", "flipper") and names.are_words


def test_without_names_there_are_numbers() -> None:
    names = Names.of(None, THREE, (2,))
    assert (names.number(2), names.word(2), names.title(2)) == ("2", "class 2", "Class 2")
    assert not names.are_words and names.inputs == ()
    assert [Names.of(None, BINARY_TASK, (2,)).title(label) for label in (0, 1)] == ["Negatives", "Positives"]


@pytest.mark.parametrize("classes", [("0", "1"), ("", "1"), ("", "")])
def test_names_that_are_the_classes_own_numbers_say_nothing(classes: tuple[str, ...]) -> None:
    names = Names.of(DataDescription(classes=classes), BINARY_TASK, None)
    assert names == Names.of(None, BINARY_TASK, None)


def test_another_number_is_a_name_that_needs_a_word() -> None:
    names = Names.of(DataDescription(classes=("-1", "1")), BINARY_TASK, None)
    assert [names.word(label) for label in (0, 1)] == ["class -1", "class 1"]
    assert [names.title(label) for label in (0, 1)] == ["Class -1", "Class 1"]
    assert not names.are_words


def test_fewer_names_than_classes_name_those_that_they_can() -> None:
    names = Names.of(DataDescription(classes=("Adelie", "")), THREE, None)
    assert [names.word(label) for label in range(3)] == ["Adelie", "class 1", "class 2"]


def test_names_that_clash_have_their_numbers() -> None:
    names = Names.of(DataDescription(classes=("a", "b", "a")), THREE, None)
    assert names.classes == ("a (0)", "b", "a (2)")
    again = Names.of(DataDescription(classes=("a", "a", "a (0)")), THREE, None)
    assert len(set(again.classes)) == 3


@pytest.mark.parametrize(
    ("inputs", "shape"),
    [(("x",), (2,)), (("a", "b", "c"), (2,)), (("a", "b"), (2, 1)), (("a", "b"), None), ((), (2,))],
)
def test_inputs_have_names_where_there_is_one_for_each(
    inputs: tuple[str, ...], shape: tuple[int, ...] | None
) -> None:
    assert Names.of(DataDescription(inputs=inputs), Task(REGRESSION, 0, None), shape).inputs == ()


def test_inputs_that_were_scaled_are_called_so() -> None:
    described = DataDescription(inputs=("length (cm)", "width"), scale="standard")
    assert Names.of(described, THREE, (2,)).inputs == ("length (cm), scaled", "width, scaled")


def test_metrics_of_one_class_have_its_name() -> None:
    names = Names.of(PENGUINS, THREE, (2,))
    logged = {"f1_score_0": 0, "f1_score_1": 0, "f1_score_2": 0, "auc": 0, "auc_1": 0}
    assert names.metric("f1_score_2", logged) == "f1 score of Gentoo"
    assert names.metric("auc_1", logged) == "auc 1"  # the second that Keras made
    assert names.metric("f1_score_3", logged) == "f1 score 3"
    assert Names().metric("f1_score_2", logged) == "f1 score 2"


def test_runs_that_are_shown_together_have_the_names_that_all_have() -> None:
    one, other = Names(("a", "b"), ("x", "y")), Names(("a", "c"), ("x", "y"))
    assert common_names([one, one]) == one
    assert common_names([one, other]) == Names((), ("x", "y"))


def test_the_title_is_that_of_the_data_and_else_the_scenarios(make_run: MakeRun) -> None:
    named = Recording(make_run("a.h5", scenario="moons", run="tanh", described=DataDescription(title="iris")))
    other = Recording(make_run("b.h5", scenario="moons", run="tanh", described=DataDescription("y")))
    assert (named.title, other.title) == ("iris · tanh", "moons · tanh")


def test_runs_of_the_same_data_are_titled_by_them(make_run: MakeRun) -> None:
    two = DataDescription(classes=NAMES[:2], title="penguins")
    runs = [make_run(f"{run}.h5", scenario="moons", run=run, described=two) for run in ("tanh", "relu")]
    assert runs_title([Replay(run).evaluation for run in runs]) == "penguins"
