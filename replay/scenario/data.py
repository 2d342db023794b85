"""Loads a scenario's training and validation data, and checks their shapes before training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from replay.errors import DataError, ReplayError, ScenarioError, first_line
from replay.network.data_description import DataDescription, check_numbers_of_names
from replay.network.losses import check_targets
from replay.scenario.found_names import Named, is_bunch, named
from replay.scenario.scenario import Scenario
from replay.scenario.suited_output import predicts_numbers
from replay.storage.samples import checked_samples
from replay.storage.stratified import stratified


class Data(NamedTuple):
    """Inputs (n_samples, …), targets (n_samples, …), and a pair of them for validation or None.

    `described` has the names of the scenario and those that the data bring with them.
    """

    inputs: Any
    targets: Any
    validation: tuple[Any, Any] | None
    described: DataDescription | None = None


def load_data(scenario: Scenario) -> Data:
    """The scenario's data. Raises ScenarioError if a function fails, DataError if the data do not fit."""
    inputs, targets, found = _checked(scenario, scenario.data)
    described = (scenario.data_description or DataDescription()).completed(found)
    if scenario.build_model is None:
        _check_names(scenario, described, inputs)
    if scenario.samples is not None:
        chosen = stratified(targets, scenario.samples, scenario.seed)
        inputs, targets = inputs[chosen], targets[chosen]
    validation = None
    if scenario.validation_data is not None:
        held_out = _checked(scenario, scenario.validation_data)
        validation = held_out.inputs, held_out.targets
    return Data(inputs, targets, validation, None if described.says_nothing else described)


def _check_names(scenario: Scenario, described: DataDescription, inputs: Any) -> None:
    """Raise DataError where there are not as many names as the scenario has classes, or a sample values."""
    n_classes = 0 if predicts_numbers(scenario) else max(2, scenario.output_units)
    of_array = len(described.inputs) == 1  # one name of all inputs
    given = replace(described, inputs=()) if of_array else described
    try:
        check_numbers_of_names(given, n_classes, inputs.shape[1:])
    except DataError as error:
        raise DataError(f"scenario {scenario.name!r}: {error}") from error


def _checked(scenario: Scenario, source: Callable[[], Any]) -> Named:
    """What a data function returns, as arrays, and what they are called."""
    try:
        data = source()
    except ReplayError:
        raise
    except Exception as error:
        raise ScenarioError(f"scenario {scenario.name!r}: data fails: {first_line(error)}") from error
    pair = (data, None) if is_bunch(data) else data
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ScenarioError(f"scenario {scenario.name!r}: data must return two arrays, inputs and targets")
    try:
        raw = named(*pair)
        inputs, targets = checked_samples(raw.inputs, raw.targets)
        if scenario.build_model is None:
            check_targets({"name": scenario.loss}, targets, scenario.output_units)
    except DataError as error:
        raise DataError(f"scenario {scenario.name!r}: {error}") from error
    return raw._replace(inputs=inputs, targets=targets)
