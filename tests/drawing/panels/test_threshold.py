"""The corners of the threshold count in words, one sample as one."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from replay import Replay
from replay.drawing.panels.threshold import ThresholdPanel
from replay.drawing.style import LIGHT
from replay.views.threshold import Threshold
from tests.conftest import MakeRun


def test_one_sample_is_a_true_positive_and_two_are_true_positives(make_run: MakeRun) -> None:
    inputs = np.zeros((3, 2), np.float32)
    for targets, expected in (([1, 0, 0], {1: "", 2: "s"}), ([1, 1, 0], {2: "s", 1: ""})):
        view = Threshold(Replay(make_run(data=(inputs, np.array(targets)))).evaluation)
        with LIGHT.applied():
            panel = ThresholdPanel(Figure(figsize=(8, 5)).subplots(), view, LIGHT)
        panel.show(0)
        said = {words.get_text() for words in panel.corners}
        n_positive = sum(targets)
        ending = expected[n_positive]
        assert said & {f"{n_positive} true positive{ending}", f"{n_positive} false negative{ending}"}
        assert said & {"0 true positives", "0 false negatives"}
