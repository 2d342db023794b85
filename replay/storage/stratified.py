"""Stratified sampling: choose some of the samples, keeping each class's share."""

from __future__ import annotations

import numpy as np

from replay.errors import DataError
from replay.types import Array

MAX_CLASSES = 1000  # targets with more distinct values do not count as classes


def stratified(targets: Array, n: int, seed: int = 0) -> Array:
    """Choose `n` samples at random so that every class keeps its share: positions (n,), increasing.

    `targets` are class numbers (n_samples,) or (n_samples, 1), or one-hot rows; with other targets, the
    choice is uniform. Shares are rounded down or up; each class gets at least one sample if `n` allows.
    Returns all positions if there are at most `n` samples.

    Raises DataError for an `n` below 1.
    """
    if n < 1:
        raise DataError(f"at least 1 sample must be kept, not {n}")
    rng = np.random.default_rng(seed)
    if n >= len(targets):
        return np.arange(len(targets))
    labels = _labels(np.asarray(targets))
    _, classes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    chosen = [
        rng.choice(np.flatnonzero(classes == label), size, replace=False)
        for label, size in enumerate(_sizes(counts, n))
    ]
    return np.sort(np.concatenate(chosen))


def _labels(targets: Array) -> Array:
    """A label for each sample; the same for all if the targets are not classes."""
    if targets.ndim == 2 and targets.shape[1] > 1 and np.isin(targets, (0, 1)).all():
        return targets.argmax(axis=1)
    flat = targets.reshape(len(targets), -1)
    is_class = flat.shape[1] == 1 and len(np.unique(flat)) <= min(MAX_CLASSES, len(flat) // 2)
    return flat[:, 0] if is_class else np.zeros(len(targets), dtype=int)


def _sizes(counts: Array, n: int) -> Array:
    """How many of each class: its share rounded down, plus one for the largest remainders."""
    exact = counts * (n / counts.sum())
    sizes = np.floor(exact).astype(int)
    if n >= len(counts):
        sizes = np.maximum(sizes, 1)
    while sizes.sum() > n:  # classes raised to one take from the largest
        sizes[sizes.argmax()] -= 1
    lacking = n - int(sizes.sum())
    sizes[np.argsort(exact - sizes, kind="stable")[len(sizes) - lacking :]] += 1
    return sizes
