"""How far the picture moves, in runs whose motion is known because it was made by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.film.timeline import Timeline
from replay.runs import evaluation as evaluation_module
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.views import feature_space as feature_space_module
from replay.views import motion as motion_module
from replay.views.motion import common_motion, motion

Array = np.ndarray
MakeRun = Callable[..., Path]
CORNERS = np.array([[0, 0], [1, 0], [0, 1], [1, 1]], dtype=np.float32)
LABELS = np.array([0, 1, 1, 0])
MARGIN = 1.16  # the drawn limits, as a multiple of the range


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def moved(path: Path, epochs: Array | None = None) -> Array:
    evaluation = Evaluation(Recording(path))
    return motion(evaluation, evaluation.recording.epochs if epochs is None else epochs)


@pytest.fixture
def shifting(tmp_path: Path) -> Callable[..., Path]:
    """Write a 2-2-1 network whose samples are `shift`ed in the feature space and answered with `z`."""

    def write(
        shifts: Any, z: Any, loss: str = "binary_crossentropy", output: str = "sigmoid", **data: Array
    ) -> Path:
        layers = (dense("hidden", 2, 2), dense("output", 2, 1, output))
        description = RunDescription(layers=layers, loss={"name": loss})
        inputs, targets = data.get("inputs", CORNERS), data.get("targets", LABELS)
        path = tmp_path / "shifting.h5"
        with RunWriter(path, description, inputs, targets, overwrite=True) as writer:
            for epoch, (shift, bias) in enumerate(zip(shifts, z, strict=True)):
                weights = [np.eye(2), np.array(shift), np.zeros((2, 1)), np.array([bias])]
                writer.snapshot(10 * epoch, [w.astype(np.float32) for w in weights])
        return path

    return write


def test_one_jump_through_the_feature_space(shifting: Callable[..., Path]) -> None:
    path = shifting([(0, 0)] * 3 + [(3, 4)] * 3, [0.0] * 6)
    jump = 5 / (MARGIN * np.hypot(4, 5))  # the samples' own side is 1
    result = moved(path)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, [0, 0, jump, 0, 0], atol=1e-6)


def test_one_jump_of_the_probabilities(shifting: Callable[..., Path]) -> None:
    path = shifting([(0, 0)] * 4, [0.0, 0.0, logit(0.8), logit(0.1)])
    np.testing.assert_allclose(moved(path), [0, 0.3, 0.7], atol=1e-6)


def test_both_add_up(shifting: Callable[..., Path]) -> None:
    path = shifting([(0, 0), (3, 4), (3, 4)], [0.0, logit(0.75), logit(0.25)])
    np.testing.assert_allclose(moved(path), [5 / (MARGIN * np.hypot(4, 5)) + 0.25, 0.5], atol=1e-6)


def test_each_sample_counts_the_same(tmp_path: Path) -> None:
    layers = (dense("hidden", 2, 2), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers=layers, loss={"name": "binary_crossentropy"})
    path = tmp_path / "scaled.h5"
    with RunWriter(path, description, CORNERS, LABELS) as writer:
        for scale in (1.0, 3.0):  # the corners move by 0, 2, 2 and 2√2
            weights = [scale * np.eye(2), np.zeros(2), np.zeros((2, 1)), np.zeros(1)]
            writer.snapshot(scale, [array.astype(np.float32) for array in weights])
    expected = (4 + 2 * np.sqrt(2)) / 4 / (MARGIN * np.hypot(3, 3))
    np.testing.assert_allclose(moved(path), [expected], atol=1e-6)


def test_every_second_snapshot_alone(shifting: Callable[..., Path]) -> None:
    path = shifting([(0, 0)] * 5, [logit(p) for p in (0.5, 0.9, 0.6, 0.1, 0.7)])
    np.testing.assert_allclose(moved(path, np.array([0.0, 20.0, 40.0])), [0.1, 0.1], atol=1e-6)
    np.testing.assert_allclose(moved(path, np.array([20.0, 30.0])), [0.5], atol=1e-6)
    assert moved(path, np.array([20.0])).shape == (0,)


def test_epochs_without_a_snapshot_are_refused(shifting: Callable[..., Path]) -> None:
    with pytest.raises(ViewError, match="no snapshot of epoch 5"):
        moved(shifting([(0, 0)] * 2, [0, 1]), np.array([0.0, 5.0]))


def half_l1(before: Array, after: Array) -> float:
    return float(np.abs(after - before).sum(axis=-1).mean() / 2)


def test_several_classes_without_a_feature_space(make_run: MakeRun) -> None:
    path = make_run(units=(2, 5, 4), data=datasets.blobs(10), n_snapshots=4)
    p = Evaluation(Recording(path)).probabilities().astype(float)
    assert p.shape[-1] == 4
    expected = [half_l1(a, b) for a, b in pairwise(p)]
    result = moved(path)
    np.testing.assert_allclose(result, expected, rtol=1e-6)
    assert ((result > 0) & (result <= 1)).all()


def test_a_feature_space_that_cannot_be_reached_is_left_out(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_run()
    both = moved(path)

    def unreachable(*_: Any, **__: Any) -> None:
        raise ViewError("inside another model")

    monkeypatch.setattr(feature_space_module, "FeatureSpace", unreachable)
    p = Evaluation(Recording(path)).probabilities().astype(float)
    np.testing.assert_allclose(moved(path), np.abs(np.diff(p, axis=0)).mean(axis=1), rtol=1e-6)
    assert (both > moved(path)).all()


# Regressions


def test_a_regression_moves_by_a_share_of_its_range(shifting: Callable[..., Path]) -> None:
    path = shifting(
        [(0, 0)] * 4,
        [10.0, 10.0, 30.0, 25.0],
        loss="mean_squared_error",
        output="linear",
        targets=np.array([0.5, 2, 3, 7]),
    )
    np.testing.assert_allclose(moved(path), [0, 1, 0.25], atol=1e-6)


def test_a_regression_that_never_moves_stands_still(shifting: Callable[..., Path]) -> None:
    path = shifting(
        [(0, 0)] * 3,
        [10.0] * 3,
        loss="mean_squared_error",
        output="linear",
        targets=np.array([0.5, 2, 3, 7]),
    )
    np.testing.assert_array_equal(moved(path), [0, 0])


def test_an_autoencoder_counts_all_its_outputs(make_run: MakeRun) -> None:
    inputs = datasets.blobs(10)[0]
    path = make_run(
        units=(2, 4, 2), output_activation="linear", loss="mean_squared_error", data=(inputs, inputs)
    )
    outputs = Evaluation(Recording(path)).activations().astype(float)
    expected = np.abs(np.diff(outputs, axis=0)).mean(axis=(1, 2)) / (outputs.max() - outputs.min())
    np.testing.assert_allclose(moved(path), expected, rtol=1e-6)


# Training that diverges


@pytest.mark.parametrize("broken", [np.nan, np.inf])
@pytest.mark.parametrize("kind", ["classification", "regression"])
@pytest.mark.filterwarnings("error")
def test_a_diverged_step_is_not_a_number(shifting: Callable[..., Path], broken: float, kind: str) -> None:
    regression = {"loss": "mean_squared_error", "output": "linear", "targets": np.array([0.5, 2, 3, 7])}
    path = shifting(
        [(0, 0), (3, 4), (broken, 0), (broken, 0)],
        [0.0, 0.0, broken, broken],
        **(regression if kind == "regression" else {}),
    )
    result = moved(path)
    assert result[0] == pytest.approx(5 / (MARGIN * np.hypot(4, 5)), rel=1e-5)
    assert np.isnan(result[1:]).all()


def test_the_range_of_a_regression_is_that_of_finite_outputs(shifting: Callable[..., Path]) -> None:
    path = shifting(
        [(0, 0)] * 3,
        [10.0, 30.0, np.nan],
        loss="mean_squared_error",
        output="linear",
        targets=np.array([0.5, 2, 3, 7]),
    )
    np.testing.assert_allclose(moved(path), [1, np.nan])


def test_a_long_way_does_not_overflow(shifting: Callable[..., Path]) -> None:
    path = shifting([(-3e38, 0), (3e38, 0)], [0, 0])  # too far for float32
    np.testing.assert_allclose(moved(path), [1 / MARGIN], rtol=1e-6)


@pytest.mark.filterwarnings("error")
def test_a_run_that_never_was_finite_has_no_motion(shifting: Callable[..., Path]) -> None:
    assert np.isnan(moved(shifting([(np.nan, np.nan)] * 3, [np.nan] * 3))).all()


# Size


def test_many_samples_are_thinned_out_evenly(
    shifting: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion_module, "MAX_SAMPLES", 5)
    inputs = np.column_stack([np.arange(101), np.zeros(101)]).astype(np.float32)
    seen: list[int] = []
    evaluate = Evaluation.activations

    def watched(self: Evaluation, layer: Any, x: Array, epochs: Array) -> Array:
        seen.extend(x[:, 0].astype(int))
        return evaluate(self, layer, x, epochs)

    path = shifting([(0, 0), (3, 4)], [0, 0], inputs=inputs, targets=np.arange(101) % 2)
    evaluation = Evaluation(Recording(path))
    space = motion_module.two_unit_space(evaluation, grid=False)
    monkeypatch.setattr(motion_module, "two_unit_space", lambda *_, **__: space)
    monkeypatch.setattr(Evaluation, "activations", watched)
    np.testing.assert_allclose(
        motion(evaluation, evaluation.recording.epochs), [5 / (MARGIN * np.hypot(103, 4))], rtol=1e-6
    )
    assert seen == [0, 25, 50, 75, 100] * 2


def test_the_space_of_three_units_counts_as_that_of_two_does(tmp_path: Path) -> None:
    layers = (dense("hidden", 3, 3, "linear"), dense("output", 3, 1, "sigmoid"))
    inputs = np.random.default_rng(0).uniform(size=(50, 3)).astype(np.float32)
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), inputs, np.arange(50) % 2) as writer:
        for epoch, shift in enumerate([(0, 0, 0), (1, 2, 2), (1, 2, 2)]):
            writer.snapshot(epoch, [np.eye(3), np.array(shift, float), np.zeros((3, 1)), np.zeros(1)])
    seen = np.concatenate([inputs, inputs + np.array([1, 2, 2])])
    diagonal = MARGIN * np.linalg.norm(np.ptp(seen, axis=0))
    np.testing.assert_allclose(moved(tmp_path / "run.h5"), [3 / diagonal, 0], rtol=1e-5)


@pytest.mark.parametrize("n", [1, 2000, 2001, 3999, 200_000])
def test_no_more_samples_than_needed_and_none_twice(n: int) -> None:
    kept = motion_module._evenly_spread(np.arange(n))
    assert len(kept) == len(np.unique(kept)) == min(n, 2000)
    assert (kept[0], kept[-1]) == (0, n - 1)
    assert np.ptp(np.diff(kept)) <= 1 if n > 1 else True


@pytest.mark.slow
@pytest.mark.parametrize("values", [1, 300, 1000])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"units": (2, 3, 4), "data": datasets.blobs(10)},
        {"loss": "mean_squared_error", "output_activation": "linear", "data": (CORNERS, CORNERS[:, 0] + 0.5)},
    ],
    ids=["binary", "classes", "regression"],
)
def test_blocks_do_not_change_the_answer(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch, values: int, facts: dict[str, Any]
) -> None:
    path = make_run(n_snapshots=11, **facts)
    at_once = moved(path)
    monkeypatch.setattr(evaluation_module, "BLOCK_VALUES", values)
    assert len(at_once) == 10
    np.testing.assert_allclose(moved(path), at_once, rtol=1e-6)


def test_limits_are_those_of_all_blocks(
    shifting: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluation_module, "BLOCK_VALUES", 1)
    path = shifting([(0, 0), (9, 5), (-1, -2), (0, 0), (0, 1)], [0] * 5)
    diagonal = MARGIN * np.hypot(11, 8)
    np.testing.assert_allclose(
        moved(path), np.array([np.hypot(9, 5), np.hypot(10, 7), np.hypot(1, 2), 1]) / diagonal, rtol=1e-6
    )


def test_memory_stays_bounded(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make_run(n_snapshots=30)  # 60 samples, 2 units
    monkeypatch.setattr(evaluation_module, "BLOCK_VALUES", 60 * 2 * 4)
    evaluation = Evaluation(Recording(path))
    blocks = list(motion_module._linked_blocks(evaluation, evaluation.inputs, evaluation.recording.epochs))
    assert [len(block) for block in blocks] == [4, 5, 5, 5, 5, 5, 5, 3]


def test_it_is_quick(make_run: MakeRun) -> None:
    evaluation = Evaluation(Recording(make_run(n_snapshots=151, data=datasets.parabola(1000))))
    start = time.perf_counter()
    motion(evaluation, evaluation.recording.epochs)
    assert time.perf_counter() - start < 1  # far less on an idle machine


# With a timeline


def test_a_film_lingers_where_the_picture_moves(shifting: Callable[..., Path]) -> None:
    path = shifting([(0, 0)] * 10 + [(3, 4)] * 10, [0.0] * 20)
    evaluation = Evaluation(Recording(path))
    timeline = Timeline.of(
        evaluation.recording.epochs,
        pace="adaptive",
        tween=3,
        motion=lambda epochs: motion(evaluation, epochs),
    )
    within = [moment for moment in timeline.moments if 90 < moment < 100]
    assert len(within) >= 23  # six times the four frames of an even share
    assert len(timeline.moments) == 19 * 4 + 1


# Several runs


def test_one_run_alone_moves_as_it_does_by_itself(make_run: MakeRun) -> None:
    evaluation = Evaluation(Recording(make_run(n_snapshots=9)))
    for epochs in (np.arange(9.0), np.arange(0, 9.0, 3), np.array([4.0, 8.0]), np.array([4.0])):
        np.testing.assert_allclose(common_motion([evaluation], epochs), motion(evaluation, epochs))


def test_a_step_without_a_snapshot_takes_its_share_of_the_longer_one_around_it(make_run: MakeRun) -> None:
    sparse = Evaluation(Recording(make_run(epochs=np.array([0, 4, 6]))))
    first, second = motion(sparse, np.array([0.0, 4, 6]))
    expected = [first / 4] * 4 + [second / 2] * 2 + [0, 0]  # the run has ended by then
    np.testing.assert_allclose(common_motion([sparse], np.arange(9.0)), expected)


@pytest.mark.parametrize("epochs", [[5.0, 6, 7], [0.0, 2, 4], [1.5], [6.0]])
def test_runs_without_a_snapshot_at_the_epochs_that_are_shown_still_have_a_motion(
    make_run: MakeRun, epochs: list[float]
) -> None:
    odd = Evaluation(Recording(make_run(epochs=np.array([1, 3]))))
    step = motion(odd, np.array([1.0, 3.0]))[0]
    travelled = step * (np.clip(epochs, 1, 3) - 1) / 2
    np.testing.assert_allclose(common_motion([odd], np.array(epochs)), np.diff(travelled), atol=1e-12)


def test_a_run_that_diverges_does_not_hide_the_motion_of_the_others(
    shifting: Callable[..., Path], make_run: MakeRun
) -> None:
    calm = Evaluation(Recording(make_run(epochs=np.array([0, 10, 20]))))
    diverged = Evaluation(Recording(shifting([(0, 0)] * 3, [0.0, np.nan, np.nan])))
    epochs = np.array([0.0, 10, 20])
    np.testing.assert_allclose(common_motion([calm, diverged], epochs), motion(calm, epochs))
