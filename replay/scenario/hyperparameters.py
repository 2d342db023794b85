"""The hyper-parameters that a scenario can vary: how each is written, checked, set and named."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from replay.errors import ScenarioError, unknown
from replay.network.activations import CATALOGUE

MOMENTUM = "momentum"  # SGD with a momentum of 0.9; the other names are Keras's
OPTIMIZERS = (
    *("sgd", MOMENTUM, "adagrad", "rmsprop", "adam"),
    *("adadelta", "adafactor", "adamax", "adamw", "ftrl", "lamb", "lion", "nadam"),
)
INITIALIZERS = (
    *("glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "lecun_normal", "lecun_uniform"),
    *("random_normal", "random_uniform", "truncated_normal", "orthogonal", "variance_scaling"),
    *("zeros", "ones"),
)
NORMAL = re.compile(r"normal_(\d+(\.\d+)?(e-\d+)?)")  # normal_0.01: a normal distribution with that deviation
OF_ONES_OWN = ("activation", "batch_size", "seed")  # what can vary where `build_model` makes the network


class Varied(Protocol):
    """What the axes need of the scenario whose hyper-parameters they read."""

    @property
    def name(self) -> str:
        """What it is called."""
        ...

    @property
    def activations(self) -> tuple[str, ...]:
        """The activations of the hidden layers, one for each run."""
        ...

    @property
    def hidden_units(self) -> tuple[int, ...]:
        """The sizes of the hidden layers."""
        ...

    @property
    def learning_rate(self) -> float:
        """The learning rate of optimizers that have none of their own."""
        ...

    @property
    def learning_rates(self) -> Mapping[str, float]:
        """Those of optimizers that have."""
        ...


@dataclass(frozen=True)
class Axis:
    """One hyper-parameter.

    `check` returns a value as the scenario keeps it, or raises ScenarioError; `parse` turns the command
    line's text into what `check` takes. `change` gives the scenario's fields for a value, `read` the value
    of a scenario with one activation, `word` what a run with that value is called.
    """

    name: str
    check: Callable[[Any], Any]
    parse: Callable[[str], Any]
    change: Callable[[Varied, Any], dict[str, Any]]
    read: Callable[[Varied], Any]
    word: Callable[[Any], str]


def find(name: str) -> Axis:
    """The axis called `name`; raises ScenarioError, with what there is, for another."""
    if name not in AXES:
        raise ScenarioError(_unknown("axis", name, AXES))
    return AXES[name]


def parse_axis(text: str) -> tuple[str, tuple[Any, ...]]:
    """An axis as the command line has it: "batch_size=16,64" gives ("batch_size", (16, 64)).

    Dashes may stand for the underscores of the name. Layers of several sizes are written "8x2". Raises
    ScenarioError for what is no axis or no value of it.
    """
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    words = [word.strip() for word in values.split(",") if word.strip()]
    if not equals or not words:
        raise ScenarioError(f"an axis is written NAME=V1,V2, as in batch_size=16,64: not {text!r}")
    axis = find(name)
    return name, checked(name, [axis.parse(word) for word in words])


def parse_axes(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Several of them; raises ScenarioError where an axis is named twice."""
    axes: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, values = parse_axis(text)
        if name in axes:
            raise ScenarioError(f"axis {name!r} is named twice: write {name}=V1,V2")
        axes[name] = values
    return axes


def checked(name: str, values: Any) -> tuple[Any, ...]:
    """The values of an axis; raises ScenarioError where there are none, one is wrong, or one comes twice."""
    axis = find(name)
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ScenarioError(f"axis {name!r} must have a tuple of values, as in ({values!r},)")
    found = tuple(axis.check(value) for value in values)
    if not found:
        raise ScenarioError(f"axis {name!r} has no values")
    if len({axis.word(value) for value in found}) < len(found):
        raise ScenarioError(f"axis {name!r} has a value twice: {', '.join(map(axis.word, found))}")
    return found


