"""Data, ready to train on: inputs (n, …) float32 and labels (n,) int64.

Toy data have inputs (n, 2), or as many columns as wanted; images are scaled to [0, 1].
"""

from __future__ import annotations

import contextlib
import sys

import numpy as np

from replay.errors import DataError, first_line
from replay.storage.stratified import stratified
from replay.types import Array


def _shuffled(inputs: Array, labels: Array, seed: int) -> tuple[Array, Array]:
    order = np.random.default_rng(seed).permutation(len(inputs))
    return inputs[order].astype(np.float32), labels[order].astype(np.int64)


def _two_classes(first: Array, second: Array, seed: int) -> tuple[Array, Array]:
    labels = np.repeat([0, 1], [len(first), len(second)])
    return _shuffled(np.concatenate([first, second]), labels, seed)


def parabola(n_per_class: int = 1000, offset: float = 0.5, seed: int = 0) -> tuple[Array, Array]:
    """Two parabolas, x₁ evenly spaced in [−1, 1]: class 0 on x₂ = x₁², class 1 on x₂ = x₁² − offset.

    After the "Hyper-parameters in Action" articles (Voigt Godoy 2018), themselves after Olah 2014,
    "Neural Networks, Manifolds, and Topology".
    """
    x = np.linspace(-1.0, 1.0, n_per_class)
    return _two_classes(np.column_stack([x, x**2]), np.column_stack([x, x**2 - offset]), seed)


def moons(n_per_class: int = 500, noise: float = 0.05, seed: int = 0) -> tuple[Array, Array]:
    """Two interleaved half circles (scikit-learn's make_moons)."""
    from sklearn.datasets import make_moons

    inputs, labels = make_moons(2 * n_per_class, noise=noise, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def circles(
    n_per_class: int = 500, noise: float = 0.05, factor: float = 0.5, seed: int = 0
) -> tuple[Array, Array]:
    """A circle (class 1) within a circle (class 0) (scikit-learn's make_circles)."""
    from sklearn.datasets import make_circles

    inputs, labels = make_circles(2 * n_per_class, noise=noise, factor=factor, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def xor(
    n_per_class: int = 500, centre: float = 0.6, spread: float = 0.22, seed: int = 0
) -> tuple[Array, Array]:
    """Four squares of half-width `spread` at (±centre, ±centre): class 1 where the signs differ.

    Two half-planes can tell them apart where spread < centre / 2.
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], n_per_class)
    first = rng.choice([-1.0, 1.0], len(labels))
    signs = np.column_stack([first, np.where(labels == 1, -first, first)])
    return _shuffled(signs * centre + rng.uniform(-spread, spread, signs.shape), labels, seed)


def spiral(
    n_per_class: int = 500, turns: float = 1.25, noise: float = 0.02, seed: int = 0
) -> tuple[Array, Array]:
    """Two spiral arms of `turns` turns, one the other's mirror image through the origin."""
    rng = np.random.default_rng(seed)
    t = np.sqrt(np.linspace(0.02, 1.0, n_per_class))  # almost evenly spaced along the arm
    angle = 2 * np.pi * turns * t
    arm = t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    first, second = (sign * arm + rng.normal(0.0, noise, arm.shape) for sign in (1.0, -1.0))
    return _two_classes(first, second, seed)


def blobs(n_per_class: int = 250, spread: float = 0.9, seed: int = 0) -> tuple[Array, Array]:
    """Four round clouds at the corners of a square, labels 0 to 3 (scikit-learn's make_blobs)."""
    from sklearn.datasets import make_blobs

    centres = np.array([[-3.0, -3.0], [3.0, -3.0], [-3.0, 3.0], [3.0, 3.0]])
    inputs, labels = make_blobs(4 * n_per_class, centers=centres, cluster_std=spread, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def ball(n_per_class: int = 500, dimensions: int = 10, seed: int = 0) -> tuple[Array, Array]:
    """Normally distributed points: class 1 outside the sphere that holds half of the distribution, 0 inside.

    Inputs are (n, dimensions). After Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical
    Learning", eq. 10.2: a point is outside where its squared length exceeds the median of the χ²
    distribution with as many degrees of freedom as dimensions.
    """
    from scipy.stats import chi2

    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], n_per_class)
    share = (labels + rng.uniform(size=len(labels))) / 2  # of the distribution that lies further inside
    directions = rng.normal(size=(len(labels), dimensions))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return _shuffled(directions * np.sqrt(chi2.ppf(share, dimensions))[:, None], labels, seed)


DIGITS_TEST = 360  # of 1,797 images


def digits(test: bool = False, seed: int = 0) -> tuple[Array, Array]:
    """Handwritten digits, (1437, 8, 8) to train on or (360, 8, 8) to test: scikit-learn's load_digits.

    From the test set of Alpaydin & Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository. Every class has its share in both parts.
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    chosen = np.isin(np.arange(len(data.target)), stratified(data.target, DIGITS_TEST, seed))
    part = chosen if test else ~chosen
    return (data.images[part] / 16).astype(np.float32), data.target[part].astype(np.int64)


def mnist(test: bool = False) -> tuple[Array, Array]:
    """Handwritten digits, (60000, 28, 28) to train on or (10000, 28, 28) to test.

    LeCun, Cortes & Burges 1998, from the cache of Keras, which downloads them once. Raises DataError, saying
    how to bring the file, where it cannot.
    """
    from replay.network.in_keras import quiet

    quiet.import_tensorflow()
    from keras.datasets import mnist as source

    try:
        with contextlib.redirect_stdout(sys.stderr):  # Keras prints the download's progress
            train, tests = source.load_data()
    except Exception as error:
        raise DataError(
            f"MNIST cannot be downloaded ({first_line(error)}): get mnist.npz or its IDX files and pass them "
            "with --data FILE, or use the scenario digits, which needs no network"
        ) from error
    inputs, labels = tests if test else train
    return inputs.astype(np.float32) / np.float32(255), labels.astype(np.int64)
