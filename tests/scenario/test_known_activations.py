"""Activations are checked before Keras is loaded."""

from __future__ import annotations

import sys

import pytest

from replay import ReplayError, Scenario, datasets, load_scenario
from replay.network.activations import CATALOGUE
from replay.scenario.built_in import built_in
from replay.scenario.known_activations import check_activations


def scenario(*activations: str, **more: object) -> Scenario:
    return Scenario(name="mine", data=datasets.moons, activations=activations, **more)


@pytest.fixture(autouse=True)
def _without_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "keras", raising=False)


def test_activations_that_keras_has_pass() -> None:
    check_activations(scenario(*CATALOGUE))
    check_activations(scenario("prelu", "elu:0.2", "relu:max_value=6"))


@pytest.mark.parametrize(
    ("name", "words"),
    [("tanhh", "unknown activation 'tanhh': did you mean tanh"), ("elu:0.2:3", "no more than 1: alpha")],
)
def test_others_are_refused(name: str, words: str) -> None:
    with pytest.raises(ReplayError, match=words):
        check_activations(scenario("tanh", name))


@pytest.mark.parametrize(("name", "run"), [("valley", "sgd"), ("overfit", "early-stopping")])
def test_a_run_that_was_taken_for_an_activation_is_told(name: str, run: str) -> None:
    chosen = load_scenario(name)
    words = f"'{run}' is no activation but a run of {name}.*: {', '.join(n for n, _ in chosen.variants)}$"
    with pytest.raises(ReplayError, match=words):
        check_activations(chosen.with_changes(activations=(run,)))


@pytest.mark.parametrize("name", built_in())
def test_every_scenario_passes_as_it_is(name: str) -> None:
    check_activations(load_scenario(name))


def test_a_network_of_ones_own_may_have_activations_of_ones_own() -> None:
    check_activations(scenario("mine", build_model=lambda activation: None))


def test_where_keras_is_loaded_it_is_asked_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", sys)
    check_activations(scenario("registered"))
