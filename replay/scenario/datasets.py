"""Data, ready to train on: inputs (n, …) float32, and labels (n,) int64 or numbers (n, 1) float32.

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


def _columns(inputs: Array, targets: Array) -> tuple[Array, Array]:
    """Numbers (n,) as inputs and targets of one column each."""
    return inputs[:, None].astype(np.float32), targets[:, None].astype(np.float32)


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
    return _two_classes(np.column_stack([x, x**2]), np.column_stack([x, x**2 - offset]), seed)


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
    return _columns(x, x + 4 + rng.normal(0, noise, n))


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
    return _columns(x, np.exp(1 - x) + rng.normal(0, noise, n))


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
    return _shuffled(signs * centre + rng.uniform(-spread, spread, signs.shape), labels, seed)


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
    return _two_classes(first, second, seed)


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
    return _two_classes(clouds[0] + centre, clouds[1] + centre, seed)


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
    return _shuffled(directions * np.sqrt(chi2.ppf(share, dimensions))[:, None], labels, seed)


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
    return _shuffled(inputs, weather | (friend & near), seed)


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
    return _numbers(x, np.sin(x), noise, rng)


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
    return _numbers(x, np.minimum(np.floor((x + 1) / 2 * n_steps), n_steps - 1), noise, rng)


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
    return _numbers(x, 4 * x**3 - 3 * x, noise, rng)


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
    return _numbers(x, np.asarray(height), noise, rng)


def _numbers(inputs: Array, values: Array, noise: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """Inputs and noisy targets as float32."""
    noisy = values + rng.normal(0.0, noise, values.shape)
    return inputs.astype(np.float32), noisy.astype(np.float32)


DIGITS_TEST = 360  # of 1,797 images


def digits(test: bool = False, seed: int = 0) -> tuple[Array, Array]:
    """Handwritten digits of 8×8 pixels (scikit-learn's load_digits).

    Args:
        test: Return the images to test on, in place of those to train on.
        seed: Chooses which images are for the test. Every class has its share in both parts.

    Returns:
        Images (1437, 8, 8) float32 from 0 to 1, of the test (360, 8, 8), and labels (n_samples,) int64, 0 to
        9.

    From the test set of Alpaydin & Kaynak 1998, "Optical Recognition of Handwritten Digits", UCI Machine
    Learning Repository.

    >>> from replay import datasets
    >>> X, y = datasets.digits(test=True)
    >>> X.shape, y.shape
    ((360, 8, 8), (360,))
    """
    from sklearn.datasets import load_digits

    data = load_digits()
    chosen = np.isin(np.arange(len(data.target)), stratified(data.target, DIGITS_TEST, seed))
    part = chosen if test else ~chosen
    return (data.images[part] / 16).astype(np.float32), data.target[part].astype(np.int64)


def mnist(test: bool = False) -> tuple[Array, Array]:
    """Handwritten digits of 28×28 pixels, from the cache of Keras, which downloads them once.

    Args:
        test: Return the images to test on, in place of those to train on.

    Returns:
        Images (60000, 28, 28) float32 from 0 to 1, of the test (10000, 28, 28), and labels (n_samples,)
        int64, 0 to 9.

    Raises:
        DataError: They cannot be downloaded. The message says how to bring the file.

    LeCun, Cortes & Burges 1998.

    >>> from replay import datasets
    >>> X, y = datasets.mnist(test=True)
    >>> X.shape[1:], float(X.max())
    ((28, 28), 1.0)
    """
    from replay.network.in_keras import quiet

    quiet.import_keras()
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
