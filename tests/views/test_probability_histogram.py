"""A network that answers exactly 0.5 answers class 0: bins, counts and regions say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from replay import RunDescription, RunWriter, dense
from replay.runs.evaluation import Evaluation
from replay.runs.recording import Recording
from replay.views.decision_boundary import DecisionBoundary
from replay.views.probability_histogram import ProbabilityHistogram

INPUTS = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
LABELS = np.arange(30) % 3 == 0


@pytest.fixture(params=["sigmoid", "linear"])
def undecided(tmp_path: Path, request: pytest.FixtureRequest) -> Evaluation:
    """All weights are 0, so that every output is exactly 0.5, or a logit of 0."""
    layers = (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, request.param))
    loss = {"name": "binary_crossentropy", "from_logits": request.param == "linear"}
    with RunWriter(
        tmp_path / "run.h5", RunDescription(layers=layers, loss=loss), INPUTS, LABELS.astype(int)
    ) as writer:
        writer.snapshot(0, [np.zeros((2, 2)), np.zeros(2), np.zeros((2, 1)), np.zeros(1)])
    return Evaluation(Recording(tmp_path / "run.h5"))


def test_exactly_one_half_counts_as_class_0_everywhere(undecided: Evaluation) -> None:
    moment = undecided.at(0.0)
    assert (moment.probabilities == 0.5).all()
    np.testing.assert_array_equal(moment.correct, ~LABELS)
    for label, right, wrong in ((0, 20, 0), (1, 0, 10)):
        frame = ProbabilityHistogram(undecided, label).at(0.0)
        assert (frame.right[9], frame.wrong[9]) == (right, wrong)  # left of the line at 0.5
        assert frame.right.sum() + frame.wrong.sum() == right + wrong
    together = ProbabilityHistogram(undecided, None).at(0.0)
    assert together.right[10] == 20 and together.wrong[9] == 10
    assert ProbabilityHistogram(undecided, None).highest == 20
    regions = DecisionBoundary(undecided, mesh_points=5).at(0.0).regions
    assert (regions.probabilities.argmax(axis=-1) == 0).all()


def test_the_smallest_step_above_one_half_is_class_1(undecided: Evaluation) -> None:
    task = undecided.task
    above = np.nextafter(np.float32(0.5), np.float32(1))
    outputs = np.array([0.5, above], dtype=np.float32)
    assert task.predicted(outputs).tolist() == [0, 1]
