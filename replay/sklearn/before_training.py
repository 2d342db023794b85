"""The weights before training, which scikit-learn makes within the first epoch."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np

from replay.sklearn.describe import MLPS, weights_of
from replay.types import Array

STILL = 1e-300  # a learning rate that moves no weight


def is_fitted(estimator: Any) -> bool:
    """Whether a network has weights."""
    return getattr(estimator, "coefs_" if type(estimator) in MLPS else "coef_", None) is not None


def weights_before(estimator: Any, X: Any, y: Any, classes: Array | None) -> tuple[Any, list[Array]]:
    """An estimator as the first epoch on X and y begins with it, and its weights. The given one is unchanged.

    Those of linear models are 0. A multi-layer perceptron draws them, from its own random state or NumPy's,
    which stays as it is: a copy draws the same.
    """
    if is_fitted(estimator):
        return estimator, weights_of(estimator)
    if type(estimator) not in MLPS:
        units = 1 if classes is None or len(classes) == 2 else len(classes)
        return estimator, [np.zeros((np.shape(X)[1], units)), np.zeros(units)]
    drawn = copy.deepcopy(estimator).set_params(learning_rate_init=STILL, verbose=False)
    state = np.random.get_state()  # noqa: NPY002 - the state that the estimator draws from
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a batch of one sample
            given = {} if classes is None else {"classes": classes}
            drawn.partial_fit(X[:1], y[:1], **given)
            drawn.set_params(learning_rate_init=estimator.learning_rate_init)
    finally:
        np.random.set_state(state)  # noqa: NPY002
    return drawn, weights_of(drawn)
