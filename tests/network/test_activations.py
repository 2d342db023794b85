"""The catalogue of activations against Keras, its derivatives against finite differences."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from replay.errors import ViewError
from replay.network import activations
from replay.network.activations import CATALOGUE, SHOWN_ONLY
from replay.network.in_keras import perceptron

NOT_FUNCTIONS = {"get", "serialize", "deserialize"}
ELEMENTWISE = sorted(name for name, activation in CATALOGUE.items() if activation.derivative is not None)
OF_VECTORS = sorted(set(CATALOGUE) - set(ELEMENTWISE))
REQUIRED: dict[str, dict[str, Any]] = {"threshold": {"threshold": 0.75, "default_value": -2.0}}
# Beside the defaults. Kinks of all of these lie on multiples of 1/4, between the points of `between_kinks`.
FURTHER: list[tuple[str, dict[str, Any]]] = [
    ("relu", {"negative_slope": 0.25}),
    ("relu", {"max_value": 2.5}),
    ("relu", {"max_value": 6.0}),
    ("relu", {"max_value": 0.0}),
    ("relu", {"threshold": 1.25}),
    ("relu", {"threshold": -1.0}),
    ("relu", {"threshold": -1.0, "max_value": 2.0}),
    ("relu", {"negative_slope": 0.5, "max_value": 2.5}),
    ("relu", {"negative_slope": 0.5, "threshold": 1.25}),
    ("relu", {"max_value": 2.5, "threshold": 1.25}),
    ("relu", {"negative_slope": 0.1, "max_value": 2.5, "threshold": 1.25}),
    ("leaky_relu", {"negative_slope": 0.01}),
    ("leaky_relu", {"negative_slope": 0.0}),
    ("elu", {"alpha": 0.3}),
    ("celu", {"alpha": 2.5}),
    ("squareplus", {"b": 1}),
    ("soft_shrink", {"threshold": 1.25}),
    ("hard_shrink", {"threshold": 1.25}),
    ("threshold", {"threshold": -1.5, "default_value": 20.0}),
    ("gelu", {"approximate": True}),
]
CASES = [(name, REQUIRED.get(name, {})) for name in ELEMENTWISE] + FURTHER
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in given.items())}" for name, given in CASES]


def of_keras(name: str, z: np.ndarray, **arguments: Any) -> np.ndarray:
    function = perceptron.step if name == "step" else keras.activations.get(name)
    return keras.ops.convert_to_numpy(function(keras.ops.convert_to_tensor(z), **arguments))


def between_kinks() -> np.ndarray:
    return np.arange(-7.0, 7.0, 0.25) + 0.0625


def test_every_activation_of_keras_is_in_the_catalogue() -> None:
    known = {name for name in dir(keras.activations) if not name.startswith("_")} - NOT_FUNCTIONS
    assert known <= set(CATALOGUE)


def test_every_entry_is_found_by_the_name_it_carries() -> None:
    for name, activation in CATALOGUE.items():
        assert activation.name == name
        assert activations.find(name) is activation


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=IDS)
def test_values_equal_those_of_keras(name: str, arguments: dict[str, Any]) -> None:
    z = np.concatenate([np.linspace(-8, 8, 129), [-80, -30, 30, 80]]).astype(np.float32)  # kinks included
    np.testing.assert_allclose(
        CATALOGUE[name](z, **arguments), of_keras(name, z, **arguments), rtol=2e-5, atol=2e-6
    )


@pytest.mark.parametrize("name", [name for name in OF_VECTORS if name != "sparsemax"])
@pytest.mark.parametrize("axis", [-1, 0, 1, -2])
def test_values_of_vector_activations_equal_those_of_keras_along_any_axis(name: str, axis: int) -> None:
    z = np.random.default_rng(0).normal(0, 3, (4, 6, 8)).astype(np.float32)
    np.testing.assert_allclose(
        CATALOGUE[name](z, axis=axis), of_keras(name, z, axis=axis), rtol=2e-5, atol=2e-6
    )


@pytest.mark.parametrize(("name", "arguments"), CASES, ids=IDS)
def test_derivatives_equal_central_differences(name: str, arguments: dict[str, Any]) -> None:
    z, step = between_kinks(), 1e-6
    activation = CATALOGUE[name]
    assert activation.derivative is not None
    rise = activation(z + step, **arguments) - activation(z - step, **arguments)
    expected = rise / (2 * step)
    # An exponential of 7 loses more digits to the difference than a slope of 1 does.
    np.testing.assert_allclose(activation.derivative(z, **arguments), expected, rtol=1e-6, atol=1e-7)


def test_only_activations_of_vectors_lack_a_derivative() -> None:
    assert OF_VECTORS == ["glu", "log_softmax", "softmax", "sparsemax"]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=IDS)
def test_values_and_derivatives_keep_dtype_and_shape(
    name: str, arguments: dict[str, Any], dtype: type
) -> None:
    activation = CATALOGUE[name]
    assert activation.derivative is not None
    for shape in ((), (0,), (5,), (2, 3, 4)):
        z = np.full(shape, 0.3, dtype)
        for values in (activation(z, **arguments), activation.derivative(z, **arguments)):
            assert (values.dtype, values.shape) == (np.dtype(dtype), shape)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OF_VECTORS)
def test_vector_activations_keep_the_dtype_and_only_glu_halves_the_axis(name: str, dtype: type) -> None:
    z = np.random.default_rng(1).normal(size=(3, 5, 4)).astype(dtype)
    values = CATALOGUE[name](z)
    assert values.dtype == np.dtype(dtype)
    assert values.shape == ((3, 5, 2) if name == "glu" else (3, 5, 4))


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "log_sigmoid", "softmax", "log_softmax", "mish"])
def test_large_arguments_neither_overflow_nor_lose_the_limit(name: str) -> None:
    z = np.array([-1e4, 0, 1e4], np.float32)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        values = CATALOGUE[name](z)
    limits = {
        "sigmoid": [0, 0.5, 1],
        "softplus": [0, np.log(2), 1e4],
        "log_sigmoid": [-1e4, -np.log(2), 0],
        "softmax": [0, 0, 1],
        "log_softmax": [-2e4, -1e4, 0],
        "mish": [0, 0, 1e4],
    }
    np.testing.assert_allclose(values, limits[name], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["linear", "relu", "leaky_relu", "sigmoid", "tanh", "elu", "softplus"])
def test_infinities_reach_the_limits_of_the_function_and_nan_stays_nan(name: str) -> None:
    z = np.array([-np.inf, np.inf, np.nan], np.float32)
    with np.errstate(all="ignore"):  # as the forward pass evaluates them
        values = CATALOGUE[name](z)
    lower = {"linear": -np.inf, "leaky_relu": -np.inf, "tanh": -1, "elu": -1}.get(name, 0)
    upper = {"sigmoid": 1, "tanh": 1}.get(name, np.inf)
    np.testing.assert_array_equal(values, [lower, upper, np.nan])


def test_relu_above_a_threshold_takes_minus_infinity_to_zero_as_keras_does() -> None:
    z = np.array([-np.inf, -1, 3], np.float32)
    with np.errstate(all="ignore"):
        values = activations.relu(z, threshold=2.0)
    np.testing.assert_array_equal(values, of_keras("relu", z, threshold=2.0), strict=True)


def test_softmax_sums_to_one_and_does_not_change_when_all_logits_shift() -> None:
    z = np.random.default_rng(2).normal(size=(6, 5))
    np.testing.assert_allclose(activations.softmax(z).sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(activations.softmax(z + 123.0), activations.softmax(z), rtol=1e-10)


def test_sparsemax_is_nearer_to_its_argument_than_other_points_of_the_simplex() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(0, 1, 4)
    nearest = activations.sparsemax(z)
    assert nearest.min() >= 0
    assert nearest.sum() == pytest.approx(1)
    others = np.vstack([rng.dirichlet(np.full(4, 0.3), 2000), np.eye(4)])
    assert ((others - z) ** 2).sum(axis=1).min() >= ((nearest - z) ** 2).sum() - 1e-12


def test_sparsemax_splits_what_two_close_logits_share() -> None:
    """By hand: of (0, 0.5, 1) the last two stay, lowered by (1.5 − 1) / 2. Some Keras releases err here."""
    z = np.array([[0, 0.5, 1], [3, 0, 0]])
    expected = [[0, 0.25, 0.75], [1, 0, 0]]
    np.testing.assert_allclose(activations.sparsemax(z), expected, atol=1e-12)
    np.testing.assert_allclose(activations.sparsemax(z.T, axis=0), np.transpose(expected), atol=1e-12)


def test_an_unknown_name_is_refused_with_the_nearest_names() -> None:
    with pytest.raises(ViewError, match=r"unknown activation 'sigmod'.*sigmoid"):
        activations.find("sigmod")


# Those that are shown, but not by name among Keras's activations


def test_what_is_only_shown_is_no_activation_that_keras_knows_by_name() -> None:
    assert sorted(SHOWN_ONLY) == ["prelu"]
    assert not SHOWN_ONLY.keys() & CATALOGUE.keys()
    for name, activation in SHOWN_ONLY.items():
        assert activation.name == name
        assert not hasattr(keras.activations, name)
        with pytest.raises(ViewError, match=f"unknown activation '{name}'"):
            activations.find(name)


def test_the_step_is_one_from_zero_on_and_has_no_gradient() -> None:
    step = CATALOGUE["step"]
    z = np.array([-np.inf, -1, -1e-30, 0, 1e-30, 2, np.inf], np.float32)
    np.testing.assert_array_equal(step(z), np.array([0, 0, 0, 1, 1, 1, 1], np.float32), strict=True)
    assert step.derivative is not None
    np.testing.assert_array_equal(step.derivative(z), np.zeros(7, np.float32), strict=True)


@pytest.mark.parametrize("alpha", [0.25, 0.01, -0.5])
def test_prelu_equals_the_layer_of_keras(alpha: float) -> None:
    z = np.linspace(-8, 8, 129, dtype=np.float32)
    layer = keras.layers.PReLU(keras.initializers.Constant(alpha))
    expected = keras.ops.convert_to_numpy(layer(z[None]))[0]
    np.testing.assert_allclose(SHOWN_ONLY["prelu"](z, alpha=alpha), expected, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(SHOWN_ONLY))
def test_derivatives_of_what_is_only_shown_equal_central_differences(name: str) -> None:
    z, step = between_kinks(), 1e-6
    activation = SHOWN_ONLY[name]
    assert activation.derivative is not None
    expected = (activation(z + step) - activation(z - step)) / (2 * step)
    np.testing.assert_allclose(activation.derivative(z), expected, rtol=1e-6, atol=1e-7)


def test_softmax_along_a_long_axis_is_that_along_a_short_one(monkeypatch: pytest.MonkeyPatch) -> None:
    z = np.random.default_rng(0).normal(size=(3, 2000, 4)).astype(np.float32)
    along = activations.softmax(z, axis=1)
    monkeypatch.setattr(activations, "SHORT", 5000)
    np.testing.assert_allclose(along, activations.softmax(z, axis=1), rtol=1e-5)
