"""What linear classifiers make of their decisions z: hard answers, and probabilities of one against the rest.

As scikit-learn's `SGDClassifier` and `Perceptron` do. They are functions of an output layer alone, with names
of Replay's own. Where several classes come out equal by rounding, the one of the greatest z stays ahead, as
the classifiers answer it.
"""

from __future__ import annotations

import numpy as np

from replay.types import Array


def above_zero(z: Array) -> Array:
    """f(z) = 1 for z > 0, 0 elsewhere: the class that one unit decides for."""
    return (z > 0).astype(z.dtype)


def greatest(z: Array) -> Array:
    """f(z)ᵢ = 1 for the first i with the greatest zᵢ, 0 for the others: the class of several units."""
    return _is_greatest(z).astype(z.dtype)


def normalised_sigmoid(z: Array) -> Array:
    """f(z)ᵢ = σ(zᵢ) / Σⱼ σ(zⱼ) (Zadrozny & Elkan 2002, "Transforming classifier scores")."""
    # σ(zᵢ) / σ(max z) = (1 + e^−max z) / (1 + e^−zᵢ), whose logarithm does not underflow.
    logs = -np.logaddexp(z.dtype.type(0), -z)
    shares = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return _led(shares / shares.sum(axis=-1, keepdims=True), z)


def clipped_margin(z: Array) -> Array:
    """f(z) = (clip(z, −1, 1) + 1) / 2: the probability of one unit (Zhang 2002, appendix B)."""
    return (np.clip(z, -1, 1) + 1) / 2


def clipped_margin_derivative(z: Array) -> Array:
    """f'(z): ½ between −1 and 1, 0 beyond."""
    return np.where(np.abs(z) < 1, 0.5, 0.0).astype(z.dtype)


def normalised_margin(z: Array) -> Array:
    """The clipped margins of several units as shares of their sum; equal ones where all are 0."""
    shares = clipped_margin(z)
    total = shares.sum(axis=-1, keepdims=True)
    equal = z.dtype.type(1 / z.shape[-1])
    return _led(np.where(total == 0, equal, shares / np.where(total == 0, 1, total)), z)


def _is_greatest(z: Array) -> Array:
    """Where the first greatest zᵢ is, nowhere if one is NaN: (…, units) of bool."""
    found = np.arange(z.shape[-1]) == z.argmax(axis=-1)[..., None]
    return found & ~np.isnan(z).any(axis=-1, keepdims=True)


def _led(shares: Array, z: Array) -> Array:
    """The shares with that of the greatest zᵢ ahead of those that rounding made its equals."""
    first = np.arange(z.shape[-1]) == shares.argmax(axis=-1)[..., None]
    behind = _is_greatest(z) & ~first
    return np.where(behind, np.nextafter(shares, shares.dtype.type(2)), shares)
