"""Images, scaled to [0, 1], and their labels (n,)."""

from __future__ import annotations

import contextlib
import sys

import numpy as np

from replay.errors import DataError, first_line
from replay.storage.stratified import stratified
from replay.types import Array

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
