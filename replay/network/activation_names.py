"""Activations as users type them: by name, or with parameters behind it, as in "elu:0.2".

Parameters are in Keras's order, or by Keras's names: "relu:0.1", "relu:max_value=6:threshold=1".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from inspect import signature

from replay.errors import ViewError, unknown
from replay.network.activations import CATALOGUE

# As Keras calls them. What is no number, as the `approximate` of gelu, is none of them.
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "relu": ("negative_slope", "max_value", "threshold"),
    "leaky_relu": ("negative_slope",),
    "prelu": ("alpha",),
    "elu": ("alpha",),
    "celu": ("alpha",),
    "squareplus": ("b",),
    "soft_shrink": ("threshold",),
    "hard_shrink": ("threshold",),
    "threshold": ("threshold", "default_value"),
}
ANY = ("default_value",)  # the others must not be negative
SEPARATOR = ":"


def word(text: str) -> str:
    """An activation as a word of a run's name, which becomes a file's: "elu:0.2" is "elu-0.2"."""
    return text.replace(SEPARATOR, "-").replace("=", "")


def parsed(text: str) -> tuple[str, dict[str, float]]:
    """Name and parameters of an activation: "elu:0.2" gives ("elu", {"alpha": 0.2}).

    Whether there is an activation of this name is the caller's to check. Raises ViewError for parameters
    that it does not have, that are named twice, or that are no possible numbers.
    """
    name, *parts = text.split(SEPARATOR)
    if not parts:
        return name, {}
    if name not in PARAMETERS:
        raise ViewError(
            f"{text!r}: {name} takes no parameters; those that do are {', '.join(sorted(PARAMETERS))}"
        )
    names, given = PARAMETERS[name], {}
    if len(parts) > len(names):
        raise ViewError(f"{text!r}: {name} takes no more than {len(names)}: {', '.join(names)}")
    for place, part in enumerate(parts):
        before, equals, number = part.partition("=")
        parameter = before if equals else names[place]
        if parameter not in names:
            raise ViewError(f"{text!r}: {unknown(f'parameter of {name}', parameter, names)}")
        if parameter in given:
            raise ViewError(f"{text!r}: {parameter} is given twice")
        given[parameter] = _number(text, parameter, number if equals else part)
    return name, given


def unusual(name: str, arguments: Mapping[str, float]) -> dict[str, float]:
    """Those of the arguments of an activation that are not Keras's defaults for its function."""
    function = CATALOGUE[name].function if name in CATALOGUE else None
    usual = {} if function is None else signature(function).parameters
    return {
        argument: value
        for argument, value in arguments.items()
        if argument not in usual or usual[argument].default != value
    }


def _number(text: str, parameter: str, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise ViewError(f"{text!r}: {parameter} must be a number, not {word!r}; write such as 'elu:0.2'")
    if number < 0 and parameter not in ANY:
        raise ViewError(f"{text!r}: {parameter} must be 0 or more, not {word}")
    if number == 0 and text.startswith("celu"):
        raise ViewError(f"{text!r}: {parameter} must be above 0: celu divides by it")
    return number
