"""Views that no run of a scenario can have are refused before anything is trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, Scenario, dense, load_scenario
from replay.drawing.registry.lookup import loaded
from replay.drawing.registry.row import COMPOSED
from replay.drawing.registry.table import TABLE
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.scenario.data import load_data
from replay.scenario.suited_views import MAY_HAVE, check_views

KNOWN_LATER = {
    *("a Dense layer", "a chain of Dense layers", "a chain of layers that NumPy computes", "accuracy"),
    *("a loss that Replay knows", "two snapshots", "layers that are piecewise linear"),
    "layers that NumPy computes",
    *("a hidden layer with an activation that bends", "such as tanh"),
}
PLANES = {
    "classes": load_scenario("parabola"),
    "two-units": load_scenario("parabola").with_changes(name="two", hidden_units=(3, 2)),
    "three-classes": load_scenario("blobs"),
    "perceptron": load_scenario("perceptron"),
    "numbers": load_scenario("hills"),
    "one-input": load_scenario("sine"),
    "images": load_scenario("digits").with_changes(samples=100),
    "clipped": load_scenario("clipped"),
}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An evaluation of a run like the first of a scenario, with random weights."""
    folder = tmp_path_factory.mktemp("runs")
    made: dict[str, Evaluation] = {}

    def evaluated(scenario: Scenario) -> Evaluation:
        if scenario.name not in made:
            made[scenario.name] = Evaluation(_untrained(folder / f"{len(made)}.h5", scenario))
        return made[scenario.name]

    return evaluated


def _untrained(path: Path, scenario: Scenario) -> Recording:
    single, data = scenario.variants[-1][1], load_data(scenario)
    inputs = data.inputs.reshape(len(data.inputs), -1)
    sizes = [inputs.shape[1], *single.hidden_units, single.output_units]
    activations = [*single.activations * len(single.hidden_units), single.output_activation]
    layers = tuple(dense(f"layer_{n}", sizes[n], sizes[n + 1], name) for n, name in enumerate(activations))
    optimizer = {"class": "SGD", "learning_rate": 0.1, **single.clips}
    rng = np.random.default_rng(0)
    description = RunDescription(layers, loss={"name": single.loss}, optimizer=optimizer)
    with RunWriter(path, description, inputs, data.targets) as writer:
        for epoch in range(3):
            weights = [rng.normal(size=weight.shape) for layer in layers for weight in layer.weights]
            writer.snapshot(epoch, weights, {"loss": 1.0, "accuracy": 0.5} if epoch else None)
    return Recording(path)


@pytest.mark.parametrize("name", PLANES)
def test_no_view_is_refused_that_a_run_of_the_scenario_has(name: str, evaluated: Any) -> None:
    scenario = PLANES[name]
    refused = [view for view in TABLE if view not in COMPOSED and _is_refused(scenario, view)]
    assert refused
    if name == "images":  # the run here has rows of pixels
        refused = [view for view in refused if view not in ("most-wrong", "kernels")]
    for view in refused:
        row = TABLE[view]
        with pytest.raises(ViewError):
            loaded(row.view)(evaluated(scenario), **row.fixed)


def _is_refused(scenario: Scenario, view: str) -> bool:
    try:
        check_views(scenario, [view])
    except ViewError:
        return True
    return False


@pytest.mark.parametrize(
    ("scenario", "view", "words"),
    [
        ("parabola", "fit", "fit is for numbers to predict, and parabola has classes: .* probabilities, "),
        (
            "hills",
            "calibration",
            "is for classes, and hills predicts numbers: .* fit, predicted, residuals or",
        ),
        ("hills", "threshold", "is for two classes, and hills predicts numbers"),
        ("parabola", "space", "is for a hidden layer with 3 units or more, and no run of parabola has that"),
        ("parabola", "clipping", "an optimizer that clips"),
        ("parabola", "most-wrong", "image inputs"),
        ("sine", "decision-boundary", "2-D inputs"),
    ],
)
def test_what_is_refused_is_told_with_what_to_do(scenario: str, view: str, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        check_views(load_scenario(scenario), [view])


def test_a_view_that_one_of_the_runs_may_have_passes() -> None:
    check_views(load_scenario("clipped"), ["clipping"])  # its run "none" does not clip
    check_views(load_scenario("parabola").with_axes({"hidden_units": (2, 3)}), ["space"])


def test_what_a_network_or_a_loss_leaves_open_passes() -> None:
    def fails() -> Any:
        raise AssertionError("data that nobody needs are not loaded")

    check_views(Scenario(name="own", data=fails, build_model=lambda activation: None), ["fit"])
    check_views(Scenario(name="none", data=fails), [])
    either = load_scenario("parabola").with_changes(loss="hinge")
    check_views(either, ["fit", "calibration"])


def test_everything_that_views_need_is_checked_early_or_known_to_be_checked_later() -> None:
    by_activation = "kernels", "sparsity", "unit-health"  # their rows list what is enough
    rows = [row for name, row in TABLE.items() if name not in by_activation]
    needed = {need for row in rows for need in row.needs.split(", ")}
    assert MAY_HAVE.keys() <= needed
    assert needed - MAY_HAVE.keys() - {""} == KNOWN_LATER
