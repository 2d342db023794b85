"""Loss, and accuracy or R², of an estimator after an epoch, as scikit-learn has them."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.linear_model import SGDRegressor
from sklearn.metrics import log_loss
from sklearn.neural_network import MLPClassifier, MLPRegressor

from replay.network.description import RunDescription
from replay.network.losses import is_known, losses
from replay.sklearn.describe import CLASSIFIERS
from replay.types import Array


def quality(
    estimator: Any, description: RunDescription, X: Any, y: Any, numbers: Array, own_loss: bool = False
) -> dict[str, float]:
    """The mean loss of these samples, and their accuracy or R², by the names of the logs.

    `y` are the targets as the estimator takes them, `numbers` those of the file. With `own_loss`, an
    estimator that tells the loss of its epoch is believed.
    """
    told = getattr(estimator, "loss_", None) if own_loss else None
    loss = float(told) if told is not None else _loss(estimator, description, X, numbers)
    found = {} if loss is None else {"loss": loss}
    if type(estimator) not in CLASSIFIERS:
        return {**found, "r2_score": float(estimator.score(X, y))}
    right = estimator.predict(X) == np.asarray(y).reshape(-1)  # `score` takes twice the time to say as much
    return {**found, "accuracy": float(right.mean())}


def _loss(estimator: Any, description: RunDescription, X: Any, numbers: Array) -> float | None:
    """The mean loss without regularisation, in float64; None where it is not known."""
    if not is_known(description.loss):
        return None
    if type(estimator) is MLPClassifier:
        shares = estimator.predict_proba(X)
        return float(log_loss(numbers, shares, labels=np.arange(shares.shape[1])))
    if type(estimator) in (MLPRegressor, SGDRegressor):
        answers = np.asarray(estimator.predict(X), np.float64).reshape(1, len(numbers), -1)
        return float(losses(description.loss, numbers, answers, None).mean())
    decisions = np.asarray(estimator.decision_function(X), np.float64).reshape(1, len(numbers), -1)
    return float(losses(description.loss, numbers, decisions, decisions).mean())
