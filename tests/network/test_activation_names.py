"""Activations with parameters: how they are typed, against the arguments that Keras's functions have."""

from __future__ import annotations

import inspect

import keras
import pytest

from replay.errors import ViewError
from replay.network.activation_names import PARAMETERS, parsed, unusual, word
from replay.network.activations import CATALOGUE, SHOWN_ONLY


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_of_keras_in_its_order_and_of_numpy(name: str) -> None:
    own = inspect.signature({**CATALOGUE, **SHOWN_ONLY}[name].function)
    assert tuple(own.parameters)[1:] == PARAMETERS[name]
    if name != "prelu":  # in Keras a layer that learns it
        theirs = inspect.signature(getattr(keras.activations, name))
        assert tuple(theirs.parameters)[1:] == PARAMETERS[name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tanh", ("tanh", {})),
        ("elu:0.2", ("elu", {"alpha": 0.2})),
        ("elu:alpha=2e-1", ("elu", {"alpha": 0.2})),
        ("relu:0.1:6", ("relu", {"negative_slope": 0.1, "max_value": 6.0})),
        ("relu:threshold=1:max_value=6", ("relu", {"threshold": 1.0, "max_value": 6.0})),
        ("threshold:0:-2", ("threshold", {"threshold": 0.0, "default_value": -2.0})),
    ],
)
def test_name_and_parameters_are_told_apart(text: str, expected: tuple[str, dict[str, float]]) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sigmoid:2", "sigmoid takes no parameters; those that do are celu, elu"),
        ("gelu:1", "gelu takes no parameters"),
        ("elu:", "alpha must be a number, not ''"),
        ("elu:x", "alpha must be a number, not 'x'"),
        ("elu:nan", "alpha must be a number"),
        ("elu:inf", "alpha must be a number"),
        ("elu:1:2", "elu takes no more than 1: alpha"),
        ("elu:beta=1", "unknown parameter of elu 'beta': there are: alpha"),
        ("relu:0.1:negative_slope=2", "negative_slope is given twice"),
        ("leaky_relu:-0.1", "negative_slope must be 0 or more, not -0.1"),
        ("celu:0", "must be above 0"),
    ],
)
def test_parameters_that_cannot_be_are_refused(text: str, message: str) -> None:
    with pytest.raises(ViewError, match=message):
        parsed(text)


def test_words_are_parts_of_file_names() -> None:
    assert word("elu:0.2") == "elu-0.2"
    assert word("relu:max_value=6:threshold=1") == "relu-max_value6-threshold1"
    assert word("tanh") == "tanh"


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("elu", {"alpha": 1.0}, {}),
        ("elu", {"alpha": 0.2}, {"alpha": 0.2}),
        ("relu", {"negative_slope": 0.0, "threshold": 0.0, "max_value": 6.0}, {"max_value": 6.0}),
        ("threshold", {"threshold": 0.0, "default_value": 1.0}, {"threshold": 0.0, "default_value": 1.0}),
        ("softmax", {"axis": -1}, {}),
        ("of.a.user", {"slope": 1.0}, {"slope": 1.0}),
    ],
)
def test_unusual_arguments_are_those_that_are_not_the_functions_defaults(
    name: str, arguments: dict[str, float], expected: dict[str, float]
) -> None:
    assert unusual(name, arguments) == expected


def test_the_usual_ones_are_kerass() -> None:
    for name, parameters in PARAMETERS.items():
        function = getattr(keras.activations, name, None)
        known = {} if function is None else inspect.signature(function).parameters
        defaults = {
            one: known[one].default for one in parameters if one in known and known[one].default is not None
        }
        defaults = {one: value for one, value in defaults.items() if value is not inspect.Parameter.empty}
        assert unusual(name, defaults) == {}
