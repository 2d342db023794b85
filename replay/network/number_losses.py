"""Losses for numbers (absolute, Huber, log-cosh, Poisson, quantile, …) and their derivatives.

Those of Keras are as Keras's, the others as PyTorch's.

scikit-learn's squared error, which is half of Keras's, has a name of its own.
Each is a function of a target t and an output y, value by value; a sample's loss is the mean over its
columns. Where a loss has a kink, its derivative is the one that TensorFlow takes there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from replay.errors import DataError, ViewError
from replay.types import Array

EPSILON = np.float32(1e-7)  # keras.config.epsilon()
LOG_2 = math.log(2)


@dataclass(frozen=True)
class NumberLoss:
    """A loss for numbers and its derivative: `value(t, y, **arguments)`, `derivative(t, y, **arguments)`.

    Both take arrays that broadcast and keep the dtype of y. `arguments` has those that it takes besides, each
    with its default; None where there is none.
    """

    value: Callable[..., Array]
    derivative: Callable[..., Array]
    arguments: Mapping[str, float | None] = field(default_factory=dict)

    def arguments_of(self, loss: Mapping[str, Any]) -> dict[str, float]:
        """The arguments that a run's `loss` gives. Raises ViewError for one that is missing or impossible."""
        given = {name: loss.get(name, default) for name, default in self.arguments.items()}
        for name, value in given.items():
            if not _is_possible(name, value):
                raise ViewError(
                    f"the loss {loss['name']!r} cannot be shown: its {name} must be {BOUNDS[name][2]}, "
                    f"not {value!r}"
                )
        return {name: float(value) for name, value in given.items()}


# Above, below, in words.
BOUNDS: Mapping[str, tuple[float, float, str]] = {
    "delta": (0, math.inf, "a number above 0"),
    "beta": (0, math.inf, "a number above 0"),
    "q": (0, 1, "a number above 0 and below 1"),
}


def _is_possible(name: str, value: Any) -> bool:
    low, high, _ = BOUNDS[name]
    return isinstance(value, int | float) and not isinstance(value, bool) and low < value < high


def _absolute(t: Array, y: Array) -> Array:
    return np.abs(t - y)


def _absolute_derivative(t: Array, y: Array) -> Array:
    return np.sign(y - t)


def _squared(t: Array, y: Array) -> Array:
    return (y - t) ** 2


def _squared_derivative(t: Array, y: Array) -> Array:
    return 2 * (y - t)


def _half_squared(t: Array, y: Array) -> Array:
    return (y - t) ** 2 / 2


def _half_squared_derivative(t: Array, y: Array) -> Array:
    return y - t


def _percentage(t: Array, y: Array) -> Array:
    return 100 * np.abs((t - y) / np.maximum(np.abs(t), EPSILON))


def _percentage_derivative(t: Array, y: Array) -> Array:
    return 100 * np.sign(y - t) / np.maximum(np.abs(t), EPSILON)


def _squared_logarithmic(t: Array, y: Array) -> Array:
    return _log_difference(t, y) ** 2


def _squared_logarithmic_derivative(t: Array, y: Array) -> Array:
    slope = np.where(y < EPSILON, 0, 1 / (np.maximum(y, EPSILON) + 1)).astype(y.dtype)
    return 2 * _log_difference(t, y) * slope


def _log_difference(t: Array, y: Array) -> Array:
    return np.log(np.maximum(y, EPSILON) + 1) - np.log(np.maximum(t, EPSILON) + 1)


def _huber(t: Array, y: Array, delta: float) -> Array:
    """½e² up to |e| = δ, δ|e| − ½δ² beyond (Huber 1964, "Robust Estimation of a Location Parameter")."""
    size = np.abs(y - t)
    return np.where(size <= delta, size**2 / 2, delta * size - delta**2 / 2)


def _huber_derivative(t: Array, y: Array, delta: float) -> Array:
    return np.clip(y - t, -delta, delta)


def _smooth_l1(t: Array, y: Array, beta: float) -> Array:
    """½e²/β up to |e| = β, |e| − ½β beyond: PyTorch's SmoothL1Loss (Girshick 2015, "Fast R-CNN")."""
    size = np.abs(y - t)
    return np.where(size < beta, size**2 / (2 * beta), size - beta / 2)


def _smooth_l1_derivative(t: Array, y: Array, beta: float) -> Array:
    return np.clip((y - t) / beta, -1, 1)


def _log_cosh(t: Array, y: Array) -> Array:
    """Log cosh e = |e| + log(1 + e^−2|e|) − log 2, which does not overflow as cosh does."""
    size = np.abs(y - t)
    return size + np.log1p(np.exp(-2 * size)) - LOG_2


def _log_cosh_derivative(t: Array, y: Array) -> Array:
    return np.tanh(y - t)


def _poisson(t: Array, y: Array) -> Array:
    """y − t·log y, which is −log P(t) of a Poisson distribution of rate y, less log t!."""
    return y - t * np.log(y + EPSILON)


def _poisson_derivative(t: Array, y: Array) -> Array:
    return 1 - t / (y + EPSILON)


def _poisson_of_log(t: Array, y: Array) -> Array:
    """e^y − t·y: of a Poisson distribution of rate e^y, as PyTorch's PoissonNLLLoss has it."""
    return np.exp(y) - t * y


def _poisson_of_log_derivative(t: Array, y: Array) -> Array:
    return np.exp(y) - t


def _quantile(t: Array, y: Array, q: float) -> Array:
    """q·(t − y) for outputs that are too low, (1 − q)·(y − t) for those too high.

    Koenker & Bassett 1978, "Regression Quantiles", Econometrica 46:33–50: its mean is least where a share q
    of the targets lies below the output.
    """
    return np.maximum(q * (t - y), (q - 1) * (t - y))


def _quantile_derivative(t: Array, y: Array, q: float) -> Array:
    low_or_right = np.where(np.isnan(t - y), np.nan, t >= y)
    return ((1 - q) - low_or_right).astype(y.dtype)


NUMBER_LOSSES: Mapping[str, NumberLoss] = {
    "mean_squared_error": NumberLoss(_squared, _squared_derivative),
    "half_squared_error": NumberLoss(_half_squared, _half_squared_derivative),
    "mean_absolute_error": NumberLoss(_absolute, _absolute_derivative),
    "huber": NumberLoss(_huber, _huber_derivative, {"delta": 1.0}),
    "smooth_l1": NumberLoss(_smooth_l1, _smooth_l1_derivative, {"beta": 1.0}),
    "log_cosh": NumberLoss(_log_cosh, _log_cosh_derivative),
    "poisson": NumberLoss(_poisson, _poisson_derivative),
    "poisson_of_log": NumberLoss(_poisson_of_log, _poisson_of_log_derivative),
    "quantile": NumberLoss(_quantile, _quantile_derivative, {"q": None}),
    "mean_absolute_percentage_error": NumberLoss(_percentage, _percentage_derivative),
    "mean_squared_logarithmic_error": NumberLoss(_squared_logarithmic, _squared_logarithmic_derivative),
}

BELOW_ZERO = ("poisson", "poisson_of_log")  # may be


def check_numbers(name: str, targets: Array) -> None:
    """Raise DataError for `targets` that the loss of numbers called `name` is not defined for."""
    if name == "poisson" and targets.min() < 0:
        raise DataError(
            f"targets must be 0 or more for {name}, which is a loss for counts, but the least is "
            f"{targets.min():g}: a regression of other numbers needs another loss, such as mse"
        )
