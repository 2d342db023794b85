"""Estimators that are networks: their layers, weights, loss and optimizer as data.

A class is told by the object itself: what somebody derived from it may compute something else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression, Perceptron, SGDClassifier, SGDRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor

from replay.network.description import LayerDescription, RunDescription, dense
from replay.network.margin_losses import MARGIN_LOSSES, PREFIX
from replay.types import Array

MLPS = (MLPClassifier, MLPRegressor)
LINEAR = (Perceptron, SGDClassifier, SGDRegressor, LogisticRegression)
CLASSIFIERS = (MLPClassifier, Perceptron, SGDClassifier, LogisticRegression)
# Keras's names of their activations.
ACTIVATIONS = {
    "identity": "linear", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu",
    "softmax": "softmax", "exp": "exponential",
}  # fmt: skip
PACKAGES = ("boundary-replay", "scikit-learn", "numpy", "h5py")
BATCH = 200  # samples, at most, of `batch_size="auto"`


def is_network(estimator: Any) -> bool:
    """Whether its weights say all that it answers."""
    replaced = any(hasattr(type(estimator), name) for name in vars(estimator))  # a method, by somebody's own
    return type(estimator) in (*MLPS, *LINEAR) and not replaced


def weights_of(estimator: Any) -> list[Array]:
    """Kernels and biases, layer by layer, of an estimator that has some."""
    if type(estimator) in MLPS:
        return [each for pair in zip(estimator.coefs_, estimator.intercepts_, strict=True) for each in pair]
    kernel = np.atleast_2d(estimator.coef_).T
    return [kernel, np.broadcast_to(np.atleast_1d(estimator.intercept_), kernel.shape[1:]).copy()]


def describe(
    estimator: Any, weights: Sequence[Array], before: Sequence[LayerDescription], n_samples: int, **facts: Any
) -> RunDescription:
    """Describe an estimator with these weights, behind the layers `before`, that trains on so many samples.

    `facts` are other fields of RunDescription.
    """
    output = _output_activation(estimator, weights[-1].size)
    return RunDescription(
        layers=(*before, *_layers(estimator, weights, output)),
        loss=_loss(estimator, output),
        optimizer=_optimizer(estimator),
        packages={name: version(name) for name in PACKAGES},
        **{"batch_size": _batch_size(estimator, n_samples), "seed": _seed(estimator)}
        | {name: value for name, value in facts.items() if value is not None},
    )


def _layers(estimator: Any, weights: Sequence[Array], output: str) -> list[LayerDescription]:
    """Dense layers: "hidden_1", …, "output"."""
    kernels = weights[::2]
    sizes = [kernels[0].shape[0], *(kernel.shape[1] for kernel in kernels)]
    names = [*(f"hidden_{number}" for number in range(1, len(kernels))), "output"]
    hidden = ACTIVATIONS[estimator.activation] if type(estimator) in MLPS else ""
    activations = [*[hidden] * (len(kernels) - 1), output]
    return [
        dense(name, *sides, activation)
        for name, sides, activation in zip(names, pairwise(sizes), activations, strict=True)
    ]


def _output_activation(estimator: Any, units: int) -> str:
    kind = type(estimator)
    if kind in MLPS:
        return ACTIVATIONS[estimator.out_activation_]
    if kind is SGDRegressor:
        return "linear"
    if kind is LogisticRegression:
        return "sigmoid" if units == 1 else "softmax"
    loss = _margin(estimator)
    if loss == "log_loss":
        return "sigmoid" if units == 1 else "normalised_sigmoid"
    if loss == "modified_huber":
        return "clipped_margin" if units == 1 else "normalised_margin"
    return "above_zero" if units == 1 else "greatest"


def _margin(estimator: Any) -> str:
    """The loss of a linear classifier."""
    return "perceptron" if type(estimator) is Perceptron else str(estimator.loss)


def _loss(estimator: Any, output: str) -> Mapping[str, Any]:
    """What it trains on. A loss that Replay cannot compute keeps its full name."""
    kind = type(estimator)
    if kind is SGDRegressor and estimator.loss == "huber":
        return {"name": "huber", "delta": float(estimator.epsilon)}
    if kind in (MLPRegressor, SGDRegressor):
        own = getattr(estimator, "loss", "squared_error")
        return {"name": "half_squared_error" if own == "squared_error" else f"{PREFIX}{kind.__name__}.{own}"}
    if kind in (MLPClassifier, LogisticRegression) or (output, _margin(estimator)) == ("sigmoid", "log_loss"):
        return {"name": "binary_crossentropy" if output == "sigmoid" else "sparse_categorical_crossentropy"}
    own = _margin(estimator)
    return {"name": PREFIX + own if PREFIX + own in MARGIN_LOSSES else f"{PREFIX}{kind.__name__}.{own}"}


def _optimizer(estimator: Any) -> Mapping[str, Any]:
    """What moves the weights, with its learning rate where that is one number."""
    kind = type(estimator)
    if kind in MLPS:
        names = {"adam": "Adam", "sgd": "SGD"}
        rate = {"learning_rate": float(estimator.learning_rate_init)}
        return {"class": names.get(estimator.solver, estimator.solver), **rate}
    if kind is LogisticRegression:
        return {"class": str(estimator.solver)}
    constant = kind is Perceptron or estimator.learning_rate == "constant"
    return {"class": "SGD", **({"learning_rate": float(estimator.eta0)} if constant else {})}


def _batch_size(estimator: Any, n_samples: int) -> int | None:
    if type(estimator) in MLPS:
        own = estimator.batch_size
        return int(min(BATCH if own == "auto" else own, n_samples))
    return None if type(estimator) is LogisticRegression else 1


def _seed(estimator: Any) -> int | None:
    seed = estimator.random_state
    return int(seed) if isinstance(seed, int | np.integer) and not isinstance(seed, bool) else None
