"""Losses of linear classifiers for each sample, from their decisions z, as scikit-learn's `SGDClassifier`.

Each is a function of the margin m = ±z, which is positive where the answer is right. One unit tells two
classes apart; of several, each tells its class from the rest, and a sample's loss is the mean over them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from replay.types import Array


class MarginLoss(NamedTuple):
    """A loss of the margin and its derivative."""

    value: Callable[[Array], Array]
    derivative: Callable[[Array], Array]


def _modified_huber(m: Array) -> Array:
    """(1 − m)² of m above −1, at most 0 beyond 1, and −4m below (Zhang 2004, "Solving large scale …")."""
    return np.where(m >= -1, np.maximum(1 - m, 0) ** 2, -4 * m)


def _modified_huber_derivative(m: Array) -> Array:
    return np.where(m >= -1, -2 * np.maximum(1 - m, 0), -4)


def _sigmoid(m: Array) -> Array:
    return np.exp(-np.logaddexp(m.dtype.type(0), -m))


PREFIX = "sklearn."  # Keras calls others by the same names
# Where a loss has a kink, its derivative is the one that scikit-learn takes there.
MARGIN_LOSSES: Mapping[str, MarginLoss] = {
    PREFIX + name: loss
    for name, loss in {
        "hinge": MarginLoss(lambda m: np.maximum(1 - m, 0), lambda m: -(m <= 1).astype(m.dtype)),
        "squared_hinge": MarginLoss(lambda m: np.maximum(1 - m, 0) ** 2, lambda m: -2 * np.maximum(1 - m, 0)),
        "perceptron": MarginLoss(lambda m: np.maximum(-m, 0), lambda m: -(m <= 0).astype(m.dtype)),
        "modified_huber": MarginLoss(_modified_huber, _modified_huber_derivative),
        "log_loss": MarginLoss(lambda m: np.logaddexp(m.dtype.type(0), -m), lambda m: -_sigmoid(-m)),
    }.items()
}


def margin_losses(name: str, targets: Array, z: Array) -> Array:
    """Each sample's loss: (n_snapshots, n_samples), of class numbers `targets` (n_samples,) or one column.

    z (n_snapshots, n_samples, units) are the decisions.
    """
    losses = MARGIN_LOSSES[name].value(_signs(targets, z) * z)
    return np.asarray(losses.mean(axis=-1))


def margin_derivatives(name: str, targets: Array, z: Array) -> Array:
    """The derivative of each sample's loss with respect to z: (n_snapshots, n_samples, units)."""
    signs = _signs(targets, z)
    return signs * MARGIN_LOSSES[name].derivative(signs * z) / z.shape[-1]


def _signs(targets: Array, z: Array) -> Array:
    """1 for the true class, −1 for others: (n_samples, units)."""
    labels = targets.reshape(len(targets), 1)
    true = labels == (1 if z.shape[-1] == 1 else np.arange(z.shape[-1]))
    return np.where(true, 1, -1).astype(z.dtype)
