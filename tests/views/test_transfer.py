"""Transfers: the curve is Keras's activation, and the share in flat parts is known by construction."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from replay import Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.network.activation_limits import flat_parts, function_of, range_of
from replay.network.activations import CATALOGUE
from replay.views.transfer import Transfer, transfers

X = np.linspace(-6, 6, 121)[:, None]


def run(path: Path, activation: str, scales: tuple[float, ...] = (1.0,), **arguments: Any) -> Replay:
    """One unit with z = scale · x."""
    layers = (dense("hidden", 1, 1, activation, **arguments), dense("output", 1, 1))
    with RunWriter(path, RunDescription(layers), X, X[:, 0]) as writer:
        for epoch, scale in enumerate(scales):
            writer.snapshot(epoch, [np.full((1, 1), scale), np.zeros(1), np.ones((1, 1)), np.zeros(1)])
    return Replay(path)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "elu", "gelu", "softplus"])
def test_the_curve_is_that_of_keras(tmp_path: Path, activation: str) -> None:
    view = Transfer(run(tmp_path / "run.h5", activation).evaluation, "hidden")
    expected = np.asarray(keras.activations.get(activation)(view.z.astype(np.float32)))
    np.testing.assert_allclose(view.f, expected, atol=1e-5)
    assert (view.z[0], view.z[-1]) == view.before.limits


@pytest.mark.parametrize(
    ("activation", "flat"), [("tanh", np.abs(X) > 2.993), ("relu", X <= 0), ("hard_tanh", np.abs(X) >= 1)]
)
def test_the_share_in_flat_parts_is_counted(tmp_path: Path, activation: str, flat: Any) -> None:
    view = Transfer(run(tmp_path / "run.h5", activation, (1.0, 0.001)).evaluation, "hidden")
    assert view.at(0).flat == pytest.approx(flat.mean(), abs=1.5 / len(X))
    assert view.at(1).flat == pytest.approx((X <= 0).mean() if activation == "relu" else 0)


def test_what_is_crowded_at_the_ends_of_the_range_is_counted_there(tmp_path: Path) -> None:
    view = Transfer(run(tmp_path / "run.h5", "tanh").evaluation, "hidden")
    a = np.tanh(X[:, 0])
    width = view.edges[1] - view.edges[0]
    assert (view.edges[0], view.edges[-1]) == (-1, 1)
    shares = view.at(0).shares
    for end, bar in ((-1, shares[0]), (1, shares[-1])):
        assert bar == pytest.approx((np.abs(a - end) < width).mean(), abs=0.01)
        assert bar > 0.3
    assert shares.sum() == pytest.approx(1 - (a == 0).mean())
    assert shares[1:-1].max() < shares[0] / 5


def test_a_gap_between_pre_activations_is_seen(tmp_path: Path) -> None:
    """Which a smooth density would fill."""
    view = Transfer(run(tmp_path / "run.h5", "tanh").evaluation, "hidden")
    frame, edges = view.at(0), view.edges_before
    assert (edges[0], edges[-1]) == view.before.limits
    counted = [((X[:, 0] >= low) & (X[:, 0] < high)).mean() for low, high in pairwise(edges)]
    np.testing.assert_allclose(frame.shares_before, counted, atol=2.5 / len(X))


def test_beside_others_the_axes_hold_all_of_them(tmp_path: Path) -> None:
    views = [
        Transfer(run(tmp_path / f"{name}.h5", name, (scale,)).evaluation, "hidden")
        for name, scale in (("tanh", 1.0), ("sigmoid", 2.0))
    ]
    one, other = (view.beside([view_2 for view_2 in views if view_2 is not view]) for view in views)
    assert one.before.limits == other.before.limits == views[1].before.limits
    assert one.after.limits == other.after.limits == views[0].after.limits
    assert (one.z[0], one.z[-1]) == one.before.limits
    np.testing.assert_allclose(other.f, 1 / (1 + np.exp(-other.z)), atol=1e-6)
    assert (other.edges[0], other.edges[-1]) == (0, 1)  # the range of its own activation
    np.testing.assert_allclose(other.at(0).shares, views[1].at(0).shares)
    assert views[0].before.limits != views[1].before.limits  # which are as they were


def test_arguments_of_an_activation_count(tmp_path: Path) -> None:
    view = Transfer(run(tmp_path / "run.h5", "relu", max_value=2.0, threshold=1.0).evaluation, "hidden")
    assert view.at(0).flat == pytest.approx(((X <= 1) | (X >= 2)).mean(), abs=2.5 / len(X))
    assert view.after.ranges == ((0.0, 2.0),)
    assert view.f.max() == 2


def test_what_is_not_finite_is_no_share(tmp_path: Path) -> None:
    view = Transfer(run(tmp_path / "run.h5", "tanh", (1.0, np.nan)).evaluation, "hidden")
    assert np.isnan(view.at(1).flat) and view.at(1).before.missing[0] == 1


def test_each_hidden_layer_that_bends_has_one(make_run: Any) -> None:
    evaluation = Replay(make_run(units=(2, 3, 4, 5, 1))).evaluation
    assert [view.layer for view in transfers(evaluation)] == ["hidden_1", "hidden_2", "hidden_3"]
    assert [view.layer for view in transfers(evaluation, "output")] == ["output"]
    assert [view.layer for view in transfers(evaluation, ends=True)] == ["hidden_1", "hidden_3"]
    linear = Replay(make_run("linear.h5", activation="linear")).evaluation
    with pytest.raises(ViewError, match="an activation that bends"):
        transfers(linear)
    with pytest.raises(ViewError, match="'hidden' has no activation that bends"):
        transfers(linear, "hidden")


@pytest.mark.parametrize("name", [name for name, one in CATALOGUE.items() if one.derivative is not None])
def test_no_activation_leaves_its_range_or_climbs_where_it_is_flat(name: str) -> None:
    layer = dense(
        "hidden", 1, 1, name, **({"threshold": 1.0, "default_value": 0.5} if name == "threshold" else {})
    )
    f = function_of(layer)
    assert f is not None
    z = np.random.default_rng(0).normal(scale=20, size=20_000)
    with np.errstate(all="ignore"):
        a = f(z)
    low, high = range_of(layer)
    assert (a >= low - 1e-6).all() and (a <= high + 1e-6).all()
    for start, stop in flat_parts(layer):
        within = np.sort(z[(z > start) & (z < stop)])
        steps = np.diff(f(within)) / np.diff(within)
        assert (np.abs(steps) < 0.0101).all()