def checked_axes(axes: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """All axes of a scenario, checked one by one."""
    return {name: checked(name, values) for name, values in axes.items()}


# Values


def _unknown(kind: str, name: str, known: Iterable[str]) -> str:
    """The nearest names, and all there are: axes and their values are few."""
    said, names = unknown(kind, name, known), ", ".join(known)
    return said if "there are" in said else f"{said} (there are: {names})"


def _one_of(kind: str, names: Sequence[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in names:
            raise ScenarioError(_unknown(kind, str(value), names))
        return str(value)

    return check


def _initializer(value: Any) -> str:
    if isinstance(value, str) and NORMAL.fullmatch(value):
        return value
    if value not in INITIALIZERS:
        raise ScenarioError(
            f"{unknown('initializer', str(value), INITIALIZERS)} (there are: {', '.join(INITIALIZERS)}, and "
            "normal_0.01 for a normal distribution with that standard deviation)"
        )
    return str(value)


def _whole(name: str, least: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if isinstance(value, bool) or not hasattr(value, "__index__") or value < least:
            raise ScenarioError(f"{name} must be a whole number of {least} or more, not {value!r}")
        return int(value)

    return check


def _rate(value: Any) -> float:
    if isinstance(value, str | bool) or not hasattr(value, "__float__") or not 0 < value < float("inf"):
        raise ScenarioError(f"learning_rate must be a number above 0, not {value!r}")
    return float(value)


def _units(value: Any) -> int | tuple[int, ...]:
    """So many units in each hidden layer, or a number for each."""
    one = _whole("hidden_units", 1)
    return tuple(map(one, value)) if isinstance(value, tuple | list) else one(value)


def _number(text: str) -> Any:
    """The number in `text`; text that is none, as it is, for the check to refuse."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _sizes(text: str) -> Any:
    sizes = [_number(part) for part in text.split("x")]
    return tuple(sizes) if len(sizes) > 1 else sizes[0]


def _digits(value: float) -> str:
    return repr(value).removesuffix(".0")


def units_in_words(units: int | tuple[int, ...]) -> str:
    """The units of hidden layers in a word: "8", or "8x2" for a layer of 8 and one of 2."""
    return "x".join(map(str, units)) if isinstance(units, tuple) else str(units)


# What they change


def _field(name: str) -> Callable[[Varied, Any], dict[str, Any]]:
    return lambda scenario, value: {name: value}


def _with_optimizer(scenario: Varied, optimizer: str) -> dict[str, Any]:
    return {
        "optimizer": optimizer,
        "learning_rate": scenario.learning_rates.get(optimizer, scenario.learning_rate),
    }


def _with_units(scenario: Varied, units: int | tuple[int, ...]) -> dict[str, Any]:
    return {"hidden_units": units if isinstance(units, tuple) else (units,) * len(scenario.hidden_units)}


def _with_depth(scenario: Varied, depth: int) -> dict[str, Any]:
    if len(set(scenario.hidden_units)) != 1:
        raise ScenarioError(
            f"scenario {scenario.name!r}: depth repeats a hidden layer, and its layers differ: "
            f"{units_in_words(scenario.hidden_units) or 'none'}"
        )
    return {"hidden_units": scenario.hidden_units[:1] * depth}


def _plain(
    name: str,
    check: Callable[[Any], Any],
    parse: Callable[[str], Any],
    word: Callable[[Any], str],
    change: Callable[[Varied, Any], dict[str, Any]] | None = None,
) -> Axis:
    """An axis that is a field of the scenario."""
    return Axis(name, check, parse, change or _field(name), lambda scenario: getattr(scenario, name), word)


# In this order they are set: the learning rate after the optimizer, which has its own, the depth after the
# units, which it repeats.
AXES: dict[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            "activation",
            _one_of("activation", sorted(CATALOGUE)),
            str,
            lambda scenario, value: {"activations": (value,)},
            lambda scenario: scenario.activations[0],
            str,
        ),
        _plain("optimizer", _one_of("optimizer", OPTIMIZERS), str, str, _with_optimizer),
        _plain("learning_rate", _rate, _number, lambda value: f"lr{_digits(value)}"),
        _plain("batch_size", _whole("batch_size", 1), _number, lambda value: f"batch{value}"),
        _plain("kernel_initializer", _initializer, str, str),
        _plain("output_kernel_initializer", _initializer, str, lambda value: f"output_{value}"),
        _plain("hidden_units", _units, _sizes, lambda value: f"units{units_in_words(value)}", _with_units),
        Axis(
            "depth",
            _whole("depth", 1),
            _number,
            _with_depth,
            lambda scenario: len(scenario.hidden_units),
            lambda value: f"depth{value}",
        ),
        _plain("seed", _whole("seed", 0), _number, lambda value: f"seed{value}"),
    )
}
