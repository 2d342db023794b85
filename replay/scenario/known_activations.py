"""Whether the activations of a scenario are known, before Keras is loaded, which takes seconds."""

from __future__ import annotations

import sys

from replay.errors import ScenarioError, unknown
from replay.network.activation_names import parsed
from replay.network.activations import CATALOGUE
from replay.scenario.scenario import Scenario

PRELU = "prelu"  # a layer of its own


def check_activations(scenario: Scenario) -> None:
    """Raise ScenarioError or ViewError for an activation that Keras does not have.

    Where Keras is loaded already, as by a scenario's file, it may know others, and is asked later.
    """
    if scenario.build_model is not None:
        return
    for activation in scenario.activations:
        if activation not in CATALOGUE and activation in (runs := _named_runs(scenario)):
            raise ScenarioError(
                f"{activation!r} is no activation but a run of {scenario.name}, which trains all of its "
                f"runs: {', '.join(runs)}"
            )
        name, _ = parsed(activation)
        if name != PRELU and name not in CATALOGUE and "keras" not in sys.modules:
            raise ScenarioError(unknown("activation", activation, CATALOGUE))


def _named_runs(scenario: Scenario) -> list[str]:
    """What the runs are called that differ in something else than their activation."""
    if not (scenario.vary or scenario.runs):
        return []
    return [name for name, _ in scenario.with_changes(activations=("tanh",)).variants]
