"""What data were taken for is told in one line, kept as JSON, and checked when it is read."""

from __future__ import annotations

from typing import Any

import pytest

from replay import RunDescription, dense
from replay.errors import DataError
from replay.network.data_description import MAX_NAME, MAX_NAMES, DataDescription, check_numbers_of_names

IRIS = DataDescription(
    "species", ("setosa", "versicolor", "virginica"), ("length", "width"), ("Id",), "standard"
)
LAYERS = (dense("output", 2, 1, "sigmoid"),)


def as_json(**data: Any) -> dict[str, Any]:
    return {**RunDescription(LAYERS).to_json(), "data": data}


def test_one_line_tells_what_data_were_taken_for() -> None:
    assert str(IRIS) == (
        "target: species (3 classes: setosa, versicolor, virginica); inputs: length, width; left out: Id; "
        "scale: standard"
    )
    assert str(DataDescription("price")) == "target: price (numbers)"
    assert DataDescription("kind").told(n_classes=2) == "target: kind (2 classes)"
    assert DataDescription(inputs=("a", "b")).told(n_classes=2) == "inputs: a, b"


def test_of_many_names_the_first_are_told() -> None:
    pixels = tuple(f"p{n}" for n in range(784))
    told = str(DataDescription("label", pixels[:11], pixels))
    assert told.startswith("target: label (11 classes: p0, p1, p2, p3, p4, p5, p6, p7, p8, …); inputs: p0, ")
    assert told.endswith("p8, … (784 in all)")


@pytest.mark.parametrize("data", [IRIS, DataDescription(), None])
def test_a_description_survives_json(data: DataDescription | None) -> None:
    description = RunDescription(LAYERS, data=data)
    assert RunDescription.from_json(description.to_json()) == description


def test_files_from_before_have_none() -> None:
    older = RunDescription(LAYERS).to_json()
    del older["data"]
    assert RunDescription.from_json(older).data is None


def test_unknown_keys_are_skipped() -> None:
    assert RunDescription.from_json(as_json(target="a", later=1)).data == DataDescription("a")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"target": 3}, "description.data.target must be text"),
        ({"target": "a" * (MAX_NAME + 1)}, "data.target must be text of at most 200"),
        ({"classes": "ab"}, "data.classes must be a list of at most 10000 texts"),
        ({"classes": ["a", 1]}, "data.classes must be a list"),
        ({"inputs": ["a" * (MAX_NAME + 1)]}, "data.inputs must be a list"),
        ({"left_out": ["a"] * (MAX_NAMES + 1)}, "data.left_out must be a list"),
        ({"classes": ["a"]}, "data.classes must be the names of two classes or more"),
        ({"title": "a" * (MAX_NAME + 1)}, "data.title must be text of at most 200"),
        ({"scale": ["standard"]}, "data.scale must be text"),
    ],
)
def test_what_a_stranger_wrote_is_checked(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        RunDescription.from_json(as_json(**data))
    with pytest.raises(ValueError, match=r"description\.data must be an object"):
        RunDescription.from_json({**RunDescription(LAYERS).to_json(), "data": [data]})


def test_what_is_written_keeps_within_what_is_read() -> None:
    wide = DataDescription("a" * 300, inputs=tuple(map(str, range(MAX_NAMES + 1))), classes=("b" * 300, "c"))
    description = RunDescription(LAYERS, data=wide)
    assert RunDescription.from_json(description.to_json()).data == wide
    assert len(wide.target) == MAX_NAME and wide.inputs == ()


def test_a_long_name_loses_its_middle() -> None:
    (first, second) = DataDescription(classes=("a" * 300 + "1", "a" * 300 + "2")).classes
    assert len(first) == MAX_NAME and first != second and "…" in first


def test_names_that_are_given_replace_those_that_are_known() -> None:
    named = IRIS.with_names(["a", "b", 3], ("x", "y"), "Irises", "kind")
    assert named == DataDescription("kind", ("a", "b", "3"), ("x", "y"), ("Id",), "standard", "Irises")
    assert IRIS.with_names() == IRIS
    assert IRIS.with_names(title="").title == ""


def test_what_is_known_comes_before_what_is_found() -> None:
    found = DataDescription("y", ("a", "b", "c"), title="found")
    assert DataDescription("species").completed(found) == DataDescription(
        "species", ("a", "b", "c"), title="found"
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ({"class_names": "ab"}, "class_names (--class-names) must be a list of names, not 'ab'"),
        ({"class_names": 3}, "class_names (--class-names) must be a list of names, not '3'"),
        ({"class_names": ["a", " ", "b"]}, "class_names (--class-names): name 2 of 3 is empty: give it one"),
        ({"class_names": []}, "class_names (--class-names) must have 1 to 10,000 names, not 0"),
        ({"class_names": ["a"]}, "class_names (--class-names) has one name: there are two classes or more"),
        (
            {"class_names": ["a", "b", "a"]},
            "class_names (--class-names): names 1 and 3 are both 'a': give each another",
        ),
        (
            {"class_names": ["a", "b"]},
            "class_names (--class-names) has 2 names, but there are 3 classes, setosa, versicolor, virginica",
        ),
        ({"feature_names": ["a", "a"]}, "feature_names (--feature-names): names 1 and 2 are both 'a'"),
        ({"title": 3}, "title (--title) must be text, not '3'"),
        ({"target_name": b"a"}, "target_name (--target-name) must be text"),
    ],
)
def test_names_that_name_nothing_are_refused(names: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as refused:
        IRIS.with_names(**names)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (DataDescription(classes=("a", "b")), "has 2 names, but the run has 3 classes"),
        (DataDescription(inputs=("a",)), "has 1 name, but each sample has 2 values"),
        (DataDescription(inputs=("a", "b", "c")), "has 3 names, but each sample has 2 values"),
    ],
)
def test_there_are_as_many_names_as_classes_and_inputs(given: DataDescription, message: str) -> None:
    with pytest.raises(DataError, match=message):
        check_numbers_of_names(given, 3, (2,))


def test_names_of_a_regression_and_of_images() -> None:
    with pytest.raises(DataError, match="the run has no classes"):
        check_numbers_of_names(DataDescription(classes=("a", "b")), 0, (2,))
    check_numbers_of_names(DataDescription(inputs=("pixels",)), 3, (8, 8))
    check_numbers_of_names(DataDescription(inputs=("a", "b", "c")), 3, None)
