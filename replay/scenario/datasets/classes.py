"""Toy data of classes: inputs (n, 2), or as many columns as wanted, and labels (n,)."""

from __future__ import annotations

import numpy as np

from replay.scenario.datasets.arrays import shuffled, two_classes
from replay.types import Array


def parabola(n_per_class: int = 1000, offset: float = 0.5, seed: int = 0) -> tuple[Array, Array]:
    """Two parabolas, x₁ evenly spaced in [−1, 1]: class 0 on x₂ = x₁², class 1 on x₂ = x₁² − offset.

    Args:
        n_per_class: Samples of each class.
        offset: How far one parabola is below the other.
        seed: Starts the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    After the "Hyper-parameters in Action" articles (Voigt Godoy 2018), themselves after Olah 2014,
    "Neural Networks, Manifolds, and Topology".

    >>> from replay import datasets
    >>> X, y = datasets.parabola()
    >>> X.shape, y.shape
    ((2000, 2), (2000,))
    """
    x = np.linspace(-1.0, 1.0, n_per_class)
    return two_classes(np.column_stack([x, x**2]), np.column_stack([x, x**2 - offset]), seed)


def moons(n_per_class: int = 500, noise: float = 0.05, seed: int = 0) -> tuple[Array, Array]:
    """Two interleaved half circles (scikit-learn's make_moons).

    Args:
        n_per_class: Samples of each class.
        noise: Standard deviation of the noise around them; they have radius 1.
        seed: Starts the noise and the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    >>> from replay import datasets
    >>> X, y = datasets.moons(n_per_class=200, noise=0.1)
    >>> X.shape, y.shape
    ((400, 2), (400,))
    """
    from sklearn.datasets import make_moons

    inputs, labels = make_moons(2 * n_per_class, noise=noise, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def circles(
    n_per_class: int = 500, noise: float = 0.05, factor: float = 0.5, seed: int = 0
) -> tuple[Array, Array]:
    """A circle (class 1) within a circle (class 0) (scikit-learn's make_circles).

    Args:
        n_per_class: Samples of each class.
        noise: Standard deviation of the noise around them; the outer one has radius 1.
        factor: The radius of the inner circle, 0 to 1.
        seed: Starts the noise and the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    >>> from replay import datasets
    >>> X, y = datasets.circles(noise=0)
    >>> round(float(abs(X).max()), 3)
    1.0
    """
    from sklearn.datasets import make_circles

    inputs, labels = make_circles(2 * n_per_class, noise=noise, factor=factor, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def xor(
    n_per_class: int = 500, centre: float = 0.6, spread: float = 0.22, seed: int = 0
) -> tuple[Array, Array]:
    """Four squares of half-width `spread` at (±centre, ±centre): class 1 where the signs differ.

    Args:
        n_per_class: Samples of each class.
        centre: How far the centres of the squares are from the axes.
        spread: Half of the width of a square. Two half-planes can tell the classes apart where it is less
            than centre / 2.
        seed: Starts the samples and the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    >>> from replay import datasets
    >>> X, y = datasets.xor()
    >>> bool(((X[:, 0] * X[:, 1] < 0) == (y == 1)).all())
    True
    """
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], n_per_class)
    first = rng.choice([-1.0, 1.0], len(labels))
    signs = np.column_stack([first, np.where(labels == 1, -first, first)])
    return shuffled(signs * centre + rng.uniform(-spread, spread, signs.shape), labels, seed)


