"""Epochs of an estimator: `partial_fit` again and again, or `fit` that goes on for one iteration."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from replay.errors import ScenarioError
from replay.types import Array

Epoch = Callable[[], None]
COLD = "liblinear"  # the solver that begins anew each time


def check_trainable(estimator: Any) -> None:
    """Raise ScenarioError for an estimator that cannot be trained epoch by epoch."""
    name = type(estimator).__name__
    if hasattr(estimator, "partial_fit"):
        return
    if not _goes_on(estimator):
        raise ScenarioError(
            f"{name} cannot be trained epoch by epoch, for want of partial_fit: fit it yourself, and record "
            "it with replay.predictions.Recorder"
        )
    if estimator.solver == COLD:
        raise ScenarioError(
            f"{name} with solver={COLD!r} begins anew each time: choose lbfgs, newton-cg, sag or saga"
        )


def _goes_on(estimator: Any) -> bool:
    names = estimator.get_params(deep=False) if hasattr(estimator, "get_params") else {}
    return isinstance(estimator, LogisticRegression) and {"warm_start", "max_iter"} <= names.keys()


@contextmanager
def epochs_of(estimator: Any, X: Any, y: Any, classes: Array | None) -> Iterator[Epoch]:
    """A function that trains for one epoch. Afterwards the estimator's parameters are as they were."""
    if hasattr(estimator, "partial_fit"):
        given = {"classes": classes} if is_classifier(estimator) else {}
        yield lambda: estimator.partial_fit(X, y, **given) and None
        return
    kept = {name: getattr(estimator, name) for name in ("warm_start", "max_iter")}
    estimator.set_params(warm_start=True, max_iter=1)

    def epoch() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # one iteration is meant to be too few
            estimator.fit(X, y)

    try:
        yield epoch
    finally:
        estimator.set_params(**kept)
