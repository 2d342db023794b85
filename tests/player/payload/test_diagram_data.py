"""The page's diagram of a network has the units and scales of the films."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import Replay
from replay.errors import ViewError
from replay.network.description import LayerDescription, RunDescription, dense
from replay.player.payload.diagram_data import diagram_data
from replay.runs.unit_states import unit_states
from replay.storage.writer import RunWriter
from replay.views.network import Network
from tests.conftest import MakeRun
from tests.player.payload.test_payload import page


@pytest.fixture
def wide(make_run: MakeRun) -> Replay:
    return Replay(make_run(units=(2, 40, 3, 1), activation="relu"))


def test_the_drawn_units_and_the_scales_are_those_of_the_films(wide: Replay) -> None:
    data = diagram_data(wide.evaluation)
    assert data is not None
    view, changes = (Network(wide.evaluation, quantity) for quantity in ("weights", "changes"))
    assert data["kind"] == "plane"
    assert data["limits"] == {"weights": view.limit, "changes": changes.limit}
    assert [column["n"] for column in data["columns"]] == [2, 40, 3, 1]
    assert [column["shown"] for column in data["columns"]] == [one.shown.tolist() for one in view.columns]
    assert len(data["columns"][1]["shown"]) == 15
    assert [tuple(column["range"]) for column in data["columns"]] == list(view.ranges)
    assert [column["steps"] for column in data["columns"]] == [[], ["relu"], ["relu"], ["sigmoid"]]


def test_units_can_be_taken_away_but_inputs_and_answers(wide: Replay) -> None:
    data = diagram_data(wide.evaluation)
    assert data is not None
    assert [column["takes"] for column in data["columns"]] == [False, True, True, False]


def test_states_are_those_of_hidden_units(wide: Replay) -> None:
    data = diagram_data(wide.evaluation)
    assert data is not None
    known = [column["state"] for column in data["columns"]]
    assert known[0] is None and known[3] is None
    layers = [each.layer for each in unit_states(wide.evaluation)]
    assert known[1:3] == [{"layer": layer, "state": "dead", "bound": 0.0} for layer in layers[:2]]


def test_images_have_kernels(make_run: MakeRun) -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(50, 36)).astype(np.float32), rng.integers(0, 3, 50)
    replay = Replay(make_run(units=(36, 8, 2, 3), data=images))
    data = diagram_data(replay.evaluation)
    assert data is not None
    assert data["kind"] == "image"
    assert data["image"] == {"height": 6, "width": 6, "limit": Network(replay.evaluation).kernel_limit}
    assert data["columns"][0]["shown"] == []


def test_a_network_that_is_no_chain_of_dense_layers_has_none(make_run: MakeRun) -> None:
    layers = (
        dense("first", 2, 3, "tanh"),
        LayerDescription("norm", "LayerNormalization", 3, config={"axis": -1}),
        dense("out", 3, 1, "sigmoid"),
    )
    replay = Replay(written(make_run, layers))
    data = diagram_data(replay.evaluation)
    assert data is not None
    assert [column["takes"] for column in data["columns"]] == [False, False, False]  # it mixes the units
    flat = (LayerDescription("flatten", "Flatten", 2), LayerDescription("softmax", "Softmax", 2))
    assert diagram_data(Replay(written(make_run, flat)).evaluation) is None


def written(make_run: MakeRun, layers: tuple[LayerDescription, ...]) -> Path:
    """A run of these layers, beside one that the fixture makes."""
    path = make_run().with_name(f"{layers[0].name}.h5")
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    rng = np.random.default_rng(1)
    inputs, labels = rng.normal(size=(20, 2)).astype(np.float32), np.arange(20) % 2
    with RunWriter(path, description, inputs, labels) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [rng.normal(size=weight.shape) for _, weight in description.weight_paths])
    return path


def test_a_page_starts_with_the_neuron_that_is_asked_for(make_run: MakeRun) -> None:
    run = make_run(units=(2, 3, 2, 1))
    start = page(run, view="neuron", units=2)["start"]
    assert (start["neuron"], start["layer"], start["units"]) == ({"layer": "hidden_1", "unit": 2}, None, None)
    assert page(run, view="neuron")["start"]["neuron"] is None
    assert page(run, view="network", layer="hidden_2")["start"]["layer"] == "hidden_2"
    with pytest.raises(ViewError, match="hidden_2 has none"):
        page(run, view="neuron", layer="hidden_2")
    with pytest.raises(ViewError, match="no unit 4"):
        page(run, view="neuron", units=4)


def test_a_page_carries_it_with_weights_alone(make_run: MakeRun) -> None:
    run = page(make_run())["runs"][0]
    assert run["network"] is not None and run["diagram"] is not None and len(run["neurons"]) == 2
