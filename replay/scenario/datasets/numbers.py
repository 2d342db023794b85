"""Toy data of regressions: inputs (n, 1) or (n, 2), and numbers (n, 1)."""

from __future__ import annotations

import numpy as np

from replay.scenario.datasets.arrays import columns, with_noise
from replay.types import Array


def line(n: int = 100, noise: float = 0.5, seed: int = 0) -> tuple[Array, Array]:
    """Numbers y = x + 4 under noise, x from 0 to 3: not around 0, so that their fit is a long narrow valley.

    The mean squared error of w·x + b is a quadratic of w and b, steep along one diagonal of their plane and
    20 times flatter along the other.

    Args:
        n: How many samples.
        noise: The standard deviation of the noise.
        seed: Starts samples and noise.

    Returns:
        Inputs (n, 1) float32 and targets (n, 1) float32.

    >>> from replay import datasets
    >>> X, y = datasets.line(noise=0)
    >>> bool(abs(X + 4 - y).max() < 1e-6)
    True
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.0, 3.0, n)
    return columns(x, x + 4 + rng.normal(0, noise, n))


def decay(n: int = 100, noise: float = 0.05, seed: int = 0) -> tuple[Array, Array]:
    """Numbers y = exp(1 − x) under noise, x from 0 to 2: a decay, for a neuron with exp.

    Args:
        n: How many samples.
        noise: The standard deviation of the noise.
        seed: Starts samples and noise.

    Returns:
        Inputs (n, 1) float32 and targets (n, 1) float32.

    >>> from replay import datasets
    >>> X, y = datasets.decay(noise=0)
    >>> X.shape, y.shape
    ((100, 1), (100, 1))
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.0, 2.0, n)
    return columns(x, np.exp(1 - x) + rng.normal(0, noise, n))


def sine(n: int = 100, noise: float = 0.15, reach: float = 4.0, seed: int = 0) -> tuple[Array, Array]:
    """Numbers to predict: y = sin x and noise, for x between −reach and reach.

    Args:
        n: Samples.
        noise: Standard deviation of the noise; the sine goes from −1 to 1.
        reach: The largest size of x; a period takes 2π.
        seed: Starts the samples and the noise.

    Returns:
        Inputs (n, 1) float32 and targets (n, 1) float32.

    >>> from replay import datasets
    >>> X, y = datasets.sine(noise=0)
    >>> X.shape, bool(abs(y).max() <= 1)
    ((100, 1), True)
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-reach, reach, (n, 1))
    return with_noise(x, np.sin(x), noise, rng)


def steps(n: int = 150, n_steps: int = 5, noise: float = 0.08, seed: int = 0) -> tuple[Array, Array]:
    """Numbers to predict: a staircase over x from −1 to 1, whose steps are at 0, 1, 2, …, and noise.

    Args:
        n: Samples.
        n_steps: How many steps there are, all as wide.
        noise: Standard deviation of the noise; a step is 1 high.
        seed: Starts the samples and the noise.

    Returns:
        Inputs (n, 1) float32 and targets (n, 1) float32.

    >>> from replay import datasets
    >>> X, y = datasets.steps(noise=0)
    >>> sorted(set(y[:, 0].tolist()))
    [0.0, 1.0, 2.0, 3.0, 4.0]
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    return with_noise(x, np.minimum(np.floor((x + 1) / 2 * n_steps), n_steps - 1), noise, rng)


def cubic(n: int = 30, noise: float = 0.25, seed: int = 0) -> tuple[Array, Array]:
    """Numbers to predict: y = 4x³ − 3x and noise, for x between −1 and 1.

    Args:
        n: Samples.
        noise: Standard deviation of the noise; the polynomial goes from −1 to 1.
        seed: Starts the samples and the noise.

    Returns:
        Inputs (n, 1) float32 and targets (n, 1) float32.

    It is Chebyshev's polynomial of degree 3, whose three turns or ends are all as high.

    >>> from replay import datasets
    >>> X, y = datasets.cubic(noise=0)
    >>> bool((abs(4 * X**3 - 3 * X - y) < 1e-5).all())
    True
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    return with_noise(x, 4 * x**3 - 3 * x, noise, rng)


HILLS = (((-1.0, -0.8), 1.0, 0.6), ((1.0, 0.7), 0.75, 0.7), ((-0.8, 1.2), 0.5, 0.45))  # top, height, width


def hills(n: int = 300, noise: float = 0.05, seed: int = 0) -> tuple[Array, Array]:
    """Numbers to predict: the height of a land with three round hills, over the square from −2 to 2.

    Args:
        n: Samples.
        noise: Standard deviation of the noise; the highest hill is 1 high.
        seed: Starts the samples and the noise.

    Returns:
        Inputs (n, 2) float32 and targets (n, 1) float32.

    Each hill is h · exp(−d² / 2w²) at a distance of d from its top; HILLS has its top, h and w.

    >>> from replay import datasets
    >>> X, y = datasets.hills(noise=0)
    >>> X.shape, bool(0 <= y.min() and y.max() < 1.1)
    ((300, 2), True)
    """
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2, 2, (n, 2))
    height = sum(
        high * np.exp(-((x - np.array(top)) ** 2).sum(axis=1, keepdims=True) / (2 * width**2))
        for top, high, width in HILLS
    )
    return with_noise(x, np.asarray(height), noise, rng)
