"""The numbers behind the page's pictures are those of NumPy, at every snapshot."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from replay import Replay, RunDescription, RunWriter, Scenario, dense
from replay.network.description import LayerDescription
from replay.runs.task import BINARY, REGRESSION
from replay.runs.without import without
from replay.scenario import built_in
from replay.scenario.data import load_data
from replay.views.decision_boundary import input_limits
from replay.views.feature_space import FeatureSpace
from replay.views.network import Network
from replay.views.shared.geometry import mesh
from tests.browser.conftest import Open, Opened, save_page
from tests.conftest import MakeRun

CLOSE = 1e-4
N_SNAPSHOTS = 8
AS_ARRAYS = {"initializers"}  # too much to evaluate on a page, which carries the answers instead
DENSE = [name for name in built_in.built_in() if not name.startswith("mnist")]


def network(scenario: Scenario, shape: tuple[int, ...]) -> RunDescription:
    """The layers that the scenario's model has, on samples of that shape."""
    units = (math.prod(shape), *scenario.hidden_units, scenario.output_units)
    (activation,) = scenario.activations
    functions = [*[activation] * len(scenario.hidden_units), scenario.output_activation]
    flat = [LayerDescription("flatten", "Flatten", units[0], shape=units[:1])] if len(shape) > 1 else []
    layers = [
        dense(f"dense_{number}", *pair, function)
        for number, (pair, function) in enumerate(zip(itertools.pairwise(units), functions, strict=True))
    ]
    return RunDescription(layers=(*flat, *layers), loss={"name": scenario.loss})


def drifting(scenario: Scenario, path: Path) -> Replay:
    """A run of the scenario's network on its data, whose random weights drift as if they were trained."""
    inputs, targets, *_ = load_data(scenario)
    description = network(scenario, inputs.shape[1:])
    rng = np.random.default_rng(scenario.seed)
    shapes = [weight.shape for _, weight in description.weight_paths]
    start, drift = ([rng.normal(0, (2 / sum(shape)) ** 0.5, shape) for shape in shapes] for _ in range(2))
    with RunWriter(path, description, inputs, targets) as writer:
        for epoch in range(N_SNAPSHOTS):
            weights = [a + epoch / N_SNAPSHOTS * b for a, b in zip(start, drift, strict=True)]
            writer.snapshot(epoch, [each.astype(np.float32) for each in weights])
    return Replay(path)


def over(page: Opened, replay: Replay, call: str) -> NDArray[np.float32]:
    """What a call of the page's run gives at all snapshots: (n_snapshots, …)."""
    epochs = replay.epochs.tolist()
    found = page.floats(f"argument.flatMap((epoch) => [...boundaryReplay.runs[0].{call}])", epochs)
    return found.reshape(len(epochs), -1)


def flat(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(len(values), -1)


def check_answers(page: Opened, replay: Replay) -> None:
    """Probabilities, or the outputs of a regression, and losses of all samples at all snapshots."""
    task = replay.recording.task
    if task.kind == REGRESSION:
        found, expected = over(page, replay, "answers(epoch).outputs"), flat(replay.evaluation.activations())
    else:
        p = replay.probabilities()
        expected = p if task.kind == BINARY else p[:, np.arange(p.shape[1]), task.class_labels]
        found = over(page, replay, "answers(epoch).probabilities")
    np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE)
    losses = over(page, replay, "answers(epoch).losses")
    np.testing.assert_allclose(losses, replay.losses(), rtol=CLOSE, atol=CLOSE)


def check_activations(page: Opened, replay: Replay) -> None:
    """Of every layer, for all samples at all snapshots."""
    for layer in replay.recording.description.layers:
        found = over(page, replay, f"activations(epoch, {layer.name!r})")
        expected = flat(replay.activations(layer.name))
        np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE, err_msg=layer.name)


def check_points(page: Opened, replay: Replay) -> None:
    """What a page of arrays has of the activations: the plane that it shows, as fine as its limits allow."""
    space = FeatureSpace(replay.evaluation)
    expected = flat(space.over())
    found = over(page, replay, "points(epoch, boundaryReplay.runs[0].planes.at(-1))")
    np.testing.assert_allclose(found, expected, rtol=0, atol=CLOSE * np.ptp(space.limits.x + space.limits.y))


