"""The cut-off of a probability, and calibration, against Keras's metrics and counts one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.drawing.registry.lookup import row_of
from replay.errors import ViewError
from replay.views.calibration import Calibration
from replay.views.threshold import STEPS, Threshold
from tests.conftest import MakeRun


def with_probabilities(path: Path, p: list[float], labels: list[int]) -> Replay:
    """A run whose network gives sample number n the probability p[n]."""
    p = np.clip(p, 1e-7, 1 - 1e-7).tolist()
    logits = np.log(np.array(p) / (1 - np.array(p)))[:, None].astype(np.float32)
    layers = (dense("output", 1, 1, "sigmoid"),)
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(path, description, logits, np.array(labels)) as writer:
        writer.snapshot(0, [np.ones((1, 1), np.float32), np.zeros(1, np.float32)])
    return Replay(path)


@pytest.mark.parametrize("cutoff", [0.0, 0.3, 0.5, 0.62])
def test_precision_and_recall_are_those_of_keras(make_run: MakeRun, cutoff: float) -> None:
    replay = Replay(make_run(seed=6))
    frame = Threshold(replay.evaluation).at(3, cutoff)
    p, y = replay.probabilities(epochs=[3])[0], replay.recording.targets
    for metric, value in (
        (keras.metrics.Precision(thresholds=cutoff), frame.counts.precision),
        (keras.metrics.Recall(thresholds=cutoff), frame.counts.recall),
    ):
        metric.update_state(y, p)
        assert value == pytest.approx(float(metric.result()), abs=1e-5)
    for name in ("TruePositives", "FalsePositives", "FalseNegatives", "TrueNegatives"):
        counted = getattr(keras.metrics, name)(thresholds=cutoff)
        counted.update_state(y, p)
        ours = {
            "TruePositives": frame.counts.true_positives,
            "FalsePositives": frame.counts.false_positives,
            "FalseNegatives": frame.counts.false_negatives,
            "TrueNegatives": frame.counts.true_negatives,
        }
        assert ours[name] == int(counted.result())


def test_the_curves_hold_what_each_cutoff_gives(make_run: MakeRun) -> None:
    view = Threshold(Replay(make_run(seed=6)).evaluation)
    frame = view.at(2)
    for place in range(0, len(view.cutoffs), 20):
        counts = view.at(2, float(view.cutoffs[place])).counts
        np.testing.assert_allclose(frame.precision[place], counts.precision)
        np.testing.assert_allclose(frame.recall[place], counts.recall)
        both = counts.precision + counts.recall
        if both > 0:
            assert frame.f1[place] == pytest.approx(2 * counts.precision * counts.recall / both)
    assert frame.f1[np.searchsorted(view.cutoffs, frame.best)] == np.nanmax(frame.f1)


def test_histograms_count_each_sample_on_its_side(tmp_path: Path) -> None:
    replay = with_probabilities(tmp_path / "run.h5", [0.01, 0.26, 0.49, 0.51, 0.74, 0.99], [0, 1, 0, 1, 0, 1])
    frame = Threshold(replay.evaluation).at(0)
    assert (frame.above.sum(axis=1).tolist(), frame.below.sum(axis=1).tolist()) == ([2, 1], [1, 2])
    assert np.flatnonzero(frame.above[0]).tolist() == [20, 39]  # of class 1, in bins of 0.025
    assert np.flatnonzero(frame.below[1]).tolist() == [0, 19]  # of class 0


def test_where_nothing_is_answered_with_class_1_precision_is_undefined_and_said(tmp_path: Path) -> None:
    replay = with_probabilities(tmp_path / "run.h5", [0.1, 0.2, 0.3], [0, 1, 1])
    frame = Threshold(replay.evaluation).at(0)
    assert np.isnan(frame.counts.precision) and frame.counts.recall == 0
    assert np.isnan(frame.precision[-1]) and frame.f1[-1] == 0 and frame.best < 0.2
    drawn = replay.view("threshold")
    drawn.plot(0)
    words = [words.get_text() for words in drawn.panels[1].words]  # type: ignore[attr-defined]
    assert words[0] == "precision undefined" and not any("nan" in each.lower() for each in words)


def test_without_samples_of_class_1_recall_is_undefined(tmp_path: Path) -> None:
    frame = Threshold(with_probabilities(tmp_path / "run.h5", [0.1, 0.8], [0, 0]).evaluation).at(0)
    assert np.isnan(frame.counts.recall) and np.isnan(frame.recall).all() and frame.counts.precision == 0


def test_a_film_moves_the_cutoff_at_one_epoch(make_run: MakeRun) -> None:
    replay = Replay(make_run(seed=6))
    film = replay.view("threshold").animate(epoch=3).composition
    assert film.epochs.tolist() == list(range(STEPS + 1))
    panel: Any = film.panels[0]
    for mark, cutoff in ((0, 0.0), (1.0, 0.25), (2.5, 0.625), (4, 1.0)):
        film.plot(mark)
        assert panel.line.get_xdata()[0] == pytest.approx(cutoff)
    frame = Threshold(replay.evaluation).at(3, 1.0)
    assert panel.corners[0].get_text() == f"{frame.counts.false_negatives} false negatives"
    text = film.description().text if film.description() is not None else ""  # type: ignore[union-attr]
    assert "the cut-off rises from 0" in text
    assert row_of("threshold").at_one_epoch


def test_other_tasks_are_refused(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    with pytest.raises(ViewError, match=r"run\.h5: a cut-off needs .* one of two classes"):
        Threshold(Replay(make_run(units=(2, 3, 3), data=(x, np.arange(30) % 3))).evaluation)


# Calibration


def test_bins_and_error_are_those_counted_one_by_one(make_run: MakeRun) -> None:
    replay = Replay(make_run(seed=6))
    view = Calibration(replay.evaluation)
    frame = view.at(4)
    p, y = replay.probabilities(epochs=[4])[0].astype(float), replay.recording.targets
    error = 0.0
    for number in range(10):
        low, high = number / 10, (number + 1) / 10
        inside = [k for k in range(len(p)) if low < p[k] <= high or (number == 0 and p[k] == 0)]
        assert frame.counts[number] == len(inside)
        if inside:
            mean, share = np.mean([p[k] for k in inside]), np.mean([y[k] for k in inside])
            assert (frame.mean[number], frame.share[number]) == pytest.approx((mean, share))
            error += len(inside) / len(p) * abs(mean - share)
        else:
            assert np.isnan(frame.share[number])
    assert frame.error == pytest.approx(error)


def test_a_network_that_means_what_it_says_has_no_error(tmp_path: Path) -> None:
    p = [0.75] * 4 + [0.25] * 4 + [1.0]
    replay = with_probabilities(tmp_path / "run.h5", p, [1, 1, 1, 0, 0, 0, 0, 1, 1])
    frame = Calibration(replay.evaluation).at(0)
    assert frame.error == pytest.approx(0, abs=1e-6)
    assert frame.counts.tolist() == [0, 0, 4, 0, 0, 0, 0, 4, 0, 1]


def test_of_several_classes_the_answer_is_told_and_right(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(90, 2)).astype(np.float32)
    replay = Replay(make_run(units=(2, 3, 3), data=(x, np.arange(90) % 3)))
    view = Calibration(replay.evaluation)
    frame = view.at(2)
    most = replay.probabilities(epochs=[2])[0].max(axis=1)
    assert view.of_answers and frame.counts.sum() == 90 and frame.counts[:3].sum() == 0
    assert np.nansum(frame.share * frame.counts) == replay.evaluation.at(2).correct.sum()
    assert np.nansum(frame.mean * frame.counts) == pytest.approx(most.sum(), rel=1e-5)


def test_held_out_samples_have_bins_of_their_own(make_run: MakeRun) -> None:
    x = np.random.default_rng(3).normal(size=(25, 2)).astype(np.float32)
    view = Calibration(Replay(make_run(held_out=(x, np.arange(25) % 2))).evaluation)
    held_out = view.held_out_at(1)
    assert held_out is not None and held_out.counts.sum() == 25 and view.at(1).counts.sum() == 60
    assert Calibration(Replay(make_run("alone.h5")).evaluation).held_out_at(1) is None
