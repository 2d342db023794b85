"""The stages side by side: which there are, and limits that do not jump."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.views.morph import Morph
from replay.views.stages import MOST, Stages, stages


def named(views: Any) -> list[str]:
    return [f"{view.layer}:{view.name}" if view.layer else str(view.name) for view in views]


def test_there_is_one_for_each_step_but_where_lines_are_drawn_over_another(make_run: Any) -> None:
    views = stages(Replay(make_run()).evaluation)
    expected = ["input", "stretched", "turned", "shifted", "hidden:tanh", "read", "output:sigmoid"]
    assert named(views) == expected
    assert [view.sign for view in views] == ["", "·P", "·R", "+ b", "tanh", "·W + b", "sigmoid"]
    assert views[4].at(4).regions is not None  # its own lines are drawn over it


def test_of_very_many_stages_those_at_the_ends_of_layers_are_shown(make_run: Any) -> None:
    views = stages(Replay(make_run(units=(2, *[2] * 9, 1), n_snapshots=2)).evaluation)
    assert len(views) == 11 <= MOST
    assert named(views) == ["input", *(f"hidden_{n}:tanh" for n in range(1, 10)), "output:sigmoid"]
    assert [view.sign for view in views] == ["", *["…"] * 10]
    deep = stages(Replay(make_run("deep.h5", units=(2, *[2] * 40, 1), n_snapshots=2)).evaluation)
    assert len(deep) == MOST
    assert (named(deep)[0], named(deep)[-1]) == ("input", "output:sigmoid")


def test_a_stage_is_the_mark_of_the_journey_at_each_epoch(make_run: Any) -> None:
    evaluation = Replay(make_run(units=(2, 3, 2, 1))).evaluation
    for epoch in (0, 1.5, 4):
        journey = Morph(evaluation).at(epoch)
        for view in stages(evaluation):
            frame = view.at(epoch)
            np.testing.assert_allclose(frame.points, journey.frame(view.mark).points, atol=1e-12)


def test_limits_hold_the_samples_at_all_epochs_and_never_come_closer(make_run: Any) -> None:
    for activation in ("tanh", "relu"):
        views = stages(Replay(make_run(f"{activation}.h5", activation=activation)).evaluation)
        for view in views:
            before = None
            for epoch in np.linspace(0, 4, 9):
                frame = view.at(float(epoch))
                (left, right), (bottom, top) = frame.limits
                assert (frame.points >= (left, bottom)).all() and (frame.points <= (right, top)).all()
                assert right - left == pytest.approx(top - bottom)
                if before is not None and not view.follows:
                    assert frame.limits == before
                before = frame.limits


def test_a_stage_that_grows_is_followed(tmp_path: Any) -> None:
    layers = (dense("hidden", 2, 2, "relu"), dense("output", 2, 1, "sigmoid"))
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(20)) as writer:
        for epoch in range(6):
            kernel, ones = (1 + epoch) * np.eye(2), np.ones((2, 1))
            writer.snapshot(epoch, [each.astype("f4") for each in (kernel, np.zeros(2), ones, np.zeros(1))])
    views = stages(Replay(tmp_path / "run.h5").evaluation)
    follows = {str(view.name): view.follows for view in views}
    assert follows["stretched"] and not follows["input"] and not follows["sigmoid"]
    widths = [np.ptp(views[1].at(epoch).limits.x) for epoch in range(6)]
    assert (np.diff(widths) >= 0).all() and widths[-1] > 2 * widths[0]


def test_limits_are_finite_where_weights_never_are(tmp_path: Any) -> None:
    description = RunDescription(
        (dense("hidden", 2, 2, "tanh"), dense("output", 2, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
    )
    with RunWriter(tmp_path / "run.h5", description, *datasets.parabola(20)) as writer:
        writer.snapshot(0, [np.full((2, 2), np.nan), np.zeros(2), np.ones((2, 1)), np.zeros(1)])
    every = Stages(Morph(Replay(tmp_path / "run.h5").evaluation))
    for mark in every.marks:
        assert np.isfinite(every.limits(mark, 0)).all()
