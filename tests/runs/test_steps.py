"""Which step of the training a moment belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Recording
from replay.runs.steps import step_at


@pytest.mark.parametrize(
    ("epoch", "step"), [(0, (0, 1)), (0.2, (0, 1)), (1, (0, 1)), (1.01, (1, 4)), (4, (1, 4))]
)
def test_at_a_snapshot_it_is_the_step_that_led_there(
    make_run: Any, epoch: float, step: tuple[float, float]
) -> None:
    assert step_at(Recording(make_run(epochs=np.array([0, 1, 4]))), epoch) == step


def test_a_single_snapshot_has_no_step(make_run: Any) -> None:
    assert step_at(Recording(make_run(n_snapshots=1)), 0) == (0, 0)
