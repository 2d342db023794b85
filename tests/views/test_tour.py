"""The tour of a wide layer: from its principal plane to its readout, orthonormal, the same each time."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from sklearn.decomposition import PCA

from replay import Replay, RunDescription, RunWriter, datasets, dense
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.shared.projection import principal_plane, readout_plane
from replay.views.tour import FIRST, LAST, NAMED, SPANNED, TourSpace

Array = np.ndarray
MakeRun = Callable[..., Path]


def evaluated(path: Path) -> Evaluation:
    return Replay(path).evaluation


def projector(plane: Array) -> Array:
    return plane.T @ plane


@pytest.fixture
def wide(make_run: MakeRun) -> Evaluation:
    return evaluated(make_run(units=(2, 7, 4), data=datasets.blobs(15), n_snapshots=21))


def test_it_begins_at_the_principal_components_and_ends_at_the_readout(wide: Evaluation) -> None:
    view = TourSpace(wide)
    first, last = view.at(0), view.at(20)
    np.testing.assert_allclose(
        projector(first.plane), projector(principal_plane(wide, "hidden").axes), atol=1e-4
    )
    np.testing.assert_allclose(last.plane, readout_plane(wide, "hidden").axes, atol=1e-5)
    assert (first.called, view.at(10).called, last.called) == (FIRST, None, LAST)


def test_every_plane_is_orthonormal_and_within_few_dimensions(wide: Evaluation) -> None:
    view = TourSpace(wide)
    for epoch in np.linspace(0, 20, 31):
        plane = view.at(epoch).plane
        np.testing.assert_allclose(plane @ plane.T, np.eye(2), atol=1e-12)
        np.testing.assert_allclose(plane @ projector(view.basis), plane, atol=1e-9)
    assert len(view.basis) <= SPANNED + 2


@pytest.mark.parametrize("epoch", [0, 7.5, 20])
def test_the_samples_are_their_activations_on_the_plane(wide: Evaluation, epoch: float) -> None:
    frame = TourSpace(wide).at(epoch)
    activations = wide.at(epoch).activations("hidden").astype(float)
    np.testing.assert_allclose(
        frame.places - frame.places[0], (activations - activations[0]) @ frame.plane.T, atol=1e-4
    )


def test_samples_and_planes_move_a_little_at_a_time(wide: Evaluation) -> None:
    view = TourSpace(wide)
    planes = [view.at(epoch).plane for epoch in np.linspace(0, 20, 401)]
    steps = [np.abs(after - before).max() for before, after in pairwise(planes)]
    assert 0 < max(steps) < 0.1


def test_nearly_all_samples_are_within_the_limits_at_all_epochs(wide: Evaluation) -> None:
    view = TourSpace(wide)
    for epoch in np.linspace(0, 20, 9):
        frame = view.at(epoch)
        (low, high), _ = frame.limits
        assert low == -high and (np.abs(frame.places) <= high).mean() > 0.95


def test_where_no_output_layer_reads_it_it_ends_where_it_began(make_run: MakeRun) -> None:
    view = TourSpace(evaluated(make_run(units=(2, 6, 2, 1))), "hidden_1")
    np.testing.assert_allclose(projector(view.at(0).plane), projector(view.at(4).plane), atol=1e-6)
    assert view.at(4).called == FIRST


def test_the_units_that_the_planes_show_most_of_are_named(make_run: MakeRun) -> None:
    few, many = (
        TourSpace(evaluated(make_run(units=(2, 5, 1)))),
        TourSpace(evaluated(make_run("many.h5", units=(2, 40, 1)))),
    )
    np.testing.assert_array_equal(few.units, np.arange(5))
    shown = np.sum([(many.tour.at(share) ** 2).sum(axis=0) for share in np.linspace(0, 1, 25)], axis=0)
    assert len(many.units) == NAMED and shown[many.units].min() >= np.sort(shown)[-NAMED] - 1e-12
    assert max(
        np.hypot(*many.tour.at(share)[:, many.units]).max() for share in np.linspace(0, 1, 25)
    ) == pytest.approx(many.longest)


def test_its_components_are_those_of_all_snapshots(wide: Evaluation) -> None:
    rows = wide.activations("hidden").reshape(-1, 7).astype(float)
    oracle = PCA(SPANNED, svd_solver="full").fit(rows).components_
    view = TourSpace(wide)
    np.testing.assert_allclose(projector(view.basis) @ oracle.T, oracle.T, atol=1e-4)


def test_500_units_take_a_moment_only(make_run: MakeRun) -> None:
    view = TourSpace(evaluated(make_run(units=(2, 500, 1), n_snapshots=20)))
    view.at(3)
    start = time.process_time()
    for epoch in range(4, 14):
        view.at(epoch)
    assert time.process_time() - start < 0.5


def test_regressions_held_out_samples_and_grids_are_shown_too(make_run: MakeRun) -> None:
    x = np.random.default_rng(0).normal(size=(30, 2)).astype(np.float32)
    path = make_run(
        units=(2, 5, 1), output_activation="linear", loss="mean_squared_error", data=(x, x[:, 0]),
        held_out=(x[:7] + 1, x[:7, 0]),
    )  # fmt: skip
    evaluation = evaluated(path)
    frame = TourSpace(evaluation).at(2)
    assert frame.correct is None and frame.held_out is not None and frame.held_out[1] is None
    everything = np.concatenate([x, x[:7] + 1])
    hidden = evaluation.activations("hidden", everything, [2])[0].astype(float)
    expected = (hidden - hidden[0]) @ frame.plane.T
    np.testing.assert_allclose(frame.held_out[0] - frame.places[0], expected[30:], atol=1e-4)
    assert frame.lines is not None and frame.lines.shape == (2, 15, 101, 2)
    assert TourSpace(evaluation, grid=False).at(2).lines is None


def test_a_constant_layer_and_a_diverged_end_raise_no_warning(tmp_path: Path) -> None:
    layers = (dense("hidden", 2, 4, "relu"), dense("output", 4, 1, "sigmoid"))
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), *datasets.parabola(10)) as writer:
        writer.snapshot(0, [np.zeros((2, 4)), np.ones(4), np.ones((4, 1)), np.zeros(1)])
        writer.snapshot(1, [np.full((2, 4), np.nan), np.zeros(4), np.ones((4, 1)), np.zeros(1)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        view = TourSpace(evaluated(tmp_path / "run.h5"))
        for epoch in (0, 0.5, 1):
            frame = view.at(epoch)
            np.testing.assert_allclose(frame.plane @ frame.plane.T, np.eye(2), atol=1e-12)
            assert np.isfinite(frame.limits).all()


def test_activations_that_are_never_finite_are_refused(tmp_path: Path) -> None:
    layers = (dense("hidden", 2, 4, "relu"), dense("output", 4, 1, "sigmoid"))
    with RunWriter(tmp_path / "run.h5", RunDescription(layers), *datasets.parabola(10)) as writer:
        writer.snapshot(0, [np.full((2, 4), np.nan), np.zeros(4), np.ones((4, 1)), np.zeros(1)])
    with pytest.raises(ViewError, match="no activation of layer 'hidden' is finite"):
        TourSpace(evaluated(tmp_path / "run.h5"))