def check_diagram(page: Opened, replay: Replay) -> None:
    """Drawn weights and what units answer over the input plane, and losses without a unit."""
    run = "boundaryReplay.runs[0]"
    epoch = float(replay.epochs[len(replay.epochs) // 2])
    view, moment = Network(replay.evaluation), replay.evaluation.at(epoch)
    edges = page.floats(f"{run}.diagram.weights({epoch}, 'weights').edges.flatMap((each) => [...each])")
    drawn = view.at(epoch).edges
    np.testing.assert_allclose(edges, np.concatenate([each.ravel() for each in drawn]), atol=CLOSE)
    side = page.page.evaluate(f"{run}.diagram.side")
    if view.kind == "plane":
        points = mesh(input_limits(replay.evaluation), side).astype(np.float32)
        for place, column in enumerate(view.columns[1:-1], start=1):
            found = page.floats(f"{run}.diagram.pictures({epoch})[{place}].values")
            expected = moment.evaluate(points, column.end)[:, column.shown].T
            np.testing.assert_allclose(found, expected.ravel(), rtol=CLOSE, atol=CLOSE)
    for column in view.columns[1:-1]:
        page.page.evaluate(f"{run}.diagram.take({{ {column.name!r}: [1] }})")
        found = page.floats(f"{run}.answers({epoch}).losses")
        expected = without(replay.evaluation, {column.name: 1}).at(epoch).losses
        np.testing.assert_allclose(found, expected, rtol=CLOSE, atol=CLOSE, err_msg=column.name)


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_every_dense_scenario(name: str, tmp_path: Path, open_page: Open) -> None:
    """The network of each activation, on the scenario's data."""
    scenario = built_in.load_scenario(name)
    for activation in scenario.activations:
        if activation == "prelu":  # a layer of its own, with weights
            continue
        single = scenario.with_changes(activations=(activation,))
        replay = drifting(single, tmp_path / f"{activation}.h5")
        page = open_page(save_page(replay.recording.path, tmp_path / "page.html"), "#epoch=0")
        check_answers(page, replay)
        asks = page.page.evaluate("boundaryReplay.runs[0].asks")
        assert asks == (name not in AS_ARRAYS)
        if asks:
            check_activations(page, replay)
            check_diagram(page, replay)
        else:
            check_points(page, replay)


def classes_of(path: Path, units: tuple[int, ...], n_classes: int) -> Replay:
    """A run of a relu network on blobs, with random weights."""
    rng = np.random.default_rng(4)
    inputs = rng.normal(0, 2, (200, 2)).astype(np.float32)
    labels = rng.integers(0, n_classes, len(inputs))
    functions = [*["relu"] * (len(units) - 2), "softmax"]
    layers = tuple(
        dense(f"dense_{number}", *pair, function)
        for number, (pair, function) in enumerate(zip(itertools.pairwise(units), functions, strict=True))
    )
    description = RunDescription(layers=layers, loss={"name": "sparse_categorical_crossentropy"})
    with RunWriter(path, description, inputs, labels) as writer:
        for epoch in range(3):
            writer.snapshot(epoch, [rng.normal(size=weight.shape) for _, weight in description.weight_paths])
    return Replay(path)


AT = """[...boundaryReplay.runs[0].journey(argument.epoch, [-35, 20])
  .activations(boundaryReplay.runs[0].inputs())][argument.mark]"""
STAGES = """boundaryReplay.runs[0].journey(2.5, [-35, 20]).steps.map(({ layer, stage }, number, all) =>
  ({ layer, stage, last: layer !== all[number + 1]?.layer }))"""
NAMES = {"rotate": "turn"}  # as Python calls it


@pytest.mark.parametrize("units", [(2, 2, 1), (2, 2, 2, 3), (2, 5, 2, 3, 2, 1)])
def test_steps_through_the_layers_are_those_of_replay(
    units: tuple[int, ...], make_run: MakeRun, tmp_path: Path, open_page: Open
) -> None:
    replay = Replay(make_run(units=units))
    page = open_page(save_page(replay.recording.path, tmp_path / "page.html"))
    expected = replay.stages(2.5)
    steps = page.page.evaluate(STAGES)
    compared = []
    for number, step in enumerate(steps, start=1):
        layer, name = step["layer"], NAMES.get(step["stage"], step["stage"])
        name = f"{layer}/{name}" if f"{layer}/{name}" in expected else f"{layer}/activate"
        if name.endswith("activate") and not step["last"]:
            continue  # of three units the page makes one move
        found = page.floats(AT, {"epoch": 2.5, "mark": number})
        np.testing.assert_allclose(found, expected[name].ravel(), rtol=CLOSE, atol=CLOSE, err_msg=name)
        compared.append(name)
    assert [name for name in expected if name.endswith("activate")] == [
        name for name in compared if name.endswith("activate")
    ]
    assert units[1] != 2 or {"hidden/turn", "hidden_1/turn"} & set(compared)


PLANES = """boundaryReplay.panels().filter((each) => each.scene).map((each) => ({
  layer: each.planeOf(boundaryReplay.stage).layer,
  labels: boundaryReplay.labelsOf(each.scene.regions),
  boundary: each.scene.boundary.map((line) => [...line]),
}))"""


@pytest.mark.slow
def test_labels_and_boundaries_are_those_of_the_network(tmp_path: Path, open_page: Open) -> None:
    replay = classes_of(tmp_path / "run.h5", (2, 6, 2, 6), 6)
    page = open_page(save_page(replay.recording.path, tmp_path / "page.html"), "#epoch=0")
    n_labels = 0
    for epoch in (0, 1, 2):
        page.page.evaluate(f"boundaryReplay.stage.clock.show({epoch}); boundaryReplay.draw()")
        features, inputs = page.page.evaluate(PLANES)
        assert (features["layer"], inputs["layer"]) == ("dense_1", None)
        moment = replay.evaluation.at(epoch)
        for plane, first in ((features, "dense_1"), (inputs, None)):
            options = {} if first is None else {"start_after": first}
            places = np.array([[each["x"], each["y"]] for each in plane["labels"]], np.float32)
            answered = moment.answers_of(places, **options).probabilities.argmax(axis=-1)
            assert answered.tolist() == [each["label"] for each in plane["labels"]]
            n_labels += len(plane["labels"])
            points = np.concatenate(
                [np.empty((0, 2)), *(np.reshape(line, (-1, 2)) for line in plane["boundary"])]
            )
            p = np.sort(moment.answers_of(points.astype(np.float32), **options).probabilities, axis=-1)
            lead = np.sort(np.log(p[:, -1]) - np.log(p[:, -2]))
            if first:  # the network goes on linearly up to its logits
                assert lead.max(initial=0) < 2e-3
            else:
                assert lead[: int(0.9 * len(lead))].max(initial=0) < 0.05
    assert n_labels > 12
