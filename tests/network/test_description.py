"""The inputs of layers in a description: written only where they are given, checked when they are read."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from replay import LayerDescription, RunDescription, dense
from replay.network.description import MAX_INPUTS

BLOCK = (
    dense("first", 2, 2, "tanh"),
    dense("second", 2, 2, "tanh"),
    LayerDescription("sum", "Add", units=2, shape=(2,), inputs=("first", "second")),
)


def test_a_graph_is_read_as_it_was_written() -> None:
    description = RunDescription(BLOCK, chain=False)
    read = RunDescription.from_json(description.to_json())
    assert read == description and read.layers[2].inputs == ("first", "second")
    assert read.is_graph and read.output == BLOCK[2]
    assert read.graph is not None and read.graph.sources == ((-1,), (0,), (0, 1))


def test_layers_without_inputs_are_written_as_in_earlier_formats() -> None:
    chain = RunDescription(BLOCK[:2])
    assert ["inputs" in layer for layer in chain.to_json()["layers"]] == [False, False]
    assert not chain.is_graph and chain.graph is not None
    assert RunDescription.from_json(chain.to_json()) == chain


def test_of_another_network_nobody_knows_how_its_layers_are_joined() -> None:
    unknown = RunDescription(BLOCK[:2], chain=False)
    assert not unknown.is_graph and unknown.graph is None and unknown.output is None


def test_inputs_of_null_are_none() -> None:
    data = RunDescription(BLOCK[:2]).to_json()
    data["layers"][1]["inputs"] = None
    assert RunDescription.from_json(data) == RunDescription(BLOCK[:2])


@pytest.mark.parametrize(
    ("place", "inputs", "words"),
    [
        (2, ["first", "none"], "description.layers: inputs: 'sum' takes 'none', which is no layer before it"),
        (2, ["sum"], "'sum' takes 'sum'"),
        (0, ["second"], "'first' takes 'second'"),
        (2, [], r"description.layers\[2\].inputs must be the names of one layer or more"),
        (2, "first", r"description.layers\[2\].inputs must be a list of at most"),
        (2, [1], r"description.layers\[2\].inputs must be a list"),
        (2, {"a": "first"}, r"description.layers\[2\].inputs must be a list"),
        (2, ["first"] * (MAX_INPUTS + 1), r"description.layers\[2\].inputs must be a list of at most"),
    ],
)
def test_inputs_that_are_no_earlier_layers_are_refused(place: int, inputs: Any, words: str) -> None:
    data = RunDescription(BLOCK, chain=False).to_json()
    data["layers"][place]["inputs"] = inputs
    with pytest.raises(ValueError, match=words):
        RunDescription.from_json(data)


def test_more_inputs_than_a_network_has_are_refused() -> None:
    many = [replace(BLOCK[2], name=f"sum {n}", inputs=("first",) * (MAX_INPUTS // 2)) for n in range(3)]
    data = RunDescription((*BLOCK, *many), chain=False).to_json()
    with pytest.raises(ValueError, match=f"have 15002 inputs, more than {MAX_INPUTS}"):
        RunDescription.from_json(data)


def test_a_chain_with_inputs_is_refused() -> None:
    with pytest.raises(ValueError, match="chain must be false where a layer has inputs"):
        RunDescription.from_json(RunDescription(BLOCK, chain=True).to_json())


def test_the_output_of_a_graph_is_its_last_layer() -> None:
    data = RunDescription(BLOCK, chain=False, output_layer="second").to_json()
    with pytest.raises(ValueError, match="output_layer must be the last layer"):
        RunDescription.from_json(data)
