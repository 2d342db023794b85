"""Planes of wide layers: two units as they are, and the principal components that scikit-learn finds."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA

from replay import LayerDescription, Replay, RunDescription, RunWriter, dense
from replay.errors import ViewError
from replay.runs.evaluation import Evaluation
from replay.views.feature_space import FeatureSpace
from replay.views.shared import projection as projection_module
from replay.views.shared.projection import PrincipalPlane, UnitPair, principal_plane, unit_pair

Array = np.ndarray
MakeRun = Callable[..., Path]


def activations(evaluation: Evaluation, layer: str = "hidden") -> Array:
    """Those of all snapshots and samples: (n_snapshots, n_samples, n_units), in float64."""
    return evaluation.activations(layer).astype(float)


@pytest.fixture
def wide(make_run: MakeRun) -> Evaluation:
    """A 2-5-1 network on 60 samples."""
    return Replay(make_run(units=(2, 5, 1), seed=3)).evaluation


def one_layer(
    path: Path, kernels: list[Array], inputs: Array, biases: list[Array] | None = None
) -> Evaluation:
    """A linear hidden layer with these kernels (n_inputs, n_units), a snapshot each."""
    n_inputs, n_units = kernels[0].shape
    description = RunDescription(
        (dense("hidden", n_inputs, n_units), dense("output", n_units, 1, "sigmoid")),
        loss={"name": "binary_crossentropy"},
    )
    with RunWriter(path, description, inputs, np.arange(len(inputs)) % 2) as writer:
        for epoch, kernel in enumerate(kernels):
            bias = np.zeros(n_units) if biases is None else biases[epoch]
            writer.snapshot(epoch, [kernel, bias, np.ones((n_units, 1)), np.zeros(1)])
    return Replay(path).evaluation


# ---------------------------------------------------------------- principal components


def test_principal_components_are_those_of_all_snapshots_and_samples(wide: Evaluation) -> None:
    rows = activations(wide).reshape(-1, 5)
    oracle = PCA(2, svd_solver="full").fit(rows)
    plane = principal_plane(wide, "hidden")
    np.testing.assert_allclose(plane.shares, oracle.explained_variance_ratio_, rtol=1e-4)
    np.testing.assert_allclose(np.abs(np.sum(plane.axes * oracle.components_, axis=1)), 1, atol=1e-4)
    np.testing.assert_allclose(plane.centre, rows.mean(axis=0), atol=1e-5)
    np.testing.assert_allclose(np.abs(plane.of(rows)), np.abs(oracle.transform(rows)), atol=1e-3)


def test_one_basis_holds_for_all_epochs(wide: Evaluation) -> None:
    plane, view = principal_plane(wide, "hidden"), FeatureSpace(wide)
    for position, epoch in enumerate(wide.recording.epochs):
        expected = plane.of(activations(wide)[position])
        np.testing.assert_allclose(view.at(epoch).points, expected, atol=1e-5)


def test_the_sign_makes_the_largest_entry_positive_and_is_the_same_again(wide: Evaluation) -> None:
    plane, again = principal_plane(wide, "hidden"), principal_plane(wide, "hidden")
    for axis in plane.axes:
        assert axis[np.abs(axis).argmax()] > 0
    np.testing.assert_array_equal(plane.axes, again.axes)


@pytest.mark.parametrize("most", [5 * 40, 5 * 130])
def test_of_too_many_values_the_same_samples_are_drawn_at_each_snapshot(
    wide: Evaluation, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection_module, "MAX_VALUES", most)
    monkeypatch.setattr(projection_module, "FEWEST_SAMPLES", 10)
    asked: list[tuple[Array, Array]] = []
    evaluate = wide.activations

    def watched(layer: str, inputs: Array, epochs: Array) -> Array:
        asked.append((inputs, epochs))
        return evaluate(layer, inputs, epochs)

    monkeypatch.setattr(wide, "activations", watched)
    plane = principal_plane(wide, "hidden")
    inputs, epochs = asked[-1]
    assert 5 * 10 * len(epochs) <= 5 * len(inputs) * len(epochs) <= most
    assert epochs[0] == 0 and epochs[-1] == wide.recording.epochs[-1]
    oracle = PCA(2, svd_solver="full").fit(evaluate("hidden", inputs, epochs).reshape(-1, 5).astype(float))
    np.testing.assert_allclose(plane.shares, oracle.explained_variance_ratio_, rtol=1e-3)


def test_far_from_zero_digits_are_kept(tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(400, 3)).astype(np.float32)
    kernel = np.diag([3.0, 2.0, 1.0])
    evaluated = one_layer(tmp_path / "run.h5", [kernel], inputs, [np.full(3, 1e4)])
    plane = principal_plane(evaluated, "hidden")
    oracle = PCA(2, svd_solver="full").fit(inputs.astype(float) @ kernel)
    np.testing.assert_allclose(plane.shares, oracle.explained_variance_ratio_, rtol=1e-2)


@pytest.mark.parametrize("size", [1e-30, 1e30])
def test_very_small_and_very_large_activations_have_components(size: float, tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plane = principal_plane(one_layer(tmp_path / "run.h5", [np.eye(3) * size], inputs), "hidden")
    oracle = PCA(2, svd_solver="full").fit(inputs.astype(float))
    np.testing.assert_allclose(plane.shares, oracle.explained_variance_ratio_, rtol=1e-3)


def test_what_is_not_finite_is_left_out(tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    kernels = [np.diag([3.0, 2.0, 1.0]), np.full((3, 3), np.nan), np.full((3, 3), np.inf)]
    evaluated = one_layer(tmp_path / "run.h5", kernels, inputs)
    plane = principal_plane(evaluated, "hidden")
    oracle = PCA(2, svd_solver="full").fit(inputs.astype(float) @ kernels[0])
    np.testing.assert_allclose(plane.shares, oracle.explained_variance_ratio_, rtol=1e-4)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        view = FeatureSpace(evaluated)
        assert np.isfinite(view.limits).all()
        assert np.isnan(view.at(1.5).points).all()


def test_where_nothing_is_finite_there_are_no_components(tmp_path: Path) -> None:
    evaluated = one_layer(tmp_path / "run.h5", [np.full((3, 3), np.nan)], np.ones((5, 3)))
    with pytest.raises(ViewError, match="no activation of layer 'hidden' is finite"):
        FeatureSpace(evaluated)
    assert np.isnan(FeatureSpace(evaluated, units=(1, 3)).at(0).points).all()


@pytest.mark.parametrize("n_samples", [1, 7])
def test_samples_that_are_all_the_same_have_a_plane_without_shares(n_samples: int, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        evaluated = one_layer(tmp_path / "run.h5", [np.eye(3)], np.full((n_samples, 3), 2.0))
        view = FeatureSpace(evaluated)
        np.testing.assert_allclose(view.at(0).points, 0, atol=1e-6)
    shares = view.projection.shares
    assert shares is None or not np.isfinite(shares).any()
    assert np.isfinite(view.limits).all()


# ---------------------------------------------------------------- two units


@pytest.mark.parametrize("units", [(1, 2), (4, 2), (5, 1)])
def test_a_pair_shows_these_columns_of_the_activations(wide: Evaluation, units: tuple[int, int]) -> None:
    view = FeatureSpace(wide, units=units)
    assert view.projection.names == (f"unit {units[0]}", f"unit {units[1]}")
    columns = [unit - 1 for unit in units]
    for position, epoch in enumerate(wide.recording.epochs):
        np.testing.assert_allclose(view.at(epoch).points, activations(wide)[position][:, columns], rtol=1e-5)
    assert view.at(1).regions is None


def test_an_overflow_of_another_unit_does_not_touch_a_pair() -> None:
    row = np.array([[1.0, np.nan, 3.0, np.inf]])
    np.testing.assert_array_equal(UnitPair((2, 0)).of(row), [[3.0, 1.0]])


@pytest.mark.parametrize(
    ("units", "words"),
    [
        ((0, 1), "'hidden' has no unit 0: its units are 1 to 5"),
        ((1, 6), "no unit 6"),
        ((-1, 2), "no unit -1"),
        ((3, 3), "two different units"),
        ((1, 2, 3), "two different units"),
    ],
)
def test_units_that_there_are_not_are_refused(wide: Evaluation, units: Any, words: str) -> None:
    with pytest.raises(ViewError, match=words):
        FeatureSpace(wide, units=units)


def test_another_word_than_pca_is_refused(wide: Evaluation) -> None:
    with pytest.raises(ViewError, match="two numbers or 'pca', not 'tsne'"):
        FeatureSpace(wide, units="tsne")  # type: ignore[arg-type]


# ---------------------------------------------------------------- what a plane shows


@pytest.mark.parametrize("units", [(2, 1), "pca"])
def test_the_whole_space_of_two_units_keeps_its_regions_however_it_is_turned(
    units: Any, make_run: MakeRun
) -> None:
    evaluated = Replay(make_run(seed=5)).evaluation
    turned = FeatureSpace(evaluated, units=units, mesh_points=25)
    frame = turned.at(2)
    assert frame.regions is not None
    p = frame.regions.probabilities.reshape(25, 25, 2)
    moment = evaluated.at(2)
    for sample, probability in zip(frame.points, moment.probabilities, strict=True):
        shares = [
            (value - low) / (high - low) * 24
            for value, (low, high) in zip(sample, turned.limits, strict=True)
        ]
        column, row = (round(share) for share in shares)
        around = p[max(0, row - 1) : row + 2, max(0, column - 1) : column + 2, 1]
        assert around.min() - 0.01 <= probability <= around.max() + 0.01


@pytest.mark.parametrize("units", [None, (2, 5)])
def test_the_grid_of_the_inputs_is_seen_through_every_plane(wide: Evaluation, units: Any) -> None:
    view = FeatureSpace(wide, units=units)
    frame, plain = view.at(1), FeatureSpace(wide, units=units, grid=False).at(1)
    assert frame.lines is not None and plain.lines is None
    kernel, bias, *_ = (weights[0].astype(float) for weights in wide.recording.weights_at(1))
    assert view.input_lines is not None
    seen = view.projection.of(np.tanh(view.input_lines @ kernel + bias))
    np.testing.assert_allclose(frame.lines, seen, atol=1e-5)


def test_feature_maps_are_flattened(tmp_path: Path) -> None:
    layers = (
        LayerDescription("maps", "Reshape", 2, config={"target_shape": [3, 2]}),
        LayerDescription("flat", "Flatten", 6),
        dense("output", 6, 1, "sigmoid"),
    )
    inputs = np.random.default_rng(0).normal(size=(40, 6)).astype(np.float32)
    description = RunDescription(layers, loss={"name": "binary_crossentropy"})
    with RunWriter(tmp_path / "run.h5", description, inputs, np.arange(40) % 2) as writer:
        writer.snapshot(0, [np.ones((6, 1)), np.zeros(1)])
    evaluated = Replay(tmp_path / "run.h5").evaluation
    view = FeatureSpace(evaluated, "maps")
    assert view.n_units == 6 and view.at(0).regions is None
    oracle = PCA(2, svd_solver="full").fit(inputs.astype(float))
    np.testing.assert_allclose(np.abs(view.at(0).points), np.abs(oracle.transform(inputs)), atol=1e-4)
    np.testing.assert_allclose(FeatureSpace(evaluated, "maps", units=(5, 2)).at(0).points, inputs[:, [4, 1]])


def test_a_layer_is_projected_in_parts_where_it_is_too_large(
    wide: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FeatureSpace(wide)
    limits, points = whole.limits, whole.at(1.5).points
    monkeypatch.setattr("replay.views.feature_space.MAX_VALUES", 5 * 7)
    parts = FeatureSpace(wide)
    np.testing.assert_allclose(parts.limits, limits, rtol=1e-5)
    np.testing.assert_allclose(parts.at(1.5).points, points, atol=1e-6)


def test_lifting_undoes_projecting_where_there_are_two_units() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2))
    angle = 0.3
    turned = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    for plane in (
        UnitPair((0, 1)),
        unit_pair((2, 1), 2, "hidden"),
        PrincipalPlane(np.array([3.0, -1.0]), turned, (0.7, 0.3)),
    ):
        np.testing.assert_allclose(plane.lift(plane.of(rows)), rows)


def test_components_of_real_images(tmp_path: Path) -> None:
    inputs = load_digits().data.astype(np.float32)
    view = FeatureSpace(one_layer(tmp_path / "run.h5", [np.eye(64)], inputs), grid=False)
    oracle = PCA(2, svd_solver="full").fit_transform(inputs.astype(float))
    np.testing.assert_allclose(np.abs(view.at(0).points), np.abs(oracle), atol=5e-3)
