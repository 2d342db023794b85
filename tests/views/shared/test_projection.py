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
from replay.views.feature_space import FeatureSpace, feature_spaces
from replay.views.shared import projection as projection_module
from replay.views.shared.projection import LinearPlane, UnitPair, parse_units, principal_plane, unit_pair

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
    plane, view = principal_plane(wide, "hidden"), FeatureSpace(wide, units="pca")
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
        view = FeatureSpace(evaluated, units="pca")
        np.testing.assert_allclose(view.at(0).points, 0, atol=1e-6)
        np.testing.assert_allclose(np.ptp(FeatureSpace(evaluated).at(0).points, axis=0), 0, atol=1e-6)
    shares = view.projection.shares
    assert shares is None or not np.isfinite(shares).any()
    assert np.isfinite(view.limits).all()


# ---------------------------------------------------------------- the readout


def test_along_the_readout_samples_lie_as_far_from_the_boundary_as_they_are(
    make_run: MakeRun,
) -> None:
    evaluated = Replay(make_run(units=(2, 5, 1), n_snapshots=6)).evaluation
    view, last = FeatureSpace(evaluated, units="readout"), float(evaluated.recording.epochs[-1])
    kernel = evaluated.recording.weights_at(last)[2][0]
    z = evaluated.activations(None, epochs=[last], before_activation=True)[0, :, 0]
    np.testing.assert_allclose(view.at(last).points[:, 0], z / np.linalg.norm(kernel), atol=1e-5)
    # Across it lies the first component of what the readout leaves.
    rows = evaluated.activations("hidden").reshape(-1, 5).astype(float)
    direction = kernel[:, 0] / np.linalg.norm(kernel)
    left = PCA(1, svd_solver="full").fit(rows - np.outer(rows @ direction, direction)).components_[0]
    assert isinstance(view.projection, LinearPlane)
    np.testing.assert_allclose(np.abs(view.projection.axes[1] @ left), 1, atol=1e-4)
    np.testing.assert_allclose(view.projection.axes @ view.projection.axes.T, np.eye(2), atol=1e-5)
    shares = np.var(rows @ view.projection.axes.T, axis=0) / np.var(rows, axis=0).sum()
    np.testing.assert_allclose(view.projection.shares, shares, rtol=1e-3)


def test_two_classes_behind_a_softmax_are_read_out_along_their_difference(make_run: MakeRun) -> None:
    evaluated = Replay(make_run(units=(2, 5, 2), n_snapshots=3)).evaluation
    points = FeatureSpace(evaluated, units="readout").at(2).points
    z = evaluated.activations(None, epochs=[2], before_activation=True)[0]
    assert ((points[:, 0] > 0) == (z[:, 1] > z[:, 0])).all()


def test_of_three_classes_the_discriminant_plane_tells_all_their_logits(make_run: MakeRun) -> None:
    """Three centred logits have two dimensions, so that the plane holds all of them."""
    evaluated = Replay(make_run(units=(2, 5, 3), n_snapshots=3)).evaluation
    view = FeatureSpace(evaluated, units="readout")
    assert view.projection.names == ("discriminant 1", "discriminant 2")
    z = evaluated.activations(None, epochs=[2], before_activation=True)[0]
    leads = z - z.mean(axis=1, keepdims=True)
    design = np.column_stack([view.at(2).points, np.ones(len(z))])
    np.testing.assert_allclose(design @ np.linalg.lstsq(design, leads, rcond=None)[0], leads, atol=1e-4)


def test_a_readout_is_of_the_last_finite_weights(tmp_path: Path) -> None:
    inputs = np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32)
    evaluated = one_layer(tmp_path / "run.h5", [np.eye(3), np.eye(3), np.full((3, 3), np.nan)], inputs)
    assert np.isfinite(FeatureSpace(evaluated, units="readout").at(1).points).all()


def test_only_a_layer_that_the_output_reads_has_a_readout(make_run: MakeRun) -> None:
    evaluated = Replay(make_run(units=(2, 5, 4, 1))).evaluation
    with pytest.raises(ViewError, match="'hidden_1' is none: choose two units, or pca"):
        FeatureSpace(evaluated, "hidden_1", units="readout")
    assert FeatureSpace(evaluated, "hidden_1").projection.names == ("PC 1", "PC 2")
    assert FeatureSpace(evaluated, "hidden_2").projection.names[0] == "readout"


def test_a_wide_layer_is_shown_by_its_readout_and_beside_it_by_its_components(make_run: MakeRun) -> None:
    evaluated = Replay(make_run(units=(2, 5, 1))).evaluation
    assert [view.projection.names[0] for view in feature_spaces(evaluated)] == ["readout", "PC 1"]
    assert [view.projection.names[0] for view in feature_spaces(evaluated, units="pca")] == ["PC 1"]
    assert len(feature_spaces(Replay(make_run("two.h5")).evaluation)) == 1


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
    with pytest.raises(ViewError, match="two numbers, 'pca' or 'readout', not 'tsne'"):
        FeatureSpace(wide, units="tsne")  # type: ignore[arg-type]


# ---------------------------------------------------------------- what a plane shows


@pytest.mark.parametrize(
    ("text", "units"),
    [
        *[("3,7", (3, 7)), (" 3 ; 7 ", (3, 7)), ("4", 4), ("1,2,3", (1, 2, 3))],
        *[("PCA", "pca"), ("readout", "readout"), (" Tour", "tour")],
    ],
)
def test_units_are_one_to_three_numbers_or_a_word(text: str, units: Any) -> None:
    assert parse_units(text) == units


@pytest.mark.parametrize("text", ["", "a", "1,", "1,2,3,4", "-1,2", "1.5,2", "tours"])
def test_other_units_are_refused_with_what_they_can_be(text: str) -> None:
    with pytest.raises(
        ViewError, match="one to three numbers, such as 3,7 or 1,2,3, or pca, readout or tour"
    ):
        parse_units(text)


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
    view = FeatureSpace(evaluated, "maps", units="pca")
    assert view.n_units == 6 and view.at(0).regions is None
    oracle = PCA(2, svd_solver="full").fit(inputs.astype(float))
    np.testing.assert_allclose(np.abs(view.at(0).points), np.abs(oracle.transform(inputs)), atol=1e-4)
    np.testing.assert_allclose(FeatureSpace(evaluated, "maps", units=(5, 2)).at(0).points, inputs[:, [4, 1]])


def test_a_layer_is_projected_in_parts_where_it_is_too_large(
    wide: Evaluation, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = FeatureSpace(wide)
    limits, points = whole.limits, whole.at(1.5).points
    monkeypatch.setattr("replay.views.shared.layer_points.MAX_VALUES", 5 * 7)
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
        LinearPlane(np.array([3.0, -1.0]), turned, (0.7, 0.3)),
    ):
        np.testing.assert_allclose(plane.lift(plane.of(rows)), rows)


def test_components_of_real_images(tmp_path: Path) -> None:
    inputs = load_digits().data.astype(np.float32)
    view = FeatureSpace(one_layer(tmp_path / "run.h5", [np.eye(64)], inputs), grid=False, units="pca")
    oracle = PCA(2, svd_solver="full").fit_transform(inputs.astype(float))
    np.testing.assert_allclose(np.abs(view.at(0).points), np.abs(oracle), atol=5e-3)
