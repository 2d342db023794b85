"""The axes of a sweep: hyper-parameters that a scenario can vary, with parsing, checks and run names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from replay.choices import INITIALIZERS, NORMAL, OPTIMIZERS
from replay.errors import ScenarioError, ViewError, unknown
from replay.network import activation_names
from replay.network.activations import CATALOGUE

OF_ONES_OWN = ("activation", "batch_size", "seed")  # these can vary if `build_model` makes the network


class Varied(Protocol):
    """The attributes of a scenario that the axes read."""

    @property
    def name(self) -> str:
        """The scenario's name."""
        ...

    @property
    def activations(self) -> tuple[str, ...]:
        """The activations of the hidden layers, one per run."""
        ...

    @property
    def hidden_units(self) -> tuple[int, ...]:
        """The sizes of the hidden layers."""
        ...

    @property
    def learning_rate(self) -> float:
        """The learning rate of optimizers not in `learning_rates`."""
        ...

    @property
    def learning_rates(self) -> Mapping[str, float]:
        """The learning rates of some optimizers, by name."""
        ...


@dataclass(frozen=True)
class Axis:
    """One hyper-parameter.

    `check` returns a value in the scenario's form, or raises ScenarioError; `parse` turns the command line's
    text into an argument for `check`. `change` returns the scenario's fields for a value, `read` the value
    of a scenario with one activation, `word` the value's part of a run's name.
    """

    name: str
    check: Callable[[Any], Any]
    parse: Callable[[str], Any]
    change: Callable[[Varied, Any], dict[str, Any]]
    read: Callable[[Varied], Any]
    word: Callable[[Any], str]


def find(name: str) -> Axis:
    """The axis called `name`. Raises ScenarioError, listing all axes, for an unknown name."""
    if name not in AXES:
        raise ScenarioError(_unknown("axis", name, AXES))
    return AXES[name]


def parse_axis(text: str) -> tuple[str, tuple[Any, ...]]:
    """Parse an axis from the command line: "batch_size=16,64" gives ("batch_size", (16, 64)).

    The name may have dashes for underscores. Layers of different sizes are written "8x2". Raises
    ScenarioError for an unknown axis or a wrong value.
    """
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    words = [word.strip() for word in values.split(",") if word.strip()]
    if not equals or not words:
        raise ScenarioError(f"an axis must be NAME=V1,V2, such as batch_size=16,64, not {text!r}")
    axis = find(name)
    return name, checked(name, [axis.parse(word) for word in words])


def parse_axes(texts: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Parse several axes. Raises ScenarioError if an axis is named twice."""
    axes: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, values = parse_axis(text)
        if name in axes:
            raise ScenarioError(f"axis {name!r} is named twice: write {name}=V1,V2")
        axes[name] = values
    return axes


def checked(name: str, values: Any) -> tuple[Any, ...]:
    """The checked values of an axis. Raises ScenarioError if there are none, or one is wrong or repeated."""
    axis = find(name)
    if isinstance(values, str) or not isinstance(values, Sequence):
        raise ScenarioError(f"axis {name!r} must have a tuple of values, such as ({values!r},)")
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
    """A message with similar names and all known names, as axes and their values are few."""
    message, names = unknown(kind, name, known), ", ".join(known)
    return message if "there are" in message else f"{message} (there are: {names})"


def _one_of(kind: str, names: Sequence[str]) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if value not in names:
            raise ScenarioError(_unknown(kind, str(value), names))
        return str(value)

    return check


def _activation(value: Any) -> str:
    """Check an activation, which may have parameters: "elu:0.2"."""
    name = str(value).partition(activation_names.SEPARATOR)[0]
    _one_of("activation", sorted(CATALOGUE))(name)
    try:
        activation_names.parsed(str(value))
    except ViewError as error:
        raise ScenarioError(str(error)) from error
    return str(value)


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
    """Check the number of units for all hidden layers, or one number for each."""
    one = _whole("hidden_units", 1)
    return tuple(map(one, value)) if isinstance(value, tuple | list) else one(value)


def _number(text: str) -> Any:
    """The number in `text`, or `text` itself, which the check then refuses."""
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
    """The hidden layers' units as one word: "8", or "8x2" for a layer of 8 and one of 2."""
    return "x".join(map(str, units)) if isinstance(units, tuple) else str(units)


# Changes to the scenario


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
            f"scenario {scenario.name!r}: depth repeats a hidden layer, but the layers differ: "
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


# They are set in this order: the learning rate after the optimizer, which may have its own, and the depth
# after the units, which it repeats.
AXES: dict[str, Axis] = {
    axis.name: axis
    for axis in (
        Axis(
            "activation",
            _activation,
            str,
            lambda scenario, value: {"activations": (value,)},
            lambda scenario: scenario.activations[0],
            activation_names.word,
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
