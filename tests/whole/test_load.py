"""Long recordings are looked at in a time and in memory that do not grow with them."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Recording, RunDescription, RunWriter, datasets, dense
from replay.cli.rendering import Rendering, save_table
from replay.runs import evaluation
from replay.runs import milestones as module
from replay.runs.evaluation import Evaluation
from replay.runs.milestones import milestones
from replay.storage.reader import RunFile
from replay.views import motion as motion_module
from replay.views.layer_distributions import LayerDistributions
from replay.views.motion import motion

N = 4000


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4,000 snapshots of a 2-2-1 network that learns the parabola after many, by batch."""
    path = tmp_path_factory.mktemp("long") / "run.h5"
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    rng = np.random.default_rng(0)
    shapes = [weight.shape for _, weight in description.weight_paths]
    start, drift = ([rng.normal(size=shape) for shape in shapes] for _ in range(2))
    inputs = rng.normal(size=(40, 2))
    logits = _logits(start, drift, 1.0, inputs)
    drift[3] -= np.median(logits) / 3
    targets = (logits > np.median(logits)).astype("float32")  # what the last weights answer
    with RunWriter(path, description, inputs, targets) as writer:
        for position in range(N + 1):
            weights = _weights(start, drift, position / N)
            writer.snapshot(position / 10, [each.astype("float32") for each in weights])
        writer.finish()
    return path


def _weights(start: list[np.ndarray], drift: list[np.ndarray], share: float) -> list[np.ndarray]:
    return [a + 3 * share * b for a, b in zip(start, drift, strict=True)]


def _logits(start: list[np.ndarray], drift: list[np.ndarray], share: float, inputs: np.ndarray) -> np.ndarray:
    kernel, bias, last_kernel, last_bias = _weights(start, drift, share)
    return (np.tanh(inputs @ kernel + bias) @ last_kernel + last_bias).ravel()


