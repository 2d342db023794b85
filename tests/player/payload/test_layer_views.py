"""Views of layers on a page hold what the views compute, within a step of their codes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Replay
from replay.player.payload import layer_views
from replay.player.payload.layer_views import LayerViews, some
from replay.player.payload.packing import Packing
from replay.views.gradient_flow import GradientFlow
from replay.views.kernels import Kernels
from replay.views.layer_distributions import LayerDistributions
from replay.views.unit_health import UnitHealth
from tests.player.payload.test_payload import Packed


def carried(replay: Replay) -> tuple[dict[str, Any], Packed]:
    packing = Packing()
    data = LayerViews(replay.evaluation, replay.recording.epochs).data(packing)
    return data, Packed({"packed": packing.text()})


@pytest.fixture
def run(make_run: Any) -> Replay:
    rng = np.random.default_rng(0)
    images = rng.normal(size=(50, 36)).astype(np.float32), rng.integers(0, 3, 50)
    return Replay(make_run(units=(36, 8, 2, 3), activation="relu", data=images, n_snapshots=4))


@pytest.mark.parametrize("place", [0, 1])
def test_distributions_are_those_of_the_view(run: Replay, place: int) -> None:
    data, packed = carried(run)
    found = data["distributions"][place]
    view = LayerDistributions(run.evaluation, ("weights", "gradients")[place])
    assert (found["quantity"], found["names"], found["limits"]) == (view.quantity, view.names, view.limits)
    frames = [view.at(float(epoch)) for epoch in found["epochs"]]
    np.testing.assert_allclose(packed[found["quartiles"]], [each.quartiles for each in frames], rtol=1e-6)
    zeros = packed[found["shares"]][..., 0]
    np.testing.assert_allclose(zeros, [each.zero for each in frames], atol=1e-4)
    wide = np.array([each.density[0] for each in frames]).reshape(len(frames), -1, 2).mean(axis=-1)
    wide /= wide.max(axis=-1, keepdims=True)
    np.testing.assert_allclose(packed[found["density"]][:, 0], wide, atol=0.003)
    few = [each.dots[1] for each in frames]
    np.testing.assert_allclose(packed[found["dots"][1]], few, rtol=1e-5)
    assert found["dots"][0] is None


def test_curves_are_those_of_the_views(run: Replay) -> None:
    data, packed = carried(run)
    flow, health = data["curves"]
    lines = [packed[line["values"]] for line in flow["lines"]]
    np.testing.assert_allclose(lines, GradientFlow(run.evaluation).before, rtol=1e-5)
    shares = [packed[line["values"]] for line in health["lines"]]
    np.testing.assert_allclose(shares, UnitHealth(run.evaluation).shares)
    assert (flow["scale"], health["scale"]) == ("logarithmic", "percent")


def test_kernels_are_those_of_the_view(run: Replay) -> None:
    data, packed = carried(run)
    view = Kernels(run.evaluation)
    expected = np.clip(view.over(), -view.limit, view.limit)
    np.testing.assert_allclose(packed[data["kernels"]["images"]], expected, atol=view.limit / 250)


def test_a_run_has_the_views_that_it_can_have(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    replay = Replay(make_run(activation="linear"))
    data, _ = carried(replay)
    assert data["kernels"] is None
    assert [each["view"] for each in data["curves"]] == [
        "gradient-flow",
        "unit-health",
    ]  # of the output, a sigmoid
    monkeypatch.setattr(layer_views, "MAX_WORK", 10)
    data, _ = carried(replay)
    assert [each["quantity"] for each in data["distributions"]] == ["weights"]
    assert [each["view"] for each in data["curves"]] == ["unit-health"]


def test_of_very_many_snapshots_some_are_carried() -> None:
    epochs = np.arange(1001)
    assert len(some(epochs, 100)) == 200
    assert some(epochs, 5000).tolist()[:2] == [0, 10]
    assert some(epochs, 10**9).tolist() == [0, 1000]
    assert some(np.arange(1), 100).tolist() == [0]
