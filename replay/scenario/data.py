"""Loads a scenario's training and validation data, and checks their shapes before training."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from replay.errors import DataError, ReplayError, ScenarioError, first_line
from replay.network.losses import check_targets
from replay.scenario.scenario import Scenario
from replay.storage.samples import checked_samples
from replay.storage.stratified import stratified


class Data(NamedTuple):
    """Inputs (n_samples, …), targets (n_samples, …), and a pair of them for validation or None."""

    inputs: Any
    targets: Any
    validation: tuple[Any, Any] | None


def load_data(scenario: Scenario) -> Data:
    """The scenario's data. Raises ScenarioError if a function fails, DataError if the data do not fit."""
    inputs, targets = _checked(scenario, scenario.data)
    if scenario.samples is not None:
        chosen = stratified(targets, scenario.samples, scenario.seed)
        inputs, targets = inputs[chosen], targets[chosen]
    validation = None if scenario.validation_data is None else _checked(scenario, scenario.validation_data)
    return Data(inputs, targets, validation)


def _checked(scenario: Scenario, source: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    try:
        data = source()
    except ReplayError:
        raise
    except Exception as error:
        raise ScenarioError(f"scenario {scenario.name!r}: data fails: {first_line(error)}") from error
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise ScenarioError(f"scenario {scenario.name!r}: data must return two arrays, inputs and targets")
    try:
        inputs, targets = checked_samples(*data)
        if scenario.build_model is None:
            check_targets({"name": scenario.loss}, targets, scenario.output_units)
    except DataError as error:
        raise DataError(f"scenario {scenario.name!r}: {error}") from error
    return inputs, targets
