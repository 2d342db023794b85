"""Gradient clipping as Keras's optimizers do it: clipnorm, global_clipnorm, clipvalue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from replay.types import Array

Optimizer = Mapping[str, Any]  # from the run's description: class and arguments


def clips(optimizer: Optimizer | None) -> bool:
    """Whether the optimizer clips gradients at all."""
    return optimizer is not None and any(limit_of(optimizer, name) for name in CLIPPING)


def clipped(gradients: Sequence[Array], optimizer: Optimizer | None) -> list[Array]:
    """Clip the gradients of all weights, (n_snapshots, …) each, at each snapshot, as `optimizer` does.

    `clipnorm` clips each weight's gradient by its norm, `global_clipnorm` all of them by their joint norm,
    `clipvalue` each value; Keras uses the first that is set. Pascanu et al. 2013, "On the difficulty of
    training recurrent neural networks", algorithm 1. A NaN or infinite norm gives NaN, as in Keras.
    """
    if optimizer is not None:
        for name, clip in CLIPPING.items():
            limit = limit_of(optimizer, name)
            if limit:
                with np.errstate(all="ignore"):
                    return clip(gradients, limit)
    return list(gradients)


def limit_of(optimizer: Optimizer, name: str) -> float:
    """The limit set under `name`, 0 if there is none; like Keras, ignores negative limits."""
    return max(float(optimizer.get(name) or 0), 0.0)


def _squared_norm(gradient: Array) -> Array:
    """Σ g² for each snapshot: (n_snapshots,)."""
    flat = gradient.reshape(len(gradient), -1)
    return np.asarray((flat * flat).sum(axis=1))


def _times(gradient: Array, factors: Array) -> Array:
    factors = factors.astype(gradient.dtype)
    return gradient * factors.reshape(-1, *[1] * (gradient.ndim - 1))


def _by_norm(gradients: Sequence[Array], limit: float) -> list[Array]:
    return [
        _times(gradient, limit / np.maximum(np.sqrt(_squared_norm(gradient)), limit))
        for gradient in gradients
    ]


def _by_global_norm(gradients: Sequence[Array], limit: float) -> list[Array]:
    if not gradients:
        return []
    norm = np.sqrt(np.sum([_squared_norm(gradient) for gradient in gradients], axis=0))
    factors = limit * np.minimum(1 / norm, 1 / limit) + (norm - norm)  # NaN where the norm is infinite
    return [_times(gradient, factors) for gradient in gradients]


def _by_value(gradients: Sequence[Array], limit: float) -> list[Array]:
    return [np.clip(gradient, -limit, limit) for gradient in gradients]


# In Keras's order of precedence.
CLIPPING = {"clipnorm": _by_norm, "global_clipnorm": _by_global_norm, "clipvalue": _by_value}
