"""Recorded answers: exact for samples and points of the mesh, linear between these, and none elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from replay.errors import RunFileError, ViewError
from replay.network.description import LayerDescription, RunDescription, WeightDescription
from replay.network.recorded_answers import Mesh, RecordedAnswers, answers_layer, is_recorded

RNG = np.random.default_rng(0)
SAMPLES, HELD_OUT = RNG.uniform(-1, 1, (9, 2)), RNG.uniform(-1, 1, (4, 2))
PLANE = Mesh(((-1.0, 1.0), (-2.0, 2.0)), 5)
Array = np.ndarray


def network(layer: LayerDescription, held_out: Array | None = HELD_OUT) -> RecordedAnswers:
    return RecordedAnswers(RunDescription((layer,)), SAMPLES, held_out, Path("run.h5"))


def bilinear(x: Array) -> Array:
    """A function that is linear in each direction, so that between the points of a mesh it is known."""
    return np.stack([1 + 2 * x[:, 0] - x[:, 1] + 3 * x[:, 0] * x[:, 1], x[:, 1]], axis=1)


def weights_of(mesh: Mesh | None = PLANE) -> list[Array]:
    """Two snapshots, of the function and of its double."""
    parts = [bilinear(SAMPLES), bilinear(HELD_OUT)]
    if mesh is not None:
        parts.append(bilinear(mesh.inputs).reshape(*mesh.shape, 2))
    return [np.stack([part, 2 * part]).astype(np.float64) for part in parts]


def test_a_mesh_goes_row_by_row_from_the_lowest_second_input() -> None:
    assert PLANE.inputs.shape == (25, 2)
    assert PLANE.inputs[:6].tolist() == [[-1, -2], [-0.5, -2], [0, -2], [0.5, -2], [1, -2], [-1, -1]]
    assert Mesh(((0.0, 1.0),), 3).inputs.tolist() == [[0], [0.5], [1]]


def test_samples_held_out_ones_and_points_of_the_mesh_have_their_recorded_answers() -> None:
    own, weights = network(answers_layer(2, 9, 4, PLANE)), weights_of()
    for inputs in (SAMPLES, HELD_OUT, PLANE.inputs):
        found = own.evaluate(inputs, weights)
        np.testing.assert_allclose(found[0], bilinear(inputs), rtol=1e-12)
        np.testing.assert_array_equal(found[1], 2 * found[0])


def test_some_of_the_samples_have_theirs_in_any_order() -> None:
    mixed = np.concatenate([HELD_OUT[2:3], SAMPLES[[5, 0, 5]]])
    found = network(answers_layer(2, 9, 4, None)).evaluate(mixed, weights_of(None))
    np.testing.assert_array_equal(found[0], bilinear(mixed))


def test_between_the_points_of_the_mesh_answers_are_linear_in_each_direction() -> None:
    inside = RNG.uniform((-1, -2), (1, 2), (50, 2))
    found = network(answers_layer(2, 9, 4, PLANE)).evaluate(inside, weights_of())
    np.testing.assert_allclose(found[0], bilinear(inside), atol=1e-12)


def test_of_one_input_answers_are_linear_between_points() -> None:
    line = Mesh(((0.0, 4.0),), 5)
    samples = np.array([[0.3], [2.7]])
    own = RecordedAnswers(RunDescription((answers_layer(1, 2, 0, line),)), samples, None, Path("run.h5"))
    weights = [np.array([[[7.0], [8.0]]]), (line.inputs[None] * 10).astype(np.float64)]
    found = own.evaluate(np.array([[0.5], [2.7], [4.0], [3.25]]), weights)
    assert found[0, :, 0].tolist() == [5, 8, 40, 32.5]  # the second is a sample


def test_a_point_that_is_not_finite_does_not_spread_to_its_neighbours_points() -> None:
    own, weights = network(answers_layer(2, 9, 4, PLANE)), weights_of()
    weights[2][0, 0, 0] = np.nan
    assert np.isfinite(own.evaluate(np.array([[-0.5, -1.5]]), weights)[0]).all()
    assert np.isnan(own.evaluate(np.array([[-0.9, -1.9]]), weights)[0]).all()


def test_inputs_that_nobody_asked_the_model_about_have_no_answer() -> None:
    elsewhere = np.array([[0.0, 0.01]])
    with pytest.raises(ViewError, match=r"^run.h5 has recorded answers for its samples alone"):
        network(answers_layer(2, 9, 4, None)).evaluate(elsewhere, weights_of(None))
    with pytest.raises(ViewError, match=r"for input 2 from -2 to 2 alone"):
        network(answers_layer(2, 9, 4, PLANE)).evaluate(np.array([[0.0, 2.1]]), weights_of())


def test_there_is_nothing_within_a_model() -> None:
    own, weights = network(answers_layer(2, 9, 4, PLANE)), weights_of()
    with pytest.raises(ViewError, match="a model's answers alone"):
        own.evaluate(SAMPLES, weights, before_activation=True)
    with pytest.raises(ViewError, match="a model's answers alone"):
        own.gradients(SAMPLES, np.zeros(9), weights, {"name": "mean_squared_error"})
    with pytest.raises(ViewError, match="hidden"):
        own.evaluate(SAMPLES, weights, "hidden")
    np.testing.assert_array_equal(own.evaluate(SAMPLES, weights, "answers"), weights[0])


WHOLE = answers_layer(2, 9, 4, PLANE)


@pytest.mark.parametrize(
    "layer",
    [
        replace(WHOLE, units=None),
        replace(WHOLE, units=3),
        replace(WHOLE, recorded=False),
        replace(WHOLE, weights=WHOLE.weights[:1]),
        replace(WHOLE, weights=(*WHOLE.weights, WeightDescription("more", (1,)))),
        replace(WHOLE, weights=(WeightDescription("samples", (8, 2)), *WHOLE.weights[1:])),
        replace(WHOLE, weights=(*WHOLE.weights[:2], WeightDescription("mesh", (5, 4, 2)))),
        replace(WHOLE, weights=(*WHOLE.weights[:2], WeightDescription("mesh", ()))),
        replace(WHOLE, config={}),
        replace(WHOLE, config={"mesh_limits": [[-1, 1]]}),
        replace(WHOLE, config={"mesh_limits": [[-1, 1], [2, -2]]}),
        replace(WHOLE, config={"mesh_limits": [[-1, 1], [0, float("nan")]]}),
        replace(WHOLE, config={"mesh_limits": [[-1, 1], "ab"]}),
        replace(WHOLE, config={"mesh_limits": 3}),
    ],
)
def test_a_file_whose_claims_do_not_fit_is_damaged(layer: LayerDescription) -> None:
    assert is_recorded(RunDescription((layer,)))
    with pytest.raises(RunFileError, match=r"^run.h5 is damaged: its "):
        network(layer)
