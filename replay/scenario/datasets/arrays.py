"""What the data have in common: the order of samples, and the types of their arrays."""

from __future__ import annotations

import numpy as np

from replay.types import Array


def shuffled(inputs: Array, labels: Array, seed: int) -> tuple[Array, Array]:
    """Samples in an order of the seed, as float32 and int64."""
    order = np.random.default_rng(seed).permutation(len(inputs))
    return inputs[order].astype(np.float32), labels[order].astype(np.int64)


def two_classes(first: Array, second: Array, seed: int) -> tuple[Array, Array]:
    """Samples of class 0 and of class 1, shuffled."""
    labels = np.repeat([0, 1], [len(first), len(second)])
    return shuffled(np.concatenate([first, second]), labels, seed)


def columns(inputs: Array, targets: Array) -> tuple[Array, Array]:
    """Numbers (n,) as inputs and targets of one column each."""
    return inputs[:, None].astype(np.float32), targets[:, None].astype(np.float32)


def with_noise(inputs: Array, values: Array, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs and noisy targets as float32."""
    noisy = values + rng.normal(0.0, noise, values.shape)
    return inputs.astype(np.float32), noisy.astype(np.float32)
