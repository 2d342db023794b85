"""The numbers behind the page's pictures are those of NumPy, at every snapshot."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from replay import Replay, interactive, run
from replay.runs.task import BINARY
from replay.scenario import built_in
from replay.views.feature_space import FeatureSpace
from tests.browser.conftest import Open, Opened

CLOSE = 1e-4
AT_ONCE = 20  # snapshots
DENSE = [name for name in built_in.built_in() if not name.startswith("mnist")]


def over(page: Opened, replay: Replay, call: str) -> NDArray[np.float32]:
    """What a call of the page's run gives at all snapshots: (n_snapshots, …)."""
    parts = [
        page.floats(
            f"argument.flatMap((epoch) => [...boundaryReplay.runs[0].{call}])",
            replay.epochs[start : start + AT_ONCE].tolist(),
        )
        for start in range(0, len(replay.epochs), AT_ONCE)
    ]
    return np.concatenate(parts).reshape(len(replay.epochs), -1)


def flat(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(len(values), -1)


def check_answers(page: Opened, replay: Replay) -> None:
    """Probabilities and losses of all samples at all snapshots."""
    task = replay.recording.task
    p = replay.probabilities()
    of_true_class = p if task.kind == BINARY else p[:, np.arange(p.shape[1]), task.class_labels]
    found = over(page, replay, "answers(epoch).probabilities")
    np.testing.assert_allclose(found, of_true_class, rtol=0, atol=CLOSE)
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


@pytest.mark.slow
@pytest.mark.parametrize("name", DENSE)
def test_every_dense_scenario(name: str, tmp_path: Path, open_page: Open) -> None:
    """All snapshots of a run for each activation; of what varies otherwise, of the first value."""
    scenario = built_in.load_scenario(name)
    vary = {axis: values[:1] for axis, values in scenario.vary.items()}
    for recording in run(dataclasses.replace(scenario, vary=vary), out=tmp_path):
        replay = Replay(recording.path)
        page = open_page(interactive(replay).save(tmp_path / "page.html"), "#epoch=0")
        check_answers(page, replay)
        if page.page.evaluate("boundaryReplay.runs[0].asks"):
            check_activations(page, replay)
        else:
            check_points(page, replay)
