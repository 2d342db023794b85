"""Page data of trajectories: what is decoded is what the views have, and only where it is cheap."""

from __future__ import annotations

import base64
import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from replay import Replay, RunWriter
from replay.errors import ViewError
from replay.player.interactive import page_of
from replay.player.payload import paths_data
from replay.player.payload.packing import Packing
from replay.player.payload.paths_data import POINTS, Paths, are_cheap
from replay.runs.evaluation import Evaluation
from replay.views.shared.geometry import Limits
from replay.views.trajectory import Trajectories, Trajectory
from tests.conftest import MakeRun


def codes(packing: Packing, ref: dict[str, Any]) -> np.ndarray:
    content = gzip.decompress(base64.b64decode(packing.text()))
    dtype = np.dtype(ref["dtype"]).newbyteorder("<")
    return np.frombuffer(content, dtype, int(np.prod(ref["shape"])), ref["at"]).reshape(ref["shape"])


def decoded(packing: Packing, ref: dict[str, Any], differences: bool = False) -> np.ndarray:
    """An array as a page decodes it."""
    found = codes(packing, ref).astype(np.int64)
    if differences:
        found = np.cumsum(np.cumsum(found, axis=0), axis=1) % 2**16
    own = ref["quantised"]
    values = own["low"] + found / 65534 * (own["high"] - own["low"])
    values = np.exp(values) if own.get("log") else values
    return np.where(found == 65535, np.nan, values)


def evaluation_of(make: MakeRun, name: str = "run.h5", **facts: Any) -> Evaluation:
    path: Path = make(name, **facts)
    return Replay(path).evaluation


def test_heights_and_paths_come_back_as_they_were(make_run: MakeRun) -> None:
    evaluations = [evaluation_of(make_run, f"{seed}.h5", seed=seed, n_snapshots=7) for seed in (0, 1)]
    paths, packing, expected = Paths(evaluations, asked=False), Packing(), Trajectories(evaluations)
    (surface,) = paths.surfaces(packing)
    limits = Limits(*surface["limits"])
    losses = np.minimum(expected.surface.over(limits, POINTS), expected.surface.ceiling)
    np.testing.assert_allclose(decoded(packing, surface["heights"], differences=True), losses, rtol=1e-4)
    assert surface["shares"] == expected.surface.plane.shares
    assert surface["names"][1]["en"] == "2nd principal direction"
    extent = np.ptp(np.array(limits), axis=1).max()
    for number, run in enumerate(expected.runs):
        path = paths.path(number, run.path.epochs, packing)
        assert path is not None and path["surface"] == 0 and path["epochs"] == run.path.epochs.tolist()
        points = np.column_stack([decoded(packing, side) for side in path["points"]])
        np.testing.assert_allclose(points, run.points, atol=1e-4 * extent)
        frames = [run.at(epoch) for epoch in run.path.epochs]
        np.testing.assert_array_equal(
            codes(packing, path["losses"]), np.array([frame.loss for frame in frames], np.float32)
        )


def test_the_mesh_holds_the_limits_in_the_shape_of_the_picture(make_run: MakeRun) -> None:
    evaluation = evaluation_of(make_run)
    (surface,) = Paths([evaluation], asked=False).surfaces(Packing())
    (left, right), (bottom, top) = surface["limits"]
    own = Trajectory(evaluation, fan=False).limits
    assert left <= own.x[0] and right >= own.x[1] and bottom <= own.y[0] and top >= own.y[1]
    assert (right - left) / (top - bottom) == pytest.approx(paths_data.ASPECT)


def test_runs_of_other_networks_or_data_have_surfaces_of_their_own(make_run: MakeRun) -> None:
    runs = [
        evaluation_of(make_run, "a.h5"),
        evaluation_of(make_run, "b.h5", units=(2, 3, 1)),
        evaluation_of(make_run, "c.h5", seed=4),
    ]
    paths, packing = Paths(runs, asked=False), Packing()
    assert len(paths.surfaces(packing)) == 2
    found = [paths.path(number, runs[number].recording.epochs, packing) for number in range(3)]
    assert [path["surface"] for path in found if path] == [0, 1, 0]


def test_a_path_ends_with_the_epochs_of_the_page_or_where_weights_diverge(make_run: MakeRun) -> None:
    source = evaluation_of(make_run).recording
    diverged = source.path.with_name("diverged.h5")
    with RunWriter(diverged, source.description, source.inputs, source.targets) as writer:
        for epoch in range(5):
            weights = [array[0] if epoch < 3 else array[0] * np.nan for array in source.weights_at(epoch)]
            writer.snapshot(epoch, weights)
    evaluation = Replay(diverged).evaluation
    paths = Paths([evaluation], asked=False)
    path = paths.path(0, np.arange(5.0), Packing())
    assert path is not None and path["epochs"] == [0, 1, 2] and path["diverges"]
    part = paths.path(0, np.array([1.0, 2.0]), Packing())
    assert part is not None and part["epochs"] == [1, 2]


def test_a_surface_that_would_take_long_is_made_only_if_it_is_asked_for(
    make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    evaluation = evaluation_of(make_run)
    assert are_cheap([evaluation])
    monkeypatch.setattr(paths_data, "CHEAP", 1e-9)
    assert not Paths([evaluation], asked=False).any
    assert Paths([evaluation], asked=True).any


def test_a_run_without_a_path_has_none_and_a_page_that_is_to_begin_with_it_says_why(
    make_run: MakeRun,
) -> None:
    evaluation = evaluation_of(make_run, n_snapshots=1)
    paths = Paths([evaluation], asked=False)
    assert not paths.any and paths.path(0, np.zeros(1), Packing()) is None
    with pytest.raises(ViewError, match="two snapshots"):
        page_of([evaluation], still=False, view="trajectory")


def test_a_page_of_three_runs_gets_little_larger(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    def size() -> int:
        runs = [
            make_run(f"{f}.h5", activation=f, run=f, n_snapshots=151) for f in ("tanh", "relu", "sigmoid")
        ]
        return len(page_of([Replay(run).evaluation for run in runs], still=False).html)

    whole = size()
    monkeypatch.setattr(paths_data, "CHEAP", 0.0)
    assert 0 < whole - size() < 20_000
