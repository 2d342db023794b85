"""What is interpolated between two snapshots is what the interpolated weights give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.runs import first_product
from replay.runs.first_product import FirstProduct

UNITS = (20, 30, 2, 3)


@pytest.fixture
def run(make_run: Any) -> Path:
    inputs = np.random.default_rng(0).normal(size=(50, 20)).astype(np.float32)
    return make_run(units=UNITS, data=(inputs, np.arange(50) % 3), n_snapshots=4)


def numbers(path: Path, epoch: float) -> list[np.ndarray]:
    moment = Replay(path).evaluation.at(epoch)
    layers = [moment.activations(name) for name in ("hidden_2", "hidden_1", "output")]
    return [*layers, moment.probabilities, moment.losses]


@pytest.mark.parametrize("epoch", [0, 0.25, 1, 2.9, 3])
def test_the_numbers_are_those_of_the_whole_forward_pass(
    run: Path, epoch: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = numbers(run, epoch)
    assert Replay(run).evaluation.first_product is None  # so few are done anew
    monkeypatch.setattr(first_product, "WORTHWHILE", 1)
    assert Replay(run).evaluation.first_product is not None
    for own, other in zip(numbers(run, epoch), expected, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-4, atol=1e-5)


def test_probabilities_alone_begin_with_it_too(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = Replay(run).evaluation.at(1.5).probabilities
    monkeypatch.setattr(first_product, "WORTHWHILE", 1)
    np.testing.assert_allclose(Replay(run).evaluation.at(1.5).probabilities, expected, atol=1e-5)


def test_the_product_is_done_once_a_snapshot(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_product, "WORTHWHILE", 1)
    evaluation = Replay(run).evaluation
    counted: list[str | None] = []
    evaluate = evaluation.network.evaluate

    def counting(inputs: Any, weights: Any, layer: str | None = None, *rest: Any, **more: Any) -> Any:
        counted.append(layer if more.get("before_activation") else None)
        return evaluate(inputs, weights, layer, *rest, **more)

    monkeypatch.setattr(evaluation.network, "evaluate", counting)
    for epoch in np.linspace(0, 3, 13):
        evaluation.at(float(epoch)).activations("hidden_1")
    assert counted.count("hidden_1") == 4


def test_a_network_that_begins_otherwise_has_none(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first_product, "MAX_VALUES", 100)
    monkeypatch.setattr(first_product, "WORTHWHILE", 1)
    evaluation = Replay(run).evaluation
    assert FirstProduct.of(evaluation.recording, evaluation.network, evaluation.inputs) is None  # type: ignore[arg-type]