@pytest.mark.slow
def test_milestones_of_a_survey_are_those_of_all_snapshots(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each beginning is found to the snapshot, though one in forty was looked at."""
    whole = milestones(Evaluation(Recording(long_run)))
    assert {"solved", "negatives_right", "positives_right"} <= {each.kind for each in whole}
    monkeypatch.setattr(evaluation, "SURVEYED", 100)
    looked_at: list[int] = []
    surveyed = Evaluation(Recording(long_run))
    answered = surveyed._answered
    monkeypatch.setattr(
        surveyed, "_answered", lambda positions: looked_at.extend(positions) or answered(positions)
    )
    loss = module.loss_curve(surveyed)  # the curve is drawn, and so has every snapshot
    looked_at.clear()
    monkeypatch.setattr(module, "loss_curve", lambda evaluation: loss)
    assert milestones(surveyed) == whole
    assert 100 < len(looked_at) < 300


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 7, 500])
def test_snapshots_that_lie_close_are_read_together(
    long_run: Path, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    recording, reads = Recording(long_run), []
    everything = recording._file.weights(0, N + 1)
    read = RunFile.weights
    monkeypatch.setattr(
        RunFile, "weights", lambda file, start, stop: reads.append(stop - start) or read(file, start, stop)
    )
    positions = list(range(3, N, step))
    blocks = list(recording.blocks(positions, size=10_000))
    for place, of_all in enumerate(everything):
        found = np.concatenate([weights[place] for _, _, weights in blocks])
        np.testing.assert_array_equal(found, of_all[positions])
    assert [start for start, _, _ in blocks] == [0, *[stop for _, stop, _ in blocks[:-1]]]
    assert len(reads) <= 3


@pytest.mark.slow
def test_snapshots_of_large_networks_are_read_one_by_one(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies between two of them would be much to read along."""
    recording, reads = Recording(long_run), []
    recording.__dict__["_values_a_snapshot"] = 1_000_000
    read = RunFile.weights
    monkeypatch.setattr(
        RunFile, "weights", lambda file, start, stop: reads.append(stop - start) or read(file, start, stop)
    )
    assert len(list(recording.blocks([0, 10, 20, 21, 22], size=100))) == 3
    assert reads == [1, 1, 3]


@pytest.mark.slow
def test_what_several_views_ask_of_a_run_is_answered_once(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Evaluation(Recording(long_run))
    first = [answers.outputs for _, _, answers in asked.blocks()]
    monkeypatch.setattr(asked, "answers", None)  # a second time would fail
    again = [answers.outputs for _, _, answers in asked.blocks(asked.surveyed)]
    np.testing.assert_array_equal(np.concatenate(again), np.concatenate(first))


@pytest.mark.slow
def test_answers_that_would_fill_the_memory_are_not_kept(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation, "BLOCK_VALUES", 1000)
    asked = Evaluation(Recording(long_run))
    first = np.concatenate([answers.outputs for _, _, answers in asked.blocks()])
    assert asked._surveyed_answers is None
    np.testing.assert_array_equal(np.concatenate([each.outputs for _, _, each in asked.blocks()]), first)


def test_a_survey_has_the_first_and_the_last_snapshot(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "SURVEYED", 4)
    assert Evaluation(Recording(make_run(n_snapshots=11))).surveyed == [0, 3, 7, 10]
    assert Evaluation(Recording(make_run("b.h5", n_snapshots=3))).surveyed == [0, 1, 2]
    assert Evaluation(Recording(make_run("c.h5", n_snapshots=1))).surveyed == [0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["still.png", "film.mp4"])
def test_a_long_run_is_drawn_in_bounded_time_and_memory(long_run: Path, tmp_path: Path, name: str) -> None:
    options: dict[str, Any] = {"epoch": 200.0} if name == "still.png" else {"duration": 1.0}
    tracemalloc.start()
    began = time.monotonic()
    Rendering(size=(400, 200), **options).render(Recording(long_run), [tmp_path / name], lambda path: None)
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert took < 60
    assert peak < 150_000_000


@pytest.mark.slow
def test_a_table_of_many_runs_keeps_none_of_them_in_memory(
    make_run: Callable[..., Path], tmp_path: Path
) -> None:
    run, n_runs = make_run(n_snapshots=3, data=datasets.parabola(5000)), 100
    names = [tmp_path / f"{number}.h5" for number in range(n_runs)]
    for name in names:
        name.hardlink_to(run)
    tracemalloc.start()
    save_table([Recording(name) for name in names], tmp_path / "table.csv")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len((tmp_path / "table.csv").read_text().splitlines()) == n_runs + 1
    assert peak < 20_000 * n_runs  # the samples alone would take 24 MB


@pytest.mark.slow
def test_an_adaptive_pace_looks_at_some_snapshots_and_goes_the_same_way(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Evaluation(Recording(long_run))
    epochs = asked.recording.epochs
    whole = motion(asked, epochs)
    monkeypatch.setattr(motion_module, "SURVEYED", 100)
    looked_at: set[float] = set()
    activations = asked.activations
    monkeypatch.setattr(
        asked,
        "activations",
        lambda layer, x, chosen: looked_at.update(chosen) or activations(layer, x, chosen),
    )
    spread = motion(asked, epochs)
    assert spread.shape == whole.shape == (N,) and len(looked_at) == 100
    ways, wholes = (each.reshape(20, -1).sum(axis=1) for each in (spread, whole))
    np.testing.assert_allclose(ways, wholes, rtol=0.05)


@pytest.mark.slow
def test_an_axis_of_distributions_is_set_by_some_snapshots(
    long_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = LayerDistributions(Evaluation(Recording(long_run)), "activations").limits
    monkeypatch.setattr(evaluation, "SURVEYED", 100)
    some = LayerDistributions(Evaluation(Recording(long_run)), "activations")
    assert len(some._sound_epochs) == 100
    np.testing.assert_allclose(some.limits, whole, atol=0.02 * np.ptp(whole))
