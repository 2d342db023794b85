"""Which views the runs of a scenario cannot have, as far as that is known before they are trained."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from replay.drawing.registry.needs import CLASSES, NUMBERS
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError
from replay.network.description import RunDescription, dense
from replay.runs.task import Task
from replay.scenario.data import load_data
from replay.scenario.scenario import Scenario
from replay.scenario.suited_output import SEVERAL_CLASSES, predicts_numbers
from replay.types import Array

CLASS_LOSSES = ("binary_crossentropy", SEVERAL_CLASSES, "categorical_crossentropy")


class Known(NamedTuple):
    """What is known of a run before it is trained; `n_classes` is None where the loss leaves that open."""

    scenario: Scenario
    input_shape: tuple[int, ...]
    n_classes: int | None

    @property
    def widest(self) -> int:
        """The most units that a hidden layer has, 0 without one."""
        return max(self.scenario.hidden_units, default=0)

    def has(self, n_classes: int) -> bool:
        """Whether there may be so many classes."""
        return self.n_classes in (None, n_classes)


# What the rows of the table say that a view needs, and whether a run may have it. What else they say, of
# layers, losses and activations, is known when the network is built.
MAY_HAVE: Mapping[str, Callable[[Known], bool]] = {
    CLASSES: lambda known: known.n_classes != 0,
    "two classes": lambda known: known.has(2),
    NUMBERS: lambda known: known.has(0),
    "one output": lambda known: known.scenario.output_units == 1,
    "a softmax output": lambda known: known.scenario.output_activation == "softmax",
    "2-D inputs": lambda known: known.input_shape == (2,),
    "image inputs": lambda known: len(known.input_shape) > 1,
    "a hidden layer": lambda known: known.widest > 0,
    "a hidden layer of 2 units": lambda known: 2 in known.scenario.hidden_units,
    "a hidden layer with 2 units or more": lambda known: known.widest >= 2,
    "a hidden layer with 3 units or more": lambda known: known.widest >= 3,
    "a chain of two Dense layers or more": lambda known: known.widest > 0,
    "one Dense layer of one step unit": lambda known: not known.widest and _is_step(known.scenario),
    "an optimizer that clips": lambda known: bool(known.scenario.clips),
}


def _is_step(scenario: Scenario) -> bool:
    return scenario.output_units == 1 and scenario.output_activation == "step"


def check_views(scenario: Scenario, views: Iterable[str]) -> None:
    """Raise ViewError for a view that no run of the scenario can have.

    A network of `build_model` is not known before it is built. Loads the data.
    """
    if scenario.build_model is not None or not (chosen := list(views)):
        return
    data = load_data(scenario)
    runs = [
        Known(single, data.inputs.shape[1:], _n_classes(single, data.targets))
        for _, single in scenario.variants
    ]
    for view in chosen:
        lacking = [_lacking(view, known) for known in runs]
        if all(lacking):
            raise ViewError(f"the view {view} is for {lacking[0]}, and {_no_run(runs, lacking[0] or '')}")


def _lacking(view: str, known: Known) -> str | None:
    """The first thing that a view needs and the run has not; None where it may have all."""
    needs = TABLE[view].needs.split(", ")
    if any(need.startswith("or ") for need in needs):  # one of them is enough
        return None
    return next((need for need in needs if need in MAY_HAVE and not MAY_HAVE[need](known)), None)


def _no_run(runs: list[Known], lacking: str) -> str:
    name = runs[0].scenario.name
    if lacking == NUMBERS:
        return f"{name} has classes: choose another, such as {_those_for(CLASSES)}"
    if runs[0].n_classes == 0 and lacking in (CLASSES, "two classes"):
        return f"{name} predicts numbers: choose another, such as {_those_for(NUMBERS)}"
    return f"no run of {name} has that: choose another, or leave --view out"


def _those_for(need: str) -> str:
    """The views that need nothing else."""
    *others, last = [row.name for row in TABLE.values() if row.needs == need]
    return f"{', '.join(others)} or {last}"


def _n_classes(scenario: Scenario, targets: Array) -> int | None:
    """How many classes there are, 0 for numbers; None where the loss may be for either."""
    if scenario.loss not in CLASS_LOSSES and not predicts_numbers(scenario):
        return None
    output = dense("output", 1, scenario.output_units, scenario.output_activation)
    return Task.of(RunDescription((output,), loss={"name": scenario.loss}), targets).n_classes
