"""A page of what it cannot compute itself: recorded answers, and the decisions of linear classifiers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Perceptron, SGDClassifier, SGDRegressor
from sklearn.svm import LinearSVC

from replay import Recording
from replay.network.in_numpy import forward
from replay.player.options import PageOptions
from replay.player.payload.arrays_data import MESH
from replay.player.payload.payload import Payload
from replay.predictions import Recorder
from replay.runs.evaluation import Evaluation
from replay.sklearn import fit
from tests.helpers.page_reader import Packed, page_data

Array = np.ndarray
RNG = np.random.default_rng(2)
X = RNG.normal(size=(60, 2))
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
STYLES = {"light": {"ink": "#000000"}, "dark": {"ink": "#ffffff"}}


def page(path: Path) -> dict[str, Any]:
    evaluation = Evaluation(Recording(path))
    text, _ = Payload([evaluation], PageOptions("title", ["run"], STYLES)).within(0)
    return page_data(text)


def record(path: Path, models: list[Any], y: Array, **options: Any) -> None:
    with Recorder(path, X, y, **options) as recorder:
        for model in models:
            recorder.snapshot(model)
    assert recorder.error is None


def test_recorded_answers_have_regions_over_their_mesh(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", [LinearSVC().fit(X, THREE)], THREE, mesh=64)
    data = page(tmp_path / "run.h5")
    (run,), packed = data["runs"], Packed(data)
    assert run["network"] is None
    regions = run["arrays"]["input_regions"]
    mesh = Evaluation(Recording(tmp_path / "run.h5")).mesh
    assert mesh is not None and mesh.points == MESH
    np.testing.assert_allclose(packed[regions["limits"]][0], mesh.limits, rtol=1e-6)
    expected = LinearSVC().fit(X, THREE).predict(mesh.inputs).reshape(MESH, MESH)
    np.testing.assert_array_equal(packed[regions["likeliest"]][0], expected)


def test_without_a_mesh_the_page_has_the_samples_alone(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", [LinearSVC().fit(X, THREE)], THREE, mesh=None)
    (run,) = page(tmp_path / "run.h5")["runs"]
    assert run["arrays"]["input_regions"] is None and run["arrays"]["predicted"] is not None


def test_recorded_numbers_have_their_predictions(tmp_path: Path) -> None:
    record(tmp_path / "run.h5", [lambda x: x[:, 0] + 1, lambda x: x[:, 0]], X[:, 0])
    data = page(tmp_path / "run.h5")
    outputs = Packed(data)[data["runs"][0]["arrays"]["outputs"]]
    np.testing.assert_allclose(outputs[..., 0], [X[:, 0] + 1, X[:, 0]], atol=1e-3)


@pytest.mark.parametrize("model", [Perceptron(), SGDClassifier("log_loss")])
def test_functions_that_the_page_lacks_travel_as_answers(model: Any, tmp_path: Path) -> None:
    fit(model, X, THREE, tmp_path / "run.h5", epochs=2)
    assert forward.covers(Recording(tmp_path / "run.h5").description)
    (run,) = page(tmp_path / "run.h5")["runs"]
    assert run["network"] is None and run["arrays"]["losses"] is not None


def test_a_linear_regression_travels_as_its_weights(tmp_path: Path) -> None:
    fit(SGDRegressor(), X, X[:, 0], tmp_path / "run.h5", epochs=2)
    (run,) = page(tmp_path / "run.h5")["runs"]
    assert run["arrays"] is None and run["network"]["loss"] == {"name": "half_squared_error"}


def test_the_lead_of_a_class_is_that_of_its_decision(tmp_path: Path) -> None:
    model = fit(Perceptron(random_state=0), X, THREE, tmp_path / "run.h5", epochs=3)
    data = page(tmp_path / "run.h5")
    packed, regions = Packed(data), data["runs"][0]["arrays"]["input_regions"]
    (x, y) = packed[regions["limits"]][-1]
    points = np.stack(np.meshgrid(np.linspace(*x, MESH), np.linspace(*y, MESH)), axis=-1).reshape(-1, 2)
    decisions = np.sort(model.decision_function(points), axis=1)
    lead = (decisions[:, -1] - decisions[:, -2]).reshape(MESH, MESH)
    inside = (lead > 0.05) & (lead < 10)
    assert inside.any()
    np.testing.assert_allclose(packed[regions["lead"]][-1][inside], lead[inside], rtol=0.06)
    np.testing.assert_array_equal(
        packed[regions["likeliest"]][-1][inside], model.predict(points).reshape(MESH, MESH)[inside]
    )
