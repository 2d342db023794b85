"""Activation functions and their derivatives in NumPy, with Keras's names and defaults.

Every function keeps the dtype of its input. Functions of a vector (softmax, glu, …) have no elementwise
derivative: theirs is None. The step, which Keras lacks, is Replay's own. SHOWN_ONLY holds those that no
network has by name, DECISIONS those of the output of linear classifiers, which no other layer has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from replay.errors import ViewError, unknown
from replay.network.decisions import (
    above_zero,
    clipped_margin,
    clipped_margin_derivative,
    greatest,
    normalised_margin,
    normalised_sigmoid,
)
from replay.types import Array

# Klambauer et al. 2017, "Self-Normalizing Neural Networks", equation 14.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805
SHORT = 1000  # NumPy is slow along shorter axes, unless they come first


@dataclass(frozen=True)
class Activation:
    """A named activation function and its derivative.

    `function(z, **arguments)` and `derivative(z, **arguments)` keep the shape of z; only glu halves the
    last axis.
    """

    name: str
    function: Callable[..., Array]
    derivative: Callable[..., Array] | None = None

    def __call__(self, z: Array, **arguments: Any) -> Array:
        """Evaluate f(z)."""
        return self.function(z, **arguments)


def find(name: str) -> Activation:
    """The activation called `name`; raises ViewError, with the nearest names, if there is none."""
    try:
        return OF_LAYERS[name]
    except KeyError:
        raise ViewError(unknown("activation", name, CATALOGUE)) from None


def _step(condition: Array, like: Array) -> Array:
    return condition.astype(like.dtype)


def step(z: Array) -> Array:
    """f(z) = 1 for z ≥ 0, 0 below (Heaviside's step)."""
    return _step(z >= 0, z)


def _step_derivative(z: Array) -> Array:
    return np.zeros_like(z)


def linear(z: Array) -> Array:
    """f(z) = z."""
    return z


def _linear_derivative(z: Array) -> Array:
    return np.ones_like(z)


def relu(
    z: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    """f(z) = z above `threshold`, negative_slope·(z − threshold) up to it, at most `max_value`."""
    if not negative_slope and not threshold:  # maximum handles −inf and NaN; a product with 0 would not
        above = np.maximum(z, 0)
        return above if max_value is None else np.minimum(above, max_value)
    above = z if max_value is None else np.clip(z, 0, max_value)
    below = negative_slope * (z - threshold) if negative_slope else z.dtype.type(0)
    return np.where(z > threshold, above, below)


def _relu_derivative(
    z: Array, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Array:
    above = np.ones_like(z) if max_value is None else _step((z > 0) & (z < max_value), z)
    return np.where(z > threshold, above, z.dtype.type(negative_slope))


def leaky_relu(z: Array, negative_slope: float = 0.2) -> Array:
    """f(z) = z for z > 0, negative_slope·z below."""
    return relu(z, negative_slope=negative_slope)


def _leaky_relu_derivative(z: Array, negative_slope: float = 0.2) -> Array:
    return _relu_derivative(z, negative_slope=negative_slope)


def prelu(z: Array, alpha: float = 0.25) -> Array:
    """f(z) = z for z > 0, alpha·z below; alpha starts at 0.25 in He et al. 2015."""
    return relu(z, negative_slope=alpha)


def _prelu_derivative(z: Array, alpha: float = 0.25) -> Array:
    return _relu_derivative(z, negative_slope=alpha)


def relu6(z: Array) -> Array:
    """f(z) = min(max(z, 0), 6)."""
    return relu(z, max_value=6.0)


def _relu6_derivative(z: Array) -> Array:
    return _relu_derivative(z, max_value=6.0)


def sigmoid(z: Array) -> Array:
    """f(z) = 1 / (1 + e^−z), without overflow for large |z|."""
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, z.dtype.type(1), small) / (1 + small)


def _sigmoid_derivative(z: Array) -> Array:
    small = np.exp(-np.abs(z))
    return small / (1 + small) ** 2


def _tanh_derivative(z: Array) -> Array:
    return 1 - np.tanh(z) ** 2


def elu(z: Array, alpha: float = 1.0) -> Array:
    """f(z) = z for z > 0, alpha·(e^z − 1) below (Clevert et al. 2016)."""
    return np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


def _elu_derivative(z: Array, alpha: float = 1.0) -> Array:
    return np.where(z > 0, 1, alpha * np.exp(np.minimum(z, 0))).astype(z.dtype)


def celu(z: Array, alpha: float = 1.0) -> Array:
    """f(z) = max(z, 0) + min(0, alpha·(e^(z/alpha) − 1)) (Barron 2017)."""
    return np.maximum(z, 0) + alpha * np.expm1(np.minimum(z, 0) / alpha)


def _celu_derivative(z: Array, alpha: float = 1.0) -> Array:
    return np.exp(np.minimum(z, 0) / alpha)


def selu(z: Array) -> Array:
    """f(z) = λ·elu(z, α) with the α and λ that keep mean 0 and variance 1 (Klambauer et al. 2017)."""
    return SELU_SCALE * elu(z, SELU_ALPHA)


def _selu_derivative(z: Array) -> Array:
    return SELU_SCALE * _elu_derivative(z, SELU_ALPHA)


def softplus(z: Array) -> Array:
    """f(z) = log(1 + e^z)."""
    return np.maximum(z, z.dtype.type(0)) + np.log1p(np.exp(-np.abs(z)))


def softsign(z: Array) -> Array:
    """f(z) = z / (1 + |z|)."""
    return z / (1 + np.abs(z))


def _softsign_derivative(z: Array) -> Array:
    return 1 / (1 + np.abs(z)) ** 2


def squareplus(z: Array, b: float = 4) -> Array:
    """f(z) = (z + √(z² + b)) / 2 (Barron 2021)."""
    return (z + np.sqrt(z * z + b)) / 2


def _squareplus_derivative(z: Array, b: float = 4) -> Array:
    return (1 + z / np.sqrt(z * z + b)) / 2


def soft_shrink(z: Array, threshold: float = 0.5) -> Array:
    """f(z) = z moved towards 0 by `threshold`, and 0 where |z| is below it."""
    return np.sign(z) * np.maximum(np.abs(z) - threshold, 0)


def hard_shrink(z: Array, threshold: float = 0.5) -> Array:
    """f(z) = z where |z| > threshold, else 0."""
    return np.where(np.abs(z) > threshold, z, z.dtype.type(0))


def _shrink_derivative(z: Array, threshold: float = 0.5) -> Array:
    return _step(np.abs(z) > threshold, z)


def sparse_plus(z: Array) -> Array:
    """f(z) = 0 up to −1, (z + 1)²/4 up to 1, z from there on."""
    return np.where(z >= 1, z, np.maximum(z + 1, 0) ** 2 / 4)


def sparse_sigmoid(z: Array) -> Array:
    """f(z) = (z + 1)/2 clipped to [0, 1]: the derivative of sparse_plus."""
    return np.clip((z + 1) / 2, 0, 1)


def _sparse_sigmoid_derivative(z: Array) -> Array:
    return _step(np.abs(z) < 1, z) / 2


def silu(z: Array) -> Array:
    """f(z) = z·sigmoid(z) (Hendrycks & Gimpel 2016)."""
    return z * sigmoid(z)


def _silu_derivative(z: Array) -> Array:
    return sigmoid(z) + z * _sigmoid_derivative(z)


def _normal_cdf(z: Array) -> Array:
    from scipy.special import ndtr  # here: only networks with GELU need SciPy

    return ndtr(z)


def gelu(z: Array, approximate: bool = False) -> Array:
    """f(z) = z·Φ(z), or its tanh approximation (Hendrycks & Gimpel 2016, section 2)."""
    if approximate:
        return z / 2 * (1 + np.tanh(np.sqrt(2 / np.pi).astype(z.dtype) * (z + 0.044715 * z**3)))
    return z * _normal_cdf(z)


def _gelu_derivative(z: Array, approximate: bool = False) -> Array:
    if approximate:
        slope = float(np.sqrt(2 / np.pi))
        inner = np.tanh(slope * (z + 0.044715 * z**3))
        return (1 + inner) / 2 + z / 2 * (1 - inner**2) * slope * (1 + 3 * 0.044715 * z**2)
    return _normal_cdf(z) + z * np.exp(-z * z / 2) / float(np.sqrt(2 * np.pi))


def _tanh_shrink(z: Array) -> Array:
    return z - np.tanh(z)


def threshold(z: Array, threshold: float, default_value: float) -> Array:
    """f(z) = z above `threshold`, `default_value` elsewhere."""
    return np.where(z > threshold, z, z.dtype.type(default_value))


def _threshold_derivative(z: Array, threshold: float, default_value: float) -> Array:
    return _step(z > threshold, z)


def hard_sigmoid(z: Array) -> Array:
    """f(z) = (z + 3)/6 clipped to [0, 1]."""
    return np.clip(z / 6 + 0.5, 0, 1)


def _hard_sigmoid_derivative(z: Array) -> Array:
    return _step(np.abs(z) < 3, z) / 6


def hard_silu(z: Array) -> Array:
    """f(z) = z·hard_sigmoid(z) (Howard et al. 2019, "Searching for MobileNetV3", section 5.2)."""
    return z * hard_sigmoid(z)


def _hard_silu_derivative(z: Array) -> Array:
    return hard_sigmoid(z) + z * _hard_sigmoid_derivative(z)


def hard_tanh(z: Array) -> Array:
    """f(z) = z clipped to [−1, 1]."""
    return np.clip(z, -1, 1)


def _hard_tanh_derivative(z: Array) -> Array:
    return _step(np.abs(z) < 1, z)


def mish(z: Array) -> Array:
    """f(z) = z·tanh(softplus(z)) (Misra 2019)."""
    return z * np.tanh(softplus(z))


def _mish_derivative(z: Array) -> Array:
    inner = np.tanh(softplus(z))
    return inner + z * (1 - inner**2) * sigmoid(z)


def log_sigmoid(z: Array) -> Array:
    """f(z) = log sigmoid(z)."""
    return -softplus(-z)


def _log_sigmoid_derivative(z: Array) -> Array:
    return sigmoid(-z)


def softmax(z: Array, axis: int = -1) -> Array:
    """f(z)ᵢ = e^zᵢ / Σⱼ e^zⱼ along `axis`."""
    if z.shape[axis] > SHORT:
        return _normalised_powers(z, axis)
    planes = np.ascontiguousarray(np.moveaxis(z, axis, 0))
    return np.ascontiguousarray(np.moveaxis(_normalised_powers(planes, 0), 0, axis))


def _normalised_powers(z: Array, axis: int) -> Array:
    powers = z - z.max(axis=axis, keepdims=True)
    np.exp(powers, out=powers)
    powers /= powers.sum(axis=axis, keepdims=True)
    return powers


def softmax_jacobian(z: Array) -> Array:
    """The derivatives ∂pᵢ/∂zⱼ = pᵢ(δᵢⱼ − pⱼ) of p = softmax(z) for a vector z (n,): diag(p) − ppᵀ, (n, n)."""
    p = softmax(z)
    return np.diag(p) - np.outer(p, p)


def log_softmax(z: Array, axis: int = -1) -> Array:
    """f(z) = log softmax(z) along `axis`."""
    shifted = z - z.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def sparsemax(z: Array, axis: int = -1) -> Array:
    """f(z) = the Euclidean projection of z onto the simplex (Martins & Astudillo 2016, algorithm 1)."""
    z = np.moveaxis(z, axis, -1)
    descending = -np.sort(-z, axis=-1)
    counts = np.arange(1, z.shape[-1] + 1, dtype=z.dtype)
    sums = np.cumsum(descending, axis=-1) - 1
    support = (counts * descending > sums).sum(axis=-1, keepdims=True)
    tau = np.take_along_axis(sums, support - 1, axis=-1) / support.astype(z.dtype)
    return np.moveaxis(np.maximum(z - tau, 0), -1, axis)


def glu(z: Array, axis: int = -1) -> Array:
    """f(a, b) = a·sigmoid(b), where a and b are the halves of z along `axis` (Dauphin et al. 2017)."""
    a, b = np.split(z, 2, axis=axis)
    return a * sigmoid(b)


CATALOGUE: Mapping[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("linear", linear, _linear_derivative),
        Activation("step", step, _step_derivative),
        Activation("sigmoid", sigmoid, _sigmoid_derivative),
        Activation("tanh", np.tanh, _tanh_derivative),
        Activation("relu", relu, _relu_derivative),
        Activation("leaky_relu", leaky_relu, _leaky_relu_derivative),
        Activation("relu6", relu6, _relu6_derivative),
        Activation("elu", elu, _elu_derivative),
        Activation("celu", celu, _celu_derivative),
        Activation("selu", selu, _selu_derivative),
        Activation("exponential", np.exp, np.exp),
        Activation("softplus", softplus, sigmoid),
        Activation("softsign", softsign, _softsign_derivative),
        Activation("squareplus", squareplus, _squareplus_derivative),
        Activation("soft_shrink", soft_shrink, _shrink_derivative),
        Activation("hard_shrink", hard_shrink, _shrink_derivative),
        Activation("tanh_shrink", _tanh_shrink, lambda z: np.tanh(z) ** 2),
        Activation("threshold", threshold, _threshold_derivative),
        Activation("sparse_plus", sparse_plus, sparse_sigmoid),
        Activation("sparse_sigmoid", sparse_sigmoid, _sparse_sigmoid_derivative),
        Activation("silu", silu, _silu_derivative),
        Activation("swish", silu, _silu_derivative),
        Activation("gelu", gelu, _gelu_derivative),
        Activation("hard_sigmoid", hard_sigmoid, _hard_sigmoid_derivative),
        Activation("hard_silu", hard_silu, _hard_silu_derivative),
        Activation("hard_swish", hard_silu, _hard_silu_derivative),
        Activation("hard_tanh", hard_tanh, _hard_tanh_derivative),
        Activation("mish", mish, _mish_derivative),
        Activation("log_sigmoid", log_sigmoid, _log_sigmoid_derivative),
        Activation("softmax", softmax),
        Activation("log_softmax", log_softmax),
        Activation("sparsemax", sparsemax),
        Activation("glu", glu),
    )
}

# Not trainable by name: Keras's PReLU is a layer with weights.
SHOWN_ONLY: Mapping[str, Activation] = {
    activation.name: activation for activation in (Activation("prelu", prelu, _prelu_derivative),)
}

# Those with hard answers are as flat as the step.
DECISIONS: Mapping[str, Activation] = {
    activation.name: activation
    for activation in (
        Activation("above_zero", above_zero, _step_derivative),
        Activation("greatest", greatest),
        Activation("normalised_sigmoid", normalised_sigmoid),
        Activation("clipped_margin", clipped_margin, clipped_margin_derivative),
        Activation("normalised_margin", normalised_margin),
    )
}
OF_LAYERS: Mapping[str, Activation] = {**CATALOGUE, **DECISIONS}
