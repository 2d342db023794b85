"""A network that goes around its layers: every view is right about it, or refuses it in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import LayerDescription, Replay, RunDescription, RunWriter, dense
from replay.cli.info import as_text, summary
from replay.drawing.registry.lookup import names, row_of
from replay.errors import DataError, ReplayError, RunFileError, ViewError
from replay.network.description import WeightDescription
from replay.player.options import PageOptions
from replay.player.payload.payload import Payload
from replay.runs.layer_values import acting_layers, answering_layer, layer_values
from replay.views.feature_space import FeatureSpace
from replay.views.kernels import Kernels
from replay.views.linear_collapse import DenseChain
from replay.views.loss_surface import difference
from replay.views.morph import Morph
from replay.views.shared.projection import is_read_directly
from replay.views.shared.unit import Unit
from tests.helpers.graphs import RESIDUAL, by_hand, residual

# What needs a chain, or what this run lacks for other reasons: images, a regression, a clipping optimizer.
NEED_A_CHAIN = {
    *("why", "network", "network-gradients", "network-changes", "step", "units", "linear-regions"),
    *("region-count", "linear-collapse", "morph", "stages", "backprop"),
}
NEED_ANOTHER = {
    *("fit", "predicted", "residuals", "errors", "softmax", "mistakes", "most-wrong", "kernels", "clipping"),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return residual(tmp_path_factory.mktemp("graph") / "run.h5")


@pytest.fixture
def run(path: Path) -> Replay:
    return Replay(path)


@pytest.fixture(scope="module")
def expected(path: Path) -> list[dict[str, np.ndarray]]:
    recording = Replay(path).recording
    return [by_hand(recording.inputs, recording.weights_at(epoch)) for epoch in recording.epochs]


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_a_view_is_drawn_or_says_in_one_line_what_it_needs(name: str, run: Replay, tmp_path: Path) -> None:
    epoch = None if row_of(name).at_one_epoch else 2.0
    if name not in NEED_A_CHAIN | NEED_ANOTHER:
        run.view(name).save(tmp_path / "picture.png", epoch=epoch)
        return
    with pytest.raises(ViewError) as caught:
        run.view(name)
    assert "\n" not in str(caught.value)
    if name in NEED_A_CHAIN:
        assert "chain of" in str(caught.value)


def test_answers_are_those_of_the_formula(run: Replay, expected: list[dict[str, np.ndarray]]) -> None:
    for layer in RESIDUAL:
        of_each = [values[layer.name] for values in expected]
        np.testing.assert_allclose(run.activations(layer.name), of_each, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(run.probabilities(), [each["output"][:, 0] for each in expected], rtol=1e-4)


@pytest.mark.parametrize("before", [False, True])
def test_layers_that_are_asked_for_in_turn_give_what_each_gives_alone(before: bool, run: Replay) -> None:
    evaluation = run.evaluation
    weights = evaluation.recording.weights_at(2.0)
    names = [layer.name for layer in RESIDUAL]
    found = {
        name: values
        for name, _, values in layer_values(evaluation, names, weights, evaluation.inputs, before)
    }
    for name in names:
        alone = evaluation.network.evaluate(evaluation.inputs, weights, name, before)[0]
        np.testing.assert_allclose(found[name], alone, rtol=1e-6)


def test_a_layer_has_regions_only_where_the_answer_follows_from_it(path: Path) -> None:
    classes = {
        name: FeatureSpace(Replay(path).evaluation, name).n_region_classes
        for name in ("first", "back", "sum")
    }
    assert classes == {"first": 2, "back": 0, "sum": 2}


def test_regions_of_a_layer_before_the_block_are_those_of_the_formula(run: Replay) -> None:
    frame = FeatureSpace(run.evaluation, "first", mesh_points=9).at(2.0)
    assert frame.regions is not None
    weights = run.recording.weights_at(2.0)
    w2, b2, w3, b3, w4, b4 = weights[2:]
    answers = run.evaluation.at(2.0).answers_of(points := np.array([[0.3, -0.8], [0, 0.5]], "f4"), "first")
    z = (points + np.maximum(points @ w2[0] + b2[0], 0) @ w3[0] + b3[0]) @ w4[0] + b4[0]
    np.testing.assert_allclose(answers.probabilities[:, 1], 1 / (1 + np.exp(-z[:, 0])), rtol=1e-5)


def test_a_neuron_is_given_what_the_graph_gives_it(run: Replay, expected: list[dict[str, Any]]) -> None:
    unit = Unit(run.evaluation, "output", 1)
    assert unit.has_inputs and unit.source == "sum" and not unit.takes_inputs
    np.testing.assert_allclose(unit.inputs_at(run.evaluation.at(2.0)), expected[2]["sum"], rtol=1e-4)
    first = Unit(run.evaluation, "first", 2)
    assert first.source is None and first.takes_inputs
    inner = Unit(run.evaluation, "inner", 1)
    assert inner.source == "first"
    np.testing.assert_allclose(inner.a(2.0), expected[2]["inner"][:, 0], rtol=1e-4, atol=1e-6)


def test_a_readout_is_of_the_layer_that_the_output_takes(path: Path, tmp_path: Path) -> None:
    recording = Replay(path).recording
    assert [is_read_directly(recording, layer.name) for layer in RESIDUAL] == [False] * 3 + [True, False]
    passed_on = LayerDescription("dropped", "Dropout", units=2, shape=(2,))
    later = residual(tmp_path / "run.h5", layers=(*RESIDUAL[:-1], passed_on, RESIDUAL[-1]))
    assert is_read_directly(Replay(later).recording, "sum")


def test_the_layer_that_answers_is_found_where_nothing_goes_around_it(tmp_path: Path) -> None:
    description = Replay(residual(tmp_path / "run.h5")).recording.description
    assert answering_layer(description) == "output"
    joined = (*RESIDUAL[:3], LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("first", "back")))
    other = residual(tmp_path / "other.h5", layers=joined, loss="mean_squared_error")
    assert answering_layer(Replay(other).recording.description) == "sum"
    normed = LayerDescription("flat", "Flatten", units=1, shape=(1,))
    last = residual(tmp_path / "last.h5", layers=(*RESIDUAL, normed))
    assert answering_layer(Replay(last).recording.description) == "output"


def test_a_linear_layer_that_is_added_acts_and_one_that_is_bent_does_not(path: Path, tmp_path: Path) -> None:
    assert acting_layers(Replay(path).evaluation) == ["first", "inner", "back", "output"]
    bent = LayerDescription("bent", "Activation", units=2, shape=(2,), activation="relu", inputs=("back",))
    sums = LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("first", "bent"))
    other = residual(tmp_path / "run.h5", layers=(*RESIDUAL[:3], bent, sums, RESIDUAL[4]))
    assert acting_layers(Replay(other).evaluation) == ["first", "inner", "bent", "output"]


# What is told


DEAD = {"inner/bias": np.full(5, -100.0)}


def test_a_dead_layer_that_the_network_goes_around_changes_no_answer(tmp_path: Path) -> None:
    around = Replay(residual(tmp_path / "around.h5", weights=DEAD))
    told = [milestone.kind for milestone in around.milestones()]
    assert "dead_unit" in told and "collapsed" not in told
    assert np.ptp(around.probabilities()[-1]) > 0.01
    through = (*RESIDUAL[:3], LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("back", "back")))
    dead = Replay(residual(tmp_path / "through.h5", layers=(*through, RESIDUAL[4]), weights=DEAD))
    assert [each.text for each in dead.milestones() if each.kind == "collapsed"] == [
        "“inner” is dead, so every sample gets the same answer"
    ]
    assert np.ptp(dead.probabilities()[-1]) < 1e-6


def test_classes_become_separable_in_the_space_that_the_output_takes(tmp_path: Path) -> None:
    """Of the weights that answer wrong, `sum` is (x₁, x₂), in which a line tells these classes apart."""
    x = np.random.default_rng(1).normal(size=(40, 2)).astype("f4")
    y = (x[:, 0] > 0).astype(int)
    layers = (
        LayerDescription("x", "InputLayer", 2, shape=(2,)),
        dense("first", 2, 2),
        LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("x", "first")),
        dense("output", 2, 1, "sigmoid"),
    )
    description = RunDescription(layers, chain=False, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, x, y) as writer:
        for epoch, kernel in enumerate((-np.eye(2), np.zeros((2, 2)), np.zeros((2, 2)))):
            writer.snapshot(epoch, [kernel, np.zeros(2), np.array([[0.0], [1.0]]), np.zeros(1)])
    told = [(each.epoch, each.text) for each in Replay(tmp_path / "run.h5").milestones()]
    assert (1, "the classes are linearly separable in “sum”") in told


def test_facts_and_words_are_told(run: Replay) -> None:
    facts = summary(run)
    assert [layer["class"] for layer in facts["layers"]] == ["Dense", "Dense", "Dense", "Add", "Dense"]
    assert facts["milestones"] is not None
    assert "sum: Add" in as_text(facts)


# What needs a chain


def test_units_are_not_taken_away(run: Replay) -> None:
    with pytest.raises(ReplayError, match="its network branches"):
        run.without({"first": 1})


def test_layers_are_not_multiplied_out_nor_taken_apart(run: Replay) -> None:
    with pytest.raises(ViewError, match="only a chain of Dense layers"):
        DenseChain(run.evaluation)
    with pytest.raises(ViewError, match="need a chain of layers"):
        Morph(run.evaluation)


def test_the_first_kernel_of_joined_inputs_is_no_image(tmp_path: Path) -> None:
    start = LayerDescription("x", "InputLayer", 16, shape=(16,))
    sums = LayerDescription("sum", "Add", units=16, shape=(16,), inputs=("x", "x"))
    layers = (start, sums, dense("hidden", 16, 3, "tanh"), dense("output", 3, 1, "sigmoid"))
    description = RunDescription(layers, chain=False)
    x = np.random.default_rng(0).uniform(size=(6, 16)).astype("f4")
    with RunWriter(tmp_path / "run.h5", description, x, np.arange(6) % 2) as writer:
        writer.snapshot(0, [np.zeros(weight.shape) for _, weight in description.weight_paths])
    with pytest.raises(ViewError, match="is not an image"):
        Kernels(Replay(tmp_path / "run.h5").evaluation)


def test_graphs_that_are_joined_otherwise_share_no_loss_surface(path: Path, tmp_path: Path) -> None:
    twice = LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("back", "back"))
    other = residual(tmp_path / "run.h5", layers=(*RESIDUAL[:3], twice, RESIDUAL[4]))
    one, same = Replay(path).evaluation, Replay(path).evaluation
    assert difference(one, same) is None
    assert difference(one, Replay(other).evaluation) == "the network is another"


# The page, and what is loaded


def test_a_page_carries_the_answers_of_a_graph(run: Replay) -> None:
    payload = Payload([run.evaluation], PageOptions(title="", names=["a"], styles={}))
    (data,) = payload.data(payload.steps[0])["runs"]
    assert data["network"] is None and data["diagram"] is None and data["neurons"] == []
    assert data["arrays"] is not None and data["layers"]["distributions"]
    assert [space["layer"] for space in data["spaces"]] == ["first", "back", "sum"]


def test_a_page_carries_the_answers_of_a_chain_with_a_layer_that_it_lacks(tmp_path: Path) -> None:
    vectors = WeightDescription("embeddings", (4, 3))
    layers = (
        LayerDescription("vectors", "Embedding", 3, shape=(2, 3), weights=(vectors,)),
        LayerDescription("flat", "Flatten", 6, shape=(6,)),
        dense("output", 6, 1, "sigmoid"),
    )
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    x = np.random.default_rng(0).integers(0, 4, (20, 2))
    rng = np.random.default_rng(1)
    with RunWriter(tmp_path / "run.h5", description, x, np.arange(20) % 2) as writer:
        for epoch in range(2):
            writer.snapshot(epoch, [rng.normal(size=weight.shape) for _, weight in description.weight_paths])
    evaluation = Replay(tmp_path / "run.h5").evaluation
    assert evaluation.chain_in_numpy
    payload = Payload([evaluation], PageOptions(title="", names=["a"], styles={}))
    (data,) = payload.data(payload.steps[0])["runs"]
    assert data["network"] is None and data["arrays"] is not None


def test_a_graph_is_replayed_without_keras(path: Path) -> None:
    code = (
        "import sys; from replay import Replay\n"
        f"run = Replay({str(path)!r}); run.probabilities(); run.losses(); run.evaluation.gradients('first')\n"
        "run.dashboard().save(sys.argv[1], epoch=1)\n"
        "print(sorted({'keras', 'tensorflow', 'torch', 'jax'} & sys.modules.keys()))"
    )
    picture = str(path.with_name("dashboard.png"))
    done = subprocess.run([sys.executable, "-c", code, picture], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_writer_refuses_a_graph_that_no_reader_would_accept(tmp_path: Path) -> None:
    sums = LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("first", "none"))
    with pytest.raises(DataError, match="'sum' takes 'none', which is no layer before it"):
        residual(tmp_path / "run.h5", layers=(*RESIDUAL[:3], sums, RESIDUAL[4]))
    assert list(tmp_path.iterdir()) == []


def test_layers_that_do_not_fit_are_told_with_the_file(tmp_path: Path) -> None:
    sums = LayerDescription("sum", "Add", inputs=("first", "inner"))
    path = residual(tmp_path / "run.h5", layers=(*RESIDUAL[:3], sums, RESIDUAL[4]))
    with pytest.raises(RunFileError, match=r"run\.h5 is damaged: layer 'sum' .* \(2,\) and \(5,\)"):
        Replay(path).probabilities()