def spiral(
    n_per_class: int = 500, turns: float = 1.25, noise: float = 0.02, seed: int = 0
) -> tuple[Array, Array]:
    """Two spiral arms, one the other's mirror image through the origin.

    Args:
        n_per_class: Samples of each class.
        turns: How often an arm turns around the origin.
        noise: Standard deviation of the noise around the arms, which end at radius 1.
        seed: Starts the noise and the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    >>> from replay import datasets
    >>> X, y = datasets.spiral(turns=2)
    >>> X.shape, y.shape
    ((1000, 2), (1000,))
    """
    rng = np.random.default_rng(seed)
    t = np.sqrt(np.linspace(0.02, 1.0, n_per_class))  # almost evenly spaced along the arm
    angle = 2 * np.pi * turns * t
    arm = t[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    first, second = (sign * arm + rng.normal(0.0, noise, arm.shape) for sign in (1.0, -1.0))
    return two_classes(first, second, seed)


def blobs(n_per_class: int = 250, spread: float = 0.9, seed: int = 0) -> tuple[Array, Array]:
    """Four round clouds at the corners of a square (scikit-learn's make_blobs).

    Args:
        n_per_class: Samples of each class.
        spread: Standard deviation of a cloud; the corners are at (±3, ±3).
        seed: Starts the samples and the shuffling.

    Returns:
        Inputs (4 · n_per_class, 2) float32 and labels (4 · n_per_class,) int64, 0 to 3.

    >>> from replay import datasets
    >>> X, y = datasets.blobs()
    >>> X.shape, int(y.max())
    ((1000, 2), 3)
    """
    from sklearn.datasets import make_blobs

    centres = np.array([[-3.0, -3.0], [3.0, -3.0], [-3.0, 3.0], [3.0, 3.0]])
    inputs, labels = make_blobs(4 * n_per_class, centers=centres, cluster_std=spread, random_state=seed)
    return inputs.astype(np.float32), labels.astype(np.int64)


def two_clouds(
    n_per_class: int = 50,
    gap: float = 0.5,
    spread: float = 0.6,
    centre: tuple[float, float] = (0.0, 0.0),
    seed: int = 0,
) -> tuple[Array, Array]:
    """Two round clouds on either side of a slanted line, with an empty strip between them.

    Args:
        n_per_class: Samples of each class.
        gap: How wide the strip is that has no sample: what lies in it is moved out, at a right angle.
        spread: Standard deviation of a cloud; the clouds' centres are 2 apart.
        centre: The point of the line that is in the middle.
        seed: Starts the samples and the shuffling.

    Returns:
        Inputs (2 · n_per_class, 2) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    >>> from replay import datasets
    >>> X, y = datasets.two_clouds(gap=0.5)
    >>> across = X @ (0.6, 0.8)  # from the line that is in the middle
    >>> bool((across[y == 1] > 0.249).all() and (across[y == 0] < -0.249).all())
    True
    """
    rng = np.random.default_rng(seed)
    normal = np.array([0.6, 0.8])
    clouds = []
    for sign in (-1.0, 1.0):
        points = rng.normal(0.0, spread, (n_per_class, 2)) + sign * normal
        across = sign * (points @ normal)
        clouds.append(points + sign * np.maximum(gap / 2 - across, 0)[:, None] * normal)
    return two_classes(clouds[0] + centre, clouds[1] + centre, seed)


def ball(n_per_class: int = 500, dimensions: int = 10, seed: int = 0) -> tuple[Array, Array]:
    """Normally distributed points: class 1 outside the sphere that holds half of the distribution, 0 inside.

    Args:
        n_per_class: Samples of each class.
        dimensions: How many coordinates a point has.
        seed: Starts the samples and the shuffling.

    Returns:
        Inputs (2 · n_per_class, dimensions) float32 and labels (2 · n_per_class,) int64, 0 or 1.

    After Hastie, Tibshirani & Friedman 2009, "The Elements of Statistical Learning", eq. 10.2: a point is
    outside where its squared length exceeds the median of the χ² distribution with as many degrees of freedom
    as dimensions.

    >>> from replay import datasets
    >>> X, y = datasets.ball(dimensions=3)
    >>> X.shape, y.shape
    ((1000, 3), (1000,))
    """
    from scipy.stats import chi2

    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], n_per_class)
    share = (labels + rng.uniform(size=len(labels))) / 2  # of the distribution that lies further inside
    directions = rng.normal(size=(len(labels), dimensions))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return shuffled(directions * np.sqrt(chi2.ppf(share, dimensions))[:, None], labels, seed)


def cinema(n_per_answers: int = 25, seed: int = 0) -> tuple[Array, Array]:
    """Whether somebody goes to the cinema, by the answers to three questions.

    Is the weather good, does a friend come, is the cinema near? Each input is 0 for no and 1 for yes. Class 1
    goes: if the weather is good, or if both others are true. There is no noise: the same answers always have
    the same class.

    Args:
        n_per_answers: How often each of the eight combinations of answers is there.
        seed: Starts the shuffling.

    Returns:
        Inputs (8 · n_per_answers, 3) float32, 0 or 1, and labels (8 · n_per_answers,) int64, 0 or 1.

    The perceptron's usual example, after Nielsen 2015, "Neural Networks and Deep Learning", chapter 1:
    weights 6, 2 and 2 with a threshold of 3 decide like that.

    >>> from replay import datasets
    >>> X, y = datasets.cinema()
    >>> bool(((X @ [6, 2, 2] > 3) == y).all())
    True
    """
    answers = np.indices((2, 2, 2)).reshape(3, -1).T
    inputs = np.repeat(answers, n_per_answers, axis=0)
    weather, friend, near = inputs.T
    return shuffled(inputs, weather | (friend & near), seed)
