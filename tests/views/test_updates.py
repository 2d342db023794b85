"""Relative updates: weights that move by known shares, and the rule of thumb only where it holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Replay, RunWriter
from replay.errors import ViewError
from replay.views.updates import RULE_OF_THUMB, Updates


def test_shares_are_those_by_which_the_weights_were_moved(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run(units=(2, 3, 1))).recording
    start = [array[0] for array in source.weights_at(0)]
    with RunWriter(tmp_path / "own.h5", source.description, source.inputs, source.targets) as writer:
        for epoch, (one, other) in enumerate([(1, 1), (1.1, 1), (1.1, 0.5), (np.nan, 0.5)]):
            writer.snapshot(epoch, [start[0] * one, start[1], start[2] * other, start[3]])
    view = Updates(Replay(tmp_path / "own.h5").evaluation)
    assert view.names == ("hidden", "output")
    np.testing.assert_allclose(view.shares, [[0.1, 0, np.nan], [0, 0.5, 0]], rtol=1e-5, atol=1e-7)
    (panel,) = view.panels
    assert [line.curve.epochs.tolist() for line in panel.lines] == [[1, 2, 3]] * 2


@pytest.mark.parametrize(
    ("facts", "steps", "target"),
    [
        ({}, None, None),
        ({"batch_size": 20}, 3, None),
        ({"batch_size": 60}, 1, RULE_OF_THUMB),
        ({"batch_size": 60, "subset": {"of": 600, "seed": 0}}, 10, None),
        ({"batch_size": 20, "epochs": np.arange(5) / 3}, 1, RULE_OF_THUMB),
    ],
)
def test_the_rule_of_thumb_is_that_of_single_steps(
    make_run: Any, facts: dict[str, Any], steps: float | None, target: float | None
) -> None:
    view = Updates(Replay(make_run(**facts)).evaluation)
    assert view.steps == (None if steps is None else pytest.approx(steps))
    assert view.panels[0].target == target


def test_weights_that_were_0_have_no_share(make_run: Any, tmp_path: Any) -> None:
    source = Replay(make_run()).recording
    with RunWriter(tmp_path / "own.h5", source.description, source.inputs, source.targets) as writer:
        writer.snapshot(0, [np.zeros(w.shape, "f4") for _, w in source.description.weight_paths])
        writer.snapshot(1, [array[0] for array in source.weights_at(1)])
    view = Updates(Replay(tmp_path / "own.h5").evaluation)
    assert np.isnan(view.shares).all()
    with pytest.raises(ViewError, match="no updates to show"):
        _ = view.panels


def test_one_snapshot_is_refused(make_run: Any) -> None:
    with pytest.raises(ViewError, match="two snapshots or more"):
        Updates(Replay(make_run(n_snapshots=1)).evaluation)
