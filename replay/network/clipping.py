"""Gradients as an optimizer of Keras clips them before it takes a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from replay.types import Array

Optimizer = Mapping[str, Any]  # as the run describes it: its class and arguments


def clips(optimizer: Optimizer | None) -> bool:
    """Whether the optimizer clips gradients at all."""
    return optimizer is not None and any(_limit(optimizer, name) for name in CLIPPING)


def clipped(gradients: Sequence[Array], optimizer: Optimizer | None) -> list[Array]:
    """The gradients of all weights, (n_snapshots, …) each, as `optimizer` clips them at each snapshot.

    By the norm of each weight's gradient (`clipnorm`), by that of all together (`global_clipnorm`), or
    value by value (`clipvalue`), of which Keras heeds the first. Pascanu et al. 2013, "On the difficulty of
    training recurrent neural networks", algorithm 1. A norm that is NaN or infinite leaves NaN, as in Keras.
    """
    if optimizer is not None:
        for name, clip in CLIPPING.items():
            limit = _limit(optimizer, name)
            if limit:
                with np.errstate(all="ignore"):
                    return clip(gradients, limit)
    return list(gradients)


def _limit(optimizer: Optimizer, name: str) -> float:
    """The limit set under `name`, 0 where there is none; Keras, too, passes over negative ones."""
    return max(float(optimizer.get(name) or 0), 0.0)


def _squared_norm(gradient: Array) -> Array:
    """Σ g² over everything but the snapshots: (n_snapshots,)."""
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


# In the order in which Keras looks for them.
CLIPPING = {"clipnorm": _by_norm, "global_clipnorm": _by_global_norm, "clipvalue": _by_value}
