"""The order in which DeepReplay's data sets come: each sample keeps its place."""

from __future__ import annotations

import numpy as np

from replay.types import Array


def shuffled(X: Array, y: Array, shuffle: bool, seed: int) -> tuple[Array, Array]:
    """Samples (n, n_dims) and labels (n,) as DeepReplay returns them: labels in a column, (n, 1).

    NumPy's old generator gives DeepReplay's own order; here it leaves the global random state alone.
    """
    order = np.random.RandomState(seed).permutation(len(X)) if shuffle else np.arange(len(X))
    return X[order], y[order].reshape(-1, 1)
