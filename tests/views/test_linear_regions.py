"""Linear regions: their number, their slopes and what they need, against brute force."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from replay import Replay, datasets
from replay.errors import ViewError
from replay.views.linear_regions import COUNTED, LinearRegions, region_count

MakeRun = Callable[..., Path]


def hidden(view: LinearRegions, epoch: float, points: np.ndarray) -> tuple[list[np.ndarray], np.ndarray]:
    """The pre-activations of the hidden layers, and of the output, in float64."""
    weights = [each[0].astype(float) for each in view.evaluation.at(epoch).weights]
    zs, a = [], points.astype(float)
    for kernel, bias in zip(weights[::2], weights[1::2], strict=True):
        zs.append(a @ kernel + bias)
        a = np.maximum(zs[-1], 0)
    return zs[:-1], zs[-1]


def test_the_count_is_that_of_the_activation_patterns(make_run: MakeRun) -> None:
    view = LinearRegions(Replay(make_run(units=(2, 4, 3, 1), activation="relu", seed=2)).evaluation)
    x, y = (np.linspace(*side, 600) for side in view.limits)
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    for epoch in (0, 2.5, 4):
        frame = view.at(epoch)
        zs, _ = hidden(view, epoch, points)
        codes = (np.concatenate(zs, axis=1) > 0) @ (1 << np.arange(7))
        seen = len(np.unique(codes))
        small = sum(_area(polygon) < 20 * (x[1] - x[0]) * (y[1] - y[0]) for polygon in frame.polygons)
        assert seen <= frame.count <= seen + small
        assert small <= 3  # so that the bounds are tight


def _area(polygon: np.ndarray) -> float:
    x, y = polygon.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def test_the_slope_is_that_of_the_outputs_z(make_run: MakeRun) -> None:
    view = LinearRegions(Replay(make_run(units=(2, 4, 3, 1), activation="relu", seed=2)).evaluation)
    frame = view.at(3)
    for polygon, slope in zip(frame.polygons, frame.slopes, strict=True):
        middle, step = polygon.mean(axis=0), 1e-3 * (polygon[0] - polygon.mean(axis=0))
        _, z = hidden(view, 3, np.array([middle, middle + step]))
        assert step @ slope * view.steep == pytest.approx(z[1, 0] - z[0, 0], abs=1e-9)


def test_steep_is_what_nine_tenths_of_the_plane_do_not_exceed_at_the_end(make_run: MakeRun) -> None:
    view = LinearRegions(Replay(make_run(units=(2, 5, 1), activation="relu")).evaluation)
    frame = view.at(4)
    lengths = np.hypot(*frame.slopes.T)
    areas = np.array([_area(polygon) for polygon in frame.polygons])
    assert areas[lengths < 1 - 1e-9].sum() <= 0.9 * areas.sum() <= areas[lengths < 1 + 1e-9].sum() + 1e-9


def test_several_outputs_have_one_score_that_keeps_its_sign(make_run: MakeRun) -> None:
    path = make_run(units=(2, 5, 4), activation="relu", data=datasets.blobs(15))
    one, other = (LinearRegions(Replay(path).evaluation).at(4) for _ in range(2))
    assert one.slopes.shape == (one.count, 2)
    np.testing.assert_array_equal(one.slopes, other.slopes)
    assert one.boundary


def test_regions_are_counted_after_each_layer(make_run: MakeRun) -> None:
    evaluation = Replay(make_run(units=(2, 4, 3, 1), activation="relu", seed=2)).evaluation
    (curves,) = region_count(evaluation)
    assert curves.names == ("hidden_1", "hidden_2")
    view = LinearRegions(evaluation)
    first, second = (line.curve for line in curves.lines)
    np.testing.assert_array_equal(second.values, [view.at(float(epoch)).count for epoch in second.epochs])
    assert (first.values <= 1 + 4 + 4 * 3 / 2).all()  # lines in a plane
    assert (first.values <= second.values).all()


def test_of_very_many_snapshots_some_are_counted(make_run: MakeRun) -> None:
    evaluation = Replay(make_run(units=(2, 2, 1), activation="relu", n_snapshots=400)).evaluation
    (curves,) = region_count(evaluation)
    epochs = curves.lines[0].curve.epochs
    assert len(epochs) == COUNTED
    assert (epochs[0], epochs[-1]) == (0, 399)


def test_a_network_that_curves_has_none(make_run: MakeRun) -> None:
    with pytest.raises(ViewError, match="piecewise linear, such as ReLU's"):
        LinearRegions(Replay(make_run(activation="tanh")).evaluation)
    with pytest.raises(ViewError, match="at most 128 units"):
        LinearRegions(Replay(make_run(units=(2, 129, 1), activation="relu")).evaluation)
    with pytest.raises(ViewError, match="inputs of 2 dimensions"):
        data = np.zeros((4, 3)), np.array([0, 1, 0, 1])
        LinearRegions(Replay(make_run(units=(3, 2, 1), activation="relu", data=data)).evaluation)
